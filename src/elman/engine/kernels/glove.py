"""GloVe: counting which words stand near each other, and learning vectors from the counts.

The readable twins are `encoders/_glove_equations.py` and, of the counting, a loop in its tests.
"""

import math

import numpy as np

from ._compile import kernel
from .vector import fma

__all__ = ["CHAINS", "count_pairs", "train_entries"]

CHAINS = 8
"""Running sums of an inner product: part of its definition, since it fixes the order of summation. Vectors are filled
up with zeros to a multiple of it."""

_MIX, _32 = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)


@kernel
def count_pairs(ids, reach, begin, words, shares, keys, counts, filled):
    """Add the pairs of the tokens from `begin` on to a table; give the token that it was too full for, or their number.

    For the token at t and each one d before it, d = 1 .. reach[t], add shares[d - 1] to the pair of the two words,
    twice where both are the same word.

    ids : (tokens,) int64, below `words`
    reach : (tokens,) int64, how many tokens before it stand in the same text and window
    shares : (window,) int64
    keys : (slots,) int64, in and out: smaller id * words + larger id, -1 where a slot is free; a power of two of them
    counts : (slots,) int64, in and out
    filled : (1,) int64, in and out: slots in use; at most half of them ever are
    """
    last = keys.size - 1
    used = filled[0]
    for t in range(begin, ids.size):
        if 2 * (used + reach[t]) > keys.size:
            filled[0] = used
            return t
        b = ids[t]
        for d in range(1, reach[t] + 1):
            a = ids[t - d]
            key = min(a, b) * words + max(a, b)
            place = np.int64((np.uint64(key) * _MIX) >> _32) & last
            while keys[place] != key and keys[place] >= 0:
                place = (place + 1) & last
            if keys[place] < 0:
                keys[place] = key
                used += 1
            counts[place] += shares[d - 1] * (2 if a == b else 1)
    filled[0] = used
    return ids.size


@kernel
def _product(a, b):
    """Inner product in `CHAINS` running sums, added up at the end."""
    zero = a.dtype.type(0)
    s0, s1, s2, s3, s4, s5, s6, s7 = zero, zero, zero, zero, zero, zero, zero, zero
    for k in range(0, a.size, CHAINS):
        s0 = fma(a[k], b[k], s0)
        s1 = fma(a[k + 1], b[k + 1], s1)
        s2 = fma(a[k + 2], b[k + 2], s2)
        s3 = fma(a[k + 3], b[k + 3], s3)
        s4 = fma(a[k + 4], b[k + 4], s4)
        s5 = fma(a[k + 5], b[k + 5], s5)
        s6 = fma(a[k + 6], b[k + 6], s6)
        s7 = fma(a[k + 7], b[k + 7], s7)
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))


@kernel
def _step(w, w_squares, c, c_squares, step):
    """AdaGrad on a word's and a context's vector, each moved by the other as it was."""
    for k in range(w.size):
        dw, dc = step * c[k], step * w[k]
        w[k] -= dw / math.sqrt(w_squares[k])
        c[k] -= dc / math.sqrt(c_squares[k])
        w_squares[k] += dw * dw
        c_squares[k] += dc * dc


@kernel
def train_entries(rows, columns, logs, weights, words, contexts, word_biases, context_biases, rate):
    """Learn from entries in their order; give the sum of their costs, in float64.

    rows, columns : (n,) int32, the word and the context of each entry
    logs, weights : (n,), log X_ij and f(X_ij)
    words, contexts : (words, 2, width), in and out: the vector, filled up with zeros to `CHAINS`, and AdaGrad's sums
    word_biases, context_biases : (words, 2), in and out, likewise
    rate : of the arrays' dtype

    Twin: `_glove_equations.train_entries`.
    """
    width = words.shape[2]
    all_words, all_contexts = words.reshape(-1), contexts.reshape(-1)
    total = 0.0
    for n in range(rows.size):
        i, j = np.int64(rows[n]), np.int64(columns[n])
        at, by = 2 * width * i, 2 * width * j
        w, w_squares = all_words[at : at + width], all_words[at + width : at + 2 * width]
        c, c_squares = all_contexts[by : by + width], all_contexts[by + width : by + 2 * width]
        difference = _product(w, c) + word_biases[i, 0] + context_biases[j, 0] - logs[n]
        weighted = weights[n] * difference
        total += 0.5 * float(weighted) * float(difference)
        step = rate * weighted
        _step(w, w_squares, c, c_squares, step)
        word_biases[i, 0] -= step / math.sqrt(word_biases[i, 1])
        context_biases[j, 0] -= step / math.sqrt(context_biases[j, 1])
        word_biases[i, 1] += step * step
        context_biases[j, 1] += step * step
    return total
