"""The training loop: epochs, batches, clipping, early stopping."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.network import Network
from ..engine.optimizers import Optimizer, clip_scale, global_norm
from ..engine.random import derive
from ..engine.row_gradient import Gradients, RowGradient
from ..engine.schedules import SCHEDULES
from ..errors import NonFiniteError
from ..sequences import Sequences
from .averaging import WeightAverage
from .batches import length_batches
from .history import Epoch, History

__all__ = ["Data", "Progress", "Recipe", "train"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Data:
    """Rows with their classes.

    sequences : accepted by the network
    targets : (rows,) int64, class of each row
    weights : (rows,) float64, how much each row counts
    """

    sequences: Sequences
    targets: NDArray[np.int64]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True)
class Recipe:
    """How to train.

    epochs : passes over the data, at most
    batch_size : rows of a batch
    schedule : name in engine.schedules.SCHEDULES, from the first batch to the last epoch's end
    clip_norm : global norm that gradients are brought down to; None leaves them
    patience : epochs without a better loss on the held-back part until training ends
    average : whether the weights that are measured and kept are an average over about the last epoch
    seed : of the order of rows and of dropout
    threads : they change the time and no bit of the result
    """

    epochs: int
    batch_size: int
    schedule: str
    clip_norm: float | None
    patience: int
    average: bool
    seed: int
    threads: int


@dataclass(frozen=True)
class Progress:
    """Where training stands after a batch. `seconds_left` counts on all epochs being made."""

    epoch: int
    epochs: int
    done: float
    loss: float
    tokens_per_second: float
    seconds_left: float
    finished: Epoch | None = None
    """The record of the epoch, when this was its last batch."""


def train(
    network: Network,
    data: Data,
    optimizer: Optimizer,
    recipe: Recipe,
    dev: Data | None = None,
    report: Callable[[Progress], None] | None = None,
) -> History:
    """Train `network` in place; with `dev`, keep the weights of the epoch that did best on it.

    Parameters
    ----------
    data, dev : Data
        To learn from, and to choose the epoch by.
    report : callable, optional
        Called after every batch.

    Raises
    ------
    NonFiniteError
        A loss or gradient is NaN or infinite; names epoch, batch and parameter. The network keeps the
        weights from before that batch.
    """
    run = _Run(network, data, optimizer, recipe, report)
    history, best, best_loss = History(), {}, np.inf
    for number in range(1, recipe.epochs + 1):
        epoch, weights = run.epoch(number, dev)
        history.epochs.append(epoch)
        if epoch.dev_loss is None or epoch.dev_loss < best_loss:
            best_loss = np.inf if epoch.dev_loss is None else epoch.dev_loss
            history.best, best = number, weights
        run.tell(number, 1.0, epoch)
        if number - history.best >= recipe.patience:
            break
    for name, value in best.items():
        network.parameters[name][...] = value
    return history


def measure(network: Network, data: Data, threads: int) -> tuple[float, float]:
    """Give the weighted mean loss and the share of rows whose likeliest class is right."""
    logits = network.logits(data.sequences, threads=threads)
    weights = (data.weights / data.weights.sum()).astype(network.dtype)
    row_losses, _ = network.losses(logits, data.targets, weights)
    chosen = (logits[:, 0] > 0).astype(np.int64) if logits.shape[1] == 1 else logits.argmax(axis=1)
    return float(np.add.accumulate(row_losses.astype(np.float64))[-1]), float((chosen == data.targets).mean())


class _Run:
    """The state of one call of `train`."""

    def __init__(
        self,
        network: Network,
        data: Data,
        optimizer: Optimizer,
        recipe: Recipe,
        report: Callable[[Progress], None] | None,
    ) -> None:
        self.network, self.data, self.optimizer, self.recipe = network, data, optimizer, recipe
        self.report = report or (lambda progress: None)
        self.peak_rate = optimizer.learning_rate
        self.started = time.perf_counter()
        self.loss = self.speed = 0.0
        self.average = WeightAverage(network, -(-len(data) // recipe.batch_size))

    def epoch(self, number: int, dev: Data | None) -> tuple[Epoch, dict[str, Array]]:
        """Train on every row once; give the epoch's record and the weights that it measured on `dev`."""
        begin = time.perf_counter()
        seed = derive(self.recipe.seed, f"epoch {number}")
        batches = length_batches(self.data.sequences.lengths, self.recipe.batch_size, seed)
        total = tokens = 0.0
        for i, rows in enumerate(batches):
            self._set_rate((number - 1 + i / len(batches)) / self.recipe.epochs)
            total += self._batch(rows, derive(seed, "noise"), f"epoch {number}, batch {i + 1}")
            if self.recipe.average:
                self.average.update()
            tokens += float(self.data.sequences.lengths[rows].sum())
            self.loss, self.speed = total / (i + 1), tokens / (time.perf_counter() - begin)
            if i + 1 < len(batches):
                self.tell(number, (i + 1) / len(batches))
        with self._weights_to_keep() as weights:
            dev_loss, dev_accuracy = measure(self.network, dev, self.recipe.threads) if dev else (None, None)
        return Epoch(number, self.loss, dev_loss, dev_accuracy, time.perf_counter() - begin, self.speed), weights

    @contextmanager
    def _weights_to_keep(self) -> Iterator[dict[str, Array]]:
        """Put the averaged weights in place for a while, if there are any; give a copy of what is in place."""
        if self.recipe.average:
            self.average.swap()
        yield {name: value.copy() for name, value in self.network.parameters.items()}
        if self.recipe.average:
            self.average.swap()

    def _set_rate(self, done: float) -> None:
        self.optimizer.learning_rate = self.peak_rate * SCHEDULES[self.recipe.schedule](done)

    def _batch(self, rows: NDArray[np.int64], noise: int, where: str) -> float:
        """One update; give the batch's mean loss."""
        weights = self.data.weights / (self.data.weights[rows].sum() or 1.0)
        shards = self.network.shards(self.data.sequences, rows)
        loss, gradients = self.network.loss_and_gradients(
            shards, self.data.targets, weights, noise, self.recipe.threads
        )
        norm = global_norm(gradients)
        if not np.isfinite(loss) or not np.isfinite(norm):
            raise NonFiniteError(_describe(loss, gradients, self.network.find_non_finite(shards, noise), where))
        self.optimizer.update(self.network.parameters, gradients, clip_scale(norm, self.recipe.clip_norm))
        return loss

    def tell(self, number: int, done: float, finished: Epoch | None = None) -> None:
        """Report where training stands."""
        share = (number - 1 + done) / self.recipe.epochs
        elapsed = time.perf_counter() - self.started
        left = elapsed / share - elapsed
        self.report(Progress(number, self.recipe.epochs, done, self.loss, self.speed, left, finished))


def _describe(loss: float, gradients: Gradients, layer: str | None, where: str) -> str:
    arrays = {name: g.values if isinstance(g, RowGradient) else g for name, g in gradients.items()}
    broken = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if layer is not None:
        what = f"the output of layer {layer}"
    else:  # gradients stand in the order in which they were found, from the loss down
        what = f"the gradient of {broken[0]}" if broken else "the loss"
    return (
        f"{what} is not finite ({where}, loss {loss}); the weights from before that batch are kept. "
        "Lower the learning rate, or clip gradients to a smaller norm"
    )
