"""What a network does on rows with their classes: the loss and the likeliest class of each output."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..engine.passes import Passes, Rows
from .pieces import Reader

__all__ = ["Data", "measure"]

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
        for shards in reader:
            found = network.measure(shards, data.targets, threads, steps)
            for shard, (own_losses, own_best, _) in zip(shards, found, strict=True):
                numbers = network.outputs(shard)
                losses[numbers], best[numbers] = own_losses, own_best
            reader.states = [states for _, _, states in found]
    return losses, best
