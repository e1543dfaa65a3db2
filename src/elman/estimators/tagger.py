"""Tagger: a label for each word, in scikit-learn's manner."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..encoders import TextEncoder
from ..engine.layers import Layer
from ..errors import InputError
from ..text import Tokenizer
from ._checks import check_step_labels
from ._classifier import LabelledRows
from ._words import WordClassifier

__all__ = ["Tagger"]


@dataclass(kw_only=True, eq=False, repr=False)
class Tagger(WordClassifier):
    """Train a recurrent network that answers at every word: many to many, aligned.

    Words are embedded, read by recurrent layers, and a Dense layer answers at each time step. The defaults are the
    recipe that did best on the dev part of docs/results.md.

    Parameters
    ----------
    cell, units, layers, bidirectional, merge, activation, reset_after, initial_state, recurrent_gain
        The recurrent layers: "simple-rnn", "gru" or "lstm", a width or one for each layer, how many (0 makes a
        network that sees each word alone), whether each layer reads from both ends and how two become one, details;
        see docs/networks.md.
    embedding_dim : int
        Width of the words' vectors.
    encoder, vectors, frozen
        What the network begins with, see docs/encoders.md: "embedding", vectors that it learns by itself, or those of a
        file (`vectors`); or the name of an encoder, or an Encoder, of tokens. `frozen`: what is given stays as it
        is, and learned vectors stand beside it.
    hidden : int, or several
        Widths of dense layers with tanh below the answer; 0 for none.
    word_dropout, input_dropout, dropout, shared_dropout
        Share, while training, of the words that become the unknown word, of the silent features of the words'
        vectors, and of the outputs of each recurrent layer; whether features of a sequence are silent at all words of
        a sentence or at none.
    min_count, max_vocabulary, affixes, case
        Which words are known, and how all are read by their beginnings, ends and letter case, as in `TextClassifier`.
    epochs, batch_size, learning_rate, schedule, clip_norm
        Adam's passes over the data at most ("auto": 20, for more than 10,000 sentences 8, for few so many that there
        are 320 updates), sentences an update, peak rate, its course ("linear", "constant"), the global norm that
        gradients are brought down to.
    weight_averaging : bool
        Keep an average of the weights over about the last two epochs (Polyak averaging) instead of the last ones.
    class_weight : None, "balanced", or dict by tag
    early_stopping : bool or "auto"
        Hold back `validation_fraction` of the sentences, keep the epoch that does best on them, stop `patience`
        epochs after it, with more than 20 epochs by "auto" as much longer. "auto": from 1,000 sentences on.
    refit : bool or "auto"
        Where a part was held back, train anew on all sentences for as many epochs as did best. "auto": up to 10,000.
    random_state : int
        Seed of weights, order and dropout.
    threads : int, optional
        As many as there are processors by default; changes no bit.
    report : callable, optional
        Called with a `Progress` after each batch.

    Fitted: `epochs_` and `min_count_`, as "auto" was settled; `vocabulary_`, `affixes_`, `tokenizer_`, `classes_`,
    `network_`, `history_`, `seconds_`; with an encoder `encoding_`, and `found_` of `sought_` words that it knows.

    Notes
    -----
    A sentence is a list of words, or a text, which `words` cuts into them. `y` of `fit` holds a list of tags for each.
    `predict` and `predict_proba` give a list of arrays, `score` the share of words whose tag is right. In a dev or test
    part a tag that training did not have counts as wrong, and does not enter the loss; while epochs are chosen it is
    left out.

    Examples
    --------
    >>> sentences = [["the", "cat", "sat"], ["a", "dog", "ran"], ["the", "dog", "sat"]]
    >>> tags = [["DET", "NOUN", "VERB"]] * 3
    >>> model = Tagger(epochs=30, batch_size=3).fit(sentences, tags)
    >>> [row.tolist() for row in model.predict([["a", "cat", "ran"], "The dog sat"])]
    [['DET', 'NOUN', 'VERB'], ['DET', 'NOUN', 'VERB']]
    """

    cell: str = "lstm"
    units: int | Sequence[int] = 128
    bidirectional: bool = True
    embedding_dim: int = 200
    word_dropout: float = 0.3
    dropout: float = 0.5
    batch_size: int = 32
    learning_rate: float = 0.005
    patience: int = 3
    refit: bool | str = "auto"

    # Nothing is pooled, and answers stand in the order of the words.
    pooling: str | Sequence[str] = field(init=False, default="last")
    go_backwards: bool = field(init=False, default=False)

    _kind: ClassVar[str | None] = None  # not in its sense: `y` has a list for each row

    def _reads(self) -> dict[str, bool]:
        return {"one_d_array": False, "two_d_array": False, "string": True}

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        super().check_params()
        encoding = self._new_encoding()
        if encoding is not None and isinstance(encoding.encoder, TextEncoder):
            raise InputError(
                f"encoder={self.encoder!r:.60} gives one vector a text, where a Tagger needs one a word: take one-hot, "
                "word2vec or elmo"
            )

    def words(self, x: Any) -> list[list[str]]:
        """Give the words of sentences, as they are written: those of a text are what `Tokenizer` cuts it into.

        Raises
        ------
        InputError
            `x` is no list of sentences, or a word is no string.
        """
        if isinstance(x, (str, bytes)) or not isinstance(x, Iterable) or getattr(x, "ndim", 1) == 0:
            raise InputError(f"sentences must be a list, got {type(x).__name__}; for one sentence give [sentence]")
        tokenizer = replace(getattr(self, "tokenizer_", Tokenizer()), lowercase=False)
        return [_words(sentence, number, tokenizer) for number, sentence in enumerate(x)]

    def _check_rows(self, x: Any, fitting: bool = False) -> list[list[str]]:
        return self.words(x)

    def _check_targets(self, y: Any, rows: list[list[str]]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        return check_step_labels(y, lengths), np.repeat(np.arange(len(rows)), lengths)

    def _measurable(self, given: LabelledRows) -> LabelledRows:
        """Let tags that training did not have count as wrong; the loss, which would be infinite, leaves them out."""
        known = np.isin(given.labels, self.classes_)
        if not known.any():
            return given  # which is refused
        labels = np.where(known, given.labels, self.classes_[0])
        return replace(given, labels=labels, weights=given.weights * known)

    def _upper_layers(self) -> list[Layer]:
        return self._above(len(self.classes_), per_time_step=True)


def _words(sentence: Any, number: int, tokenizer: Tokenizer) -> list[str]:
    if isinstance(sentence, str):
        return tokenizer.tokenize(sentence)
    if isinstance(sentence, bytes) or not isinstance(sentence, Iterable) or getattr(sentence, "ndim", 1) == 0:
        raise InputError(f"sentence {number} must be a list of words, or a text, got {type(sentence).__name__}")
    words = list(sentence)
    for word in words:
        if not isinstance(word, str):
            raise InputError(
                f"sentence {number} must hold words that are strings, got {type(word).__name__} {word!r:.60}"
            )
    return words
