"""The loop over time and backpropagation through it, for a shard of packed sequences, with a readable cell of cells/.

compiled.py does the same with compiled code, to rounding; tests/engine/test_unroll.py holds them together.

Backpropagation through time: Werbos (1990), "Backpropagation through time: what it does and how to do it".
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cells import Cell, Weights
from .packing import Packing

__all__ = ["reference_backward", "reference_forward"]

Array = NDArray[Any]


def reference_forward(
    cell: Cell, weights: Weights, x: Array, state: Any, packing: Packing
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
    cell: Cell, weights: Weights, d_h: Array, d_last: Any, tapes: list[Any], packing: Packing
) -> tuple[Array, Any, Weights]:
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
