"""Counting how often words stand near each other, in as much memory as is allowed.

A pair of words at distance d adds 1/d to its count (Pennington, Socher & Manning 2014, section 4.2). Sums of such
fractions depend on the order of the terms, so integers are summed, each 1/d as so many shares of the least common
multiple of all distances: every count is exact, however the work is cut.

Pairs are counted in a table. When half of its slots are in use they are sorted and written to a temporary folder, and
the table is begun anew; in the end these runs are merged, a few at a time, with a stretch of each in memory.
"""

import math
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engine.kernels.glove import count_pairs
from ..errors import DataError
from ..sequences import Sequences

__all__ = ["LONGEST_WINDOW", "Pairs", "count_cooccurrences"]

LONGEST_WINDOW = 20
"""With it a count may reach 4e10 before the sum of its shares leaves 64 bits."""
BYTES_PER_SLOT = 40
"""What a slot of the table takes while the table is sorted: 16 bytes, and 24 for its part of the sorted copies."""
BYTES_PER_RECORD = 96
"""What a record takes while runs are merged: itself, joined with others, its place in their order, sorted, summed."""
FEWEST_SLOTS = 1 << 10
MERGED_AT_ONCE = 16
"""Runs that are merged at a time: of more each would have too short a stretch in little memory."""
RECORDS_AT_ONCE = 1 << 20
"""Pairs that are given at a time, at most."""
TOKENS_AT_ONCE = 1 << 14
"""Tokens that are made ready for counting at a time."""
BYTES_PER_TOKEN = 64
"""What a token takes then: whether it is known, its place in its text, and how far it reaches back, with copies."""

Integers = NDArray[np.int64]


class Pairs(NamedTuple):
    """How often pairs of words stand near each other; each pair once, in the order of its words.

    first, second : (pairs,) int64, ids of words, first <= second
    counts : (pairs,) float64, X_ij = X_ji, the sum of 1/d
    """

    first: Integers
    second: Integers
    counts: NDArray[np.float64]


class Records(NamedTuple):
    """Pairs as they are counted. keys : (n,) int64, first * words + second, rising; shares : (n,) int64."""

    keys: Integers
    shares: Integers


NO_RECORDS = Records(np.empty(0, np.int64), np.empty(0, np.int64))


