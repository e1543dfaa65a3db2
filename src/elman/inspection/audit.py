"""The order audit: does word order matter in these texts, to a model of this kind?"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ..checks import check_integer, check_positive, is_number
from ..errors import InputError
from ..estimators import TextClassifier
from .answers import (
    BIGRAMS,
    METHODS,
    RECURRENT,
    WORDS,
    Answers,
    Rows,
    cross_fitted,
    trained_and_read,
)
from .confidence import Difference, Share, compare, mcnemar, share
from .shuffles import groups_of_same, has_another_order
from .telling import Flip, telling
from .twins import check_has_twins
from .verdict import ORDER_FREE, Findings, advise, decide

__all__ = ["Audit", "Method", "audit"]


@dataclass(frozen=True)
class Method:
    """How often one way to read the texts is right.

    accuracy : share of the texts, a mean over the shuffles where there are several
    behind : by how much the recurrent model is more often right; None for itself
    seconds, parameters : that training took, of cross-fitting all folds, and weights; None where there were none or
        where that is not known
    """

    name: str
    accuracy: Share
    behind: Difference | None
    seconds: float | None
    parameters: int | None


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    verdict : "matters", "does not matter" or "undecided"
    sentence, advice : the verdict with its reason; which model to take
    n : texts that were measured
    repeated : texts that were left out, since they repeat another one with its label, and say nothing new
    read_by : how the texts were read: by the model itself, or by others with its settings
    level, side : how often order may be said to matter where it does not; how often a difference lies above its
        interval, and how often below
    margin : what the recurrent model must be ahead by to be worth it
    methods : the recurrent model, those that know no order, the bag of bigrams, and the model on shuffled words
    one_order : texts that have no other order than their own, since they are of one word, or of none
    unmoved : texts that have no other order with the same pairs of neighbours, so far as was drawn
    flipped : share of the texts whose answer changes when their words are shuffled
    flips : those of them that say most
    """

    verdict: str
    sentence: str
    advice: str
    n: int
    repeated: int
    read_by: str
    level: float
    side: float
    margin: float
    methods: tuple[Method, ...]
    one_order: int
    unmoved: int
    flipped: Share
    flips: tuple[Flip, ...]

    def __getitem__(self, name: str) -> Method:
        """Give a method by its name."""
        return next(method for method in self.methods if method.name == name)

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return asdict(self)


def audit(
    model: Any,
    rows: Any,
    labels: Any,
    train: tuple[Any, Any] | None = None,
    *,
    seed: int = 0,
    level: float = 0.05,
    margin: float = 0.02,
    folds: int = 3,
    shuffles: int = 3,
    say: Callable[[str], None] = lambda line: None,
) -> Audit:
    """Find out whether word order matters in labelled texts, to a model with these settings.

    The model is set beside twins of equal budget, which are trained on the same rows with the same settings, seed and
    most epochs: bags of the same embeddings, and the same network on words in any order. The rule and why it is sound
    are in docs/decisions/0009-what-an-audit-may-say.md, the run of an example in docs/audit.md.

    Parameters
    ----------
    model : TextClassifier, or SequenceClassifier without `return_sequences` and `network`
        With recurrent layers. Fitted if `train` is given; else its settings alone are used.
    rows, labels : what is measured, as for `fit`; a row that repeats another one with its label is left out
    train : (rows, labels), optional
        What `model` was trained on, and its twins will be; none of it may be among `rows`. By default `rows` are dealt
        into folds, the same rows into the same, each read by a model and twins that were trained on the others.
    seed : int
        Of folds and shuffles.
    level : float
        How often order may be said to matter where it does not.
    margin : float
        What a recurrent model must be ahead by to be worth it, in shares of the texts: order is said not to matter
        where it is surely ahead by less.
    folds, shuffles : int
        How many folds there are; how often the words of each text are shuffled.
    say : called with a line before each longer step

    Raises
    ------
    InputError
        A model that has no twins, or rows and labels that are too few or not what they must be.
    NotFittedError
        `train` is given, and `model` is not fitted.

    Examples
    --------
    >>> from elman import TextClassifier, order_reviews
    >>> small = {"units": 16, "embedding_dim": 16, "pooling": "last", "word_dropout": 0, "dropout": 0}
    >>> model = TextClassifier(**small, epochs=12, learning_rate=0.02, early_stopping=False)
    >>> train, test = order_reviews(500, 1), order_reviews(200, 2)
    >>> found = audit(model.fit(*train), *test, train=tuple(train))
    >>> found.verdict, found["bag of embeddings"].accuracy.value
    ('matters', 0.5)
    """
    check_has_twins(model)
    check_positive("shuffles", shuffles)
    check_integer("seed", seed)
    for name, value in (("level", level), ("margin", margin)):
        if not is_number(value) or not 0 < value < 0.5:
            raise InputError(f"{name} must be above 0 and below 0.5, got {value!r:.80}")
    if isinstance(model, TextClassifier):
        for texts in (rows, () if train is None else train[0]):
            model._check_rows(texts)
    every = _rows("rows", rows, labels)
    numbers = every.different()
    data = every.take(numbers)
    if train is None:
        _check_folds(data, folds)
        answers = cross_fitted(model, data, folds, shuffles, seed, say)
        read_by = f"in {folds} folds, each read by models with these settings that were trained on the others"
    else:
        model._fitted()
        known = _rows("train", *train)
        _check_labels(model, every, known)
        answers = trained_and_read(model, known, data, shuffles, seed, say)
        read_by = f"read by the model, and by others that were trained on {len(known.rows)} other texts"
    found = _concluded(answers, data, read_by, level, margin)
    flips = tuple(replace(flip, row=int(numbers[flip.row])) for flip in found.flips)
    return replace(found, repeated=len(every.rows) - len(numbers), flips=flips)


