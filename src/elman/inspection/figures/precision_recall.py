"""Precision against recall, as the probability falls from which on a class is answered."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...errors import InputError
from ..outcomes import PrecisionRecall
from ._lettering import fitting, height_of, width_of
from ._page import MARGIN, SIZE, Page

__all__ = ["precision_recall"]

SIDE = 3.4
"""Inches."""
FINEST = 1_000
"""Steps of a curve."""
MOST = 6
"""Classes with a colour of their own: the most frequent ones."""
WIDEST = 2.6


def precision_recall(
    curves: Mapping[object, PrecisionRecall], title: str = "Precision and recall", dark: bool = False
) -> Figure:
    """Draw the curve of each class; beside it the average precision, and in the title the mean of those.

    Parameters
    ----------
    curves : by the name of the class
        As `precision_recall_of` gives them.

    Raises
    ------
    InputError
        No class.

    Examples
    --------
    >>> from elman.inspection import precision_recall_of
    >>> figure = precision_recall({"good": precision_recall_of([0.9, 0.8, 0.3], [True, False, True])})
    >>> [text.get_text() for text in figure.texts][-1]
    'good 0.833'
    """
    if not curves:
        raise InputError("there must be a class to draw, got none")
    ranked = sorted(curves, key=lambda name: -curves[name].positives)[:MOST]
    named = [name for name in curves if name in ranked]
    labels = [f"{fitting(name, WIDEST - 0.6, SIZE)} {curves[name].average:.3f}" for name in named]
    beside = max(width_of(label, SIZE) for label in labels) + 0.45
    page = Page(0.75 + SIDE + 0.15 + max(beside, width_of("average precision", SIZE)) + MARGIN, SIDE + 1.5, dark)
    mean = np.mean([curve.average for curve in curves.values()])
    of = "" if len(curves) == 1 else f", the mean of {len(curves)} classes"
    page.title(title, f"average precision {mean:.4f}{of}")
    axes = page.axes(0.75, 0.6, SIDE, SIDE)
    _draw(page, axes, curves, named)
    _legend(page, labels, len(curves) - len(named))
    return page.figure


def _draw(page: Page, axes: Axes, curves: Mapping[object, PrecisionRecall], named: list[object]) -> None:
    colours = dict(zip(named, page.theme.series, strict=False))
    for name in sorted(curves, key=lambda name: name in colours):
        curve = curves[name]
        # From one threshold to the next, precision is that of the lower one: what the average counts.
        shown = _shown(len(curve.recall))
        recall, precision = np.append(0.0, curve.recall[shown]), np.append(curve.precision[:1], curve.precision[shown])
        colour, width = (colours[name], 1.6) if name in colours else (page.theme.line, 0.8)
        axes.step(recall, precision, where="pre", color=colour, linewidth=width)
    axes.set(xlim=(0, 1.01), ylim=(0, 1.02))
    ticks = np.linspace(0, 1, 6)
    for along in "xy":
        page.ticks(axes, along, ticks, [f"{tick:.1f}" for tick in ticks])
    page.grid(axes, "both")
    page.label(axes, "recall", "precision")


def _shown(count: int) -> NDArray[np.int64]:
    """Give the places of so many thresholds that are drawn: no more than could be told apart."""
    return np.unique(np.linspace(0, count - 1, min(count, FINEST)).astype(np.int64))


def _legend(page: Page, labels: list[str], others: int) -> None:
    left, y, line = 0.75 + SIDE + 0.15, page.height - 1.0, height_of(SIZE) + 0.06
    page.text(left, y, "average precision", SIZE, va="center", color=page.theme.muted)
    if others:
        page.text(left, y - line * (len(labels) + 1), f"grey: {others} others", va="center", color=page.theme.muted)
    for number, (label, colour) in enumerate(zip(labels, page.theme.series, strict=False), start=1):
        page.text(left, y - line * number, label, va="center", color=colour)
