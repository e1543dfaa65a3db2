"""Checks of settings; each error names the setting, its value, and what may stand there."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from .errors import InputError, InputTypeError

__all__ = [
    "check_auto",
    "check_choice",
    "check_flag",
    "check_integer",
    "check_path",
    "check_positive",
    "check_positive_or_auto",
    "check_rate",
    "is_number",
    "is_text",
]


def check_integer(name: str, value: Any) -> None:
    """Raise InputError unless `value` is an integer."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InputError(f"{name} must be an integer, got {value!r:.80}")


def check_positive(name: str, value: Any) -> None:
    """Raise InputError unless `value` is a positive integer."""
    if not _is_positive(value):
        raise InputError(f"{name} must be a positive integer, got {value!r}")


def check_positive_or_auto(name: str, value: Any) -> None:
    """Raise InputError unless `value` is a positive integer or "auto"."""
    if not is_text(value, "auto") and not _is_positive(value):
        raise InputError(f"{name} must be a positive integer or 'auto', got {value!r:.80}")


def check_rate(name: str, value: Any) -> None:
    """Raise InputError unless `value` is a number in [0, 1)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise InputError(f"{name} must be a number from 0 up to, not including, 1, got {value!r}")


def check_flag(name: str, value: Any) -> None:
    """Raise InputError unless `value` is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise InputError(f"{name} must be True or False, got {value!r}")


def check_auto(name: str, value: Any) -> None:
    """Raise InputError unless `value` is True, False or "auto"."""
    if not isinstance(value, (bool, np.bool_)) and not is_text(value, "auto"):
        raise InputError(f"{name} must be True, False or 'auto', got {value!r}")


def check_path(name: str, value: Any) -> None:
    """Raise InputTypeError unless `value` is a string or an os.PathLike, InputError where no file can be called so."""
    if not isinstance(value, (str, os.PathLike)):
        raise InputTypeError(f"{name} must be a path, a string or os.PathLike, got {value!r:.80}")
    if "\0" in str(value):
        raise InputError(f"{name} must be a path, and no file has a zero in its name, got {value!r:.80}")


def is_text(value: Any, text: str) -> bool:
    """Tell whether a parameter is this word: arrays, which compare element by element, are not."""
    return isinstance(value, str) and value == text


def _is_positive(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and int(value) > 0


def is_number(value: Any) -> bool:
    """Tell whether a parameter is a number."""
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def check_choice(name: str, value: Any, choices: Iterable[str]) -> None:
    """Raise InputError unless `value` is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
