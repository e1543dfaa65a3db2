"""Words as ids of characters, as ELMo has them: the bytes of UTF-8, and marks for what is no character."""

from collections.abc import Iterable

from ..sequences import Sequences

__all__ = ["BEGIN_TEXT", "CHARACTERS", "END_TEXT", "LONGEST", "boundary", "spell"]

BEGIN_TEXT, END_TEXT, BEGIN_WORD, END_WORD = 256, 257, 258, 259
"""Beyond the 256 bytes: what stands for the beginning and the end of a text, and at both ends of every word."""
CHARACTERS = 260
"""How many ids there are; padding, which ELMo numbers 260, is the convolution's own affair."""
LONGEST = 50
"""Ids of a word in the published models, the marks at both ends among them."""


def spell(words: Iterable[str], longest: int = LONGEST, first: Iterable[list[int]] = ()) -> Sequences:
    """Give the ids of each word's bytes between the marks of its ends; of a longer word the first ones.

    Half a character, which UTF-8 cannot write, becomes a question mark. Before the words stand the spellings `first`.
    """
    return Sequences.from_rows([*first, *(_ids(word, longest) for word in words)])


def boundary(mark: int) -> list[int]:
    """Give the spelling of what stands at the beginning of a text, or at its end."""
    return [BEGIN_WORD, mark, END_WORD]


def _ids(word: str, longest: int) -> list[int]:
    return [BEGIN_WORD, *word.encode("utf-8", "replace")[: longest - 2], END_WORD]
