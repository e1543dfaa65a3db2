"""What every cell is: settings, the state it carries, `step` and `step_backward`."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..activations import ACTIVATIONS

__all__ = ["Array", "Cell", "State", "Weights"]

Array = NDArray[np.floating]


class Weights(NamedTuple):
    """Weights of a cell, or their gradients.

    W_xh : (features, gates * units), kernel
    W_hh : (units, gates * units), recurrent kernel
    b_h : bias, shaped as the cell says
    """

    W_xh: Array
    W_hh: Array
    b_h: Array


class State(NamedTuple):
    """What goes from one time step to the next, or its gradient: h, (rows, units)."""

    h: Array


@dataclass(frozen=True)
class Cell(ABC):
    """Base of the cells. Subclasses are frozen dataclasses whose fields name activations and variants.

    Raises InputError for an activation that has no name in `CELL_ACTIVATIONS`.
    """

    gates: ClassVar[int]
    """Blocks of `units` columns in the kernels."""
    State: ClassVar[type[Any]] = State

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name.endswith("activation") and (not isinstance(value, str) or value not in CELL_ACTIVATIONS):
                raise InputError(
                    f"{type(self).__name__}: {name} must be one of {', '.join(CELL_ACTIVATIONS)}, got {value!r}"
                )

    @abstractmethod
    def step(self, x_t: Array, state: Any, weights: Weights) -> tuple[Any, Any]:
        """Read one input, (rows, features); give the new state, and the tape for `step_backward`."""

    @abstractmethod
    def step_backward(self, d_state: Any, tape: Any, weights: Weights) -> tuple[Array, Any, Weights]:
        """From dL/d(new state) give dL/dx_t, dL/d(old state) and this step's share of the weights' gradients."""


CELL_ACTIVATIONS = ("tanh", "relu", "sigmoid")


def function(name: str) -> Callable[[Array], Array]:
    """Give the activation of that name."""
    return ACTIVATIONS[name][0]


def slope(name: str) -> Callable[[Array], Array]:
    """Give the activation's derivative, as a function of its value."""
    return ACTIVATIONS[name][1]
