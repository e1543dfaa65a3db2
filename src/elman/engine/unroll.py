"""The loop over time and backpropagation through it, for a shard of packed sequences.

`reference_*` repeat a readable cell of cells/; `compiled_*` call its compiled twin. Both take the same weights
and layout and give the same results, to rounding. tests/engine/test_unroll.py holds them together.

Backpropagation through time: Werbos (1990), "Backpropagation through time: what it does and how to do it".
"""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cells import gru, lstm, simple_rnn
from .kernels.gru import gru_backward, gru_forward
from .kernels.lstm import lstm_backward, lstm_forward
from .kernels.recurrent import recurrent_gradient
from .kernels.simple_rnn import simple_rnn_backward, simple_rnn_forward
from .packing import Packing

__all__ = ["Going", "compiled_backward", "compiled_forward", "input_bias", "reference_backward", "reference_forward"]

Array = NDArray[Any]


def reference_forward(
    cell: ModuleType, weights: Any, x: Array, state: Any, packing: Packing
) -> tuple[Array, Any, list[Any]]:
    """Repeat `cell.step` over time.

    Parameters
    ----------
    x : (tokens, features), packed
    state : cell.State of (rows, units) each, before the first time step

    Returns
    -------
    h : (tokens, units), packed
    last : cell.State of (rows, units) each, after each row's last time step
    tapes : one for each time step
    """
    state = type(state)(*(part.copy() for part in state))
    outputs, tapes = [np.empty((0, state.h.shape[1]), state.h.dtype)], []
    for rows, begin in zip(packing.batch_sizes, packing.starts, strict=True):
        alive = type(state)(*(part[:rows].copy() for part in state))
        after, tape = cell.step(x[begin : begin + rows], alive, weights)
        for part, new in zip(state, after, strict=True):
            part[:rows] = new
        outputs.append(after.h)
        tapes.append(tape)
    return np.concatenate(outputs), state, tapes


def reference_backward(
    cell: ModuleType, weights: Any, d_h: Array, d_last: Any, tapes: list[Any], packing: Packing
) -> tuple[Array, Any, Any]:
    """Repeat `cell.step_backward` from the last time step to the first.

    Parameters
    ----------
    d_h : (tokens, units), dL/dh_t from above, packed
    d_last : cell.State of (rows, units) each, what comes on top of that at each row's last time step

    Returns
    -------
    dx : (tokens, features), packed
    d_state : cell.State of (rows, units) each, dL/d(state before the first time step)
    gradients : of the weights, the shares of all time steps added up
    """
    d_state = type(d_last)(*(part.copy() for part in d_last))
    total = type(weights)(*(np.zeros_like(w) for w in weights))
    dx = np.zeros((packing.tokens, weights.W_xh.shape[0]), d_h.dtype)
    for t in reversed(range(len(tapes))):
        rows, begin = packing.batch_sizes[t], packing.starts[t]
        d_state.h[:rows] += d_h[begin : begin + rows]
        alive = type(d_state)(*(part[:rows].copy() for part in d_state))
        dx[begin : begin + rows], before, shares = cell.step_backward(alive, tapes[t], weights)
        for part, new in zip(d_state, before, strict=True):
            part[:rows] = new
        total = type(weights)(*(a + b for a, b in zip(total, shares, strict=True)))
    return dx, d_state, total


class Going(NamedTuple):
    """What a compiled forward pass keeps for going back; the arrays are overwritten then.

    h : (tokens, units), the outputs
    gates : (tokens, gates * units); the states themselves for SimpleRNN
    more : (tokens, units), LSTM's cell states, GRU's recurrent product of the candidate; None for SimpleRNN
    state : cell.State before the first time step
    """

    h: Array
    gates: Array
    more: Array | None
    state: Any


def input_bias(cell: ModuleType, weights: Any) -> Array:
    """Give the bias that is added to the input product, (gates * units,); for GRU's r and z, both biases."""
    if cell is not gru:
        return np.asarray(weights.b_h)
    units = weights.W_hh.shape[0]
    bias: Array = weights.b_h[0].copy()
    bias[: 2 * units] += weights.b_h[1, : 2 * units]
    return bias


def compiled_forward(cell: ModuleType, weights: Any, projected: Array, state: Any, packing: Packing) -> Going:
    """Compiled twin of `reference_forward`. `projected`, (tokens, gates * units), holds `input_bias` + x W_xh."""
    sizes, starts = packing.batch_sizes, packing.starts
    if cell is simple_rnn:
        simple_rnn_forward(projected, state.h, weights.W_hh, sizes, starts)
        return Going(projected, projected, None, state)
    h = np.empty((packing.tokens, state.h.shape[1]), projected.dtype)
    more = np.empty_like(h)
    if cell is lstm:
        lstm_forward(projected, h, more, state.h, state.c, weights.W_hh, sizes, starts)
    else:
        more[:] = weights.b_h[1, 2 * h.shape[1] :]
        gru_forward(projected, more, h, state.h, weights.W_hh, sizes, starts)
    return Going(h, projected, more, state)


def compiled_backward(
    cell: ModuleType, weights: Any, d_h: Array, d_last: Any, going: Going, packing: Packing
) -> tuple[Array, Any, Array, Array]:
    """Compiled twin of `reference_backward`; `d_h` and `going` are overwritten.

    Returns
    -------
    da : (tokens, gates * units), dL/d(x W_xh)
    d_state : cell.State of (rows, units) each
    dW_hh : (units, gates * units)
    dq : (tokens, gates * units), dL/d(h_prev W_hh); the same as `da` but for GRU
    """
    sizes, starts = packing.batch_sizes, packing.starts
    transposed, dW_hh = np.ascontiguousarray(weights.W_hh.T), np.zeros_like(weights.W_hh)
    _add_last(d_h, d_last.h, packing)
    d_state = type(d_last)(*(np.zeros_like(part) for part in d_last))
    d_state.h[packing.lengths == 0] = d_last.h[packing.lengths == 0]
    da = dq = going.gates
    if cell is simple_rnn:
        simple_rnn_backward(going.h, d_h, d_state.h, transposed, sizes, starts)
        da = dq = d_h
    elif cell is lstm:
        lstm_backward(
            going.gates,
            going.more,
            d_h,
            going.state.c,
            d_state.h,
            d_state.c,
            d_last.c.copy(),
            transposed,
            sizes,
            starts,
        )
    else:
        dq = np.empty_like(da)
        gru_backward(da, going.more, going.h, d_h, dq, going.state.h, d_state.h, transposed, sizes, starts)
    recurrent_gradient(going.h, going.state.h, dq, dW_hh, sizes, starts)
    return da, d_state, dW_hh, dq


def _add_last(d_h: Array, d_last: Array, packing: Packing) -> None:
    last = packing.last()
    d_h[last[last >= 0]] += d_last[last >= 0]
