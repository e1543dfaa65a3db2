"""Words and their numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["UNKNOWN", "Vocabulary", "listed"]

UNKNOWN = "<unk>"
"""How an unknown word is shown. It is no word of the vocabulary, and has the id after the last one."""


class Vocabulary:
    """The known words, numbered 0, 1, 2, ...

    A word that is not among them has the id `unknown_id`, which is the number of known words. Padding has
    no id: nothing is padded.

    Parameters
    ----------
    words : sequence of str
        All different, not empty.

    Raises
    ------
    InputError
        A word is empty, is not a string, holds a line break or half a character, or stands twice.

    Examples
    --------
    >>> reviews = [["movie", "was", "good"], ["movie", "was", "bad"], ["movie", "was", "not", "good"]]
    >>> vocabulary = Vocabulary.from_tokens(reviews)
    >>> vocabulary.words
    ('movie', 'was', 'good', 'bad', 'not')
    >>> vocabulary.to_ids(["movie", "was", "great"]).tolist()
    [0, 1, 5]
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(listed("words", words))
        self._ids: dict[str, int] = {}
        for number, word in enumerate(self._words):
            if not isinstance(word, str) or not word or "\n" in word:
                raise InputError(f"word {number + 1} must be a string without line breaks, not empty, got {word!r}")
            if not word.isascii() and any("\ud800" <= character <= "\udfff" for character in word):
                raise InputError(f"word {number + 1}, {word!r}, holds half a character; decode the texts as UTF-8")
            if word in self._ids:
                raise InputError(f"word {number + 1}, {word!r}, stands there before, as word {self._ids[word] + 1}")
            self._ids[word] = number

    @classmethod
    def from_tokens(
        cls, texts: Iterable[Iterable[str]], min_count: int = 1, max_size: int | None = None
    ) -> "Vocabulary":
        """Collect the words of tokenized texts, by falling frequency, ties by first appearance.

        Parameters
        ----------
        min_count : int
            Rarer words stay unknown.
        max_size : int, optional
            At most so many words, the most frequent.

        Raises
        ------
        InputError
            A limit is not a positive integer, a text is a string where its tokens belong, or a token cannot be
            a word.
        """
        _check_positive("min_count", min_count)
        if max_size is not None:
            _check_positive("max_size", max_size)
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(listed("a text's tokens", text))
        return cls([word for word, count in counts.most_common(max_size) if count >= min_count])

    @property
    def words(self) -> tuple[str, ...]:
        """The known words in the order of their ids."""
        return self._words

    @property
    def unknown_id(self) -> int:
        """Id of every unknown word: the number of known ones."""
        return len(self._words)

    def to_ids(self, tokens: Iterable[str]) -> NDArray[np.int64]:
        """Give the id of each token, (tokens,) int64. Raises InputError for a string: tokenize it first."""
        ids, unknown = self._ids, len(self._words)
        return np.fromiter(map(ids.get, listed("tokens", tokens), repeat(unknown)), np.int64)

    def to_tokens(self, ids: Iterable[int]) -> list[str]:
        """Give the word of each id, "<unk>" for `unknown_id`. Raises InputError for what is no id."""
        return [self._word(number) for number in ids]

    def _word(self, number: int) -> str:
        if not isinstance(number, (int, np.integer)) or not 0 <= number <= len(self._words):
            raise InputError(f"ids must be integers from 0 to {len(self._words)}, got {number!r}")
        return self._words[number] if number < len(self._words) else UNKNOWN

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: object) -> bool:
        return word in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self._words == other.words

    def __hash__(self) -> int:
        return hash(self._words)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} words: {', '.join(self._words[:5])}{', ...' if len(self) > 5 else ''})"


def _check_positive(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise InputError(f"{name} must be a positive integer, got {value!r}")


def listed(name: str, value: Iterable[str]) -> Iterable[str]:
    """Refuse a string, whose letters would pass for tokens."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise InputError(f"{name} must be a list of strings, got {type(value).__name__} {value!r:.60}")
    return value
