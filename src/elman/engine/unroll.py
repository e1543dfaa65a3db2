"""The loop over time and backpropagation through it, for a shard of packed sequences.

`reference_*` repeat the readable cell of cells/; `simple_rnn*` call the compiled twin. Both take the same
weights and layout and give the same results, to rounding. tests/engine/test_unroll.py holds them together.

Backpropagation through time: Werbos (1990), "Backpropagation through time: what it does and how to do it".
"""

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cells.simple_rnn import Weights
from .kernels.simple_rnn import simple_rnn_backward, simple_rnn_forward, simple_rnn_recurrent_gradient
from .packing import Packing

__all__ = ["reference_backward", "reference_forward", "simple_rnn", "simple_rnn_gradients"]

Array = NDArray[Any]


def reference_forward(cell: ModuleType, weights: Any, x: Array, h0: Array, packing: Packing) -> tuple[Array, list[Any]]:
    """Repeat `cell.step` over time.

    Parameters
    ----------
    x : (tokens, features), packed
    h0 : (rows, units)

    Returns
    -------
    states : (tokens, units), packed
    tapes : one for each time step
    """
    h, states, tapes = h0.copy(), [np.empty((0, h0.shape[1]), h0.dtype)], []
    for rows, begin in zip(packing.batch_sizes, packing.starts, strict=True):
        h[:rows], tape = cell.step(x[begin : begin + rows], h[:rows].copy(), weights)
        states.append(h[:rows].copy())
        tapes.append(tape)
    return np.concatenate(states), tapes


def reference_backward(
    cell: ModuleType, weights: Any, d_states: Array, tapes: list[Any], packing: Packing
) -> tuple[Array, Array, Any]:
    """Repeat `cell.step_backward` from the last time step to the first.

    Parameters
    ----------
    d_states : (tokens, units), dL/dh_t from above, packed

    Returns
    -------
    dx : (tokens, features), packed
    dh0 : (rows, units)
    gradients : of the weights, the shares of all time steps added up
    """
    dh = np.zeros((packing.rows, d_states.shape[1]), d_states.dtype)
    total = type(weights)(*(np.zeros_like(w) for w in weights))
    dx = np.zeros((packing.tokens, weights.W_xh.shape[0]), d_states.dtype)
    for t in reversed(range(len(tapes))):
        rows, begin = packing.batch_sizes[t], packing.starts[t]
        dh[:rows] += d_states[begin : begin + rows]
        dx[begin : begin + rows], dh[:rows], shares = cell.step_backward(dh[:rows].copy(), tapes[t], weights)
        total = type(weights)(*(a + b for a, b in zip(total, shares, strict=True)))
    return dx, dh, total


def simple_rnn(projected: Array, h0: Array, weights: Weights, packing: Packing) -> Array:
    """Compiled forward pass. `projected`, (tokens, units), holds b + x W_xh and becomes the states."""
    simple_rnn_forward(projected, h0, weights.W_hh, packing.batch_sizes, packing.starts)
    return projected


def simple_rnn_gradients(
    states: Array, d_states: Array, h0: Array, weights: Weights, packing: Packing
) -> tuple[Array, Array, Array]:
    """Compiled backward pass.

    Parameters
    ----------
    states, d_states : (tokens, units), h_t and dL/dh_t from above; the second is overwritten

    Returns
    -------
    da : (tokens, units), dL/da_t, in the memory of `d_states`
    dh0 : (rows, units)
    dW_hh : (units, units)
    """
    dh0, dW_hh = np.zeros_like(h0), np.zeros_like(weights.W_hh)
    transposed = np.ascontiguousarray(weights.W_hh.T)
    simple_rnn_backward(states, d_states, dh0, transposed, packing.batch_sizes, packing.starts)
    simple_rnn_recurrent_gradient(states, h0, d_states, dW_hh, packing.batch_sizes, packing.starts)
    return d_states, dh0, dW_hh
