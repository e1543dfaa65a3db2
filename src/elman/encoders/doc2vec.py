"""doc2vec, paragraph vectors: a text has a vector as its words have, learned in the same way."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import check_choice, check_flag
from ..engine.kernels.word_vectors import Noise
from ..engine.parallel import check_threads
from ..errors import InputError, ModelFolderError
from ..sequences import Sequences
from ._encoder import Array, TextEncoder
from ._negative_sampling import NegativeSampling, Objective, Tables, drawn_rows, infer, padded, train
from .word_vectors import WordVectors

__all__ = ["Doc2Vec"]

ARCHITECTURES = ("pv-dm", "pv-dbow")


@dataclass(kw_only=True, eq=False, repr=False)
class Doc2Vec(NegativeSampling, TextEncoder):
    """Learns a vector for each text by telling its words from others, with negative sampling.

    Le & Mikolov (2014), "Distributed Representations of Sentences and Documents". `transform` infers: with all that was
    learned left as it is, it learns a vector for a text, new or not, from a beginning and with draws that are the same
    for every text. So a text has the same vector whatever is inferred beside it, and however often. A text without
    known words has zeros. `fit_transform` gives what `fit` and then `transform` give; the vectors that were learned
    together with the words are `document_vectors_`, which lie near the inferred ones, and are not the same.

    Parameters
    ----------
    architecture : "pv-dm" or "pv-dbow"
        A word is told from the mean of its text's vector and the words around, or from the text's vector alone.
    words : bool
        With PV-DBOW, whether words are learned by skip-gram beside the texts; PV-DM learns them in any case.
    dimensions, window, negative, subsampling, power, epochs, learning_rate, least_rate, min_count, ...
        As `NegativeSampling` says; defaults are gensim's.

    Fitted: `vocabulary_`; `document_vectors_`, (texts, dimensions) float32; where words are learned `vectors_`,
    (words, dimensions) float32; `outputs_`, likewise, by which words are told; `counts_`, (words,) float64, how often
    each came. `word_vectors()` gives `vectors_` with their words.

    Examples
    --------
    >>> reviews = ["the movie was good", "the film was good", "the movie was bad", "the film was bad"]
    >>> encoder = Doc2Vec(dimensions=8, min_count=1, epochs=20).fit(reviews)
    >>> encoder.transform(["a good film", "bad"]).shape
    (2, 8)
    """

    architecture: str = "pv-dm"
    words: bool = False
    epochs: int = 10

    document_vectors_: NDArray[np.float32] = field(init=False)
    vectors_: NDArray[np.float32] = field(init=False)
    outputs_: NDArray[np.float32] = field(init=False)
    counts_: NDArray[np.float64] = field(init=False)
    # Vectors and outputs once more, as kernels take them: made anew for each call they took 10 ms, a text 0.4.
    _tables_: Tables = field(init=False)
    _noise_: Noise = field(init=False)

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        super().check_params()
        check_choice("architecture", self.architecture, ARCHITECTURES)
        check_flag("words", self.words)

    @property
    def features_(self) -> int:
        """Width of the vectors."""
        return int(self.document_vectors_.shape[1])

    def word_vectors(self) -> WordVectors:
        """Give the vectors of the words, to be looked up and compared. Raises InputError where none were learned."""
        self._check_fitted()
        if not self.has_word_vectors:
            raise InputError("PV-DBOW learned no vectors of words: fit with words=True, or with architecture='pv-dm'")
        return WordVectors(self.vocabulary_.words, self.vectors_)

    def transform(self, x: Any) -> NDArray[np.float32]:
        """Infer a vector a text, (texts, dimensions) float32."""
        texts = self._ids(x)
        start = drawn_rows(int(self._settings.random_state), "inference", 1, self.features_)
        tables = replace(self._tables_, documents=padded(np.repeat(start, len(texts), axis=0)))
        objective = replace(self._objective(), window=int(self._settings.window) if self._mean() else 0)
        self._run(infer, texts, tables, objective)
        return self._found(texts, tables, self.features_)

    def _learn(self, tokens: list[list[str]]) -> None:
        super()._learn(tokens)
        words, texts = len(self.vocabulary_), self.numbers(tokens)
        self.counts_ = np.bincount(texts.values, minlength=words)[:words].astype(np.float64)
        tables = Tables.begin(int(self.random_state), words, len(texts), int(self.dimensions))
        self._noise_ = self._noise(self.counts_)
        self._run(train, texts, tables, self._objective())
        self.document_vectors_ = self._found(texts, tables, int(self.dimensions))
        self.outputs_ = tables.outputs[:, : self.dimensions].copy()
        if self.has_word_vectors:
            self.vectors_ = tables.vectors[:, : self.dimensions].copy()
        self._tables_ = replace(tables, documents=tables.documents[:0].copy())

    def _run(self, learn: Any, texts: Sequences, tables: Tables, objective: Objective) -> None:
        seed, schedule = int(self._settings.random_state), self._settings._schedule()
        learn(texts, tables, self._noise_, objective, schedule, seed, check_threads(self.threads))

    def _found(self, texts: Sequences, tables: Tables, dimensions: int) -> NDArray[np.float32]:
        """Give the documents without what fills them up, and zeros for those of which nothing is known."""
        known = np.concatenate([[0], np.cumsum(texts.values < len(self.vocabulary_))])
        some = known[texts.offsets[1:]] > known[texts.offsets[:-1]]
        return np.where(some[:, None], tables.documents[:, :dimensions], np.float32(0))

    def _objective(self) -> Objective:
        window = int(self._settings.window) if self.has_word_vectors else 0
        return Objective(window, int(self._settings.negative), self._mean(), document=True)

    def _mean(self) -> bool:
        return self._settings.architecture == "pv-dm"

    @property
    def has_word_vectors(self) -> bool:
        return self._mean() or bool(self._settings.words)

    # Saving

    def arrays(self) -> dict[str, Array]:
        """Give the vectors of texts and words, the outputs, and how often words came."""
        names = ("document_vectors", "outputs", "counts", *(["vectors"] if self.has_word_vectors else []))
        return {name: getattr(self, f"{name}_") for name in names}

    def _restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        words, width = len(self.vocabulary_), int(self.dimensions)
        shapes = {"outputs": (words, width), "counts": (words,), "document_vectors": (..., width)}
        for name, shape in (shapes | ({"vectors": (words, width)} if self.has_word_vectors else {})).items():
            array = arrays[name]
            if array.ndim != len(shape) or array.shape[-1] != shape[-1] or shape[0] not in (..., len(array)):
                raise ModelFolderError(f"{words} words and {width} dimensions do not go with {name} {array.shape}")
            dtype = np.float64 if name == "counts" else np.float32
            if array.dtype != dtype or not np.isfinite(array).all():
                raise ModelFolderError(f"{name} must be finite numbers of {dtype.__name__}, got {array.dtype}")
            setattr(self, f"{name}_", array)
        if (self.counts_ < 1).any():
            raise ModelFolderError("counts must be 1 or more")
        self._noise_, none = self._noise(self.counts_), self.outputs_[:0]
        vectors = self.vectors_ if self.has_word_vectors else none
        self._tables_ = Tables(padded(vectors), padded(self.outputs_), padded(none))
