"""GRU (Cho et al. 2014), the reset gate after the recurrent product, as cuDNN, PyTorch and Keras have it.

    x_t      (rows, features)       input at time step t
    h_prev   (rows, units)          state before it           h_t     (rows, units)  state after it
    W_xh     (features, 3 units)    kernel                    W_hh    (units, 3 units)  recurrent kernel
    b_h      (2, 3 units)           biases of the two products; gates r z n, in this order

    a_t = b_h[0] + x_t W_xh                                   (GRU.1)
    q_t = b_h[1] + h_prev W_hh                                (GRU.2)
    r_t = sigmoid(a_r + q_r)   z_t = sigmoid(a_z + q_z)       (GRU.3)
    n_t = tanh(a_n + r_t q_n)                                 (GRU.4)
    h_t = (1 - z_t) n_t + z_t h_prev                          (GRU.5)

Equations and their derivation: docs/math/gru.md.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..activations import sigmoid

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
    """What `step` keeps for `step_backward`; q_n is the candidate's recurrent product, before the reset."""

    x_t: Array
    h_prev: Array
    gates: tuple[Array, Array, Array]
    q_n: Array


def step(x_t: Array, state: State, weights: Weights) -> tuple[State, Tape]:
    """Read one input; give the new state."""
    a_r, a_z, a_n = np.split(weights.b_h[0] + x_t @ weights.W_xh, 3, axis=1)  # (GRU.1)
    q_r, q_z, q_n = np.split(weights.b_h[1] + state.h @ weights.W_hh, 3, axis=1)  # (GRU.2)
    r_t, z_t = sigmoid(a_r + q_r), sigmoid(a_z + q_z)  # (GRU.3)
    n_t = np.tanh(a_n + r_t * q_n)  # (GRU.4)
    h_t = (1 - z_t) * n_t + z_t * state.h  # (GRU.5)
    return State(h_t), Tape(x_t, state.h, (r_t, z_t, n_t), q_n)


def step_backward(d_state: State, tape: Tape, weights: Weights) -> tuple[Array, State, Weights]:
    """From dL/dh_t give dL/dx_t, dL/dh_prev and this time step's share of the weights' gradients."""
    r_t, z_t, n_t = tape.gates
    dn_t, dz_t = d_state.h * (1 - z_t), d_state.h * (tape.h_prev - n_t)  # d(GRU.5)
    da_n = dn_t * (1 - n_t**2)  # d(GRU.4)
    dr_t, dq_n = da_n * tape.q_n, da_n * r_t  # d(GRU.4)
    da_r, da_z = dr_t * r_t * (1 - r_t), dz_t * z_t * (1 - z_t)  # d(GRU.3)
    da_t, dq_t = np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, dq_n])
    dx_t, dW_xh = da_t @ weights.W_xh.T, tape.x_t.T @ da_t  # d(GRU.1)
    dh_prev, dW_hh = d_state.h * z_t + dq_t @ weights.W_hh.T, tape.h_prev.T @ dq_t  # d(GRU.2)
    return dx_t, State(dh_prev), Weights(dW_xh, dW_hh, np.stack([da_t.sum(axis=0), dq_t.sum(axis=0)]))
