"""Finite differences: does a gradient that was derived by hand agree with the loss it belongs to?"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .row_gradient import RowGradient

__all__ = ["check_network", "numeric_gradient", "relative_error"]

Array = NDArray[Any]
STEP = 1e-5
"""Cuts off at h^2 and rounds at eps / h: about 1e-10 each in float64."""


def numeric_gradient(loss: Callable[[], float], array: Array, step: float = STEP) -> Array:
    """Central differences of `loss()` by each element of `array`, which is changed in place and put back.

    Raises InputError for an array that is not float64: float32 has too few digits to take differences.
    """
    if array.dtype != np.float64:
        raise InputError(f"finite differences need float64, got {array.dtype}")
    gradient = np.zeros_like(array)
    flat, out = array.reshape(-1), gradient.reshape(-1)
    for i in range(flat.size):
        value = flat[i]
        flat[i] = value + step
        above = loss()
        flat[i] = value - step
        below = loss()
        flat[i] = value
        out[i] = (above - below) / (2 * step)
    return gradient


def relative_error(a: Array, b: Array) -> float:
    """Largest difference over the largest magnitude; 0 where both are all zeros."""
    scale = max(float(np.abs(a).max(initial=0)), float(np.abs(b).max(initial=0)))
    return float(np.abs(a - b).max(initial=0)) / scale if scale else 0.0


def check_network(
    network: Any, x: Any, targets: Any, backend: str = "kernel", noise: int | None = None
) -> dict[str, float]:
    """Compare every gradient of a float64 network with finite differences.

    Parameters
    ----------
    network : Network with dtype="float64"
    x : what `network.accept` takes
    targets : (rows,) int, class of each row
    backend : "kernel" or "reference"
    noise : int, optional
        Seed of dropout; the same draws are made each time.

    Returns
    -------
    dict
        `relative_error` of each trainable parameter, by name; about 1e-9 where the gradient is right.
    """
    sequences = network.accept(x)
    shards = network.shards(sequences)
    targets, weights = np.asarray(targets, np.int64), np.full(len(sequences), 1 / len(sequences))

    def both() -> tuple[float, Any]:
        return network.loss_and_gradients(shards, targets, weights, noise, backend=backend)  # type: ignore[no-any-return]

    _, gradients = both()
    errors = {}
    for name, gradient in gradients.items():
        value = network.parameters[name]
        dense = gradient.dense(value.shape) if isinstance(gradient, RowGradient) else gradient
        errors[name] = relative_error(dense, numeric_gradient(lambda: both()[0], value))
    return errors
