"""Vectors that were learned elsewhere."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from ..errors import InputError, ModelFolderError
from ..text import Vocabulary
from ._encoder import Array
from ._vector_encoder import VectorEncoder
from ._vector_files import PACKAGES
from .word_vectors import WordVectors

__all__ = ["Pretrained", "found_anywhere"]


@dataclass(kw_only=True, eq=False, repr=False)
class Pretrained(VectorEncoder):
    """A token is the vector that a file has for its word, an unknown one zeros.

    Parameters
    ----------
    vectors : str, os.PathLike or WordVectors, optional
        A file of vectors, or a name, as `WordVectors.load` reads them. None, as it stands in an encoder that was given
        WordVectors and was saved and loaded, cannot be fitted again.

    A word has the vector of itself, or else that of its lower case, or else the first of the file that differs from it
    in letter case alone: so "ibm", as texts are read, has that of "IBM" in a file that knows no other.

    Fitted: `vocabulary_`, the words of the texts that have a vector; `vectors_`; `sought_` and `found_`, how many words
    of the texts were looked for, and how many of them have a vector. A word without one is unknown like any that the
    texts do not hold: all of these share the last row of `weights`, zeros at first.

    Examples
    --------
    >>> known = WordVectors(["movie", "good", "bad"], [[0, 1], [1, 0], [-1, 0]])
    >>> encoder = Pretrained(vectors=known).fit(["A good movie", "a GOOD time"])
    >>> encoder.found_, encoder.sought_, encoder.vocabulary_.words
    (2, 4, ('good', 'movie'))
    """

    slow: ClassVar[bool] = False

    vectors: "str | os.PathLike[str] | WordVectors | None" = "glove-6b-50d"

    found_: int = field(init=False)
    sought_: int = field(init=False)

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        super().check_params()
        if self.vectors is not None and not isinstance(self.vectors, (str, os.PathLike, WordVectors)):
            raise InputError(
                f"vectors must be a path, a name or WordVectors, got {type(self.vectors).__name__} {self.vectors!r:.60}"
            )

    def _learn(self, tokens: list[list[str]]) -> None:
        known = self._known()
        words = self._learn_vocabulary(tokens).words
        places = _places(words, known)
        if not places:
            raise InputError(f"none of the {len(words):,} words of the texts has a vector among {known!r}")
        self.sought_, self.found_ = len(words), len(places)
        self.vocabulary_ = Vocabulary(list(places))
        self.vectors_ = np.array(known.vectors[list(places.values())])

    def _known(self) -> WordVectors:
        if self.vectors is None:
            raise InputError("vectors must be a path, a name or WordVectors to learn from, got None")
        return self.vectors if isinstance(self.vectors, WordVectors) else WordVectors.load(self.vectors)

    def facts(self) -> dict[str, Any]:
        """Give how many words were sought, and how many found."""
        return {"found": self.found_, "sought": self.sought_}

    def _saved_params(self) -> dict[str, Any]:
        """Give the path of a file as a string; vectors that were given themselves are kept as far as they are used."""
        vectors = self._settings.vectors
        return super()._saved_params() | {
            "vectors": None if vectors is None or isinstance(vectors, WordVectors) else found_anywhere(vectors)
        }

    def _restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        super()._restore(arrays, facts)
        found, sought = facts.get("found"), facts.get("sought")
        if found != len(self.vocabulary_) or not isinstance(sought, int) or sought < found:
            raise ModelFolderError(f"{found!r} words found of {sought!r} do not go with {len(self.vocabulary_)} words")
        self.found_, self.sought_ = found, sought


def found_anywhere(vectors: "str | os.PathLike[str]") -> str:
    """Give a file of vectors by its whole path, which holds in every folder; vectors known by a name by that."""
    source = os.fspath(vectors)
    return source if source in PACKAGES else os.path.abspath(source)


def _places(words: Iterable[str], known: WordVectors) -> dict[str, int]:
    """Give where each word has its vector, in the order of the words; those that have none are left out."""
    exact = known.key_to_index
    own = {word: exact.get(word, exact.get(word.lower())) for word in words}
    alike = _firsts({word.lower() for word, place in own.items() if place is None}, known)
    places = {word: alike.get(word.lower()) if place is None else place for word, place in own.items()}
    return {word: place for word, place in places.items() if place is not None}


def _firsts(lower: set[str], known: WordVectors) -> dict[str, int]:
    """Give the place of the first word of a file that is one of these in lower case."""
    places: dict[str, int] = {}
    for place, word in enumerate(known.index_to_key):
        if (form := word.lower()) in lower:
            places.setdefault(form, place)
    return places
