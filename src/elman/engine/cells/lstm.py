"""LSTM (Hochreiter & Schmidhuber 1997) with forget gates (Gers, Schmidhuber & Cummins 2000), no peepholes.

    x_t      (rows, features)       input at time step t
    h_prev   (rows, units)          output before it          c_prev  (rows, units)  cell state before it
    h_t, c_t (rows, units)          both after it
    W_xh     (features, 4 units)    kernel                    W_hh    (units, 4 units)  recurrent kernel
    b_h      (4 units,)             bias                      gates i f g o, in this order

    a_t = b_h + x_t W_xh + h_prev W_hh                        (LSTM.1)
    i_t = sigmoid(a_i)   f_t = sigmoid(a_f)
    g_t = tanh(a_g)      o_t = sigmoid(a_o)                   (LSTM.2)
    c_t = f_t c_prev + i_t g_t                                (LSTM.3)
    h_t = o_t tanh(c_t)                                       (LSTM.4)

Equations and their derivation: docs/math/lstm.md.
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
    c: Array


@dataclass(frozen=True)
class Tape:
    """What `step` keeps for `step_backward`."""

    x_t: Array
    h_prev: Array
    c_prev: Array
    gates: tuple[Array, Array, Array, Array]
    c_t: Array


def step(x_t: Array, state: State, weights: Weights) -> tuple[State, Tape]:
    """Read one input; give the new output and cell state."""
    a_t = weights.b_h + x_t @ weights.W_xh + state.h @ weights.W_hh  # (LSTM.1)
    a_i, a_f, a_g, a_o = np.split(a_t, 4, axis=1)
    i_t, f_t, g_t, o_t = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)  # (LSTM.2)
    c_t = f_t * state.c + i_t * g_t  # (LSTM.3)
    h_t = o_t * np.tanh(c_t)  # (LSTM.4)
    return State(h_t, c_t), Tape(x_t, state.h, state.c, (i_t, f_t, g_t, o_t), c_t)


def step_backward(d_state: State, tape: Tape, weights: Weights) -> tuple[Array, State, Weights]:
    """From dL/dh_t and dL/dc_t give dL/dx_t, those before, and this time step's share of the weights' gradients."""
    i_t, f_t, g_t, o_t = tape.gates
    tanh_c = np.tanh(tape.c_t)
    do_t = d_state.h * tanh_c  # d(LSTM.4)
    dc_t = d_state.c + d_state.h * o_t * (1 - tanh_c**2)  # d(LSTM.4)
    di_t, dg_t, df_t, dc_prev = dc_t * g_t, dc_t * i_t, dc_t * tape.c_prev, dc_t * f_t  # d(LSTM.3)
    da_t = np.hstack(  # d(LSTM.2)
        [di_t * i_t * (1 - i_t), df_t * f_t * (1 - f_t), dg_t * (1 - g_t**2), do_t * o_t * (1 - o_t)]
    )
    dx_t, dh_prev = da_t @ weights.W_xh.T, da_t @ weights.W_hh.T  # d(LSTM.1)
    shares = Weights(tape.x_t.T @ da_t, tape.h_prev.T @ da_t, da_t.sum(axis=0))  # d(LSTM.1)
    return dx_t, State(dh_prev, dc_prev), shares
