"""What classifiers of sequences share: labels, the held-back part, training, probabilities."""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..engine.layers import Dense
from ..engine.network import Network
from ..engine.optimizers import Adam
from ..engine.parallel import check_threads
from ..engine.schedules import SCHEDULES
from ..errors import InputError, NotFittedError
from ..sequences import Sequences
from ..training import Data, History, Progress, Recipe, held_back, train
from ._estimator import Estimator

__all__ = ["Classifier", "check_labels", "check_weights", "fits_classes", "head"]

EARLY_STOPPING_ROWS = 100
"""With early_stopping="auto", a part is held back from so many rows on."""


class Classifier(Estimator, ABC):
    """Base of SequenceClassifier and TextClassifier: `fit` in named steps, the same for both.

    Fitted attributes: `classes_`, sorted labels; `network_`; `history_`; `seconds_`, what `fit` took.
    """

    classes_: NDArray[Any]
    network_: Network
    history_: History
    seconds_: float

    # Parameters that the subclasses' constructors store.
    epochs: int
    batch_size: int
    learning_rate: float
    schedule: str
    clip_norm: float | None
    weight_averaging: bool
    class_weight: Any
    early_stopping: Any
    validation_fraction: float
    patience: int
    random_state: int
    threads: int | None
    report: Callable[[Progress], None] | None

    @abstractmethod
    def _check_rows(self, x: Any) -> Any:
        """Give input of the public methods as rows with a length. Raises InputError for what is none."""

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

    def _check_params(self) -> None:
        for name in ("epochs", "batch_size", "patience"):
            _check_positive(name, getattr(self, name))
        if not 0 < self.validation_fraction < 1:
            raise InputError(f"validation_fraction must be between 0 and 1, got {self.validation_fraction!r}")
        if self.schedule not in SCHEDULES:
            raise InputError(f"schedule must be one of {', '.join(sorted(SCHEDULES))}, got {self.schedule!r}")
        if self.clip_norm is not None and not self.clip_norm > 0:
            raise InputError(f"clip_norm must be positive or None, got {self.clip_norm!r}")
        if self.early_stopping not in (True, False, "auto"):
            raise InputError(f"early_stopping must be True, False or 'auto', got {self.early_stopping!r}")
        if isinstance(self.random_state, bool) or not isinstance(self.random_state, (int, np.integer)):
            raise InputError(f"random_state must be an integer, got {self.random_state!r}")
        check_threads(self.threads)

    def _set_classes(self, labels: NDArray[Any]) -> None:
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            raise InputError(f"labels must hold at least two classes, got only {self.classes_.tolist()}")

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
        self._check_params()
        rows = self._check_rows(x)
        labels, weights = check_labels(y, len(rows)), check_weights(sample_weight, len(rows))
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
            raise NotFittedError(
                f"this {type(self).__name__} is not fitted yet: call fit, or elman.load a model folder"
            )
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


def check_labels(y: Any, rows: int) -> NDArray[Any]:
    """Give labels as an array, (rows,). Raises InputError for another shape, missing labels, or fractions."""
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape != (rows,):
        raise InputError(f"{rows} rows need as many labels, got shape {labels.shape}")
    if labels.dtype.kind == "f" and not (np.isfinite(labels).all() and (labels == np.floor(labels)).all()):
        raise InputError(
            "labels must be classes, strings or whole numbers; got numbers with a fraction, or missing ones"
        )
    if labels.dtype == object and any(label is None for label in labels):
        raise InputError(f"label {[label is None for label in labels].index(True)} is missing")
    return labels


def check_weights(sample_weight: Any, rows: int) -> NDArray[np.float64]:
    """Give sample weights, (rows,) float64, ones by default. Raises InputError for another shape or negative ones."""
    if sample_weight is None:
        return np.ones(rows)
    weights = np.asarray(sample_weight, np.float64)
    if weights.shape != (rows,) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError(f"sample_weight must be {rows} numbers that are not negative, not all 0")
    return weights


def _check_positive(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise InputError(f"{name} must be a positive integer, got {value!r}")


def head(classes: int) -> Dense:
    """Give the output layer for so many classes: one sigmoid for two, softmax for more."""
    return Dense(1, "sigmoid") if classes == 2 else Dense(classes, "softmax")


def fits_classes(network: Network, classes: int) -> bool:
    """Tell whether the last layer gives a probability for each of so many classes."""
    return network.layers[-1] in (head(classes), Dense(classes, "softmax"))
