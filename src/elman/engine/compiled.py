"""The compiled twins of the recurrent cells, over whole shards: buffers, layouts, and the kernels between them.

Takes the weights and the layout that unroll.py takes, and gives the same results, to rounding. A shard is gone through
in stretches of time: what one kernel writes, the next one finds in the cache.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cells import Cell, GRUCell, LSTMCell, SimpleRNNCell, Weights
from .kernels.activations import CODES
from .kernels.frozen import ROOM
from .kernels.gru import gru_backward, gru_forward, gru_reset_before_backward, gru_reset_before_forward
from .kernels.lookup import add_rows, gather_rows
from .kernels.lstm import lstm_backward, lstm_forward
from .kernels.product import NO_NUMBERS, Factor, add_outers, add_rows_up, multiply, pack, product_from
from .kernels.simple_rnn import simple_rnn_backward, simple_rnn_forward
from .packing import Packing

__all__ = [
    "Backward",
    "CompiledCell",
    "FoldedTable",
    "Going",
    "Inputs",
    "compiled_backward",
    "compiled_forward",
    "read_inputs",
]

Array = NDArray[Any]

STRETCH = 2**17
"""Pre-activations of a stretch, about: half a megabyte in float32, a second-level cache."""
SHORTEST = 128
"""Packed positions of a stretch at least: gradients of weights are read and written once a stretch."""


class Inputs(NamedTuple):
    """What the cell reads at each time step: vectors to multiply, or rows of a table that is multiplied already.

    x : (tokens, features), packed; or (words, gates * units), `input_bias` + x W_xh of each different word
    slots : (tokens,) int64, which row of the table; empty for vectors
    """

    x: Array
    slots: NDArray[np.int64] = NO_NUMBERS


class CompiledCell:
    """A cell with its weights as compiled code reads them: packed, once for all shards of a pass.

    Parameters
    ----------
    cell : the readable equations
    weights : (features, gates * units), (units, gates * units), and the bias as the cell says
    """

    def __init__(self, cell: Cell, weights: Weights) -> None:
        self.cell, self.weights, self.kernel = cell, weights, Factor(weights.W_xh)
        self.input_bias = input_bias(weights)
        self.reset_before = isinstance(cell, GRUCell) and not cell.reset_after
        names = ("recurrent_activation", "activation", "output_activation")
        self.codes = tuple(CODES[getattr(cell, name)] for name in names if hasattr(cell, name))
        """The activations, in the order of the kernels' last arguments."""
        self._packs: dict[tuple[bool, bool], tuple[Any, ...]] = {}
        self.folded: FoldedTable | None = None

    def _parts(self, apart: bool) -> list[Array]:
        """Give W_hh, or the blocks of GRU's gates and of its candidate, where these are multiplied apart."""
        W_hh, units = self.weights.W_hh, len(self.weights.W_hh)
        return [W_hh[:, : 2 * units], W_hh[:, 2 * units :]] if apart else [W_hh]

    def forward(self, single: bool) -> tuple[Any, ...]:
        """The factors of h_prev, and whether they are packed for single rows: the kernels' arguments."""
        return self._packed(False, single)

    def backward(self, single: bool) -> tuple[Any, ...]:
        """The factors of dL/d(h_prev W_hh), likewise."""
        return self._packed(True, single)

    def _packed(self, turned: bool, single: bool) -> tuple[Any, ...]:
        if (turned, single) not in self._packs:
            apart = self.reset_before if turned else isinstance(self.cell, GRUCell)
            parts = [part.T if turned else part for part in self._parts(apart)]
            self._packs[turned, single] = (*(pack(part, single).data for part in parts), single)
        return self._packs[turned, single]


class FoldedTable:
    """`input_bias` + x W_xh of each word of a table, computed when the word first comes.

    Parameters
    ----------
    words : rows of the table
    """

    def __init__(self, compiled: CompiledCell, words: int) -> None:
        W_xh = compiled.weights.W_xh
        self._compiled = compiled
        size = words * W_xh.shape[1]
        self._values = np.empty(size + ROOM, W_xh.dtype)[:size].reshape(words, -1)
        self._known = np.zeros(words, bool)

    def take_in(self, table: Array, ids: NDArray[np.int64]) -> Array:
        """Give all products, (words, gates * units), of which those of the `ids` hold.

        Threads may compute a row twice, the same bits; it counts as known only once it is there.
        """
        new = ids[~self._known[ids]]
        if new.size:
            new = np.unique(new)
            self._values[new] = multiply(table[new], self._compiled.kernel.forward, self._compiled.input_bias)
            self._known[new] = True
        return self._values


