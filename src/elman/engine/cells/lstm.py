"""LSTM (Hochreiter & Schmidhuber 1997) with forget gates (Gers, Schmidhuber & Cummins 2000), no peepholes.

    x_t      (rows, features)       input at time step t
    h_prev   (rows, units)          output before it          c_prev  (rows, units)  cell state before it
    h_t, c_t (rows, units)          both after it
    W_xh     (features, 4 units)    kernel                    W_hh    (units, 4 units)  recurrent kernel
    b_h      (4 units,)             bias                      gates i f g o, in this order
    s, f, k                         activations of the gates (sigmoid), of g (tanh) and of the output (tanh)

    a_t = b_h + x_t W_xh + h_prev W_hh                        (LSTM.1)
    i_t = s(a_i)   f_t = s(a_f)   g_t = f(a_g)   o_t = s(a_o)  (LSTM.2)
    c_t = f_t c_prev + i_t g_t                                (LSTM.3)
    h_t = o_t k(c_t)                                          (LSTM.4)

Equations and their derivation: docs/math/lstm.md.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from ._cell import Array, Cell, Weights, function, slope

__all__ = ["LSTMCell"]


class LSTMState(NamedTuple):
    """What goes from one time step to the next, or its gradient: output and cell state, (rows, units) each."""

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


@dataclass(frozen=True)
class LSTMCell(Cell):
    """The equations above; `recurrent_activation` is s, `activation` f and `output_activation` k."""

    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    output_activation: str = "tanh"
    gates: ClassVar[int] = 4
    State: ClassVar[type[LSTMState]] = LSTMState

    def step(self, x_t: Array, state: LSTMState, weights: Weights) -> tuple[LSTMState, Tape]:
        s, f, k = map(function, (self.recurrent_activation, self.activation, self.output_activation))
        a_t = weights.b_h + x_t @ weights.W_xh + state.h @ weights.W_hh  # (LSTM.1)
        a_i, a_f, a_g, a_o = np.split(a_t, 4, axis=1)
        i_t, f_t, g_t, o_t = s(a_i), s(a_f), f(a_g), s(a_o)  # (LSTM.2)
        c_t = f_t * state.c + i_t * g_t  # (LSTM.3)
        h_t = o_t * k(c_t)  # (LSTM.4)
        return LSTMState(h_t, c_t), Tape(x_t, state.h, state.c, (i_t, f_t, g_t, o_t), c_t)

    def step_backward(self, d_state: LSTMState, tape: Tape, weights: Weights) -> tuple[Array, LSTMState, Weights]:
        ds, df, dk = map(slope, (self.recurrent_activation, self.activation, self.output_activation))
        i_t, f_t, g_t, o_t = tape.gates
        k_t = function(self.output_activation)(tape.c_t)
        do_t = d_state.h * k_t  # d(LSTM.4)
        dc_t = d_state.c + d_state.h * o_t * dk(k_t)  # d(LSTM.4)
        di_t, dg_t, df_t, dc_prev = dc_t * g_t, dc_t * i_t, dc_t * tape.c_prev, dc_t * f_t  # d(LSTM.3)
        da_t = np.hstack([di_t * ds(i_t), df_t * ds(f_t), dg_t * df(g_t), do_t * ds(o_t)])  # d(LSTM.2)
        dx_t, dh_prev = da_t @ weights.W_xh.T, da_t @ weights.W_hh.T  # d(LSTM.1)
        shares = Weights(tape.x_t.T @ da_t, tape.h_prev.T @ da_t, da_t.sum(axis=0))  # d(LSTM.1)
        return dx_t, LSTMState(dh_prev, dc_prev), shares
