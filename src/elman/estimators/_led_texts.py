"""Texts as a language model reads them: tokens, what leads them and their end, and how many characters they had."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["PART", "LedTexts", "Text", "in_pieces"]

PART = 2**18
"""Tokens that are measured at a time, about, and characters of a text that are cut into tokens at a time."""


class Text(NamedTuple):
    """A text as tokens, and how many characters it has."""

    tokens: list[str]
    characters: int


@dataclass(frozen=True)
class LedTexts:
    """Texts as they are read: tokens with what leads each and its end; characters of each, one for its end among them.

    Where they are joined, the last row may go on in another corpus.
    """

    rows: list[list[str]]
    sizes: list[int]

    @property
    def texts(self) -> int:
        return len(self.rows)

    @property
    def characters(self) -> int:
        return sum(self.sizes)

    def take(self, numbers: NDArray[np.int64]) -> "LedTexts":
        return LedTexts([self.rows[number] for number in numbers], [self.sizes[number] for number in numbers])

    def cut(self, tokens: int) -> tuple["LedTexts", "LedTexts"]:
        """Give what comes before so many tokens, and the rest; a text that is cut shares its characters out."""
        ends = np.cumsum([len(row) for row in self.rows])
        number = int(np.searchsorted(ends, tokens))
        row, size = self.rows[number], self.sizes[number]
        place = tokens - (int(ends[number]) - len(row))
        share = round(size * place / len(row))
        first = LedTexts([*self.rows[:number], row[:place]], [*self.sizes[:number], share])
        rest = [(row[place:], size - share)] if place < len(row) else []
        rest += list(zip(self.rows[number + 1 :], self.sizes[number + 1 :], strict=True))
        return first, LedTexts([tokens for tokens, _ in rest], [characters for _, characters in rest])


def in_pieces(text: Any, level: str) -> Iterator[Any]:
    """Give a long text in pieces, which are cut into the same tokens: at any character, or where there is a space.

    Words and signs, which hang on their neighbours, are not taken apart, nor are lists of tokens.
    """
    if not isinstance(text, str) or level == "word" or len(text) <= PART:
        yield text
        return
    text, begin = text.replace("\r\n", "\n") if level == "char" else text, 0
    while begin < len(text):
        end = begin + PART
        while level == "token" and end < len(text) and not text[end].isspace():
            end += 1
        yield text[begin:end]
        begin = end
