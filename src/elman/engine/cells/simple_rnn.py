"""SimpleRNN, the cell of Elman (1990), "Finding Structure in Time".

    x_t      (rows, features)   input at time step t
    h_prev   (rows, units)      state before it
    h_t      (rows, units)      state after it
    W_xh     (features, units)  kernel            W_hh  (units, units)  recurrent kernel
    b_h      (units,)           bias              a_t   (rows, units)   pre-activation

    a_t = b_h + x_t W_xh + h_prev W_hh          (SimpleRNN.1)
    h_t = tanh(a_t)                             (SimpleRNN.2)

Equations and their derivation: docs/math/simple_rnn.md.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["State", "Tape", "Weights", "step", "step_backward"]

Array = NDArray[np.floating]


class Weights(NamedTuple):
    """Weights of the cell, or their gradients."""

    W_xh: Array
    W_hh: Array
    b_h: Array


class State(NamedTuple):
    """What goes from one time step to the next, or its gradient."""

    h: Array


@dataclass(frozen=True)
class Tape:
    """What `step` keeps for `step_backward`."""

    x_t: Array
    h_prev: Array
    h_t: Array


def step(x_t: Array, state: State, weights: Weights) -> tuple[State, Tape]:
    """Read one input; give the new state."""
    a_t = weights.b_h + x_t @ weights.W_xh + state.h @ weights.W_hh  # (SimpleRNN.1)
    h_t = np.tanh(a_t)  # (SimpleRNN.2)
    return State(h_t), Tape(x_t, state.h, h_t)


def step_backward(d_state: State, tape: Tape, weights: Weights) -> tuple[Array, State, Weights]:
    """From dL/dh_t give dL/dx_t, dL/dh_prev and this time step's share of the weights' gradients."""
    da_t = d_state.h * (1 - tape.h_t**2)  # d(SimpleRNN.2)
    dx_t = da_t @ weights.W_xh.T  # d(SimpleRNN.1)
    dh_prev = da_t @ weights.W_hh.T  # d(SimpleRNN.1)
    shares = Weights(tape.x_t.T @ da_t, tape.h_prev.T @ da_t, da_t.sum(axis=0))  # d(SimpleRNN.1)
    return dx_t, State(dh_prev), shares
