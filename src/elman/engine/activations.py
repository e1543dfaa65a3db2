"""Activations in readable NumPy: the twins of kernels/activations.py, with their derivatives.

A derivative is written in terms of the activation's value, as backpropagation has it at hand.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["ACTIVATIONS", "Activation", "linear", "relu", "sigmoid", "softmax", "tanh"]

Array = NDArray[np.floating]
Activation = Callable[[Array], Array]


def linear(x: Array) -> Array:
    """X itself."""
    return x


def tanh(x: Array) -> Array:
    """Hyperbolic tangent."""
    return np.tanh(x)


def relu(x: Array) -> Array:
    """max(x, 0)."""
    return np.maximum(x, x.dtype.type(0))


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x), without overflow for any x."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e)).astype(x.dtype)


def softmax(x: Array) -> Array:
    """e^x / sum e^x over the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


ACTIVATIONS: dict[str, tuple[Activation, Activation]] = {
    "linear": (linear, np.ones_like),
    "tanh": (tanh, lambda value: 1 - value * value),
    "relu": (relu, lambda value: (value > 0).astype(value.dtype)),
    "sigmoid": (sigmoid, lambda value: value * (1 - value)),
}
"""Each elementwise activation by Keras' name, with its derivative as a function of its value."""
