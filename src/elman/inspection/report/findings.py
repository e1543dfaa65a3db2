"""What a report tells, in numbers, before any of it is written as a page."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..._version import __version__
from ...data import Labelled
from ...errors import InputError
from ...estimators import Evaluation, TextGenerator, Transducer, evaluate
from ...estimators._classifier import Classifier
from ..audit import Audit
from ..confidence import Share
from ..intervals import share_of_rows
from ..outcomes import Outcomes, Reliability, outcomes_of, reliability_of
from ..pictures import classwise_curves
from .mistakes import Mistake, WordOfMistakes, confused_pairs, surest_mistakes, words_of_mistakes

__all__ = ["Findings", "Judged", "findings"]

MISTAKES = 10
"""That are shown."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What is told of a classifier or a tagger.

    evaluation : accuracy, macro F1, loss, each class, entities
    accuracy : with its 95 % interval
    outcomes, reliability : for the pictures
    average_precision : the mean over the classes that are there
    pairs : label, answer, how often the one was taken for the other; the commonest
    mistakes, words : those that say most, and the words that mistakes have in common
    """

    evaluation: Evaluation
    accuracy: Share
    outcomes: Outcomes
    reliability: Reliability
    average_precision: float
    pairs: list[tuple[Any, Any, int]]
    mistakes: tuple[Mistake, ...]
    words: tuple[WordOfMistakes, ...]


@dataclass(frozen=True, eq=False)
class Findings:
    """A report as data.

    model : fitted
    source, size : where the data comes from, and how much it is, in words
    figures : the headline ones by name
    judged : of classifiers and taggers; None of models that write
    audit : whether word order matters in this data, if that was asked for
    """

    model: Any
    source: str
    size: str
    figures: dict[str, float]
    judged: Judged | None
    audit: Audit | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the figures, classes, and mistakes as JSON can hold them; rows and words count from 0."""
        found: dict[str, Any] = {
            "kind": type(self.model).__name__,
            "elman_version": __version__,
            "source": self.source,
            "figures": {name: value if np.isfinite(value) else None for name, value in self.figures.items()},
        }
        if self.judged is not None:
            found |= _judged_json(self.judged)
        return found | ({} if self.audit is None else {"audit": self.audit.to_json()})


def _judged_json(judged: Judged) -> dict[str, Any]:
    mistakes = [
        {"row": m.row, "word": m.word, "label": m.label, "answer": m.answer, "confidence": m.confidence}
        for m in judged.mistakes
    ]
    return {
        "accuracy_interval": [judged.accuracy.low, judged.accuracy.high],
        "classes": [asdict(figures) for figures in judged.evaluation.classes],
        "confused": [list(pair) for pair in judged.pairs],
        "mistakes": mistakes,
        "words_of_mistakes": [asdict(word) for word in judged.words],
    }


def findings(
    model: Any, data: Labelled, audit: Audit | None = None, say: Callable[[str], None] = lambda line: None
) -> Findings:
    """Measure a model on labelled data, and look for what its mistakes say.

    Parameters
    ----------
    model : TextClassifier, Tagger, TextGenerator or Transducer, fitted
    data : as a reader of `elman.data` gives it
    audit : what `audit` found in the same data
    say : called with a line before each longer step

    Raises
    ------
    InputError
        A model of another kind, or data that it cannot be measured on.
    NotFittedError

    Examples
    --------
    >>> import elman
    >>> reviews = elman.lecture_reviews()
    >>> found = findings(elman.TextClassifier(epochs=5).fit(*reviews), reviews)
    >>> sorted(found.figures)
    ['accuracy', 'average precision', 'calibration error', 'loss', 'macro F1']
    """
    rows, labels = data
    if isinstance(model, (TextGenerator, Transducer)):
        figures = evaluate(model, rows, labels).figures()
        return Findings(model, data.source, data.size, figures, None, audit)
    if not isinstance(model, Classifier):
        raise InputError(f"model must be a classifier, a tagger or one that writes, got a {type(model).__name__}")
    say("measuring")
    judged = _judged(model, list(rows), list(labels), say)
    return Findings(model, data.source, data.size, _figures(judged), judged, audit)


def _judged(model: Any, rows: list[Any], labels: list[Any], say: Callable[[str], None]) -> Judged:
    outcomes = outcomes_of(model, rows, labels)
    owners = np.repeat(np.arange(len(outcomes.lengths)), outcomes.lengths)
    hits = np.bincount(owners, outcomes.right, len(outcomes.lengths))
    curves = classwise_curves(outcomes)
    say("looking at the mistakes")
    return Judged(
        evaluation=evaluate(model, rows, labels),  # type: ignore[arg-type]
        accuracy=share_of_rows(hits, outcomes.lengths),
        outcomes=outcomes,
        reliability=reliability_of(outcomes.confidence, outcomes.right),
        average_precision=float(np.mean([curve.average for curve in curves.values()])),
        pairs=confused_pairs(outcomes),
        mistakes=surest_mistakes(model, rows, outcomes, MISTAKES),
        words=words_of_mistakes(model, rows, outcomes),
    )


def _figures(judged: Judged) -> dict[str, float]:
    measured = judged.evaluation
    found = {"accuracy": measured.accuracy, "macro F1": measured.macro_f1}
    if measured.entities is not None:
        found["entity F1"] = measured.entities.f1
    return found | {
        "loss": measured.loss,
        "calibration error": judged.reliability.error,
        "average precision": judged.average_precision,
    }
