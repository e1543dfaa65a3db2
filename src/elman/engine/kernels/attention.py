"""Attention of each time step over the vectors of its row, and what goes back through it; twin of cells/attention.py.

Scores are added up over features, for all vectors of a row side by side: `turned` holds each row's vectors transposed,
so that the inner loop runs over neighbours in memory. Each sum is one chain of fused multiply-adds, features in order.
"""

from ._compile import kernel
from .activations import exp, flush
from .vector import fma

__all__ = ["attend", "attend_backward"]


@kernel
def _add_products(vector, turned, first, n, out):
    """out[i] += vector . (vector i of a row), which has n of them, transposed at `first`."""
    for j in range(len(vector)):
        x, column = vector[j], turned[first + j * n : first + (j + 1) * n]
        for i in range(n):
            out[i] = fma(x, column[i], out[i])


@kernel
def attend(queries, values, turned, begins, lengths, rows, places, shares, contexts):
    """(Attention.2) to (Attention.4) for each time step: shares = softmax(queries . values), contexts = shares values.

    queries : (tokens, features); rows : (tokens,), the row of each
    values, turned, begins, lengths : of the Memory
    places : (tokens,), where a time step's shares begin
    shares : zeros, out; contexts : (tokens, features), zeros, out
    """
    width = values.shape[1]
    for p in range(len(rows)):
        begin, n = begins[rows[p]], lengths[rows[p]]
        if n == 0:
            continue
        share, context = shares[places[p] : places[p] + n], contexts[p]
        _add_products(queries[p], turned, begin * width, n, share)
        largest = share[0]
        for i in range(1, n):
            largest = max(largest, share[i])
        total = values.dtype.type(0)
        for i in range(n):
            share[i] = exp(share[i] - largest)
            total += share[i]
        for i in range(n):
            share[i] = flush(share[i] / total)
            value = values[begin + i]
            for j in range(width):
                context[j] = fma(share[i], value[j], context[j])


@kernel
def attend_backward(
    d_contexts, queries, values, turned, begins, lengths, rows, places, shares, d_scores, d_queries, d_values
):
    """d(Attention.4) to d(Attention.2): d_queries and d_values take what the contexts owe to the loss.

    d_scores : like shares, zeros, out; d_queries, d_values : zeros, out
    """
    width = values.shape[1]
    for p in range(len(rows)):
        begin, n = begins[rows[p]], lengths[rows[p]]
        share, d_score = shares[places[p] : places[p] + n], d_scores[places[p] : places[p] + n]
        d_context, query, d_query = d_contexts[p], queries[p], d_queries[p]
        _add_products(d_context, turned, begin * width, n, d_score)
        mean = values.dtype.type(0)
        for i in range(n):
            mean = fma(share[i], d_score[i], mean)
        for i in range(n):
            d_score[i] = flush(share[i] * (d_score[i] - mean))
            value, d_value = values[begin + i], d_values[begin + i]
            for j in range(width):
                d_query[j] = fma(d_score[i], value[j], d_query[j])
                d_value[j] = fma(share[i], d_context[j], fma(d_score[i], query[j], d_value[j]))
