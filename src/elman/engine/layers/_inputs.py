"""The forms in which vectors flow between layers, one for each time step or one for each row.

All answer the same questions, so that a layer above need not ask which it reads: `project` gives
b + x W for every vector, `project_backward` undoes it, `dense` gives the vectors themselves, and
`collect` turns a gradient by these vectors into the form that the layer below expects. `take` reorders
them, and `put_back` brings a gradient in the new order back to the old one.

Why not always the vectors: a batch repeats its words, and x W is the same each time. `Lookup` multiplies
each different word once and gathers the results; a one-hot input multiplies nothing at all, and of a bag of words only
the words that are in it are multiplied.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...sequences import Sequences
from ..compiled import CompiledCell, Inputs
from ..kernels.lookup import add_rows, gather_rows
from ..kernels.product import Factor, multiply, outer, sum_rows
from ..row_gradient import RowGradient, distinct

__all__ = ["Features", "Lookup", "OneHotRows", "SparseRows", "gather", "join_lookups"]

Array = NDArray[Any]
MOSTLY_DIFFERENT = 0.8
"""Share of different words among the time steps from which on each time step is multiplied by itself: moving products
around costs more than is saved."""


def gather(table: Array, numbers: NDArray[np.int64]) -> Array:
    """table[numbers], (tokens, width)."""
    out = np.empty((len(numbers), table.shape[1]), table.dtype)
    gather_rows(table, numbers, out)
    return out


def _sum_by(slots: NDArray[np.int64], values: Array, count: int) -> Array:
    out = np.zeros((count, values.shape[1]), values.dtype)
    add_rows(values, np.arange(len(values)), slots, out)
    return out


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

    def to_multiply(self, cell: CompiledCell) -> Inputs:
        """What a recurrent cell makes b + x W of, stretch by stretch."""
        return Inputs(self.values)

    def multiplied_backward(self, inputs: Inputs, W: Factor, dx: Array, dW: Any) -> tuple[Array, Array]:
        """Give dW and the gradient by the vectors, as the cell found them."""
        return dW, dx

    def project(self, W: Factor, b: Array) -> Array:
        """B + x W, (tokens, units)."""
        return multiply(self.values, W.forward, b)

    def project_backward(self, da: Array, W: Factor) -> tuple[Array, Array, Array]:
        """Give dW, db and the gradient by the vectors, (tokens, features)."""
        return outer(self.values, da), sum_rows(da), multiply(da, W.backward)


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

    def to_multiply(self, cell: CompiledCell) -> Inputs:
        """What a recurrent cell makes b + x W of: a table of products, if enough words come more than once."""
        if cell.folded is not None:
            return Inputs(cell.folded.take_in(self.table, self.slots), self.slots)
        if len(self.table) >= MOSTLY_DIFFERENT * len(self.slots):
            return Inputs(self.dense())
        return Inputs(multiply(self.table, cell.kernel.forward, cell.input_bias), self.slots)

    def multiplied_backward(self, inputs: Inputs, W: Factor, dx: Array, dW: Any) -> tuple[Array, Array]:
        """Give dW and the gradient by the table's rows."""
        if len(inputs.slots) == 0:
            return dW, self.collect(dx)
        return outer(self.table, dx), multiply(dx, W.backward)

    def project(self, W: Factor, b: Array) -> Array:
        """B + x W, (tokens, units), each word's product computed once."""
        return gather(multiply(self.table, W.forward, b), self.slots)

    def project_backward(self, da: Array, W: Factor) -> tuple[Array, Array, Array]:
        """Give dW, db and the gradient by the table's rows, (words, features)."""
        by_word = _sum_by(self.slots, da, len(self.table))
        return outer(self.table, by_word), sum_rows(by_word), multiply(by_word, W.backward)


def join_lookups(parts: Sequence[Lookup]) -> tuple[Lookup, list[NDArray[np.int64]]]:
    """Put the vectors of several tables one behind the other: a row for each combination that comes.

    Returns
    -------
    joined : Lookup
    numbers : of each part, (rows,) int64, the row of its table that each joined row is made of
    """
    keys = np.zeros_like(parts[0].slots)
    for part in parts:
        keys = keys * len(part.table) + part.slots
    rest, slots = distinct(keys)
    numbers: list[NDArray[np.int64]] = []
    for part in reversed(parts):
        rest, number = np.divmod(rest, max(1, len(part.table)))
        numbers.insert(0, number)
    tables = [gather(part.table, number) for part, number in zip(parts, numbers, strict=True)]
    return Lookup(np.concatenate(tables, axis=1), slots), numbers


