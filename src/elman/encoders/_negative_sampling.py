"""Negative sampling, by which word2vec and doc2vec learn.

Mikolov et al. (2013), "Distributed Representations of Words and Phrases and their Compositionality"; Le & Mikolov
(2014), "Distributed Representations of Sentences and Documents".

An example has inputs v_1 .. v_C, rows of words or documents, a word to tell, whose output is u_0, and words that were
drawn, with outputs u_1 .. u_K:

    h = (v_1 + ... + v_C) / C
    L = -log sigmoid(u_0 h) - sum of log sigmoid(-u_k h), k = 1 .. K         equation (4) of the paper
    dL/du_k = (sigmoid(u_k h) - y_k) h,  dL/dh = sum of (sigmoid(u_k h) - y_k) u_k,  y_0 = 1, the others 0

A step moves each u_k by -rate dL/du_k and each v_c by -rate dL/dh: by the whole of it, where the gradient would be its
C-th part, as the authors' program does and gensim after it.

What the examples of a text are and what is drawn hangs on the seed, the epoch and the place of the word; examples are
learned one after the other, while other threads make the next ones. So threads change no bit.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import check_positive, is_number
from ..engine import random
from ..engine.activations import ACTIVATIONS
from ..engine.kernels.activations import CODES, apply_activation
from ..engine.kernels.rows import LINE, SUMS
from ..engine.kernels.word_vectors import Examples, Noise, Pieces, learn_examples, make_examples
from ..engine.parallel import ahead, in_order
from ..errors import InputError, NonFiniteError
from ..sequences import Sequences
from ._encoder import Encoder

__all__ = ["NegativeSampling", "Objective", "Schedule", "Tables", "gradients", "infer", "loss", "make_noise", "train"]

Array = NDArray[Any]
Block = tuple[int, int]

PIECE = 1000
"""Tokens of a text after which it is cut, as the authors' program does: windows do not cross the cut. So the memory
that examples take does not grow with the texts."""

BLOCK = 40_000
"""Inputs whose examples are made at once, or somewhat more: they stay in the second-level cache."""

SHARD = 4096
"""Tokens of texts that a thread infers at once, or somewhat more."""

ROWS = 4096
"""Rows that are drawn at once."""


# The readable twin


def loss(h: Array, outputs: Array) -> float:
    """Give L of one example. h: (width,); outputs: (1 + K, width), the word to tell first."""
    signs = np.where(np.arange(len(outputs)) == 0, -1.0, 1.0)
    return float(np.logaddexp(0, signs * (outputs @ h)).sum())


def gradients(h: Array, outputs: Array) -> tuple[Array, Array]:
    """Give dL/dh, (width,), and dL/du, (1 + K, width)."""
    d_scores = ACTIVATIONS["sigmoid"][0](outputs @ h) - (np.arange(len(outputs)) == 0)
    return d_scores @ outputs, np.outer(d_scores, h)


def learn_example(vectors: Array, inputs: Array, outputs: Array, words: Array, rate: float) -> None:
    """Move the rows `inputs` of the vectors and `words` of the outputs: what learn_examples does with each example."""
    dh, du = gradients(vectors[inputs].mean(axis=0), outputs[words])
    np.subtract.at(vectors, inputs, rate * dh)
    np.subtract.at(outputs, words, rate * du)


# What is learned, and from what


@dataclass(frozen=True)
class Objective:
    """What the examples at a place are.

    Parameters
    ----------
    window : farthest that words are inputs, 0 for none
    negative : words drawn for an example
    mean : whether the inputs are one example, or one each
    document : whether the document is an input
    """

    window: int
    negative: int
    mean: bool
    document: bool

    @property
    def most_inputs(self) -> int:
        """At a place."""
        return 2 * self.window + int(self.document)


@dataclass(frozen=True)
class Schedule:
    """Epochs, and the rate of learning, which falls linearly over all of them."""

    epochs: int
    learning_rate: float
    least_rate: float

    def rates(self, epoch: int) -> tuple[float, float]:
        """Give the rate when an epoch begins, and what it changes by until its end."""
        fall = (self.least_rate - self.learning_rate) / self.epochs
        return self.learning_rate + epoch * fall, fall


@dataclass(frozen=True, eq=False)
class Tables:
    """What is learned, (rows, width) float32 each; the width is filled up with zeros, which stay so.

    vectors : inputs of words; outputs : of words; documents : inputs
    """

    vectors: Array
    outputs: Array
    documents: Array

    @classmethod
    def begin(cls, seed: int, words: int, documents: int, dimensions: int) -> "Tables":
        """Draw inputs from -1 / dimensions to 1 / dimensions; outputs are zeros."""
        vectors, outputs = padded(drawn_rows(seed, "words", words, dimensions)), blank(words, dimensions)
        return cls(vectors, outputs, padded(drawn_rows(seed, "documents", documents, dimensions)))

    def learn(self, objective: Objective, examples: Examples, count: int, frozen: bool) -> None:
        """One step on each of the examples; where frozen, documents alone learn."""
        words, width = self.outputs.shape
        flat = (self.vectors.reshape(-1), self.outputs.reshape(-1), self.documents.reshape(-1))
        room = blank(1, 2 * width + 1 + objective.negative)
        learn_examples(examples, count, words, width, *flat, frozen, room[0])


def drawn_rows(seed: int, name: str, rows: int, dimensions: int) -> Array:
    """Give (rows, dimensions) float32, evenly from -1 / dimensions to 1 / dimensions."""
    drawn, own = np.empty((rows, dimensions), np.float32), random.derive(seed, name)
    for begin in range(0, rows, ROWS):  # draws are float64, and hashing them takes as much again
        numbers = np.arange(begin, min(begin + ROWS, rows))
        drawn[numbers] = (random.uniform(own, numbers[:, None], np.arange(dimensions)) * 2 - 1) / dimensions
    return drawn


def blank(rows: int, dimensions: int) -> NDArray[np.float32]:
    """Give zeros, (rows, width): the width filled up to what kernels take, and each row a whole number of cache lines.

    A row that begins within a line is read in two halves at each vector: steps took a third longer.
    """
    width = dimensions + -dimensions % SUMS
    memory = np.zeros(rows * width * 4 + LINE, np.uint8)
    begin = -memory.ctypes.data % LINE
    return memory[begin : begin + rows * width * 4].view(np.float32).reshape(rows, width)


def padded(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fill rows up with zeros to a width that kernels take."""
    filled = blank(*rows.shape)
    filled[:, : rows.shape[1]] = rows
    return filled


