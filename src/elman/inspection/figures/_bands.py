"""Words along an axis: a short text in one row, a long one in several, a very long one with some of its words named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ...errors import InputError
from ._lettering import height_of, shortened, width_of
from ._page import MARGIN, SIZE, Page

__all__ = ["Bands", "as_rows", "by_word"]

LONGEST = 8.4
"""Inches of a row of words."""
NARROWEST, WIDEST = 0.24, 0.8
"""Inches of a word."""
ROWS = 8
"""Of words, at most; longer texts stand in one, which names some of them."""
GAP = 0.3
TOP = 0.85
"""Inches for the title."""


@dataclass(frozen=True)
class Bands:
    """How a text is cut into rows.

    cell : inches of a word
    size : words of a row
    every : how many words there are to one that is named
    names : the words as they are drawn
    upright : whether they stand on end
    """

    cell: float
    size: int
    every: int
    names: tuple[str, ...]
    upright: bool

    @classmethod
    def of(cls, tokens: Sequence[str], widest: float = WIDEST) -> "Bands":
        """Reckon them for one word at least."""
        names, count, size = tuple(map(shortened, tokens)), len(tokens), int(LONGEST / NARROWEST)
        if count > ROWS * size:
            return cls(LONGEST / count, count, int(np.ceil(count * NARROWEST / LONGEST)), names, True)
        cell = min(widest, max(NARROWEST, LONGEST / count))
        upright = max(width_of(name, SIZE - 1) for name in names) + 0.08 > cell
        return cls(cell, size, 1, names, upright)

    @property
    def words_height(self) -> float:
        """Inches that the names of words take below their row."""
        if not self.upright:
            return height_of(SIZE - 1) + 0.12
        return max(width_of(name, SIZE - 1) for name in self.names[:: self.every]) + 0.15

    def __iter__(self) -> Iterator[slice]:
        count = len(self.names)
        return (slice(begin, min(begin + self.size, count)) for begin in range(0, count, self.size))

    def name_words(self, page: Page, axes: Axes, band: slice) -> None:
        """Write the words of a row below its axes, each in the middle of its place."""
        places = np.arange(band.start, band.stop, self.every)
        named = [self.names[place] for place in places]
        page.ticks(axes, "x", places, named, rotation=90 if self.upright else 0, fontsize=SIZE - 1)
        axes.tick_params(axis="x", length=0, pad=3)
        axes.set_xlim(band.start - 0.5, band.stop - 0.5)


def by_word(
    tokens: Sequence[str], height: float, dark: bool, left: float = 0.7, right: float = 0.9, below: float = 0.0
) -> tuple[Page, Bands, list[tuple[Axes, slice]]]:
    """Make a page with axes of this height for each row of words.

    left, right, below : inches beside and below the rows, for what stands there
    """
    bands = Bands.of(tokens)
    rows = list(bands)
    step = height + bands.words_height + GAP
    inner = max(min(len(tokens), bands.size) * bands.cell, 3.2)
    page = Page(left + inner + right, TOP + step * len(rows) - GAP + MARGIN + below, dark)
    found = []
    for number, band in enumerate(rows):
        bottom = page.height - TOP - step * number - height
        axes = page.axes(left, bottom, (band.stop - band.start) * bands.cell, height)
        bands.name_words(page, axes, band)
        found.append((axes, band))
    return page, bands, found


def as_rows(name: str, values: NDArray[np.floating], tokens: Sequence[str]) -> NDArray[np.float64]:
    """Give numbers, one row a token, as they are drawn. Raises InputError where they are none, not so many, or not
    finite.
    """
    if not len(tokens):
        raise InputError("there must be a time step to draw, got none: give a text with a word in it")
    array = np.asarray(values, np.float64)
    if array.ndim not in (1, 2) or len(array) != len(tokens) or not np.isfinite(array).all():
        raise InputError(
            f"{name} must be finite numbers, a row for each of {len(tokens)} time steps, got an array of {array.shape}"
        )
    return array if array.ndim == 2 else array[:, None]
