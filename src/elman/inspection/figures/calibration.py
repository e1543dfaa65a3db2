"""Calibration: whether answers that are 80 % sure are right 80 % of the time."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..confidence import share
from ..outcomes import Reliability
from ._page import Page

__all__ = ["calibration"]

LEVEL = 0.05
"""How often an interval misses."""
SIDE = 3.2
"""Inches."""


def calibration(reliability: Reliability, title: str = "Calibration", dark: bool = False) -> Figure:
    """Draw the share of right answers by how sure they were, and below it how many there are of each.

    A point for each bin, with its 95 % interval (Wilson); on the diagonal, answers are as sure as they are right.
    In the title the expected calibration error with the number of bins, which are of equal width.

    Examples
    --------
    >>> from elman.inspection import reliability_of
    >>> figure = calibration(reliability_of([0.95, 0.95, 0.55, 0.55], [True, True, True, False]))
    >>> figure.axes[0].get_lines()[1].get_ydata().tolist()
    [0.5, 1.0]
    """
    page = Page(SIDE + 1.75, SIDE + 2.75, dark)
    bins, total = len(reliability.counts), int(reliability.counts.sum())
    page.title(title, f"expected calibration error {reliability.error:.4f}")
    page.text(
        0.25, page.height - 0.72, f"{bins} bins of equal width, {total:,} answers", va="top", color=page.theme.muted
    )
    _draw(page, page.axes(0.8, 1.55, SIDE, SIDE), reliability)
    _count(page, page.axes(0.8, 0.6, SIDE, 0.7), reliability)
    return page.figure


def _draw(page: Page, axes: Axes, found: Reliability) -> None:
    filled = found.counts > 0
    x, y = found.confidence[filled], found.accuracy[filled]
    shares = [share(int(r), int(n), LEVEL) for r, n in zip(found.right, found.counts, strict=True) if n]
    axes.plot([0, 1], [0, 1], "--", color=page.theme.muted, linewidth=0.9)
    axes.plot(x, y, color=page.theme.series[0], linewidth=1.2, marker="o", markersize=5)
    axes.vlines(
        x, [s.low for s in shares], [s.high for s in shares], color=page.theme.series[0], linewidth=1.2, alpha=0.6
    )
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    page.ticks(axes, "x", np.linspace(0, 1, 6), [""] * 6)
    page.ticks(axes, "y", np.linspace(0, 1, 6), [f"{tick:.1f}" for tick in np.linspace(0, 1, 6)])
    page.grid(axes, "both")
    page.label(axes, "", "share of right answers")


def _count(page: Page, axes: Axes, found: Reliability) -> None:
    width = np.diff(found.edges)
    axes.bar(found.edges[:-1], found.counts, width * 0.92, align="edge", color=page.theme.series[0], alpha=0.55)
    most = int(found.counts.max())
    axes.set(xlim=(0, 1), ylim=(0, most * 1.05))
    page.ticks(axes, "x", np.linspace(0, 1, 6), [f"{tick:.1f}" for tick in np.linspace(0, 1, 6)])
    page.ticks(axes, "y", (0, most), (0, f"{most:,}"))
    page.label(axes, "probability of the answer", "answers")
