"""Cross-entropies from logits, fused with their gradients, one row after another."""

import numpy as np

from ._compile import kernel
from .activations import EXP, apply_activation, exp, log, sigmoid

__all__ = ["binary_cross_entropy", "log_softmax", "softmax", "softmax_cross_entropy"]

SUMS = 8
"""Running sums of a row's exponentials: part of their definition, since it fixes the order of summation."""

NONE_32, NONE_64 = (np.sqrt(np.finfo(dtype).tiny) for dtype in (np.float32, np.float64))
"""A derivative below this is none: a product of two smaller numbers would not be normal, and processors take a hundred
times as long for those that are not. benchmarks/LOG.md."""


@kernel
def binary_cross_entropy(logits, targets, weights, losses, d_logits):
    """Losses = w (max(z, 0) - z y + log(1 + e^-|z|)) and d_logits = w (sigmoid(z) - y).

    All (n,) and of one dtype; targets y are 0 or 1. Never takes the logarithm of a small number, so it is
    exact for logits of any size.
    """
    zero, one = logits.dtype.type(0), logits.dtype.type(1)
    for i in range(logits.size):
        z, y, w = logits[i], targets[i], weights[i]
        losses[i] = w * (max(z, zero) - z * y + log(one + exp(-abs(z))))
        d_logits[i] = w * (sigmoid(z) - y)


@kernel
def _exponentials(z, p):
    """P = e^(z - max z), which cannot overflow; give max z and the sum of p, added up in eight running sums."""
    largest = z[0]
    for j in range(1, z.size):
        largest = largest if z[j] <= largest else z[j]
    for j in range(z.size):
        p[j] = z[j] - largest
    apply_activation(p, EXP)
    zero = z.dtype.type(0)
    s0, s1, s2, s3, s4, s5, s6, s7 = (zero, zero, zero, zero, zero, zero, zero, zero)
    whole = z.size - z.size % SUMS
    for j in range(0, whole, SUMS):
        s0 += p[j]
        s1 += p[j + 1]
        s2 += p[j + 2]
        s3 += p[j + 3]
        s4 += p[j + 4]
        s5 += p[j + 5]
        s6 += p[j + 6]
        s7 += p[j + 7]
    total = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
    for j in range(whole, z.size):
        total += p[j]
    return largest, total


@kernel
def softmax(logits, out):
    """out[i] = e^(z - max z) / sum, row by row. Both (n, classes); `out` may be `logits`."""
    for i in range(logits.shape[0]):
        p = out[i]
        _, total = _exponentials(logits[i], p)
        for j in range(p.size):
            p[j] /= total


@kernel
def log_softmax(logits, out):
    """out[i] = z - max z - log sum e^(z - max z), row by row. Both (n, classes), not the same."""
    for i in range(logits.shape[0]):
        z, y = logits[i], out[i]
        largest, total = _exponentials(z, y)
        less = largest + log(total)
        for j in range(z.size):
            y[j] = z[j] - less


@kernel
def softmax_cross_entropy(logits, targets, weights, shifts, losses, d_logits):
    """Losses = w (log sum e^z - z[target]) and d_logits = w (softmax(z) - one-hot(target)).

    z are the logits; with shifts, z = logits + shifts but for the target's.

    logits, d_logits : (n, classes), may be one; weights, losses : (n,); targets : (n,) int64
    shifts : (classes,), or (0,) for none
    """
    zero = logits.dtype.type(0)
    none = logits.dtype.type(NONE_32 if logits.itemsize == 4 else NONE_64)
    for i in range(logits.shape[0]):
        z, d, w, target = logits[i], d_logits[i], weights[i], targets[i]
        own = z[target]
        if shifts.size:
            for j in range(z.size):
                d[j] = z[j] + shifts[j]
            d[target] = own
            z = d
        largest, total = _exponentials(z, d)
        losses[i] = w * (log(total) - (own - largest))
        for j in range(d.size):
            share = w * (d[j] / total)
            d[j] = zero if share < none else share  # so that NaN stays
        d[target] -= w
