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
from ..engine.random import derive
from ..engine.row_gradient import Gradients, RowGradient
from ..engine.schedules import SCHEDULES
from ..errors import InputError, NonFiniteError
from ..sequences import Sequences
from .averaging import WeightAverage
from .batches import length_batches
from .history import Epoch, History
from .pieces import check_pieces, cut_rows, join_states

__all__ = ["REMEDY", "Data", "Progress", "Recipe", "train"]

Array = NDArray[Any]
REMEDY = "Lower the learning rate, or clip gradients to a smaller norm"


@dataclass(frozen=True, eq=False)
class Data:
    """Rows with their classes.

    sequences : accepted by the network
    targets : (outputs,) int64, a class for each row; where the network gives an output a time step, for each of
        those, row after row
    weights : (outputs,) float64, how much each counts
    """

    sequences: Sequences
    targets: NDArray[np.int64]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.sequences)


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


def _restore(network: Network, weights: dict[str, Array]) -> None:
    for name, value in weights.items():
        network.parameters[name][...] = value


def _check_truncation(network: Network, truncation: int | None) -> None:
    if truncation is None:
        return
    if not network.shapes[-1].sequence:
        raise InputError(
            f"truncation={truncation} needs an output at every time step, but the network gives one a row: its "
            "loss comes after the last time step, and would not reach the pieces before it"
        )
    check_pieces(network, "truncation")


def measure(network: Network, data: Data, threads: int) -> tuple[float, float]:
    """Give the weighted mean loss and the share of outputs whose likeliest class is right."""
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
        self.weights = np.empty(len(data.targets))  # of the outputs of the batch at hand, as they add up to a mean
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
        """One update, or one for each piece of truncated rows; give the batch's mean loss."""
        if self.recipe.truncation is None:
            return self._update(self.network.shards(self.data.sequences, rows), noise, where)[0]
        total = counts = 0.0
        state = None
        for number, (piece, going_on) in enumerate(cut_rows(self.data.sequences, rows, self.recipe.truncation)):
            shards, own = piece.shards(self.network, None if state is None else state.take(going_on))
            # Random draws count rows and time steps of the piece, so each has a seed of its own.
            loss, count, states = self._update(shards, derive(noise, f"piece {number}"), f"{where}, piece {number + 1}")
            state = join_states(states, own)
            total += loss * count
            counts += count
        return total / (counts or 1.0)

    def _update(self, shards: list[Shard], noise: int, where: str) -> tuple[float, float, list[dict[str, Array]]]:
        """Move the weights once; give the mean loss, the weight that it has, and the states of each shard."""
        outputs = np.concatenate([self.network.outputs(shard) for shard in shards])
        own = self.data.weights[outputs]
        count = float(own.sum())
        self.weights[outputs] = own / (count or 1.0)
        loss, gradients, states = self.network.loss_gradients_and_states(
            shards, self.data.targets, self.weights, noise, self.recipe.threads
        )
        norm = global_norm(gradients)
        if not np.isfinite(loss) or not np.isfinite(norm):
            raise NonFiniteError(_describe(loss, gradients, self.network.find_non_finite(shards, noise), where))
        self.optimizer.update(self.network.parameters, gradients, clip_scale(norm, self.recipe.clip_norm))
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
