"""A text whose words are coloured by what they did to the answer."""

import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from numpy.typing import NDArray

from ...errors import InputError
from ._bands import as_rows
from ._lettering import FAMILY, fitting, height_of, printable, width_of
from ._page import MARGIN, SIZE, Page
from ._style import blended, ink_on

__all__ = ["coloured_text"]

WIDTH, NARROWEST = 8.0, 5.5
"""Inches of a line of words, and of a page."""
MANY = 250
"""Words, from which on they are written smaller."""
AROUND = 0.05
"""Inches of colour beside a word."""


def coloured_text(
    tokens: Sequence[str],
    scores: NDArray[np.floating],
    title: str = "What each word did to the answer",
    against_for: tuple[object, object] = ("against", "for"),
    dark: bool = False,
) -> Figure:
    """Draw a text, each word on a ground of colour: blue speaks for the answer, orange against it.

    The word with the largest score has the full colour, one with half of it half.

    Parameters
    ----------
    tokens : (time,) str
    scores : (time,) float
        As `attribute` gives them, in units of the logit.
    against_for : what the negative and the positive colour stand for

    Raises
    ------
    InputError
        No words, or scores that are not finite or not as many.

    Examples
    --------
    >>> figure = coloured_text(["movie", "was", "good"], [0.1, -0.2, 1.5])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['movie', 'was', 'good']
    """
    values = as_rows("scores", scores, tokens)
    if values.shape[1] != 1:
        raise InputError(f"scores must be one a word, got {values.shape[1]}")
    size = 13.0 if len(tokens) <= MANY else 9.0
    words = [fitting(token, WIDTH, size) for token in tokens]
    line = height_of(size) + 0.14
    places = list(_places(words, size, _from_the_right(tokens)))
    text_height = line * (1 + max(row for _, row in places))
    used = max(x + width_of(word, size) for word, (x, _) in zip(words, places, strict=True)) + 2 * AROUND
    page = Page(max(used, NARROWEST) + 2 * MARGIN, text_height + 1.55, dark)
    page.title(title, _most(tokens, values[:, 0]))
    axes, top = page.canvas(), float(np.abs(values).max())
    for word, score, (x, row) in zip(words, values[:, 0], places, strict=True):
        y = page.height - 0.95 - line * (row + 0.5)
        _word(page, axes, word, (MARGIN + x, y), score / top if top else 0.0, size)
    _legend(page, axes, top, against_for)
    return page.figure


def _places(words: Sequence[str], size: float, mirrored: bool) -> Iterator[tuple[float, int]]:
    """Give the left end of each word, and its line."""
    x, row = 0.0, 0
    for word in words:
        width = width_of(word, size) + 2 * AROUND
        if x and x + width > WIDTH + 2 * AROUND:
            x, row = 0.0, row + 1
        yield (WIDTH + 2 * AROUND - x - width if mirrored else x), row
        x += width + 0.05


def _from_the_right(tokens: Sequence[str]) -> bool:
    """Tell whether most letters belong to a script that is written from the right."""
    kinds = [unicodedata.bidirectional(sign) for token in tokens for sign in token]
    return sum(kind in ("R", "AL") for kind in kinds) > sum(kind == "L" for kind in kinds)


def _word(page: Page, axes: Axes, word: str, place: tuple[float, float], share: float, size: float) -> None:
    x, y = place
    height = height_of(size) + 0.06
    ground = blended(page.theme.positive if share > 0 else page.theme.negative, page.theme.paper, abs(share))
    shape = FancyBboxPatch(
        (x, y - height / 2), width_of(word, size) + 2 * AROUND, height, "round,pad=0,rounding_size=0.04"
    )
    shape.set(facecolor=ground, linewidth=0)
    axes.add_patch(shape)
    settings = {"va": "center_baseline", "family": FAMILY, "parse_math": False, "fontsize": size}
    axes.text(x + AROUND, y, word, color=ink_on(ground), **settings)  # type: ignore[arg-type]


def _most(tokens: Sequence[str], scores: NDArray[np.float64]) -> str:
    most = np.argsort(-np.abs(scores), kind="stable")[:3]
    parts = [f"{fitting(tokens[place], 1.6, SIZE)} {scores[place]:+.3g}" for place in most if scores[place]]
    return ("most: " + ", ".join(parts)) if parts else "no word made a difference"


def _legend(page: Page, axes: Axes, top: float, names: tuple[object, object]) -> None:
    left, y, width = page.width / 2 - 1.0, 0.3, 2.0
    shares = np.linspace(-1, 1, 21)
    for number, share in enumerate(shares):
        colour = blended(page.theme.positive if share > 0 else page.theme.negative, page.theme.paper, abs(share))
        place = (left + width * number / len(shares), y - 0.05)
        axes.add_patch(FancyBboxPatch(place, width / len(shares), 0.1, "square,pad=0", facecolor=colour, linewidth=0))
    for x, side, name, value in ((left - 0.1, "right", names[0], -top), (left + width + 0.1, "left", names[1], top)):
        label = f"{fitting(name, 1.3, SIZE)} ({value:+.3g})" if top else printable(name)
        page.text(x, y, label, va="center", ha=side, color=page.theme.muted)
