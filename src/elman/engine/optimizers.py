"""Optimizers: how gradients move parameters.

A parameter is an array, its gradient an array of that shape or a `RowGradient` of the few rows that were
read. One rule serves both: a dense gradient is one row that is always touched.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .kernels.optimizers import adam_rows, sgd_rows, sum_of_squares
from .row_gradient import Gradients, RowGradient

__all__ = ["SGD", "Adam", "Optimizer", "global_norm"]

Array = NDArray[Any]
_ALL = np.zeros(1, np.int64)


def global_norm(gradients: Gradients) -> float:
    """Euclidean length of all gradients together, as if they were one vector; summed in the order of their names."""
    total = 0.0
    for name in sorted(gradients):
        g = gradients[name]
        total += sum_of_squares((g.values if isinstance(g, RowGradient) else g).reshape(-1))
    return float(np.sqrt(total))


def clip_scale(norm: float, limit: float | None) -> float:
    """Give the factor that brings gradients of this global norm down to `limit` (Pascanu, Mikolov & Bengio 2013)."""
    return 1.0 if limit is None or norm <= limit else limit / norm


def _as_rows(value: Array, gradient: "Array | RowGradient") -> tuple[Array, NDArray[np.int64], Array]:
    """Give value and gradient as tables, and the numbers of the rows that move."""
    if isinstance(gradient, RowGradient):
        return value, gradient.rows, gradient.values
    return value.reshape(1, -1), _ALL, np.ascontiguousarray(gradient).reshape(1, -1)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _check_gradient(name: str, value: Any, gradient: Any) -> None:
    """Kernels write where a gradient says, so it must fit."""
    if not isinstance(value, np.ndarray) or value.dtype not in (np.float32, np.float64) or not value.flags.c_contiguous:
        raise InputError(f"parameter {name} must be a contiguous array of float32 or float64, got {_kind(value)}")
    if not value.flags.writeable:
        raise InputError(f"parameter {name} is read-only, as a frozen network's are: train the network that was frozen")
    given, shape = gradient, value.shape
    if isinstance(gradient, RowGradient):
        given, shape, rows = gradient.values, (len(gradient.rows), *value.shape[1:]), gradient.rows
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(value):
            raise InputError(f"the gradient of {name} must have rows from 0 to {len(value) - 1}")
    if not isinstance(given, np.ndarray) or given.dtype != value.dtype or given.shape != shape:
        raise InputError(f"the gradient of {name} must be {value.dtype} of shape {shape}, got {_kind(given)}")


def _kind(value: Any) -> str:
    return f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


@dataclass
class Optimizer(ABC):
    """Base of the optimizers. `update` counts the updates made, 1 after the first.

    Parameters
    ----------
    learning_rate : float
        May be changed between updates.
    """

    learning_rate: float
    updates: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if not (_is_number(self.learning_rate) and 0 < self.learning_rate < np.inf):
            raise InputError(f"learning_rate must be a positive number, got {self.learning_rate!r:.80}")

    def update(self, parameters: dict[str, Array], gradients: Gradients, scale: float = 1.0) -> None:
        """Move every parameter that has a gradient, in place. Gradients are multiplied by `scale` first.

        Raises InputError for a gradient that does not fit its parameter, before anything moves.
        """
        for name, gradient in gradients.items():
            _check_gradient(name, parameters.get(name), gradient)
        self.updates += 1
        for name, gradient in gradients.items():
            self._move(name, *_as_rows(parameters[name], gradient), scale)

    @abstractmethod
    def _move(self, name: str, value: Array, rows: NDArray[np.int64], gradient: Array, scale: float) -> None: ...


@dataclass
class SGD(Optimizer):
    """Stochastic gradient descent: value -= learning_rate * gradient."""

    learning_rate: float = 0.01

    def _move(self, name: str, value: Array, rows: NDArray[np.int64], gradient: Array, scale: float) -> None:
        sgd_rows(value, rows, gradient, self.learning_rate, scale)


@dataclass
class Adam(Optimizer):
    """Adam (Kingma & Ba 2015, algorithm 1), lazy on tables of which few rows are read.

    For a parameter whose gradient is dense this is plain Adam. For a table with a `RowGradient`, only rows
    that were read are touched, and each row keeps count of the update at which its moments were current:

    * a touched row's moments first decay for the updates that it sat out, m *= beta1^k and v *= beta2^k,
      just as plain Adam would have let them with gradients of zero; then they take the new gradient;
    * its value moves only when it is touched. Plain Adam would also have moved it during the updates it
      sat out, by the momentum left over. That is the one difference;
    * the bias correction counts the optimizer's updates, not the row's.

    When every row is touched in every update, the two are equal.

    Parameters
    ----------
    learning_rate : float
    beta1, beta2 : float
        Decay of the two moments at each update, in [0, 1).
    epsilon : float
        Added to the root of the second moment.
    """

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    _moments: dict[str, tuple[Array, Array, NDArray[np.int64]]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("beta1", "beta2"):
            value = getattr(self, name)
            if not (_is_number(value) and 0 <= value < 1):
                raise InputError(f"{name} must be in [0, 1), got {value!r:.80}")
        if not (_is_number(self.epsilon) and 0 < self.epsilon < np.inf):
            raise InputError(f"epsilon must be a positive number, got {self.epsilon!r:.80}")

    def _move(self, name: str, value: Array, rows: NDArray[np.int64], gradient: Array, scale: float) -> None:
        if name not in self._moments:
            self._moments[name] = (np.zeros_like(value), np.zeros_like(value), np.zeros(len(value), np.int64))
        m, v, updated = self._moments[name]
        adam_rows(
            value, m, v, updated, rows, gradient,
            self.learning_rate, self.beta1, self.beta2, self.epsilon, self.updates, scale,
        )  # fmt: skip
