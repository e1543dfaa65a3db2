"""Random cases of unequal, non-square sizes: a check on tidy ones accepts swapped axes."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from elman.engine.cells import gru, lstm, simple_rnn
from elman.engine.packing import Packing

LENGTHS = [9, 7, 7, 4, 1, 1, 0]
CELLS = {"simple_rnn": simple_rnn, "lstm": lstm, "gru": gru}
GATES = {simple_rnn: 1, lstm: 4, gru: 3}


@dataclass(frozen=True)
class Case:
    """x: (tokens, 3), state: (rows, 4) a part, d_h: (tokens, 4), d_last like state; ragged rows, the last one empty."""

    cell: ModuleType
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
    cell: ModuleType, dtype: str = "float64", features: int = 3, units: int = 4, lengths: list[int] = LENGTHS
) -> Case:
    draw = np.random.default_rng(0)
    packing, gates = Packing.from_lengths(np.array(lengths)), GATES[cell]

    def some(*shape: int) -> Any:
        return draw.standard_normal(shape).astype(dtype)

    bias = some(2, gates * units) if cell is gru else some(gates * units)
    weights = cell.Weights(some(features, gates * units), some(units, gates * units), bias)
    state, d_last = (cell.State(*(some(packing.rows, units) for _ in cell.State._fields)) for _ in range(2))
    return Case(cell, weights, some(packing.tokens, features), state, some(packing.tokens, units), d_last, packing)


@pytest.fixture(params=CELLS)
def case(request: pytest.FixtureRequest) -> Case:
    return make_case(CELLS[request.param])
