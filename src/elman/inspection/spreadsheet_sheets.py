"""The sheets of a training step: where each value, formula and heading stands."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from ..engine.tracing import pass_through
from .spreadsheet_cells import Sheets, Table, Timeline, activated, dot, formulas_of, quantities_of, share
from .tables import printable

if TYPE_CHECKING:
    from ..engine.passage import Passage
    from .bptt_ledger import BPTTLedger

__all__ = ["make_workbook"]

Array = NDArray[Any]
FACE = "Calibri"
GIVEN, HEADING, TITLE = Font(FACE, color="1F4E9E"), Font(FACE, bold=True), Font(FACE, bold=True, size=13)
LEFT, RIGHT = Alignment(horizontal="left"), Alignment(horizontal="right")
SHOWN = "0.000000"
FIRST = 4
"""Row of the state before the first word, on the sheets that have a row for each time step."""
TEXT_COLUMNS = 2


def make_workbook(ledger: "BPTTLedger") -> Workbook:
    """Give the workbook of a ledger that `check_spreadsheet` has let pass."""
    network = ledger.reading.network
    ((_, passage),) = pass_through(network, ledger.reading.sequences)
    book = Workbook()
    _about(book.active, ledger)
    weights = _weights(book.create_sheet("Weights"), ledger)
    sheets = _sheets(book, passage, weights)
    _forward(sheets, ledger, passage)
    output = _Output(book.create_sheet("Output", 3), ledger, sheets)
    _backward(sheets, ledger, output)
    shares = _Shares(book.create_sheet("Shares"), ledger, sheets)
    _check(book.create_sheet("Check"), ledger, sheets, passage, output, shares)
    return book


def _text(sheet: Worksheet, row: int, column: int, text: str, font: Font | None = None) -> None:
    """Write a text as it is, also one that looks like a formula."""
    cell = sheet.cell(row, column, printable(text))
    cell.data_type = "s"
    if font is not None:
        cell.font = font


def _given(sheet: Worksheet, row: int, column: int, value: float) -> None:
    cell = sheet.cell(row, column, float(value))
    cell.font, cell.number_format = GIVEN, SHOWN


def _about(sheet: Worksheet, ledger: "BPTTLedger") -> None:
    sheet.title = "About"
    lines = [
        "One training step, in formulas",
        " ".join(ledger.reading.tokens),
        f"{ledger.layers[0].kind}, reads {ledger.layers[0].direction}; Dense, {ledger.reading.network.head.activation}",
        "Blue numbers are given: weights, what the words are read as, what was to come out, and on Check the engine's.",
        "All others are formulas: change a weight on Weights, and look at Output and at the sums on Shares.",
        "Check compares with the float64 engine; its first line holds the largest difference.",
        "Rows of Forward, Backward and Shares are time steps in the order of reading; 0 is the state before them.",
    ]
    for row, line in enumerate(lines, 1):
        _text(sheet, row, 1, line, TITLE if row == 1 else None)
    sheet.column_dimensions["A"].width = 100


def _weights(sheet: Worksheet, ledger: "BPTTLedger") -> dict[str, Table]:
    parameters, (layer,) = ledger.reading.network.parameters, ledger.layers
    head = ledger.reading.network.names[-1]
    named = {
        "W_xh": parameters[f"{layer.prefix}kernel"],
        "W_hh": parameters[f"{layer.prefix}recurrent_kernel"],
        "b_h": np.atleast_2d(parameters[f"{layer.prefix}bias"]),
        "V": parameters[f"{head}/kernel"],
        "b": np.atleast_2d(parameters[f"{head}/bias"]),
    }
    tables, row = {}, 1
    for name, values in named.items():
        _text(sheet, row, 1, f"{name}, {values.shape[0]} x {values.shape[1]}", TITLE)
        tables[name] = Table(sheet, row + 1, 2)
        for (i, j), value in np.ndenumerate(values):
            _given(sheet, row + 1 + i, 2 + j, value)
        for i in range(len(values)):
            _text(sheet, row + 1 + i, 1, str(i + 1))
        row += len(values) + 2
    sheet.column_dimensions["A"].width = 14
    return tables


def _sheets(book: Workbook, passage: "Passage", weights: dict[str, Table]) -> Sheets:
    cell, (time, units), features = passage.compiled.cell, passage.h.shape, passage.inputs.dense().shape[1]
    forward, backward = quantities_of(cell)
    before = TEXT_COLUMNS + 1
    return Sheets(
        cell,
        weights,
        Timeline(book.create_sheet("Forward"), FIRST, before, [("x", features), *((n, units) for n in forward)]),
        Timeline(book.create_sheet("Backward"), FIRST, before, [(n, units) for n in backward]),
        time,
        units,
        features,
    )


def _headings(timeline: Timeline, tokens: Sequence[str], title: str) -> None:
    sheet = timeline.sheet
    _text(sheet, 1, 1, title, TITLE)
    for name, (column, width) in timeline.columns.items():
        for unit in range(width):
            _text(sheet, FIRST - 1, column + unit, f"{name} {unit + 1}", HEADING)
            sheet.cell(FIRST - 1, column + unit).alignment = RIGHT
    for t, token in enumerate(["", *tokens]):
        sheet.cell(FIRST + t, 1, t).alignment = LEFT
        _text(sheet, FIRST + t, TEXT_COLUMNS, token)
    sheet.freeze_panes = sheet.cell(FIRST, TEXT_COLUMNS + 1)


def _read_tokens(ledger: "BPTTLedger") -> tuple[str, ...]:
    """Give the words in the order in which they are read."""
    return ledger.reading.tokens[:: -1 if ledger.layers[0].direction == "backward" else 1]


def _forward(s: Sheets, ledger: "BPTTLedger", passage: "Passage") -> None:
    sheet, x = s.forward.sheet, passage.inputs.dense()
    _headings(s.forward, _read_tokens(ledger), "Forward through time")
    for (t, i), value in np.ndenumerate(x):
        _given(sheet, *s.forward.place("x", t + 1, i), value)
    initial = {"h": passage.h_prev[0], "c": _first_cell_state(ledger, s)}
    for name in ("h", "c"):
        for u in range(s.units if name in s.forward.columns else 0):
            _given(sheet, *s.forward.place(name, 0, u), initial[name][u])
    for t in range(1, s.time + 1):
        for u in range(s.units):
            formulas_of(s.cell).step(s, t, u)
    _format(sheet)


def _first_cell_state(ledger: "BPTTLedger", s: Sheets) -> Array:
    states = ledger.reading.network.initial_state(1).arrays
    return next((value[0] for name, value in states.items() if name.endswith("/c")), np.zeros(s.units))


def _format(sheet: Worksheet) -> None:
    for row in sheet.iter_rows(min_row=FIRST, min_col=TEXT_COLUMNS + 1):
        for cell in row:
            cell.number_format = SHOWN
    for column in range(TEXT_COLUMNS + 1, sheet.max_column + 1):
        sheet.column_dimensions[sheet.cell(1, column).column_letter].width = 11


class _Output:
    """The sheet of what comes out: a column for each output."""

    ROWS = ("logit", "target", "exp", "output", "loss of it", "dL/dlogit")

    def __init__(self, sheet: Worksheet, ledger: "BPTTLedger", s: Sheets) -> None:
        self.sheet, self.head = sheet, ledger.reading.network.head
        self.units, self.table = self.head.units, Table(sheet, 3, 2)
        _text(sheet, 1, 1, f"Output: {self.head.activation}", TITLE)
        for row, name in enumerate(self.ROWS):
            _text(sheet, 3 + row, 1, name, HEADING)
        self._targets(ledger)
        for k in range(self.units):
            state = [(s.f("h", s.time, u), s.weights["V"].at(u, k)) for u in range(s.units)]
            self._put("logit", k, f"{s.weights['b'].at(0, k)}+{dot(state)}")
            for name, formula in self._formulas(k).items():
                self._put(name, k, formula)
        _text(sheet, 10, 1, "loss", HEADING)
        sheet.cell(10, 2, f"=SUM({self.at('loss of it', 0)}:{self.at('loss of it', self.units - 1).split('!')[1]})")
        sheet.column_dimensions["A"].width = 14

    loss = "Output!$B$10"

    def at(self, name: str, k: int) -> str:
        """Give the reference of a number of an output."""
        return self.table.at(self.ROWS.index(name), k)

    def _put(self, name: str, k: int, formula: str) -> None:
        self.sheet.cell(3 + self.ROWS.index(name), 2 + k, "=" + formula).number_format = SHOWN

    def _targets(self, ledger: "BPTTLedger") -> None:
        classes = self.head.activation == "softmax"
        wanted = np.arange(self.units) == ledger.targets[0] if classes else ledger.targets.reshape(-1)
        for k, value in enumerate(wanted.tolist()):
            _given(self.sheet, 3 + self.ROWS.index("target"), 2 + k, value)

    def _formulas(self, k: int) -> dict[str, str]:
        """Give the formulas of exp, which a linear output does not need, output, loss and dL/dlogit."""
        z, y, e, p = (self.at(name, k) for name in ("logit", "target", "exp", "output"))
        back = f"{p}-{y}"
        if self.head.activation == "sigmoid":
            exp, p, loss = f"EXP(-ABS({z}))", activated("sigmoid", z), f"MAX({z},0)-{z}*{y}+LN(1+{e})"
        elif self.head.activation == "softmax":
            logits, exps = (self._all(name) for name in ("logit", "exp"))
            exp, p, loss = f"EXP({z}-MAX({logits}))", f"{e}/SUM({exps})", f"{y}*(LN(SUM({exps}))+MAX({logits})-{z})"
        else:
            p, loss, back = z, f"({z}-{y})*({z}-{y})/{self.units}", f"2*({z}-{y})/{self.units}"
            return {"output": p, "loss of it": loss, "dL/dlogit": back}
        return {"exp": exp, "output": p, "loss of it": loss, "dL/dlogit": back}

    def _all(self, name: str) -> str:
        return f"{self.at(name, 0)}:{self.at(name, self.units - 1).split('!')[1]}"


def _backward(s: Sheets, ledger: "BPTTLedger", output: _Output) -> None:
    _headings(s.backward, _read_tokens(ledger), "Back through time, from the last row up")
    formulas = formulas_of(s.cell)
    for t in reversed(range(s.time + 1)):
        for u in range(s.units):
            read = [(output.at("dL/dlogit", k), s.weights["V"].at(u, k)) for k in range(output.units)]
            s.backward.put("dh", t, u, dot(read) if t == s.time else formulas.before(s, t + 1, u))
            if t:
                formulas.step_back(s, t, u)
    _format(s.backward.sheet)


class _Shares:
    """The sheet of shares: a row for each time step, a column for each weight, and the sums below."""

    def __init__(self, sheet: Worksheet, ledger: "BPTTLedger", s: Sheets) -> None:
        self.sheet, self.columns, self.sum_row = sheet, dict[tuple[str, int, int], int](), FIRST + s.time + 2
        shapes = {
            "W_xh": (s.features, s.cell.gates),
            "W_hh": (s.units, s.cell.gates),
            "b_h": (np.atleast_2d(ledger.gradients[f"{ledger.layers[0].prefix}bias"]).shape[0], s.cell.gates),
        }
        _text(sheet, 1, 1, "Shares of the gradients", TITLE)
        for name, (rows, gates) in shapes.items():
            for i, gate, u in np.ndindex(rows, gates, s.units):
                self._column(s, name, i, gate, u)
        for t, token in enumerate(_read_tokens(ledger), 1):
            sheet.cell(FIRST + t, 1, t).alignment = LEFT
            _text(sheet, FIRST + t, TEXT_COLUMNS, token)
        _text(sheet, self.sum_row, TEXT_COLUMNS, "sum", HEADING)
        sheet.freeze_panes = sheet.cell(FIRST, TEXT_COLUMNS + 1)
        _format(sheet)

    def _column(self, s: Sheets, name: str, i: int, gate: int, u: int) -> None:
        column = TEXT_COLUMNS + 1 + len(self.columns)
        self.columns[name, i, gate * s.units + u] = column
        _text(self.sheet, FIRST - 1, column, f"{name}[{i + 1},{gate * s.units + u + 1}]", HEADING)
        for t in range(1, s.time + 1):
            self.sheet.cell(FIRST + t, column, "=" + share(s, name, i, gate, t, u))
        letter = self.sheet.cell(1, column).column_letter
        self.sheet.cell(self.sum_row, column, f"=SUM({letter}{FIRST + 1}:{letter}{FIRST + s.time})")

    def sum(self, name: str, i: int, j: int) -> str:
        """Give the reference of a gradient."""
        return f"Shares!{self.sheet.cell(self.sum_row, self.columns[name, i, j]).coordinate}"


def _check(
    sheet: Worksheet, ledger: "BPTTLedger", s: Sheets, passage: "Passage", output: _Output, shares: _Shares
) -> None:
    rows = [
        *_of_steps(ledger, s, passage),
        *_of_output(ledger, output, s),
        *_of_gradients(ledger, shares),
    ]
    _text(sheet, 1, 1, "largest difference", TITLE)
    sheet.cell(1, 4, f"=MAX(F{FIRST}:F{FIRST + len(rows) - 1})")
    for column, name in enumerate(("number", "time step", "unit", "here", "engine, float64", "difference"), 1):
        _text(sheet, FIRST - 1, column, name, HEADING)
        sheet.cell(FIRST - 1, column).alignment = RIGHT if column > 3 else LEFT
    for row, (name, t, unit, reference, value) in enumerate(rows, FIRST):
        for column, text in enumerate((name, t, unit), 1):
            _text(sheet, row, column, text)
        sheet.cell(row, 4, "=" + reference).number_format = SHOWN
        _given(sheet, row, 5, value)
        sheet.cell(row, 6, f"=ABS(D{row}-E{row})").number_format = "0.0E+00"
    for letter in "ABCDEF":
        sheet.column_dimensions[letter].width = 18
    sheet.freeze_panes = f"A{FIRST}"


Compared = tuple[str, str, str, str, float]
"""Name, time step and unit of a number, where it stands here, and what the engine has."""


def _of_steps(ledger: "BPTTLedger", s: Sheets, passage: "Passage") -> Iterator[Compared]:
    (layer,), gates = ledger.layers, tuple(passage.gates) or ("t",)
    order = -1 if layer.direction == "backward" else 1
    forward = _by_gate("a_", gates, passage.a) | passage.gates | {"h": passage.h}
    if passage.c is not None:
        forward["c"] = passage.c
    backward = {"dh": layer.dh[::order]} | _by_gate("da_", gates, layer.da[::order])
    if layer.dc is not None:
        backward["dc from later"] = layer.dc[::order]
    for at, numbers in ((s.f, forward), (s.d, backward)):
        for name, values in numbers.items():
            for (t, u), value in np.ndenumerate(values):
                yield name, str(t + 1), str(u + 1), at(name, t + 1, u), value
    for u, value in enumerate(layer.dh_start.tolist()):
        yield "dh", "0", str(u + 1), s.d("dh", 0, u), value


def _by_gate(prefix: str, gates: Sequence[str], values: Array) -> dict[str, Array]:
    return {prefix + name: part for name, part in zip(gates, np.split(values, len(gates), axis=1), strict=True)}


def _of_output(ledger: "BPTTLedger", output: _Output, s: Sheets) -> Iterator[Compared]:
    network = ledger.reading.network
    for k, value in enumerate(network.predict(ledger.reading.sequences)[0].tolist()):
        yield "output", "", str(k + 1), output.at("output", k), value
    yield "loss", "", "", output.loss, ledger.loss
    head = network.names[-1]
    for (u, k), value in np.ndenumerate(ledger.gradients[f"{head}/kernel"]):
        yield f"dV[{u + 1},{k + 1}]", "", "", f"{s.f('h', s.time, u)}*{output.at('dL/dlogit', k)}", value
    for k, value in enumerate(ledger.gradients[f"{head}/bias"].tolist()):
        yield f"db[{k + 1}]", "", "", output.at("dL/dlogit", k), value


def _of_gradients(ledger: "BPTTLedger", shares: _Shares) -> Iterator[Compared]:
    prefix = ledger.layers[0].prefix
    names: Iterable[tuple[str, str]] = (("W_xh", "kernel"), ("W_hh", "recurrent_kernel"), ("b_h", "bias"))
    for name, parameter in names:
        for (i, j), value in np.ndenumerate(np.atleast_2d(ledger.gradients[prefix + parameter])):
            yield f"d{name}[{i + 1},{j + 1}]", "", "", shares.sum(name, i, j), value
