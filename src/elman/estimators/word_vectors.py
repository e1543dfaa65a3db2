"""The vectors that a model has for words, whatever kind of model it is."""

import os
from typing import Any

import numpy as np

from ..encoders import Encoder, WordVectors
from ..engine.network import Network
from ..errors import ModelFolderError
from ..sequences import Sequences
from ._words import WordClassifier
from .saving import load
from .text_generator import TextGenerator

__all__ = ["word_vectors"]


def word_vectors(source: Any) -> WordVectors:
    """Give the vectors of the words that a model, an encoder or a file knows.

    Parameters
    ----------
    source : a model or an encoder, fitted; a folder of one, or what `WordVectors.load` reads

    Raises
    ------
    ModelFolderError
        The model has no vectors of words.
    DataError
        As `WordVectors.load`.
    """
    named = isinstance(source, (str, os.PathLike))
    if named and not os.path.isdir(source):
        return WordVectors.load(source)
    model = load(source) if named else source
    if isinstance(model, Encoder) and model.has_word_vectors:
        return model.word_vectors()
    if not isinstance(model, (WordClassifier, TextGenerator)) or not _looks_up(model):
        where = f"{source}: " if named else ""
        raise ModelFolderError(f"{where}this {type(model).__name__} has no vectors of words")
    words = model.vocabulary_.words
    return WordVectors(words, _vectors(model.network_, _each(model, words)))


def _looks_up(model: Any) -> bool:
    return "embeddings" in {name.rpartition("/")[2] for name in model.network_.parameters}


def _each(model: WordClassifier | TextGenerator, words: tuple[str, ...]) -> Sequences:
    """Give each word as a row of its own, as the network reads it."""
    if isinstance(model, TextGenerator):
        return Sequences.from_rows([[number] for number in range(len(words))])
    return model._numbers([word] for word in words)


def _vectors(network: Network, words: Sequences) -> Any:
    """Give what the first layer makes of each word, (words, features): affixes count as when it is read."""
    first, out = network.begin()[0], np.empty((len(words), network.shapes[1].features or 0), network.dtype)
    for shard in network.shards(network.accept(words)):
        vectors, _ = first.layer.forward(first.weights, shard.values, shard, first.run)
        out[shard.rows] = vectors.dense()
    return out
