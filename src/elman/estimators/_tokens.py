"""Texts, as users hand them over, to lists of tokens."""

from collections.abc import Iterable, Iterator, Sized
from typing import Any

import numpy as np

from ..errors import InputError
from ..text import Level

__all__ = ["check_rows", "cut_text", "cut_texts", "listed_rows", "written_numbers"]


def cut_texts(x: Any, level: Level, name: str = "texts") -> list[list[str]]:
    """Cut texts into tokens; those that are lists of tokens already stay as they are.

    Raises InputError, under this name, for what is no list of texts, and naming the one that is none.
    """
    return [cut_text(text, number, level) for number, text in enumerate(check_rows(x, name))]


def check_rows(x: Any, name: str = "texts") -> Iterable[Any]:
    """Give rows as they are. Raises InputError, under this name, for what is no row after row."""
    if isinstance(x, (str, bytes)) or not isinstance(x, Iterable) or getattr(x, "ndim", 1) == 0:
        raise InputError(f"{name} must be a list, got {type(x).__name__}; for one text give [text]")
    return x


def cut_text(text: Any, number: int, level: Level) -> list[str]:
    """Cut a text into tokens, or leave its list of them. Raises InputError under its number for what is neither."""
    if isinstance(text, str):
        return level.cut(text)
    words = list(text) if isinstance(text, Iterable) and not isinstance(text, bytes) else [text]
    if not all(isinstance(word, str) and word for word in words):
        raise InputError(f"text {number} must be a string or a list of tokens, got {type(text).__name__}")
    return words


def listed_rows(x: Any) -> Any:
    """Give rows as a list, and rows that can be read once as lists, so that all can be read again.

    What is no row after row stays as it is.
    """
    if isinstance(x, (str, bytes)) or not isinstance(x, Iterable) or getattr(x, "ndim", 1) == 0:
        return x
    return [list(row) if isinstance(row, Iterator) else row for row in x]


def written_numbers(rows: Any) -> tuple[Any, bool]:
    """Give rows of whole numbers as lists of strings, others as they are, and whether they were numbers.

    rows : as `listed_rows` gives them
    """
    if not isinstance(rows, list) or not any(map(_holds_numbers, rows)):
        return rows, False
    if not all(_holds_numbers(row) or _is_empty(row) for row in rows):
        raise InputError("rows must all hold whole numbers, or all be texts or lists of strings, got some of each")
    return [[str(int(token)) for token in row] for row in rows], True


def _is_empty(row: Any) -> bool:
    return isinstance(row, Sized) and len(row) == 0


def _holds_numbers(row: Any) -> bool:
    tokens = [] if isinstance(row, (str, bytes)) or not isinstance(row, Iterable) else list(row)
    return bool(tokens) and all(isinstance(t, (int, np.integer)) and not isinstance(t, bool) for t in tokens)
