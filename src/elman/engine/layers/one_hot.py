"""OneHot: a word is a row of zeros with a single one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..row_gradient import distinct
from ._inputs import OneHotRows
from ._layer import Array, Back, Connection, Layer, Run, Shape, Shard, check_count, check_flag, check_rate
from ._words import drop_words, given_weights

__all__ = ["OneHot"]


@dataclass(frozen=True)
class OneHot(Layer):
    """First layer for ids, each the unit vector of its number.

    The vectors are never built: x W is the row W[id]. An unknown word, id `input_dim`, is the zero vector.

    Parameters
    ----------
    input_dim : int
        Known words: the width of the vectors.
    word_dropout : float
        Share of the words that training replaces by the unknown word, drawn anew in every epoch.
    weighted : bool
        Whether a number of its own, from `weights`, (input_dim,), which are given and not learned, stands for the one
        of each word: such as how rare it is.
    """

    input_dim: int
    word_dropout: float = 0.0
    weighted: bool = False
    first: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_count("OneHot", "input_dim", self.input_dim)
        check_rate("OneHot", "word_dropout", self.word_dropout)
        check_flag("OneHot", "weighted", self.weighted)

    def output_shape(self, shape: Shape) -> Shape:
        return Shape(self.input_dim, sequence=True)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        if not self.weighted:
            return ()
        return (given_weights(self.input_dim),)

    def forward(self, weights: Mapping[str, Array], x: Array, shard: Shard, run: Run) -> tuple[OneHotRows, None]:
        words, slots = distinct(drop_words(x, self.input_dim, self.word_dropout, shard, run))
        return OneHotRows(self.input_dim, words, slots, run.dtype, weights.get("weights")), None

    def backward(self, weights: Mapping[str, Array], dy: Any, tape: None, shard: Shard, run: Run) -> Back:
        return Back(None, {})