def make_noise(counts: Array, power: float, subsampling: float | None) -> Noise:
    """Give how often words are kept and drawn.

    A word that comes c times is drawn with a probability proportional to c^power. It stays in a text with probability
    (sqrt(c / t) + 1) t / c, where t is `subsampling` times all words: the authors' program, not their paper, says so.

    counts : (words,), how often each comes, at least once
    """
    weights = counts.astype(np.float64)
    apply_activation(weights, CODES["log"])  # the C library's pow differs between machines
    weights *= power
    apply_activation(weights, CODES["exp"])
    sums = np.cumsum(weights)
    sums /= sums[-1]
    size = 1 << int(len(counts) - 1).bit_length()  # of a power of two, so that u times it is exact
    guide = np.searchsorted(sums, np.arange(size) / size, side="right")
    return Noise(_kept(counts.astype(np.float64), subsampling), sums, guide.astype(np.int64))


def _kept(counts: NDArray[np.float64], subsampling: float | None) -> NDArray[np.float64]:
    if subsampling is None:
        return np.ones(len(counts))
    share = subsampling * counts.sum() / counts
    kept: NDArray[np.float64] = np.minimum((np.sqrt(1 / share) + 1) * share, 1)
    return kept


def make_pieces(offsets: Array, alone: bool) -> Pieces:
    """Cut texts into pieces.

    alone : whether draws and rate are counted from the beginning of each text, or through all of them
    """
    lengths = np.diff(offsets)
    pieces = -(-lengths // PIECE)
    documents = np.repeat(np.arange(len(lengths)), pieces)
    inside = np.arange(len(documents)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begins = offsets[documents] + inside * PIECE
    ends = np.minimum(begins + PIECE, offsets[documents + 1])
    origins = offsets[documents] if alone else np.zeros(len(documents), np.int64)
    spans = lengths[documents] if alone else np.full(len(documents), offsets[-1])
    return Pieces(begins, ends, documents, origins, spans)


def _cut(begins: Array, first: int, last: int, size: int) -> list[Block]:
    """Cut pieces, or texts, first .. last - 1 into blocks of about `size` tokens, by where they begin."""
    blocks = begins[first:last] // size
    edges = first + np.flatnonzero(np.diff(blocks)) + 1
    bounds = [first, *edges.tolist(), last]
    return [(a, b) for a, b in pairwise(bounds) if a < b]


@dataclass(frozen=True, eq=False)
class _Course:
    """Makes the examples of a block, wherever it is asked."""

    ids: Array
    pieces: Pieces
    noise: Noise
    objective: Objective
    schedule: Schedule
    seed: int

    def blocks(self, first: int = 0, last: int | None = None) -> list[Block]:
        """Cut pieces, all of them by default, into blocks."""
        last = len(self.pieces.begins) if last is None else last
        return _cut(self.pieces.begins, first, last, max(1, BLOCK // self.objective.most_inputs))

    def examples(self, task: tuple[int, Block]) -> tuple[Examples, int]:
        """Give the examples of a block in an epoch, and their number."""
        epoch, (first, last) = task
        sizes = self.pieces.ends[first:last] - self.pieces.begins[first:last]
        o, room = self.objective, self._room(int(sizes.sum()))
        key, kept = random.bits(self.seed, epoch)[()], np.empty((2, sizes.max()), np.int64)
        count = make_examples(
            self.ids, self.pieces, first, last, key, self.noise, o.window, o.negative, o.mean, o.document,
            self.schedule.rates(epoch), kept[0], kept[1], room,
        )  # fmt: skip
        return room, int(count)

    def _room(self, tokens: int) -> Examples:
        o = self.objective
        inputs = tokens * o.most_inputs
        n = tokens if o.mean else inputs
        words, ends = np.empty((n, 1 + o.negative), np.int32), np.empty(n, np.int64)
        return Examples(np.empty(inputs, np.int32), ends, words, np.empty(n, np.int32), np.empty(n))


def train(
    texts: Sequences, tables: Tables, noise: Noise, objective: Objective, schedule: Schedule, seed: int, threads: int
) -> None:
    """Learn tables from texts as ids, in place.

    Raises
    ------
    NonFiniteError
        Numbers grew beyond what float32 holds.
    """
    pieces = make_pieces(texts.offsets, alone=False)
    course = _Course(texts.values, pieces, noise, objective, schedule, random.derive(seed, "examples"))
    blocks = course.blocks()
    tasks = ((epoch, block) for epoch in range(schedule.epochs) for block in blocks)
    for examples, count in ahead(course.examples, tasks, threads):
        tables.learn(objective, examples, count, frozen=False)
    _check_finite(tables.vectors, tables.outputs, tables.documents)


def infer(
    texts: Sequences, tables: Tables, noise: Noise, objective: Objective, schedule: Schedule, seed: int, threads: int
) -> None:
    """Learn the documents alone, in place. What is learned of a text hangs on nothing but its own words."""
    pieces = make_pieces(texts.offsets, alone=True)
    course = _Course(texts.values, pieces, noise, objective, schedule, random.derive(seed, "inference"))

    def learn(shard: Block) -> None:
        first, last = np.searchsorted(pieces.documents, shard)
        for epoch in range(schedule.epochs):
            for block in course.blocks(int(first), int(last)):
                tables.learn(objective, *course.examples((epoch, block)), frozen=True)

    in_order(learn, _cut(texts.offsets, 0, len(texts), SHARD), threads)
    _check_finite(tables.documents)


def _check_finite(*tables: Array) -> None:
    if not all(np.isfinite(table).all() for table in tables):
        raise NonFiniteError("word vectors grew beyond all numbers: lower learning_rate")


@dataclass(kw_only=True, eq=False, repr=False)
class NegativeSampling(Encoder):
    """The settings of what learns by negative sampling.

    Parameters
    ----------
    dimensions : int
        Width of the vectors.
    window : int
        Words to either side that may be near; how far it really reaches is drawn anew at each place, from 1 to this.
    negative : int
        Words drawn for each example; one that is the word to tell is left out.
    subsampling : float, optional
        Words whose share of all words is greater are thinned out, the more frequent, the more; None for none.
    power : float
        A word is drawn in proportion to its count raised to this.
    epochs : int
    learning_rate, least_rate : float
        The rate falls linearly from the first to the second.
    min_count, max_vocabulary, random_state, threads
        As `Encoder` says. Unknown words are left out before windows are formed.
    """

    dimensions: int = 100
    window: int = 5
    negative: int = 5
    subsampling: float | None = 1e-3
    power: float = 0.75
    epochs: int = 5
    learning_rate: float = 0.025
    least_rate: float = 0.0001
    min_count: int = 5

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        super().check_params()
        for name in ("dimensions", "window", "negative", "epochs"):
            check_positive(name, getattr(self, name))
        _check_positive_share("learning_rate", self.learning_rate)
        if not is_number(self.least_rate) or not 0 <= self.least_rate <= self.learning_rate:
            raise InputError(f"least_rate must be a number from 0 to learning_rate, got {self.least_rate!r:.80}")
        if not is_number(self.power) or not -1 <= self.power <= 1:
            raise InputError(f"power must be a number from -1 to 1, got {self.power!r:.80}")
        if self.subsampling is not None:
            _check_positive_share("subsampling", self.subsampling)

    def _schedule(self) -> Schedule:
        return Schedule(int(self.epochs), float(self.learning_rate), float(self.least_rate))

    def _noise(self, counts: Array) -> Noise:
        return make_noise(counts, float(self.power), self.subsampling)


def _check_positive_share(name: str, value: Any) -> None:
    if not is_number(value) or not 0 < value <= 1:
        raise InputError(f"{name} must be a number greater than 0, at most 1, got {value!r:.80}")
