"""Reading long rows in pieces: truncated backpropagation through time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.layers import Pooling
from ..engine.layers._layer import Shard
from ..engine.network import Network
from ..engine.passes import Passes, Rows
from ..engine.state import State
from ..errors import InputError
from ..sequences import Sequences

__all__ = ["Piece", "Reader", "check_pieces", "cut_rows", "join_states"]


def check_pieces(network: Passes, argument: str) -> Network:
    """Give the network, if reading rows in pieces gives what reading them whole gives; else raise InputError."""
    if not isinstance(network, Network):
        raise InputError(f"{argument} reads rows in pieces, but an encoder reads them whole: leave {argument} out")
    for name, layer in zip(network.names, network.layers, strict=True):
        if layer.needs_whole_rows:
            what = "joins states of the whole row" if isinstance(layer, Pooling) else "begins at the end of the row"
            raise InputError(
                f"{argument} reads rows in pieces, but layer {name} {what}: leave {argument} out, or build the "
                "network of layers that read forward, without pooling"
            )
    return network


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of each of a batch's rows, for the rows that reach so far.

    rows : (rows,) int64, their numbers in the whole data
    sequences : the pieces, in the order of `rows`
    places : (tokens,) int64, where their time steps lie in the whole data
    """

    rows: NDArray[np.int64]
    sequences: Sequences
    places: NDArray[np.int64]

    def shards(self, network: Network, before: State | None) -> tuple[list[Shard], list[NDArray[np.int64]]]:
        """Pack the pieces under the numbers of the whole data; give the numbers among `rows` as well."""
        own = network.shards(self.sequences, state=before)
        whole = [replace(shard, rows=self.rows[shard.rows], places=self.places[shard.places]) for shard in own]
        return whole, [shard.rows for shard in own]


def cut_rows(sequences: Sequences, rows: NDArray[np.int64], steps: int) -> Iterator[tuple[Piece, NDArray[np.int64]]]:
    """Cut rows into pieces of at most `steps` time steps.

    Yields
    ------
    piece : Piece
        Of the rows that have time steps left.
    going_on : (rows of the piece,) int64
        Their numbers among the rows of the piece before; of the first piece, among `rows`.
    """
    begin, before = 0, rows
    while True:
        going_on = np.flatnonzero(sequences.lengths[before] > begin)
        if not len(going_on):
            return
        before = before[going_on]
        yield Piece(before, *sequences.cut(before, begin, steps)), going_on
        begin += steps


class Reader:
    """Reads rows whole, or piece by piece: each piece begins with the states that the one before it ended with.

    Who goes through it puts into `states` what each of the shards ended with, before asking for the next ones.

    Parameters
    ----------
    rows : (rows,) int64, their numbers
    steps : int, optional
        Time steps of a piece; rows are read whole by default.
    before : State, optional
        What the rows begin with, where they are read in pieces.
    """

    def __init__(
        self,
        network: Passes,
        sequences: Rows,
        rows: NDArray[np.int64],
        steps: int | None = None,
        before: State | None = None,
    ) -> None:
        self.network, self.sequences, self.rows, self.steps, self.before = network, sequences, rows, steps, before
        self.states: Sequence[Mapping[str, NDArray[Any]]] = []

    def __len__(self) -> int:
        longest = int(self.sequences.lengths[self.rows].max(initial=0))
        return 1 if self.steps is None else -(-longest // self.steps)

    def __iter__(self) -> Iterator[list[Shard]]:
        if self.steps is None:
            yield list(self.network.shards(self.sequences, self.rows))
            return
        assert isinstance(self.network, Network) and isinstance(self.sequences, Sequences)  # see check_pieces
        own: list[NDArray[np.int64]] = []
        for number, (piece, going_on) in enumerate(cut_rows(self.sequences, self.rows, self.steps)):
            before = join_states(self.states, own).take(going_on) if number else self.before
            shards, own = piece.shards(self.network, before)
            yield shards


def join_states(parts: Sequence[Mapping[str, NDArray[Any]]], rows: Sequence[NDArray[np.int64]]) -> State:
    """Put the states of shards into the order of their rows, which are 0 to rows - 1 in all."""
    order = np.argsort(np.concatenate(rows))
    return State({name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]})
