"""TextClassifier: classes of texts, in scikit-learn's manner."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..encoders import check_column
from ..engine.layers import Layer
from ..errors import InputError
from ._words import WordClassifier

__all__ = ["TextClassifier"]


@dataclass(kw_only=True, eq=False, repr=False)
class TextClassifier(WordClassifier):
    """Train a recurrent network that reads words in order.

    Words are embedded, read by recurrent layers, their states pooled, and a Dense layer answers. The
    defaults are the recipe that did best on the dev parts of docs/results.md.

    Parameters
    ----------
    cell, units, layers, bidirectional, merge, go_backwards, activation, reset_after, initial_state, recurrent_gain
        The recurrent layers: "simple-rnn", "gru" or "lstm", a width or one for each layer, how many (0 makes a
        network without memory), direction and how two become one, details; see docs/networks.md.
    pooling : "last", "max", "mean", "attention", or several
        How the top layer's states become one vector. "last" alone is the state after all words, of each direction.
    embedding_dim : int
        Width of the words' vectors.
    encoder, vectors, frozen
        What the network begins with, see docs/encoders.md: "embedding", vectors that it learns by itself, or those of a
        file (`vectors`); or the name of an encoder, or an Encoder. `frozen`: what is given stays as it is, and learned
        vectors stand beside it.
    hidden : int, or several
        Widths of dense layers with tanh below the answer; 0 for none.
    word_dropout, input_dropout, dropout, shared_dropout
        Share, while training, of the words that become the unknown word, of the silent features of the words'
        vectors, and of the outputs of each recurrent layer and the pooling; whether features of a sequence are
        silent at all time steps of a text or at none.
    min_count, max_vocabulary
        Words that come less often, or that are not among so many of the most frequent, are unknown. "auto": words
        that come once are, from 1,000 rows on.
    affixes : int
        A word is also its beginnings and ends of so many characters and fewer, as far as two words of the training
        texts share them: so an unknown word is not wholly unknown. 0 leaves words whole. `min_count` and
        `max_vocabulary` do not touch them.
    case : bool
        Whether a word that begins with a Capital, is written in CAPITALS or miXed is that as well, beside its affixes.
        Words themselves are in lower case.
    epochs, batch_size, learning_rate, schedule, clip_norm
        Adam's passes over the data at most ("auto": 20, for more than 10,000 rows 8, for few so many that there are
        320 updates), rows an update, peak rate, its course ("linear", "constant"), the global norm that gradients are
        brought down to.
    weight_averaging : bool
        Keep an average of the weights over about the last two epochs (Polyak averaging) instead of the last ones.
    class_weight : None, "balanced", or dict by label
    early_stopping : bool or "auto"
        Hold back `validation_fraction` of the rows, keep the epoch that does best on them, stop `patience`
        epochs after it, with more than 20 epochs by "auto" as much longer. "auto": from 1,000 rows on.
    refit : bool or "auto"
        Where a part was held back, train anew on all rows for as many epochs as did best. "auto": up to 10,000 rows.
    random_state : int
        Seed of weights, order and dropout.
    threads : int, optional
        As many as there are processors by default; changes no bit.
    report : callable, optional
        Called with a `Progress` after each batch.

    Fitted: `epochs_` and `min_count_`, as "auto" was settled; `vocabulary_`, `affixes_`, `tokenizer_`, `classes_`,
    `network_`, `history_`, `seconds_`; with an encoder `encoding_`, and `found_` of `sought_` words that it knows.

    Examples
    --------
    >>> texts = ["movie was good", "movie was bad", "movie was not good"]
    >>> model = TextClassifier(epochs=100, batch_size=3).fit(texts, ["good", "bad", "bad"])
    >>> model.predict(["movie was not good"]).tolist()
    ['bad']
    """

    embedding_dim: int = 200
    units: int | Sequence[int] = 128
    recurrent_gain: float = 0.5
    pooling: str | Sequence[str] = "max"
    word_dropout: float = 0.3
    dropout: float = 0.5
    patience: int = 3
    refit: bool | str = "auto"

    def _reads(self) -> dict[str, bool]:
        return {"one_d_array": True, "two_d_array": False, "string": True}

    def _check_rows(self, x: Any, fitting: bool = False) -> list[str]:
        check_column(x)
        if isinstance(x, (str, bytes)) or not isinstance(x, Iterable) or getattr(x, "ndim", 1) == 0:
            raise InputError(f"texts must be a list of strings, got {type(x).__name__}; for one text give [text]")
        texts = list(x)
        for number, text in enumerate(texts):
            if not isinstance(text, str):
                raise InputError(f"texts must be strings, but text {number} is {type(text).__name__}: {text!r:.60}")
        return texts

    def _upper_layers(self) -> list[Layer]:
        encoding = self.encoding_
        if encoding is None:
            return self._above(len(self.classes_))
        return self._above(len(self.classes_), sequence=encoding.sequence, beside=encoding.beside)
