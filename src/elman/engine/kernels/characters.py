"""Convolutions over the characters of words, and the largest value of each filter.

A convolution of embedded characters is a sum of rows: where character c stands at place k of a window, the filter's
part k adds `vectors[c] @ W_k`, and these products, one for each character and place, are made once for all words. So
a window costs additions alone, and what a filter gives at all places is never in memory.
"""

import numpy as np

from ._compile import kernel

__all__ = ["convolve", "convolve_backward"]


@kernel
def convolve(products, bias, characters, begins, windows, ids, column, out, winners):
    """out[i, column + j] = max over windows t of bias[j] + sum over k of products[k, ids[t + k], j].

    The sum goes on in the order of k, and the first of equal windows wins. NaN is kept.

    products : (width * characters, filters), the row of character c at place k is k * characters + c
    bias : (filters,)
    begins, windows : (words,) int64, where the ids of each word begin, and how many windows it has, one at least
    ids : (n,) int64
    out, winners : (words, >= column + filters), out; winners int64, the window that won
    """
    filters, width = products.shape[1], products.shape[0] // characters
    total, flat = np.empty(filters, out.dtype), products.reshape(-1)
    for i in range(len(begins)):
        best, winner = out[i, column : column + filters], winners[i, column : column + filters]
        for t in range(windows[i]):
            total[:] = bias
            for k in range(width):
                at = (k * characters + ids[begins[i] + t + k]) * filters
                row = flat[at : at + filters]
                for j in range(filters):
                    total[j] += row[j]
            for j in range(filters):
                better = t == 0 or total[j] > best[j] or total[j] != total[j]
                best[j] = total[j] if better else best[j]
                winner[j] = t if better else winner[j]


@kernel
def convolve_backward(d_out, characters, begins, ids, column, winners, d_products):
    """d_products[k, ids[winner + k], j] += d_out[i, column + j]: only the window that won moved the result.

    d_products : (width * characters, filters), changed in place; the others as for `convolve`
    """
    filters, width = d_products.shape[1], d_products.shape[0] // characters
    for i in range(len(begins)):
        d, winner = d_out[i, column : column + filters], winners[i, column : column + filters]
        for k in range(width):
            for j in range(filters):
                d_products[k * characters + ids[begins[i] + winner[j] + k], j] += d[j]
