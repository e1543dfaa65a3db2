"""Input: numeric sequences, a vector at each time step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ._inputs import Features
from ._layer import Array, Back, Layer, Run, Shape, Shard, check_count

__all__ = ["Input"]


@dataclass(frozen=True)
class Input(Layer):
    """First layer for sequences that are numbers already, (time, features) a row.

    Parameters
    ----------
    features : int
        Width of the vector at each time step.
    """

    features: int
    first: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_count("Input", "features", self.features)

    def output_shape(self, shape: Shape) -> Shape:
        return Shape(self.features, sequence=True)

    def forward(self, weights: Mapping[str, Array], x: Array, shard: Shard, run: Run) -> tuple[Features, None]:
        return Features(x), None

    def backward(self, weights: Mapping[str, Array], dy: Any, tape: None, shard: Shard, run: Run) -> Back:
        return Back(dy, {})
