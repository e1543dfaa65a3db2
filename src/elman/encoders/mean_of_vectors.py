"""The mean of a text's vectors: the shortest way from words to a text; the order is lost."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..sequences import Sequences
from ._encoder import Array, Text, TextEncoder, TokenEncoder, check_texts
from .word2vec import Word2Vec
from .word_vectors import WordVectors

__all__ = ["MeanOfVectors", "means"]

CELLS = 1 << 26
"""Numbers that the vectors of the tokens hold that are encoded at once: 256 MiB. A text is never cut."""


@dataclass(kw_only=True, eq=False, repr=False)
class MeanOfVectors(TextEncoder):
    """A text is the mean of the vectors of its tokens; one without tokens is zeros.

    Parameters
    ----------
    encoder : TokenEncoder, optional
        What the vectors come from, by default Word2Vec. One that was fitted before is taken as it is, and learns
        nothing further (scikit-learn's `clone` drops what it learned); of another one `fit` fits a copy.

    Fitted: `encoder_`, a copy; `vocabulary_`.

    Examples
    --------
    >>> from elman.encoders import OneHotEncoder
    >>> MeanOfVectors(encoder=OneHotEncoder()).fit_transform(["movie good", "movie bad"]).tolist()
    [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]]
    """

    encoder: TokenEncoder | None = None

    # The encoder has its own.
    min_count: int = field(init=False, default=1)
    max_vocabulary: int | None = field(init=False, default=None)
    random_state: int = field(init=False, default=0)
    threads: int | None = field(init=False, default=None)

    encoder_: TokenEncoder = field(init=False)

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        if self.encoder is None:
            return
        if not isinstance(self.encoder, TokenEncoder):
            raise InputError(f"encoder must be one that gives a vector a token, got {self.encoder!r:.80}")
        self.encoder.check_params()

    def _learn(self, tokens: list[list[str]]) -> None:
        self.encoder_ = self._new()
        if not self.encoder_.is_fitted:
            self.encoder_.fit(tokens)
        self.vocabulary_, self.tokenizer_ = self.encoder_.vocabulary_, self.encoder_.tokenizer_

    def _new(self) -> TokenEncoder:
        return Word2Vec() if self.encoder is None else copy.deepcopy(self.encoder)

    @property
    def features_(self) -> int:
        """Width of the vectors."""
        return self.encoder_.features_

    @property
    def has_word_vectors(self) -> bool:
        return getattr(self, "encoder_", self.encoder or Word2Vec()).has_word_vectors

    def word_vectors(self) -> WordVectors:
        """Give the vectors of the words, whose means it gives. Raises InputError where there are none."""
        self._check_fitted()
        return self.encoder_.word_vectors()

    def transform(self, x: Any) -> NDArray[np.float32]:
        """Give a vector a text, (texts, features) float32."""
        self._check_fitted()
        return means(self.encoder_, self._tokens(check_texts(x)))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Give the name of each feature, (features,) of str."""
        self._check_fitted()
        return self.encoder_.get_feature_names_out()

    def arrays(self) -> dict[str, Array]:
        """Give what the encoder learned."""
        return self.encoder_.arrays()

    def facts(self) -> dict[str, Any]:
        """Give what the encoder learned besides."""
        return self.encoder_.facts()

    def _saved_params(self) -> dict[str, Any]:
        return {"encoder": vars(self).get("encoder_", self.encoder)}

    def _restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        self.encoder_ = self._new()
        self.encoder_.take_up(self.vocabulary_, self.tokenizer_, arrays, facts)


def means(encoder: TokenEncoder, texts: Sequence[Text]) -> NDArray[np.float32]:
    """Give the mean of each text's vectors, (texts, features) float32, for so many texts at once as memory may hold."""
    encoder._check_fitted()
    found = [_mean_by_row(encoder.transform(part)) for part in _parts(encoder, texts)]
    return np.concatenate(found) if found else np.empty((0, encoder.features_), np.float32)


def _parts(encoder: TokenEncoder, texts: Sequence[Text]) -> Iterator[list[Text]]:
    """Give texts as tokens, in parts of at most `CELLS` numbers, but at least a text."""
    most, part, room = max(CELLS // max(encoder.features_, 1), 1), list[Text](), 0
    for text in texts:
        (tokens,) = encoder._tokens([text])
        if part and len(tokens) > room:
            yield part
            part = []
        room = (room if part else most) - len(tokens)
        part.append(tokens)
    if part:
        yield part


def _mean_by_row(sequences: Sequences) -> NDArray[np.float32]:
    """Give the mean of each row's vectors, summed in float64, (rows, features); zeros for an empty row."""
    total = np.zeros((len(sequences), sequences.features or 1), np.float64)
    for row, (begin, end) in enumerate(pairwise(sequences.offsets.tolist())):
        np.add.reduce(sequences.values[begin:end], axis=0, dtype=np.float64, out=total[row])
    return np.asarray(total / np.maximum(sequences.lengths, 1)[:, None], np.float32)
