"""What a model of words begins with: vectors that it learns by itself, or an encoder."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from ..engine.layers import Input, Layer
from ..errors import InputError
from ..sequences import Sequences
from ..text import Tokenizer, Vocabulary

__all__ = ["EMBEDDING", "ENCODERS", "Encoding", "check_encoder", "encoder_for"]

Array = NDArray[Any]
EMBEDDING = "embedding"
"""Vectors that the model learns by itself, from none or from given ones."""
ENCODERS = (EMBEDDING, *NAMED)


def check_encoder(encoder: Any) -> None:
    """Raise InputError unless this names an encoder, or is one."""
    if isinstance(encoder, Encoder):
        encoder.check_params()
    elif not isinstance(encoder, str) or encoder not in ENCODERS:
        raise InputError(f"encoder must be one of {', '.join(ENCODERS)}, or an Encoder, got {encoder!r:.80}")


def encoder_for(
    encoder: Any, vectors: Any, memory: bool, settings: dict[str, Any], min_count: int, settled: bool
) -> Encoder | None:
    """Give the untrained encoder that settings of a model ask for; None for vectors that it learns from none.

    Parameters
    ----------
    encoder : name, or an Encoder, of which a copy is given
    vectors : to begin an embedding with, or None
    memory : whether recurrent layers read its vectors
    settings : for an encoder that is named: those of them that it has
    min_count : of the model
    settled : whether that was not given; then an encoder that learns much has its own
    """
    if isinstance(encoder, Encoder):
        return copy.deepcopy(encoder)
    if encoder == EMBEDDING:
        return None if vectors is None else Pretrained(vectors=vectors, **_known(Pretrained, settings))
    kind = (NAMED if memory else NAMED_FOR_TEXTS)[encoder]
    own = settings if settled and kind.slow else settings | {"min_count": min_count}
    return kind(**_known(kind, own))


def _known(kind: type[Encoder], settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name in kind().get_params(deep=False)}


@dataclass(frozen=True, eq=False)
class Encoding:
    """An encoder in its place below a network.

    memory : whether recurrent layers read its vectors
    """

    encoder: Encoder
    memory: bool

    @property
    def whole(self) -> bool:
        """Whether it is all that the network reads; else words are read beside it, or begin with its vectors."""
        if isinstance(self.encoder, VectorEncoder):
            return False
        return not (isinstance(self.encoder, TextEncoder) and self.memory)

    @property
    def sequence(self) -> bool:
        """Whether the first layer gives a vector a time step, and not one a row."""
        return not (self.whole and isinstance(self.encoder, TfidfEncoder))

    @property
    def width(self) -> int:
        """Width of the vectors that words begin with; 0 where they do not begin with this encoder's."""
        return self.encoder.features_ if isinstance(self.encoder, VectorEncoder) else 0

    @property
    def beside(self) -> int:
        """Width of the vector that joins what was read of a text; 0 for none."""
        return self.encoder.features_ if isinstance(self.encoder, TextEncoder) and self.memory else 0

    def fit(self, tokens: list[list[str]], more: Sequence[str | list[str]]) -> None:
        """Learn from the tokens of rows, and from further texts, unless that was done before."""
        if self.encoder.is_fitted and self.encoder.slow:
            return
        tokenizer = Tokenizer()
        cut = (tokenizer.tokenize(text) if isinstance(text, str) else text for text in more)
        self.encoder.fit([*tokens, *cut])

    def first(self, word_dropout: float) -> tuple[Layer, dict[str, Array]]:
        """Give the first layer and the weights that it begins with, where the encoder is all that is read."""
        encoder = self.encoder
        if isinstance(encoder, TextEncoder) and not isinstance(encoder, TfidfEncoder):
            return Input(encoder.features_), {}
        assert isinstance(encoder, (TokenEncoder, TfidfEncoder))
        return encoder.layer(word_dropout), encoder.weights()

    def numbers(self, tokens: list[list[str]]) -> Sequences:
        """Give rows of tokens as that layer reads them: a text's own vector is its only time step."""
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
        return np.asarray(encoded.toarray() if hasattr(encoded, "toarray") else encoded, np.float32)

    def found(self, vocabulary: Vocabulary) -> int:
        """Give how many words of a model the encoder knows."""
        return sum(word in self.encoder.vocabulary_ for word in vocabulary.words)

    def known(self, vocabulary: Vocabulary) -> Vocabulary:
        """Give the words that a model knows: its own, and after them those that have a vector besides."""
        if self.whole:
            return self.encoder.vocabulary_
        if not isinstance(self.encoder, VectorEncoder):
            return vocabulary
        return Vocabulary([*vocabulary.words, *(w for w in self.encoder.vocabulary_.words if w not in vocabulary)])

    def start(self, parameters: dict[str, Array], layer: str, vocabulary: Vocabulary) -> dict[str, Array]:
        """Give the table of an embedding of these words: the encoder's vectors for those that it knows, what was drawn
        for the others.
        """
        if not isinstance(self.encoder, VectorEncoder):
            return {}
        table, ids = parameters[f"{layer}/embeddings"].copy(), self.encoder.vocabulary_.to_ids(vocabulary.words)
        known = np.flatnonzero(ids < len(self.encoder.vocabulary_))
        table[known] = self.encoder.vectors_[ids[known]]
        return {"embeddings": table}

    @property
    def kept(self) -> bool:
        """Whether a trained network still needs it; else the network holds all that was learned but the words."""
        return bool(self.beside) or (
            self.whole and not isinstance(self.encoder, (OneHotEncoder, TfidfEncoder, TfidfTokenEncoder))
        )

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
