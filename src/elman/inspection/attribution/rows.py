"""Rows that are made of one: its prefixes, itself without a time step or with another in its place, in groups."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...engine.layers import ContextualEmbedding, Embedding, Input, Layer, OneHot, SideBySide, SubwordEmbedding
from ...sequences import Sequences

__all__ = ["groups", "in_groups", "of_places", "prefixes", "suffixes", "unknown_row", "with_unknown", "without_each"]

Ids = NDArray[np.int64]
AT_ONCE = 2**16
"""Time steps that are read at once, about, so that memory does not grow with the square of a text's length."""


def in_groups(function: Callable[[Ids], NDArray[np.float64]], lengths: Ids) -> NDArray[np.float64]:
    """Give function(numbers) for all rows, of these lengths, with few time steps at once, at least a row."""
    parts = [function(group) for group in groups(lengths)]
    return np.concatenate(parts) if parts else np.empty(0)


def groups(lengths: Ids, at_once: int | None = None) -> Iterator[Ids]:
    """Cut rows of these lengths into groups of few time steps, at least a row; give the numbers of each group's.

    at_once : how many; `AT_ONCE` by default
    """
    begin, ends = 0, np.cumsum(lengths)
    at_once = AT_ONCE if at_once is None else at_once
    while begin < len(lengths):
        read = ends[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, read + at_once, side="right")))
        yield np.arange(begin, end)
        begin = end


def of_places(row: Sequences, places: list[Ids]) -> Sequences:
    """Give rows that hold these time steps of a single row each."""
    offsets = np.cumsum([0, *map(len, places)], dtype=np.int64)
    joined = np.concatenate(places) if places else np.empty(0, np.int64)
    return replace(row, values=row.values[joined], offsets=offsets, beside=None)


def prefixes(row: Sequences, ends: Ids) -> Sequences:
    """Give the first so many time steps of a single row, for each of `ends`."""
    return of_places(row, [np.arange(end) for end in ends.tolist()])


def suffixes(row: Sequences, begins: Ids) -> Sequences:
    """Give the time steps of a single row from these on, a row each."""
    return of_places(row, [np.arange(begin, len(row.values)) for begin in begins.tolist()])


def without_each(row: Sequences, numbers: Ids) -> Sequences:
    """Give a single row without each of these time steps, a row each."""
    everything = np.arange(len(row.values))
    return of_places(row, [np.delete(everything, number) for number in numbers.tolist()])


def with_unknown(row: Sequences, first: Layer) -> Callable[[Ids], Sequences]:
    """Give a function that puts the unknown word in the place of each of these time steps, a row each."""
    unknown = _unknown(row, first)

    def replaced(numbers: Ids) -> Sequences:
        rows = of_places(unknown, [np.arange(len(row.values))] * len(numbers))
        at = rows.offsets[:-1] + numbers
        rows.values[at] = unknown.values[-1]
        return rows

    return replaced


def unknown_row(row: Sequences, first: Layer) -> Sequences:
    """Give a row of unknown words alone, or zeros, as long as a single row."""
    unknown = _unknown(row, first)
    return of_places(unknown, [np.full(len(row.values), len(row.values))])


def _unknown(row: Sequences, first: Layer) -> Sequences:
    """Give a single row with one more time step, the unknown word; of numbers zeros, which say as little."""
    if isinstance(first, Input):
        last = np.zeros((1, first.features), row.values.dtype)
        spellings = None
    else:
        last, spellings = _unknown_word(row, first)
    values = np.concatenate([row.values, last])
    return replace(row, values=values, offsets=np.array([0, len(values)]), spellings=spellings, beside=None)


def _unknown_word(row: Sequences, first: Layer) -> tuple[Ids, Sequences | None]:
    """Give what stands for the unknown word, (1,), and the spellings by which it can be read."""
    if isinstance(first, ContextualEmbedding):
        return np.array([first.unknown]), row.spellings
    known = _unknown_id(first)
    if row.spellings is None:
        return np.array([known]), None
    spelled = row.spellings
    values, offsets = np.append(spelled.values, known), np.append(spelled.offsets, len(spelled.values) + 1)
    return np.array([len(spelled)]), Sequences(values, offsets)


def _unknown_id(first: Layer) -> int:
    """Give the id of every unknown word, the number of known ones; of layers side by side it is the same."""
    if isinstance(first, SideBySide):
        return max(_unknown_id(layer) for layer in first.layers)
    if isinstance(first, ContextualEmbedding):
        return first.unknown
    assert isinstance(first, (Embedding, OneHot, SubwordEmbedding))
    return first.input_dim
