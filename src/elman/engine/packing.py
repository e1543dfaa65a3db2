"""Packing: where each time step of each row lies in a shard.

Rows are sorted by length, longest first, and stored time-major: at time t the first `batch_sizes[t]`
rows are alive and lie at `starts[t]`. PyTorch calls this a packed sequence. Nothing is padded.

A batch is cut into shards of a fixed number of rows, dealt round-robin from the sorted rows so that
shards take equal time. The cut depends on the data alone, never on the number of threads.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .kernels.packing import find_last, find_previous, lay_out, place_rows

__all__ = ["SHARD_ROWS", "Packing", "cut_into_shards"]

SHARD_ROWS = 16
"""Rows of a shard. Part of the numbers: gradients are added up shard by shard."""


@dataclass(frozen=True, eq=False)
class Packing:
    """The layout of one shard.

    lengths : (rows,) int64, falling
    batch_sizes : (time steps,) int64, rows alive at each time step
    starts : (time steps,) int64, packed position of the first of them
    """

    lengths: NDArray[np.int64]
    batch_sizes: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def from_lengths(cls, lengths: NDArray[np.int64]) -> "Packing":
        """Lay out rows of these lengths, which must fall."""
        steps = int(lengths[0]) if len(lengths) else 0
        batch_sizes, starts = np.empty(steps, np.int64), np.empty(steps, np.int64)
        lay_out(lengths, batch_sizes, starts)
        return cls(lengths, batch_sizes, starts)

    @property
    def rows(self) -> int:
        return len(self.lengths)

    @property
    def alive(self) -> int:
        """Rows with any time step; they come first."""
        return int(self.batch_sizes[0]) if len(self.batch_sizes) else 0

    @cached_property
    def tokens(self) -> int:
        return int(self.lengths.sum())

    def positions(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give row and time step of each packed position, (tokens,) int64 each."""
        return self._positions

    @cached_property
    def _positions(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        time = np.arange(len(self.batch_sizes)).repeat(self.batch_sizes)
        return np.arange(len(time)) - self.starts[time], time

    @cached_property
    def last(self) -> NDArray[np.int64]:
        """Give the packed position of each row's last time step, (rows,); -1 for an empty row."""
        last = np.empty(self.rows, np.int64)
        find_last(self.lengths, self.starts, last)
        return last

    def reversal(self) -> NDArray[np.int64]:
        """Give, for each packed position, that of the row's mirrored time step, (tokens,); its own inverse."""
        row, time = self.positions()
        return np.asarray(self.starts[self.lengths[row] - 1 - time] + row)

    def stretches(self, tokens: int) -> list[tuple[int, int]]:
        """Cut time into stretches of at least `tokens` packed positions, the last of them less; (first, end) each."""
        cuts = [0]
        while cuts[-1] < len(self.starts):
            cuts.append(int(self.starts.searchsorted(self.starts[cuts[-1]] + tokens)))
        return list(pairwise(cuts))

    @cached_property
    def previous(self) -> NDArray[np.int64]:
        """Give where the state before each packed position stands, if initial states stand before all outputs.

        (tokens,) int64: the row's number at the first time step, `rows` + its position one time step earlier after it.
        """
        previous = np.empty(self.tokens, np.int64)
        find_previous(self.batch_sizes, self.starts, self.rows, previous)
        return previous

    def places(self, begins: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give where each packed position lies in flat data whose rows begin at `begins`, (tokens,)."""
        places = np.empty(self.tokens, np.int64)
        place_rows(self.batch_sizes, self.starts, begins, places)
        return places


def cut_into_shards(lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Deal rows, sorted by falling length, round-robin into shards of about `SHARD_ROWS`.

    Returns
    -------
    list of (rows,) int64
        Row numbers of each shard, longest first. Rows of equal length keep their order.
    """
    order = (-lengths).argsort(kind="stable")
    shards = -(-len(order) // SHARD_ROWS)
    return [order[first::shards] for first in range(shards)]
