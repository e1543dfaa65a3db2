"""Fit a classifier of texts and set it beside cheap rivals on the same dev part."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import LabelledTexts
from ..errors import InputError
from ..training import held_back
from .evaluation import Evaluation, Rival, bag_of_bigrams, evaluate, majority_class
from .text_classifier import TextClassifier

__all__ = ["Comparison", "fit_and_compare"]


@dataclass(frozen=True)
class Comparison:
    """What came out of a training.

    rows, dev_rows : trained on, measured on
    dev : where the measured rows come from
    evaluation : of the model on them
    seconds : that `fit` took
    rivals : other methods, trained and measured on the same rows
    refitted : rows that the model was trained anew on after it was measured, those of the dev part among them; 0 where
        it was not
    """

    rows: int
    dev_rows: int
    dev: str
    evaluation: Evaluation
    seconds: float
    rivals: tuple[Rival, ...]
    refitted: int = 0

    @property
    def measured_on(self) -> str:
        """On how many texts, and which, and what came after."""
        then = f"; then trained anew on all {self.refitted} texts" if self.refitted else ""
        return f"{self.dev_rows} {'text' if self.dev_rows == 1 else 'texts'}, {self.dev}{then}"

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return asdict(self)


def fit_and_compare(
    model: TextClassifier,
    data: LabelledTexts,
    dev: LabelledTexts | None = None,
    rivals: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> Comparison:
    """Fit `model` in place, choose its epoch and measure it on the dev part, and train rivals on the same rows.

    Where a part was held back and `model.refit` is set, the model is trained anew on all rows at the end: the figures
    are those of the training without that part.

    Parameters
    ----------
    data : to train on
    dev : to measure on; by default a part of `data` is held back, or, where `data` is too small for that, the
        training rows themselves are measured, and the result says so
    rivals : whether to train the majority class and the linear bag of bigrams, too
    say : called with a line before each longer step

    Raises
    ------
    InputError, NonFiniteError
        As `TextClassifier.fit`; a dev label that is not among those of training.
    """
    texts, labels = data.texts, list(data.labels)
    if dev is not None:
        origin, dev_texts, dev_labels = f"{dev.source}", dev.texts, list(dev.labels)
        model.fit(texts, labels, dev=(dev_texts, dev_labels))
    else:
        kept, held = _hold_back(labels, model)
        if len(held):
            origin, dev_texts, dev_labels = "held back from the training data", _pick(texts, held), _pick(labels, held)
            texts, labels = _pick(texts, kept), _pick(labels, kept)
            model.fit(texts, labels, dev=(dev_texts, dev_labels))
        else:
            origin, dev_texts, dev_labels = "the training data itself (too little to hold back)", texts, labels
            model.fit(texts, labels)
    measured = evaluate(model, dev_texts, dev_labels)
    seconds = model.seconds_
    others = _rivals(texts, labels, dev_texts, dev_labels, say) if rivals else ()
    refitted = 0
    if dev is None and len(texts) < len(data.texts) and model.refits(len(data.texts)):
        epochs = model.history_.best
        say(f"training anew on all {len(data.texts)} texts, for {epochs} {'epoch' if epochs == 1 else 'epochs'}")
        model.refit_on(data.texts, data.labels)
        refitted = len(data.texts)
    return Comparison(len(texts), len(dev_texts), origin, measured, seconds, others, refitted)


def _pick(items: list[Any], numbers: Any) -> list[Any]:
    return [items[number] for number in numbers]


def _hold_back(labels: list[Any], model: TextClassifier) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    try:
        return held_back(labels, model.validation_fraction, model.random_state)
    except InputError:
        return np.arange(len(labels)), np.arange(0)


def _rivals(
    texts: list[str], labels: list[Any], dev_texts: list[str], dev_labels: list[Any], say: Callable[[str], None]
) -> tuple[Rival, ...]:
    say("training the rival: TF-IDF of words and bigrams with logistic regression")
    return majority_class(labels, dev_labels), bag_of_bigrams(texts, labels, dev_texts, dev_labels)
