"""Averaging weights over the last stretch of training."""

from typing import Any

from numpy.typing import NDArray

from ..engine.passes import Passes

__all__ = ["WeightAverage"]

SAMPLES = 20
"""How often an epoch is sampled: averaging after every batch costs more and gives the same."""

EPOCHS = 2
"""That the average reaches back, about."""


class WeightAverage:
    """Running average of a network's weights (Polyak & Juditsky 1992), exponential, over about two epochs.

    Steps of gradient descent wander around a minimum; their average lies nearer to it than any of them, and
    hangs less on where the last one went. In the beginning the average is younger: the n-th sample counts n times
    (Shamir & Zhang 2013, polynomial decay with eta = 1), until that would reach further back.

    Parameters
    ----------
    batches : int
        Batches of an epoch.
    """

    def __init__(self, network: Passes, batches: int) -> None:
        self.network = network
        self.every = max(1, batches // SAMPLES)
        self.longest = max(1, EPOCHS * batches // self.every)
        self.batches = self.samples = 0
        self.values: dict[str, NDArray[Any]] = {name: value.copy() for name, value in network.parameters.items()}

    def update(self) -> None:
        """Take the weights after a batch into account, if it is their turn."""
        self.batches += 1
        if self.batches % self.every:
            return
        self.samples += 1
        share = max(2 / (self.samples + 1), 1 / self.longest)
        for name, average in self.values.items():
            value = self.network.parameters[name]
            average += value.dtype.type(share) * (value - average)

    def swap(self) -> None:
        """Exchange the network's weights and the average; a second call puts them back."""
        for name, average in self.values.items():
            value = self.network.parameters[name]
            held = value.copy()
            value[...] = average
            average[...] = held
