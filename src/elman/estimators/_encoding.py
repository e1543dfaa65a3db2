"""What a model of words begins with: vectors that it learns by itself, or an encoder."""

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import is_text
from ..encoders import (
    NAMED,
    NAMED_FOR_TEXTS,
    Encoder,
    OneHotEncoder,
    Pretrained,
    TextEncoder,
    TfidfEncoder,
    TfidfTokenEncoder,
    TokenEncoder,
    VectorEncoder,
)
from ..encoders.saving import described, from_description
from ..engine.layers import Embedding, Input, Layer, SideBySide
from ..errors import InputError
from ..sequences import Sequences
from ..text import Tokenizer, Vocabulary
from ..text.tokenizer import folded

__all__ = [
    "EMBEDDING",
    "ENCODERS",
    "Encoding",
    "VectorsInMemory",
    "check_encoder",
    "encoder_for",
    "reason_against_more",
]

Array = NDArray[Any]
EMBEDDING = "embedding"
"""Vectors that the model learns by itself, from none or from given ones."""
ENCODERS = (EMBEDDING, *NAMED)


@dataclass(frozen=True)
class VectorsInMemory:
    """What a loaded model has in the place of WordVectors that were given to it: their description, not themselves."""

    description: str

    def __repr__(self) -> str:
        return self.description


def check_encoder(encoder: Any) -> None:
    """Raise InputError unless this names an encoder, or is one."""
    if isinstance(encoder, Encoder):
        encoder.check_params()
    elif not isinstance(encoder, str) or encoder not in ENCODERS:
        raise InputError(f"encoder must be one of {', '.join(ENCODERS)}, or an Encoder, got {encoder!r:.80}")


def reason_against_more(encoder: Any, vectors: Any) -> str | None:
    """Say why a model of these settings learns nothing from texts without labels; None where its encoder does."""
    if isinstance(encoder, Encoder) and encoder.is_fitted:
        return "which was fitted before, and is taken as it is: leave unlabelled out, or give the encoder unfitted"
    plain = is_text(encoder, EMBEDDING) and vectors is None
    if plain or is_text(encoder, "one-hot") or type(encoder) is OneHotEncoder:
        return "which learns from labels alone: take encoder='word2vec' or another, or leave unlabelled out"
    return None


def encoder_for(encoder: Any, vectors: Any, memory: bool, settings: dict[str, Any], own_count: bool) -> Encoder | None:
    """Give the untrained encoder that settings of a model ask for; None for vectors that it learns from none.

    Parameters
    ----------
    encoder : name, or an Encoder, of which a copy is given, made not trainable where the settings say so
    vectors : to begin an embedding with, or None
    memory : whether recurrent layers read its vectors
    settings : for an encoder that is named: those of them that it has
    own_count : whether one that learns much keeps its own `min_count` all the same
    """
    if isinstance(encoder, Encoder):
        return _copied(encoder, settings["trainable"])
    if encoder == EMBEDDING:
        return None if vectors is None else Pretrained(vectors=vectors, **_known(Pretrained, settings))
    kind = (NAMED if memory else NAMED_FOR_TEXTS)[encoder]
    named = _known(kind, settings)
    if own_count and kind.slow:
        named.pop("min_count", None)
    return kind(**named)


def _copied(encoder: Encoder, trainable: bool) -> Encoder:
    copied = copy.deepcopy(encoder)
    if isinstance(copied, VectorEncoder) and not trainable:
        copied.trainable = False
    return copied


def _known(kind: type[Encoder], settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name in kind().get_params(deep=False)}


class Place(Enum):
    """Where an encoder stands below a network.

    ALONE : it is all that is read
    BEGIN : the words' own vectors begin with its vectors, and are learned further
    ASIDE : its vectors stand beside the words' own, as they are
    BESIDE : its vector of a text joins what the recurrent layers made of the words
    """

    ALONE = "alone"
    BEGIN = "begin"
    ASIDE = "aside"
    BESIDE = "beside"


