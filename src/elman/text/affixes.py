"""Affixes: the beginnings and ends that words share, and the letter case; how words are spelled by them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import Any

import numpy as np

from ..errors import InputError
from ..sequences import Sequences
from .tokenizer import folded
from .vocabulary import Vocabulary, listed

__all__ = ["Affixes"]


class Affixes:
    """Known affixes, numbered 0, 1, 2, ...: "<un" for words that begin with un, "ly>" for those that end with ly.

    Parameters
    ----------
    pieces : sequence of str
        All different, not empty.
    longest : int
        Length of the longest, in characters without the mark; all shorter ones count as well.
    case : bool
        Whether tokens come as they were written. They are then the words that they are in lower case, and what
        cannot be seen any more is one of their affixes: "Aa" for Capital, "AA" for CAPITALS, "aA" for what is miXed.
        Characters without letter case do not count: 3D is "Aa", as I is.

    Raises
    ------
    InputError
        A length that is no positive integer; pieces that cannot be words of a `Vocabulary`.

    Examples
    --------
    >>> affixes = Affixes.learn(["bad", "badly", "sadly"], 2)
    >>> affixes.pieces
    ('<b', '<ba', 'y>', 'ly>')
    >>> affixes.to_ids("badly")
    [0, 1, 2, 3]
    >>> Affixes.learn(["Bad", "Day", "day", "HTML"], 1, case=True).pieces
    ('Aa',)
    """

    def __init__(self, pieces: Sequence[str], longest: int, case: bool = False) -> None:
        self.longest, self.case = _check_longest(longest), _check_case(case)
        self._pieces = Vocabulary(pieces).words
        self._ids = {piece: number for number, piece in enumerate(self._pieces)}

    @classmethod
    def learn(cls, words: Iterable[str], longest: int, min_words: int = 2, case: bool = False) -> "Affixes":
        """Collect the affixes that `min_words` or more of these words, which are different, have."""
        longest = _check_longest(longest)
        written = _checked(dict.fromkeys(listed("words", words)))
        different = dict.fromkeys(map(folded, written)) if _check_case(case) else written
        found = [_affixes(word, longest) for word in different]
        if case:
            found += [[way] for way, _ in dict.fromkeys((_case(token), folded(token)) for token in written) if way]
        return cls(Vocabulary.from_tokens(found, min_words).words, longest, case)

    @property
    def pieces(self) -> tuple[str, ...]:
        """The known affixes in the order of their ids: by falling number of words, ties by first appearance."""
        return self._pieces

    def to_ids(self, word: str) -> list[int]:
        """Give the ids of the known affixes of a word, beginnings before ends, short before long, then the case."""
        found = [*_affixes(folded(word), self.longest), _case(word)] if self.case else _affixes(word, self.longest)
        return [self._ids[piece] for piece in found if piece in self._ids]

    def spell(self, texts: Iterable[Iterable[str]], vocabulary: Vocabulary) -> Sequences:
        """Give tokenized texts as Sequences with spellings.

        Each different word of the texts is spelled by its id in the vocabulary, which for an unknown word is that
        after the last, and then the ids of its affixes. With `case`, the vocabulary knows words in lower case.
        """
        numbers: defaultdict[str, int] = defaultdict(count().__next__)  # in the order of first appearance
        rows = [np.array([numbers[token] for token in listed("a text's tokens", text)], np.int64) for text in texts]
        _checked(numbers)
        own = vocabulary.to_ids(map(folded, numbers) if self.case else numbers).tolist()
        spelled = _joined([[number, *self.to_ids(word)] for number, word in zip(own, numbers, strict=True)])
        return replace(Sequences.from_rows(rows), spellings=spelled)

    def __len__(self) -> int:
        return len(self._pieces)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Affixes) and self._settings() == other._settings()

    def __hash__(self) -> int:
        return hash(self._settings())

    def _settings(self) -> tuple[Any, ...]:
        return self.pieces, self.longest, self.case

    def __repr__(self) -> str:
        shown = ", ".join(self.pieces[:5]) + (", ..." if len(self) > 5 else "")
        return f"Affixes({len(self)} of up to {self.longest} characters{' and case' * self.case}: {shown})"


def _affixes(word: str, longest: int) -> list[str]:
    """Give the beginnings of a word, then its ends; a word is no affix of its own."""
    lengths = range(1, min(longest, len(word) - 1) + 1)
    return [f"<{word[:n]}" for n in lengths] + [f"{word[-n:]}>" for n in lengths]


def _case(token: str) -> str:
    """Give the letter case of a token, "" for lower case and where there is none. Only letters that have two count."""
    if token == token.lower():
        return ""
    first, *others = (letter for letter in token if letter.lower() != letter.upper())
    if first != first.lower() and all(letter == letter.lower() for letter in others):
        return "Aa"
    # ß and its like have no capital that is one letter.
    return "AA" if all(c != c.lower() or len(c.upper()) > 1 for c in (first, *others)) else "aA"


def _checked(tokens: dict[str, Any]) -> dict[str, Any]:
    """Raise InputError unless all tokens are strings."""
    for token in tokens:
        if not isinstance(token, str):
            raise InputError(f"tokens must be strings, got {type(token).__name__} {token!r:.60}")
    return tokens


def _joined(rows: list[list[int]]) -> Sequences:
    """What `Sequences.from_rows` gives, of rows that need no look at each."""
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return Sequences(np.fromiter(chain.from_iterable(rows), np.int64, offsets[-1]), offsets)


def _check_longest(longest: Any) -> int:
    if isinstance(longest, bool) or not isinstance(longest, (int, np.integer)) or longest < 1:
        raise InputError(f"the longest affix must be a positive number of characters, got {longest!r:.80}")
    return int(longest)


def _check_case(case: Any) -> bool:
    if not isinstance(case, (bool, np.bool_)):
        raise InputError(f"case must be True or False, got {case!r:.80}")
    return bool(case)
