"""The equations of the cells as formulas of a spreadsheet, cited as in engine/cells: (LSTM.3), d(LSTM.3).

A formula is put where its number stands: `put(quantity, t, unit, formula)`. Time steps count from 1; the state before
them stands at 0.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ..engine.cells import Cell, GRUCell, LSTMCell, SimpleRNNCell

__all__ = ["Sheets", "Table", "Timeline", "activated", "dot", "formulas_of", "quantities_of", "share"]

VALUES = {
    "tanh": "TANH({0})",
    "sigmoid": "IF({0}>=0,1/(1+EXP(-({0}))),EXP({0})/(1+EXP({0})))",  # EXP never of a large number
    "relu": "MAX({0},0)",
}
SLOPES = {"tanh": "(1-{0}*{0})", "sigmoid": "({0}*(1-{0}))", "relu": "IF({0}>0,1,0)"}
"""Of an activation's value, as engine/activations.py has them."""


class Table:
    """A matrix on a sheet, from a place on: row i, column j."""

    def __init__(self, sheet: Worksheet, row: int, column: int) -> None:
        self.sheet, self.row, self.column = sheet, row, column

    def at(self, i: int, j: int) -> str:
        """Give the reference, such as Weights!$C$4."""
        return f"{self.sheet.title}!${get_column_letter(self.column + j)}${self.row + i}"


class Timeline:
    """A sheet with a row for each time step and columns for each quantity's units."""

    def __init__(
        self, sheet: Worksheet, first_row: int, first_column: int, quantities: Iterable[tuple[str, int]]
    ) -> None:
        self.sheet, self.first_row, self.columns = sheet, first_row, dict[str, tuple[int, int]]()
        for name, width in quantities:
            self.columns[name] = first_column, width
            first_column += width

    def place(self, name: str, t: int, unit: int) -> tuple[int, int]:
        """Give row and column."""
        return self.first_row + t, self.columns[name][0] + unit

    def at(self, name: str, t: int, unit: int) -> str:
        """Give the reference, such as Forward!D7."""
        row, column = self.place(name, t, unit)
        return f"{self.sheet.title}!{get_column_letter(column)}{row}"

    def put(self, name: str, t: int, unit: int, formula: str) -> None:
        """Write a formula."""
        self.sheet.cell(*self.place(name, t, unit), "=" + formula)


class Sheets(NamedTuple):
    """Where everything stands. weights : by "W_xh", "W_hh", "b_h", "V", "b"; time, units, features : how many."""

    cell: Cell
    weights: dict[str, Table]
    forward: Timeline
    backward: Timeline
    time: int
    units: int
    features: int

    def f(self, name: str, t: int, unit: int) -> str:
        """Give the reference of a number of the forward pass."""
        return self.forward.at(name, t, unit)

    def d(self, name: str, t: int, unit: int) -> str:
        """Give the reference of a derivative."""
        return self.backward.at(name, t, unit)

    def input_sum(self, gate: int, t: int, unit: int, bias: int = 0) -> str:
        """B + x_t W_xh."""
        column = gate * self.units + unit
        products = [(self.f("x", t, i), self.weights["W_xh"].at(i, column)) for i in range(self.features)]
        return f"{self.weights['b_h'].at(bias, column)}+{dot(products)}"

    def state_sum(self, gate: int, t: int, unit: int, state: str = "h", shift: int = 1) -> str:
        """h_prev W_hh; or another state of the same time step by it, with `shift` 0."""
        column = gate * self.units + unit
        return dot((self.f(state, t - shift, k), self.weights["W_hh"].at(k, column)) for k in range(self.units))

    def back_through(self, names: Iterable[str], gates: Iterable[int], t: int, unit: int) -> str:
        """Derivatives at t times the rows of W_hh: what they say of the state before."""
        return dot(
            (self.d(name, t, j), self.weights["W_hh"].at(unit, gate * self.units + j))
            for name, gate in zip(names, gates, strict=True)
            for j in range(self.units)
        )


def dot(products: Iterable[tuple[str, str]]) -> str:
    """Write a sum of products."""
    return "+".join(f"{a}*{b}" for a, b in products)


def activated(activation: str, of: str) -> str:
    """Write an activation of a number."""
    return VALUES[activation].format(of)


def slope(activation: str, of_value: str) -> str:
    return SLOPES[activation].format(of_value)


