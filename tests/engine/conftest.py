"""Random cases of unequal, non-square sizes: a check on tidy ones accepts swapped axes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from elman.engine.cells import Cell, GRUCell, LSTMCell, SimpleRNNCell, Weights
from elman.engine.packing import Packing

LENGTHS = [9, 7, 7, 4, 1, 1, 0]
CELLS: dict[str, Cell] = {
    "simple_rnn": SimpleRNNCell(),
    "lstm": LSTMCell(),
    "gru": GRUCell(),
    "gru_reset_before": GRUCell(reset_after=False),
}
ACTIVE_CELLS: dict[str, Cell] = CELLS | {
    "simple_rnn_relu": SimpleRNNCell("relu"),
    "simple_rnn_sigmoid": SimpleRNNCell("sigmoid"),
    "lstm_other": LSTMCell("relu", "tanh", "sigmoid"),
    "gru_other": GRUCell("sigmoid", "tanh"),
    "gru_reset_before_other": GRUCell("relu", "tanh", reset_after=False),
}
"""With other activations than the usual ones."""


@dataclass(frozen=True)
class Case:
    """x: (tokens, 3), state: (rows, 4) a part, d_h: (tokens, 4), d_last like state; ragged rows, the last one empty."""

    cell: Cell
    weights: Any
    x: Any
    state: Any
    d_h: Any
    d_last: Any
    packing: Packing

    def arrays(self) -> dict[str, Any]:
        """Give everything that has a gradient, by its name in results."""
        states = {f"d_state.{name}": part for name, part in zip(self.state._fields, self.state, strict=True)}
        return {"dx": self.x, **states, **{f"d{n}": w for n, w in zip(self.weights._fields, self.weights, strict=True)}}


def make_case(
    cell: Cell, dtype: str = "float64", features: int = 3, units: int = 4, lengths: list[int] = LENGTHS
) -> Case:
    draw = np.random.default_rng(0)
    packing, gates = Packing.from_lengths(np.array(lengths)), cell.gates

    def some(*shape: int) -> Any:
        return draw.standard_normal(shape).astype(dtype)

    def weight(*shape: int) -> Any:  # gates that are no sigmoid let states grow; these keep them in bounds
        return some(*shape) / np.dtype(dtype).type(np.sqrt(max(4, shape[0])))

    two_biases = isinstance(cell, GRUCell) and cell.reset_after
    bias = weight(2, gates * units) if two_biases else weight(gates * units)
    weights = Weights(weight(features, gates * units), weight(units, gates * units), bias)
    state, d_last = (cell.State(*(some(packing.rows, units) for _ in cell.State._fields)) for _ in range(2))
    return Case(cell, weights, some(packing.tokens, features), state, some(packing.tokens, units), d_last, packing)


@pytest.fixture(params=ACTIVE_CELLS)
def case(request: pytest.FixtureRequest) -> Case:
    return make_case(ACTIVE_CELLS[request.param])
