"""Beside: what is known of a row as a whole joins what was read of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from ._inputs import Features
from ._layer import Array, Back, Layer, Run, Shape, Shard, check_count

__all__ = ["Beside"]


@dataclass(frozen=True)
class Beside(Layer):
    """Put the vector that comes with each row, `Sequences.beside`, behind what flows in: one vector a row.

    So a text's own vector (Le & Mikolov 2014) stands beside the state after its last word.

    Parameters
    ----------
    features : int
        Width of the vectors that come with the rows.
    """

    features: int

    def __post_init__(self) -> None:
        check_count("Beside", "features", self.features)

    def output_shape(self, shape: Shape) -> Shape:
        if shape.sequence:
            raise InputError("Beside reads one vector a row: stand it above Pooling, or above a layer that gives that")
        assert shape.features is not None
        return Shape(shape.features + self.features, sequence=False)

    def forward(self, weights: Any, x: Any, shard: Shard, run: Run) -> tuple[Features, Any]:
        assert shard.beside is not None
        return Features(np.concatenate([x.dense(), shard.beside], axis=1)), x

    def backward(self, weights: Any, dy: Array, tape: Any, shard: Shard, run: Run) -> Back:
        return Back(tape.collect(np.ascontiguousarray(dy[:, : -self.features])), {})
