"""Wrong cells, each with one fault that has been seen in the field. A check is worth those it rejects."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from elman.engine.cells import simple_rnn as cell
from elman.engine.packing import Packing

__all__ = ["BACKWARD_MUTANTS", "FORWARD_MUTANTS", "LAYOUT_MUTANTS"]


def _cell(step: Callable[..., Any] = cell.step, step_backward: Callable[..., Any] = cell.step_backward) -> Any:
    return SimpleNamespace(step=step, step_backward=step_backward, Weights=cell.Weights)


def _transposed(weights: cell.Weights) -> cell.Weights:
    return weights._replace(W_hh=weights.W_hh.T)


def _zero_gradient(dh_t: Any, tape: Any, weights: Any) -> Any:
    return cell.step_backward(np.zeros_like(dh_t), tape, weights)


def _backward_through_transposed(dh_t: Any, tape: Any, weights: Any) -> Any:
    return cell.step_backward(dh_t, tape, _transposed(weights))


def _no_feedback(dh_t: Any, tape: Any, weights: Any) -> Any:
    dx_t, dh_prev, shares = cell.step_backward(dh_t, tape, weights)
    return dx_t, np.zeros_like(dh_prev), shares


def _derivative_of_pre_activation(dh_t: Any, tape: Any, weights: Any) -> Any:
    """1 - a^2 instead of 1 - tanh(a)^2."""
    a_t = np.arctanh(tape.h_t)
    return cell.step_backward(dh_t * (1 - a_t**2) / (1 - tape.h_t**2), tape, weights)


def _share_of_new_state(dh_t: Any, tape: Any, weights: Any) -> Any:
    """Off by one in time: dW_hh from h_t instead of h_prev."""
    dx_t, dh_prev, shares = cell.step_backward(dh_t, tape, weights)
    da_t = dh_t * (1 - tape.h_t**2)
    return dx_t, dh_prev, shares._replace(W_hh=tape.h_t.T @ da_t)


def _forgotten_bias(dh_t: Any, tape: Any, weights: Any) -> Any:
    dx_t, dh_prev, shares = cell.step_backward(dh_t, tape, weights)
    return dx_t, dh_prev, shares._replace(b_h=np.zeros_like(shares.b_h))


BACKWARD_MUTANTS = {
    "zero gradient": _cell(step_backward=_zero_gradient),
    "transposed recurrent matrix, going back": _cell(step_backward=_backward_through_transposed),
    "no gradient through the feedback loop": _cell(step_backward=_no_feedback),
    "derivative taken at the pre-activation": _cell(step_backward=_derivative_of_pre_activation),
    "off by one in time": _cell(step_backward=_share_of_new_state),
    "bias without gradient": _cell(step_backward=_forgotten_bias),
}
"""Wrong going back: finite differences and the twin must both reject them."""


def _step_transposed(x_t: Any, h_prev: Any, weights: Any) -> Any:
    return cell.step(x_t, h_prev, _transposed(weights))


def _transposed_throughout(dh_t: Any, tape: Any, weights: Any) -> Any:
    dx_t, dh_prev, shares = cell.step_backward(dh_t, tape, _transposed(weights))
    return dx_t, dh_prev, shares._replace(W_hh=shares.W_hh.T)


def _step_without_memory(x_t: Any, h_prev: Any, weights: Any) -> Any:
    return cell.step(x_t, np.zeros_like(h_prev), weights)


def _memory_less_backward(dh_t: Any, tape: Any, weights: Any) -> Any:
    dx_t, dh_prev, shares = cell.step_backward(dh_t, tape, weights)
    return dx_t, np.zeros_like(dh_prev), shares


def _step_negated(x_t: Any, h_prev: Any, weights: Any) -> Any:
    return cell.step(x_t, -h_prev, weights)


FORWARD_MUTANTS = {
    "transposed recurrent matrix, both ways": _cell(_step_transposed, _transposed_throughout),
    "no memory": _cell(_step_without_memory, _memory_less_backward),
    "state fed back with its sign changed": _cell(_step_negated),
}
"""Another function than SimpleRNN's, some with a gradient that fits it: the twin must reject them."""


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