class Going(NamedTuple):
    """What a compiled forward pass keeps for going back; `gates` and `more` are overwritten then.

    states : (rows + tokens, units), the states before the first time step, then the outputs: what each reads is here
    gates : (tokens, gates * units); the states themselves for SimpleRNN
    more : (tokens, units): LSTM's cell states; GRU's recurrent product of the candidate, or r_t h_prev where the
        reset comes before; not used by SimpleRNN
    state : cell.State before the first time step
    """

    states: Array
    gates: Array
    more: Array
    state: Any

    @property
    def h(self) -> Array:
        """The outputs, (tokens, units)."""
        return self.states[len(self.state.h) :]


@dataclass(frozen=True, eq=False)
class Backward:
    """What a compiled backward pass gives.

    dx : (tokens, features), dL/dx; or (words, gates * units), dL/d(`input_bias` + x W_xh) of each row of a table
    d_state : cell.State of (rows, units) each, dL/d(state before the first time step)
    gradients : of the weights; where the inputs are a table, W_xh is left for the layer
    """

    dx: Array
    d_state: Any
    gradients: Weights


def input_bias(weights: Weights) -> Array:
    """Give the bias that is added to the input product, (gates * units,); for GRU's r and z, both biases."""
    if weights.b_h.ndim == 1:
        return weights.b_h
    units = len(weights.W_hh)
    bias: Array = weights.b_h[0].copy()
    bias[: 2 * units] += weights.b_h[1, : 2 * units]
    return bias


def compiled_forward(compiled: CompiledCell, inputs: Inputs, state: Any, packing: Packing) -> tuple[Going, Any]:
    """Compiled twin of `reference_forward`.

    Parameters
    ----------
    state : cell.State of (rows, units) each, before the first time step

    Returns
    -------
    going : with the outputs, h
    last : cell.State of (rows, units) each, after each row's last time step
    """
    going = _room(compiled, state, packing)
    for first, end in _stretches(packing, going.gates.shape[1]):
        read_inputs(compiled, inputs, going.gates, *_positions(packing, first, end))
        _cell_forward(compiled, going, packing, first, end)
    outputs = (going.h, going.more)[: len(state)]  # LSTM has a second state, its cell states
    return going, type(state)(*(_last(part, s, packing) for part, s in zip(outputs, state, strict=True)))


def _room(compiled: CompiledCell, state: Any, packing: Packing) -> Going:
    """Give the buffers of a forward pass."""
    units, width = compiled.weights.W_hh.shape
    states = np.empty((packing.rows + packing.tokens, units), state.h.dtype)
    states[: packing.rows] = state.h
    if isinstance(compiled.cell, SimpleRNNCell):
        h = states[packing.rows :]
        return Going(states, h, h, state)
    a, more = (np.empty((packing.tokens, n), states.dtype) for n in (width, units))
    if compiled.weights.b_h.ndim == 2:
        more[:] = compiled.weights.b_h[1, 2 * units :]
    return Going(states, a, more, state)


def read_inputs(compiled: CompiledCell, inputs: Inputs, a: Array, begin: int, end: int) -> None:
    """a[begin:end] = input_bias + x W_xh: products, or rows of a table of them."""
    if len(inputs.slots):
        gather_rows(inputs.x, inputs.slots[begin:end], a[begin:end])
    else:
        product_from(compiled.input_bias, inputs.x, compiled.kernel.forward.data, a, begin, end)


def _cell_forward(compiled: CompiledCell, going: Going, packing: Packing, first: int, end: int) -> None:
    h, a, more, state = going.h, going.gates, going.more, going.state
    rest = (*compiled.forward(packing.rows == 1), packing.batch_sizes, packing.starts, first, end, *compiled.codes)
    if isinstance(compiled.cell, SimpleRNNCell):
        simple_rnn_forward(a, state.h, *rest)
    elif isinstance(compiled.cell, LSTMCell):
        lstm_forward(a, h, more, state.h, state.c, *rest)
    elif compiled.reset_before:
        gru_reset_before_forward(a, more, h, state.h, *rest)
    else:
        gru_forward(a, more, h, state.h, *rest)


def compiled_backward(
    compiled: CompiledCell, inputs: Inputs, d_h: Array, d_last: Any, going: Going, packing: Packing
) -> Backward:
    """Compiled twin of `reference_backward`; `d_h` and `going` are overwritten. Parameters: as there."""
    d_state, dtype = _hand_down(d_h, d_last, packing), d_h.dtype
    da, dq = _room_backward(compiled, d_h, going)
    dx, dW_xh = _empty_gradients(compiled, inputs)
    dW_hh, db, dbq = (np.zeros(shape, dtype) for shape in (compiled.weights.W_hh.shape, da.shape[1], da.shape[1]))
    for first, end in reversed(_stretches(packing, da.shape[1])):
        _cell_backward(compiled, going, d_h, dq, d_state, packing, first, end)
        begin, stop = _positions(packing, first, end)
        add_rows_up(da, begin, stop, db)
        _read_backward(compiled, inputs, da, dx, begin, stop)
        _add_gradients(compiled, inputs, going, (da, dq), (dW_xh, dW_hh), packing, begin, stop)
        if dq is not da:
            add_rows_up(dq, begin, stop, dbq)
    return Backward(dx, d_state, Weights(dW_xh, dW_hh, db if dq is da else np.stack([db, dbq])))


