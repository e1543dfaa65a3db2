"""SubwordEmbedding: a word is a learned vector of its own and those of its subwords."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...sequences import Sequences
from ..kernels.lookup import add_rows
from ..row_gradient import RowGradient, distinct
from ._inputs import Lookup, gather
from ._layer import Array, Back, Connection, Layer, Parameter, Run, Shape, Shard, check_count, check_rate
from ._words import drop_words

__all__ = ["SubwordEmbedding"]

Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Tape:
    """What `backward` needs of n different words.

    own : (n + 1,) id of each; the last is the unknown word
    subwords, owners : (m,) both, ids of all subwords, and the word that each belongs to
    share : (n + 1, 1), one over the root of the number of each word's subwords
    """

    own: Ids
    subwords: Ids
    owners: Ids
    share: Array


@dataclass(frozen=True)
class SubwordEmbedding(Layer):
    """First layer for words that are spelled: `embeddings[own id]` plus the sum of its n rows of `subwords` / sqrt(n).

    So words that look alike begin alike, and an unknown word is more than unknown (Bojanowski et al. 2017, "Enriching
    Word Vectors with Subword Information"; there a word is the mean of its own vector and those of its subwords).
    The root keeps the size of what is added, however many subwords there are.

    It reads `Sequences` with `spellings`, in which the row of a word is its own id and then those of its subwords.
    `embeddings` is (input_dim + 1, output_dim), the last row for every unknown word; `subwords` is (subwords,
    output_dim).

    Parameters
    ----------
    input_dim : int
        Known words.
    subwords : int
        Known subwords.
    output_dim : int
        Width of the vectors.
    word_dropout : float
        Share of the words that training replaces by the unknown word without subwords.
    """

    input_dim: int
    subwords: int
    output_dim: int
    word_dropout: float = 0.0
    first: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("input_dim", "subwords", "output_dim"):
            check_count("SubwordEmbedding", name, getattr(self, name))
        check_rate("SubwordEmbedding", "word_dropout", self.word_dropout)

    def output_shape(self, shape: Shape) -> Shape:
        return Shape(self.output_dim, sequence=True)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        own = Parameter("embeddings", (self.input_dim + 1, self.output_dim), "uniform_small")
        parts = Parameter("subwords", (self.subwords, self.output_dim), "uniform_small")
        return (
            Connection("vectors of the words, the last for unknown ones", (own,)),
            Connection("vectors of subwords", (parts,)),
        )

    def check(self, sequences: Sequences) -> None:
        """Raise InputError unless every word is spelled by ids that the layer knows."""
        spellings = sequences.spellings
        if spellings is None:
            raise InputError(
                "SubwordEmbedding reads words as rows of ids: give Sequences(values, offsets, spellings=...), or begin "
                "the network with Embedding"
            )
        if spellings.lengths.min(initial=1) < 1:
            raise InputError(
                f"spellings must begin with the id of the word, but row {int(spellings.lengths.argmin())} is empty"
            )
        inside = np.ones(len(spellings.values), bool)
        inside[spellings.offsets[:-1]] = False
        _check_ids("the first id of a spelling", spellings.values[~inside], self.input_dim + 1)
        _check_ids("ids of subwords", spellings.values[inside], self.subwords)

    def forward(self, weights: Mapping[str, Array], x: Array, shard: Shard, run: Run) -> tuple[Lookup, _Tape]:
        assert shard.spellings is not None
        words, slots = distinct(x)
        tape = self._spell(words, shard.spellings, run)
        table = np.zeros((len(tape.own), self.output_dim), run.dtype)
        add_rows(weights["subwords"], tape.subwords, tape.owners, table)
        with np.errstate(invalid="ignore", over="ignore"):  # what is not finite stops training where all can see it
            table = gather(weights["embeddings"], tape.own) + table * tape.share
        return Lookup(table, drop_words(slots, len(words), self.word_dropout, shard, run)), tape

    def _spell(self, words: Ids, spellings: Sequences, run: Run) -> _Tape:
        """Look up the words, and after them the unknown word, which stands for those that are dropped."""
        own, parts = spellings.cut(words, steps=1)[0].values, spellings.cut(words, begin=1)[0]
        share = np.append(1 / np.sqrt(np.maximum(parts.lengths, 1)), 0).astype(run.dtype)[:, None]
        owners = np.repeat(np.arange(len(words)), parts.lengths)
        return _Tape(np.append(own, self.input_dim), parts.values, owners, share)

    def backward(self, weights: Mapping[str, Array], dy: Array, tape: _Tape, shard: Shard, run: Run) -> Back:
        gradients = {
            "embeddings": _row_gradient(dy, np.arange(len(dy)), tape.own),
            "subwords": _row_gradient(dy * tape.share, tape.owners, tape.subwords),
        }
        return Back(None, gradients)


def _row_gradient(values: Array, sources: Ids, ids: Ids) -> Any:
    """Add values[sources[i]] to the gradient of row ids[i], for i in order."""
    rows, slots = distinct(ids)
    total = np.zeros((len(rows), values.shape[1]), values.dtype)
    add_rows(values, sources, slots, total)
    return RowGradient(rows, total)


def _check_ids(what: str, ids: Ids, count: int) -> None:
    wrong = ids[(ids < 0) | (ids >= count)]
    if len(wrong):
        raise InputError(f"{what} must be 0 to {count - 1}, got {wrong[0]}")
