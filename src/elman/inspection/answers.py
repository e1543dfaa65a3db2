"""What the methods that an audit compares answer to rows that they were not trained on."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.random import derive, permutation
from ..estimators.evaluation import fit_linear_bag
from .shuffles import groups_of_same, same, shuffled
from .twins import bag_of, deep_bag_of, untrained

__all__ = [
    "BAG",
    "BIGRAMS",
    "BLIND_TWIN",
    "COMMONEST",
    "DEEP_BAG",
    "METHODS",
    "NEIGHBOURS_KEPT",
    "RECURRENT",
    "SHUFFLED",
    "WORDS",
    "Answers",
    "Rows",
    "cross_fitted",
    "dealt",
    "dealt_together",
    "trained_and_read",
]

RECURRENT = "recurrent model"
BAG = "bag of embeddings"
DEEP_BAG = "bag with hidden layer"
BLIND_TWIN = "order-blind twin"
WORDS = "linear bag of words"
BIGRAMS = "bag of bigrams"
COMMONEST = "commonest label"
SHUFFLED = "model, words shuffled"
NEIGHBOURS_KEPT = "model, bigrams kept"
METHODS = (RECURRENT, BAG, DEEP_BAG, BLIND_TWIN, WORDS, BIGRAMS, COMMONEST, SHUFFLED, NEIGHBOURS_KEPT)
"""All of them, in the order of a table."""

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows to train on or to read, with their labels.

    labels : (rows,)
    """

    rows: list[Any]
    labels: NDArray[Any]

    def take(self, numbers: NDArray[np.int64]) -> "Rows":
        """Give the rows with these numbers."""
        return Rows([self.rows[number] for number in numbers], self.labels[numbers])

    def different(self) -> NDArray[np.int64]:
        """Give the numbers of rows that do not repeat an earlier one with its label."""
        first: dict[tuple[int, Any], int] = {}
        for number, pair in enumerate(zip(groups_of_same(self.rows).tolist(), self.labels.tolist(), strict=True)):
            first.setdefault(pair, number)
        return np.asarray(list(first.values()), np.int64)


@dataclass(frozen=True, eq=False)
class Texts:
    """Rows to read, and the same in other orders, a list of them for each shuffle."""

    as_they_are: Rows
    shuffled: list[list[Any]]
    neighbours_kept: list[list[Any]]

    @classmethod
    def of(cls, rows: Rows, shuffles: int, seed: int) -> "Texts":
        """Shuffle rows."""
        seeds = [derive(seed, f"shuffle {number}") for number in range(shuffles)]
        kept = [shuffled(rows.rows, each, keep_neighbours=True) for each in seeds]
        return cls(rows, [shuffled(rows.rows, each) for each in seeds], kept)

    @property
    def unmoved(self) -> int:
        """How many rows stand as they did in every order that keeps neighbours."""
        return int(sum(same(*rows) for rows in zip(self.as_they_are.rows, *self.neighbours_kept, strict=True)))

    def take(self, numbers: NDArray[np.int64]) -> "Texts":
        """Give the rows with these numbers."""
        parts = ([[rows[n] for n in numbers] for rows in kind] for kind in (self.shuffled, self.neighbours_kept))
        return Texts(self.as_they_are.take(numbers), *parts)


@dataclass(frozen=True, eq=False)
class Answers:
    """What each method answered.

    right : (readings, rows) bool by method: once, or for each shuffle
    labels : (1 + shuffles, rows), answers of the recurrent model to the rows as they are and to each shuffle of them
    truth : likewise float64, the probability that it gave to the true label
    seconds, parameters : that training took, and weights; of methods that were trained
    shuffled : the rows of each shuffle
    unmoved : rows that no shuffle that keeps neighbours has changed
    """

    right: dict[str, NDArray[np.bool_]]
    labels: NDArray[Any]
    truth: NDArray[np.float64]
    seconds: dict[str, float]
    parameters: dict[str, int]
    shuffled: list[list[Any]]
    unmoved: int


def cross_fitted(model: Any, data: Rows, folds: int, shuffles: int, seed: int, say: Say) -> Answers:
    """Deal rows into folds, every class in its share, and read each with what was trained on the others."""
    texts, fold = Texts.of(data, shuffles, seed), dealt_together(data, folds, seed)
    parts, numbers = [], []
    for number in range(folds):
        say(f"fold {number + 1} of {folds}")
        kept, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        fitted = untrained(model).fit(*_pair(data.take(kept)))
        parts.append(_read(fitted, data.take(kept), texts.take(held), seed, say))
        numbers.append(held)
    return _joined(texts, parts, np.argsort(np.concatenate(numbers), kind="stable"))


def trained_and_read(model: Any, train: Rows, data: Rows, shuffles: int, seed: int, say: Say) -> Answers:
    """Train the twins of a fitted model, and let all read rows."""
    return _read(model, train, Texts.of(data, shuffles, seed), seed, say)


