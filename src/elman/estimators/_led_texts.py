"""Texts as a language model reads them: tokens, what leads them and their end, and how many characters they had."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..text import LEVELS, UNKNOWN
from ._tokens import cut_text
from .perplexity import Tally

__all__ = ["END", "PART", "LedTexts", "Text", "in_parts", "in_pieces", "led_rows", "plain"]

END = "<eos>"
"""The token after each text; what is read before the first one, too."""
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


def plain(tokens: list[str], special: Collection[str]) -> list[str]:
    """Give tokens of a text, an unknown one in the place of each that would be a special one."""
    return [UNKNOWN if token in special else token for token in tokens]


def led_rows(
    texts: Iterable[Any],
    leads: Iterable[str] | None,
    level: str,
    joined: bool,
    special: Collection[str],
    tally: Tally,
) -> Iterator[list[str]]:
    """Give texts as they come, each with what leads it and its end, a long one in several rows; count them.

    leads : the token that leads each text; None where nothing does
    joined : whether texts follow each other, so that one may be read in pieces
    special : tokens that are no part of a text
    """
    cut, led = LEVELS[level], None if leads is None else iter(leads)
    for number, text in enumerate(texts):
        row = [] if led is None else [next(led)]
        for piece in in_pieces(text, level) if joined else (text,):
            tokens = cut_text(piece, number, cut)
            row += plain(tokens, special)
            if joined and len(row) >= PART:
                yield row
                row = []
        tally.texts += 1
        tally.characters += len(text if isinstance(text, str) else cut.join(tokens)) + 1
        yield [*row, END]


def in_parts(rows: Iterable[list[str]]) -> Iterator[LedTexts]:
    """Give rows as they come, about `PART` tokens at a time."""
    part: list[list[str]] = []
    held = 0
    for row in rows:
        part.append(row)
        held += len(row)
        if held >= PART:
            yield LedTexts(part, [])
            part, held = [], 0
    if part:
        yield LedTexts(part, [])
