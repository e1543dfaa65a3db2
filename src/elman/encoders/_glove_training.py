"""Learning GloVe's vectors from counts, with the same bits whatever the number of threads.

Stanford's program lets threads write to the same vectors at the same time. Here the entries are cut by their words
into `PARTS` x `PARTS` blocks, and blocks are learned from together that share neither words nor contexts: those of a
diagonal, (0, s), (1, s + 1), ... (Gemulla, Nijkamp, Haas & Sismanis 2011). Each block goes through its entries in an
order of its own, so it does not matter which thread has it, nor when.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engine import random
from ..engine.kernels.activations import CODES, apply_activation
from ..engine.kernels.glove import CHAINS, train_entries
from ..engine.parallel import in_order
from ..errors import InputError, NonFiniteError
from ._cooccurrence import Pairs

__all__ = ["Entries", "Parameters", "block_entries", "train_epoch"]

PARTS = 8
"""Parts of the words, by their ids' remainders: then frequent words are spread evenly. Part of what the result is."""

WORDS_AT_ONCE = 1 << 12
"""Words whose vectors are drawn at once."""
ROUNDS = 4
"""In how many rounds through all blocks an epoch is made, each with as much of a block's entries: so that the order is
more like one that is drawn from all entries, as Stanford's program has it. Part of what the result is."""
ENTRY = np.dtype([("row", np.int32), ("column", np.int32), ("log", np.float32), ("weight", np.float32)])


class Entries(NamedTuple):
    """Entries of X that are not 0, in the order that they are learned from.

    rows, columns : (n,) int32; logs, weights : (n,) float32, log X_ij and f(X_ij)
    """

    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    logs: NDArray[np.float32]
    weights: NDArray[np.float32]


class Parameters(NamedTuple):
    """What is learned, each with AdaGrad's sums beside it.

    words, contexts : (words, 2, width) float32, vectors filled up with zeros; word_biases, context_biases : (words, 2)
    """

    words: NDArray[np.float32]
    contexts: NDArray[np.float32]
    word_biases: NDArray[np.float32]
    context_biases: NDArray[np.float32]

    @classmethod
    def draw(cls, words: int, dimensions: int, seed: int) -> "Parameters":
        """Begin with numbers from -0.5 to 0.5, divided by `dimensions`, and sums of 1."""
        tables = (_table(words, dimensions, random.derive(seed, name)) for name in ("words", "contexts"))
        biases = (_biases(words, dimensions, random.derive(seed, name)) for name in ("word biases", "context biases"))
        return cls(*tables, *biases)

    def vectors(self, dimensions: int) -> NDArray[np.float32]:
        """Give the sum of each word's two vectors, (words, dimensions): the paper's w + w~."""
        return self.words[:, 0, :dimensions] + self.contexts[:, 0, :dimensions]


def _table(words: int, dimensions: int, seed: int) -> NDArray[np.float32]:
    table = np.zeros((words, 2, -(-dimensions // CHAINS) * CHAINS), np.float32)
    counters = np.arange(dimensions)
    for begin in range(0, words, WORDS_AT_ONCE):
        numbers = np.arange(begin, min(begin + WORDS_AT_ONCE, words))[:, None]
        table[numbers[:, 0], 0, :dimensions] = (random.uniform(seed, numbers, counters) - 0.5) / dimensions
    table[:, 1] = 1
    return table


def _biases(words: int, dimensions: int, seed: int) -> NDArray[np.float32]:
    biases = np.ones((words, 2), np.float32)
    biases[:, 0] = (random.uniform(seed, np.arange(words)) - 0.5) / dimensions
    return biases


# Entries


def block_entries(pairs: Iterable[Pairs], x_max: float, alpha: float, seed: int, threads: int) -> list[Entries]:
    """Cut entries into blocks, that of row part r and column part c at r * PARTS + c, each in an order drawn by `seed`.

    Raises InputError if there are none.
    """
    blocks: list[list[NDArray[Any]]] = [[] for _ in range(PARTS * PARTS)]
    for some in pairs:
        for block, part in zip(blocks, _cut(_entries(some, x_max, alpha)), strict=True):
            block.append(part)
    if not any(len(part) for block in blocks for part in block):
        raise InputError(
            "texts must hold known words that stand near each other to learn from, but none does: give texts of two "
            "words and more, or lower min_count"
        )
    return in_order(lambda block: _shuffled(_joined(block), seed), blocks, threads)


def _entries(pairs: Pairs, x_max: float, alpha: float) -> NDArray[Any]:
    """Give X_ij and X_ji, (n,) of ENTRY; an entry of the diagonal once."""
    entries = np.empty(len(pairs.counts), ENTRY)
    entries["row"], entries["column"] = pairs.first, pairs.second
    logs = _apply("log", pairs.counts)
    entries["log"] = logs
    powers = _apply("exp", alpha * (logs - _apply("log", np.array([x_max]))))
    entries["weight"] = np.where(pairs.counts < x_max, powers, 1)
    mirrored = entries[pairs.first != pairs.second]
    mirrored["row"], mirrored["column"] = mirrored["column"].copy(), mirrored["row"].copy()
    return np.concatenate([entries, mirrored])


def _apply(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply the engine's own exp or log, whose bits are the same on every machine, to a copy."""
    result = np.array(values, np.float64)
    apply_activation(result, CODES[name])
    return result


def _cut(entries: NDArray[Any]) -> list[NDArray[Any]]:
    numbers = (entries["row"] % PARTS * PARTS + entries["column"] % PARTS).astype(np.uint8)
    order = np.argsort(numbers, kind="stable")
    ends = np.cumsum(np.bincount(numbers, minlength=PARTS * PARTS))
    return [entries[part] for part in np.split(order, ends[:-1])]


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Give parts as one and let go of them: with all of them kept until the end, memory was twice that of entries."""
    joined = np.concatenate(parts)
    parts.clear()
    return joined


def _shuffled(entries: NDArray[Any], seed: int) -> Entries:
    order = np.argsort(random.bits(seed, entries["row"], entries["column"]), kind="stable")
    return Entries(*(np.ascontiguousarray(entries[name][order]) for name in ("row", "column", "log", "weight")))


# Epochs


def train_epoch(
    blocks: list[Entries], parameters: Parameters, learning_rate: float, seed: int, epoch: int, threads: int
) -> float:
    """Learn from every entry once; give the mean of their costs. Raises NonFiniteError if that is not finite.

    epoch : counted from 1; the order of the diagonals is drawn for each
    """
    rate = np.float32(learning_rate)
    total = 0.0
    for turn in range(ROUNDS):
        for shift in random.permutation(random.derive(seed, f"diagonals {epoch}.{turn}"), PARTS).tolist():
            diagonal = [_part(blocks[part * PARTS + (part + shift) % PARTS], turn) for part in range(PARTS)]
            total += sum(in_order(lambda entries: train_entries(*entries, *parameters, rate), diagonal, threads))
    loss = float(total / sum(len(block.rows) for block in blocks))
    if not np.isfinite(loss):
        raise NonFiniteError(f"epoch {epoch}: the loss is {loss}; lower learning_rate, now {learning_rate}")
    return loss


def _part(block: Entries, turn: int) -> Entries:
    """Give the entries of a block that a round takes."""
    begin, end = (len(block.rows) * edge // ROUNDS for edge in (turn, turn + 1))
    rows, columns, logs, weights = block
    return Entries(rows[begin:end], columns[begin:end], logs[begin:end], weights[begin:end])
