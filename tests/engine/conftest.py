"""Random cases of unequal, non-square sizes: a check on tidy ones accepts swapped axes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from elman.engine.cells.simple_rnn import Weights
from elman.engine.packing import Packing

LENGTHS = [9, 7, 7, 4, 1, 1, 0]


@dataclass(frozen=True)
class Case:
    """x: (tokens, 3), h0: (rows, 4), d_states: (tokens, 4), for ragged rows, the last one empty."""

    weights: Weights
    x: Any
    h0: Any
    d_states: Any
    packing: Packing


def make_case(dtype: str = "float64", features: int = 3, units: int = 4, seed: int = 0) -> Case:
    draw = np.random.default_rng(seed)
    packing = Packing.from_lengths(np.array(LENGTHS))

    def some(*shape: int) -> Any:
        return draw.standard_normal(shape).astype(dtype)

    weights = Weights(some(features, units), some(units, units), some(units))
    tokens, rows = packing.tokens, packing.rows
    return Case(weights, some(tokens, features), some(rows, units), some(tokens, units), packing)


@pytest.fixture
def case() -> Case:
    return make_case()
