"""One picture of a fitted model, by its kind: what is asked for by name, such as on the command line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..encoders import WordVectors
from ..engine.network import Network
from ..errors import InputError
from ..estimators._classifier import Classifier
from ..estimators.reading import Reading, read
from ..estimators.word_vectors import word_vectors
from .outcomes import Outcomes, outcomes_of, precision_recall_of, reliability_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KINDS", "Kind", "Subject", "classwise_curves", "picture"]

MOST_WORDS = 150
"""Words of a map, unless they are chosen."""


@dataclass(frozen=True)
class Subject:
    """What is drawn.

    model : fitted
    text : that it reads, or the words that are looked up
    about : label, of a language model that was trained with labels
    rows, labels : that it is measured by
    beside : other models by name, which read the same text
    settings : of the kind, by name
    """

    model: Any
    text: Any = None
    about: Any = None
    rows: Any = None
    labels: Any = None
    beside: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None

    def setting(self, name: str) -> Any:
        """Give a setting; None where it was not given."""
        return (self.settings or {}).get(name)


@dataclass(frozen=True)
class Kind:
    """A kind of picture.

    needs : what must be given beside the model: "text", "data" or nothing
    draw : gives the figure, by a subject and whether it is dark
    takes : what may be given as well
    """

    needs: str
    draw: Callable[[Subject, bool], "Figure"]
    takes: tuple[str, ...] = ()


def picture(kind: str, subject: Subject, dark: bool = False) -> "Figure":
    """Draw a kind of picture of a model.

    Parameters
    ----------
    kind : one of `KINDS`

    Raises
    ------
    InputError
        Another kind; a text or data that is missing; a kind that makes no sense for this model; no matplotlib.
    NotFittedError

    Examples
    --------
    >>> import elman
    >>> model = elman.TextClassifier(epochs=5).fit(["movie was good", "movie was bad"], [1, 0])
    >>> type(picture("training", Subject(model))).__name__
    'Figure'
    """
    if kind not in KINDS:
        raise InputError(f"kind must be one of {', '.join(KINDS)}, got {kind!r:.60}")
    needs = KINDS[kind].needs
    if (needs == "text" and subject.text is None) or (needs == "data" and subject.rows is None):
        raise InputError(f"a picture of kind {kind!r} needs {'a text' if needs == 'text' else 'labelled data'}")
    return KINDS[kind].draw(subject, dark)


# Of the network


def _network_of(subject: Subject) -> Network:
    network = getattr(subject.model, "network_", None)
    if not isinstance(network, Network):
        raise InputError(
            f"a {type(subject.model).__name__} is made of more than one network, which this picture cannot show: draw "
            "kind 'shapes' or 'training'"
        )
    return network


def _folded(subject: Subject, dark: bool) -> "Figure":
    from .figures import folded_network

    network = _network_of(subject)
    classes = _classes(subject.model)
    words = getattr(getattr(subject.model, "vocabulary_", None), "words", ())
    return folded_network(network, [*words, "other"], classes[1:] if len(classes) == 2 else classes, dark=dark)


def _classes(model: Any) -> list[Any]:
    return list(model.classes_) if isinstance(model, Classifier) else []


def _unrolled(subject: Subject, dark: bool) -> "Figure":
    from .figures import unrolled_network

    _network_of(subject)
    reading = read(subject.model, subject.text, subject.about)
    if not reading.by_token:
        raise InputError("this model reads a text as a single vector: there are no time steps to unroll")
    return unrolled_network(reading.network, reading.tokens, _answered(reading), dark=dark)


def _answered(reading: Reading) -> list[str]:
    """Give the likeliest answer, once or at each time step, with its probability."""
    output = reading.network.predict(reading.sequences)
    p = np.asarray(output.values if reading.answers_every_step else output)
    p = np.hstack([1 - p, p]) if p.shape[1] == 1 else p
    return [f"{reading.answers[row.argmax()]} {row.max():.2f}" for row in p]


def _shapes(subject: Subject, dark: bool) -> "Figure":
    from .figures import network_shapes

    return network_shapes(dark=dark)


def _training(subject: Subject, dark: bool) -> "Figure":
    from .figures import training_curves

    if not hasattr(subject.model, "history_"):
        raise InputError("how this model was trained is not known: it was saved without its history")
    return training_curves(subject.model.history_, dark=dark)


def _words(subject: Subject, dark: bool) -> "Figure":
    from .figures import word_map

    vectors = subject.model if isinstance(subject.model, WordVectors) else word_vectors(subject.model)
    chosen = subject.text.split() if subject.text is not None else _frequent(vectors.words)
    if len(chosen) < 2:
        raise InputError(f"there must be two words at least to draw, got {chosen!r:.80}")
    rows = np.stack([np.asarray(vectors[word]) for word in chosen])
    return word_map(chosen, rows, subject.setting("neighbours") or 0, dark=dark)


def _frequent(words: Sequence[str]) -> list[str]:
    """Give the first words, which are the most frequent ones; of signs none, where words are enough."""
    spoken = [word for word in words if any(map(str.isalnum, word))]
    return (spoken if len(spoken) > 1 else list(words))[:MOST_WORDS]


# Of a text


def _states(subject: Subject, dark: bool) -> "Figure":
    from .figures import hidden_states

    return hidden_states(*_states_of(subject), dark=dark)


def _states_of(subject: Subject) -> tuple[Any, ...]:
    raise NotImplementedError


# Of labelled data


def _outcomes(subject: Subject) -> Outcomes:
    return outcomes_of(subject.model, subject.rows, subject.labels)


def _confusion(subject: Subject, dark: bool) -> "Figure":
    from .figures import confusion_matrix

    found = _outcomes(subject)
    return confusion_matrix(found.confusion(), found.classes, dark=dark)


def _calibration(subject: Subject, dark: bool) -> "Figure":
    from .figures import calibration

    found = _outcomes(subject)
    return calibration(reliability_of(found.confidence, found.right), dark=dark)


def _precision_recall(subject: Subject, dark: bool) -> "Figure":
    from .figures import precision_recall

    return precision_recall(classwise_curves(_outcomes(subject)), dark=dark)


def classwise_curves(found: Outcomes) -> dict[Any, Any]:
    """Give the precision-recall curve of each class that is there; of two classes that of the second, if it is."""
    there = [place for place in range(len(found.classes)) if (found.truth == place).any()]
    if len(found.classes) == 2 and 1 in there:
        there = [1]
    return {
        found.classes[place]: precision_recall_of(found.probabilities[:, place], found.truth == place)
        for place in there
    }


KINDS: dict[str, Kind] = {
    "network": Kind("", _folded),
    "unrolled": Kind("text", _unrolled, ("about",)),
    "training": Kind("", _training),
    "confusion": Kind("data", _confusion),
    "calibration": Kind("data", _calibration),
    "precision-recall": Kind("data", _precision_recall),
    "words": Kind("", _words, ("text", "neighbours")),
    "shapes": Kind("", _shapes),
}
"""By name, in the order in which they are listed."""