def dealt(labels: NDArray[Any], folds: int, seed: int) -> NDArray[np.int64]:
    """Give the fold of each row: those of a class, in random order, one after the other, and of the next class on."""
    order = [
        rows[permutation(derive(seed, f"fold {number}"), len(rows))]
        for number, rows in enumerate(np.flatnonzero(labels == label) for label in np.unique(labels))
    ]
    fold = np.empty(len(labels), np.int64)
    fold[np.concatenate(order)] = np.arange(len(labels)) % folds
    return fold


def dealt_together(data: Rows, folds: int, seed: int) -> NDArray[np.int64]:
    """Give the fold of each row, as `dealt` does, but one to rows that are the same, whatever their labels."""
    group = groups_of_same(data.rows)
    _, first = np.unique(group, return_index=True)
    return dealt(data.labels[first], folds, seed)[group]


def _pair(rows: Rows) -> tuple[list[Any], Any]:
    return rows.rows, rows.labels


def _read(model: Any, train: Rows, texts: Texts, seed: int, say: Say) -> Answers:
    """Train the twins of a fitted model, and let all of them read."""
    rows, truth = texts.as_they_are.rows, texts.as_they_are.labels
    twins = _twins(model, train, seed, say)
    given = {name: twins[name].predict(rows)[None] for name in (BAG, DEEP_BAG)}
    given[BLIND_TWIN] = _mean_answers(twins[BLIND_TWIN], texts.shuffled)[None]
    given[COMMONEST] = np.full((1, len(rows)), Counter(train.labels.tolist()).most_common(1)[0][0])
    seconds = {name: float(one.seconds_) for name, one in twins.items()}
    if isinstance(rows[0], str):
        say("training linear bags of words and of bigrams: TF-IDF with logistic regression")
        for name, longest in ((WORDS, 1), (BIGRAMS, 2)):
            given[name], seconds[name] = _linear(train, rows, longest)
    p = [model.predict_proba(each) for each in (rows, *texts.shuffled)]
    labels = np.stack([model.classes_[each.argmax(axis=1)] for each in p])
    given |= {RECURRENT: labels[:1], SHUFFLED: labels[1:]}
    given[NEIGHBOURS_KEPT] = np.stack([model.predict(each) for each in texts.neighbours_kept])
    right = {name: answers == truth for name, answers in given.items()}
    parameters = {name: int(one.network_.count_params()) for name, one in twins.items()}
    of_truth = _of_truth(p, model.classes_, truth)
    return Answers(right, labels, of_truth, seconds, parameters, texts.shuffled, texts.unmoved)


def _twins(model: Any, train: Rows, seed: int, say: Say) -> dict[str, Any]:
    """Give the model and what is trained beside it, on the same rows, fitted, by name."""
    say("training the twins without memory: a bag of embeddings, and one with a hidden layer")
    bags = {BAG: bag_of(model), DEEP_BAG: deep_bag_of(model)}
    found = {RECURRENT: model, **{name: bag.fit(*_pair(train)) for name, bag in bags.items()}}
    say("training the order-blind twin: the same network on shuffled words")
    mixed = shuffled(train.rows, derive(seed, "rows to train on"))
    return found | {BLIND_TWIN: untrained(model).fit(mixed, train.labels)}


def _mean_answers(model: Any, readings: list[list[Any]]) -> NDArray[Any]:
    """Give the class that is likeliest in the mean over several readings of each row.

    With all orders equally likely that is a function of the words alone (Murphy et al. 2019, "Janossy pooling").
    """
    best: NDArray[np.int64] = np.mean([model.predict_proba(rows) for rows in readings], axis=0).argmax(axis=1)
    return np.asarray(model.classes_[best])


def _linear(train: Rows, texts: list[str], longest: int) -> tuple[NDArray[Any], float]:
    import sklearn.linear_model  # noqa: F401 - before the clock runs

    begin = time.perf_counter()
    rival = fit_linear_bag(*_pair(train), longest)
    seconds = time.perf_counter() - begin
    return rival.predict(texts)[None], seconds


def _of_truth(p: list[NDArray[Any]], classes: NDArray[Any], truth: NDArray[Any]) -> NDArray[np.float64]:
    """Give the probability of the true label, 0 where training did not have it."""
    place = np.searchsorted(classes, truth).clip(max=len(classes) - 1)
    known = classes[place] == truth
    return np.stack([np.where(known, each[np.arange(len(truth)), place], 0.0) for each in p])


def _joined(texts: Texts, parts: list[Answers], order: NDArray[np.int64]) -> Answers:
    """Give the answers of all folds in the order of the rows, and the seconds of all."""

    def whole(arrays: list[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate(arrays, axis=1)[:, order]

    first = parts[0]
    return Answers(
        {name: whole([part.right[name] for part in parts]) for name in first.right},
        whole([part.labels for part in parts]),
        whole([part.truth for part in parts]),
        {name: sum(part.seconds[name] for part in parts) for name in first.seconds},
        first.parameters,
        texts.shuffled,
        texts.unmoved,
    )