def count_cooccurrences(ids: Sequences, words: int, window: int, memory_mb: int) -> Iterator[Pairs]:
    """Count the pairs of words that stand in the same text, at most `window` apart.

    Parameters
    ----------
    ids : Sequences of int64
        Unknown words, with the id `words`, are left out first, so that they keep no distance, as Stanford's program
        does.
    window : int
        From 1 to `LONGEST_WINDOW`.
    memory_mb : int
        MiB that counting takes; `ids` and what is given come on top.

    Yields
    ------
    Pairs
        In rising order, `RECORDS_AT_ONCE` at most. The same whatever the memory.

    Raises
    ------
    DataError
        The temporary folder cannot be written.
    """
    whole = math.lcm(*range(1, window + 1))
    shares = np.array([whole // distance for distance in range(1, window + 1)])
    with tempfile.TemporaryDirectory(prefix="elman-") as folder:
        slots = _slots(len(ids.values) * window, words, memory_mb)
        runs = _sorted_runs(_parts(ids, words, window), slots, shares, words, memory_mb, Path(folder))
        for keys, sums in runs:
            yield Pairs(keys // words, keys % words, sums / whole)


class Part(NamedTuple):
    """Known tokens in a row, to be counted from one of them on.

    tokens : (n,) int64
    reach : (n,) int64, how many of them before each stand in the same text and window
    begin : the first that is to be counted; those before it are only reached back to
    """

    tokens: Integers
    reach: Integers
    begin: int


def _parts(ids: Sequences, words: int, window: int) -> Iterator[Part]:
    """Give all known tokens, `TOKENS_AT_ONCE` at most, each part with what it reaches back to before it."""
    before, text_before = np.empty(0, np.int64), 0
    for begin in range(0, len(ids.values), TOKENS_AT_ONCE):
        values = ids.values[begin : begin + TOKENS_AT_ONCE]
        known = values < words
        places = _places(known, ids.offsets, begin, text_before)
        text_before = int(places[-1] + known[-1])
        tokens = np.concatenate([before, values[known]])
        reach = np.zeros_like(tokens)
        np.minimum(places[known], window, out=reach[len(before) :])
        yield Part(tokens, reach, len(before))
        before = tokens[len(tokens) - min(window, len(tokens)) :].copy()


def _places(known: NDArray[np.bool_], offsets: Integers, begin: int, text_before: int) -> Integers:
    """Give how many known tokens stand before each token in its text.

    known : (tokens,) bool, of the tokens from `begin` on
    text_before : known tokens before them, in the text that the first of them stands in, if that began before them
    """
    counted = np.concatenate([[0], np.cumsum(known)])
    texts = offsets.searchsorted(np.arange(begin, begin + len(known)), "right") - 1
    starts = offsets[texts] - begin
    at_start = np.where(starts < 0, -text_before, counted[np.maximum(starts, 0)])
    return np.asarray(counted[:-1] - at_start)


def _sorted_runs(
    parts: Iterable[Part], slots: int, shares: Integers, words: int, memory_mb: int, folder: Path
) -> Iterator[Records]:
    """Count, and give all pairs in order, a piece at a time."""
    table, runs = Table(slots), list[Run]()
    for part in parts:
        at = part.begin
        while (at := table.count(part, at, words, shares)) < len(part.tokens):
            runs.append(Run(folder, [table.take()]))
    last = table.take()
    del table
    if not runs:
        yield from _pieces(last)
        return
    runs.append(Run(folder, [last]))
    del last
    size = max(memory_mb * 2**20 // BYTES_PER_RECORD // MERGED_AT_ONCE, 1)
    while len(runs) > MERGED_AT_ONCE:
        runs = [
            Run(folder, _merged(runs[begin : begin + MERGED_AT_ONCE], size))
            for begin in range(0, len(runs), MERGED_AT_ONCE)
        ]
    yield from _merged(runs, size)


def _slots(pairs: int, words: int, memory_mb: int) -> int:
    """Give how many slots the table has: a power of two, for all pairs that there can be, or what memory allows."""
    most = min(pairs, words * (words + 1) // 2)
    wanted = max(FEWEST_SLOTS, 2 * (most + LONGEST_WINDOW))
    allowed = (memory_mb * 2**20 - TOKENS_AT_ONCE * BYTES_PER_TOKEN) // BYTES_PER_SLOT
    return min(1 << (wanted - 1).bit_length(), 1 << (allowed.bit_length() - 1))


class Table:
    """Pairs being counted: an open-addressing hash, see `kernels.glove.count_pairs`."""

    def __init__(self, slots: int) -> None:
        self.keys = np.full(slots, -1)
        self.counts = np.zeros(slots, np.int64)
        self.filled = np.zeros(1, np.int64)

    def count(self, part: Part, begin: int, words: int, shares: Integers) -> int:
        """Count from a token on; give the one that the table is too full for, or their number."""
        return int(count_pairs(part.tokens, part.reach, begin, words, shares, self.keys, self.counts, self.filled))

    def take(self) -> Records:
        """Give what was counted, in order, and begin anew."""
        used = np.flatnonzero(self.keys >= 0)
        order = used[np.argsort(self.keys[used])]
        del used
        records = Records(self.keys[order], self.counts[order])
        self.keys.fill(-1)
        self.counts.fill(0)
        self.filled.fill(0)
        return records


class Run:
    """Records in order, in two new files of a folder, read from the front a buffer at a time, once."""

    def __init__(self, folder: Path, records: Iterable[Records]) -> None:
        self.folder, self.name = folder, secrets.token_hex(8)
        self.length, self.at = 0, 0
        self.buffer = NO_RECORDS
        try:
            self._write(records)
        except OSError as error:
            raise DataError(
                f"{folder.parent}: pairs of words cannot be written there: {error.strerror or error}; raise memory_mb, "
                "or name another folder in TMPDIR"
            ) from None

    @property
    def paths(self) -> list[str]:
        """Where keys and shares stand; there may be a thousand runs, and Python would keep the parts of a Path."""
        return [os.path.join(self.folder, f"{self.name}.{field}") for field in Records._fields]

    def _write(self, records: Iterable[Records]) -> None:
        of_keys, of_shares = self.paths
        with open(of_keys, "wb") as keys, open(of_shares, "wb") as shares:
            for some in records:
                keys.write(some.keys.data)
                shares.write(some.shares.data)
                self.length += len(some.keys)

    @property
    def ended(self) -> bool:
        """Whether nothing is left in the files."""
        return self.at == self.length

    def fill(self, size: int) -> None:
        """Read so many records, where the buffer is empty; files that were read to their end are removed."""
        if len(self.buffer.keys) or self.ended:
            return
        self.buffer = Records(*(np.fromfile(path, np.int64, size, offset=self.at * 8) for path in self.paths))
        self.at += len(self.buffer.keys)
        if self.at == self.length:
            for path in self.paths:
                os.unlink(path)

    def take(self, bound: int) -> Records:
        """Take the records of the buffer whose keys are not above the bound."""
        cut = int(np.searchsorted(self.buffer.keys, bound, "right"))
        taken = Records(*(values[:cut] for values in self.buffer))
        # A view of nothing would keep the whole buffer in memory, of each run until all are merged.
        rest = [values[cut:] for values in self.buffer]
        self.buffer = Records(*rest) if len(rest[0]) else NO_RECORDS
        return taken


def _merged(runs: list[Run], size: int) -> Iterator[Records]:
    """Give the records of all runs in order, those of one key added up.

    What lies up to the least of the buffers' last keys is whole: no run has more of it in its files.
    """
    while True:
        for run in runs:
            run.fill(size)
        runs = [run for run in runs if len(run.buffer.keys)]
        if not runs:
            return
        bound = min((int(run.buffer.keys[-1]) for run in runs if not run.ended), default=np.iinfo(np.int64).max)
        yield from _pieces(_summed([run.take(bound) for run in runs]))


def _summed(parts: list[Records]) -> Records:
    keys = np.concatenate([part.keys for part in parts])
    order = np.argsort(keys)
    keys = keys[order]
    begins = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    shares = np.concatenate([part.shares for part in parts])[order]
    return Records(keys[begins], np.add.reduceat(shares, begins))


def _pieces(records: Records) -> Iterator[Records]:
    for begin in range(0, len(records.keys), RECORDS_AT_ONCE):
        yield Records(*(values[begin : begin + RECORDS_AT_ONCE] for values in records))
