"""BidirectionalSoftmax: every word from what stands before it, and from what stands behind it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..packing import Packing
from ._inputs import Features, gather
from ._layer import Array, Back, Connection, Run, Shape, Shard
from .softmax import Softmax

__all__ = ["BidirectionalSoftmax"]

Ids = NDArray[np.int64]


class _Readings(NamedTuple):
    """What predicts which word: first all from before, then all from behind.

    halves : (predictions, features of one direction)
    sources : (predictions,), the time step whose half it is, as it is packed
    wanted : (predictions,), the time step of the word
    ahead : how many of them are from before
    share : (time steps,), of each prediction in the loss of its word: a half where both sides predict it
    """

    halves: Features
    sources: Ids
    wanted: Ids
    ahead: int
    share: Array


@dataclass(frozen=True)
class BidirectionalSoftmax(Softmax):
    """Last layer of a bidirectional language model (Peters et al. 2018): one softmax that both directions share.

    What flows in is a vector a time step whose first half has read the row up to it, and whose second half has read it
    from its end back. The first half at t - 1 and the second half at t + 1 predict the word at t, which is its target:

        loss_t = -(log p(w_t | w_1 .. w_{t-1}) + log p(w_t | w_{t+1} .. w_n)) / 2

    At both ends of a row one direction alone predicts, and counts whole; give these losses a weight of a half for the
    mean over both directions. A row of a single time step predicts nothing, and its loss is 0.

    Parameters
    ----------
    units, tied, samples : see `Softmax`; the width of one direction is that of the words' vectors
    """

    @cached_property
    def _one(self) -> Softmax:
        """The softmax of either direction, which reads one half."""
        return Softmax(self.units, self.tied, self.samples)

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.sequence or shape.features is None or shape.features % 2:
            raise InputError(
                f"BidirectionalSoftmax reads a sequence of two halves, one for each direction, got {shape}"
            )
        return super().output_shape(shape)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        return super().connections(self.read(shape))

    def read(self, shape: Shape) -> Shape:
        assert shape.features is not None
        return replace(shape, features=shape.features // 2)

    def logits(self, weights: Any, x: Any) -> Array:
        """Of the next word, by the half that has read up to here."""
        values = x.dense()
        return self._one.logits(weights, Features(np.ascontiguousarray(values[:, : values.shape[1] // 2])))

    def is_finite(self, weights: Any, x: Any, outputs: int) -> bool:
        values = x.dense()
        halves = (Features(np.ascontiguousarray(half)) for half in np.split(values, 2, axis=1))
        return all(self._one.is_finite(weights, half, outputs) for half in halves)

    def learn(self, weights: Any, x: Any, targets: Array, counts: Array, shard: Shard, run: Run) -> tuple[Array, Back]:
        values = x.dense()
        made = _read(values, shard.packing)
        counts = counts[made.wanted] * made.share[made.wanted]
        losses, back = self._one.learn(weights, made.halves, targets[made.wanted], counts, shard, run)
        dx = np.zeros_like(values)
        for part, columns in _parts(made, values.shape[1]):
            dx[made.sources[part], columns] = back.below[part]
        return _by_word(losses, made), back._replace(below=x.collect(dx))

    def measure(self, weights: Any, x: Any, targets: Array, shard: Shard, run: Run) -> tuple[Array, Ids]:
        made = _read(x.dense(), shard.packing)
        losses, best = self._one.measure(weights, made.halves, targets[made.wanted], shard, run)
        likeliest = np.full(len(targets), -1)
        for part, _ in reversed(list(_parts(made, 0))):  # where both predict, what the first says stands
            likeliest[made.wanted[part]] = best[part]
        return _by_word(losses * made.share[made.wanted], made), likeliest


def _read(values: Array, packing: Packing) -> _Readings:
    """Gather the halves that predict something."""
    row, time = packing.positions()
    units = values.shape[1] // 2
    before = np.flatnonzero(time > 0)  # words that something stands before
    behind = np.flatnonzero(time < packing.lengths[row] - 1)
    wanted = np.concatenate([before, behind])
    sources = packing.starts[np.concatenate([time[before] - 1, time[behind] + 1])] + row[wanted]
    halves = np.concatenate(
        [gather(values, sources[: len(before)])[:, :units], gather(values, sources[len(before) :])[:, units:]]
    )
    share = np.full(len(values), 0.5, values.dtype)
    share[time == 0] = share[time == packing.lengths[row] - 1] = 1
    return _Readings(Features(np.ascontiguousarray(halves)), sources, wanted, len(before), share)


def _parts(made: _Readings, features: int) -> Iterator[tuple[slice, slice]]:
    """Give the predictions of each direction, and the columns of its half."""
    yield slice(made.ahead), slice(features // 2)
    yield slice(made.ahead, None), slice(features // 2, None)


def _by_word(losses: Array, made: _Readings) -> Array:
    """Add up what each word was predicted with, (time steps,)."""
    total = np.zeros_like(made.share)
    for part, _ in _parts(made, 0):
        total[made.wanted[part]] += losses[part]
    return total
