"""What a network does on rows with their classes: the loss and the likeliest class of each output."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.passes import Passes, Rows
from ..engine.state import State
from .pieces import Reader, join_states

__all__ = ["Data", "measure", "measure_on"]

PIECE = 512
"""Time steps of a piece: many, as each piece goes through the whole network by itself."""


@dataclass(frozen=True, eq=False)
class Data:
    """Rows with their classes.

    sequences : accepted by the network, `Sequences` or `Pairs`
    targets : (outputs,) int64, a class for each row; where the network gives an output a time step, for each of
        those, row after row
    weights : (outputs,) float64, how much each counts
    """

    sequences: Rows
    targets: NDArray[np.int64]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.sequences)


def measure(
    network: Passes, data: Data, threads: int, in_pieces: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the loss of each output, in nats for cross-entropies, and its likeliest class, (outputs,) both.

    Long rows can be read in pieces, for less memory, by networks that can do so; the bits are the same.
    """
    losses, best = np.zeros(len(data.targets)), np.zeros(len(data.targets), np.int64)
    steps = network.begin()
    for rows in network.groups(data.sequences):
        reader = Reader(network, data.sequences, rows, PIECE if in_pieces else None)
        _measure_rows(reader, data, threads, steps, losses, best)
    return losses, best


def measure_on(
    network: Passes, data: Data, threads: int, before: State | None
) -> tuple[NDArray[np.float64], State | None]:
    """Measure one row that goes on from where another one ended: give the losses, and the state after it."""
    losses, best = np.zeros(len(data.targets)), np.zeros(len(data.targets), np.int64)
    reader = Reader(network, data.sequences, np.arange(len(data)), PIECE, before)
    _measure_rows(reader, data, threads, network.begin(), losses, best)
    return losses, join_states(reader.states, [np.arange(len(data))]) if reader.states else before


def _measure_rows(
    reader: Reader,
    data: Data,
    threads: int,
    steps: Any,
    losses: NDArray[np.float64],
    best: NDArray[np.int64],
) -> None:
    """Put losses and likeliest classes of the rows that are read in their places."""
    for shards in reader:
        found = reader.network.measure(shards, data.targets, threads, steps)
        for shard, (own_losses, own_best, _) in zip(shards, found, strict=True):
            numbers = reader.network.outputs(shard)
            losses[numbers], best[numbers] = own_losses, own_best
        reader.states = [states for _, _, states in found]