def _read_backward(compiled: CompiledCell, inputs: Inputs, da: Array, dx: Array, begin: int, end: int) -> None:
    """Undo `read_inputs`: dx = da W_xh.T, or the rows of a table that were read take da."""
    if len(inputs.slots):
        add_rows(da, np.arange(begin, end), inputs.slots[begin:end], dx)
        return
    product_from(np.zeros(dx.shape[1], dx.dtype), da, compiled.kernel.backward.data, dx, begin, end)


def _room_backward(compiled: CompiledCell, d_h: Array, going: Going) -> tuple[Array, Array]:
    """Give room for dL/d(x W_xh) and dL/d(h_prev W_hh), which differ where these products have a bias each."""
    da = d_h if isinstance(compiled.cell, SimpleRNNCell) else going.gates
    return da, da if compiled.weights.b_h.ndim == 1 else np.empty_like(da)


def _empty_gradients(compiled: CompiledCell, inputs: Inputs) -> tuple[Array, Array]:
    """Give room for dL/dx and dL/dW_xh, where the latter is not left for the layer."""
    W_xh = compiled.weights.W_xh
    if len(inputs.slots):
        return np.zeros_like(inputs.x), np.empty((0, W_xh.shape[1]), W_xh.dtype)
    return np.empty_like(inputs.x), np.zeros_like(W_xh)


def _cell_backward(
    compiled: CompiledCell, going: Going, d_h: Array, dq: Array, d_state: Any, packing: Packing, first: int, end: int
) -> None:
    h, a, more, state = going.h, going.gates, going.more, going.state
    W, layout, units = (
        compiled.backward(packing.rows == 1),
        (packing.batch_sizes, packing.starts, first, end),
        d_h.shape[1],
    )
    if isinstance(compiled.cell, SimpleRNNCell):
        simple_rnn_backward(h, d_h, d_state.h, *W, *layout, *compiled.codes)
    elif isinstance(compiled.cell, LSTMCell):
        lstm_backward(a, more, d_h, state.c, *d_state, *W, *layout, *compiled.codes)
    elif compiled.reset_before:
        scratch = np.empty((packing.rows, units), d_h.dtype)
        gru_reset_before_backward(a, h, d_h, state.h, d_state.h, *W, scratch, *layout, *compiled.codes)
    else:
        gru_backward(a, more, h, d_h, dq, state.h, d_state.h, *W, *layout, *compiled.codes)


def _add_gradients(
    compiled: CompiledCell, inputs: Inputs, going: Going, d: tuple[Array, Array], dW: tuple[Array, Array],
    packing: Packing, begin: int, end: int,
) -> None:  # fmt: skip
    """Add the stretch's share of dL/dW_xh, x.T da, and of dL/dW_hh, h_prev.T dq.

    Of GRU's candidate h_prev's factor is dq, which is not da; with the reset before, da's factor is r_t h_prev.
    """
    (da, dq), (dW_xh, dW_hh), x = d, dW, inputs.x
    units, width = dW_hh.shape
    alike = 2 * units if isinstance(compiled.cell, GRUCell) else width
    add_outers(x, dW_xh, going.states, packing.previous, dW_hh, da, begin, end, 0, alike)
    if compiled.reset_before:
        add_outers(x, dW_xh, going.more, NO_NUMBERS, dW_hh, da, begin, end, alike, units)
    elif alike < width:
        if len(dW_xh):
            add_outers(x, dW_xh, x, NO_NUMBERS, dW_hh[:0], da, begin, end, alike, units)
        add_outers(x, dW_xh[:0], going.states, packing.previous, dW_hh, dq, begin, end, alike, units)


def _stretches(packing: Packing, width: int) -> list[tuple[int, int]]:
    return packing.stretches(max(SHORTEST, STRETCH // width))


def _positions(packing: Packing, first: int, end: int) -> tuple[int, int]:
    """The packed positions of the time steps from `first` up to `end`."""
    return int(packing.starts[first]), int(packing.starts[end - 1] + packing.batch_sizes[end - 1])


def _last(outputs: Array, initial: Array, packing: Packing) -> Array:
    """Give (rows, units): each row's last output, its initial one where it has no time step."""
    out, alive = initial.copy(), packing.alive
    gather_rows(outputs, packing.last[:alive], out[:alive])
    return out


def _hand_down(d_h: Array, d_last: Any, packing: Packing) -> Any:
    """Add dL/d(last output) to the last time steps; give the start of dL/d(initial state), with rows without any."""
    alive = packing.alive
    d_h[packing.last[:alive]] += d_last.h[:alive]
    d_state = type(d_last)(*(part.copy() for part in d_last))
    d_state.h[:alive] = 0
    return d_state
