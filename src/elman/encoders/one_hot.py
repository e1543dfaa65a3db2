"""One-hot: a token is a row of zeros with a single one."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..engine.layers import Layer, OneHot
from ..sequences import Sequences
from ._encoder import TokenEncoder

__all__ = ["OneHotEncoder"]


@dataclass(kw_only=True, eq=False, repr=False)
class OneHotEncoder(TokenEncoder):
    """A token is the unit vector of its word's number, an unknown one zeros.

    Words are numbered by falling frequency, ties by first appearance. A network that begins with `layer` never builds
    the vectors: a product with one of them is a row of the other factor.

    Parameters
    ----------
    min_count, max_vocabulary
        Words that come less often, or that are not among so many of the most frequent, are unknown.
    random_state, threads
        As all encoders have them; nothing is drawn.

    Fitted: `vocabulary_`.

    Examples
    --------
    >>> encoder = OneHotEncoder().fit(["movie was good", "movie was bad", "movie was not good"])
    >>> encoder.get_feature_names_out().tolist()
    ['movie', 'was', 'good', 'bad', 'not']
    >>> encoder.transform(["movie was not good"])[0].tolist()
    [[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0, 0.0]]
    """

    slow: ClassVar[bool] = False

    @property
    def features_(self) -> int:
        """Width of the vectors: the number of words."""
        return len(self.vocabulary_)

    def transform(self, x: Any) -> Sequences:
        """Give a vector a token, `Sequences` of (time, words) float32."""
        ids = self._ids(x)
        values = np.zeros((len(ids.values), self.features_), np.float32)
        known = np.flatnonzero(ids.values < self.features_)
        values[known, ids.values[known]] = 1
        return Sequences(values, ids.offsets)

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Give the words, (features,) of str."""
        self._check_fitted()
        return np.array(self.vocabulary_.words, object)

    def layer(self, word_dropout: float = 0.0) -> Layer:
        """Give a OneHot of these words."""
        return OneHot(self.features_, word_dropout)
