"""word2vec: a word is known by the company it keeps."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import check_choice
from ..engine.parallel import check_threads
from ._negative_sampling import NegativeSampling, Objective, Tables, train
from ._vector_encoder import VectorEncoder

__all__ = ["Word2Vec"]

ARCHITECTURES = ("skip-gram", "cbow")


@dataclass(kw_only=True, eq=False, repr=False)
class Word2Vec(NegativeSampling, VectorEncoder):
    """Learns a vector for each word by telling words from those around them, with negative sampling.

    Mikolov, Sutskever, Chen, Corrado & Dean (2013), "Distributed Representations of Words and Phrases and their
    Compositionality". Words whose neighbours are alike get vectors whose cosine is near 1. The same texts and
    seed give the same bits whatever the number of threads.

    Parameters
    ----------
    architecture : "skip-gram" or "cbow"
        Each word around a place tells the word that stands there, or the mean of all of them does. CBOW learns four
        times as fast; skip-gram learns more from few texts.
    dimensions, window, negative, subsampling, power, epochs, learning_rate, least_rate, min_count, ...
        As `NegativeSampling` says; defaults are gensim's.
    trainable : bool
        Whether a network that begins with these vectors learns them further.

    Fitted: `vocabulary_`, and `vectors_`, (words, dimensions) float32, in the order of the vocabulary.

    Examples
    --------
    >>> reviews = ["the movie was good", "the film was good", "the movie was bad", "the film was bad"]
    >>> encoder = Word2Vec(dimensions=8, min_count=1, epochs=20).fit(reviews)
    >>> encoder.vectors_.shape
    (6, 8)
    >>> encoder.transform(["a good film"]).lengths.tolist()
    [3]
    """

    architecture: str = "skip-gram"

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        super().check_params()
        check_choice("architecture", self.architecture, ARCHITECTURES)

    def _learn(self, tokens: list[list[str]]) -> None:
        super()._learn(tokens)
        words, texts = len(self.vocabulary_), self.numbers(tokens)
        tables = Tables.begin(int(self.random_state), words, 0, int(self.dimensions))
        noise = self._noise(np.bincount(texts.values, minlength=words)[:words])
        train(texts, tables, noise, self._objective(), self._schedule(), int(self.random_state), self._threads())
        self.vectors_: NDArray[Any] = tables.vectors[:, : self.dimensions].copy()

    def _objective(self) -> Objective:
        return Objective(int(self.window), int(self.negative), mean=self.architecture == "cbow", document=False)

    def _threads(self) -> int:
        return check_threads(self.threads)
