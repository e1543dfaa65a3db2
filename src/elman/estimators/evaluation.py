"""How good a classifier is on labelled rows, and what cheap rivals reach on the same ones."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..text import Tokenizer
from ._classifier import Classifier
from ._entities import EntityFigures, are_entity_tags, entity_figures
from .perplexity import Perplexity
from .text_generator import TextGenerator
from .transducer import Transducer, Transductions

__all__ = [
    "ClassFigures",
    "Evaluation",
    "Rival",
    "bag_of_bigrams",
    "evaluate",
    "fit_linear_bag",
    "majority_class",
    "measure_rival",
]


@dataclass(frozen=True)
class ClassFigures:
    """Precision, recall and F1 of one class; 0 where nothing was predicted or nothing is there.

    n, predicted : rows that have it, rows that were said to have it
    """

    label: str | int
    n: int
    predicted: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Evaluation:
    """Figures of a classifier on labelled rows.

    n : labels: rows, or time steps where each has a label
    accuracy : share of them whose likeliest class is right
    macro_f1 : mean over the classes of F1
    loss : mean cross-entropy in nats
    entities : where labels are B-/I-/O tags, how well the entities are found that they mark
    """

    n: int
    accuracy: float
    macro_f1: float
    loss: float
    classes: tuple[ClassFigures, ...]
    entities: EntityFigures | None = None

    def figures(self) -> dict[str, float]:
        """Give the headline ones by name, in the order of a table's columns."""
        entity = {} if self.entities is None else {"entity_f1": self.entities.f1}
        return {"accuracy": self.accuracy, "macro_f1": self.macro_f1, **entity}

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return asdict(self)


@dataclass(frozen=True)
class Rival:
    """What another method reaches on the same rows, and the seconds it took to train and predict."""

    name: str
    accuracy: float
    macro_f1: float
    seconds: float
    entity_f1: float | None = None

    def figures(self) -> dict[str, float]:
        """Give those that there are by name, in the order of a table's columns."""
        entity = {} if self.entity_f1 is None else {"entity_f1": self.entity_f1}
        return {"accuracy": self.accuracy, "macro_f1": self.macro_f1, **entity, "seconds": self.seconds}


def evaluate(model: Any, rows: Any, labels: Any = None) -> "Evaluation | Perplexity | Transductions":
    """Measure a fitted classifier on rows and their labels, a language model on texts, or a transducer on pairs.

    Raises
    ------
    InputError
        `model` is no classifier, or a label was not among its classes.
    NotFittedError
        `model` was not fitted.
    """
    if isinstance(model, TextGenerator):
        return model.perplexity(rows, labels)
    if isinstance(model, Transducer):
        return model.measure(rows, labels)
    if not isinstance(model, Classifier) or labels is None:
        raise InputError(f"model must be a classifier, got {type(model).__name__}: call evaluate(model, rows, labels)")
    truth, predicted, loss = model.compare(rows, labels)
    # Also of labels that training did not have, where a classifier can be measured by them.
    every = np.unique(np.concatenate([model.classes_, truth]))
    figures = tuple(_class_figures(label, truth, predicted) for label in every)
    found = _entities(model.classes_, truth, predicted, labels) if model.network_.shapes[-1].sequence else None
    return Evaluation(len(truth), _accuracy(truth, predicted), _macro_f1(figures), loss, figures, found)


def _entities(
    tags: NDArray[Any], truth: NDArray[Any], predicted: NDArray[Any], rows: Sequence[Sequence[Any]]
) -> EntityFigures | None:
    """Measure the entities of rows whose labels stand one behind the other; None where tags mark none."""
    if not are_entity_tags(tags.tolist()):
        return None
    ends = np.cumsum([len(row) for row in rows])[:-1]
    return entity_figures(*([part.tolist() for part in np.split(all_, ends)] for all_ in (truth, predicted)))


def _class_figures(label: Any, truth: NDArray[Any], predicted: NDArray[Any]) -> ClassFigures:
    hits = int(((truth == label) & (predicted == label)).sum())
    there, said = int((truth == label).sum()), int((predicted == label).sum())
    plain = label.item() if isinstance(label, np.generic) else label
    return ClassFigures(
        plain,
        there,
        said,
        hits / said if said else 0.0,
        hits / there if there else 0.0,
        2 * hits / max(there + said, 1),
    )


def _accuracy(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    return float((truth == predicted).mean())


def _macro_f1(figures: Sequence[ClassFigures]) -> float:
    """Mean F1 of the classes that are there or were predicted, as scikit-learn has it."""
    counted = [figure.f1 for figure in figures if figure.n or figure.predicted]
    return float(np.mean(counted)) if counted else 0.0


def measure_rival(name: str, labels: Sequence[Any], predicted: Sequence[Any], seconds: float) -> Rival:
    """Measure another method's answers: a label a row, or a list of them, one a time step."""
    if isinstance(labels[0], list):
        truth, answers = (np.array(list(chain.from_iterable(rows))) for rows in (labels, predicted))
        found = _entities(np.unique(np.concatenate([truth, answers])), truth, answers, labels)
    else:
        truth, answers, found = np.asarray(labels), np.asarray(predicted), None
    figures = [_class_figures(label, truth, answers) for label in np.unique(np.concatenate([truth, answers]))]
    return Rival(name, _accuracy(truth, answers), _macro_f1(figures), seconds, found.f1 if found else None)


def majority_class(
    texts: Sequence[str], labels: Sequence[Any], dev_texts: Sequence[str], dev_labels: Sequence[Any]
) -> Rival:
    """Always answer with the commonest label of training."""
    answer = Counter(labels).most_common(1)[0][0]
    return measure_rival("majority class", dev_labels, [answer] * len(dev_labels), 0.0)


def bag_of_bigrams(
    texts: Sequence[str], labels: Sequence[Any], dev_texts: Sequence[str], dev_labels: Sequence[Any]
) -> Rival:
    """The linear model to beat, see `fit_linear_bag`."""
    begin = time.perf_counter()
    predicted = fit_linear_bag(texts, labels).predict(dev_texts)
    return measure_rival("bag of bigrams", dev_labels, predicted, time.perf_counter() - begin)


def fit_linear_bag(texts: Sequence[str], labels: Sequence[Any], longest: int = 2) -> Any:
    """Fit TF-IDF of words and of up to so many neighbours with logistic regression, as a pipeline of scikit-learn.

    The same tokens as Elman's, in lower case; sublinear term frequency; C = 10, a usual choice for such features.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    vectorizer = TfidfVectorizer(
        tokenizer=Tokenizer().tokenize,
        token_pattern=None,
        lowercase=False,
        ngram_range=(1, longest),
        sublinear_tf=True,
    )
    return make_pipeline(vectorizer, LogisticRegression(C=10, max_iter=1000)).fit(texts, labels)
