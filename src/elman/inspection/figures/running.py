"""The running answer: how likely each class is after each word."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...errors import InputError
from ._bands import as_rows, by_word
from ._lettering import fitting, printable, width_of
from ._page import MARGIN, SIZE, Page
from ._spread import spread

__all__ = ["running_answer"]

MOST = 5
"""Outcomes that are drawn: those that were ever likeliest to be given."""
HEIGHT = 1.5
WIDEST = 2.2
"""Inches for the names of the answers, at most."""


def running_answer(
    tokens: Sequence[str],
    p: NDArray[np.floating],
    answers: Sequence[object] = (0, 1),
    title: str = "The answer as the text is read",
    dark: bool = False,
    below: str | None = None,
) -> Figure:
    """Draw the probability of the answers after each word: of two classes that of the second, of more the likeliest.

    Parameters
    ----------
    tokens : (time,) str
    p : (time, answers) float, or (time,): of two answers the probability of the second, of one its own
        After each word, as `trace` gives it.
    answers : names of the classes, in the order of the probabilities
    below : in smaller letters; by default the answer after the last word

    Raises
    ------
    InputError
        No time step, numbers that are no probabilities, or not as many as there are time steps and answers.

    Examples
    --------
    >>> figure = running_answer(["movie", "was", "good"], [0.5, 0.6, 0.9], ["bad", "good"])
    >>> figure.axes[0].get_lines()[0].get_ydata().tolist()
    [0.5, 0.6, 0.9]
    """
    shares = _shares(p, tokens, answers)
    two = len(answers) == 2
    lines = np.array([1]) if two else np.argsort(-shares.max(axis=0, initial=0), kind="stable")[:MOST]
    names = [f"{printable(answers[line])} {shares[-1, line]:.2f}" for line in lines]
    beside = min(WIDEST, max(width_of(name, SIZE) for name in names) + 0.1)
    page, _, rows = by_word(tokens, HEIGHT, dark, left=0.6, right=beside + MARGIN)
    last = printable(answers[int(shares[-1].argmax())])
    page.title(title, f"after the last word: {last}, {shares[-1].max():.3f}" if below is None else below)
    for axes, band in rows:
        _frame(page, axes)
        _draw(page, axes, shares[:, lines], band, two)
    _name_lines(page, rows[-1][0], shares[-1, lines], [fitting(name, beside, SIZE) for name in names])
    return page.figure


def _shares(p: NDArray[np.floating], tokens: Sequence[str], answers: Sequence[object]) -> NDArray[np.float64]:
    shares = as_rows("p", p, tokens)
    if shares.shape[1] == 1 and len(answers) == 2:
        shares = np.hstack([1 - shares, shares])
    if shares.shape[1] != len(answers) or shares.min(initial=0) < 0 or shares.max(initial=0) > 1:
        raise InputError(
            f"p must be probabilities of {len(answers)} answers, got {shares.shape[1]} columns "
            f"between {shares.min(initial=0):.3g} and {shares.max(initial=0):.3g}"
        )
    return shares


def _frame(page: Page, axes: Axes) -> None:
    axes.set_ylim(-0.04, 1.04)
    page.ticks(axes, "y", (0, 0.5, 1), ("0", "0.5", "1"))
    page.grid(axes)


def _draw(page: Page, axes: Axes, shares: NDArray[np.float64], band: slice, two: bool) -> None:
    # A row begins where the one above it ended, so that no step between two words is lost.
    begin = max(0, band.start - 1)
    steps, part = np.arange(begin, band.stop), shares[begin : band.stop]
    marker = "o" if len(shares) <= 300 else ""
    for column, colour in zip(part.T, page.theme.series, strict=False):
        axes.plot(steps, column, color=colour, marker=marker, markersize=3.5, linewidth=1.4)
    if two:
        axes.axhline(0.5, color=page.theme.muted, linewidth=0.8, zorder=1)
        for colour, side in ((page.theme.positive, part[:, 0] >= 0.5), (page.theme.negative, part[:, 0] <= 0.5)):
            axes.fill_between(
                steps, 0.5, part[:, 0], where=side, interpolate=True, color=colour, alpha=0.22, linewidth=0
            )


def _name_lines(page: Page, axes: Axes, ends: NDArray[np.float64], names: list[str]) -> None:
    box = axes.get_position()
    left = box.x1 * page.width + 0.08
    heights = (box.y0 + box.height * (ends + 0.04) / 1.08) * page.height
    for name, y, colour in zip(names, spread(heights, 0.17), page.theme.series, strict=False):
        page.text(left, y, name, va="center", color=colour)
