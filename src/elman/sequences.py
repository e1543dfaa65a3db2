"""Sequences: a ragged batch, flat values and offsets.

Rows of different lengths lie one behind the other in one array, as in Arrow's list layout; nothing is
padded. Whatever else can hold sequences (lists of arrays, dense (batch, time, features) arrays with
lengths or a mask) is converted here, at the door, and nowhere else.
"""

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InputError

__all__ = ["Sequences", "as_array"]


@dataclass(frozen=True, eq=False)
class Sequences:
    """A ragged batch of sequences.

    Parameters
    ----------
    values : (tokens,) int64, the ids of words, or (tokens, features) float, a vector for each time step
        Row after row, each in the order of time.
    offsets : (rows + 1,) int64
        Row r is `values[offsets[r]:offsets[r + 1]]`.
    spellings : Sequences of ids, optional
        Words as ids of their parts: `values` then number its rows, each of which spells one word. What the ids
        mean is up to the layer that reads them.
    beside : (rows, features) float, optional
        What is known of each row as a whole.

    Raises
    ------
    InputError
        Offsets that do not begin at 0, end at the number of tokens, and never fall; values of another
        shape or kind, or not finite; values that number no row of the spellings; another number of rows beside.

    Examples
    --------
    >>> s = Sequences.from_rows([[0, 1, 2], [0, 1, 4, 2]])
    >>> len(s), s.lengths.tolist(), s[1].tolist()
    (2, [3, 4], [0, 1, 4, 2])
    """

    values: NDArray[Any]
    offsets: NDArray[np.int64]
    spellings: "Sequences | None" = None
    beside: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        values, offsets = as_array("values", self.values), as_array("offsets", self.offsets)
        _check_values(values)
        kind = np.int64 if values.ndim == 1 else (values.dtype if values.dtype.kind == "f" else np.float64)
        if offsets.ndim != 1 or offsets.size == 0 or offsets.dtype.kind not in "iu":
            raise InputError(f"offsets must be a 1-D array of integers, got shape {offsets.shape}, {offsets.dtype}")
        offsets = offsets.astype(np.int64, copy=False)
        if offsets[0] != 0 or offsets[-1] != len(values) or np.count_nonzero(offsets[1:] < offsets[:-1]):
            raise InputError(
                f"offsets must begin at 0, never fall and end at the number of tokens, {len(values)}; "
                f"got {offsets[0]} to {offsets[-1]}"
            )
        object.__setattr__(self, "values", np.ascontiguousarray(values, kind))
        object.__setattr__(self, "offsets", offsets)
        if self.spellings is not None:
            _check_spellings(self.values, self.spellings)
        if self.beside is not None:
            object.__setattr__(self, "beside", _check_beside(self.beside, len(self)))

    @classmethod
    def from_rows(cls, rows: Iterable[ArrayLike]) -> "Sequences":
        """Join rows, each (time,) of ids or (time, features); one kind and one width for all.

        A row of floats, (time,), is a number a time step, (time, 1). Empty rows take the kind of the others.
        Raises InputError naming the row that differs.
        """
        arrays = [_as_row(row, number) for number, row in enumerate(_iterated(rows))]
        pattern = next((a for a in arrays if a.ndim == 2 or a.size), np.empty(0, np.int64))
        for number, a in enumerate(arrays):
            if a.size and a.shape[1:] != pattern.shape[1:]:
                raise InputError(
                    f"all rows must have one width: row {number} has shape {a.shape}, an earlier one {pattern.shape}"
                )
        filled = [a if a.size else np.empty((0, *pattern.shape[1:]), pattern.dtype) for a in arrays]
        offsets = np.fromiter(accumulate(map(len, filled), initial=0), np.int64, len(filled) + 1)
        return cls(_as_vectors(np.concatenate(filled) if filled else pattern), offsets)

    @classmethod
    def from_dense(
        cls, array: ArrayLike, lengths: ArrayLike | None = None, mask: ArrayLike | None = None
    ) -> "Sequences":
        """Take the real time steps out of a padded array.

        Parameters
        ----------
        array : (batch, time) int, ids; (batch, time) float, a number a time step; or (batch, time, features)
        lengths : (batch,) int, optional
            The first so many time steps of a row are real.
        mask : (batch, time) bool, optional
            True marks a real time step; they may lie anywhere in the row, as with Keras.

        Raises
        ------
        InputError
            Another shape; lengths outside 0..time; both lengths and mask.
        """
        dense = as_array("a dense batch", array)
        if dense.ndim not in (2, 3):
            raise InputError(f"a dense batch must be (batch, time) or (batch, time, features), got shape {dense.shape}")
        keep = _real_steps(dense.shape[:2], lengths, mask)
        offsets = np.concatenate([[0], np.cumsum(keep.sum(axis=1))]).astype(np.int64)
        return cls(_as_vectors(dense[keep]), offsets)

    @classmethod
    def coerce(cls, x: Any, lengths: ArrayLike | None = None, mask: ArrayLike | None = None) -> "Sequences":
        """Take `Sequences`, an iterable of rows, or a dense array; the door of every public function.

        A NumPy array is dense: (batch, time, features), or (batch, time). With one value a time step, in an array
        or in rows, the dtype decides: integers are ids, floats are numbers, as if of shape (batch, time, 1).
        """
        if isinstance(x, np.ndarray) and x.dtype != object:
            return cls.from_dense(x, lengths, mask)
        if lengths is not None or mask is not None:
            raise InputError("lengths and mask go with a dense array; ragged rows already have their lengths")
        if isinstance(x, cls):
            return x
        return cls.from_rows(x)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(rows,) int64: time steps of each row."""
        return self.offsets[1:] - self.offsets[:-1]

    @property
    def features(self) -> int | None:
        """Width of the vector at each time step; None for ids."""
        return None if self.values.ndim == 1 else int(self.values.shape[1])

    def take(self, rows: Sequence[int] | NDArray[np.integer[Any]]) -> "Sequences":
        """Give the rows with these numbers, in this order."""
        return self.cut(rows)[0]

    def cut(
        self, rows: Sequence[int] | NDArray[np.integer[Any]], begin: int = 0, steps: int | None = None
    ) -> tuple["Sequences", NDArray[np.int64]]:
        """Give a piece of each of these rows: at most `steps` time steps from `begin` on.

        Returns
        -------
        pieces : Sequences
            In the order of `rows`; empty for a row that ends before `begin`.
        places : (tokens of the pieces,) int64
            Where their values lie in `self.values`.

        Raises
        ------
        InputError
            Rows that are no numbers from 0 to rows - 1; a negative number of time steps.
        """
        rows = _check_rows(rows, len(self))
        _check_steps("begin", begin)
        if steps is not None:
            _check_steps("steps", steps)
        lengths = (self.offsets[rows + 1] - self.offsets[rows] - begin).clip(0, steps)
        ends = np.cumsum(lengths)
        inside = np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)
        places = np.repeat(self.offsets[rows] + begin, lengths) + inside
        beside = None if self.beside is None else self.beside[rows]
        offsets = np.concatenate([[0], ends]).astype(np.int64)
        return replace(self, values=self.values[places], offsets=offsets, beside=beside), places

    def to_dense(self, time: int | None = None, padding: float = 0) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Give (batch, time[, features]) padded at the end, and the (batch, time) mask of real steps.

        Raises InputError where `time` is shorter than the longest row: nothing is cut silently; and where the values
        cannot hold `padding`.
        """
        longest = int(self.lengths.max(initial=0))
        if time is not None and (not isinstance(time, (int, np.integer)) or time < longest):
            raise InputError(f"time must be an integer, and at least the longest row, {longest}, got {time!r:.80}")
        _check_padding(padding, self.values.dtype)
        steps = longest if time is None else time
        mask = np.arange(steps) < self.lengths[:, None]
        dense = np.full((len(self), steps, *self.values.shape[1:]), padding, self.values.dtype)
        dense[mask] = self.values
        return dense, mask

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> NDArray[Any]:
        row = operator.index(row)
        if not -len(self) <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        row %= len(self)
        return self.values[self.offsets[row] : self.offsets[row + 1]]