@dataclass(frozen=True, eq=False)
class OneHotRows:
    """One-hot vectors, never built unless `dense` is asked for.

    width : features of the vectors; a word of this number or more is unknown, the zero vector
    words : (words,) int64, the different ids
    slots : (tokens,) int64; time step i holds `words[slots[i]]`
    ones : (width,), optional, what stands for the single one of each word
    """

    width: int
    words: NDArray[np.int64]
    slots: NDArray[np.int64]
    dtype: Any
    ones: Array | None = None

    def take(self, order: NDArray[np.int64]) -> "OneHotRows":
        """Vectors order[0], order[1], ..."""
        return replace(self, slots=self.slots[order])

    def put_back(self, d_taken: Any, order: NDArray[np.int64]) -> Any:
        """The gradient is none, whatever the order."""
        return d_taken

    def dense(self) -> Array:
        """(tokens, features)."""
        words = self.words[self.slots]
        rows = np.zeros((len(words), self.width), self.dtype)
        known = np.flatnonzero(words < self.width)
        rows[known, words[known]] = 1 if self.ones is None else self.ones[words[known]]
        return rows

    def collect(self, d_dense: Array) -> None:
        """Nothing below a one-hot vector learns."""
        return

    def to_multiply(self, cell: CompiledCell) -> Inputs:
        """What a recurrent cell makes b + x W of: row W[id], since every other product is with 0."""
        return Inputs(self._by_word(cell.kernel, cell.input_bias), self.slots)

    def _by_word(self, W: Factor, b: Array) -> Array:
        rows = np.zeros((len(self.words), W.value.shape[1]), W.value.dtype)
        known = np.flatnonzero(self.words < self.width)
        rows[known] = self._weighted(W.value[self.words[known]], known)
        return np.asarray(rows + b)

    def _weighted(self, rows: Array, known: NDArray[np.int64]) -> Array:
        return rows if self.ones is None else rows * self.ones[self.words[known], None]

    def multiplied_backward(self, inputs: Inputs, W: Factor, dx: Array, dW: Any) -> tuple[RowGradient, None]:
        """Give dW, of which only the rows of words that came are not zero."""
        return self._by_row(dx), None

    def project(self, W: Factor, b: Array) -> Array:
        """B + x W, (tokens, units)."""
        return gather(self._by_word(W, b), self.slots)

    def project_backward(self, da: Array, W: Factor) -> tuple[RowGradient, Array, None]:
        """Give dW and db."""
        by_word = _sum_by(self.slots, da, len(self.words))
        return self._by_row(by_word), sum_rows(by_word), None

    def _by_row(self, by_word: Array) -> RowGradient:
        """DW from the sums of da by word: an unknown word has no row."""
        known = np.flatnonzero(self.words < self.width)
        return RowGradient(self.words[known], self._weighted(by_word[known], known))


@dataclass(frozen=True, eq=False)
class SparseRows:
    """One vector a row, of which few features are not zero.

    width : features of the vectors
    offsets : (rows + 1,) int64; what is not zero in row r stands at offsets[r] : offsets[r + 1]
    columns, values : (n,) both, the feature and what it is; columns int64, rising in each row
    """

    width: int
    offsets: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Array

    @property
    def _owners(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def take(self, order: NDArray[np.int64]) -> "SparseRows":
        """Rows order[0], order[1], ..."""
        columns, places = Sequences(self.columns, self.offsets).cut(order)
        return replace(self, offsets=columns.offsets, columns=columns.values, values=self.values[places])

    def put_back(self, d_taken: Any, order: NDArray[np.int64]) -> Any:
        """The gradient is none, whatever the order."""
        return d_taken

    def dense(self) -> Array:
        """(rows, features)."""
        rows = np.zeros((len(self.offsets) - 1, self.width), self.values.dtype)
        rows[self._owners, self.columns] = self.values
        return rows

    def collect(self, d_dense: Array) -> None:
        """Nothing below a bag of words learns."""
        return

    def project(self, W: Factor, b: Array) -> Array:
        """B + x W, (rows, units), each row's sum in the order of its columns."""
        out = np.tile(b, (len(self.offsets) - 1, 1))
        add_rows(gather(W.value, self.columns) * self.values[:, None], np.arange(len(self.columns)), self._owners, out)
        return out

    def project_backward(self, da: Array, W: Factor) -> tuple[RowGradient, Array, None]:
        """Give dW and db."""
        words, slots = distinct(self.columns)
        return (
            RowGradient(words, _sum_by(slots, da[self._owners] * self.values[:, None], len(words))),
            sum_rows(da),
            None,
        )
