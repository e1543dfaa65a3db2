"""Matrix products in a fixed order of summation.

Every element of a result is one chain of fused multiply-adds in the order of k, whether it is computed
alone or among thousands, so its bits do not depend on how many rows come with it. BLAS does not promise
that. Speed beside BLAS: benchmarks/product.py.
"""

import numpy as np

from ._compile import kernel
from .vector import LANES, ROWS, WIDE, tile, tile_row, tile_tail

__all__ = ["BLOCK", "add_outer", "add_part", "add_product", "multiply"]

BLOCK = 256
"""Rows whose outer products are summed from zero before they join the total: better rounding, and the
panel that is read stays in the first-level cache."""

FEW = ROWS // 2
"""From so many rows on, a tile that repeats its last row is faster than one tile for each row."""


@kernel
def _panels(a, a_start, a_row, a_k, b, b_start, b_k, s, s_start, s_row, c, c_start, c_row, rows, columns, depth, fresh):
    """C = s + a b over tiles; starts and strides in elements. Wide panels first, then what is left of them."""
    lanes = LANES * 4 // a.itemsize
    j = 0
    while rows < FEW and columns - j >= WIDE * lanes:
        for i in range(rows):
            tile_row(
                a, a_start + i * a_row, a_row, a_k, b, b_start + j, b_k,
                s, s_start + i * s_row + j, s_row, c, c_start + i * c_row + j, c_row, depth, 1, 0, fresh,
            )  # fmt: skip
        j += WIDE * lanes
    while columns - j >= 2 * lanes:
        for i in range(0, rows, ROWS):
            tile(
                a, a_start + i * a_row, a_row, a_k, b, b_start + j, b_k,
                s, s_start + i * s_row + j, s_row, c, c_start + i * c_row + j, c_row,
                depth, min(ROWS, rows - i), 0, fresh,
            )  # fmt: skip
        j += 2 * lanes
    while j < columns:
        for i in range(0, rows, ROWS):
            tile_tail(
                a, a_start + i * a_row, a_row, a_k, b, b_start + j, b_k,
                s, s_start + i * s_row + j, s_row, c, c_start + i * c_row + j, c_row,
                depth, min(ROWS, rows - i), columns - j, fresh,
            )  # fmt: skip
        j += lanes


@kernel
def add_product(a, a_begin, b, c, c_begin, rows):
    """c[c_begin : c_begin + rows] += a[a_begin : a_begin + rows] @ b, the sum going on from what c holds.

    a: (n, k), b: (k, m), c: (l, m), all C-contiguous and of one dtype; c is changed in place.
    """
    add_part(a, a_begin, 0, b, 0, 0, c, c_begin, 0, b.shape[0], b.shape[1], rows)


@kernel
def add_part(a, a_begin, a_column, b, b_row, b_column, c, c_begin, c_column, depth, columns, rows):
    """As `add_product`, with blocks of `depth` and `columns` that begin at these places of a, b and c."""
    a_width, b_width, c_width = a.shape[1], b.shape[1], c.shape[1]
    c_start = c_begin * c_width + c_column
    _panels(
        a, a_begin * a_width + a_column, a_width, 1, b, b_row * b_width + b_column, b_width,
        c, c_start, c_width, c, c_start, c_width, rows, columns, depth, 0,
    )  # fmt: skip


@kernel
def _product_from(start, a, b, c):
    """C = start + a @ b, each row's sum beginning at `start`, (m,)."""
    depth, columns = b.shape
    _panels(a, 0, depth, 1, b, 0, columns, start, 0, 0, c, 0, columns, len(a), columns, depth, 0)


@kernel
def add_outer(a, a_begin, b, b_begin, c, rows):
    """C += a[a_begin : a_begin + rows].T @ b[b_begin : b_begin + rows], block by block of `BLOCK` rows.

    a: (n, k), b: (m, j), c: (k, j), all C-contiguous and of one dtype; c is changed in place.
    """
    width, columns = c.shape
    for begin in range(0, rows, BLOCK):
        size = min(BLOCK, rows - begin)
        _panels(
            a, (a_begin + begin) * width, 1, width, b, (b_begin + begin) * columns, columns,
            c, 0, columns, c, 0, columns, width, columns, size, 1,
        )  # fmt: skip


def multiply(a: np.ndarray, b: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """Give `start + a @ b`, each element's sum beginning at `start` and going on in the order of k.

    Parameters
    ----------
    a : (n, k), b : (k, m), both C-contiguous and of one dtype
    start : (m,), optional
        Zeros by default.
    """
    c = np.empty((len(a), b.shape[1]), a.dtype)
    _product_from(np.zeros(b.shape[1], a.dtype) if start is None else start, a, b, c)
    return c
