"""The three forms in which vectors flow between layers, one for each time step or one for each row.

All answer the same questions, so that a layer above need not ask which it reads: `project` gives
b + x W for every vector, `project_backward` undoes it, `dense` gives the vectors themselves, and
`collect` turns a gradient by these vectors into the form that the layer below expects. `take` reorders
them, and `put_back` brings a gradient in the new order back to the old one.

Why not always the vectors: a batch repeats its words, and x W is the same each time. `Lookup` multiplies
each different word once and gathers the results; a one-hot input multiplies nothing at all.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.lookup import add_rows, gather_rows
from ..kernels.product import add_outer, multiply
from ..row_gradient import RowGradient

__all__ = ["Features", "Kernel", "Lookup", "OneHotRows", "gather", "sum_rows"]

Array = NDArray[Any]


def gather(table: Array, numbers: NDArray[np.int64]) -> Array:
    """table[numbers], (tokens, width)."""
    out = np.empty((len(numbers), table.shape[1]), table.dtype)
    gather_rows(table, numbers, out)
    return out


def _sum_by(slots: NDArray[np.int64], values: Array, count: int) -> Array:
    out = np.zeros((count, values.shape[1]), values.dtype)
    add_rows(values, slots, out)
    return out


def _outer(a: Array, b: Array) -> Array:
    """a.T @ b."""
    out = np.zeros((a.shape[1], b.shape[1]), a.dtype)
    add_outer(a, 0, b, 0, out, len(a))
    return out


def sum_rows(values: Array) -> Array:
    """Sum over the first axis, in blocks of fixed size."""
    total: Array = _outer(np.ones((len(values), 1), values.dtype), values)[0]
    return total


class Kernel:
    """Weights to multiply by, (features, units), and their transpose, which is made once for all shards of a pass."""

    def __init__(self, value: Array) -> None:
        self.value = value

    @cached_property
    def transposed(self) -> Array:
        """(units, features), C-contiguous."""
        return np.ascontiguousarray(self.value.T)


@dataclass(frozen=True, eq=False)
class Features:
    """Vectors as they are. values : (tokens, features), or (rows, features)."""

    values: Array

    def take(self, order: NDArray[np.int64]) -> "Features":
        """Vectors order[0], order[1], ..."""
        return Features(gather(self.values, order))

    def put_back(self, d_taken: Array, order: NDArray[np.int64]) -> Array:
        """Turn the gradient by `take(order)` into that by this; `order` must be its own inverse."""
        return gather(d_taken, order)

    def dense(self) -> Array:
        """(tokens, features)."""
        return self.values

    def collect(self, d_dense: Array) -> Array:
        """The gradient by the vectors, as it is."""
        return d_dense

    def project(self, W: Kernel, b: Array) -> Array:
        """B + x W, (tokens, units)."""
        return multiply(self.values, W.value, b)

    def project_backward(self, da: Array, W: Kernel) -> tuple[Array, Array, Array]:
        """Give dW, db and the gradient by the vectors, (tokens, features)."""
        return _outer(self.values, da), sum_rows(da), multiply(da, W.transposed)


@dataclass(frozen=True, eq=False)
class Lookup:
    """Rows of a table, each kept once.

    table : (words, features), the row of each different word
    slots : (tokens,) int64; time step i is `table[slots[i]]`
    """

    table: Array
    slots: NDArray[np.int64]

    def take(self, order: NDArray[np.int64]) -> "Lookup":
        """Vectors order[0], order[1], ..."""
        return replace(self, slots=self.slots[order])

    def put_back(self, d_taken: Any, order: NDArray[np.int64]) -> Any:
        """The gradient by the table's rows is the same, whatever the order."""
        return d_taken

    def dense(self) -> Array:
        """(tokens, features)."""
        return gather(self.table, self.slots)

    def collect(self, d_dense: Array) -> Array:
        """Add the gradient of each time step to its word's: (words, features)."""
        return _sum_by(self.slots, d_dense, len(self.table))

    def project(self, W: Kernel, b: Array) -> Array:
        """B + x W, (tokens, units), each word's product computed once."""
        return gather(multiply(self.table, W.value, b), self.slots)

    def project_backward(self, da: Array, W: Kernel) -> tuple[Array, Array, Array]:
        """Give dW, db and the gradient by the table's rows, (words, features)."""
        by_word = _sum_by(self.slots, da, len(self.table))
        return _outer(self.table, by_word), sum_rows(by_word), multiply(by_word, W.transposed)


@dataclass(frozen=True, eq=False)
class OneHotRows:
    """One-hot vectors, never built unless `dense` is asked for.

    width : features of the vectors; a word of this number or more is unknown, the zero vector
    words : (words,) int64, the different ids
    slots : (tokens,) int64; time step i holds `words[slots[i]]`
    """

    width: int
    words: NDArray[np.int64]
    slots: NDArray[np.int64]
    dtype: Any

    def take(self, order: NDArray[np.int64]) -> "OneHotRows":
        """Vectors order[0], order[1], ..."""
        return replace(self, slots=self.slots[order])

    def put_back(self, d_taken: Any, order: NDArray[np.int64]) -> Any:
        """The gradient is none, whatever the order."""
        return d_taken

    def dense(self) -> Array:
        """(tokens, features)."""
        rows = np.zeros((len(self.words), self.width), self.dtype)
        known = np.flatnonzero(self.words < self.width)
        rows[known, self.words[known]] = 1
        return gather(rows, self.slots)

    def collect(self, d_dense: Array) -> None:
        """Nothing below a one-hot vector learns."""
        return

    def project(self, W: Kernel, b: Array) -> Array:
        """B + x W, (tokens, units): row W[id], since every other product is with 0."""
        rows = np.zeros((len(self.words), W.value.shape[1]), W.value.dtype)
        known = np.flatnonzero(self.words < self.width)
        rows[known] = W.value[self.words[known]]
        return gather(rows + b, self.slots)

    def project_backward(self, da: Array, W: Kernel) -> tuple[RowGradient, Array, None]:
        """Give dW, of which only the rows of words that came are not zero, and db."""
        by_word = _sum_by(self.slots, da, len(self.words))
        known = np.flatnonzero(self.words < self.width)
        return RowGradient(self.words[known], by_word[known]), sum_rows(by_word), None
