"""What a classifier answered on labelled rows, and what that says: who is taken for whom, how sure, how precise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..estimators._classifier import Classifier

__all__ = ["BINS", "Outcomes", "PrecisionRecall", "Reliability", "outcomes_of", "precision_recall_of", "reliability_of"]

BINS = 10
"""Of equal width, from 0 to 1, into which answers are put by how sure they are."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What a classifier answered, beside the labels.

    classes : those of training, and those of the data; in order
    truth : (outputs,) int64, place of each label in `classes`; an output a row, or a word
    probabilities : (outputs, classes) float64; 0 for what training did not have
    lengths : (rows,) int64, outputs of each row
    """

    classes: tuple[Any, ...]
    truth: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    lengths: NDArray[np.int64]

    @property
    def predicted(self) -> NDArray[np.int64]:
        """(outputs,), place of the likeliest class."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def right(self) -> NDArray[np.bool_]:
        """(outputs,), whether the likeliest class is the label."""
        return np.asarray(self.predicted == self.truth)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """(outputs,), probability of the likeliest class."""
        return np.asarray(self.probabilities.max(axis=1))

    def confusion(self) -> NDArray[np.int64]:
        """Give how often each class, in its row, was taken for each, in its column: (classes, classes)."""
        counts = np.zeros((len(self.classes),) * 2, np.int64)
        np.add.at(counts, (self.truth, self.predicted), 1)
        return counts


def outcomes_of(model: Any, rows: Any, labels: Sequence[Any]) -> Outcomes:
    """Let a fitted classifier answer to labelled rows.

    Raises
    ------
    InputError
        `model` is no classifier; there are no rows, or not as many labels, of a tagger in each row; a label that is no
        text where the classes are, or no number where they are numbers.
    NotFittedError

    Examples
    --------
    >>> import elman
    >>> model = elman.TextClassifier(epochs=5).fit(["movie was good", "movie was bad"], [1, 0])
    >>> outcomes_of(model, ["movie was good", "bad"], [1, 0]).confusion().sum()
    np.int64(2)
    """
    if not isinstance(model, Classifier):
        raise InputError(f"model must be a classifier, got a {type(model).__name__}")
    p = model.predict_proba(rows)
    per_step = model.network_.shapes[-1].sequence
    lengths = np.array([len(row) for row in p] if per_step else [1] * len(p), np.int64)
    if per_step:
        _check_rows(labels, lengths)
    known = model.classes_.tolist()
    flat = _as_classes(chain.from_iterable(labels) if per_step else labels, known, int(lengths.sum()))
    every = sorted(dict.fromkeys([*known, *flat]))
    place = {label: number for number, label in enumerate(every)}
    found = np.zeros((len(flat), len(every)))
    found[:, [place[label] for label in known]] = np.concatenate(p) if per_step else p
    return Outcomes(tuple(every), np.asarray([place[label] for label in flat], np.int64), found, lengths)


def _check_rows(labels: Sequence[Any], lengths: NDArray[np.int64]) -> None:
    """Raise InputError unless there is a label for each answer of each row."""
    for number, (row, length) in enumerate(zip(labels, lengths.tolist(), strict=False)):
        if isinstance(row, str) or not isinstance(row, (Sequence, np.ndarray)) or len(row) != length:
            raise InputError(f"row {number} must have {length} labels, one for each answer, got {row!r:.80}")


def _as_classes(labels: Iterable[Any], known: list[Any], answers: int) -> list[Any]:
    """Give labels as plain texts or numbers, whichever the classes are. Raises InputError for others, or too few."""
    flat = [label.item() if isinstance(label, np.generic) else label for label in labels]
    if len(flat) != answers or not flat:
        raise InputError(f"there must be a label for each of {answers} answers, and one at least, got {len(flat)}")
    kind, name = (str, "text") if isinstance(known[0], str) else (Number, "number")
    wrong = [label for label in flat if not isinstance(label, kind)]
    if wrong:
        listed = ", ".join(map(repr, known))
        raise InputError(f"a label must be a {name}, as the model's {listed:.200} are, got {wrong[0]!r:.80}")
    return flat


@dataclass(frozen=True, eq=False)
class Reliability:
    """How often answers are right by how sure they are.

    edges : (bins + 1,) float64
    counts, right : (bins,) int64, answers, and right ones
    confidence : (bins,) float64, mean of their probability; NaN where there are none
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    right: NDArray[np.int64]
    confidence: NDArray[np.float64]

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """(bins,), share of right answers; NaN where there are none."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.right / self.counts)

    @property
    def error(self) -> float:
        """Expected calibration error: the mean over the answers of how far accuracy and confidence of their bin differ.

        Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
        """
        gaps = np.abs(self.accuracy - self.confidence)[self.counts > 0]
        return float(gaps @ self.counts[self.counts > 0] / self.counts.sum())


def reliability_of(confidence: ArrayLike, right: ArrayLike, bins: int = BINS) -> Reliability:
    """Put answers into bins of equal width; one at an edge belongs to the bin below it, as in the paper.

    Parameters
    ----------
    confidence : (answers,) float, from 0 to 1
    right : (answers,) bool

    Raises
    ------
    InputError
        No answers, or what is no probability.

    Examples
    --------
    >>> found = reliability_of([0.95, 0.95, 0.55, 0.55], [True, True, True, False])
    >>> found.counts.tolist(), round(found.error, 3)
    ([0, 0, 0, 0, 0, 2, 0, 0, 0, 2], 0.05)
    """
    p, hits = np.asarray(confidence, np.float64), np.asarray(right, bool)
    if p.ndim != 1 or not len(p) or p.shape != hits.shape or not ((p >= 0) & (p <= 1)).all():
        raise InputError(f"confidence must be probabilities, one an answer, got an array of {p.shape}")
    edges = np.linspace(0, 1, bins + 1)
    place = np.searchsorted(edges[1:-1], p)
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = np.bincount(place, p, bins) / counts
    return Reliability(edges, counts, np.bincount(place[hits], minlength=bins), means)


@dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """Precision and recall of one class, as the probability falls from which on it is answered.

    precision, recall : (thresholds,) float64, from the highest threshold to the lowest
    positives : labels of the class
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    positives: int

    @property
    def average(self) -> float:
        """Average precision: over the thresholds, precision times the recall that was added; not interpolated."""
        return float(np.diff(self.recall, prepend=0.0) @ self.precision)


def precision_recall_of(p: ArrayLike, positive: ArrayLike) -> PrecisionRecall:
    """Give precision and recall at every threshold that changes them.

    Parameters
    ----------
    p : (answers,) float
        Probability of the class.
    positive : (answers,) bool
        Whether it is the label.

    Raises
    ------
    InputError
        No label is positive, so recall has no meaning; or arrays that do not fit each other.

    Examples
    --------
    >>> curve = precision_recall_of([0.9, 0.8, 0.3], [True, False, True])
    >>> curve.precision.tolist(), curve.recall.tolist(), round(curve.average, 4)
    ([1.0, 0.5, 0.6666666666666666], [0.5, 0.5, 1.0], 0.8333)
    """
    scores, truth = np.asarray(p, np.float64), np.asarray(positive, bool)
    if scores.ndim != 1 or scores.shape != truth.shape or not truth.any():
        raise InputError("there must be a probability for each label, and a label of the class at least")
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    last = np.flatnonzero(np.diff(scores[order], append=np.inf))  # answers of the same probability come together
    said, found = last + 1, hits[last]
    return PrecisionRecall(found / said, found / hits[-1], int(hits[-1]))
