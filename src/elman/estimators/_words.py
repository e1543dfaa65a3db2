"""How words are read: their settings, declared once for all estimators of words, and what is learned of them."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import check_flag, check_positive_or_auto, is_text
from ..encoders import Encoder, TextEncoder, VectorEncoder, check_texts
from ..engine.layers import Layer
from ..engine.network import Network
from ..errors import InputError
from ..sequences import Sequences
from ..text import Affixes, Tokenizer, Vocabulary
from ..text.tokenizer import folded
from ._classifier import Classifier
from ._encoding import EMBEDDING, Encoding, Place, VectorsInMemory, check_encoder, encoder_for, reason_against_more
from ._layers import OF_LAYERS

__all__ = ["WordClassifier", "Words"]

RARE_ROWS = 1_000
"""With min_count="auto", words that come once are unknown from so many rows on."""

OF_ENCODERS = ("embedding_dim", "min_count", "max_vocabulary")
"""What an Encoder that is given may have settled by itself. Beside the name of an encoder they are left alone where
they change nothing, so that encoders may be compared."""


@dataclass(kw_only=True, eq=False, repr=False)
class Words:
    """Settings of words, and what is learned of them: which are known, and by which affixes all are read.

    A row is a text, which is cut into words here, or a list of its words.

    Parameters
    ----------
    min_count, max_vocabulary
        Words that come less often, or that are not among so many of the most frequent, are unknown. "auto": words
        that come once are, from `RARE_ROWS` rows on.
    affixes : int
        A word is also its beginnings and ends of so many characters and fewer, as far as two words of the training
        rows share them. 0 leaves words whole.
    case : bool
        Whether its letter case is read beside its affixes. Words themselves are in lower case.
    """

    min_count: int | str = "auto"
    max_vocabulary: int | None = None
    affixes: int = 5
    case: bool = True

    min_count_: Any = field(init=False)
    vocabulary_: Vocabulary = field(init=False)
    affixes_: Affixes | None = field(init=False)
    tokenizer_: Tokenizer = field(init=False)

    def _check_words(self) -> None:
        if isinstance(self.affixes, bool) or not isinstance(self.affixes, (int, np.integer)) or self.affixes < 0:
            raise InputError(f"affixes must be an integer, 0 or more, got {self.affixes!r:.80}")
        check_flag("case", self.case)
        check_positive_or_auto("min_count", self.min_count)

    def _words_without_use(self) -> dict[str, str]:
        if self.affixes:
            return {}
        return {"case": "with affixes=0, where words are left whole, in lower case: leave one of the two out"}

    def _settle_words(self, rows: int) -> None:
        """Settle what hangs on the number of rows."""
        self.min_count_ = (1 if rows < RARE_ROWS else 2) if is_text(self.min_count, "auto") else self.min_count

    def _learn_words(
        self, rows: Iterable[str | Sequence[str]], spelled: bool = True, cased: bool = False
    ) -> list[list[str]]:
        """Learn the words of these rows; give each row as what `_numbers` reads.

        spelled : whether words are read by their affixes, where the settings say so
        cased : whether somebody else reads their letter case
        """
        self.tokenizer_ = Tokenizer(lowercase=not (cased or (self.case and self.affixes and spelled)))
        known: dict[str, str] = {}  # so that each different token is one string in memory, however often it comes
        tokens = [[known.setdefault(token, token) for token in row] for row in self._tokens(rows)]
        words = {token: folded(token) for token in known}
        self.vocabulary_ = self._learn_vocabulary([[words[token] for token in row] for row in tokens])
        self.affixes_ = self._learn_affixes(words) if spelled else None
        if self.affixes_ is None and not cased:  # nobody reads the letter case
            self.tokenizer_, tokens = Tokenizer(), [[words[token] for token in row] for row in tokens]
        return tokens

    def _learn_vocabulary(self, rows: list[list[str]]) -> Vocabulary:
        known = Vocabulary.from_tokens(rows, self.min_count_, self.max_vocabulary)
        if len(known) == 0 and self.min_count == "auto":
            self.min_count_ = 1
            known = Vocabulary.from_tokens(rows, 1, self.max_vocabulary)
        if len(known) == 0:
            raise InputError(f"no word comes {self.min_count_} times or more in the texts: lower min_count")
        return known

    def _learn_affixes(self, words: Iterable[str]) -> Affixes | None:
        """Learn them from the different words; None where they are not wanted, or no two words share one."""
        if not self.affixes:
            return None
        known = Affixes.learn(words, self.affixes, case=self.case)
        return known if len(known) else None

    def _tokens(self, rows: Iterable[str | Sequence[str]]) -> Iterable[list[str]]:
        """Give the words of each row, in lower case where nobody reads the letter case."""
        lower = self.tokenizer_.lowercase
        for row in rows:
            if isinstance(row, str):
                yield self.tokenizer_.tokenize(row)
            else:
                yield [folded(word) for word in row] if lower else list(row)

    def _numbers(self, tokens: Iterable[list[str]]) -> Sequences:
        """Give the words of rows as the network reads them."""
        if self.affixes_ is not None:
            return self.affixes_.spell(tokens, self.vocabulary_)
        return Sequences.from_rows([self.vocabulary_.to_ids(row) for row in tokens])


@dataclass(kw_only=True, eq=False, repr=False)
class WordClassifier(Words, Classifier):
    """Base of the classifiers that read words: `TextClassifier` and `Tagger`.

    Parameters
    ----------
    encoder : name or Encoder
        What the network begins with: "embedding" for vectors that it learns by itself, or how they are made of texts.
    vectors : path, name or WordVectors, optional
        What an embedding begins with.
    frozen : bool
        Vectors that were given, or made by an encoder, stay as they are, and others that are learned stand beside them.
    """

    encoder: Any = EMBEDDING
    vectors: Any = None
    frozen: bool = False

    encoding_: Encoding | None = field(init=False)
    found_: int = field(init=False)
    sought_: int = field(init=False)
    _epochs_of_many: ClassVar[int] = 8
    _left_alone: ClassVar[tuple[str, ...]] = (*OF_LAYERS, "embedding_dim", "pooling")
    _more: list[str | list[str]] = field(init=False, default_factory=list)

    @abstractmethod
    def _upper_layers(self) -> list[Layer]:
        """Give the layers above the vectors of the words, for the classes that were learned."""

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        super().check_params()
        self._check_words()
        check_encoder(self.encoder)
        check_flag("frozen", self.frozen)
        if self.vectors is not None and not is_text(self.encoder, EMBEDDING):
            raise InputError(
                f"vectors={self.vectors!r:.60} has no effect with encoder={self.encoder!r:.60}: leave one of both out"
            )
        self._check_encoding()

    def _check_encoding(self) -> None:
        """Raise InputError for settings that the encoder leaves nothing to do."""
        useless = self.without_use()
        if self.frozen and "frozen" in useless:
            raise InputError(f"frozen=True has no effect {useless['frozen']}")
        if isinstance(self.encoder, Encoder):
            for name in OF_ENCODERS:
                if getattr(self, name) != getattr(type(self), name) and name in useless:
                    raise InputError(f"{name}={getattr(self, name)!r:.60} has no effect {useless[name]}")

    def without_use(self) -> dict[str, str]:
        return {**super().without_use(), **self._words_without_use(), **self._encoding_without_use()}

    def _encoding_without_use(self) -> dict[str, str]:
        """Name the settings that the encoder leaves nothing to do."""
        check_encoder(self.encoder)
        encoding = self._new_encoding()
        if encoding is None:
            return {"frozen": "without vectors or an encoder: leave it out"}
        given = f"encoder={self.encoder!r:.60}" if self.vectors is None else f"vectors={self.vectors!r:.60}"
        return {name: f"with {given}, {reason}" for name, reason in self._left_out(encoding).items()}

    def _left_out(self, encoding: Encoding) -> dict[str, str]:
        """Name the settings that a model with this encoder does not ask for, with the reason and remedy."""
        found, named = {}, set() if isinstance(self.encoder, Encoder) else set(encoding.encoder.get_params(deep=False))
        if not isinstance(encoding.encoder, VectorEncoder):
            found["frozen"] = "which is never learned further: leave one of the two out"
        if not encoding.widens and "dimensions" not in named:
            found["embedding_dim"] = "whose own width is read: leave it out"
        if encoding.alone:
            found |= dict.fromkeys(("affixes", "case"), "which reads words by itself: leave it out")
        if encoding.alone and isinstance(encoding.encoder, TextEncoder):
            found["pooling"] = "which gives one vector a text: leave it out"
        if encoding.knows and not named:
            found |= dict.fromkeys(("min_count", "max_vocabulary"), "which has its own: give it to the encoder")
        return found

    def _settle(self, rows: int) -> None:
        super()._settle(rows)
        self._settle_words(rows)

    def _take(self, rows: list[Any], numbers: NDArray[np.int64]) -> list[Any]:
        return [rows[number] for number in numbers]

    def fit(
        self,
        x: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        dev: tuple[Any, Any] | None = None,
        unlabelled: Any = None,
    ) -> Self:
        """Train on rows and their labels; see `Classifier.fit`.

        Parameters
        ----------
        unlabelled : list of texts, optional
            What the encoder learns from besides `x`.

        Raises
        ------
        InputError
            As `Classifier.fit`; `unlabelled` where the encoder learns nothing from it, as one that was given fitted.
        """
        with self._learning_from(unlabelled):
            return super().fit(x, y, sample_weight, dev)

    def refit_on(self, x: Any, y: Any, sample_weight: ArrayLike | None = None, unlabelled: Any = None) -> Self:
        """Train anew on these rows; see `Classifier.refit_on`.

        Parameters
        ----------
        unlabelled : list of texts, optional
            What an encoder that only counts words ("tfidf"), or vectors of a file, learn from besides `x`.
            An encoder with weights of its own keeps those that `fit` learned.

        Raises
        ------
        InputError
            As `fit`; the weights of the encoder were not kept, as in a model that was loaded.
        """
        with self._learning_from(unlabelled):
            return super().refit_on(x, y, sample_weight)

    @contextmanager
    def _learning_from(self, unlabelled: Any) -> Iterator[None]:
        """Let the encoder learn from further texts meanwhile. Raises InputError where there is none to do so."""
        reason = reason_against_more(self.encoder, self.vectors)
        if unlabelled is not None and reason is not None:
            raise InputError(f"unlabelled has no effect with encoder={self.encoder!r:.60}, {reason}")
        self._more = [] if unlabelled is None else check_texts(unlabelled)
        if unlabelled is not None and not self._more:
            raise InputError("unlabelled must hold texts, got none: leave unlabelled out")
        try:
            yield
        finally:
            self._more = []

    def _prepare(self, rows: list[Any]) -> Sequences:
        self.encoding_ = encoding = self._encoding()
        alone = encoding is not None and encoding.alone
        tokens = self._learn_words(rows, spelled=not alone, cased=encoding is not None and encoding.cased)
        if encoding is not None:
            encoding.fit(tokens if encoding.cased else self._lower(tokens), self._more)
            self.found_, self.sought_ = encoding.found(self.vocabulary_), len(self.vocabulary_)
            self.vocabulary_ = encoding.known(self.vocabulary_, self.max_vocabulary)
        self.network_ = self._network()
        return self._numbers(tokens)

    def _encoding(self) -> Encoding | None:
        """Give the encoder that is to be fitted, or, where the model is trained anew, what is kept of before."""
        if isinstance(self.vectors, VectorsInMemory):
            raise InputError(
                f"vectors were given in memory, {self.vectors}, and a model folder does not hold them: "
                "give them again, by set_params(vectors=...)"
            )
        new = self._new_encoding()
        if new is None or not new.encoder.slow or not hasattr(self, "encoding_"):
            return new
        if self.encoding_ is None or not self.encoding_.encoder.is_whole:
            raise InputError(
                f"training anew keeps what the encoder {type(new.encoder).__name__} has learned, but this model does "
                "not hold it any more, as one that was loaded: call fit"
            )
        return self.encoding_

    def _new_encoding(self) -> Encoding | None:
        memory = bool(self._widths())
        least: int = getattr(self, "min_count_", 1)
        settings = {
            "dimensions": self.embedding_dim,
            "random_state": self.random_state,
            "threads": self.threads,
            "trainable": not self.frozen,
            "min_count": least,
            "max_vocabulary": self.max_vocabulary,
            "report": self.report,
        }
        own_count = is_text(self.min_count, "auto") and least > 1
        encoder = encoder_for(self.encoder, self.vectors, memory, settings, own_count)
        return None if encoder is None else Encoding(encoder, memory)

    def _network(self) -> Network:
        """Make a network of what was learned so far."""
        encoding = self.encoding_
        if encoding is None:
            first, start = self._own_words(), dict[str, NDArray[Any]]()
        else:
            first, start = encoding.first(self._own_words, self.vocabulary_, self.word_dropout)
        network = Network([first, *self._upper_layers()], random_state=int(self.random_state))
        for name, value in start.items():
            network.parameters[f"{network.names[0]}/{name}"] = value
        if encoding is not None and encoding.place is Place.BEGIN:
            encoding.begin(network.parameters[f"{network.names[0]}/embeddings"], self.vocabulary_)
        return network

    def _own_words(self, width: int | None = None) -> Layer:
        return self._words(len(self.vocabulary_), len(self.affixes_ or ()), width)

    def _encode(self, rows: list[Any]) -> Sequences:
        return self._numbers(self._tokens(rows))

    def _numbers(self, tokens: Iterable[list[str]]) -> Sequences:
        if self.encoding_ is None:
            return super()._numbers(tokens)
        rows = list(tokens)
        if self.encoding_.alone:
            return self.encoding_.numbers(rows)
        return self.encoding_.joined(super()._numbers(rows), self._lower(rows))

    def _lower(self, tokens: list[list[str]]) -> list[list[str]]:
        """Give tokens in lower case, as encoders read them."""
        return tokens if self.tokenizer_.lowercase else [[folded(token) for token in row] for row in tokens]
