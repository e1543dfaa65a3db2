"""TextClassifier: classes of texts, in scikit-learn's manner."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.network import Network
from ..errors import InputError
from ..sequences import Sequences
from ..text import Affixes, Tokenizer, Vocabulary
from ..text.tokenizer import folded
from ._checks import check_flag
from ._classifier import MANY_ROWS, Classifier, is_text

__all__ = ["TextClassifier"]

EPOCHS, EPOCHS_OF_MANY = 20, 8
"""With epochs="auto", for up to `MANY_ROWS` rows and for more, which hold more updates an epoch."""

RARE_ROWS = 1_000
"""With min_count="auto", words that come once are unknown from so many rows on."""


@dataclass(kw_only=True, eq=False, repr=False)
class TextClassifier(Classifier):
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
        Adam's passes over the data at most ("auto": 20, for more than 10,000 rows 8), rows an update, peak rate, its
        course ("linear", "constant"), the global norm that gradients are brought down to.
    weight_averaging : bool
        Keep an average of the weights over about the last two epochs (Polyak averaging) instead of the last ones.
    class_weight : None, "balanced", or dict by label
    early_stopping : bool or "auto"
        Hold back `validation_fraction` of the rows, keep the epoch that does best on them, stop `patience`
        epochs after it. "auto": from 100 rows on.
    refit : bool or "auto"
        Where a part was held back, train anew on all rows for as many epochs as did best. "auto": up to 10,000 rows.
    random_state : int
        Seed of weights, order and dropout.
    threads : int, optional
        As many as there are processors by default; changes no bit.
    report : callable, optional
        Called with a `Progress` after each batch.

    Fitted: `epochs_` and `min_count_`, as "auto" was settled; `vocabulary_`, `affixes_`, `tokenizer_`, `classes_`,
    `network_`, `history_`, `seconds_`.

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
    epochs: int | str = "auto"  # type: ignore[assignment]
    min_count: int | str = "auto"
    max_vocabulary: int | None = None
    affixes: int = 5
    case: bool = True
    patience: int = 3
    refit: bool | str = "auto"

    min_count_: Any = field(init=False)
    vocabulary_: Vocabulary = field(init=False)
    affixes_: Affixes | None = field(init=False)
    tokenizer_: Tokenizer = field(init=False)

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        super().check_params()
        if isinstance(self.affixes, bool) or not isinstance(self.affixes, (int, np.integer)) or self.affixes < 0:
            raise InputError(f"affixes must be an integer, 0 or more, got {self.affixes!r:.80}")
        check_flag("case", self.case)
        count = self.min_count
        if not is_text(count, "auto") and not _is_positive(count):
            raise InputError(f"min_count must be a positive integer or 'auto', got {count!r:.80}")

    def _check_epochs(self) -> None:
        if not is_text(self.epochs, "auto") and not _is_positive(self.epochs):
            raise InputError(f"epochs must be a positive integer or 'auto', got {self.epochs!r:.80}")

    def without_use(self) -> dict[str, str]:
        if self.affixes:
            return super().without_use()
        whole = "with affixes=0, where words are left whole, in lower case: leave one of the two out"
        return {"case": whole, **super().without_use()}

    def _settle(self, rows: int) -> int:
        self.min_count_ = (1 if rows < RARE_ROWS else 2) if is_text(self.min_count, "auto") else self.min_count
        if isinstance(self.epochs, str):
            return EPOCHS if rows <= MANY_ROWS else EPOCHS_OF_MANY
        return self.epochs

    def _reads(self) -> dict[str, bool]:
        return {"one_d_array": True, "two_d_array": False, "string": True}

    def _check_rows(self, x: Any, fitting: bool = False) -> list[str]:
        if isinstance(x, (str, bytes)) or not isinstance(x, Iterable) or getattr(x, "ndim", 1) == 0:
            raise InputError(f"texts must be a list of strings, got {type(x).__name__}; for one text give [text]")
        texts = list(x)
        for number, text in enumerate(texts):
            if not isinstance(text, str):
                raise InputError(f"texts must be strings, but text {number} is {type(text).__name__}: {text!r:.60}")
        return texts

    def _take(self, rows: list[str], numbers: NDArray[np.int64]) -> list[str]:
        return [rows[number] for number in numbers]

    def _prepare(self, rows: list[str]) -> Sequences:
        self.tokenizer_ = Tokenizer(lowercase=not (self.case and self.affixes))
        known: dict[str, str] = {}  # so that each different token is one string in memory, however often it comes
        tokens = [[known.setdefault(token, token) for token in self.tokenizer_.tokenize(text)] for text in rows]
        words = {token: folded(token) for token in known}
        self.vocabulary_ = self._learn_words([[words[token] for token in row] for row in tokens])
        self.affixes_ = self._learn_affixes(words)
        if self.affixes_ is None:  # nobody reads the letter case
            self.tokenizer_, tokens = Tokenizer(), [[words[token] for token in row] for row in tokens]
        layers = [self._words(len(self.vocabulary_), len(self.affixes_ or ())), *self._above(len(self.classes_))]
        self.network_ = Network(layers, random_state=int(self.random_state))
        return self._numbers(tokens)

    def _learn_words(self, texts: list[list[str]]) -> Vocabulary:
        known = Vocabulary.from_tokens(texts, self.min_count_, self.max_vocabulary)
        if len(known) == 0 and self.min_count == "auto":
            self.min_count_ = 1
            known = Vocabulary.from_tokens(texts, 1, self.max_vocabulary)
        if len(known) == 0:
            raise InputError(f"no word comes {self.min_count_} times or more in the texts: lower min_count")
        return known

    def _learn_affixes(self, tokens: Iterable[str]) -> Affixes | None:
        """Learn them from the different tokens; None where they are not wanted, or no two words share one."""
        if not self.affixes:
            return None
        known = Affixes.learn(tokens, self.affixes, case=self.case)
        return known if len(known) else None

    def _encode(self, rows: list[str]) -> Sequences:
        return self._numbers(self.tokenizer_.tokenize(text) for text in rows)

    def _numbers(self, tokens: Iterable[list[str]]) -> Sequences:
        if self.affixes_ is not None:
            return self.affixes_.spell(tokens, self.vocabulary_)
        return Sequences.from_rows([self.vocabulary_.to_ids(row) for row in tokens])


def _is_positive(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and int(value) > 0
