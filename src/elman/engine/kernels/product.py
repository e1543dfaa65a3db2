"""Matrix products in a fixed order of summation.

Every element of a result is one chain of fused multiply-adds in the order of k, whether it is computed
alone or among thousands, so its bits do not depend on how many rows come with it. BLAS does not promise
that. Speed beside BLAS: benchmarks/training.py, task "roofline"; benchmarks/LOG.md.

The right factor b, (depth, columns), is packed first: cut into panels of `VECTORS` vectors of columns, a panel's rows
one behind the other, so that a tile reads it in one stream (Goto & van de Geijn 2008). The last panel is filled up
with zeros. Read where it lies, a factor whose rows are a
power of two apart falls into a few sets of the cache, and the product is four to six times slower.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from ._compile import kernel
from .vector import (
    LANES,
    ROWS,
    SINGLE,
    VECTORS,
    WIDE,
    copy_one,
    copy_strip,
    copy_vector,
    tile,
    tile_row,
    tile_row_tail,
    tile_tail,
)

__all__ = [
    "BLOCK",
    "NO_NUMBERS",
    "Factor",
    "Panels",
    "add_outers",
    "add_product",
    "add_rows_up",
    "multiply",
    "outer",
    "pack",
    "product_from",
    "sum_rows",
]

BLOCK = 128
"""Rows whose outer products are summed from zero before they join the total: better rounding, and the
panel that is read stays in the first-level cache."""

DEPTH = 256
"""Steps of k that are made for all rows before the next ones: so much of a panel stays in the first-level cache."""

STRIP = 64
"""Rows that meet all panels before the next ones do: they stay in the second-level cache. A multiple of `WIDE`."""

NO_NUMBERS = np.empty(0, np.int64)
"""Rows as they come."""


class Panels(NamedTuple):
    """A right factor, packed. data : (depth * columns, filled up to whole panels) 1-D; columns : int."""

    data: np.ndarray
    columns: int


def pack(b: np.ndarray, single: bool = False) -> Panels:
    """Pack a right factor, (depth, columns), whose strides may be any: a transposed view, a block of columns.

    `single` is for rows that are multiplied one at a time, by `add_product` when told so.
    """
    depth, columns = b.shape
    vectors = SINGLE if single else VECTORS
    panel = vectors * LANES * 4 // b.itemsize
    data = np.zeros(depth * -(-columns // panel) * panel, b.dtype)
    if b.size:
        _pack(_span(b), 0, b.strides[0] // b.itemsize, b.strides[1] // b.itemsize, depth, columns, vectors, data)
    return Panels(data, columns)


class Factor:
    """Weights to multiply by, (features, units), packed once for all products of a pass."""

    def __init__(self, value: np.ndarray) -> None:
        self.value = value

    @cached_property
    def forward(self) -> Panels:
        """As the factor of x."""
        return pack(self.value)

    @cached_property
    def backward(self) -> Panels:
        """Transposed, as the factor of dL/d(x W)."""
        return pack(self.value.T)


def _span(b: np.ndarray) -> np.ndarray:
    """The memory from the first element of `b` to its last, as one row."""
    size = 1 + sum((n - 1) * stride // b.itemsize for n, stride in zip(b.shape, b.strides, strict=True))
    return np.lib.stride_tricks.as_strided(b, (1, size), (size * b.itemsize, b.itemsize))


@kernel
def _pack(b, start, k_stride, column_stride, depth, columns, vectors, out):
    """`out` becomes b, packed, but for what fills the last panel up: it keeps what it holds.

    b : 2-D, whose elements (k, j) lie at start + k * k_stride + j * column_stride; out : 1-D
    vectors : of a panel
    """
    lanes = LANES * 4 // out.itemsize
    panel = vectors * lanes
    for j in range(0, columns, panel):
        width = min(panel, columns - j)
        for k in range(depth):
            source, target, v = start + k * k_stride + j * column_stride, j * depth + k * panel, 0
            while column_stride == 1 and v + lanes <= width:
                copy_vector(b, source + v, out, target + v)
                v += lanes
            while v < width:
                copy_one(b, source + v * column_stride, out, target + v)
                v += 1


@kernel
def _single(a, a_start, a_row, b, c, c_start, c_row, rows, columns, depth):
    """C += a b, row after row; b is packed for single rows. Starts and strides count elements."""
    panel = SINGLE * LANES * 4 // a.itemsize
    full = columns // panel * panel
    for i in range(rows):
        a_at, c_at = a_start + i * a_row, c_start + i * c_row
        for j in range(0, full, panel):
            tile_row(a, a_at, a_row, 1, b, j * depth, c, c_at + j, c_row, depth, 1, 0, 0)
        if full < columns:
            tile_row_tail(
                a, a_at, a_row, 1, b, full * depth, c, c_at + full, c_row, depth, 1, columns - full, 0
            )  # fmt: skip


@kernel
def _product(a, a_start, a_strip, a_row, a_k, b, c, c_start, c_row, rows, columns, depth, fresh):
    """C += a b over tiles; b is packed. Starts and strides count elements, whatever the shapes; see vector._make_tile.

    a_strip : from one strip of `WIDE` rows of a to the next
    """
    lanes = LANES * 4 // a.itemsize
    panel = VECTORS * lanes
    full = columns // panel * panel
    for begin in range(0, rows, STRIP):
        end = min(begin + STRIP, rows)
        for j in range(0, full, panel):
            for k in range(0, depth, DEPTH):
                for i in range(begin, end, ROWS):
                    tile(
                        a, a_start + i // WIDE * a_strip + i % WIDE * a_row + k * a_k, a_row, a_k,
                        b, j * depth + k * panel, c, c_start + i * c_row + j, c_row,
                        min(DEPTH, depth - k), min(ROWS, end - i), 0, fresh,
                    )  # fmt: skip
        for j in range(full, columns, lanes):
            for i in range(begin, end, WIDE):
                tile_tail(
                    a, a_start + i // WIDE * a_strip, a_row, a_k, b, full * depth + j - full,
                    c, c_start + i * c_row + j, c_row, depth, min(WIDE, end - i), columns - j, fresh,
                )  # fmt: skip


@kernel
def add_product(a, a_begin, a_column, b, single, depth, c, c_begin, c_column, columns, rows):
    """c[c_begin : c_begin + rows, c_column : c_column + columns] += a[a_begin : .., a_column : a_column + depth] @ b.

    The sum goes on from what c holds. a: (n, k), c: (l, m), C-contiguous; b: the data of `pack`, (depth, columns), and
    whether it is packed for single rows.
    """
    a_width, c_width = a.shape[1], c.shape[1]
    a_start, c_start = a_begin * a_width + a_column, c_begin * c_width + c_column
    if single:
        _single(a, a_start, a_width, b, c, c_start, c_width, rows, columns, depth)
    else:
        _product(a, a_start, WIDE * a_width, a_width, 1, b, c, c_start, c_width, rows, columns, depth, 0)


@kernel
def product_from(start, a, b, c, begin, end):
    """c[begin:end] = start + a[begin:end] @ b, each row's sum beginning at `start`, (m,). b is packed."""
    depth, columns = a.shape[1], c.shape[1]
    for i in range(begin, end):
        row = c[i]
        for j in range(columns):
            row[j] = start[j]
    add_product(a, begin, 0, b, False, depth, c, begin, 0, columns, end - begin)


