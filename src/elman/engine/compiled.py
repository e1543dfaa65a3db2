"""The compiled twins of the recurrent cells, over whole shards: buffers, layouts, and the kernels between them.

Takes the weights and the layout that unroll.py takes, and gives the same results, to rounding.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cells import Cell, GRUCell, LSTMCell, SimpleRNNCell, Weights
from .kernels.activations import CODES
from .kernels.gru import gru_backward, gru_forward, gru_reset_before_backward, gru_reset_before_forward
from .kernels.lstm import lstm_backward, lstm_forward
from .kernels.product import add_outer
from .kernels.recurrent import recurrent_gradient
from .kernels.simple_rnn import simple_rnn_backward, simple_rnn_forward
from .packing import Packing

__all__ = ["Backward", "Going", "compiled_backward", "compiled_forward", "input_bias"]

Array = NDArray[Any]


class Going(NamedTuple):
    """What a compiled forward pass keeps for going back; the arrays are overwritten then.

    h : (tokens, units), the outputs
    gates : (tokens, gates * units); the states themselves for SimpleRNN
    more : (tokens, units): LSTM's cell states; GRU's recurrent product of the candidate, or r_t h_prev where the
        reset comes before; not used by SimpleRNN
    state : cell.State before the first time step
    """

    h: Array
    gates: Array
    more: Array
    state: Any


@dataclass(frozen=True, eq=False)
class Backward:
    """What a compiled backward pass gives.

    da : (tokens, gates * units), dL/d(x W_xh)
    dq : (tokens, gates * units), dL/d(h_prev W_hh); the same array as `da` but for GRU with reset after
    d_state : cell.State of (rows, units) each, dL/d(state before the first time step)
    recurrent : (units, gates * units), dL/dW_hh
    """

    da: Array
    dq: Array
    d_state: Any
    recurrent: Array


def input_bias(cell: Cell, weights: Weights) -> Array:
    """Give the bias that is added to the input product, (gates * units,); for GRU's r and z, both biases."""
    if weights.b_h.ndim == 1:
        return weights.b_h
    units = weights.W_hh.shape[0]
    bias: Array = weights.b_h[0].copy()
    bias[: 2 * units] += weights.b_h[1, : 2 * units]
    return bias


def compiled_forward(cell: Cell, weights: Weights, projected: Array, state: Any, packing: Packing) -> tuple[Going, Any]:
    """Compiled twin of `reference_forward`.

    Parameters
    ----------
    projected : (tokens, gates * units), `input_bias` + x W_xh; overwritten
    state : cell.State of (rows, units) each, before the first time step

    Returns
    -------
    going : with the outputs, h
    last : cell.State of (rows, units) each, after each row's last time step
    """
    sizes, starts, W_hh = packing.batch_sizes, packing.starts, weights.W_hh
    if isinstance(cell, SimpleRNNCell):
        simple_rnn_forward(projected, state.h, W_hh, sizes, starts, *_codes(cell))
        going = Going(projected, projected, projected, state)
    else:
        h = np.empty((packing.tokens, state.h.shape[1]), projected.dtype)
        going = Going(h, projected, np.empty_like(h), state)
        if isinstance(cell, LSTMCell):
            lstm_forward(projected, h, going.more, state.h, state.c, W_hh, sizes, starts, *_codes(cell))
        elif isinstance(cell, GRUCell) and cell.reset_after:
            going.more[:] = weights.b_h[1, 2 * h.shape[1] :]
            gru_forward(projected, going.more, h, state.h, W_hh, sizes, starts, *_codes(cell))
        else:
            gru_reset_before_forward(projected, going.more, h, state.h, W_hh, sizes, starts, *_codes(cell))
    outputs = (going.h, going.more) if isinstance(cell, LSTMCell) else (going.h,)
    return going, type(state)(*(_last(part, s, packing) for part, s in zip(outputs, state, strict=True)))


def compiled_backward(
    cell: Cell, W_hh_transposed: Array, d_h: Array, d_last: Any, going: Going, packing: Packing
) -> Backward:
    """Compiled twin of `reference_backward`; `d_h` and `going` are overwritten.

    Parameters
    ----------
    W_hh_transposed : (gates * units, units), C-contiguous
    d_h, d_last : as there
    """
    turned, codes = W_hh_transposed, _codes(cell)
    sizes, starts, units = packing.batch_sizes, packing.starts, d_h.shape[1]
    d_state = _hand_down(d_h, d_last, packing)
    da = dq = going.gates
    if isinstance(cell, SimpleRNNCell):
        simple_rnn_backward(going.h, d_h, d_state.h, turned, sizes, starts, *codes)
        da = dq = d_h
    elif isinstance(cell, LSTMCell):
        lstm_backward(
            da, going.more, d_h, going.state.c, d_state.h, d_state.c, d_last.c.copy(), turned,
            np.empty((2, units), d_h.dtype), sizes, starts, *codes,
        )  # fmt: skip
    elif isinstance(cell, GRUCell) and cell.reset_after:
        dq = np.empty_like(da)
        gru_backward(da, going.more, going.h, d_h, dq, going.state.h, d_state.h, turned, sizes, starts, *codes)
    else:
        scratch = np.empty((packing.rows + 1, units), d_h.dtype)
        gru_reset_before_backward(
            da, going.h, d_h, going.state.h, d_state.h, turned, scratch, sizes, starts, *codes
        )  # fmt: skip
    dW_hh = np.zeros((units, len(turned)), d_h.dtype)
    recurrent_gradient(going.h, going.state.h, dq, dW_hh, sizes, starts)
    if isinstance(cell, GRUCell) and not cell.reset_after:
        by_product = np.zeros_like(dW_hh)
        add_outer(going.more, 0, da, 0, by_product, packing.tokens)
        dW_hh[:, 2 * units :] = by_product[:, 2 * units :]
    return Backward(da, dq, d_state, dW_hh)


def _codes(cell: Cell) -> tuple[int, ...]:
    """Give the activations' codes in the order of the kernels' last arguments."""
    names = ("recurrent_activation", "activation", "output_activation")
    return tuple(CODES[getattr(cell, name)] for name in names if hasattr(cell, name))


def _last(outputs: Array, initial: Array, packing: Packing) -> Array:
    """Give (rows, units): each row's last output, its initial one where it has no time step."""
    last, out = packing.last(), initial.copy()
    out[last >= 0] = outputs[last[last >= 0]]
    return out


def _hand_down(d_h: Array, d_last: Any, packing: Packing) -> Any:
    """Add dL/d(last output) to the last time steps; give the start of dL/d(initial state), with rows without any."""
    last = packing.last()
    d_h[last[last >= 0]] += d_last.h[last >= 0]
    d_state = type(d_last)(*(np.zeros_like(part) for part in d_last))
    d_state.h[last < 0] = d_last.h[last < 0]
    return d_state
