"""Vectors of words: looked up, compared, read from files and written to them."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import Any, Self, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import check_path, check_positive, is_number
from ..errors import InputError, UnknownWordError
from ..text import Vocabulary
from ._vector_files import read_vectors, write_vectors
from ._vector_rows import VectorRows

__all__ = ["WordVectors"]

Key = str | int
"""A word, or its place in the words' order."""
Sought = Key | NDArray[Any] | tuple[Key | NDArray[Any], float]
"""What is near is looked for: a word, a vector, or one of these with its weight."""

ROWS_AT_ONCE = 1 << 14
"""Vectors that are brought to length 1 at once."""
CANCELLED = 1e-6
"""A sum of directions that is no larger for each of them is what rounding leaves of nothing."""
SPELLINGS = 3
"""Words that the error for an unknown one names."""


class WordVectors:
    """A vector for each word. The names are those of gensim's KeyedVectors; nothing changes what it holds.

    `in` and iterating are about words. A look-up takes, as gensim's does, the place of a word
    in their order, too: `vectors[0]` is the vector of the first word.

    Parameters
    ----------
    words : sequence of str
        All different, not empty, without line breaks.
    vectors : (words, features) array
        Finite; kept as float32, copied unless it is read-only.

    Raises
    ------
    InputError
        Words and vectors do not go together, a number is not finite, a word cannot be one (`Vocabulary`).

    Examples
    --------
    >>> near = WordVectors(["movie", "film", "rain"], [[1, 0.1], [1, 0.2], [-0.2, 1]])
    >>> "film" in near, near.vector_size, list(near)
    (True, 2, ['movie', 'film', 'rain'])
    >>> [word for word, _ in near.most_similar("movie")]
    ['film', 'rain']
    """

    def __init__(self, words: Sequence[str], vectors: ArrayLike) -> None:
        self._words = Vocabulary(words).words
        self._places = {word: place for place, word in enumerate(self._words)}
        self._vectors = _check_vectors(vectors, len(self._words))

    @property
    def index_to_key(self) -> tuple[str, ...]:
        """The words in their order."""
        return self._words

    @property
    def key_to_index(self) -> Mapping[str, int]:
        """The place of each word, read-only."""
        return MappingProxyType(self._places)

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The vectors in the words' order, (words, features) float32, read-only."""
        return self._vectors

    # Files

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> Self:
        """Read a file of vectors, or those known by a name.

        Parameters
        ----------
        path : str or os.PathLike
            A file, whose form its content tells: word2vec's text or bytes, GloVe's text, each perhaps in gzip, or a
            safetensors file that `save` wrote, which is mapped into memory. Or the folder of an encoder that has a
            vector of each word, or "glove-6b-50d", for the 400,000 vectors of GloVe 6B that the extra `glove` installs
            (Pennington, Socher & Manning 2014).

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
            The package of vectors known by a name is not installed, or this is no path.
        """
        check_path("path", path)
        rows = read_vectors(os.fspath(path))
        rows.vectors.flags.writeable = False  # nobody else has it, so that it need not be copied
        return cls(rows.words, rows.vectors)

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write a file, crash-safe, in the form that its ending names; every form keeps each bit.

        .vec : word2vec's text; .txt : GloVe's text, without a first line of sizes; .bin : word2vec's bytes;
        .safetensors : mapped into memory when it is read, the fastest for large ones.

        Raises
        ------
        InputError
            The ending is unknown, this is no path, or a word holds a space, where .vec, .txt and .bin end a word.
        DataError
            The file cannot be written.
        """
        check_path("path", path)
        write_vectors(path, VectorRows(self._words, self._vectors))

    # Looking up

    @property
    def vector_size(self) -> int:
        """Features of a vector."""
        return int(self._vectors.shape[1])

    def __len__(self) -> int:
        return len(self._words)

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __contains__(self, word: object) -> bool:
        return word in self._places

    def __getitem__(self, key: Key | Iterable[Key]) -> NDArray[np.float32]:
        """Give the vector of a word, (features,), or of each in a list, (words, features), float32.

        Raises UnknownWordError, which is a KeyError, naming the word and those that are spelled alike.
        """
        return self._vectors[[self._place(one) for one in key] if _are_many(key) else self._place(key)]

    def get_vector(self, key: Key, norm: bool = False) -> NDArray[np.float32]:
        """Give the vector of a word, (features,) float32, brought to length 1 if `norm`."""
        vector: NDArray[np.float32] = self._vectors[self._place(key)]
        return _unit_columns(vector[None])[:, 0] if norm else vector

    def similarity(self, a: Key, b: Key) -> float:
        """Give the cosine of the angle between the vectors of two words; 0 where one is zeros."""
        return float(_in_order(_unit_columns(self[[a]]), self.get_vector(b, norm=True))[0])

    def most_similar(
        self,
        positive: Sought | Iterable[Sought] | None = None,
        negative: Sought | Iterable[Sought] | None = None,
        topn: int = 10,
    ) -> list[tuple[str, float]]:
        """Give the words whose vectors are nearest to the mean of those of `positive`, less those of `negative`.

        Parameters
        ----------
        positive, negative : str, int, (features,) array, or an iterable of these or of pairs, such as ("king", 0.5)
            The vectors of words are brought to length 1 first, so that each counts alike (Mikolov et al. 2013: king -
            man + woman); arrays count as they are. The number of a pair is its weight, in the place of 1 in `positive`
            and of -1 in `negative`, as in gensim. Words that are given are not among those found.
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
            Nothing is given, what is given cancels itself, or cannot be a word, a vector, a weight; or `topn` is no
            positive integer.
        """
        check_positive("topn", topn)
        sought = [*_weighted(positive, 1.0), *_weighted(negative, -1.0)]
        if not sought:
            raise InputError("positive or negative must be a word, or a list of words, vectors and pairs, got none")
        given = {self._place(key) for key, _ in sought if not isinstance(key, np.ndarray)}
        cosines = _in_order(self._columns, self._query(sought))
        nearest = np.argsort(-cosines, kind="stable")[: topn + len(given)].tolist()
        others = [place for place in nearest if place not in given]
        return [(self._words[place], float(cosines[place])) for place in others[:topn]]

    def _query(self, sought: list[tuple[Any, float]]) -> NDArray[np.float32]:
        """Give the direction that is looked in, (features,), of length 1."""
        rows = np.stack([self._row(key) for key, _ in sought])
        given = [_check_weight(weight) for _, weight in sought]
        with np.errstate(over="ignore", invalid="ignore"):
            weights = np.array(given, np.float32)
            total = _in_order(rows, weights)
            largest = float((np.abs(rows).max(axis=1) * np.abs(weights)).sum())
        if not np.isfinite(largest):
            raise InputError("the vectors of positive and negative are too large to be added in float32")
        if float(np.abs(total).max()) < CANCELLED * largest:
            raise InputError("what is given as positive and negative cancels itself: give words that differ")
        return _unit_columns(total[None])[:, 0]

    def _row(self, key: Any) -> NDArray[np.float32]:
        """Give what a word or a vector counts as, (features,) float32."""
        if not isinstance(key, np.ndarray):
            return self.get_vector(key, norm=True)
        if key.dtype.kind in "fiu" and key.shape == (self.vector_size,):
            with np.errstate(over="ignore", invalid="ignore"):
                row = key.astype(np.float32)
            if np.isfinite(row).all():
                return row
        raise InputError(
            f"a vector must be finite numbers in float32, of shape ({self.vector_size},), got shape {key.shape}: "
            f"{key!r:.60}"
        )

    @cached_property
    def _columns(self) -> NDArray[np.float32]:
        """All vectors at length 1, a feature a row: (features, words)."""
        columns = np.empty((self.vector_size, len(self)), np.float32)
        for begin in range(0, len(self), ROWS_AT_ONCE):
            columns[:, begin : begin + ROWS_AT_ONCE] = _unit_columns(self._vectors[begin : begin + ROWS_AT_ONCE])
        return columns

    def _place(self, key: Any) -> int:
        place = self._places.get(key) if isinstance(key, str) else key
        if isinstance(place, bool) or not isinstance(place, (int, np.integer)) or not 0 <= place < len(self):
            raise UnknownWordError(self._unknown(key))
        return int(place)

    def _unknown(self, word: Any) -> str:
        if not isinstance(word, str):
            return (
                f"a word must be a string, or its place, an integer from 0 to {len(self) - 1}, "
                f"got {type(word).__name__}: {word!r:.60}"
            )
        begin = word[:1].lower()
        alike = [w for w in self._words if w[:1].lower() == begin and abs(len(w) - len(word)) <= SPELLINGS]
        forms = get_close_matches(word.lower(), list(dict.fromkeys(map(str.lower, alike))), SPELLINGS)
        near = [w for form in forms for w in alike if w.lower() == form][:SPELLINGS]
        said = f"the nearest spellings are {', '.join(map(repr, near))}" if near else "none is spelled nearly alike"
        return f"the word {word!r:.60} has no vector among {len(self):,} words; {said}"

    def __deepcopy__(self, memo: Any) -> Self:
        return self  # nothing changes it, and scikit-learn's clone copies what parameters hold

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._words, self._vectors)  # arrays come back writeable by themselves

    def __repr__(self) -> str:
        return f"WordVectors({len(self):,} words, {self.vector_size} features)"


def _are_many(keys: Any) -> TypeGuard[Iterable[Any]]:
    """Tell whether not this itself is to be looked up, but each item of it."""
    return isinstance(keys, Iterable) and not isinstance(keys, (str, bytes)) and getattr(keys, "ndim", 1) > 0


def _weighted(given: Any, weight: float) -> Iterator[tuple[Any, Any]]:
    """Give each word and vector of what is given, with the weight beside it or else with `weight`."""
    vector = isinstance(given, np.ndarray) and given.ndim < 2 and given.dtype.kind in "fiu"
    for one in () if given is None else given if _are_many(given) and not vector else (given,):
        yield one if isinstance(one, tuple) and len(one) == 2 else (one, weight)


def _check_weight(weight: Any) -> float:
    if not is_number(weight) or not np.isfinite(weight):
        raise InputError(f"a weight must be a finite number, got {weight!r:.80}")
    return float(weight)


def _check_vectors(given: ArrayLike, words: int) -> NDArray[np.float32]:
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            changeable = not isinstance(given, np.ndarray) or given.flags.writeable
            vectors = (np.array if changeable else np.asarray)(given, np.float32)
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
