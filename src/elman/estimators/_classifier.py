"""What classifiers of sequences share: labels, the held-back part, training, probabilities."""

import os
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..engine.network import Network
from ..engine.optimizers import Adam
from ..engine.parallel import check_threads
from ..engine.schedules import SCHEDULES
from ..errors import InputError
from ..sequences import Sequences
from ..training import Data, History, Progress, Recipe, held_back, train
from ._checks import check_choice, check_flag, check_labels, check_positive, check_weights
from ._estimator import Estimator, not_fitted
from ._layers import Architecture

__all__ = ["Classifier"]

EARLY_STOPPING_ROWS = 100
"""With early_stopping="auto", a part is held back from so many rows on."""


@dataclass(kw_only=True, eq=False, repr=False)
class Classifier(Architecture, Estimator):
    """Base of SequenceClassifier and TextClassifier: `fit` in named steps, the same for both.

    Parameters
    ----------
    epochs, batch_size, learning_rate : int, int, float
        Adam's passes over the data, rows an update, and peak rate.
    schedule : "linear" or "constant"
        The course of the learning rate.
    clip_norm : float, optional
        The global norm that gradients are brought down to.
    weight_averaging : bool
        Keep an average of the weights over about the last epoch (Polyak averaging) instead of the last ones.
    class_weight : None, "balanced", or dict by label
    early_stopping : bool or "auto"
        Hold back `validation_fraction` of the rows, keep the epoch that does best on them, stop `patience`
        epochs after it. "auto": from 100 rows on.
    random_state : int
        Seed of weights, order and dropout.
    threads : int, optional
        As many as there are processors by default; changes no bit.
    report : callable, optional
        Called with a `Progress` after each batch.
    others
        See `Architecture`.

    Fitted attributes: `classes_`, sorted labels; `network_`; `history_`; `seconds_`, what `fit` took.
    """

    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 0.002
    schedule: str = "linear"
    clip_norm: float | None = 1.0
    weight_averaging: bool = True
    class_weight: Any = None
    early_stopping: bool | str = "auto"
    validation_fraction: float = 0.1
    patience: int = 5
    random_state: int = 0
    threads: int | None = None
    report: Callable[[Progress], None] | None = None

    classes_: NDArray[Any] = field(init=False)
    network_: Network = field(init=False)
    history_: History = field(init=False)
    seconds_: float = field(init=False)

    @abstractmethod
    def _check_rows(self, x: Any, fitting: bool = False) -> Any:
        """Give input of the public methods as rows with a length. Raises InputError for what is none.

        In `fit` the shape of rows is learned, later it must be that.
        """

    @abstractmethod
    def _take(self, rows: Any, numbers: NDArray[np.int64]) -> Any:
        """Give the checked rows with these numbers."""

    @abstractmethod
    def _encode(self, rows: Any) -> Sequences:
        """Turn checked rows into what `network_` accepts."""

    @abstractmethod
    def _prepare(self, rows: Any) -> Sequences:
        """Learn from the rows to train on what comes before the weights, set an untrained `network_`, encode."""

    # The steps of fit

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        self._check_architecture()
        for name in ("epochs", "batch_size", "patience"):
            check_positive(name, getattr(self, name))
        check_flag("weight_averaging", self.weight_averaging)
        Adam(self.learning_rate)
        if not _is_number(self.validation_fraction) or not 0 < self.validation_fraction < 1:
            raise InputError(f"validation_fraction must be between 0 and 1, got {self.validation_fraction!r}")
        check_choice("schedule", self.schedule, sorted(SCHEDULES))
        if self.clip_norm is not None and (not _is_number(self.clip_norm) or not self.clip_norm > 0):
            raise InputError(f"clip_norm must be positive or None, got {self.clip_norm!r}")
        if self.early_stopping not in (True, False, "auto"):
            raise InputError(f"early_stopping must be True, False or 'auto', got {self.early_stopping!r}")
        if isinstance(self.random_state, bool) or not isinstance(self.random_state, (int, np.integer)):
            raise InputError(f"random_state must be an integer, got {self.random_state!r}")
        check_threads(self.threads)

    def _set_classes(self, labels: NDArray[Any]) -> None:
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            raise InputError(f"labels must hold at least two classes, got one class, {self.classes_.tolist()}")

    def fit(
        self, x: Any, y: ArrayLike, sample_weight: ArrayLike | None = None, dev: tuple[Any, Any] | None = None
    ) -> Self:
        """Train on rows and their labels.

        Parameters
        ----------
        x : rows, as for `predict`
        y : (rows,) labels, strings or whole numbers, of two classes at least
        sample_weight : (rows,), optional
            How much each row counts in the loss.
        dev : (rows, labels), optional
            Choose the epoch by these, instead of a part held back from `x`.

        Raises
        ------
        InputError
            A parameter or the data is not what it must be.
        NonFiniteError
            The loss or a gradient is not finite.
        """
        begin = time.perf_counter()
        self.check_params()
        rows = self._check_rows(x, fitting=True)
        labels, weights = check_labels(y, len(rows)), check_weights(sample_weight, len(rows))
        if not weights.all():  # a row that counts nothing is as good as absent, in classes, words and batches too
            counted = np.flatnonzero(weights)
            rows, labels, weights = self._take(rows, counted), labels[counted], weights[counted]
        self._set_classes(labels)
        kept, held = self._hold_back(labels) if dev is None else (np.arange(len(rows)), None)
        data = self._data(self._prepare(self._take(rows, kept)), labels[kept], weights[kept])
        data = replace(data, weights=data.weights * self._class_weights(data.targets)[data.targets])
        self._train(data, self._dev_data(rows, labels, held, dev))
        self.seconds_ = time.perf_counter() - begin
        return self

    def _hold_back(self, labels: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """Choose the rows to train on, and those to choose the epoch by, unless early stopping is off."""
        wanted = self.early_stopping
        if wanted == "auto":
            wanted = len(labels) >= EARLY_STOPPING_ROWS
        if not wanted:
            return np.arange(len(labels)), None
        kept, held = held_back(labels.tolist(), self.validation_fraction, int(self.random_state))
        return kept, held

    def _data(self, sequences: Sequences, labels: NDArray[Any], weights: NDArray[np.float64]) -> Data:
        return Data(self.network_.accept(sequences), self._targets(labels), weights)

    def _dev_data(self, rows: Any, labels: NDArray[Any], held: NDArray[np.int64] | None, dev: Any) -> Data | None:
        if dev is not None:
            dev_rows = self._check_rows(dev[0])
            return self._data(self._encode(dev_rows), check_labels(dev[1], len(dev_rows)), np.ones(len(dev_rows)))
        if held is None:
            return None
        return self._data(self._encode(self._take(rows, held)), labels[held], np.ones(len(held)))

    def _train(self, data: Data, dev: Data | None) -> None:
        recipe = Recipe(
            epochs=self.epochs,
            batch_size=self.batch_size,
            schedule=self.schedule,
            clip_norm=self.clip_norm,
            patience=self.patience,
            average=bool(self.weight_averaging),
            seed=int(self.random_state),
            threads=check_threads(self.threads),
        )
        self.history_ = train(self.network_, data, Adam(self.learning_rate), recipe, dev, self.report)

    def _targets(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        place = np.searchsorted(self.classes_, labels).clip(max=len(self.classes_) - 1)
        foreign = self.classes_[place] != labels
        if foreign.any():
            wrong = labels[foreign].tolist()[0]
            raise InputError(f"label {wrong!r} was not among the classes of training, {self.classes_.tolist()}")
        return place.astype(np.int64)

    def _class_weights(self, targets: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the weight of each class: 1, by inverse frequency ("balanced"), or as given by label."""
        if self.class_weight is None:
            return np.ones(len(self.classes_))
        if self.class_weight == "balanced":
            counts = np.bincount(targets, minlength=len(self.classes_))
            return np.asarray(len(targets) / (len(self.classes_) * np.maximum(counts, 1)))
        if not isinstance(self.class_weight, dict) or not set(self.class_weight) <= set(self.classes_.tolist()):
            raise InputError(
                f"class_weight must be None, 'balanced' or a dict by label of {self.classes_.tolist()}, "
                f"got {self.class_weight!r}"
            )
        return np.asarray([float(self.class_weight.get(label, 1)) for label in self.classes_.tolist()])

    # Using it

    def _fitted(self) -> Network:
        if not hasattr(self, "network_"):
            raise not_fitted(f"this {type(self).__name__} is not fitted yet: call fit, or elman.load a model folder")
        return self.network_

    def save(self, path: "str | os.PathLike[str]", **about: Any) -> None:
        """Write a model folder, crash-safe; `elman.load` reads it. `about`: see `estimators.saving.save`.

        Raises
        ------
        ModelFolderError
            `path` holds something else than a model folder, or cannot be written.
        """
        from .saving import save

        save(self, path, **about)

    def predict_proba(self, x: Any) -> NDArray[np.floating[Any]]:
        """Give the probability of each class, (rows, classes), columns in the order of `classes_`.

        A row's bits do not depend on the rows beside it, nor on `threads`.
        """
        network = self._fitted()
        return self._probabilities(network.logits(self._encode(self._check_rows(x)), threads=self.threads))

    def _probabilities(self, logits: NDArray[Any]) -> NDArray[np.floating[Any]]:
        p = self.network_.activate(logits)
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p

    def predict(self, x: Any) -> NDArray[Any]:
        """Give the likeliest class of each row, (rows,)."""
        best = self.predict_proba(x).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def score(self, x: Any, y: ArrayLike) -> float:
        """Give the share of rows whose likeliest class is right."""
        labels = np.asarray(y)
        predicted = self.predict(x)
        if labels.shape != predicted.shape:
            raise InputError(f"{len(predicted)} rows need as many labels, got shape {labels.shape}")
        return float((predicted == labels).mean())

    def loss(self, x: Any, y: ArrayLike) -> float:
        """Give the mean cross-entropy, in nats."""
        return self.predict_with_loss(x, y)[1]

    def predict_with_loss(self, x: Any, y: ArrayLike) -> tuple[NDArray[Any], float]:
        """Give what `predict` and `loss` give, in one pass."""
        network, rows = self._fitted(), self._check_rows(x)
        targets = self._targets(check_labels(y, len(rows)))
        logits = network.logits(self._encode(rows), threads=self.threads)
        losses, _ = network.losses(logits, targets, np.ones(len(targets), network.dtype))
        best = self._probabilities(logits).argmax(axis=1)
        return np.asarray(self.classes_[best]), float(losses.astype(np.float64).mean())


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
