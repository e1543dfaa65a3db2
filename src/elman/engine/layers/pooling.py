"""Pooling: one vector out of a sequence of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from ..kernels.pooling import max_pool, max_pool_backward, mean_pool, mean_pool_backward
from ..row_gradient import Gradients
from ._layer import Array, Layer, Run, Shape, Shard, check_choice

__all__ = ["Pooling"]

KINDS = ("last", "max", "mean")


@dataclass(frozen=True, eq=False)
class _Tape:
    """inputs: what was read; tokens, width: its size; winners: (rows, width), packed places of the largest values."""

    inputs: Any
    size: tuple[int, int]
    winners: Array | None


@dataclass(frozen=True)
class Pooling(Layer):
    """Read a whole sequence as one vector: what it ends with, its largest values, its mean; joined in this order.

    A row without time steps gives zeros.

    Parameters
    ----------
    kinds : tuple of "last", "max", "mean"
        One or more; the output is so many times as wide as the input.
    """

    kinds: str | tuple[str, ...] = ("max", "mean")

    def __post_init__(self) -> None:
        kinds = (self.kinds,) if isinstance(self.kinds, str) else tuple(self.kinds)
        if not kinds or len(set(kinds)) != len(kinds):
            raise InputError(
                f"Pooling: kinds must name one or more of {', '.join(KINDS)}, each once, got {self.kinds!r}"
            )
        for kind in kinds:
            check_choice("Pooling", "kinds", kind, KINDS)
        object.__setattr__(self, "kinds", kinds)

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.sequence:
            raise InputError(
                "Pooling reads a sequence, but the layer below gives one vector a row: give it return_sequences=True"
            )
        assert shape.features is not None
        return Shape(shape.features * len(self.kinds), sequence=False)

    def forward(self, weights: Mapping[str, Array], x: Any, shard: Shard, run: Run) -> tuple[Array, _Tape]:
        values, p = x.dense(), shard.packing
        width = values.shape[1]
        out = np.zeros((p.rows, width * len(self.kinds)), values.dtype)
        winners = np.full((p.rows, width), -1, np.int64) if "max" in self.kinds else None
        for number, kind in enumerate(self.kinds):
            column = number * width
            if kind == "max":
                max_pool(values, p.batch_sizes, p.starts, out, column, winners)
            elif kind == "mean":
                mean_pool(values, p.batch_sizes, p.starts, p.lengths, out, column)
            else:
                last = p.last()
                out[last >= 0, column : column + width] = values[last[last >= 0]]
        return out, _Tape(x, values.shape, winners)

    def backward(
        self, weights: Mapping[str, Array], dy: Array, tape: _Tape, shard: Shard, run: Run
    ) -> tuple[Any, Gradients]:
        d_values, p, width = np.zeros(tape.size, dy.dtype), shard.packing, tape.size[1]
        for number, kind in enumerate(self.kinds):
            column = number * width
            if kind == "max":
                max_pool_backward(dy, column, tape.winners, d_values)
            elif kind == "mean":
                mean_pool_backward(dy, column, p.batch_sizes, p.starts, p.lengths, d_values)
            else:
                last = p.last()
                d_values[last[last >= 0]] += dy[last >= 0, column : column + width]
        return tape.inputs.collect(d_values), {}
