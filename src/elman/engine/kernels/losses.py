"""Cross-entropies from logits, fused with their gradients, one row after another."""

from ._compile import kernel
from .activations import exp, log, sigmoid

__all__ = ["binary_cross_entropy", "softmax", "softmax_cross_entropy"]


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
    """P = e^(z - max z), which cannot overflow; give max z and the sum of p."""
    largest = z[0]
    for j in range(1, z.size):
        largest = largest if z[j] <= largest else z[j]
    total = z.dtype.type(0)
    for j in range(z.size):
        p[j] = exp(z[j] - largest)
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
def softmax_cross_entropy(logits, targets, weights, losses, d_logits):
    """Losses = w (log sum e^z - z[target]) and d_logits = w (softmax(z) - one-hot(target)).

    logits, d_logits : (n, classes); weights, losses : (n,); targets : (n,) int64
    """
    for i in range(logits.shape[0]):
        z, d, w = logits[i], d_logits[i], weights[i]
        largest, total = _exponentials(z, d)
        losses[i] = w * (log(total) - (z[targets[i]] - largest))
        for j in range(z.size):
            d[j] = w * (d[j] / total)
        d[targets[i]] -= w