@dataclass(frozen=True, eq=False)
class Encoding:
    """An encoder in its place below a network.

    memory : whether recurrent layers read its vectors
    """

    encoder: Encoder
    memory: bool

    @property
    def place(self) -> Place:
        """Where it stands."""
        if isinstance(self.encoder, TextEncoder):
            return Place.BESIDE if self.memory else Place.ALONE
        if isinstance(self.encoder, VectorEncoder):
            return Place.BEGIN if self.encoder.trainable else Place.ASIDE
        assert isinstance(self.encoder, TokenEncoder)
        return Place.ASIDE if self.encoder.joins_words else Place.ALONE

    @property
    def alone(self) -> bool:
        """Whether it is all that is read."""
        return self.place is Place.ALONE

    @property
    def cased(self) -> bool:
        """Whether it is all that is read, and reads the letter case."""
        return self.alone and self.encoder.cased

    @property
    def widens(self) -> bool:
        """Whether words have vectors besides, whose width is the model's."""
        return self.place in (Place.ASIDE, Place.BESIDE)

    @property
    def knows(self) -> bool:
        """Whether the words that a model knows are those of the encoder alone."""
        return self.place is not Place.BESIDE and not isinstance(self.encoder, VectorEncoder)

    @property
    def sequence(self) -> bool:
        """Whether the first layer gives a vector a time step, and not one a row."""
        return not (self.alone and isinstance(self.encoder, TfidfEncoder))

    @property
    def beside(self) -> int:
        """Width of the vector that joins what was read of a text; 0 for none."""
        return self.encoder.features_ if self.place is Place.BESIDE else 0

    def fit(self, tokens: list[list[str]], more: Sequence[str | list[str]]) -> None:
        """Learn from the tokens of rows, and from further texts, unless that was done before."""
        if not self.encoder.is_fitted:
            self.encoder.fit([*tokens, *self._further(tokens, more)])

    def _further(self, tokens: list[list[str]], more: Sequence[str | list[str]]) -> Iterable[list[str]]:
        """Cut further texts into tokens; where words are only counted, those that no row holds are left out.

        Of such a word nobody would learn anything: what stands for it in the network would stay as it was drawn.
        """
        tokenizer = Tokenizer(lowercase=not self.cased)
        cut = (tokenizer.tokenize(text) if isinstance(text, str) else self._as_read(text) for text in more)
        if not isinstance(self.encoder, (TfidfEncoder, TfidfTokenEncoder)):
            return cut
        own = {token for row in tokens for token in row}
        return ([token for token in text if token in own] for text in cut)

    def _as_read(self, tokens: list[str]) -> list[str]:
        """Give tokens in lower case, unless their letter case is read."""
        return tokens if self.cased else [folded(token) for token in tokens]

    # The network

    def first(
        self, own: Callable[[int | None], Layer], vocabulary: Vocabulary, word_dropout: float
    ) -> tuple[Layer, dict[str, Array]]:
        """Give the first layer, and the weights that it begins with instead of what is drawn, by name.

        own : gives the layer of the words' own vectors, of this width or of its own
        """
        if self.place is Place.BESIDE:
            return own(None), {}
        if self.place is Place.BEGIN:
            return own(self.encoder.features_), {}
        layer, start = self._layer(vocabulary, word_dropout)
        if self.alone:
            return layer, start
        return SideBySide((own(None), layer)), {f"1/{name}": value for name, value in start.items()}

    def _layer(self, vocabulary: Vocabulary, word_dropout: float) -> tuple[Layer, dict[str, Array]]:
        """Give the layer that reads what the encoder knows, and the weights that it begins with."""
        encoder = self.encoder
        if isinstance(encoder, VectorEncoder):
            table = np.zeros((len(vocabulary) + 1, encoder.features_), np.float32)
            self.begin(table, vocabulary)
            return Embedding(len(vocabulary), encoder.features_, word_dropout, trainable=False), {"embeddings": table}
        if isinstance(encoder, TextEncoder) and not isinstance(encoder, TfidfEncoder):
            return Input(encoder.features_), {}
        assert isinstance(encoder, (TokenEncoder, TfidfEncoder))
        return encoder.layer(word_dropout), encoder.weights()

    def begin(self, table: Array, vocabulary: Vocabulary) -> None:
        """Put the vectors of words that have one in their rows of a table, (words + 1, features)."""
        assert isinstance(self.encoder, VectorEncoder)
        ids = self.encoder.vocabulary_.to_ids(vocabulary.words)
        known = np.flatnonzero(ids < len(self.encoder.vocabulary_))
        table[known] = self.encoder.vectors_[ids[known]]

    # Reading

    def numbers(self, tokens: list[list[str]]) -> Sequences:
        """Give rows of tokens as an encoder reads them that stands alone: a text's own vector is its only time step."""
        if isinstance(self.encoder, (TokenEncoder, TfidfEncoder)):
            return self.encoder.numbers(tokens)
        vectors = self._vectors(tokens)
        return Sequences(vectors, np.arange(len(vectors) + 1))

    def joined(self, words: Sequences, tokens: list[list[str]]) -> Sequences:
        """Let each row come with the text's own vector, where there is one."""
        return replace(words, beside=self._vectors(tokens)) if self.beside else words

    def _vectors(self, tokens: list[list[str]]) -> Array:
        """Give a vector a text, (texts, features) float32."""
        encoded = self.encoder.transform(tokens)
        narrow = encoded.astype(np.float32, copy=False)  # while a sparse matrix is small
        return np.asarray(narrow.toarray() if hasattr(narrow, "toarray") else narrow)

    def found(self, vocabulary: Vocabulary) -> int:
        """Give how many words of a model the encoder knows."""
        return sum(word in self.encoder.vocabulary_ for word in vocabulary.words)

    def known(self, vocabulary: Vocabulary, most: int | None) -> Vocabulary:
        """Give the words that a model knows: its own, and after them those that have a vector besides, up to `most`."""
        if self.place is Place.BESIDE:
            return vocabulary
        if self.knows:
            return self.encoder.vocabulary_  # whose numbers its layer reads
        besides = (word for word in self.encoder.vocabulary_.words if word not in vocabulary)
        return Vocabulary([*vocabulary.words, *besides][:most])

    # Saving

    @property
    def kept(self) -> bool:
        """Whether a trained network still needs it; else the network holds all that was learned but the words."""
        held = isinstance(self.encoder, (OneHotEncoder, TfidfEncoder, TfidfTokenEncoder))
        return self.place is Place.BESIDE or (self.alone and not held)

    def to_config(self) -> dict[str, Any]:
        """Give what `restored` needs besides words and arrays, as JSON can hold it."""
        return described(self.encoder) | {"facts": self.encoder.to_read()[1]}

    @classmethod
    def restored(
        cls, config: dict[str, Any], words: Sequence[str], arrays: dict[str, Array], memory: bool
    ) -> "Encoding":
        """Make it again. Raises an ElmanError or a built-in error for what is damaged."""
        encoder = from_description(config)
        encoder.take_up_to_read(Vocabulary(words), Tokenizer(), arrays, config["facts"])
        return cls(encoder, memory)
