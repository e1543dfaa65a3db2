"""Checks of rows, labels and weights that users hand to estimators; each error names argument, value and remedy."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, InputTypeError
from ..sequences import Sequences, as_array

__all__ = [
    "check_labels",
    "check_sequences",
    "check_step_labels",
    "check_weights",
    "labelled_pair",
]


def check_labels(y: Any, rows: int) -> NDArray[Any]:
    """Give labels as an array, (rows,). Raises InputError for another shape, missing labels, or fractions."""
    if y is None:
        raise InputError("fit requires y to be passed, but the target y is None: give a label for each row")
    labels = as_array("y", y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        _warn_of_a_column()
        labels = labels[:, 0]
    if labels.shape != (rows,):
        raise InputError(f"y must hold one label a row, shape ({rows},), got {labels.shape}")
    return _check_classes(labels)


def check_step_labels(y: Any, lengths: NDArray[np.int64]) -> NDArray[Any]:
    """Give labels of time steps, row after row, (time steps,), from one array or list a row.

    Raises InputError naming the row that has not as many labels as time steps.
    """
    if isinstance(y, str) or not isinstance(y, Iterable):
        raise InputError(f"y must be a list of arrays, one label a time step, got {type(y).__name__}")
    parts = [as_array(f"y of row {number}", row) for number, row in enumerate(y)]
    if len(parts) != len(lengths):
        raise InputError(f"y must hold one array of labels a row, {len(lengths)}, got {len(parts)}")
    for number, (part, length) in enumerate(zip(parts, lengths, strict=True)):
        if part.shape != (length,):
            raise InputError(f"y of row {number} must hold one label a time step, shape ({length},), got {part.shape}")
    filled = [part for part in parts if part.size]
    return _check_classes(np.concatenate(filled) if filled else np.empty(0, np.int64))


def _check_classes(labels: NDArray[Any]) -> NDArray[Any]:
    if labels.dtype.kind not in "biufOU":
        raise InputError(f"Unknown label type: {labels.dtype}; labels must be strings or whole numbers")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise InputError("Input y contains NaN or infinity: every row needs a label, leave out those without")
    if labels.dtype.kind == "f" and (labels != np.floor(labels)).any():
        raise InputError(
            "Unknown label type: numbers with a fraction; labels must be classes, strings or whole numbers"
        )
    if labels.dtype == object:
        _check_objects(labels)
    return labels


def _check_objects(labels: NDArray[Any]) -> None:
    """Raise InputError for missing labels, which pandas has as None or NaN, and for kinds that have no order."""
    missing = [label is None or label != label for label in labels]
    if any(missing):
        raise InputError(f"label {missing.index(True)} is missing: every row needs one, leave out those without")
    kinds = {isinstance(label, str) for label in labels}
    if len(kinds) > 1 or not all(isinstance(label, (str, int, float, np.number)) for label in labels):
        raise InputError(
            "Unknown label type: objects of different kinds; labels must be all strings or all whole numbers, got "
            f"{sorted({type(label).__name__ for label in labels})}"
        )


def _warn_of_a_column() -> None:
    from sklearn.exceptions import DataConversionWarning

    warnings.warn(
        "A column-vector y was passed when a 1d array was expected; its column is taken: give y.ravel()",
        DataConversionWarning,
        stacklevel=4,
    )


def check_weights(sample_weight: Any, rows: int) -> NDArray[np.float64]:
    """Give sample weights, (rows,) float64, ones by default. Raises InputError for another shape or negative ones."""
    if sample_weight is None:
        return np.ones(rows)
    given = as_array("sample_weight", sample_weight)
    weights = given.astype(np.float64) if given.dtype.kind in "biuf" else np.empty(0)
    if weights.shape != (rows,) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError(f"sample_weight must be {rows} numbers that are not negative, and not all of them zero")
    return weights


def labelled_pair(dev: Any) -> tuple[Any, Any]:
    """Give the rows and labels of `dev`. Raises InputError for what is no such pair, or without rows."""
    if not isinstance(dev, (tuple, list)) or len(dev) != 2:
        raise InputError(f"dev must be a pair, (rows, labels), got {dev!r:.80}")
    x, y = dev
    if hasattr(x, "__len__") and len(x) == 0:
        raise InputError("dev must hold rows to choose the epoch by, got none: leave dev out to hold rows back")
    return x, y


def check_sequences(x: Any) -> tuple[Sequences, int | None]:
    """Read sequences as `Sequences.coerce` does, and what scikit-learn's tools hand over besides.

    That is whatever turns into an array of 2 or 3 axes, also one of objects that are numbers.

    Returns
    -------
    rows : Sequences
    columns : int, optional
        Of a 2-D array of numbers, a table in which each row is a sequence of so many of them.

    Raises
    ------
    InputError
        A sparse, complex or 1-D array, rows of no time step, or what is no sequence.
    """
    if hasattr(x, "toarray"):
        raise InputError("x is a sparse matrix, which is not read: give x.toarray()")
    if hasattr(x, "__array__"):
        x = np.asarray(x)
    if not isinstance(x, np.ndarray) or (x.ndim == 1 and x.dtype == object):
        return Sequences.coerce(x), None
    x = _check_array(x)
    return Sequences.coerce(x), x.shape[1] if x.ndim == 2 and x.dtype.kind == "f" else None


def _check_array(x: NDArray[Any]) -> NDArray[Any]:
    if x.dtype.kind == "c":
        raise InputError(f"Complex data not supported: x is {x.dtype}; give its real and imaginary parts as features")
    if x.ndim < 2:
        raise InputError(
            f"Expected 2D array, got {x.ndim}D array instead. Reshape your data: x.reshape(1, -1) is one row, "
            "x.reshape(-1, 1) are rows of one time step"
        )
    if x.shape[1] == 0:
        raise InputError(f"Found array with 0 feature(s) (shape={x.shape}) while a minimum of 1 is required.")
    try:
        x = x.astype(np.float64) if x.dtype == object else x
    except TypeError as error:
        raise InputTypeError(f"x must hold numbers: {error}") from None
    except ValueError as error:
        raise InputError(f"x must hold numbers: {error}") from None
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        raise InputError("Input X contains NaN or infinity: fill in or leave out what is missing")
    return x
