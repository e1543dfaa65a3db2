"""The compiled twins of the recurrent cells, over whole shards: buffers, layouts, and the kernels between them.

Takes the weights and the layout that unroll.py takes, and gives the same results, to rounding. A shard is gone through in
stretches of time: what one kernel writes, the next one finds in the cache.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cells import Cell, GRUCell, LSTMCell, SimpleRNNCell, Weights
from .kernels.activations import CODES
from .kernels.gru import gru_backward, gru_forward, gru_reset_before_backward, gru_reset_before_forward
from .kernels.lstm import lstm_backward, lstm_forward
from .kernels.product import Factor, add_outer, add_rows_up, pack
from .kernels.recurrent import add_input_gradients, add_recurrent_gradient, read_inputs
from .kernels.simple_rnn import simple_rnn_backward, simple_rnn_forward
from .packing import Packing

__all__ = ["Backward", "Going", "Inputs", "Recurrence", "compiled_backward", "compiled_forward", "input_bias"]

Array = NDArray[Any]

STRETCH = 2**17
"""Pre-activations of a stretch, about: half a megabyte in float32, a second-level cache."""
SHORTEST = 128
"""Packed positions of a stretch at least: gradients of weights are read and written once a stretch."""
NO_SLOTS = np.empty(0, np.int64)


class Inputs(NamedTuple):
    """What the cell reads at each time step: vectors to multiply, or rows of a table that is multiplied already.

    x : (tokens, features), packed; or (words, gates * units), `bias` + x W_xh of each different word
    slots : (tokens,) int64, which row of the table; empty for vectors
    kernel : W_xh
    bias : (gates * units,), see `input_bias`
    """

    x: Array
    slots: NDArray[np.int64]
    kernel: Factor
    bias: Array


class Recurrence:
    """A recurrent kernel as the compiled cells read it: packed, once for all shards of a pass.

    Parameters
    ----------
    W_hh : (units, gates * units)
    b_h : bias, shaped as the cell says
    """

    def __init__(self, cell: Cell, W_hh: Array, b_h: Array) -> None:
        self.cell, self.W_hh, self.b_h = cell, W_hh, b_h

    def _parts(self, apart: bool) -> list[Array]:
        """Give W_hh, or the blocks of GRU's gates and of its candidate, where these are multiplied apart."""
        units = len(self.W_hh)
        return [self.W_hh[:, : 2 * units], self.W_hh[:, 2 * units :]] if apart else [self.W_hh]

    @cached_property
    def forward(self) -> tuple[Array, ...]:
        """The factors of h_prev."""
        return tuple(pack(part).data for part in self._parts(isinstance(self.cell, GRUCell)))

    @cached_property
    def backward(self) -> tuple[Array, ...]:
        """The factors of dL/d(h_prev W_hh)."""
        apart = isinstance(self.cell, GRUCell) and not self.cell.reset_after
        return tuple(pack(part.T).data for part in self._parts(apart))


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

    dx : (tokens, features), dL/dx; or (words, gates * units), dL/d(`bias` + x W_xh) of each row of the inputs' table
    d_state : cell.State of (rows, units) each, dL/d(state before the first time step)
    gradients : of the weights; where the inputs are a table, W_xh is left for the layer
    """

    dx: Array
    d_state: Any
    gradients: Weights


def input_bias(cell: Cell, weights: Weights) -> Array:
    """Give the bias that is added to the input product, (gates * units,); for GRU's r and z, both biases."""
    if weights.b_h.ndim == 1:
        return weights.b_h
    units = weights.W_hh.shape[0]
    bias: Array = weights.b_h[0].copy()
    bias[: 2 * units] += weights.b_h[1, : 2 * units]
    return bias


def compiled_forward(recurrence: Recurrence, inputs: Inputs, state: Any, packing: Packing) -> tuple[Going, Any]:
    """Compiled twin of `reference_forward`.

    Parameters
    ----------
    state : cell.State of (rows, units) each, before the first time step

    Returns
    -------
    going : with the outputs, h
    last : cell.State of (rows, units) each, after each row's last time step
    """
    cell, units, width = recurrence.cell, state.h.shape[1], recurrence.W_hh.shape[1]
    a = np.empty((packing.tokens, width), state.h.dtype)
    h, more = (a, a) if isinstance(cell, SimpleRNNCell) else (np.empty((packing.tokens, units), a.dtype) for _ in range(2))
    if isinstance(cell, GRUCell) and cell.reset_after:
        more[:] = recurrence.b_h[1, 2 * units :]
    going, x = Going(h, a, more, state), (inputs.x, inputs.slots, _factor(inputs), inputs.bias)
    for first, end in _stretches(packing, width):
        read_inputs(*x, a, *_positions(packing, first, end))
        _cell_forward(recurrence, going, packing, first, end)
    outputs = (h, more) if isinstance(cell, LSTMCell) else (h,)
    return going, type(state)(*(_last(part, s, packing) for part, s in zip(outputs, state, strict=True)))


