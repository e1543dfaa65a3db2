"""RowGradient: the gradient of a table of which few rows were read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels.lookup import add_rows, number_distinct

__all__ = ["Gradients", "RowGradient", "add", "add_gradients", "distinct"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class RowGradient:
    """The gradient of a table of which few rows were read: `values[i]` belongs to row `rows[i]`.

    rows : (n,) int64, all different
    values : (n, width)
    """

    rows: NDArray[np.int64]
    values: Array

    def dense(self, shape: tuple[int, ...]) -> Array:
        """Give the gradient of the whole table, zeros where no row was read."""
        whole = np.zeros(shape, self.values.dtype)
        whole[self.rows] = self.values
        return whole


Gradients = dict[str, "Array | RowGradient"]
"""Gradients by the name of their parameter."""


def distinct(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the different ids by first appearance, (words,), and the place of each id among them, (tokens,)."""
    words, slots = np.empty_like(ids), np.empty_like(ids)
    count = number_distinct(ids, words, slots)
    return words[:count], slots


def add_gradients(parts: Iterable[Gradients]) -> Gradients:
    """Add up the gradients of shards, in their order; arrays of whole parameters as they come, so that few are held."""
    total: Gradients = {}
    rows: dict[str, list[RowGradient]] = {}
    for number, part in enumerate(parts):
        for name, gradient in part.items():
            if isinstance(gradient, RowGradient):
                rows.setdefault(name, []).append(gradient)
            if number == 0:
                total[name] = gradient
            elif number == 1 and name not in rows:
                total[name] = total[name] + gradient  # type: ignore[operator]  # in new memory
            elif name not in rows:
                total[name] += gradient  # type: ignore[operator]
    return total | {name: add(gradients) for name, gradients in rows.items()}


def add(parts: "list[Any]") -> "Array | RowGradient":
    """Add up gradients of one parameter, in their order: arrays, `RowGradient`s, or some of each."""
    if len(parts) == 1:
        return parts[0]  # type: ignore[no-any-return]
    if all(isinstance(part, RowGradient) for part in parts):
        return _add_rows(parts)
    whole: Array = next(part for part in parts if not isinstance(part, RowGradient))
    total = np.zeros_like(whole)
    for part in parts:
        if isinstance(part, RowGradient):
            total[part.rows] += part.values
        else:
            total += part
    return total


def _add_rows(parts: list[RowGradient]) -> RowGradient:
    rows, slots = distinct(np.concatenate([part.rows for part in parts]))
    total = np.zeros((len(rows), parts[0].values.shape[1]), parts[0].values.dtype)
    begin = 0
    for part in parts:
        add_rows(part.values, np.arange(len(part.rows)), slots[begin : begin + len(part.rows)], total)
        begin += len(part.rows)
    return RowGradient(rows, total)
