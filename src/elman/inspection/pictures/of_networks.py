"""Pictures of what a model is made of, how it was trained, and what words are to it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...encoders import WordVectors
from ...engine.layers import BidirectionalSoftmax, OneHot
from ...engine.network import Network
from ...errors import InputError
from ...estimators._classifier import Classifier
from ...estimators.reading import Reading, read
from ...estimators.word_vectors import word_vectors
from ..running import expected, writes_words
from ..trace import check_by_token
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_folded", "draw_shapes", "draw_training", "draw_unrolled", "draw_words", "network_of"]

MOST_WORDS = 150
"""Words of a map, unless they are chosen."""


def network_of(model: Any) -> Network:
    """Give a model's one network, or the network itself. Raises InputError for an encoder-decoder, which is two."""
    network = model if isinstance(model, Network) else getattr(model, "network_", None)
    if not isinstance(network, Network):
        raise InputError(
            f"a {type(model).__name__} is made of more than one network, which this picture cannot show: draw "
            "training or shapes"
        )
    return network


def draw_folded(subject: Subject, dark: bool) -> "Figure":
    from ..figures import folded_network

    network, classes = network_of(subject.model), _classes(subject.model)
    words = list(getattr(getattr(subject.model, "vocabulary_", None), "words", ()))
    # Vectors of words have features, and no names; one number for each word has.
    inputs = words if isinstance(network.layers[0], OneHot) and network.shapes[1].features == len(words) else ()
    # Of two classes the network says how likely the second one is.
    return folded_network(network, inputs, classes[1:] if len(classes) == 2 else classes, dark=dark)


def _classes(model: Any) -> list[Any]:
    return model.classes_.tolist() if isinstance(model, Classifier) else []


def draw_unrolled(subject: Subject, dark: bool) -> "Figure":
    from ..figures import unrolled_network

    network_of(subject.model)
    reading = read(subject.model, subject.text, subject.about)
    check_by_token(reading)
    return unrolled_network(reading.network, reading.tokens, _answered(reading), dark=dark)


def _answered(reading: Reading) -> list[str]:
    """Give the likeliest answer, once or at each time step, with its probability."""
    return [f"{reading.answers[row.argmax()]} {row.max():.2f}" for p in _probabilities(reading) for row in p]


def _probabilities(reading: Reading) -> Iterator[NDArray[Any]]:
    """Give the probabilities of all answers, (n, answers), of a language model in pieces."""
    network = reading.network
    if writes_words(network) and not isinstance(network.head, BidirectionalSoftmax):
        yield from (p for _, p in expected(network, reading.sequences.values))
        return
    output = network.predict(reading.sequences)
    yield reading.of_each_answer(np.asarray(output.values if reading.answers_every_step else output))


def draw_shapes(subject: Subject, dark: bool) -> "Figure":
    from ..figures import network_shapes

    return network_shapes(dark=dark)


def draw_training(subject: Subject, dark: bool) -> "Figure":
    from ..figures import training_curves

    if not hasattr(subject.model, "history_"):
        raise InputError("how this model was trained is not known: it was saved without its history; train it again")
    return training_curves(subject.model.history_, dark=dark)


def draw_words(subject: Subject, dark: bool) -> "Figure":
    from ..figures import word_map

    vectors = subject.model if isinstance(subject.model, WordVectors) else word_vectors(subject.model)
    chosen = list(dict.fromkeys(subject.text.split())) if subject.text is not None else _frequent(vectors.index_to_key)
    if len(chosen) < 2:
        raise InputError(f"there must be two words at least to draw, got {chosen!r:.80}")
    rows = np.stack([np.asarray(vectors[word]) for word in chosen])
    return word_map(chosen, rows, subject.neighbors or 0, dark=dark)


def _frequent(words: Sequence[str]) -> list[str]:
    """Give the first words, which are the most frequent ones; no signs, where there are words enough."""
    spoken = [word for word in words if any(map(str.isalnum, word))]
    return (spoken if len(spoken) > 1 else list(words))[:MOST_WORDS]
