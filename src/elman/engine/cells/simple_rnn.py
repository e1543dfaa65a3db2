"""SimpleRNN, the cell of Elman (1990), "Finding Structure in Time".

    x_t      (rows, features)   input at time step t
    h_prev   (rows, units)      state before it
    h_t      (rows, units)      state after it
    W_xh     (features, units)  kernel            W_hh  (units, units)  recurrent kernel
    b_h      (units,)           bias              a_t   (rows, units)   pre-activation
    f                           activation, tanh by default

    a_t = b_h + x_t W_xh + h_prev W_hh          (SimpleRNN.1)
    h_t = f(a_t)                                (SimpleRNN.2)

Equations and their derivation: docs/math/simple_rnn.md.
"""

from dataclasses import dataclass
from typing import ClassVar

from ._cell import Array, Cell, State, Weights, function, slope

__all__ = ["SimpleRNNCell"]


@dataclass(frozen=True)
class Tape:
    """What `step` keeps for `step_backward`."""

    x_t: Array
    h_prev: Array
    h_t: Array


@dataclass(frozen=True)
class SimpleRNNCell(Cell):
    """The equations above; `activation` is f."""

    activation: str = "tanh"
    gates: ClassVar[int] = 1

    def step(self, x_t: Array, state: State, weights: Weights) -> tuple[State, Tape]:
        a_t = weights.b_h + x_t @ weights.W_xh + state.h @ weights.W_hh  # (SimpleRNN.1)
        h_t = function(self.activation)(a_t)  # (SimpleRNN.2)
        return State(h_t), Tape(x_t, state.h, h_t)

    def step_backward(self, d_state: State, tape: Tape, weights: Weights) -> tuple[Array, State, Weights]:
        da_t = d_state.h * slope(self.activation)(tape.h_t)  # d(SimpleRNN.2)
        dx_t = da_t @ weights.W_xh.T  # d(SimpleRNN.1)
        dh_prev = da_t @ weights.W_hh.T  # d(SimpleRNN.1)
        shares = Weights(tape.x_t.T @ da_t, tape.h_prev.T @ da_t, da_t.sum(axis=0))  # d(SimpleRNN.1)
        return dx_t, State(dh_prev), shares
