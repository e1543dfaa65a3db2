"""The network that a classifier builds when none is given."""

from collections.abc import Sequence
from typing import Any

from ..engine.layers import Dropout, Layer, Pooling, SimpleRNN
from ..errors import InputError
from ._classifier import head

__all__ = ["recurrent_layers"]


def recurrent_layers(
    units: Any, layers: int, recurrent_gain: float, pooling: str | Sequence[str], dropout: float, classes: int
) -> list[Layer]:
    """Give the layers above the words: recurrent ones, what reads their states, the output.

    Parameters
    ----------
    units : width of each recurrent layer
    layers : how many of them
    recurrent_gain : of each
    pooling : kinds for `Pooling`: "last", "max", "mean", or several
    dropout : share of the pooled features that is silent while training
    classes : of the output
    """
    if isinstance(layers, bool) or not isinstance(layers, int) or layers < 0:
        raise InputError(f"layers must be an integer, 0 or more, got {layers!r}")
    stack: list[Layer] = [SimpleRNN(units, return_sequences=True, recurrent_gain=recurrent_gain) for _ in range(layers)]
    stack.append(Pooling((pooling,) if isinstance(pooling, str) else tuple(pooling)))
    if dropout:
        stack.append(Dropout(dropout))
    return [*stack, head(classes)]
