"""What classifiers of sequences share: labels, the held-back part, training, probabilities."""

import math
import time
from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import check_auto, check_positive_or_auto, is_number, is_text
from ..engine.optimizers import Adam
from ..engine.parallel import check_threads
from ..engine.state import State
from ..errors import InputError, NonFiniteError
from ..sequences import Sequences
from ..training import REMEDY, Data, History, check_pieces, held_back, measure, train
from ._checks import check_labels, check_weights, labelled_pair
from ._layers import Architecture
from ._training import Training

__all__ = ["MANY_ROWS", "Classifier", "LabelledRows", "of_each_class"]

MANY_ROWS = 10_000
"""With refit="auto", up to so many rows are learned from anew: of more, a tenth adds little and takes long."""

EPOCHS, UPDATES = 20, 320
"""With epochs="auto", there are so many epochs, and where rows are few so many more that there are as many updates.

With fewer a network has often not begun to learn what hangs on several words (docs/results.md).
"""


@dataclass(frozen=True, eq=False)
class LabelledRows:
    """Checked rows with their labels.

    labels : (outputs,), one a row, or one a time step, row after row
    weights : (outputs,) float64
    owners : (outputs,) int64, number of the row that each belongs to
    """

    rows: Any
    labels: NDArray[Any]
    weights: NDArray[np.float64]
    owners: NDArray[np.int64]


