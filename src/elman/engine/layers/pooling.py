"""Pooling: one vector out of a sequence of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from ..kernels.pooling import (
    attention_pool,
    attention_pool_backward,
    max_pool,
    max_pool_backward,
    mean_pool,
    mean_pool_backward,
)
from ..kernels.product import Factor
from ..row_gradient import Gradients
from ._inputs import Features
from ._layer import Array, Back, Connection, Layer, Parameter, Run, Shape, Shard, check_choice

__all__ = ["Pooling"]

KINDS = ("last", "max", "mean", "attention")


@dataclass(frozen=True, eq=False)
class _Tape:
    """What was read, and its values.

    winners : (rows, width) int64, packed places of the largest values
    shares : (tokens,), what attention gives each time step; a row's add up to 1
    """

    inputs: Any
    values: Array
    winners: Array | None
    shares: Array | None


@dataclass(frozen=True)
class Pooling(Layer):
    """Read a whole sequence as one vector: what it ends with, its largest values, its mean; joined in this order.

    "attention" is a mean with learned shares, the softmax over time of x_t v (after Yang et al. 2016, eq. 6). v
    starts at zeros, where it is the mean. A row without time steps gives zeros.

    Parameters
    ----------
    kinds : tuple of "last", "max", "mean", "attention"
        One or more; the output is so many times as wide as the input.
    """

    kinds: str | tuple[str, ...] = ("max", "mean")

    @property
    def needs_whole_rows(self) -> bool:
        return True

    def __post_init__(self) -> None:
        listed = isinstance(self.kinds, (tuple, list)) and all(isinstance(kind, str) for kind in self.kinds)
        kinds = (self.kinds,) if isinstance(self.kinds, str) else tuple(self.kinds) if listed else ()
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

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        if "attention" not in self.kinds:
            return ()
        assert shape.features is not None
        return (Connection("attention over time", (Parameter("attention", (shape.features, 1), "zeros"),)),)

    def prepare(self, weights: Mapping[str, Array]) -> Factor | None:
        return Factor(weights["attention"]) if "attention" in self.kinds else None

    def forward(self, weights: Factor | None, x: Any, shard: Shard, run: Run) -> tuple[Features, _Tape]:
        values, p = x.dense(), shard.packing
        width = values.shape[1]
        out = np.zeros((p.rows, width * len(self.kinds)), values.dtype)
        winners = shares = None
        for number, kind in enumerate(self.kinds):
            column = number * width
            if kind == "max":
                winners = np.full((p.rows, width), -1, np.int64)
                max_pool(values, p.batch_sizes, p.starts, out, column, winners)
            elif kind == "mean":
                mean_pool(values, p.batch_sizes, p.starts, p.lengths, out, column)
            elif kind == "attention":
                assert weights is not None
                shares = x.project(weights, np.zeros(1, values.dtype)).reshape(-1)
                attention_pool(values, shares, p.batch_sizes, p.starts, out, column)
            else:
                last = p.last
                out[last >= 0, column : column + width] = values[last[last >= 0]]
        return Features(out), _Tape(x, values, winners, shares)

    def backward(self, weights: Factor | None, dy: Array, tape: _Tape, shard: Shard, run: Run) -> Back:
        d_values, p, width = np.zeros_like(tape.values), shard.packing, tape.values.shape[1]
        gradients: Gradients = {}
        for number, kind in enumerate(self.kinds):
            column = number * width
            if kind == "max":
                max_pool_backward(dy, column, tape.winners, d_values)
            elif kind == "mean":
                mean_pool_backward(dy, column, p.batch_sizes, p.starts, p.lengths, d_values)
            elif kind == "attention":
                assert weights is not None
                d_scores = np.empty_like(tape.shares)
                attention_pool_backward(
                    dy, column, tape.values, tape.shares, p.batch_sizes, p.starts, d_scores, d_values
                )
                dv, _, d_through = Features(tape.values).project_backward(d_scores.reshape(-1, 1), weights)
                d_values += d_through
                gradients["attention"] = dv
            else:
                last = p.last
                d_values[last[last >= 0]] += dy[last >= 0, column : column + width]
        return Back(tape.inputs.collect(d_values), gradients)
