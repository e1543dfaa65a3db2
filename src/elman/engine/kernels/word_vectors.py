"""Learning word and document vectors by negative sampling: which examples a text gives, and one step on each.

An example is a few input vectors whose mean is to tell a word from words that were drawn: with skip-gram one word that
stands near, with CBOW all of these, with PV-DBOW the document, with PV-DM both. The readable twin, with the equations,
is in encoders/_negative_sampling.py.
"""

from typing import NamedTuple

import numpy as np

from ._compile import kernel
from .activations import sigmoids
from .draws import fold, uniform
from .rows import add_scaled, dot, prefetch

__all__ = ["Examples", "Noise", "Pieces", "learn_examples", "make_examples"]

KEEP, REACH, NOISE = 0, 1, 2
"""What the first draws of a place are for: whether its word is kept, how far its window reaches; the rest are noise."""

AHEAD = 2
"""Examples from asking for rows to reading them: with none, steps took longer; one to eight are alike."""


class Pieces(NamedTuple):
    """Pieces of texts, which windows do not leave. All (pieces,) int64.

    begins, ends : its places among the ids
    documents : number of its text
    origins : the place that its draws and its rate of learning are counted from
    spans : places that the rate falls over
    """

    begins: np.ndarray
    ends: np.ndarray
    documents: np.ndarray
    origins: np.ndarray
    spans: np.ndarray


class Noise(NamedTuple):
    """How often words are kept and drawn. keep, sums : (words,) float64; guide : (words,) int64.

    keep : with what probability a word stays in a text
    sums : running sums of the probabilities to be drawn, the last one 1
    guide : guide[j], the word that j / words falls to: where the search for a draw begins
    """

    keep: np.ndarray
    sums: np.ndarray
    guide: np.ndarray


class Examples(NamedTuple):
    """Room for n examples, filled from the front.

    inputs : int32, word w as w, document d as words + d; those of example e end at input_ends[e]
    input_ends : (n,) int64
    words : (n, 1 + negative) int32, the word to tell and those that were drawn
    counts : (n,) int32, how many these are
    rates : (n,) float64
    """

    inputs: np.ndarray
    input_ends: np.ndarray
    words: np.ndarray
    counts: np.ndarray
    rates: np.ndarray


@kernel
def _drawn(noise, u):
    """np.searchsorted(noise.sums, u, side="right"), found from the guide (Chen & Asau 1974)."""
    word = noise.guide[int(u * noise.guide.size)]
    while noise.sums[word] <= u:
        word += 1
    return word


@kernel
def _keep(ids, begin, end, origin, key, noise, kept, places):
    """Write the known words that subsampling leaves, and their places; give their number."""
    count = 0
    for place in range(begin, end):
        word = ids[place]
        if word < noise.keep.size and uniform(fold(key, place - origin), KEEP) < noise.keep[word]:
            kept[count] = word
            places[count] = place
            count += 1
    return count


@kernel
def _close(examples, e, inputs, target, draws, begin, negative, noise, rate):
    """Example e ends with so many inputs: write the word to tell, and those drawn that are another."""
    words = examples.words[e]
    words[0] = target
    count = 1
    for k in range(negative):
        word = _drawn(noise, uniform(draws, begin + k))
        if word != target:
            words[count] = word
            count += 1
    examples.input_ends[e] = inputs
    examples.counts[e] = count
    examples.rates[e] = rate


