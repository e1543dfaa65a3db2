"""Finite differences: does a gradient that was derived by hand agree with the loss it belongs to?"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..sequences import Sequences
from .row_gradient import RowGradient
from .state import State

__all__ = ["check_network", "numeric_gradient", "relative_error"]

Array = NDArray[Any]
STEP = 1e-5
"""Cuts off at h^2 and rounds at eps / h: about 1e-10 each in float64."""


def numeric_gradient(loss: Callable[[], float], array: Array, step: float = STEP) -> Array:
    """Central differences of `loss()` by each element of `array`, which is changed in place and put back.

    Raises InputError for an array that is not float64: float32 has too few digits to take differences.
    """
    if not isinstance(array, np.ndarray) or array.dtype != np.float64 or not array.flags.c_contiguous:
        kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise InputError(f"finite differences need a contiguous array of float64, got {kind}")
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
    """Largest difference over the largest magnitude; 0 where both are all zeros, infinity where one is not finite."""
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    scale = max(float(np.abs(a).max(initial=0)), float(np.abs(b).max(initial=0)))
    return float(np.abs(a - b).max(initial=0)) / scale if scale else 0.0


def check_network(
    network: Any,
    x: Any,
    targets: Any,
    backend: str = "kernel",
    noise: int | None = None,
    state: State | None = None,
) -> dict[str, float]:
    """Compare every gradient of a float64 network with finite differences.

    Parameters
    ----------
    network : Network with dtype="float64"
    x : what `network.accept` takes
    targets : as for `network.differentiate`
    backend : "kernel" or "reference"
    noise : int, optional
        Seed of dropout; the same draws are made each time.
    state : State, optional
        What each row begins with, not as the layers say.

    Returns
    -------
    dict
        `relative_error` of the gradient by each trainable parameter, by its name; by each given initial state,
        by its name such as "lstm/h"; and by "inputs", where the network reads numbers. About 1e-9 where right.
    """
    sequences = network.accept(x)
    if isinstance(state, State):  # a copy, as its arrays are changed; anything else is refused below
        state = State({name: array.copy() for name, array in state.arrays.items()})
    if sequences.features is not None:
        sequences = Sequences(np.array(sequences.values, np.float64), sequences.offsets)

    def differentiate() -> Any:
        return network.differentiate(sequences, targets, state=state, noise=noise, threads=1, backend=backend)

    found = differentiate()
    checked = {name: (network.parameters[name], gradient) for name, gradient in found.gradients.items()}
    if state is not None:
        checked |= {name: (array, found.initial.arrays[name]) for name, array in state.arrays.items()}
    if found.inputs is not None:
        checked["inputs"] = (sequences.values, found.inputs.values)
    errors = {}
    for name, (value, gradient) in checked.items():
        dense = gradient.dense(value.shape) if isinstance(gradient, RowGradient) else gradient
        errors[name] = relative_error(dense, numeric_gradient(lambda: differentiate().loss, value))
    return errors
