"""Rows whose words stand in another order: any, or one that keeps every pair of neighbours."""

import random
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.random import derive, permutation
from ..text import Tokenizer

__all__ = ["another_order", "groups_of_same", "has_another_order", "order_of_same_neighbours", "same", "shuffled"]

Draw = Callable[[], float]
"""Gives a number from 0 up to, not including, 1."""


def shuffled(rows: Iterable[Any], seed: int, keep_neighbours: bool = False) -> list[Any]:
    """Put the words of each row in another order.

    Parameters
    ----------
    rows : texts, which are cut into words as models do and written with spaces between; or arrays of time steps
    seed : int
        What a row becomes hangs on it, on the row and on its number alone.
    keep_neighbours : bool
        Whether each word still follows each other one as often, see `order_of_same_neighbours`.

    Examples
    --------
    >>> shuffled(["It wasn't good, it was great!", "Great."], seed=1)
    ["was good it great , n't was ! It", 'Great .']
    """
    found = []
    for number, row in enumerate(rows):
        words, own = _words(row), derive(seed, f"row {number}")
        order = order_of_same_neighbours(_names(words), own) if keep_neighbours else another_order(len(words), own)
        found.append(" ".join(words[place] for place in order) if isinstance(row, str) else words[order])
    return found


def has_another_order(row: Any) -> bool:
    """Tell whether a row holds two words that differ, so that it can stand in another order."""
    return len(set(_names(_words(row)))) > 1


def same(*rows: Any) -> bool:
    """Tell whether rows hold the same words in the same order."""
    first, *others = (_names(_words(row)) for row in rows)
    return all(other == first for other in others)


def groups_of_same(rows: Iterable[Any]) -> NDArray[np.int64]:
    """Number rows so that those with the same words in the same order have the same number; from 0, by the first.

    Examples
    --------
    >>> groups_of_same(["so good", "so bad", "so  good"]).tolist()
    [0, 1, 0]
    """
    numbers: dict[Hashable, int] = {}
    return np.asarray([numbers.setdefault(tuple(_names(_words(row))), len(numbers)) for row in rows], np.int64)


def _words(row: Any) -> Any:
    return Tokenizer(lowercase=False).tokenize(row) if isinstance(row, str) else np.asarray(row)


def _names(words: Any) -> list[Hashable]:
    """Give what tells words apart: themselves, or the numbers of a time step."""
    return words if isinstance(words, list) else [step.tobytes() for step in words]


def another_order(length: int, seed: int) -> NDArray[np.int64]:
    """Draw an order of so many words, all equally likely; with luck that in which they stand.

    Returns
    -------
    order : (length,) int64
        Where each word of the new order stood.

    Examples
    --------
    >>> [["movie", "was", "not", "good"][place] for place in another_order(4, seed=1)]
    ['was', 'good', 'movie', 'not']
    """
    return permutation(seed, length)


def order_of_same_neighbours(words: Sequence[Hashable], seed: int) -> NDArray[np.int64]:
    """Draw an order that begins with the same word and has every pair of neighbours as often, all such equally likely.

    The words of a text are places, and each pair of neighbours a one-way street between two: the text is a walk through
    all streets, and so is each other order that has the same pairs. Such a walk begins and ends where the text does. It
    is drawn by drawing by which street each place is left for the last time, a tree that leads to the end, and after
    that the order of its other streets (Jiang et al. 2008, "uShuffle"; the tree by Wilson's random walks, 1996).

    A text in which no word comes twice has no other such order than its own.

    Returns
    -------
    order : (words,) int64
        Where each word of the new order stood; the first stays the first.

    Examples
    --------
    >>> words = "the film was the best and the end was the worst".split()
    >>> " ".join(words[place] for place in order_of_same_neighbours(words, seed=3))
    'the best and the end was the film was the worst'
    """
    draw = random.Random(seed).random  # of which only random() keeps its numbers from one Python to the next
    streets: dict[Hashable, list[int]] = {}
    for place, word in enumerate(words[:-1]):
        streets.setdefault(word, []).append(place + 1)
    if len(streets) + 1 >= len(words):
        return np.arange(len(words))
    last = _last_streets(words, streets, draw)
    walks = {word: _drawn_order(ways, last.get(word), draw) for word, ways in streets.items()}
    order = [0]
    while len(order) < len(words):
        order.append(walks[words[order[-1]]].pop())
    return np.asarray(order, np.int64)


def _last_streets(words: Sequence[Hashable], streets: dict[Hashable, list[int]], draw: Draw) -> dict[Hashable, int]:
    """Draw by which street each place is left for the last time, but for the last one: all trees equally likely.

    From each place goes a walk at random until it meets the tree, and what it took last from each place joins the tree.
    """
    in_tree, chosen = {words[-1]}, dict[Hashable, int]()
    for start in streets:
        word = start
        while word not in in_tree:
            chosen[word] = _pick(streets[word], draw)
            word = words[chosen[word]]
        word = start
        while word not in in_tree:
            in_tree.add(word)
            word = words[chosen[word]]
    return chosen


def _drawn_order(ways: list[int], last: int | None, draw: Draw) -> list[int]:
    """Give the streets of a place from the last to the first that is taken."""
    rest = [way for way in ways if way != last]
    for number in range(len(rest) - 1, 0, -1):  # Fisher and Yates
        other = int(draw() * (number + 1))
        rest[number], rest[other] = rest[other], rest[number]
    return rest if last is None else [last, *rest]


def _pick(ways: list[int], draw: Draw) -> int:
    return ways[int(draw() * len(ways))]
