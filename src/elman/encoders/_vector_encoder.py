"""What encoders share that know a vector for each word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import check_flag
from ..engine.layers import Embedding, Layer
from ..errors import ModelFolderError
from ..sequences import Sequences
from ._encoder import Array, TokenEncoder
from .word_vectors import WordVectors

__all__ = ["VectorEncoder"]


@dataclass(kw_only=True, eq=False, repr=False)
class VectorEncoder(TokenEncoder):
    """A token is the vector of its word, an unknown one zeros.

    Parameters
    ----------
    trainable : bool
        Whether a network that begins with these vectors learns them further.

    Fitted: `vocabulary_`, and `vectors_`, (words, features) float32, in the order of the vocabulary.
    """

    trainable: bool = True

    vectors_: NDArray[np.float32] = field(init=False)

    @property
    def features_(self) -> int:
        """Width of the vectors."""
        return int(self.vectors_.shape[1])

    @property
    def has_word_vectors(self) -> bool:
        return True

    def word_vectors(self) -> WordVectors:
        """Give the vectors of the words, to be looked up and compared."""
        self._check_fitted()
        return WordVectors(self.vocabulary_.words, self.vectors_)

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        super().check_params()
        check_flag("trainable", self.trainable)

    def transform(self, x: Any) -> Sequences:
        """Give a vector a token, `Sequences` of (time, features) float32."""
        ids = self._ids(x)
        values = self.vectors_.take(ids.values, axis=0, mode="clip")
        values[ids.values == len(self.vocabulary_)] = 0
        return Sequences(values, ids.offsets)

    def layer(self, word_dropout: float = 0.0) -> Layer:
        """Give an Embedding of these words."""
        return Embedding(len(self.vocabulary_), self.features_, word_dropout, bool(self.trainable))

    def weights(self) -> dict[str, Array]:
        """Give the table that the Embedding begins with, the last row, of unknown words, zeros."""
        return {"embeddings": np.concatenate([self.vectors_, np.zeros((1, self.features_), np.float32)])}

    def _saved_params(self) -> dict[str, Any]:
        return super()._saved_params() | {"trainable": self.trainable}  # is read after `fit`, by what begins with it

    def arrays(self) -> dict[str, Array]:
        """Give the vectors."""
        return {"vectors": self.vectors_}

    def _restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        vectors = arrays["vectors"]
        if vectors.ndim != 2 or len(vectors) != len(self.vocabulary_) or vectors.dtype != np.float32:
            raise ModelFolderError(
                f"{len(self.vocabulary_)} words do not go with vectors of shape {vectors.shape}, {vectors.dtype}"
            )
        self.vectors_ = vectors
