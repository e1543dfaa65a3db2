"""Dropout: while training, some of the features are silent."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..random import uniform
from ..row_gradient import Gradients
from ._layer import Array, Layer, Run, Shape, Shard, check_rate

__all__ = ["Dropout"]


@dataclass(frozen=True)
class Dropout(Layer):
    """Set features to zero at random while training, and scale up the others (Srivastava et al. 2014).

    Parameters
    ----------
    rate : float
        Share of the features that are silent, drawn anew for every row and epoch.
    """

    rate: float

    def __post_init__(self) -> None:
        check_rate("Dropout", "rate", self.rate)

    def output_shape(self, shape: Shape) -> Shape:
        if shape.sequence:
            raise InputError(
                "Dropout reads one vector a row, but the layer below gives a sequence: put it after Pooling"
            )
        return shape

    def forward(self, weights: Mapping[str, Array], x: Array, shard: Shard, run: Run) -> tuple[Array, Array | None]:
        if run.noise is None or self.rate == 0:
            return x, None
        draws = uniform(run.noise, shard.rows[:, None], np.arange(x.shape[1]))
        factors = np.where(draws < self.rate, 0, 1 / (1 - self.rate)).astype(x.dtype)
        return x * factors, factors

    def backward(
        self, weights: Mapping[str, Array], dy: Array, tape: Array | None, shard: Shard, run: Run
    ) -> tuple[Array, Gradients]:
        return (dy if tape is None else dy * tape), {}
