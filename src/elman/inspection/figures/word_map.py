"""Word vectors in two dimensions: which words stand near each other."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...errors import InputError
from ._label_places import place_labels
from ._lettering import FAMILY, height_of, shortened, width_of
from ._page import MARGIN, SIZE, Page

__all__ = ["principal_directions", "word_map"]

_LETTERS = {"ha": "center", "va": "center", "family": FAMILY, "parse_math": False, "zorder": 3}
WIDTH, HEIGHT = 7.4, 5.6
"""Inches."""


def principal_directions(vectors: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the first two principal components of vectors, and the share of the variance in each.

    By NumPy's singular value decomposition, in float64. A direction may point either way: it is turned so that its
    largest entry is positive.

    Returns
    -------
    places : (words, 2) float64
    shares : (2,) float64

    Examples
    --------
    >>> import numpy as np
    >>> places, shares = principal_directions(np.array([[0.0, 0.0, 1.0], [4.0, 0.0, 1.0], [2.0, 1.0, 1.0]]))
    >>> places.round(2).tolist()
    [[-2.0, -0.33], [2.0, -0.33], [-0.0, 0.67]]
    """
    x = np.asarray(vectors, np.float64)
    if x.ndim != 2 or len(x) < 2 or not np.isfinite(x).all():
        raise InputError(f"vectors must be finite numbers, a row a word, of two words at least, got {x.shape}")
    centred = x - x.mean(axis=0)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    two = np.zeros((2, x.shape[1]))
    two[: len(directions[:2])] = directions[:2]
    largest = np.abs(two).argmax(axis=1)
    two *= np.where(two[[0, 1], largest] < 0, -1.0, 1.0)[:, None]
    shares = np.zeros(2)
    total = float((lengths**2).sum())
    shares[: len(lengths[:2])] = lengths[:2] ** 2 / total if total else 0.0
    return centred @ two.T, shares


def word_map(
    words: Sequence[str],
    vectors: NDArray[np.floating],
    neighbours: int = 0,
    title: str = "Words in two dimensions",
    dark: bool = False,
) -> Figure:
    """Draw words where the first two principal components of their vectors put them.

    A word whose name finds no free place is a point alone; the first words choose first.

    Parameters
    ----------
    words : the most important first
    vectors : (words, features) float
    neighbours : lines from each word to so many others, whose vectors point most nearly where its own does

    Raises
    ------
    InputError
        Fewer than two words, or vectors that are not finite or not as many.

    Examples
    --------
    >>> import numpy as np
    >>> figure = word_map(["good", "bad", "was"], np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.3]]))
    >>> sorted(text.get_text() for text in figure.axes[0].texts)
    ['bad', 'good', 'was']
    """
    if len(words) != len(vectors):
        raise InputError(f"there must be a vector for each of {len(words)} words, got {len(vectors)}")
    places, shares = principal_directions(vectors)
    page = Page(WIDTH + 0.6 + MARGIN, HEIGHT + 1.5, dark)
    page.title(title, f"{len(words)} words; {shares.sum():.0%} of the variance of their vectors is seen")
    axes = page.axes(0.6, 0.6, WIDTH, HEIGHT)
    inches = _in_inches(places)
    axes.set(xlim=(0, WIDTH), ylim=(0, HEIGHT), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(True)
    for one, other in _nearest(np.asarray(vectors, np.float64), neighbours):
        axes.plot(*inches[[one, other]].T, color=page.theme.line, linewidth=0.8, zorder=1)
    axes.scatter(inches[:, 0], inches[:, 1], s=9, color=page.theme.series[0], zorder=2, linewidths=0)
    names = [shortened(word) for word in words]
    sizes = [(width_of(name, SIZE) + 0.02, height_of(SIZE) + 0.02) for name in names]
    for name, corner, size in zip(names, place_labels(inches, sizes, (WIDTH, HEIGHT)), sizes, strict=True):
        if corner is not None:
            middle = (corner[0] + size[0] / 2, corner[1] + size[1] / 2)
            axes.text(*middle, name, fontsize=SIZE, **_LETTERS, color=page.theme.ink)  # type: ignore[arg-type]
    page.label(axes, f"first direction, {shares[0]:.0%} of the variance", f"second direction, {shares[1]:.0%}")
    return page.figure


def _in_inches(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stretch both directions alike, as far as the page goes."""
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.array([WIDTH - 1.0, HEIGHT - 0.6])
    span = np.where(high > low, high - low, np.inf)
    factor = float((room / span).min()) or 1.0
    return np.asarray((places - (low + high) / 2) * factor + [WIDTH / 2, HEIGHT / 2])


def _nearest(vectors: NDArray[np.float64], count: int) -> list[tuple[int, int]]:
    """Give pairs of words, each with those that point most nearly where it does; each pair once."""
    if count <= 0:
        return []
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(lengths > 0, lengths, 1)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    near = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
    return sorted({(min(i, j), max(i, j)) for i, row in enumerate(near.tolist()) for j in row if i != j})