def as_array(name: str, value: Any) -> NDArray[Any]:
    """Give `value` as an array. Raises InputError, under this name, for what is none, such as ragged lists."""
    try:
        return np.asarray(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} is not an array, but {type(value).__name__}: {error}") from None


def _iterated(rows: Any) -> list[Any]:
    if isinstance(rows, np.ndarray) and rows.ndim == 0:  # which claims to be iterable
        rows = rows.item()
    if isinstance(rows, (str, bytes)) or not isinstance(rows, Iterable):
        raise InputError(
            "sequences must be Sequences, a list of arrays, or a (batch, time, features) array, "
            f"got {type(rows).__name__}"
        )
    return list(rows)


def _check_rows(rows: Any, count: int) -> NDArray[np.int64]:
    numbers = as_array("rows", rows)
    integers = numbers.dtype.kind in ("iuf" if numbers.size == 0 else "iu")  # an empty list is one of float64
    if numbers.ndim != 1 or not integers or (numbers.size and (numbers.min() < 0 or numbers.max() >= count)):
        raise InputError(f"rows must be a list of integers from 0 to {count - 1}, got {rows!r:.80}")
    return numbers.astype(np.int64)


def _check_steps(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise InputError(f"{name} must be an integer, 0 or more, got {value!r:.80}")


def _check_padding(padding: Any, dtype: Any) -> None:
    number = isinstance(padding, (int, float, np.integer, np.floating))
    if not number or (dtype.kind == "i" and not (float(padding).is_integer() and abs(padding) < 2**63)):
        raise InputError(f"padding must be a number that {dtype} can hold, got {padding!r:.80}")


def _check_values(values: NDArray[Any]) -> None:
    if values.ndim == 1 and values.size and values.dtype.kind not in "iu":
        raise InputError(
            f"a sequence with one number a time step must hold integer ids, got {values.dtype}; "
            "numeric features need the shape (time, features)"
        )
    if values.ndim not in (1, 2) or values.dtype.kind not in "iufb":
        raise InputError(
            f"values must be (tokens,) ids or (tokens, features), got shape {values.shape}, {values.dtype}"
        )
    if values.ndim == 2 and values.shape[1] == 0:
        raise InputError("values must have at least one feature a time step, got shape " + str(values.shape))
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        place = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        raise InputError(f"values must be finite, but time step {place} of the joined rows holds NaN or infinity")


def _check_spellings(values: NDArray[Any], spellings: Any) -> None:
    if not isinstance(spellings, Sequences) or spellings.features is not None or spellings.spellings is not None:
        raise InputError(f"spellings must be Sequences of ids, a row for each word, got {spellings!r:.80}")
    if values.ndim != 1:
        raise InputError(f"with spellings values must be (tokens,) numbers of their rows, got shape {values.shape}")
    wrong = values[(values < 0) | (values >= len(spellings))]
    if len(wrong):
        raise InputError(f"values must number the rows of spellings, 0 to {len(spellings) - 1}, got {wrong[0]}")


def _check_beside(beside: Any, rows: int) -> NDArray[Any]:
    vectors = as_array("beside", beside)
    if vectors.ndim != 2 or len(vectors) != rows or vectors.dtype.kind != "f" or not np.isfinite(vectors).all():
        raise InputError(
            f"beside must be finite numbers, a vector for each of {rows} rows, got {vectors.dtype} of {vectors.shape}"
        )
    return vectors


def _as_vectors(values: NDArray[Any]) -> NDArray[Any]:
    """Give numbers, one a time step, as vectors of one feature; leave ids and vectors."""
    return values[:, None] if values.ndim == 1 and values.dtype.kind == "f" and len(values) else values


def _as_row(row: ArrayLike, number: int) -> NDArray[Any]:
    array = as_array(f"row {number}", row)
    if array.ndim not in (1, 2) or array.dtype.kind not in "iufb":
        raise InputError(
            f"row {number} must be (time,) ids or (time, features), got shape {array.shape}, {array.dtype}"
            + ("; for one row give [row]" if array.ndim == 0 else "")
        )
    return array


def _real_steps(shape: tuple[int, ...], lengths: ArrayLike | None, mask: ArrayLike | None) -> NDArray[np.bool_]:
    batch, time = shape
    if lengths is not None and mask is not None:
        raise InputError("give lengths or mask, not both")
    if mask is not None:
        keep = as_array("mask", mask)
        if keep.shape != (batch, time) or keep.dtype != bool:
            raise InputError(f"mask must be boolean of shape {(batch, time)}, got {keep.dtype} of {keep.shape}")
        return keep
    if lengths is None:
        return np.ones((batch, time), bool)
    sizes = as_array("lengths", lengths)
    if sizes.shape != (batch,) or sizes.dtype.kind not in "iu" or (sizes < 0).any() or (sizes > time).any():
        raise InputError(f"lengths must be {batch} integers from 0 to {time}, got {sizes.tolist()!r:.80}")
    return np.asarray(np.arange(time) < sizes[:, None])
