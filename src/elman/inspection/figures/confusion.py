"""The confusion matrix: which class is taken for which."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...errors import InputError
from ._lettering import shortened, width_of
from ._page import MARGIN, SIZE, Page
from ._style import ink_on, sequential

__all__ = ["confusion_matrix"]

MOST = 30
"""Classes that are drawn one by one; of more the rarest are drawn as one."""
LONGEST_NAME = 22


def confusion_matrix(
    counts: NDArray[np.integer], classes: Sequence[object], title: str = "Confusion matrix", dark: bool = False
) -> Figure:
    """Draw how often each class, in its row, was taken for each, in its column.

    Colours show the share of the row, so that rare classes are seen as well; the numbers are counts.

    Parameters
    ----------
    counts : (classes, classes) int
        As `Outcomes.confusion` gives them.

    Raises
    ------
    InputError
        Counts that are no square of numbers from 0 up, or not of so many classes.

    Examples
    --------
    >>> import numpy as np
    >>> figure = confusion_matrix(np.array([[8, 2], [1, 9]]), ["bad", "good"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['8', '2', '1', '9']
    """
    table = np.asarray(counts)
    if table.shape != (len(classes),) * 2 or not len(table) or table.dtype.kind not in "iu" or (table < 0).any():
        raise InputError(f"counts must be whole numbers, a row and a column for each of {len(classes)} classes")
    table, names = _gathered(table, [shortened(name, LONGEST_NAME) for name in classes])
    digits = SIZE - 1 if len(names) > 8 else SIZE + 1
    widest = max(width_of(f"{count}", digits) for count in table.flat)
    cell = max(0.34 if len(names) > 8 else 0.6, widest + 0.1)
    upright = max(width_of(name, SIZE - 1) for name in names) + 0.1 > cell
    room = max(width_of(name, SIZE - 1) for name in names) + 0.15
    above, side = (room if upright else 0.25), cell * len(names)
    left = MARGIN + 0.3 + room
    page = Page(max(left + side, 4.4) + MARGIN, 1.15 + above + side + MARGIN, dark)
    right, total = int(np.trace(counts)), int(np.asarray(counts).sum())
    together = f"; the last cell holds all among the {names[-1]}, right or wrong" if len(classes) > MOST else ""
    page.title(title, f"{right:,} of {total:,} right: {right / max(total, 1):.4f}{together}")
    axes = page.axes(left, MARGIN, side, side)
    _draw(page, axes, table, digits)
    _name(page, axes, names, upright)
    return page.figure


def _gathered(counts: NDArray[np.integer], names: list[str]) -> tuple[NDArray[np.integer], list[str]]:
    """Put the rarest of too many classes together."""
    if len(names) <= MOST:
        return counts, names
    frequent = np.sort(np.argsort(-(counts.sum(axis=0) + counts.sum(axis=1)), kind="stable")[: MOST - 1])
    place = np.full(len(names), MOST - 1)
    place[frequent] = np.arange(MOST - 1)
    table = np.zeros((MOST, MOST), counts.dtype)
    np.add.at(table, (place[:, None], place[None, :]), counts)
    return table, [*(names[number] for number in frequent), f"{len(names) - MOST + 1} others"]


def _draw(page: Page, axes: Axes, counts: NDArray[np.integer], digits: float) -> None:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    colours = sequential(page.theme)
    axes.imshow(shares, cmap=colours, vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks(np.arange(len(counts) - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(len(counts) - 1) + 0.5, minor=True)
    axes.grid(visible=True, which="minor", color=page.theme.line, linewidth=0.5)
    axes.tick_params(which="both", length=0)
    for (row, column), count in np.ndenumerate(counts):
        if count or len(counts) <= 8:
            ink = ink_on(colours(shares[row, column]))
            axes.text(column, row, f"{count}", ha="center", va="center", fontsize=digits, color=ink)


def _name(page: Page, axes: Axes, names: Sequence[str], upright: bool) -> None:
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    page.ticks(axes, "x", range(len(names)), names, rotation=90 if upright else 0)
    page.ticks(axes, "y", range(len(names)), names)
    page.label(axes, "answer", "label")
    for spine in axes.spines.values():
        spine.set_visible(True)
