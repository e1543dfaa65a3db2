"""The training loop: epochs, batches, clipping, early stopping."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.layers._layer import Shard
from ..engine.network import Network
from ..engine.optimizers import Optimizer, clip_scale, global_norm
from ..engine.passes import Passes
from ..engine.random import derive
from ..engine.row_gradient import Gradients, RowGradient
from ..engine.schedules import SCHEDULES
from ..errors import InputError, NonFiniteError
from .averaging import WeightAverage
from .batches import length_batches
from .history import Epoch, History
from .measuring import Data, measure
from .pieces import Reader, check_pieces

__all__ = ["REMEDY", "Data", "Progress", "Recipe", "train"]

Array = NDArray[Any]
REMEDY = "Lower the learning rate, or clip gradients to a smaller norm"


@dataclass(frozen=True)
class Recipe:
    """How to train.

    epochs : passes over the data, at most
    batch_size : rows of a batch
    schedule : name in engine.schedules.SCHEDULES, from the first batch to the last epoch's end
    clip_norm : global norm that gradients are brought down to; None leaves them
    patience : epochs without a better loss on the held-back part until training ends
    average : whether the weights that are measured and kept are an average over about the last two epochs
    seed : of the order of rows and of dropout
    threads : they change the time and no bit of the result
    truncation : time steps after which rows are cut while training; None reads them whole
    stop_after : epochs after which training ends, while the schedule counts on all `epochs`; None makes all of them
    """

    epochs: int
    batch_size: int
    schedule: str
    clip_norm: float | None
    patience: int
    average: bool
    seed: int
    threads: int
    truncation: int | None = None
    stop_after: int | None = None

    @property
    def last_epoch(self) -> int:
        """The number of epochs, unless one before does best for long."""
        return self.stop_after or self.epochs


@dataclass(frozen=True)
class Progress:
    """Where training stands after a batch. `seconds_left` counts on all epochs being made.

    `learner` names what learns, where that is not the model itself but the encoder below it.
    """

    epoch: int
    epochs: int
    done: float
    loss: float
    tokens_per_second: float
    seconds_left: float
    finished: Epoch | None = None
    """The record of the epoch, when this was its last batch."""
    learner: str = ""


def train(
    network: Passes,
    data: Data,
    optimizer: Optimizer,
    recipe: Recipe,
    dev: Data | None = None,
    report: Callable[[Progress], None] | None = None,
) -> History:
    """Train `network` in place; with `dev`, keep the weights of the epoch that did best on it.

    With `recipe.truncation` a batch's rows are read in pieces of so many time steps, with an update after each
    piece; a piece begins with the states that the one before it ended with, and no derivative crosses the cut
    (truncated backpropagation through time, Williams & Peng 1990).

    Parameters
    ----------
    data, dev : Data
        To learn from, and to choose the epoch by.
    report : callable, optional
        Called after every batch.

    Raises
    ------
    NonFiniteError
        A loss or gradient is NaN or infinite; names epoch, batch and layer. The network keeps the last good
        weights: those of the best epoch so far, in the first epoch those from before that batch.
    InputError
        Truncation for a network that cannot read in pieces, or gives no output a time step.
    """
    _check_truncation(network, recipe.truncation)
    run = _Run(network, data, optimizer, recipe, report)
    history, best_loss = History(), np.inf
    best: dict[str, Array] = {}
    for number in range(1, recipe.last_epoch + 1):
        try:
            epoch, weights = run.epoch(number, dev)
        except NonFiniteError as error:
            _restore(network, best)
            kept = f"of epoch {history.best}" if best else "from before that batch"
            raise NonFiniteError(f"{error}; the weights {kept} are kept. {REMEDY}") from None
        history.epochs.append(epoch)
        if epoch.dev_loss is None or epoch.dev_loss < best_loss:
            best_loss = np.inf if epoch.dev_loss is None else epoch.dev_loss
            history.best, best = number, weights
        run.tell(number, 1.0, epoch)
        if number - history.best >= recipe.patience:
            break
    _restore(network, best)
    return history


def _restore(network: Passes, weights: dict[str, Array]) -> None:
    for name, value in weights.items():
        network.parameters[name][...] = value


def _check_truncation(network: Passes, truncation: int | None) -> None:
    if truncation is None:
        return
    if isinstance(network, Network) and not network.shapes[-1].sequence:
        raise InputError(
            f"truncation={truncation} needs an output at every time step, but the network gives one a row: its "
            "loss comes after the last time step, and would not reach the pieces before it"
        )
    check_pieces(network, "truncation")


class _Run:
    """The state of one call of `train`."""

    def __init__(
        self,
        network: Passes,
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
        self.weights = np.empty(len(data.targets))  # of the outputs of the batch at hand
        self.relative_weights = data.weights / (float(data.weights.sum()) / max(1, len(data.weights)) or 1.0)
        self.average = WeightAverage(network, sum(len(self._reader(rows)) for rows in self._batches(1)))

    def epoch(self, number: int, dev: Data | None) -> tuple[Epoch, dict[str, Array]]:
        """Train on every row once; give the epoch's record and the weights that it measured on `dev`."""
        begin = time.perf_counter()
        noise, batches = derive(self._seed(number), "noise"), self._batches(number)
        total = counts = tokens = 0.0
        for i, rows in enumerate(batches):
            reader = self._reader(rows)
            for piece, shards in enumerate(reader):
                done = (i + piece / len(reader)) / len(batches)
                if done:
                    self.tell(number, done)
                self._set_course((number - 1 + done) / self.recipe.epochs)
                where = f"epoch {number}, batch {i + 1}" + (f", piece {piece + 1}" if reader.steps else "")
                # Random draws count rows and time steps of a piece, so each piece has a seed of its own.
                own = derive(noise, f"piece {piece}") if reader.steps else noise
                loss, count, reader.states = self._update(shards, own, where)
                total, counts = total + loss * count, counts + count
                tokens += sum(shard.packing.tokens for shard in shards)
                self.loss, self.speed = total / (counts or 1.0), tokens / (time.perf_counter() - begin)
        with self._weights_to_keep() as weights:
            dev_loss, dev_accuracy = self._measure(dev) if dev else (None, None)
        return Epoch(number, self.loss, dev_loss, dev_accuracy, time.perf_counter() - begin, self.speed), weights

    def _seed(self, epoch: int) -> int:
        return derive(self.recipe.seed, f"epoch {epoch}")

    def _batches(self, epoch: int) -> list[NDArray[np.int64]]:
        return length_batches(self.data.sequences.lengths, self.recipe.batch_size, self._seed(epoch))

    def _reader(self, rows: NDArray[np.int64]) -> Reader:
        return Reader(self.network, self.data.sequences, rows, self.recipe.truncation)

    def _measure(self, dev: Data) -> tuple[float, float]:
        """Give the weighted mean loss and the share of outputs whose likeliest class is right."""
        losses, best = measure(self.network, dev, self.recipe.threads, self.recipe.truncation is not None)
        shares = dev.weights / dev.weights.sum()
        right = (best == dev.targets)[dev.weights > 0]  # what counts nothing is as good as absent
        return float(np.add.accumulate(losses * shares)[-1]), float(right.mean())

    @contextmanager
    def _weights_to_keep(self) -> Iterator[dict[str, Array]]:
        """Put the averaged weights in place for a while, if there are any; give a copy of what is in place."""
        if self.recipe.average:
            self.average.swap()
        yield {name: value.copy() for name, value in self.network.parameters.items()}
        if self.recipe.average:
            self.average.swap()

    def _set_course(self, done: float) -> None:
        self.optimizer.learning_rate = self.peak_rate * SCHEDULES[self.recipe.schedule](done)
        self.network.anneal(done)

    def _update(self, shards: list[Shard], noise: int, where: str) -> tuple[float, float, list[dict[str, Array]]]:
        """Move the weights once; give the mean loss, of how many outputs it is, and the states of each shard.

        An output counts by its weight over that of a mean output, and not of the outputs beside it: by these a rare
        class would lose of its weight in each batch that holds it, the more the smaller batches are.
        """
        outputs = np.concatenate([self.network.outputs(shard) for shard in shards])
        count = float(len(outputs))
        self.weights[outputs] = self.relative_weights[outputs] / (count or 1.0)
        loss, gradients, states = self.network.loss_gradients_and_states(
            shards, self.data.targets, self.weights, noise, self.recipe.threads
        )
        norm = global_norm(gradients)
        if not np.isfinite(loss) or not np.isfinite(norm):
            raise NonFiniteError(_describe(loss, gradients, self.network.find_non_finite(shards, noise), where))
        self.optimizer.update(self.network.parameters, gradients, clip_scale(norm, self.recipe.clip_norm))
        if self.recipe.average:
            self.average.update()
        return loss, count, states

    def tell(self, number: int, done: float, finished: Epoch | None = None) -> None:
        """Report where training stands."""
        epochs = self.recipe.last_epoch
        share = (number - 1 + done) / epochs
        elapsed = time.perf_counter() - self.started
        left = elapsed / share - elapsed
        self.report(Progress(number, epochs, done, self.loss, self.speed, left, finished))


def _describe(loss: float, gradients: Gradients, layer: str | None, where: str) -> str:
    arrays = {name: g.values if isinstance(g, RowGradient) else g for name, g in gradients.items()}
    broken = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if layer is not None:
        what = f"the output of layer {layer}"
    else:  # gradients stand in the order in which they were found, from the loss down
        what = f"the gradient of {broken[0]}" if broken else "the loss"
    return f"{what} is not finite ({where}, loss {loss:.4g})"
