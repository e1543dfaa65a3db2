"""Losses, computed from the last layer's values before its activation and fused with their gradients.

The compiled ones are in kernels/losses.py; `reference_*` are their readable twins.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import activations
from .kernels import losses as kernels

__all__ = [
    "LOSSES",
    "binary_cross_entropy",
    "reference_binary_cross_entropy",
    "reference_softmax_cross_entropy",
    "softmax_cross_entropy",
    "squared_error",
]

Array = NDArray[Any]


def binary_cross_entropy(logits: Array, targets: NDArray[np.int64], weights: Array) -> tuple[Array, Array]:
    """-w (y log p + (1 - y) log(1 - p)) with p = sigmoid(z).

    Parameters
    ----------
    logits : (rows, 1), z
    targets : (rows,) int64, y, 0 or 1
    weights : (rows,), w, in the dtype of the logits

    Returns
    -------
    losses : (rows,)
    d_logits : (rows, 1), w (p - y)
    """
    losses, d_logits = np.empty(len(logits), logits.dtype), np.empty_like(logits)
    kernels.binary_cross_entropy(
        logits.reshape(-1), targets.astype(logits.dtype), weights, losses, d_logits.reshape(-1)
    )
    return losses, d_logits


def reference_binary_cross_entropy(logits: Array, targets: NDArray[np.int64], weights: Array) -> tuple[Array, Array]:
    """The same in readable NumPy."""
    z, y = logits[:, 0], targets.astype(logits.dtype)  # integers would make float64 of float32
    losses = weights * (np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))
    return losses, (weights * (activations.sigmoid(z) - y))[:, None]


def softmax_cross_entropy(
    logits: Array, targets: NDArray[np.int64], weights: Array, shifts: Array | None = None
) -> tuple[Array, Array]:
    """-w log p[target] with p = softmax(z).

    Parameters
    ----------
    logits : (rows, classes), z
    targets : (rows,) int64, 0 .. classes - 1
    weights : (rows,), w, in the dtype of the logits
    shifts : (classes,), optional
        Added to the logits of all classes but the target; `z` is their sum.

    Returns
    -------
    losses : (rows,)
    d_logits : (rows, classes), w (p - one-hot(target))
    """
    losses, d_logits = np.empty(len(logits), logits.dtype), np.empty_like(logits)
    none = np.empty(0, logits.dtype)
    kernels.softmax_cross_entropy(logits, targets, weights, none if shifts is None else shifts, losses, d_logits)
    return losses, d_logits


def reference_softmax_cross_entropy(
    logits: Array, targets: NDArray[np.int64], weights: Array, shifts: Array | None = None
) -> tuple[Array, Array]:
    """The same in readable NumPy."""
    rows = np.arange(len(logits))
    if shifts is not None:
        own = logits[rows, targets]
        logits = logits + shifts
        logits[rows, targets] = own
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = weights * (np.log(np.exp(shifted).sum(axis=1)) - shifted[rows, targets])
    d_logits = activations.softmax(logits)
    d_logits[rows, targets] -= 1
    return losses, d_logits * weights[:, None]


def squared_error(values: Array, targets: Array, weights: Array) -> tuple[Array, Array]:
    """W times the mean over units of (z - y)^2.

    Parameters
    ----------
    values : (rows, units), z
    targets : (rows, units), or (rows,) for one unit, y
    weights : (rows,), w, in the dtype of the values

    Returns
    -------
    losses : (rows,)
    d_values : (rows, units), 2 w (z - y) / units
    """
    units = values.dtype.type(values.shape[1])
    difference = values - targets.reshape(values.shape).astype(values.dtype)
    squares = np.add.accumulate(difference * difference, axis=1)[:, -1]  # in order; `sum` is free to regroup
    return weights * (squares / units), (2 / units * weights)[:, None] * difference


Loss = Callable[[Array, Array, Array], tuple[Array, Array]]

LOSSES: dict[str, tuple[Loss, Loss]] = {
    "sigmoid": (binary_cross_entropy, reference_binary_cross_entropy),
    "softmax": (softmax_cross_entropy, reference_softmax_cross_entropy),
    "linear": (squared_error, squared_error),
}
"""The loss that goes with the last layer's activation, compiled and readable."""