def _rows(name: str, rows: Any, labels: Any) -> Rows:
    if isinstance(rows, (str, bytes)) or not hasattr(rows, "__len__"):
        raise InputError(f"{name} must be a list of rows and their labels, got {type(rows).__name__}")
    found, given = list(rows), np.asarray(labels)
    if given.shape != (len(found),) or not len(found):
        raise InputError(f"{name} must be rows with one label each, got {len(found)} rows and labels {given.shape}")
    return Rows(found, given)


def _check_labels(model: Any, *parts: Rows) -> None:
    """Raise InputError for a label that the model does not give."""
    for part in parts:
        foreign = np.flatnonzero(~np.isin(part.labels, model.classes_))
        if foreign.size:
            raise InputError(
                f"label {part.labels.tolist()[foreign[0]]!r} of row {foreign[0]} is none of the classes of the model, "
                f"{model.classes_.tolist()!r:.200}; correct it, or leave the row out"
            )


def _check_folds(data: Rows, folds: Any) -> None:
    """Raise InputError unless every fold holds a row, and every part to train on two classes."""
    check_positive("folds", folds)
    _, counts = np.unique(data.labels, return_counts=True)
    different = int(groups_of_same(data.rows).max()) + 1
    if not 2 <= folds <= different or (counts >= 2).sum() < 2:
        raise InputError(
            f"to be dealt into folds, rows must hold two classes with two different rows each, and folds must be 2 or "
            f"more and no more than rows; got {len(counts)} classes in {different} different rows, folds={folds}: give "
            "more rows, fewer folds, or train"
        )


def _concluded(answers: Answers, data: Rows, read_by: str, level: float, margin: float) -> Audit:
    """Turn answers into figures with intervals, and these into a verdict."""
    n, right = len(data.rows), answers.right
    side = level / sum(name in right for name in ORDER_FREE)
    accuracy = {name: share(float(right[name].mean(axis=0).sum()), n, level) for name in METHODS if name in right}
    ahead = {name: _ahead(right[RECURRENT], right[name], side) for name in accuracy if name != RECURRENT}
    neighbours = _ahead(right[BIGRAMS], right[WORDS], side) if BIGRAMS in right else None
    found = Findings(n, accuracy, ahead, neighbours, level, margin)
    verdict, sentence = decide(found)
    flipped = (answers.labels[1:] != answers.labels[0]).mean(axis=0)
    return Audit(
        verdict=verdict,
        sentence=sentence,
        advice=advise(found, verdict, answers.seconds),
        n=n,
        repeated=0,
        read_by=read_by,
        level=level,
        side=side,
        margin=margin,
        methods=tuple(_method(name, found, answers) for name in accuracy),
        one_order=sum(not has_another_order(row) for row in data.rows),
        unmoved=answers.unmoved,
        flipped=share(float(flipped.sum()), n, level),
        flips=telling(data, answers),
    )


def _method(name: str, found: Findings, answers: Answers) -> Method:
    seconds = answers.seconds.get(name, math.nan)
    return Method(
        name,
        found.accuracy[name],
        found.ahead.get(name),
        seconds if math.isfinite(seconds) else None,
        answers.parameters.get(name),
    )


def _ahead(first: Any, second: Any, side: float) -> Difference:
    """Compare who was right of the same texts, (1, texts) and (readings, texts): by the least sure of the readings."""
    gained, lost = (first & ~second).sum(axis=1), (~first & second).sum(axis=1)
    p = max(mcnemar(int(up), int(down)) for up, down in zip(gained, lost, strict=True))
    return compare(float(gained.mean()), float(lost.mean()), first.shape[1], side, p)
