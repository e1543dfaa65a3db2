"""What a text is cut into to be learned and written: words, tokens between spaces, characters."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .tokenizer import Tokenizer

__all__ = ["LEVELS", "Level"]

NEWLINE = "\\n"
"""How a line break is written as a character's token: lists of tokens are kept one a line."""

_NO_SPACE_BEFORE = re.compile(r" (?=(?:[.,;:!?%)\]}…’”]|\.{2,}|n['’]t\b|['’](?:s|re|ve|ll|d|m)\b))", re.IGNORECASE)
_NO_SPACE_AFTER = re.compile(r"(?<=[(\[{$£€“‘#@]) ")


@dataclass(frozen=True)
class Level:
    """cut : a text into tokens; join : tokens into a text."""

    cut: Callable[[str], list[str]]
    join: Callable[[Iterable[str]], str]


def _join_words(words: Iterable[str]) -> str:
    """Put spaces between words, but none before a comma or a full stop."""
    return _NO_SPACE_AFTER.sub("", _NO_SPACE_BEFORE.sub("", " ".join(words)))


def _characters(text: str) -> list[str]:
    return [NEWLINE if character == "\n" else character for character in text.replace("\r\n", "\n")]


def _join_characters(characters: Iterable[str]) -> str:
    return "".join("\n" if character == NEWLINE else character for character in characters)


LEVELS = {
    "word": Level(Tokenizer(lowercase=False).tokenize, _join_words),
    "token": Level(str.split, " ".join),
    "char": Level(_characters, _join_characters),
}
"""By name: words and signs as `Tokenizer` finds them; what stands between spaces, as it is; characters."""
