"""GRU (Cho et al. 2014), the reset gate after the recurrent product (as cuDNN, PyTorch and Keras have it) or before.

    x_t      (rows, features)       input at time step t
    h_prev   (rows, units)          state before it           h_t     (rows, units)  state after it
    W_xh     (features, 3 units)    kernel                    W_hh    (units, 3 units)  recurrent kernel
    b_h      (2, 3 units)           biases of the two products; gates r z n, in this order
    s, f                            activations of the gates (sigmoid) and of n (tanh)

    a_t = b_h[0] + x_t W_xh                                   (GRU.1)
    q_t = b_h[1] + h_prev W_hh                                (GRU.2)
    r_t = s(a_r + q_r)   z_t = s(a_z + q_z)                   (GRU.3)
    n_t = f(a_n + r_t q_n)                                    (GRU.4)
    h_t = (1 - z_t) n_t + z_t h_prev                          (GRU.5)

Reset before (as the paper has it): b_h is (3 units,), (GRU.2) has no bias, and in the place of (GRU.4)

    n_t = f(a_n + (r_t h_prev) W_hn)                          (GRU.6)

Equations and their derivation: docs/math/gru.md.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ._cell import Array, Cell, State, Weights, function, slope

__all__ = ["GRUCell"]


@dataclass(frozen=True)
class Tape:
    """What `step` keeps for `step_backward`; q_n is the candidate's recurrent product, before the reset."""

    x_t: Array
    h_prev: Array
    gates: tuple[Array, Array, Array]
    q_n: Array


@dataclass(frozen=True)
class GRUCell(Cell):
    """The equations above; `recurrent_activation` is s, `activation` f; `reset_after` chooses (GRU.4) or (GRU.6)."""

    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    reset_after: bool = True
    gates: ClassVar[int] = 3

    def step(self, x_t: Array, state: State, weights: Weights) -> tuple[State, Tape]:
        s, f = function(self.recurrent_activation), function(self.activation)
        b_x, b_h = weights.b_h if self.reset_after else (weights.b_h, weights.b_h * 0)
        a_r, a_z, a_n = np.split(b_x + x_t @ weights.W_xh, 3, axis=1)  # (GRU.1)
        q_r, q_z, q_n = np.split(b_h + state.h @ weights.W_hh, 3, axis=1)  # (GRU.2)
        r_t, z_t = s(a_r + q_r), s(a_z + q_z)  # (GRU.3)
        W_hn = np.split(weights.W_hh, 3, axis=1)[2]
        n_t = f(a_n + (r_t * q_n if self.reset_after else (r_t * state.h) @ W_hn))  # (GRU.4), (GRU.6)
        h_t = (1 - z_t) * n_t + z_t * state.h  # (GRU.5)
        return State(h_t), Tape(x_t, state.h, (r_t, z_t, n_t), q_n)

    def step_backward(self, d_state: State, tape: Tape, weights: Weights) -> tuple[Array, State, Weights]:
        ds, df = slope(self.recurrent_activation), slope(self.activation)
        (r_t, z_t, n_t), h_prev = tape.gates, tape.h_prev
        dn_t, dz_t = d_state.h * (1 - z_t), d_state.h * (h_prev - n_t)  # d(GRU.5)
        da_n, da_z = dn_t * df(n_t), dz_t * ds(z_t)  # d(GRU.4), d(GRU.3)
        if not self.reset_after:
            return self._reset_before(d_state, tape, weights, da_n, da_z)
        dr_t, dq_n = da_n * tape.q_n, da_n * r_t  # d(GRU.4)
        da_r = dr_t * ds(r_t)  # d(GRU.3)
        da_t, dq_t = np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, dq_n])
        dx_t, dW_xh = da_t @ weights.W_xh.T, tape.x_t.T @ da_t  # d(GRU.1)
        dh_prev, dW_hh = d_state.h * z_t + dq_t @ weights.W_hh.T, h_prev.T @ dq_t  # d(GRU.2)
        return dx_t, State(dh_prev), Weights(dW_xh, dW_hh, np.stack([da_t.sum(axis=0), dq_t.sum(axis=0)]))

    def _reset_before(
        self, d_state: State, tape: Tape, weights: Weights, da_n: Array, da_z: Array
    ) -> tuple[Array, State, Weights]:
        (r_t, z_t, _), h_prev = tape.gates, tape.h_prev
        W_hr, W_hz, W_hn = np.split(weights.W_hh, 3, axis=1)
        d_product = da_n @ W_hn.T  # d(GRU.6), by r_t h_prev
        da_r = d_product * h_prev * slope(self.recurrent_activation)(r_t)  # d(GRU.6), d(GRU.3)
        da_t = np.hstack([da_r, da_z, da_n])
        dh_prev = d_state.h * z_t + d_product * r_t + da_r @ W_hr.T + da_z @ W_hz.T  # d(GRU.5), d(GRU.6), d(GRU.2)
        dW_hh = np.hstack([h_prev.T @ da_r, h_prev.T @ da_z, (r_t * h_prev).T @ da_n])  # d(GRU.2), d(GRU.6)
        dx_t, shares = da_t @ weights.W_xh.T, Weights(tape.x_t.T @ da_t, dW_hh, da_t.sum(axis=0))  # d(GRU.1)
        return dx_t, State(dh_prev), shares
