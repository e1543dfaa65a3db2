"""Max, mean and attention over the time steps of each row, and what goes back through them."""

import numpy as np

from ._compile import kernel
from .activations import exp, flush
from .vector import fma

__all__ = [
    "attention_pool",
    "attention_pool_backward",
    "max_pool",
    "max_pool_backward",
    "mean_pool",
    "mean_pool_backward",
]


@kernel
def max_pool(values, batch_sizes, starts, out, out_column, winners):
    """out[r, out_column + j] = max over t of values[t, r, j]; the first of equals wins. NaN is kept.

    values : (tokens, width); out : (rows, >= out_column + width), zeros, so that an empty row gives zeros
    winners : (rows, width) int64, out: the packed position of the winner, -1 in an empty row
    """
    width = values.shape[1]
    for t in range(len(batch_sizes)):
        for r in range(batch_sizes[t]):
            position = starts[t] + r
            value, best, winner = values[position], out[r, out_column : out_column + width], winners[r]
            for j in range(width):
                better = t == 0 or value[j] > best[j] or value[j] != value[j]
                best[j] = value[j] if better else best[j]
                winner[j] = position if better else winner[j]


@kernel
def max_pool_backward(d_out, out_column, winners, d_values):
    """d_values[winner] += d_out: only the largest value moved the result."""
    for r in range(winners.shape[0]):
        for j in range(winners.shape[1]):
            if winners[r, j] >= 0:
                d_values[winners[r, j], j] += d_out[r, out_column + j]


@kernel
def mean_pool(values, batch_sizes, starts, lengths, out, out_column):
    """out[r, out_column + j] = sum over t of values[t, r, j] / length of r; zeros for an empty row."""
    width = values.shape[1]
    for t in range(len(batch_sizes)):
        for r in range(batch_sizes[t]):
            value, total = values[starts[t] + r], out[r, out_column : out_column + width]
            for j in range(width):
                total[j] += value[j]
    for r in range(len(lengths)):
        if lengths[r] > 0:
            count, total = out.dtype.type(lengths[r]), out[r, out_column : out_column + width]
            for j in range(width):
                total[j] /= count


@kernel
def mean_pool_backward(d_out, out_column, batch_sizes, starts, lengths, d_values):
    """d_values[t, r] += d_out[r] / length of r."""
    width = d_values.shape[1]
    for t in range(len(batch_sizes)):
        for r in range(batch_sizes[t]):
            count = d_values.dtype.type(lengths[r])
            target, source = d_values[starts[t] + r], d_out[r, out_column : out_column + width]
            for j in range(width):
                target[j] += source[j] / count


@kernel
def attention_pool(values, shares, batch_sizes, starts, out, out_column):
    """out[r, out_column + j] = sum over t of share[t, r] values[t, r, j], the shares a softmax over the row's time.

    values : (tokens, width); shares : (tokens,), in: scores, out: shares
    out : (rows, >= out_column + width), zeros
    """
    rows, width = out.shape[0], values.shape[1]
    largest, total = np.full(rows, -np.inf, values.dtype), np.zeros(rows, values.dtype)
    for t in range(len(batch_sizes)):
        for r in range(batch_sizes[t]):
            largest[r] = max(largest[r], shares[starts[t] + r])
    for t in range(len(batch_sizes)):
        for r in range(batch_sizes[t]):
            shares[starts[t] + r] = exp(shares[starts[t] + r] - largest[r])
            total[r] += shares[starts[t] + r]
    for t in range(len(batch_sizes)):
        for r in range(batch_sizes[t]):
            position = starts[t] + r
            shares[position] = flush(shares[position] / total[r])
            value, target, share = values[position], out[r, out_column : out_column + width], shares[position]
            for j in range(width):
                target[j] = fma(share, value[j], target[j])


@kernel
def attention_pool_backward(d_out, out_column, values, shares, batch_sizes, starts, d_scores, d_values):
    """d_values += share d_out, and d_scores = share (d_share - sum over the row's time of share d_share).

    d_scores : (tokens,), out; d_share[t] is values[t] . d_out
    """
    rows, width = d_out.shape[0], values.shape[1]
    mean = np.zeros(rows, values.dtype)
    for t in range(len(batch_sizes)):
        for r in range(batch_sizes[t]):
            position = starts[t] + r
            value, d, share = values[position], d_out[r, out_column : out_column + width], shares[position]
            d_value, d_share = d_values[position], values.dtype.type(0)
            for j in range(width):
                d_share = fma(value[j], d[j], d_share)
                d_value[j] = fma(share, d[j], d_value[j])
            d_scores[position] = d_share
            mean[r] = fma(share, d_share, mean[r])
    for t in range(len(batch_sizes)):
        for r in range(batch_sizes[t]):
            position = starts[t] + r
            d_scores[position] = flush(shares[position] * (d_scores[position] - mean[r]))