@dataclass(kw_only=True, eq=False, repr=False)
class Classifier(Architecture, Training):
    """Base of all classifiers: `fit` in named steps, the same for all.

    `Architecture` has the parameters of the network, `Training` those of training; docstrings of the classifiers
    describe them.
    """

    _kind: ClassVar[str | None] = "classifier"

    epochs: int | str = "auto"  # type: ignore[assignment]
    class_weight: Any = None
    refit: bool | str = False

    _epochs_of_many: ClassVar[int] = EPOCHS
    _rows_to_stop_early: ClassVar[int] = 1_000  # a tenth of fewer is too few to choose by

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
        self._check_training()
        check_auto("refit", self.refit)

    def _check_epochs(self) -> None:
        check_positive_or_auto("epochs", self.epochs)

    def _set_classes(self, labels: NDArray[Any]) -> None:
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            raise InputError(
                f"labels must hold at least two classes, got {'one class' if len(self.classes_) else 'none'}, "
                f"{self.classes_.tolist()}"
            )

    def fit(self, x: Any, y: Any, sample_weight: ArrayLike | None = None, dev: tuple[Any, Any] | None = None) -> Self:
        """Train on rows and their labels.

        Parameters
        ----------
        x : rows, as for `predict`
        y : (rows,) labels, strings or whole numbers, of two classes at least; where the network answers at every
            time step, a list of (time,) labels
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
        with self._as_before_after(InputError):
            return self._fit(x, y, sample_weight, dev)

    def _fit(self, x: Any, y: Any, sample_weight: Any, dev: Any) -> Self:
        begin = time.perf_counter()
        self.check_params()
        self._forget()
        given = self._read_to_fit(x, y, sample_weight)
        self._set_classes(given.labels)
        kept, held = self._hold_back(given) if dev is None else (given, _some(self._read(*labelled_pair(dev))))
        self._settle(len(given.rows) if held is None or dev is None else self._rows_beside(held, given))
        self.history_ = self._learn(kept, held)
        self.seconds_ = time.perf_counter() - begin
        if dev is None and held is not None and self.refits(len(given.rows)):
            self._learn_anew(given)
        return self

    def _rows_beside(self, held: LabelledRows, given: LabelledRows) -> int:
        """Count the rows that are given, and those of a dev part as far as a part held back would have so many."""
        return min(len(given.rows) + len(held.rows), round(len(given.rows) / (1 - self.validation_fraction)))

    def refits(self, rows: int) -> bool:
        """Tell whether `fit` would train anew on all of so many rows after it held back a part."""
        return rows <= MANY_ROWS if is_text(self.refit, "auto") else bool(self.refit)

    def refit_on(self, x: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train anew, with the same settings, on these rows for as many epochs as `fit` found best.

        `fit` itself does so on all of its rows where `refit` is set and it held back a part of them; this is for
        a `dev` part that was measured on, and may then be learned from. Arguments and errors as for `fit`; the labels
        must be among those of `fit`.
        """
        self._fitted()
        self.check_params()
        if not hasattr(self, "history_"):
            raise InputError("how many epochs did best is not known of this model: call fit")
        with self._as_before_after(BaseException):
            given = self._read_to_fit(x, y, sample_weight)
            self._targets(given)
            self._learn_anew(given)
        return self

    def _learn_anew(self, given: LabelledRows) -> None:
        begin, history = time.perf_counter(), self.history_
        try:
            with self._as_before_after(BaseException):
                history.refit = self._learn(given, stop_after=history.best).epochs
        except NonFiniteError as error:
            what = str(error).partition(";")[0]
            raise NonFiniteError(f"in training anew: {what}; the model from before is kept. {REMEDY}") from None
        self.seconds_ += time.perf_counter() - begin

    def _read_to_fit(self, x: Any, y: Any, sample_weight: Any) -> LabelledRows:
        given = self._read(x, y, sample_weight, fitting=True)
        if given.weights.all():
            return given
        # What counts nothing is as good as absent, in classes, words and batches too.
        return self._part(given, np.unique(given.owners[given.weights > 0]))

    def _settle(self, rows: int) -> None:
        if isinstance(self.epochs, str):
            most = EPOCHS if rows <= MANY_ROWS else self._epochs_of_many
            self.epochs_ = max(most, math.ceil(UPDATES / math.ceil(rows / self.batch_size)))
        else:
            self.epochs_ = self.epochs

    def _patience(self) -> int:
        longer = max(1.0, self.epochs_ / EPOCHS) if isinstance(self.epochs, str) else 1.0
        return math.ceil(self.patience * longer)  # where an epoch is few updates, the rate falls over as many more

    def _learn(self, given: LabelledRows, held: LabelledRows | None = None, stop_after: int | None = None) -> History:
        """Make a network for these rows and train it."""
        data = self._data(self._prepare(given.rows), given)
        weights = data.weights * self._class_weights(data.targets)[data.targets]
        with np.errstate(over="ignore"):
            total = weights.sum()
        if not np.isfinite(total):
            raise InputError("weights of classes and rows must add up to a finite number: make all of them smaller")
        data = replace(data, weights=weights)
        dev = None if held is None else self._data(self._encode(held.rows), self._measurable(held))
        return train(self.network_, data, Adam(self.learning_rate), self._recipe(stop_after), dev, self.report)

    def _read(self, x: Any, y: Any, sample_weight: Any = None, fitting: bool = False) -> LabelledRows:
        """Check rows, labels and weights."""
        rows = self._check_rows(x, fitting)
        labels, owners = self._check_targets(y, rows)
        return LabelledRows(rows, labels, check_weights(sample_weight, len(rows))[owners], owners)

    def _check_targets(self, y: Any, rows: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Give all labels and the row of each, (outputs,) both."""
        return check_labels(y, len(rows)), np.arange(len(rows))

    def _part(self, given: LabelledRows, numbers: NDArray[np.int64]) -> LabelledRows:
        """Give the rows with these numbers, which rise, and what belongs to them."""
        inside = np.isin(given.owners, numbers)
        owners = np.searchsorted(numbers, given.owners[inside])
        return LabelledRows(self._take(given.rows, numbers), given.labels[inside], given.weights[inside], owners)

    def _hold_back(self, given: LabelledRows) -> tuple[LabelledRows, LabelledRows | None]:
        """Choose the rows to train on, and those to choose the epoch by, unless early stopping is off."""
        rows = len(given.rows)
        if not self.stops_early(rows):
            return given, None
        # Rows of many labels belong to no class that could be held back in its share.
        one_each = np.array_equal(given.owners, np.arange(rows))
        strata = given.labels.tolist() if one_each else [0] * rows
        kept, held = held_back(strata, self.validation_fraction, int(self.random_state))
        part = self._part(given, held)
        return (self._part(given, kept), part) if len(part.labels) else (given, None)

    def _data(self, sequences: Sequences, given: LabelledRows) -> Data:
        return Data(self.network_.accept(sequences), self._targets(given), given.weights)

    def _measurable(self, given: LabelledRows) -> LabelledRows:
        """Give rows as they are to measure by; what cannot enter the loss has no weight."""
        return given

    def _targets(self, given: LabelledRows) -> NDArray[np.int64]:
        place = np.searchsorted(self.classes_, given.labels).clip(max=len(self.classes_) - 1)
        foreign = np.flatnonzero(self.classes_[place] != given.labels)
        if foreign.size:
            label, row = given.labels[foreign[0]].item(), given.owners[foreign[0]]
            raise InputError(
                f"label {label!r} of row {row} was not among the classes of training, "
                f"{self.classes_.tolist()!r:.200}; correct it, or leave the row out"
            )
        return place.astype(np.int64)

    def _class_weights(self, targets: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the weight of each class: 1, by inverse frequency ("balanced"), or as given by label."""
        if self.class_weight is None:
            return np.ones(len(self.classes_))
        if is_text(self.class_weight, "balanced"):
            counts = np.bincount(targets, minlength=len(self.classes_))
            return np.asarray(len(targets) / (len(self.classes_) * np.maximum(counts, 1)))
        if not isinstance(self.class_weight, dict) or not set(self.class_weight) <= set(self.classes_.tolist()):
            raise InputError(
                f"class_weight must be None, 'balanced' or a dict by label of {self.classes_.tolist()}, "
                f"got {self.class_weight!r}"
            )
        weights = [self.class_weight.get(label, 1) for label in self.classes_.tolist()]
        if not all(is_number(weight) and 0 <= weight < np.inf for weight in weights) or not any(weights):
            raise InputError(
                f"class_weight must hold finite numbers that are not negative, and not all of them zero, "
                f"got {self.class_weight!r}"
            )
        return np.asarray(weights, np.float64)

    # Using it

    def predict_proba(self, x: Any, state: State | None = None, return_state: bool = False) -> Any:
        """Give the probability of each class, columns in the order of `classes_`.

        A row's bits do not depend on the rows beside it, nor on `threads`. Read in pieces, each with the state
        that the one before it ended with, rows give the bits that they give as a whole.

        Parameters
        ----------
        x : rows
        state : State, optional
            What each row begins with.
        return_state : bool
            Give the state after the last time steps as well.

        Returns
        -------
        probabilities : (rows, classes); a list of (time, classes) where the network answers at every time step
        state : State, if asked for

        Raises
        ------
        InputError
            A state for a network that reads backwards or pools over rows, which cannot be read in pieces.
        """
        p, last, sequences = self._probabilities(x, state, return_state)
        output = self._by_row(p, sequences)
        return (output, last) if return_state else output

    def _probabilities(
        self, x: Any, state: State | None = None, return_state: bool = False
    ) -> tuple[NDArray[Any], State, Sequences]:
        """Give the probabilities of all outputs, (outputs, classes), the last states, and what was read."""
        network = self._fitted()
        if state is not None or return_state:
            check_pieces(network, "state" if state is not None else "return_state")
        sequences = network.accept(self._encode(self._check_rows(x)))
        output, last = network.predict(sequences, threads=self.threads, state=state, return_state=True)
        p = output.values if isinstance(output, Sequences) else output
        return of_each_class(p), last, sequences

    def _by_row(self, values: NDArray[Any], sequences: Sequences) -> Any:
        """Give what belongs to all outputs row by row, as a list of arrays, where rows have many outputs."""
        if not self.network_.shapes[-1].sequence:
            return values
        return np.split(values, sequences.offsets[1:-1]) if len(sequences) else []

    def predict(self, x: Any) -> Any:
        """Give the likeliest class of each row, (rows,); a list of (time,) where each time step has an answer."""
        p, _, sequences = self._probabilities(x)
        return self._by_row(self.classes_[p.argmax(axis=1)], sequences)

    def score(self, x: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Give the share of rows, or of time steps, whose likeliest class is right."""
        self._fitted()
        given = _some(self._read(x, y, sample_weight))
        p, _, _ = self._probabilities(x)
        return float(np.average(self.classes_[p.argmax(axis=1)] == given.labels, weights=given.weights))

    def loss(self, x: Any, y: Any) -> float:
        """Give the mean cross-entropy, in nats."""
        return self.compare(x, y)[2]

    def compare(self, x: Any, y: Any) -> tuple[NDArray[Any], NDArray[Any], float]:
        """Give the labels, the likeliest classes, (outputs,) both, and the mean cross-entropy, in one pass.

        Raises InputError for a label that was not among the classes of training, and where there are no labels.
        """
        network = self._fitted()
        given = _some(self._read(x, y))
        known = self._measurable(given)
        data = Data(network.accept(self._encode(given.rows)), self._targets(known), known.weights)
        losses, best = measure(network, data, check_threads(self.threads))
        return given.labels, self.classes_[best], float(np.average(losses, weights=known.weights))


def _some(given: LabelledRows) -> LabelledRows:
    if not len(given.labels):
        raise InputError("there must be labels to measure by, got none: give one row at least")
    return given


def of_each_class(p: NDArray[Any]) -> NDArray[Any]:
    """Give two columns for the probability of the second of two classes."""
    return np.hstack([1 - p, p]) if p.shape[1] == 1 else p
