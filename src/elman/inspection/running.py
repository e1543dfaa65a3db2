"""What a model answers while it reads: after each word, as if the text ended there."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.layers import BidirectionalSoftmax
from ..engine.layers._head import WordHead
from ..engine.network import Network
from ..engine.tracing import logits_of_beginnings
from ..errors import InputError
from ..estimators.reading import OF_NUMBERS, Reading, read_tokens
from ..sequences import Sequences

__all__ = ["NextWords", "expected", "next_words", "running_answers", "writes_words"]

Array = NDArray[Any]
AT_ONCE = 2**14
"""Words of beginnings that are read at a time, about."""
LOGITS_AT_ONCE = 2**22
"""Logits of next words that are held at a time, about."""
FEW = 3
"""Of the words that might come next, so many of the likeliest."""


@dataclass(frozen=True, eq=False)
class NextWords:
    """What a language model expects after each word.

    probabilities : (time,), of the word that did come next; NaN after the last word, and of one that cannot be written
    likeliest : (time, few) int64, places in `reading.answers`, the likeliest first
    of_likeliest : (time, few), their probabilities
    """

    probabilities: Array
    likeliest: NDArray[np.int64]
    of_likeliest: Array


def writes_words(network: Network) -> bool:
    """Tell whether a network is a language model, which answers at each word, with far too many answers to list."""
    return isinstance(network.head, WordHead) and network.shapes[-1].sequence


def running_answers(model: Any, reading: Reading) -> Array:
    """Give the probabilities after each word, (time, answers), the bits that `predict_proba` gives of each beginning.

    A network that reads forward goes over the text once. Where later words count, each beginning is read by itself.
    """
    network = reading.network
    if reading.answers_every_step:
        return reading.of_each_answer(network.predict(reading.sequences).values)
    logits = logits_of_beginnings(network, reading.sequences)
    if logits is not None:
        return reading.of_each_answer(network.activate(logits))
    nothing = np.empty((0, len(reading.answers)), network.dtype)
    parts = (network.predict(part) for part in _beginnings(model, reading))
    return np.concatenate([nothing, *map(reading.of_each_answer, parts)])


def _beginnings(model: Any, reading: Reading) -> Iterator[Sequences]:
    """Give the beginnings of a text as rows, so many at a time that they have `AT_ONCE` words, about."""
    lengths = range(1, len(reading.tokens) + 1)
    numbered = zip(lengths, accumulate(lengths), strict=True)
    for _, group in groupby(numbered, key=lambda pair: pair[1] // AT_ONCE):
        ends = [end for end, _ in group]
        if isinstance(model, OF_NUMBERS):
            rows = [reading.sequences.values[:end] for end in ends]
            yield reading.network.accept(Sequences.from_rows(rows))
        else:
            yield read_tokens(model, [list(reading.tokens[:end]) for end in ends])


def next_words(reading: Reading) -> NextWords:
    """Give what a language model expects after each word.

    Raises InputError for one that has read later words before, and for one that reads no words.
    """
    network, ids = reading.network, reading.sequences.values
    _check_reads_forward(reading)
    few = min(FEW, network.head.units)
    probabilities = np.full(len(ids), np.nan, network.dtype)
    likeliest, of_likeliest = np.empty((len(ids), few), np.int64), np.empty((len(ids), few), network.dtype)
    for begin, p in expected(network, ids):
        came, places = ids[begin + 1 : begin + 1 + len(p)], slice(begin, begin + len(p))
        predicted = np.flatnonzero(came < p.shape[1])  # a word that the head does not have has no probability
        probabilities[begin + predicted] = p[predicted, came[predicted]]
        likeliest[places] = _first(p, few)
        of_likeliest[places] = np.take_along_axis(p, likeliest[places], axis=1)
    return NextWords(probabilities, likeliest, of_likeliest)


def _check_reads_forward(reading: Reading) -> None:
    for name, layer in zip(reading.network.names, reading.network.layers, strict=True):
        if layer.needs_whole_rows or isinstance(layer, BidirectionalSoftmax):
            raise InputError(
                f"layer {name} of this language model has read the next word before it is predicted: there are no next "
                "words to show; take one whose layers read forward"
            )
    if reading.sequences.values.ndim != 1 or reading.sequences.spellings is not None:
        raise InputError("this network predicts words by their ids but reads no ids: which word came next is not known")


def _first(p: Array, few: int) -> NDArray[np.int64]:
    """Give the places of the largest numbers of each row, (rows, few), the largest first, of equal ones the first.

    The whole vocabulary is not sorted, which took 9.6 ms a row of 50,000 words; this takes 1.3.
    """
    least = -np.partition(-p, few - 1, axis=1)[:, few - 1]
    out = np.empty((len(p), few), np.int64)
    for row, (values, edge) in enumerate(zip(p, least, strict=True)):
        places = np.flatnonzero(~(values < edge))  # in their order: so ties are stable; NaN comes last
        out[row] = places[np.argsort(-values[places], kind="stable")[:few]]
    return out


def expected(network: Network, ids: NDArray[np.int64]) -> Iterator[tuple[int, Array]]:
    """Give the probabilities of all words after each word in pieces, (begin, (time, words)), the state carried over."""
    size, state = max(1, LOGITS_AT_ONCE // network.head.units), None
    for begin in range(0, len(ids), size):
        output, state = network.predict([ids[begin : begin + size]], state=state, return_state=True)
        yield begin, output.values
