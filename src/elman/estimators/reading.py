"""How a fitted model reads one text: its tokens, what its network takes, and what its answers are called."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..encoders import TextEncoder
from ..engine.network import Network
from ..errors import InputError
from ..sequences import Sequences
from ..text import UNKNOWN
from ..text.tokenizer import folded
from ._classifier import of_each_class
from ._words import WordClassifier
from .sequence_classifier import SequenceClassifier
from .text_generator import TextGenerator

__all__ = ["Reading", "read", "read_tokens", "tokens_of"]

OF_NUMBERS = (SequenceClassifier, Network)
"""What reads rows of numbers and no texts."""


@dataclass(frozen=True, eq=False)
class Reading:
    """One text as a model's network reads it.

    tokens : what the text was cut into; of a language model, what leads it among them
    known : (tokens,) bool, whether the model knows each; of one that it does not know it may still read affixes
    sequences : a single row, as `network.accept` gives it
    network : which reads it
    answers : names of the classes, or of the words that are written, in the order of the probabilities
    as_a_whole : whether an encoder makes a vector of all its words together, which is read alone or beside them
    """

    tokens: tuple[str, ...]
    known: NDArray[np.bool_]
    sequences: Sequences
    network: Network
    answers: tuple[Any, ...]
    as_a_whole: bool = False

    @property
    def by_token(self) -> bool:
        """Whether each token is a time step, and not the text a single vector."""
        alone = self.as_a_whole and self.sequences.beside is None
        return self.network.shapes[1].sequence and not alone

    @property
    def answers_every_step(self) -> bool:
        """Whether there is an answer at every time step."""
        return self.network.shapes[-1].sequence

    def of_each_answer(self, output: NDArray[Any]) -> NDArray[Any]:
        """Give what the network puts out, (n, units), with a column for each answer: (n, answers)."""
        return of_each_class(output) if self.network.head.activation == "sigmoid" else output


def read(model: Any, text: Any, about: Any = None, tokens: Sequence[str] | None = None) -> Reading:
    """Read a text as `model.predict` does; as `generate` begins with it, if the model is a language model.

    Parameters
    ----------
    model : TextClassifier, Tagger, SequenceClassifier or TextGenerator, fitted; or a Network
    text : str, or a list of words for a Tagger, or a row of numbers for a SequenceClassifier or a Network
    about : label, of a language model that was trained with labels
    tokens : names for a row of numbers, one a time step; by default ids are their own, vectors are counted from 1

    Raises
    ------
    InputError
        A text that the model cannot read, a label that is missing or unknown, a model of another kind, names that are
        not as many as time steps.
    NotFittedError
    """
    names = tokens_of(model, text, about)
    numeric = isinstance(model, OF_NUMBERS)
    if tokens is not None:
        names = _renamed(names, tokens, numeric)
    sequences = _sequence(model, text) if numeric else read_tokens(model, [names])
    network = model if isinstance(model, Network) else model._fitted()
    return Reading(tuple(names), _known(model, names), sequences, network, _answers(model), _as_a_whole(model))


def _renamed(names: list[str], tokens: Sequence[str], numeric: bool) -> list[str]:
    if not numeric:
        raise InputError("tokens name the time steps of a row of numbers, but this model reads texts: leave tokens out")
    if len(tokens) != len(names) or not all(isinstance(token, str) for token in tokens):
        raise InputError(f"tokens must be {len(names)} strings, one a time step, got {tokens!r:.80}")
    return list(tokens)


def tokens_of(model: Any, text: Any, about: Any = None) -> list[str]:
    """Give what a model cuts a text into: for numbers, each written out or its place. Errors as of `read`."""
    _check_kind(model)
    if about is not None and not isinstance(model, TextGenerator):
        raise InputError(f"about={about!r:.60} has no effect on a {type(model).__name__}: leave about out")
    if isinstance(model, OF_NUMBERS):
        row = _sequence(model, text)
        ids = row.values if row.features is None else np.arange(1, len(row.values) + 1)
        return [str(number) for number in ids.tolist()]
    model._fitted()
    if isinstance(model, TextGenerator):
        ids = model._start(text, about)
        lead = len(ids) - len(model._level.cut(text))
        return [*model.vocabulary_.to_tokens(ids[:lead]), *model._level.cut(text)]
    return next(iter(model._tokens(model._check_rows([text]))))


def read_tokens(model: Any, rows: Iterable[list[str]]) -> Sequences:
    """Give rows of tokens, as `tokens_of` gives them, as the network takes them.

    Raises InputError for a model that reads no tokens.
    """
    _check_kind(model)
    if isinstance(model, OF_NUMBERS):
        raise InputError(f"a {type(model).__name__} reads numbers and no tokens: give the rows to its network")
    network: Network = model._fitted()
    tokens = list(rows)
    if isinstance(model, TextGenerator):
        return network.accept(Sequences.from_rows([model.vocabulary_.to_ids(row) for row in tokens]))
    return network.accept(model._numbers(tokens))


def _sequence(model: "SequenceClassifier | Network", row: Any) -> Sequences:
    if isinstance(model, Network):
        return model.accept([row])
    return model._fitted().accept(model._encode(model._check_rows([row])))


def _known(model: Any, tokens: list[str]) -> NDArray[np.bool_]:
    if isinstance(model, OF_NUMBERS):
        return np.ones(len(tokens), bool)
    fold = isinstance(model, WordClassifier) and not (model.encoding_ is not None and model.encoding_.cased)
    words = [folded(token) for token in tokens] if fold else tokens
    return np.asarray([word in model.vocabulary_ for word in words], bool)


def _as_a_whole(model: Any) -> bool:
    encoding = getattr(model, "encoding_", None)
    return encoding is not None and isinstance(encoding.encoder, TextEncoder)


def _answers(model: Any) -> tuple[Any, ...]:
    if isinstance(model, TextGenerator):
        return (*model.vocabulary_.words, UNKNOWN)
    if isinstance(model, Network):
        units = model.shapes[-1].features or 0
        return tuple(range(max(2, units) if model.head.activation == "sigmoid" else units))
    return tuple(model.classes_.tolist())


def _check_kind(model: Any) -> None:
    if not isinstance(model, (WordClassifier, TextGenerator, *OF_NUMBERS)):
        raise InputError(
            "model must be a TextClassifier, Tagger, SequenceClassifier, TextGenerator or Network, "
            f"got a {type(model).__name__}"
        )