@kernel
def make_examples(
    ids, pieces, first, last, key, noise, window, negative, mean, document, rates, kept, places, examples
):
    """Fill `examples` with those of the pieces first .. last - 1, in the order of the places; give their number.

    ids : (tokens,) int64; ids from the number of words on are unknown, and left out
    key : uint64, random.bits(seed, epoch)
    window : the farthest that it may reach; 0 for no words as inputs
    mean : whether the inputs at a place are one example or one each
    document : whether the document is an input, too
    rates : (rate at an origin, what it changes by over a span)
    kept, places : room for the longest piece
    """
    e, n = 0, 0
    for piece in range(first, last):
        origin, span = pieces.origins[piece], pieces.spans[piece]
        size = _keep(ids, pieces.begins[piece], pieces.ends[piece], origin, key, noise, kept, places)
        for i in range(size):
            draws = fold(key, places[i] - origin)
            rate = rates[0] + rates[1] * ((places[i] - origin) / span)
            reach = 1 + int(uniform(draws, REACH) * window) if window else 0
            began, drawn = n, NOISE
            for j in range(max(0, i - reach), min(size, i + reach + 1)):
                if j != i:
                    examples.inputs[n] = kept[j]
                    n += 1
                    if not mean:
                        _close(examples, e, n, kept[i], draws, drawn, negative, noise, rate)
                        e += 1
                        drawn += negative
            if document:
                examples.inputs[n] = noise.keep.size + pieces.documents[piece]
                n += 1
            if n > began and (mean or document):
                _close(examples, e, n, kept[i], draws, drawn, negative, noise, rate)
                e += 1
    return e


@kernel
def _ask(examples, e, outputs, width):
    for k in range(examples.counts[e]):
        prefetch(outputs, examples.words[e, k] * width, width)


@kernel
def _mean(examples, begin, end, words, width, vectors, documents, room):
    """The first row of `room` becomes the mean of the inputs begin .. end - 1."""
    share = room.dtype.type(1) / room.dtype.type(end - begin)
    for i in range(begin, end):
        row = examples.inputs[i]
        if row < words:
            add_scaled(room, 0, vectors, row * width, share, width)
        else:
            add_scaled(room, 0, documents, (row - words) * width, share, width)


@kernel
def _descend(examples, e, width, outputs, frozen, room):
    """Move the outputs of an example; the second row of `room`, zeros, becomes -rate dL/dh, where the first is h."""
    one, zero = room.dtype.type(1), room.dtype.type(0)
    rate, n, steps = room.dtype.type(examples.rates[e]), examples.counts[e], 2 * width
    for k in range(n):
        room[steps + k] = dot(room, 0, outputs, examples.words[e, k] * width, width)
    sigmoids((room,), (steps,), n, ())
    for k in range(n):
        room[steps + k] = rate * ((one if k == 0 else zero) - room[steps + k])
        add_scaled(room, width, outputs, examples.words[e, k] * width, room[steps + k], width)
    if not frozen:
        for k in range(n):
            add_scaled(outputs, examples.words[e, k] * width, room, 0, room[steps + k], width)


@kernel
def _move(examples, begin, end, words, width, vectors, documents, frozen, room):
    """Each of the inputs moves by the second row of `room`."""
    one = room.dtype.type(1)
    for i in range(begin, end):
        row = examples.inputs[i]
        if row >= words:
            add_scaled(documents, (row - words) * width, room, width, one, width)
        elif not frozen:
            add_scaled(vectors, row * width, room, width, one, width)


@kernel
def learn_examples(examples, count, words, width, vectors, outputs, documents, frozen, room):
    """One step of gradient descent on each of the first `count` examples, one after the other.

    words : number of words
    width : of a row, a multiple of rows.SUMS
    vectors, outputs, documents : 1-D, row after row, changed in place
    frozen : whether only documents learn
    room : (2 width + 1 + negative,)
    """
    begin, zero = 0, room.dtype.type(0)
    for e in range(min(AHEAD, count)):
        _ask(examples, e, outputs, width)
    for e in range(count):
        if e + AHEAD < count:
            _ask(examples, e + AHEAD, outputs, width)
        end = examples.input_ends[e]
        room[: 2 * width] = zero
        _mean(examples, begin, end, words, width, vectors, documents, room)
        _descend(examples, e, width, outputs, frozen, room)
        _move(examples, begin, end, words, width, vectors, documents, frozen, room)
        begin = end
