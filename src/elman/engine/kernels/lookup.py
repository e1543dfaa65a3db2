"""Rows of a table by their number: gathering them, and adding gradients back to them."""

import numpy as np

from ._compile import kernel

__all__ = ["add_rows", "gather_rows", "number_distinct"]


@kernel
def number_distinct(ids, distinct, slots):
    """Number the different ids in the order of their first appearance; give how many there are.

    ids : (n,) int64
    distinct : (n,) int64, out: distinct[slots[i]] == ids[i]; filled up to the returned count
    slots : (n,) int64, out
    """
    size = 4
    while size < 2 * ids.size:
        size *= 2
    table = np.full(size, -1, np.int64)  # an open-addressing hash: how often a word comes, not how many words there are
    count = 0
    for i in range(ids.size):
        place = (ids[i] * 0x9E3779B1) & (size - 1)
        while table[place] >= 0 and distinct[table[place]] != ids[i]:
            place = (place + 1) & (size - 1)
        if table[place] < 0:
            table[place] = count
            distinct[count] = ids[i]
            count += 1
        slots[i] = table[place]
    return count


@kernel
def gather_rows(table, numbers, out):
    """out[i] = table[numbers[i]]. table: (m, width), numbers: (n,) int64, out: (n, width)."""
    width = table.shape[1]
    source, target = table.reshape(-1), out.reshape(-1)
    for i in range(numbers.size):
        begin = numbers[i] * width
        row, copy = source[begin : begin + width], target[i * width : (i + 1) * width]
        for j in range(width):
            copy[j] = row[j]


@kernel
def add_rows(values, sources, targets, out):
    """out[targets[i]] += values[sources[i]], for i in order.

    values: (n, width); sources, targets: (k,) int64; out: (m, width)
    """
    width = out.shape[1]
    source, target = values.reshape(-1), out.reshape(-1)
    for i in range(targets.size):
        begin, end = sources[i] * width, targets[i] * width
        row, total = source[begin : begin + width], target[end : end + width]
        for j in range(width):
            total[j] += row[j]
