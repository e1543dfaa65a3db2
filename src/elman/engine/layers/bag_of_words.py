"""BagOfWords: a text is how often each word comes in it, weighted; the order is lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ._inputs import SparseRows
from ._layer import Array, Back, Connection, Layer, Run, Shape, Shard, check_count, check_rate
from ._words import drop_words, given_weights

__all__ = ["BagOfWords"]


@dataclass(frozen=True)
class BagOfWords(Layer):
    """First layer for ids: one vector a row, count times weight of each word, of length 1 (Salton & Buckley 1988).

    With inverse document frequencies as `weights`, (input_dim,), which are given and not learned, that is TF-IDF. The
    vectors are never built: x W adds up rows of W. An unknown word, id `input_dim`, counts nothing, and a row without
    known words is the zero vector.

    Parameters
    ----------
    input_dim : int
        Known words: the width of the vectors.
    word_dropout : float
        Share of the words that training leaves out, drawn anew in every epoch.
    """

    input_dim: int
    word_dropout: float = 0.0
    first: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_count("BagOfWords", "input_dim", self.input_dim)
        check_rate("BagOfWords", "word_dropout", self.word_dropout)

    def output_shape(self, shape: Shape) -> Shape:
        return Shape(self.input_dim, sequence=False)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        return (given_weights(self.input_dim),)

    def forward(self, weights: Mapping[str, Array], x: Array, shard: Shard, run: Run) -> tuple[SparseRows, None]:
        ids = drop_words(x, self.input_dim, self.word_dropout, shard, run)
        rows, known = shard.packing.positions()[0], ids < self.input_dim
        places, counts = np.unique(rows[known] * self.input_dim + ids[known], return_counts=True)
        owners, columns = np.divmod(places, self.input_dim)
        values: Array = counts * weights["weights"][columns].astype(np.float64)
        lengths = np.sqrt(np.bincount(owners, values * values, shard.packing.rows))
        values = values / np.where(lengths > 0, lengths, 1)[owners]
        offsets = np.searchsorted(owners, np.arange(shard.packing.rows + 1))
        return SparseRows(self.input_dim, offsets, columns, values.astype(run.dtype)), None

    def backward(self, weights: Mapping[str, Array], dy: Any, tape: None, shard: Shard, run: Run) -> Back:
        return Back(None, {})
