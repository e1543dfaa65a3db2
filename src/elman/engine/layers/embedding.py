"""Embedding: a word is a learned vector."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..row_gradient import RowGradient, distinct
from ._inputs import Lookup, gather
from ._layer import (
    Array,
    Back,
    Connection,
    Layer,
    Parameter,
    Run,
    Shape,
    Shard,
    check_count,
    check_flag,
    check_rate,
)
from ._words import drop_words

__all__ = ["Embedding"]


@dataclass(frozen=True)
class Embedding(Layer):
    """First layer for ids, each a learned row of `embeddings`.

    `embeddings` is (input_dim + 1, output_dim): the last row stands for every unknown word, id `input_dim`.

    Parameters
    ----------
    input_dim : int
        Known words.
    output_dim : int
        Width of the vectors.
    word_dropout : float
        Share of the words that training replaces by the unknown word, drawn anew in every epoch. It is
        also what teaches the unknown word its row.
    trainable : bool
        Whether the vectors are learned, or stay as they are given.
    """

    input_dim: int
    output_dim: int
    word_dropout: float = 0.0
    trainable: bool = True
    first: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_count("Embedding", "input_dim", self.input_dim)
        check_count("Embedding", "output_dim", self.output_dim)
        check_rate("Embedding", "word_dropout", self.word_dropout)
        check_flag("Embedding", "trainable", self.trainable)

    def output_shape(self, shape: Shape) -> Shape:
        return Shape(self.output_dim, sequence=True)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        table = Parameter(
            "embeddings", (self.input_dim + 1, self.output_dim), "uniform_small", trainable=self.trainable
        )
        return (Connection("vectors of the words, the last for unknown ones", (table,)),)

    def forward(self, weights: Mapping[str, Array], x: Array, shard: Shard, run: Run) -> tuple[Lookup, Array]:
        if run.folded:
            return Lookup(weights["embeddings"], x), x
        words, slots = distinct(drop_words(x, self.input_dim, self.word_dropout, shard, run))
        return Lookup(gather(weights["embeddings"], words), slots), words

    def backward(self, weights: Mapping[str, Array], dy: Array, tape: Array, shard: Shard, run: Run) -> Back:
        return Back(None, {"embeddings": RowGradient(tape, dy)} if self.trainable else {})
