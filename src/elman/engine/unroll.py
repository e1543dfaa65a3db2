"""The loop over time and backpropagation through it, for a shard of packed sequences, with a readable cell of cells/.

compiled.py does the same with compiled code, to rounding; tests/engine/test_unroll.py holds them together.

Backpropagation through time: Werbos (1990), "Backpropagation through time: what it does and how to do it".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cells import Cell, Weights
from .packing import Packing

__all__ = ["StepBack", "WayBack", "reference_backward", "reference_forward"]

Array = NDArray[Any]


class StepBack(NamedTuple):
    """What going back through one time step gives, of the rows that are alive there.

    t : the time step
    d_state : cell.State of (rows, units) each, dL/d(state after it), from above and from all later time steps
    dx : (rows, features), dL/dx_t
    d_before : cell.State of (rows, units) each, dL/d(state before it)
    shares : of the weights' gradients
    """

    t: int
    d_state: Any
    dx: Array
    d_before: Any
    shares: Weights


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
    for step in WayBack(cell, weights, d_h, d_last, tapes, packing).go(d_state):
        begin = packing.starts[step.t]
        dx[begin : begin + len(step.dx)] = step.dx
        total = type(weights)(*(a + b for a, b in zip(total, step.shares, strict=True)))
    return dx, d_state, total


@dataclass(frozen=True, eq=False)
class WayBack:
    """A shard's way back through time, to be gone step by step as often as one likes; fields: `reference_backward`.

    Examples
    --------
    >>> from elman.engine.cells import SimpleRNNCell
    >>> cell, weights = SimpleRNNCell("relu"), Weights(np.ones((1, 1)), np.full((1, 1), 0.5), np.zeros(1))
    >>> packing, state = Packing.from_lengths(np.asarray([2])), cell.State(np.zeros((1, 1)))
    >>> _, _, tapes = reference_forward(cell, weights, np.ones((2, 1)), state, packing)
    >>> way = WayBack(cell, weights, np.zeros((2, 1)), cell.State(np.ones((1, 1))), tapes, packing)
    >>> [(step.t, step.d_state.h.item(), step.shares.W_xh.item()) for step in way]
    [(1, 1.0, 1.0), (0, 0.5, 0.5)]
    """

    cell: Cell
    weights: Weights
    d_h: Array
    d_last: Any
    tapes: list[Any]
    packing: Packing

    def __iter__(self) -> Iterator[StepBack]:
        """Go from the last time step to the first."""
        return self.go(type(self.d_last)(*(part.copy() for part in self.d_last)))

    def go(self, d_state: Any) -> Iterator[StepBack]:
        """Likewise; `d_state`, in: a copy of `d_last`, out: dL/d(state before the first time step) of each row."""
        for t in reversed(range(len(self.tapes))):
            rows, begin = self.packing.batch_sizes[t], self.packing.starts[t]
            d_state.h[:rows] += self.d_h[begin : begin + rows]
            alive = type(d_state)(*(part[:rows].copy() for part in d_state))
            dx, before, shares = self.cell.step_backward(alive, self.tapes[t], self.weights)
            for part, new in zip(d_state, before, strict=True):
                part[:rows] = new
            yield StepBack(t, alive, dx, before, shares)
