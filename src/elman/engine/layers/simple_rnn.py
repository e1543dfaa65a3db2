"""SimpleRNN: the feedback loop, h_t = tanh(x_t W + h_prev U + b)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from .. import unroll
from ..cells import simple_rnn as cell
from ..row_gradient import Gradients
from ._inputs import Features
from ._layer import (
    Array,
    Connection,
    Layer,
    Parameter,
    Run,
    Shape,
    Shard,
    check_choice,
    check_count,
    check_positive,
)

__all__ = ["SimpleRNN"]


@dataclass(frozen=True, eq=False)
class _Tape:
    """inputs: what was read; states: (tokens, units); h0: (rows, units); steps: the reference's tapes, if it ran."""

    inputs: Any
    states: Array
    h0: Array
    steps: list[Any] | None


@dataclass(frozen=True)
class SimpleRNN(Layer):
    """Elman's recurrent layer (1990), equations SimpleRNN.1 and SimpleRNN.2.

    Parameters
    ----------
    units : int
        Width of the state.
    return_sequences : bool
        Give the state after every time step instead of the last one.
    initial_state : "zeros", "random", or a tuple of `units` numbers
        The state before the first word, the same for all rows and not trained. "random" is drawn once,
        from the network's `random_state`, uniform in [-1, 1). A row of length 0 ends in this state.
    recurrent_gain : float
        The recurrent kernel starts orthogonal, times this. 1 keeps signals over long distances; less makes a
        state lean on the latest words at first, which helps where states are pooled.
    """

    units: int
    return_sequences: bool = False
    initial_state: str | tuple[float, ...] = "zeros"
    recurrent_gain: float = 1.0

    def __post_init__(self) -> None:
        check_count("SimpleRNN", "units", self.units)
        check_positive("SimpleRNN", "recurrent_gain", self.recurrent_gain)
        if isinstance(self.initial_state, str):
            check_choice("SimpleRNN", "initial_state", self.initial_state, ("zeros", "random"))
            return
        state = np.asarray(self.initial_state)
        if state.shape != (self.units,) or state.dtype.kind not in "if" or not np.isfinite(state).all():
            raise InputError(
                f"SimpleRNN: initial_state must be 'zeros', 'random' or {self.units} finite numbers, "
                f"got {self.initial_state!r:.80}"
            )
        object.__setattr__(self, "initial_state", tuple(float(value) for value in state))

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.sequence:
            raise InputError(
                "SimpleRNN reads a sequence, but the layer below gives one vector a row: "
                "give that layer return_sequences=True, or take the pooling away"
            )
        return Shape(self.units, sequence=self.return_sequences)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        assert shape.features is not None
        kernel = Parameter("kernel", (shape.features, self.units), "glorot_uniform")
        recurrent = Parameter("recurrent_kernel", (self.units, self.units), "orthogonal", gain=self.recurrent_gain)
        lines = (
            Connection("between input and hidden layer", (kernel, Parameter("bias", (self.units,), "zeros"))),
            Connection("in the feedback loop", (recurrent,)),
        )
        if self.initial_state == "zeros":
            return lines
        given = None if isinstance(self.initial_state, str) else self.initial_state
        state = Parameter("initial_state", (self.units,), "uniform_unit", trainable=False, value=given)
        return (*lines, Connection("initial state", (state,)))

    def forward(self, weights: Mapping[str, Array], x: Any, shard: Shard, run: Run) -> tuple[Any, _Tape]:
        w = cell.Weights(weights["kernel"], weights["recurrent_kernel"], weights["bias"])
        h0 = np.zeros((shard.packing.rows, self.units), w.b_h.dtype)
        if "initial_state" in weights:
            h0[:] = weights["initial_state"]
        steps = None
        if run.backend == "reference":
            states, steps = unroll.reference_forward(cell, w, x.dense().astype(h0.dtype), h0, shard.packing)
        else:
            states = unroll.simple_rnn(x.project(w.W_xh, w.b_h), h0, w, shard.packing)
        tape = _Tape(x, states, h0, steps)
        return (Features(states) if self.return_sequences else _last_states(states, h0, shard)), tape

    def backward(
        self, weights: Mapping[str, Array], dy: Array, tape: _Tape, shard: Shard, run: Run
    ) -> tuple[Any, Gradients]:
        w = cell.Weights(weights["kernel"], weights["recurrent_kernel"], weights["bias"])
        d_states = dy if self.return_sequences else _spread_last(dy, tape.states, shard)
        if tape.steps is not None:
            dx, _, g = unroll.reference_backward(cell, w, d_states, tape.steps, shard.packing)
            return tape.inputs.collect(dx), {"kernel": g.W_xh, "recurrent_kernel": g.W_hh, "bias": g.b_h}
        da, _, dW_hh = unroll.simple_rnn_gradients(tape.states, d_states, tape.h0, w, shard.packing)
        dW_xh, db, dx = tape.inputs.project_backward(da, w.W_xh)
        return dx, {"kernel": dW_xh, "recurrent_kernel": dW_hh, "bias": db}


def _last_states(states: Array, h0: Array, shard: Shard) -> Array:
    """Give (rows, units): each row's last state, its initial one where it has no time step."""
    last = shard.packing.last()
    out = h0.copy()
    out[last >= 0] = states[last[last >= 0]]
    return out


def _spread_last(d_last: Array, states: Array, shard: Shard) -> Array:
    last = shard.packing.last()
    d_states = np.zeros_like(states)
    d_states[last[last >= 0]] = d_last[last >= 0]
    return d_states
