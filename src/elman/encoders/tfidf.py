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
        self.idf_ = _transformer().fit(self._counts(self.numbers(tokens))).idf_

    def _counts(self, ids: Sequences) -> Any:
        """Give how often each known word comes in each text, a sparse CSR matrix of (texts, words) float64."""
        from scipy.sparse import csr_matrix

        texts, known = np.repeat(np.arange(len(ids)), ids.lengths), ids.values < self.features_
        ones = np.ones(np.count_nonzero(known))
        return csr_matrix((ones, (texts[known], ids.values[known])), shape=(len(ids), self.features_))

    def weights(self) -> dict[str, Array]:
        """Give the inverse document frequencies, which `layer` weighs words with."""
        return {"weights": self.idf_.astype(np.float32)}

    def arrays(self) -> dict[str, Array]:
        """Give the inverse document frequencies."""
        return {"idf": self.idf_}

    def _restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        idf = arrays["idf"]
        if idf.shape != (len(self.vocabulary_),) or idf.dtype != np.float64:
            raise ModelFolderError(
                f"{len(self.vocabulary_)} words do not go with weights of shape {idf.shape}, {idf.dtype}"
            )
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
        counts, transformer = self._counts(self._ids(x)), _transformer()
        transformer.idf_ = self.idf_
        return transformer.transform(counts) if counts.shape[0] else counts  # of no texts it gives an error

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
        np.multiply(ones.values, self.idf_.astype(np.float32), out=ones.values)
        return ones

    def layer(self, word_dropout: float = 0.0) -> Layer:
        """Give a OneHot of these words, weighted."""
        return OneHot(self.features_, word_dropout, weighted=True)


def _transformer() -> Any:
    """Give scikit-learn's transformer of counts."""
    from sklearn.feature_extraction.text import TfidfTransformer

    return TfidfTransformer()
