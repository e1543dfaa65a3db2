"""Gradients by the vectors of the words: times these vectors, and integrated along the way from a baseline."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...engine.one_logit import OneLogit
from ...sequences import Sequences
from .rows import groups, unknown_row

__all__ = ["Integrated", "gradient_times_input", "integrated_gradients"]

Array = NDArray[Any]
NUMBERS_AT_ONCE = 2**22
"""Numbers of the points on the way that are held at once, about."""
FIRST_STEPS, MOST_STEPS = 16, 1024
"""Steps of the integral, from which on they are doubled until the sum is as it should be, and where that ends."""


class Integrated(NamedTuple):
    """scores : (time,) float64; base : logit of the baseline; steps : of the integral."""

    scores: NDArray[np.float64]
    base: float
    steps: int


def gradient_times_input(logit: OneLogit, row: Sequences) -> NDArray[np.float64]:
    """Give x_t . d logit / d x_t of each time step of a single row, (time,) float64.

    x_t : the vector that the first layer gives for it
    """
    x = logit.outputs(1, row)
    _, slopes = logit.slopes(Sequences(x, row.offsets))
    return np.asarray(np.einsum("tf,tf->t", x, slopes, dtype=np.float64))


def integrated_gradients(
    logit: OneLogit, row: Sequences, baseline: str, steps: int | None, tolerance: float
) -> Integrated:
    """Integrate the gradient from a baseline to the vectors of a single row (Sundararajan et al. 2017, eq. 1).

        score_t = (x_t - x'_t) . sum over j of d logit / d x_t, at x' + (j - 1/2) / steps (x - x'), / steps

    The scores of an integral that is exact add up to the difference of the two logits (completeness).

    Parameters
    ----------
    baseline : "zero", x' = 0, or "unknown", what the first layer gives for unknown words alone
    steps : None to double them until the sum misses by no more than `tolerance` times the difference
    """
    x = logit.outputs(1, row)
    start = np.zeros_like(x) if baseline == "zero" else logit.outputs(1, unknown_row(row, logit.network.layers[0]))
    ends = Sequences(np.concatenate([start, x]), np.array([0, len(x), 2 * len(x)]))
    base, value = logit.values_above(1, ends).tolist()
    count = FIRST_STEPS if steps is None else steps
    while True:
        scores = _integral(logit, start, x - start, count)
        if steps is not None or count >= MOST_STEPS or _error(scores, value - base) <= tolerance * abs(value - base):
            return Integrated(scores, base, count)
        count *= 2


def _error(scores: NDArray[np.float64], difference: float) -> float:
    return float(abs(scores.sum() - difference))


def _integral(logit: OneLogit, start: Array, way: Array, steps: int) -> NDArray[np.float64]:
    """Give the way times the mean of the slopes along it, at so many midpoints, (time,) float64."""
    time, features = way.shape
    shares = ((np.arange(steps) + 0.5) / steps).astype(way.dtype)
    total = np.zeros(way.shape)
    for group in groups(np.full(steps, time), at_once=max(1, NUMBERS_AT_ONCE // features)):
        points = start + shares[group, None, None] * way
        offsets = np.arange(len(group) + 1) * time
        _, slopes = logit.slopes(Sequences(points.reshape(-1, features), offsets))
        total += slopes.reshape(points.shape).sum(axis=0, dtype=np.float64)
    return np.asarray(np.einsum("tf,tf->t", way, total) / steps)
