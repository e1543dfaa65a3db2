"""Wrong cells, each with one fault that has been seen in the field. A check is worth those it rejects."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from elman.engine.cells import Cell, GRUCell, LSTMCell
from elman.engine.packing import Packing

from ..engine.conftest import CELLS

__all__ = ["BACKWARD_MUTANTS", "FORWARD_MUTANTS", "LAYOUT_MUTANTS"]


def _wrong(cell: Cell, **parts: Callable[..., Any]) -> Any:
    return SimpleNamespace(**{"step": cell.step, "step_backward": cell.step_backward} | parts)


def _blocks(array: Any, cell: Cell, change: Callable[[list[Any]], list[Any]]) -> Any:
    return np.concatenate(change(np.split(array, cell.gates, axis=-1)), axis=-1)


def _transposed(weights: Any, cell: Cell) -> Any:
    """Each gate's block of the recurrent kernel transposed."""
    return weights._replace(W_hh=_blocks(weights.W_hh, cell, lambda blocks: [block.T for block in blocks]))


def _swapped(weights: Any, cell: Cell) -> Any:
    """The first two gates in each other's place."""
    turn = lambda blocks: [blocks[1], blocks[0], *blocks[2:]]
    return type(weights)(*(_blocks(w, cell, turn) for w in weights))


def _without(part: str, d_state: Any) -> Any:
    return d_state._replace(**{part: np.zeros_like(getattr(d_state, part))})


def _no_share(name: str, shares: Any) -> Any:
    return shares._replace(**{name: np.zeros_like(getattr(shares, name))})


def _output_of(tape: Any) -> Any:
    if hasattr(tape, "h_t"):
        return tape.h_t
    if hasattr(tape, "c_t"):
        return tape.gates[3] * np.tanh(tape.c_t)
    return (1 - tape.gates[1]) * tape.gates[2] + tape.gates[1] * tape.h_prev


def _backward_mutants(cell: Cell) -> dict[str, Any]:
    def changed(change: Callable[..., Any]) -> Any:
        """Let `change` spoil what step_backward returns."""
        return _wrong(cell, step_backward=lambda d, tape, w: change(*cell.step_backward(d, tape, w), tape, d, w))

    def off_by_one(dx: Any, before: Any, shares: Any, tape: Any, d: Any, w: Any) -> Any:
        late = cell.step_backward(d, replace(tape, h_prev=_output_of(tape)), w)[2]
        return dx, before, shares._replace(W_hh=late.W_hh)

    return {
        "zero gradient": _wrong(
            cell, step_backward=lambda d, tape, w: cell.step_backward(type(d)(*(0 * part for part in d)), tape, w)
        ),
        "transposed recurrent matrix, going back": _wrong(
            cell, step_backward=lambda d, tape, w: cell.step_backward(d, tape, _transposed(w, cell))
        ),
        "no gradient through the feedback loop": changed(lambda dx, before, g, *_: (dx, _without("h", before), g)),
        "off by one in time": changed(off_by_one),
        "bias without gradient": changed(lambda dx, before, g, *_: (dx, before, _no_share("b_h", g))),
    }


def _lstm_mutants() -> dict[str, Any]:
    lstm = CELLS["lstm"]

    def dropped(d: Any, tape: Any, w: Any) -> Any:
        dx, before, shares = lstm.step_backward(d, tape, w)
        return dx, _without("c", before), shares

    def forget_ignored(d: Any, tape: Any, w: Any) -> Any:
        dx, before, shares = lstm.step_backward(d, tape, w)
        return dx, before._replace(c=before.c / tape.gates[1]), shares

    return {
        "dropped cell gradient": _wrong(lstm, step_backward=dropped),
        "cell gradient past the forget gate": _wrong(lstm, step_backward=forget_ignored),
    }


BACKWARD_MUTANTS = {
    f"{name}: {fault}": (cell, mutant)
    for name, cell in CELLS.items()
    for fault, mutant in (_backward_mutants(cell) | (_lstm_mutants() if isinstance(cell, LSTMCell) else {})).items()
}
"""Wrong going back: finite differences and the twin must both reject them."""


def _forward_mutants(cell: Cell) -> dict[str, Any]:
    def through(change: Callable[[Any, Cell], Any]) -> Any:
        """Another function with a gradient that fits it: the weights are rearranged on the way in and back."""

        def step_backward(d: Any, tape: Any, w: Any) -> Any:
            dx, before, shares = cell.step_backward(d, tape, change(w, cell))
            return dx, before, change(shares, cell)

        return _wrong(cell, step=lambda x, state, w: cell.step(x, state, change(w, cell)), step_backward=step_backward)

    mutants = {
        "transposed recurrent matrix, both ways": through(_transposed),
        "no memory": _wrong(cell, step=lambda x, state, w: cell.step(x, type(state)(*(0 * p for p in state)), w)),
        "state fed back with its sign changed": _wrong(
            cell, step=lambda x, state, w: cell.step(x, state._replace(h=-state.h), w)
        ),
    }
    return mutants | ({"swapped gates": through(_swapped)} if cell.gates > 1 else {})


def _other_reset(before: bool) -> Any:
    """The reset gate on the other side of the recurrent product: another GRU. Its two biases become one, or none."""

    def step(x: Any, state: Any, w: Any) -> Any:
        return GRUCell(reset_after=not before).step(
            x, state, w._replace(b_h=w.b_h.sum(axis=0) if before else np.stack([w.b_h, 0 * w.b_h]))
        )

    return step


FORWARD_MUTANTS = {
    f"{name}: {fault}": (cell, mutant)
    for name, cell in CELLS.items()
    for fault, mutant in _forward_mutants(cell).items()
} | {
    f"{name}: reset on the other side of the product": (CELLS[name], _wrong(CELLS[name], step=_other_reset(before)))
    for name, before in (("gru", True), ("gru_reset_before", False))
}
"""Another function than the cell's, some with a gradient that fits it: the twin must reject them."""


def _lengths_ignored(packing: Packing) -> Packing:
    """Every row as long as the longest, tokens taken as they lie."""
    steps, rows = len(packing.batch_sizes), packing.rows
    sizes = np.full(steps, rows)
    starts = np.minimum(np.arange(steps) * rows, packing.tokens - rows)
    return Packing(np.full(rows, steps), sizes, starts)


def _one_step_late(packing: Packing) -> Packing:
    starts = np.minimum(np.roll(packing.starts, 1), packing.tokens - packing.batch_sizes)
    return Packing(packing.lengths, packing.batch_sizes, starts)


LAYOUT_MUTANTS = {"ignored lengths": _lengths_ignored, "time steps out of place": _one_step_late}
"""Wrong layouts, given to the compiled twin while the readable one has the right layout."""
