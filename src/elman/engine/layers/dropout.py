"""Dropout: while training, some of the features are silent."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kernels.dropout import drop
from ..random import bits
from ._inputs import Features
from ._layer import Array, Back, Layer, Run, Shape, Shard, check_flag, check_rate

__all__ = ["Dropout"]


@dataclass(frozen=True, eq=False)
class _Tape:
    """inputs: what was read; keys: random bits of each vector, (rows or tokens,), None where nothing is silent."""

    inputs: Any
    keys: Array | None


@dataclass(frozen=True)
class Dropout(Layer):
    """Set features to zero at random while training, and scale up the others (Srivastava et al. 2014).

    On a sequence it stands before or between recurrent layers; on one vector a row, before Dense.

    Parameters
    ----------
    rate : float
        Share of the features that are silent, drawn anew for every row, time step and epoch.
    shared : bool
        Draw once for all time steps of a row (Gal & Ghahramani 2016).
    """

    rate: float
    shared: bool = False

    def __post_init__(self) -> None:
        check_rate("Dropout", "rate", self.rate)
        check_flag("Dropout", "shared", self.shared)

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, weights: Any, x: Any, shard: Shard, run: Run) -> tuple[Any, _Tape]:
        if run.noise is None or self.rate == 0:
            return x, _Tape(x, None)
        values = x.dense()
        tape = _Tape(x, self._keys(shard, run))
        return Features(self._drop(values, tape.keys)), tape

    def backward(self, weights: Any, dy: Array, tape: _Tape, shard: Shard, run: Run) -> Back:
        return Back(dy if tape.keys is None else tape.inputs.collect(self._drop(dy, tape.keys)), {})

    def _keys(self, shard: Shard, run: Run) -> Array:
        assert run.noise is not None
        if not run.sequence:
            return bits(run.noise, shard.rows)
        row, time = shard.packing.positions()
        return bits(run.noise, shard.rows)[row] if self.shared else bits(run.noise, shard.rows[row], time)

    def _drop(self, values: Array, keys: Any) -> Array:
        out = np.empty_like(values)
        scale = values.dtype.type(1 / (1 - self.rate))
        drop(values, keys, np.uint64(np.ceil(self.rate * 2.0**53)), scale, out)
        return out
