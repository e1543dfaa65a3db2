"""Checks of what users hand to estimators; each error names argument, value and remedy."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["check_choice", "check_flag", "check_labels", "check_positive", "check_rate", "check_weights"]


def check_positive(name: str, value: Any) -> None:
    """Raise InputError unless `value` is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise InputError(f"{name} must be a positive integer, got {value!r}")


def check_rate(name: str, value: Any) -> None:
    """Raise InputError unless `value` is a number in [0, 1)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise InputError(f"{name} must be a number from 0 up to, not including, 1, got {value!r}")


def check_flag(name: str, value: Any) -> None:
    """Raise InputError unless `value` is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise InputError(f"{name} must be True or False, got {value!r}")


def check_choice(name: str, value: Any, choices: Iterable[str]) -> None:
    """Raise InputError unless `value` is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def check_labels(y: Any, rows: int) -> NDArray[Any]:
    """Give labels as an array, (rows,). Raises InputError for another shape, missing labels, or fractions."""
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape != (rows,):
        raise InputError(f"{rows} rows need as many labels, got shape {labels.shape}")
    if labels.dtype.kind == "f" and not (np.isfinite(labels).all() and (labels == np.floor(labels)).all()):
        raise InputError(
            "labels must be classes, strings or whole numbers; got numbers with a fraction, or missing ones"
        )
    if labels.dtype == object and any(label is None for label in labels):
        raise InputError(f"label {[label is None for label in labels].index(True)} is missing")
    return labels


def check_weights(sample_weight: Any, rows: int) -> NDArray[np.float64]:
    """Give sample weights, (rows,) float64, ones by default. Raises InputError for another shape or negative ones."""
    if sample_weight is None:
        return np.ones(rows)
    weights = np.asarray(sample_weight, np.float64)
    if weights.shape != (rows,) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError(f"sample_weight must be {rows} numbers that are not negative, not all 0")
    return weights
