"""Vectors of words: looked up, compared, read from files and written to them."""

import os
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import check_positive
from ..errors import InputError, UnknownWordError
from ..text import Vocabulary
from ._vector_files import check_ending, read_vectors, write_vectors
from ._vector_rows import VectorRows

__all__ = ["WordVectors"]

Words = str | Sequence[str]

ROWS_AT_ONCE = 1 << 14
"""Vectors that are brought to length 1 at once."""
CANCELLED = 1e-6
"""A sum of directions that is no larger for each of them is what rounding leaves of nothing."""
SPELLINGS = 3
"""Words that the error for an unknown one names."""


class WordVectors:
    """A vector for each word. The names are those of gensim's KeyedVectors; nothing changes what it holds.

    Parameters
    ----------
    words : sequence of str
        All different, not empty, without line breaks.
    vectors : (words, features) array
        Finite; kept as float32.

    Attributes
    ----------
    index_to_key : list of str
        The words in their order.
    key_to_index : dict of str to int
        The place of each word.
    vectors : (words, features) float32
        Read-only.

    Raises
    ------
    InputError
        Words and vectors do not go together, a number is not finite, a word cannot be one (`Vocabulary`).

    Examples
    --------
    >>> near = WordVectors(["movie", "film", "rain"], [[1, 0.1], [1, 0.2], [-0.2, 1]])
    >>> "film" in near, near.vector_size
    (True, 2)
    >>> [word for word, _ in near.most_similar("movie")]
    ['film', 'rain']
    """

    def __init__(self, words: Sequence[str], vectors: ArrayLike) -> None:
        self.index_to_key = list(Vocabulary(words).words)
        self.key_to_index = {word: number for number, word in enumerate(self.index_to_key)}
        self.vectors = _check_vectors(vectors, len(self.index_to_key))

    # Files

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> Self:
        """Read a file of vectors, or those known by a name.

        Parameters
        ----------
        path : str or os.PathLike
            A file, whose form its content tells: word2vec's text or bytes, GloVe's text, each perhaps in gzip, or a
            safetensors file that `save` wrote, which is mapped into memory. Or "glove-6b-50d", for the 400,000 vectors
            of GloVe 6B that the extra `glove` installs (Pennington, Socher & Manning 2014).

        Returns
        -------
        WordVectors
            With the first vector of each word; a warning (RuntimeWarning) says how many come again, and another how
            many words are not UTF-8, in which what is wrong is replaced by U+FFFD.

        Raises
        ------
        DataError
            The file is missing, empty, cut off or damaged; names the line, or the byte.
        InputError
            The package of vectors known by a name is not installed.
        """
        rows = read_vectors(os.fspath(path))
        return cls(rows.words, rows.vectors)

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write a file, crash-safe, in the form that its ending names; every form keeps each bit.

        .vec : word2vec's text; .txt : GloVe's text, without a first line of sizes; .bin : word2vec's bytes;
        .safetensors : mapped into memory when it is read, the fastest for large ones.

        Raises
        ------
        InputError
            The ending is unknown, or the form cannot hold one of the words, as its spaces would be misread.
        DataError
            The file cannot be written.
        """
        check_ending(path)
        write_vectors(path, VectorRows(self.index_to_key, self.vectors))

    # Looking up

    @property
    def vector_size(self) -> int:
        """Features of a vector."""
        return int(self.vectors.shape[1])

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, key: object) -> bool:
        return key in self.key_to_index

    def __getitem__(self, key: Words) -> NDArray[np.float32]:
        """Give the vector of a word, (features,), or of each in a list, (words, features), float32.

        Raises UnknownWordError, which is a KeyError, naming the word and those that are spelled alike.
        """
        return self.vectors[self._index(key) if isinstance(key, str) else [self._index(word) for word in key]]

    def get_vector(self, key: str, norm: bool = False) -> NDArray[np.float32]:
        """Give the vector of a word, (features,) float32, brought to length 1 if `norm`."""
        vector: NDArray[np.float32] = self.vectors[self._index(key)]
        return _unit_columns(vector[None])[:, 0] if norm else vector

    def similarity(self, a: str, b: str) -> float:
        """Give the cosine of the angle between the vectors of two words; 0 where one is zeros."""
        return float(_in_order(_unit_columns(self[[a]]), self.get_vector(b, norm=True))[0])

    def most_similar(self, positive: Words, negative: Words | None = None, topn: int = 10) -> list[tuple[str, float]]:
        """Give the words whose vectors are nearest to the mean of those of `positive`, less those of `negative`.

        Parameters
        ----------
        positive, negative : str or sequence of str
            Their vectors are brought to length 1 first, so that each counts alike (Mikolov et al. 2013: king - man +
            woman). They are not among the words given.
        topn : int
            How many words.

        Returns
        -------
        list of (str, float)
            Words with their cosines, the highest first, equal ones in the words' order.

        Raises
        ------
        UnknownWordError
            One of the words has no vector.
        InputError
            No word is given, those of `negative` cancel those of `positive`, or `topn` is no positive integer.
        """
        check_positive("topn", topn)
        plus, minus = self._indices(positive), self._indices(negative)
        if not plus and not minus:
            raise InputError("positive must be a word or a list of words, got none")
        cosines = _in_order(self._columns, self._query(plus, minus))
        nearest = np.argsort(-cosines, kind="stable")[: topn + len(plus) + len(minus)].tolist()
        others = [number for number in nearest if number not in {*plus, *minus}]
        return [(self.index_to_key[number], float(cosines[number])) for number in others[:topn]]

    def _query(self, plus: list[int], minus: list[int]) -> NDArray[np.float32]:
        """Give the direction that is looked in, (features,), of length 1."""
        columns = _unit_columns(self.vectors[plus + minus])
        signs = np.array([1] * len(plus) + [-1] * len(minus), np.float32)
        total = _in_order(np.ascontiguousarray(columns.T), signs)
        if minus and float(np.abs(total).max()) < CANCELLED * len(signs):
            raise InputError("the words of positive and of negative cancel each other: give words that differ")
        return _unit_columns(total[None])[:, 0]

    @cached_property
    def _columns(self) -> NDArray[np.float32]:
        """All vectors at length 1, a feature a row: (features, words)."""
        columns = np.empty((self.vector_size, len(self)), np.float32)
        for begin in range(0, len(self), ROWS_AT_ONCE):
            columns[:, begin : begin + ROWS_AT_ONCE] = _unit_columns(self.vectors[begin : begin + ROWS_AT_ONCE])
        return columns

    def _indices(self, words: Words | None) -> list[int]:
        if words is None:
            return []
        return [self._index(word) for word in ([words] if isinstance(words, str) else words)]

    def _index(self, word: str) -> int:
        number = self.key_to_index.get(word) if isinstance(word, str) else None
        if number is None:
            raise UnknownWordError(self._unknown(word))
        return number

    def _unknown(self, word: Any) -> str:
        if not isinstance(word, str):
            return f"a word must be a string, got {type(word).__name__}: {word!r:.60}"
        begin = word[:1].lower()
        alike = [w for w in self.index_to_key if w[:1].lower() == begin and abs(len(w) - len(word)) <= SPELLINGS]
        forms = get_close_matches(word.lower(), list(dict.fromkeys(map(str.lower, alike))), SPELLINGS)
        near = [w for form in forms for w in alike if w.lower() == form][:SPELLINGS]
        said = f"the nearest spellings are {', '.join(map(repr, near))}" if near else "none is spelled nearly alike"
        return f"the word {word!r:.60} has no vector among {len(self):,} words; {said}"

    def __deepcopy__(self, memo: Any) -> Self:
        return self  # nothing changes it, and scikit-learn's clone copies what parameters hold

    def __repr__(self) -> str:
        return f"WordVectors({len(self):,} words, {self.vector_size} features)"


def _check_vectors(given: ArrayLike, words: int) -> NDArray[np.float32]:
    try:
        with np.errstate(over="ignore"):
            vectors = np.asarray(given, np.float32).view()
    except (TypeError, ValueError) as error:
        raise InputError(f"vectors must be an array of numbers, (words, features): {error}") from None
    if vectors.ndim != 2 or len(vectors) != words or 0 in vectors.shape:
        raise InputError(
            f"vectors must be of shape ({words}, features), not empty, as many as words, got {vectors.shape}"
        )
    for begin in range(0, words, ROWS_AT_ONCE):
        finite = np.isfinite(vectors[begin : begin + ROWS_AT_ONCE]).all(axis=1)
        if not finite.all():
            raise InputError(
                f"vectors must be finite in float32, but that of word {begin + int(np.argmin(finite)) + 1} is not"
            )
    vectors.flags.writeable = False
    return vectors


def _unit_columns(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give vectors, (n, features), at length 1, those of zeros as they are, a feature a row: (features, n) float32."""
    columns = np.ascontiguousarray(vectors.T, np.float64)
    squares = _in_order(columns * columns, np.ones(len(columns)))
    lengths = np.sqrt(squares)
    return (columns / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _in_order(columns: NDArray[Any], factors: NDArray[Any]) -> NDArray[Any]:
    """Give factors @ columns, summed in the factors' order: equal columns give equal sums, which BLAS does not promise.

    columns : (features, n); factors : (features,)
    """
    total = np.zeros(columns.shape[1], columns.dtype)
    for column, factor in zip(columns, factors, strict=True):
        total += column * factor
    return total