def _simple_rnn(s: Sheets, t: int, u: int) -> None:
    cell: Any = s.cell
    s.forward.put("a_t", t, u, f"{s.input_sum(0, t, u)}+{s.state_sum(0, t, u)}")  # (SimpleRNN.1)
    s.forward.put("h", t, u, activated(cell.activation, s.f("a_t", t, u)))  # (SimpleRNN.2)


def _simple_rnn_back(s: Sheets, t: int, u: int) -> None:
    cell: Any = s.cell
    s.backward.put("da_t", t, u, f"{s.d('dh', t, u)}*{slope(cell.activation, s.f('h', t, u))}")  # d(SimpleRNN.2)


def _simple_rnn_before(s: Sheets, t: int, u: int) -> str:
    return s.back_through(["da_t"], [0], t, u)  # d(SimpleRNN.1)


def _lstm(s: Sheets, t: int, u: int) -> None:
    cell: Any = s.cell
    for gate, name in enumerate("ifgo"):
        s.forward.put(f"a_{name}", t, u, f"{s.input_sum(gate, t, u)}+{s.state_sum(gate, t, u)}")  # (LSTM.1)
        kind = cell.activation if name == "g" else cell.recurrent_activation
        s.forward.put(name, t, u, activated(kind, s.f(f"a_{name}", t, u)))  # (LSTM.2)
    i, f, g, o = (s.f(name, t, u) for name in "ifgo")
    s.forward.put("c", t, u, f"{f}*{s.f('c', t - 1, u)}+{i}*{g}")  # (LSTM.3)
    s.forward.put("h", t, u, f"{o}*{activated(cell.output_activation, s.f('c', t, u))}")  # (LSTM.4)


def _lstm_back(s: Sheets, t: int, u: int) -> None:
    cell: Any = s.cell
    i, f, g, o = (s.f(name, t, u) for name in "ifgo")
    k, dh, dc = f"({activated(cell.output_activation, s.f('c', t, u))})", s.d("dh", t, u), s.d("dc", t, u)
    later = "0" if t == s.time else f"{s.d('dc', t + 1, u)}*{s.f('f', t + 1, u)}"  # d(LSTM.3)
    s.backward.put("dc from later", t, u, later)
    s.backward.put("dc", t, u, f"{s.d('dc from later', t, u)}+{dh}*{o}*{slope(cell.output_activation, k)}")  # d(LSTM.4)
    factors = {"i": f"{dc}*{g}", "f": f"{dc}*{s.f('c', t - 1, u)}", "g": f"{dc}*{i}", "o": f"{dh}*{k}"}
    for name, d in factors.items():  # d(LSTM.2)
        kind = cell.activation if name == "g" else cell.recurrent_activation
        s.backward.put(f"da_{name}", t, u, f"{d}*{slope(kind, {'i': i, 'f': f, 'g': g, 'o': o}[name])}")


def _lstm_before(s: Sheets, t: int, u: int) -> str:
    return s.back_through([f"da_{name}" for name in "ifgo"], range(4), t, u)  # d(LSTM.1)


def _gru(s: Sheets, t: int, u: int) -> None:
    cell: Any = s.cell
    for gate, name in enumerate("rz"):
        own = f"+{s.weights['b_h'].at(1, gate * s.units + u)}" if cell.reset_after else ""
        s.forward.put(
            f"a_{name}", t, u, f"{s.input_sum(gate, t, u)}+{s.state_sum(gate, t, u)}{own}"
        )  # (GRU.1), (GRU.2)
        s.forward.put(name, t, u, activated(cell.recurrent_activation, s.f(f"a_{name}", t, u)))  # (GRU.3)
    r, z, n, h_prev = s.f("r", t, u), s.f("z", t, u), s.f("n", t, u), s.f("h", t - 1, u)
    if cell.reset_after:
        s.forward.put("q_n", t, u, f"{s.weights['b_h'].at(1, 2 * s.units + u)}+{s.state_sum(2, t, u)}")  # (GRU.2)
        rest = f"{r}*{s.f('q_n', t, u)}"  # (GRU.4)
    else:
        s.forward.put("r h", t, u, f"{r}*{h_prev}")
        rest = s.state_sum(2, t, u, "r h", shift=0)  # (GRU.6)
    s.forward.put("a_n", t, u, f"{s.input_sum(2, t, u)}+{rest}")
    s.forward.put("n", t, u, activated(cell.activation, s.f("a_n", t, u)))
    s.forward.put("h", t, u, f"(1-{z})*{n}+{z}*{h_prev}")  # (GRU.5)