@kernel
def _pack_strips(a, numbers, begin, rows, out):
    """`out` becomes rows of a as the left factor of a.T @ b: in strips of `WIDE` columns.

    a : (n, width); its rows begin, begin + 1, ... or, where there are numbers, numbers[begin], numbers[begin + 1], ...
    """
    width = a.shape[1]
    for i in range(0, width, WIDE):
        for k in range(rows):
            source = (numbers[begin + k] if numbers.size else begin + k) * width + i
            if width - i >= WIDE:
                copy_strip(a, source, out, i * rows + k * WIDE)
            else:
                for v in range(width - i):
                    copy_one(a, source + v, out, i * rows + k * WIDE + v)


@kernel
def add_outers(a, c, a_too, numbers, c_too, b, begin, end, column, columns):
    """Add to c the sum of a[i].T b[i], to c_too that of a_too[numbers[i]].T b[i], over i from `begin` to `end`.

    Block by block of `BLOCK` rows of b, each of which is packed once for both. Only `columns` columns from `column` on
    are summed.

    a : (n, k), c : (k, j), changed in place; a c without rows is left out
    a_too : (m, l), c_too : (l, j), likewise; without numbers, row i goes with b[i], as in a
    b : (n, j)
    """
    stride, panel = b.shape[1], VECTORS * LANES * 4 // b.itemsize
    width = max(len(c), len(c_too))
    block = min(BLOCK, end - begin)
    strips = np.empty((1, block * ((width + WIDE - 1) // WIDE * WIDE)), b.dtype)
    packed = np.zeros(block * ((columns + panel - 1) // panel * panel), b.dtype)
    for first in range(begin, end, BLOCK):
        size = min(BLOCK, end - first)
        _pack(b, first * stride + column, stride, 1, size, columns, VECTORS, packed)
        if len(c):
            _pack_strips(a, numbers[:0], first, size, strips)
            _product(strips, 0, WIDE * size, 1, WIDE, packed, c, column, stride, len(c), columns, size, 1)
        if len(c_too):
            _pack_strips(a_too, numbers, first, size, strips)
            _product(strips, 0, WIDE * size, 1, WIDE, packed, c_too, column, stride, len(c_too), columns, size, 1)


@kernel
def add_rows_up(values, begin, end, out):
    """Out += sum over i of values[i], from `begin` to `end`, block by block of `BLOCK` rows, each from zero."""
    columns = out.size
    block = np.empty(columns, out.dtype)
    for first in range(begin, end, BLOCK):
        for j in range(columns):
            block[j] = 0
        for i in range(first, min(first + BLOCK, end)):
            value = values[i]
            for j in range(columns):
                block[j] += value[j]
        for j in range(columns):
            out[j] += block[j]


def sum_rows(values: np.ndarray) -> np.ndarray:
    """Sum over the first axis, in blocks of fixed size. values : (n, m)."""
    out = np.zeros(values.shape[1], values.dtype)
    add_rows_up(values, 0, len(values), out)
    return out


def outer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a.T @ b, summed in blocks of fixed size. a : (n, k), b : (n, m)."""
    c = np.zeros((a.shape[1], b.shape[1]), b.dtype)
    add_outers(a, c, a, NO_NUMBERS, c[:0], b, 0, len(b), 0, b.shape[1])
    return c


def multiply(a: np.ndarray, b: Panels, start: np.ndarray | None = None) -> np.ndarray:
    """Give `start + a @ b`, each element's sum beginning at `start` and going on in the order of k.

    Parameters
    ----------
    a : (n, k), C-contiguous
    b : (k, m), packed, of one dtype with a
    start : (m,), optional
        Zeros by default.
    """
    c = np.empty((len(a), b.columns), a.dtype)
    product_from(np.zeros(b.columns, a.dtype) if start is None else start, a, b.data, c, 0, len(a))
    return c
