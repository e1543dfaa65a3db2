"""A frozen network's cell over one row: the arithmetic of compiled.py, without what is kept for going back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cells import GRUCell, LSTMCell
from .compiled import CompiledCell, Inputs
from .kernels.frozen import (
    GRU_VECTORS,
    LSTM_VECTORS,
    SIMPLE_RNN_VECTORS,
    gru_frozen,
    lstm_frozen,
    pack_units,
    simple_rnn_frozen,
    whole_panels,
)

__all__ = ["FrozenCell"]

Array = NDArray[Any]


class FrozenCell:
    """A cell with its recurrent kernel as single rows read it. The reset gate comes after the product.

    Parameters
    ----------
    compiled : the cell and its weights
    """

    def __init__(self, compiled: CompiledCell) -> None:
        W_hh, b_h, self._compiled = compiled.weights.W_hh, compiled.weights.b_h, compiled
        vectors = self._vectors()
        self._units, self._width = len(W_hh), whole_panels(len(W_hh), vectors, W_hh.dtype)
        self._kernel = pack_units(W_hh, compiled.cell.gates, vectors)
        self._candidate_bias = np.zeros(self._width, W_hh.dtype)
        if isinstance(compiled.cell, GRUCell):
            self._candidate_bias[: self._units] = b_h[1, 2 * self._units :]

    def _vectors(self) -> int:
        if isinstance(self._compiled.cell, GRUCell):
            return GRU_VECTORS
        return LSTM_VECTORS if isinstance(self._compiled.cell, LSTMCell) else SIMPLE_RNN_VECTORS

    def forward(self, inputs: Inputs, state: Any) -> tuple[Array, Any]:
        """Give the outputs, (tokens, units), and the state after the last of them.

        Parameters
        ----------
        inputs : rows of a folded table
        state : cell.State of (1, units) each, before the first time step
        """
        parts = tuple(self._room(len(inputs.slots), part) for part in state)
        weights, codes = (self._kernel, self._units), self._compiled.codes
        if isinstance(self._compiled.cell, LSTMCell):
            lstm_frozen(inputs.x, inputs.slots, *parts, *weights, *codes)
        elif isinstance(self._compiled.cell, GRUCell):
            gru_frozen(inputs.x, inputs.slots, *parts, self._candidate_bias, *weights, *codes)
        else:
            simple_rnn_frozen(inputs.x, inputs.slots, *parts, *weights, *codes)
        outputs = np.ascontiguousarray(parts[0][1:, : self._units])
        return outputs, type(state)(*(part[-1:, : self._units] for part in parts))

    def _room(self, steps: int, first: Array) -> Array:
        """Give room for a part of the state at each time step, the first one filled in."""
        room = np.empty((steps + 1, self._width), first.dtype)
        room[0, : self._units] = first[0]
        return room
