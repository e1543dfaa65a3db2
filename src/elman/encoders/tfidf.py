"""TF-IDF: a word counts the more, the fewer texts it comes in (Salton & Buckley 1988)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..engine.layers import BagOfWords, Layer, OneHot
from ..errors import ModelFolderError
from ..sequences import Sequences
from ._encoder import Array, Encoder, TextEncoder
from .one_hot import OneHotEncoder

__all__ = ["TfidfEncoder", "TfidfTokenEncoder"]


class _Weighted(Encoder):
    """Learns ln((1 + texts) / (1 + texts with the word)) + 1, the inverse document frequency as scikit-learn has it."""

    slow: ClassVar[bool] = False
    idf_: NDArray[np.float64]

    @property
    def features_(self) -> int:
        """Width of the vectors: the number of words."""
        return len(self.vocabulary_)

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Give the words, (features,) of str."""
        self._check_fitted()
        return np.array(self.vocabulary_.words, object)

    def _learn(self, tokens: list[list[str]]) -> None:
        super()._learn(tokens)
        self.idf_ = _vectorizer(self.vocabulary_.words).fit(tokens).idf_

    def weights(self) -> dict[str, Array]:
        """Give the inverse document frequencies, which `layer` weighs words with."""
        return {"weights": self.idf_.astype(np.float32)}

    def arrays(self) -> dict[str, Array]:
        """Give the inverse document frequencies."""
        return {"idf": self.idf_}

    def _restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        idf = arrays["idf"]
        if idf.shape != (len(self.vocabulary_),):
            raise ModelFolderError(f"{len(self.vocabulary_)} words do not go with weights of shape {idf.shape}")
        self.idf_ = idf


@dataclass(kw_only=True, eq=False, repr=False)
class TfidfEncoder(_Weighted, TextEncoder):
    """A text is how often each word comes in it, times the inverse document frequency, to length 1.

    The order of words is lost. It is scikit-learn's TfidfVectorizer on the tokens of this library.

    Parameters
    ----------
    min_count, max_vocabulary
        Words that come less often, or that are not among so many of the most frequent, are unknown, and count nothing.
    random_state, threads
        As all encoders have them; nothing is drawn.

    Fitted: `vocabulary_`, `idf_`, (words,) float64.

    Examples
    --------
    >>> encoder = TfidfEncoder().fit(["movie was good", "movie was bad"])
    >>> encoder.transform(["good movie"]).toarray().round(3).tolist()
    [[0.58, 0.0, 0.815, 0.0]]
    """

    idf_: NDArray[np.float64] = field(init=False)

    def transform(self, x: Any) -> Any:
        """Give a vector a text, a sparse CSR matrix of (texts, words) float64."""
        ids = self._ids(x)
        known = ids.values < self.features_
        kept = Sequences(ids.values[known], np.concatenate([[0], np.cumsum(known)])[ids.offsets])
        words = np.array(self.vocabulary_.words, object)
        vectorizer = _vectorizer(self.vocabulary_.words)
        vectorizer.idf_ = self.idf_
        rows = [words[kept[number]] for number in range(len(kept))]
        return vectorizer.transform(rows) if rows else vectorizer.transform([[]])[:0]  # of none it gives an error

    def layer(self, word_dropout: float = 0.0) -> Layer:
        """Give a BagOfWords, which begins a network without memory."""
        return BagOfWords(self.features_, word_dropout)


@dataclass(kw_only=True, eq=False, repr=False)
class TfidfTokenEncoder(_Weighted, OneHotEncoder):
    """A token is the unit vector of its word's number, times its inverse document frequency; an unknown one zeros.

    Parameters and fitted attributes as of `TfidfEncoder`.

    Examples
    --------
    >>> encoder = TfidfTokenEncoder().fit(["movie was good", "movie was bad"])
    >>> encoder.transform(["good movie"])[0].astype(float).round(3).tolist()
    [[0.0, 0.0, 1.405, 0.0], [1.0, 0.0, 0.0, 0.0]]
    """

    idf_: NDArray[np.float64] = field(init=False)

    def transform(self, x: Any) -> Sequences:
        """Give a vector a token, `Sequences` of (time, words) float32."""
        ones = super().transform(x)
        return Sequences(ones.values * self.idf_.astype(np.float32), ones.offsets)

    def layer(self, word_dropout: float = 0.0) -> Layer:
        """Give a OneHot of these words, weighted."""
        return OneHot(self.features_, word_dropout, weighted=True)


def _vectorizer(words: tuple[str, ...]) -> Any:
    """Give scikit-learn's vectorizer for lists of these words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer=_as_it_is, vocabulary={word: number for number, word in enumerate(words)})


def _as_it_is(tokens: Any) -> Any:
    return tokens