def _cell_forward(recurrence: Recurrence, going: Going, packing: Packing, first: int, end: int) -> None:
    cell, (h, a, more, state) = recurrence.cell, going
    rest = (*recurrence.forward, packing.batch_sizes, packing.starts, first, end, *_codes(cell))
    if isinstance(cell, SimpleRNNCell):
        simple_rnn_forward(a, state.h, *rest)
    elif isinstance(cell, LSTMCell):
        lstm_forward(a, h, more, state.h, state.c, *rest)
    elif isinstance(cell, GRUCell) and cell.reset_after:
        gru_forward(a, more, h, state.h, *rest)
    else:
        gru_reset_before_forward(a, more, h, state.h, *rest)


def compiled_backward(
    recurrence: Recurrence, inputs: Inputs, d_h: Array, d_last: Any, going: Going, packing: Packing
) -> Backward:
    """Compiled twin of `reference_backward`; `d_h` and `going` are overwritten. Parameters: as there."""
    cell, dtype = recurrence.cell, d_h.dtype
    da, d_state = going.gates, _hand_down(d_h, d_last, packing)
    dq = np.empty_like(da) if recurrence.b_h.ndim == 2 else da
    if isinstance(cell, SimpleRNNCell):
        da = dq = d_h
    dx, dW_xh, nothing = _empty_gradients(inputs, dtype)
    dW_hh, db, dbq = (np.zeros(shape, dtype) for shape in (recurrence.W_hh.shape, da.shape[1], da.shape[1]))
    turned = inputs.kernel.backward.data if dW_xh.size else nothing
    for first, end in reversed(_stretches(packing, da.shape[1])):
        _cell_backward(recurrence, going, d_h, dq, d_state, packing, first, end)
        begin, stop = _positions(packing, first, end)
        add_input_gradients(inputs.x, inputs.slots, turned, nothing, da, dx, dW_xh, db, begin, stop)
        _add_recurrent(cell, going, dq, dW_hh, packing, first, end)
        if recurrence.b_h.ndim == 2:
            add_rows_up(dq, begin, stop, dbq)
    gradients = Weights(dW_xh, dW_hh, db if recurrence.b_h.ndim == 1 else np.stack([db, dbq]))
    return Backward(dx, d_state, gradients)


def _empty_gradients(inputs: Inputs, dtype: Any) -> tuple[Array, Array, Array]:
    """Give room for dL/dx, dL/dW_xh, and zeros of the width of x."""
    if len(inputs.slots):
        return np.zeros(inputs.x.shape, dtype), np.zeros((0, 0), dtype), np.zeros(0, dtype)
    return np.empty_like(inputs.x), np.zeros(inputs.kernel.value.shape, dtype), np.zeros(inputs.x.shape[1], dtype)


def _cell_backward(
    recurrence: Recurrence, going: Going, d_h: Array, dq: Array, d_state: Any, packing: Packing, first: int, end: int
) -> None:
    cell, (h, a, more, state) = recurrence.cell, going
    W, layout, units = recurrence.backward, (packing.batch_sizes, packing.starts, first, end), d_h.shape[1]
    if isinstance(cell, SimpleRNNCell):
        simple_rnn_backward(h, d_h, d_state.h, *W, *layout, *_codes(cell))
    elif isinstance(cell, LSTMCell):
        scratch = np.empty((2, units), d_h.dtype)
        lstm_backward(a, more, d_h, state.c, *d_state, *W, scratch, *layout, *_codes(cell))
    elif isinstance(cell, GRUCell) and cell.reset_after:
        gru_backward(a, more, h, d_h, dq, state.h, d_state.h, *W, *layout, *_codes(cell))
    else:
        scratch = np.empty((packing.rows + 1, units), d_h.dtype)
        gru_reset_before_backward(a, h, d_h, state.h, d_state.h, *W, scratch, *layout, *_codes(cell))


def _add_recurrent(cell: Cell, going: Going, dq: Array, dW_hh: Array, packing: Packing, first: int, end: int) -> None:
    """Add the stretch's share of dL/dW_hh; a reset before the product makes r_t h_prev the candidate's factor."""
    units, width = dW_hh.shape
    before = isinstance(cell, GRUCell) and not cell.reset_after
    columns = 2 * units if before else width
    add_recurrent_gradient(
        going.h, going.state.h, dq, dW_hh, columns, packing.batch_sizes, packing.starts, first, end
    )
    if before:
        begin, stop = _positions(packing, first, end)
        add_outer(going.more, begin, dq, begin, dW_hh, columns, units, stop - begin)


def _factor(inputs: Inputs) -> Array:
    """W_xh, packed, unless all products are made already."""
    return inputs.bias if len(inputs.slots) else inputs.kernel.forward.data


def _stretches(packing: Packing, width: int) -> list[tuple[int, int]]:
    return packing.stretches(max(SHORTEST, STRETCH // width))


def _positions(packing: Packing, first: int, end: int) -> tuple[int, int]:
    """The packed positions of the time steps from `first` up to `end`."""
    return int(packing.starts[first]), int(packing.starts[end - 1] + packing.batch_sizes[end - 1])


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
    d_state = type(d_last)(*(part.copy() for part in d_last))
    d_state.h[last >= 0] = 0
    return d_state