def _gru_back(s: Sheets, t: int, u: int) -> None:
    cell: Any = s.cell
    gate, dh, h_prev = cell.recurrent_activation, s.d("dh", t, u), s.f("h", t - 1, u)
    r, z, n = (s.f(name, t, u) for name in "rzn")
    s.backward.put("da_z", t, u, f"{dh}*({h_prev}-{n})*{slope(gate, z)}")  # d(GRU.5), d(GRU.3)
    s.backward.put("da_n", t, u, f"{dh}*(1-{z})*{slope(cell.activation, n)}")  # d(GRU.5), d(GRU.4)
    if cell.reset_after:
        s.backward.put("dq_n", t, u, f"{s.d('da_n', t, u)}*{r}")  # d(GRU.4)
        s.backward.put("da_r", t, u, f"{s.d('da_n', t, u)}*{s.f('q_n', t, u)}*{slope(gate, r)}")  # d(GRU.4), d(GRU.3)
    else:
        s.backward.put("d(r h)", t, u, s.back_through(["da_n"], [2], t, u))  # d(GRU.6)
        s.backward.put("da_r", t, u, f"{s.d('d(r h)', t, u)}*{h_prev}*{slope(gate, r)}")  # d(GRU.6), d(GRU.3)


def _gru_before(s: Sheets, t: int, u: int) -> str:
    cell: Any = s.cell
    kept = f"{s.d('dh', t, u)}*{s.f('z', t, u)}"  # d(GRU.5)
    if cell.reset_after:
        return f"{kept}+{s.back_through(['da_r', 'da_z', 'dq_n'], range(3), t, u)}"  # d(GRU.2)
    through = f"{s.d('d(r h)', t, u)}*{s.f('r', t, u)}"  # d(GRU.6)
    return f"{kept}+{through}+{s.back_through(['da_r', 'da_z'], range(2), t, u)}"


class Formulas(NamedTuple):
    """A cell's step, its step back, and what that says of dL/dh of the time step before."""

    step: Callable[[Sheets, int, int], None]
    step_back: Callable[[Sheets, int, int], None]
    before: Callable[[Sheets, int, int], str]


FORMULAS: dict[type[Cell], Formulas] = {
    SimpleRNNCell: Formulas(_simple_rnn, _simple_rnn_back, _simple_rnn_before),
    LSTMCell: Formulas(_lstm, _lstm_back, _lstm_before),
    GRUCell: Formulas(_gru, _gru_back, _gru_before),
}


def formulas_of(cell: Cell) -> Formulas:
    """Give a cell's equations as formulas."""
    return FORMULAS[type(cell)]


def quantities_of(cell: Cell) -> tuple[list[str], list[str]]:
    """Name the columns of the forward pass and of the way back, beside x."""
    if isinstance(cell, SimpleRNNCell):
        return ["a_t", "h"], ["dh", "da_t"]
    if isinstance(cell, LSTMCell):
        names = [f"a_{name}" for name in "ifgo"]
        return [*names, *"ifgo", "c", "h"], ["dh", "dc from later", "dc", *(f"d{name}" for name in names)]
    after = isinstance(cell, GRUCell) and cell.reset_after
    own, back = ("q_n", "dq_n") if after else ("r h", "d(r h)")
    return ["a_r", "a_z", own, "a_n", *"rzn", "h"], ["dh", "da_r", "da_z", "da_n", back]


def share(s: Sheets, weight: str, i: int, gate: int, t: int, u: int) -> str:
    """Write what a time step adds to the gradient of a weight in row i: x_t.T da_t, h_prev.T da_t, da_t."""
    cell, names = s.cell, _gate_names(s.cell)
    candidate = isinstance(cell, GRUCell) and gate == 2
    by_state = weight == "W_hh" or (weight == "b_h" and i == 1)
    after = isinstance(cell, GRUCell) and cell.reset_after
    d = s.d("dq_n" if candidate and by_state and after else f"da_{names[gate]}", t, u)
    if weight == "b_h":
        return d
    if weight == "W_xh":
        return f"{s.f('x', t, i)}*{d}"
    return f"{s.f('r h', t, i)}*{d}" if candidate and not after else f"{s.f('h', t - 1, i)}*{d}"


def _gate_names(cell: Cell) -> str:
    return "t" if isinstance(cell, SimpleRNNCell) else "ifgo" if isinstance(cell, LSTMCell) else "rzn"
