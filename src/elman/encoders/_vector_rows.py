"""Words and their vectors as a file holds them, before anything is looked up."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, ElmanWarning, InputError

__all__ = ["Decoded", "VectorRows", "check_spaces", "first_of_each"]


class VectorRows(NamedTuple):
    """words : one a row; vectors : (words, features) float32, finite."""

    words: Sequence[str]
    vectors: NDArray[np.float32]


@dataclass
class Decoded:
    """Words of a file as they are decoded. replaced : where words stood in which something was not UTF-8."""

    words: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)

    def add(self, word: bytes, where: str) -> None:
        """Take up a word, what is not UTF-8 in it replaced. Raises DataError for one that is empty or is two lines."""
        if not word or b"\n" in word:
            raise DataError(f"{where}: the word {'holds a line break' if word else 'is empty'}; the file is damaged")
        try:
            self.words.append(word.decode())
        except UnicodeDecodeError:
            self.words.append(word.decode(errors="replace"))
            self.replaced.append(where)

    def warn(self) -> None:
        """Warn, once, if anything was replaced."""
        if self.replaced:
            warnings.warn(
                f"{self.replaced[0]}: the word is not UTF-8, what is wrong in it was replaced; so it is with "
                f"{len(self.replaced):,} of {len(self.words):,} words",
                ElmanWarning,
                stacklevel=2,
            )


def check_spaces(words: Sequence[str]) -> None:
    """Raise InputError for a word that holds a space, which ends a word in all forms but safetensors."""
    for word in words:
        if " " in word:
            raise InputError(
                f"the word {word!r:.60} holds a space, which ends a word in .vec, .txt and .bin files; save as "
                ".safetensors"
            )


def first_of_each(rows: VectorRows, source: str) -> VectorRows:
    """Give the first row of each word, with one warning where words come twice."""
    kept = dict(zip(reversed(rows.words), range(len(rows.words) - 1, -1, -1), strict=True))
    if len(kept) == len(rows.words):
        return rows
    numbers = sorted(kept.values())
    _warn_of_twice(rows.words, set(numbers), source)
    return VectorRows([rows.words[number] for number in numbers], rows.vectors[numbers])


def _warn_of_twice(words: Sequence[str], kept: set[int], source: str) -> None:
    number = next(number for number in range(len(words)) if number not in kept)
    warnings.warn(
        f"{source}: words that come again: {len(words) - len(kept):,}, the first of them {words[number]!r:.60} as word "
        f"{number + 1:,}; the first vector of each is taken",
        ElmanWarning,
        stacklevel=2,
    )
