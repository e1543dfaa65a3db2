"""ELMo: a bidirectional language model of one's own texts, whose layers are the vectors of words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import check_auto, check_choice, check_positive, check_positive_or_auto, check_rate, is_number, is_text
from ..engine.layers import (
    LSTM,
    Bidirectional,
    BidirectionalSoftmax,
    CharacterConvolution,
    ContextualEmbedding,
    Dropout,
    Embedding,
    Layer,
)
from ..engine.layers._layer import Run, Shard
from ..engine.network import Network
from ..engine.optimizers import Adam
from ..engine.packing import cut_into_shards
from ..engine.parallel import check_threads, in_order
from ..engine.schedules import SCHEDULES
from ..errors import ElmanError, InputError, ModelFolderError
from ..sequences import Sequences
from ..text import UNKNOWN, Tokenizer, Vocabulary
from ..training import Data, History, Progress, Recipe, measure, train
from ._characters import CHARACTERS, END_TEXT, LONGEST, boundary, spell
from ._encoder import Array, TokenEncoder, check_texts

__all__ = ["ELMo"]

Ids = NDArray[np.int64]
END = "<eos>"
"""What stands before and behind each text, and is predicted there."""
LEVELS = ("word", "character")
MANY_WORDS = 10_000
"""With samples="auto", words are sampled while training from so many on."""
SAMPLES = 2_000
EPOCHS, TOKENS = 10, 5_000_000
"""With epochs="auto", the texts are read so often at most, and not beyond about so many tokens in all."""
BOUNDARY, NOTHING = 0, 1
"""Rows of the spellings that stand for the boundary of a text, and for a word of no characters."""


@dataclass(kw_only=True, eq=False, repr=False)
class ELMo(TokenEncoder):
    """A token is what a bidirectional language model, trained on the texts, makes of it in its text.

    One stack of LSTMs reads forward and predicts each next word, another one reads backward and predicts each one
    before; they share the words' vectors and the softmax (Peters et al. 2018, "Deep contextualized word
    representations"). From the second layer on, what a layer reads is added to what it gives. Unlike there, LSTMs are
    without projection, and the vectors of words are tied with the softmax (Press & Wolf 2017).

    `transform` gives the plain mean of the layers; a network that begins with `layer()` learns its own mix.

    Parameters
    ----------
    level : "word" or "character"
        Whether a word is a learned vector, or what filters find in its characters, so that none is unknown. Words
        are predicted either way.
    units : int
        Width of the words' vectors and of each direction: a token has twice as many features.
    layers : int
        LSTMs of each direction.
    filters : tuple of (width, number)
        Of characters: how many each filter looks at, and how many such filters there are.
    character_dim, highways : int
        Width of the characters' vectors, and highway layers above the filters.
    tied : bool or "auto"
        Whether the same vectors stand for words that are read and for words that are predicted. "auto": with words.
    samples : int or "auto"
        While training, compare with about so many words instead of all (see `Softmax`); 0 for all. "auto": 2,000 where
        there are more than 10,000 words.
    word_dropout : float
        With words: share of those that training reads as the unknown one, which learns its vector so.
    dropout : float
        Share of silent features while training, of the words' vectors and of what each layer gives.
    epochs : int or "auto"
        Passes over the texts. "auto": 10, fewer where the texts hold more than half a million tokens, so that about
        five million are read in all; one at least.
    batch_size, learning_rate, schedule, clip_norm
        Texts that are read side by side, Adam's peak rate, its course ("linear", "constant"), the global norm that
        gradients are brought down to.
    truncation : int
        Longer texts are cut into pieces of about so many tokens while training, each read by itself.
    min_count, max_vocabulary, random_state, threads
        See `Encoder`.
    report : callable, optional
        Called with a `Progress` after each update.

    Fitted: `vocabulary_`, the words that are predicted; `network_`, the language model; `history_`.

    Examples
    --------
    >>> texts = ["the old dog sleeps", "the old cat sleeps", "a young cat runs"]
    >>> elmo = ELMo(units=8, epochs=2).fit(texts)
    >>> elmo.transform(["the cat", ""]).lengths.tolist(), elmo.features_
    ([2, 0], 16)
    """

    level: str = "word"
    units: int = 128
    layers: int = 2
    filters: tuple[tuple[int, int], ...] = ((1, 32), (2, 32), (3, 64), (4, 128))
    character_dim: int = 16
    highways: int = 1
    tied: bool | str = "auto"
    samples: int | str = "auto"
    word_dropout: float = 0.05
    dropout: float = 0.1
    epochs: int | str = "auto"
    batch_size: int = 16
    learning_rate: float = 0.01
    schedule: str = "linear"
    clip_norm: float | None = 1.0
    truncation: int = 64
    report: Callable[[Progress], None] | None = None

    network_: Network = field(init=False)
    history_: History = field(init=False)

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        super().check_params()
        check_choice("level", self.level, LEVELS)
        for name in ("units", "layers", "batch_size", "truncation"):
            check_positive(name, getattr(self, name))
        check_positive_or_auto("epochs", self.epochs)
        if self.truncation < 2:
            raise InputError(f"truncation must be 2 or more, as a word by itself predicts none, got {self.truncation}")
        for name in ("word_dropout", "dropout"):
            check_rate(name, getattr(self, name))
        check_auto("tied", self.tied)
        if self.tied is True and self.level == "character":
            raise InputError("tied=True needs a vector of each word, but with level='character' there is none")
        samples = self.samples
        if not is_text(samples, "auto") and (
            isinstance(samples, bool) or not isinstance(samples, (int, np.integer)) or samples < 0
        ):
            raise InputError(f"samples must be an integer, 0 or more, or 'auto', got {samples!r:.80}")
        Adam(self.learning_rate)
        check_choice("schedule", self.schedule, sorted(SCHEDULES))
        if self.clip_norm is not None and (not is_number(self.clip_norm) or not 0 < self.clip_norm < np.inf):
            raise InputError(f"clip_norm must be positive and finite, or None, got {self.clip_norm!r}")
        if self.report is not None and not callable(self.report):
            raise InputError(f"report must be a function of a Progress, or None, got {self.report!r:.80}")
        _ = self._convolution()  # which checks its own settings

    def _convolution(self) -> CharacterConvolution:
        return CharacterConvolution(
            CHARACTERS, self.units, self.character_dim, self.filters, self.highways, longest=LONGEST
        )

    # Learning

    def _learn(self, tokens: list[list[str]]) -> None:
        self.vocabulary_ = self._learn_vocabulary(tokens)
        self.network_ = Network(self._network_layers(), random_state=int(self.random_state))
        data = self._data(tokens, self.truncation)
        recipe = self._recipe(sum(map(len, tokens)))
        self.history_ = train(self.network_, data, Adam(self.learning_rate), recipe, report=self._reported())

    def _learn_vocabulary(self, tokens: list[list[str]]) -> Vocabulary:
        known = super()._learn_vocabulary([[word for word in row if word != UNKNOWN] for row in tokens])
        # The end of a text is as frequent as texts are, and stands among the words by that.
        rows = ([word for word in row if word in known] for row in tokens)
        return Vocabulary.from_tokens(chain(([END] for _ in tokens), rows))

    def _network_layers(self) -> list[Layer]:
        known = len(self.vocabulary_)
        word = self.level == "word"
        first = Embedding(known, self.units, self.word_dropout) if word else self._convolution()
        samples = (SAMPLES if known >= MANY_WORDS else 0) if isinstance(self.samples, str) else int(self.samples)
        if samples > known:
            raise InputError(f"samples must be at most the number of words, {known}, got {samples}: give 0 for all")
        stack: list[Layer] = [first]
        for number in range(self.layers):
            cell = LSTM(self.units, return_sequences=True)
            stack += [Dropout(self.dropout), Bidirectional(cell, apart=number > 0, residual=number > 0)]
        tied = word if is_text(self.tied, "auto") else bool(self.tied)
        return [*stack, Dropout(self.dropout), BidirectionalSoftmax(known + 1, tied, samples)]

    def _reported(self) -> Callable[[Progress], None] | None:
        report = self.report
        return None if report is None else lambda progress: report(replace(progress, learner="elmo"))

    def _recipe(self, tokens: int) -> Recipe:
        epochs = max(1, min(EPOCHS, round(TOKENS / max(1, tokens)))) if isinstance(self.epochs, str) else self.epochs
        return Recipe(
            epochs=epochs,
            batch_size=self.batch_size,
            schedule=self.schedule,
            clip_norm=self.clip_norm,
            patience=epochs,
            average=False,
            seed=int(self.random_state),
            threads=check_threads(self.threads),
        )

    def _data(self, tokens: list[list[str]], longest: int | None = None) -> Data:
        """Give texts between their ends, in pieces, and the ids of their words, which are to be predicted.

        A word at an end of a piece is predicted from one side alone, and so counts half.
        """
        rows = list(_pieces([[END, *row, END] for row in tokens], longest))
        ids = Sequences.from_rows([self.vocabulary_.to_ids(row) for row in rows])
        counts = np.ones(len(ids.values))
        alive = np.flatnonzero(ids.lengths > 1)
        for places in (ids.offsets[alive], ids.offsets[alive + 1] - 1):
            counts[places] = 0.5
        counts[ids.offsets[:-1][ids.lengths == 1]] = 0
        return Data(self._read(rows), ids.values, counts)

    # Reading

    def numbers(self, tokens: Iterable[list[str]]) -> Sequences:
        """Give rows of tokens as `layer` reads them: ids, or spellings, of a boundary and of no word first."""
        return self._read(list(tokens))

    def _read(self, rows: list[list[str]]) -> Sequences:
        if self._reads_words:
            return super().numbers(rows)
        numbers: dict[str, int] = {END: BOUNDARY}
        ids = [[numbers.setdefault(word, len(numbers) + 1) for word in row] for row in rows]
        words = list(numbers)[1:]
        spelled = spell(["", *words], first=[boundary(END_TEXT)])
        values = Sequences.from_rows(ids)
        return Sequences(values.values, values.offsets, spelled)

    @property
    def _reads_words(self) -> bool:
        return self._settings.level == "word"

    @property
    def is_whole(self) -> bool:
        """Whether it holds its language model."""
        return hasattr(self, "network_")

    @property
    def joins_words(self) -> bool:
        """Whether words are read by their ids, so that vectors of their own can stand beside them, as in the paper."""
        return self._reads_words

    @property
    def features_(self) -> int:
        """Width of the vectors: of both directions."""
        self._check_fitted()
        return int(self.network_.shapes[-2].features or 0)

    def layer(self, word_dropout: float = 0.0) -> ContextualEmbedding:
        """Give a ContextualEmbedding: the language model as it is, its layers in a mix that is learned.

        A word that is dropped is read as the unknown one, or, where words are spelled, as one of no characters.
        """
        self._check_fitted()
        kept = tuple(layer for _, layer in self._kept())
        if not self._reads_words:
            return ContextualEmbedding(kept, BOUNDARY, NOTHING, word_dropout)
        end = int(self.vocabulary_.to_ids([END])[0])
        return ContextualEmbedding(kept, end, self.vocabulary_.unknown_id, word_dropout)

    def _kept(self) -> list[tuple[str, Layer]]:
        """Give the layers that make vectors, with their names."""
        pairs = zip(self.network_.names[:-1], self.network_.layers[:-1], strict=True)
        return [(name, layer) for name, layer in pairs if not isinstance(layer, Dropout)]

    def weights(self) -> dict[str, Array]:
        """Give the weights of the language model, by the names that `layer` has for them."""
        self._check_fitted()
        found = {}
        for number, (name, _) in enumerate(self._kept()):
            for key, value in self.network_.parameters.items():
                if key.startswith(f"{name}/"):
                    found[f"{number}/{key.removeprefix(f'{name}/')}"] = value
        return found

    def transform(self, x: Any) -> Sequences:
        """Give a vector a token, the mean over the layers: `Sequences` of (time, features) float32."""
        layer = self.layer()
        return self._encode(x, lambda *given: [layer.forward(*given)[0].values], 1)[0]

    def layers_of(self, x: Any) -> list[Sequences]:
        """Give what each layer gives for each token, `Sequences` of (time, features) float32 each.

        The words alone, which stand twice, side by side, then each layer of LSTMs, the forward half first.
        """
        layer = self.layer()
        return self._encode(x, layer.read, len(layer.layers))

    def _encode(self, x: Any, read: Callable[..., Iterable[Array]], count: int) -> list[Sequences]:
        """Give the `count` arrays that `read` makes of each shard of the texts, each in the texts' order."""
        ids, layer = self._ids(x), self.layer()
        evenly = {"mix": np.zeros(len(layer.layers), np.float32), "scale": np.ones(1, np.float32)}
        weights = layer.prepare(self.weights() | evenly)
        out = [np.empty((len(ids.values), self.features_), np.float32) for _ in range(count)]

        def one(rows: Ids) -> None:
            shard = Shard.of(ids, rows, np.float32)
            for target, made in zip(out, read(weights, shard.values, shard, Run()), strict=True):
                target[shard.places] = made

        in_order(one, cut_into_shards(ids.lengths), check_threads(self.threads))
        return [Sequences(values, ids.offsets) for values in out]

    # Measuring

    def perplexity(self, x: Any) -> float:
        """Give e to the mean cross-entropy, over both directions, all words and the ends of all texts.

        As if so many words were equally likely each time. Raises InputError for no text.
        """
        return float(np.exp(-self.score(x)))

    def score(self, x: Any, y: Any = None) -> float:
        """Give minus the mean cross-entropy, in nats: higher is better, as scikit-learn's tools expect."""
        self._check_fitted()
        tokens = self._tokens(check_texts(x))
        if not tokens:
            raise InputError("x must hold texts to measure by, got none")
        data = self._data(tokens)
        losses, _ = measure(self.network_, data, check_threads(self.threads))
        return -float(np.add.accumulate(losses * data.weights)[-1]) / float(data.weights.sum())

    # Saving

    def _saved_params(self) -> dict[str, Any]:
        return {name: value for name, value in super()._saved_params().items() if name != "report"}

    def arrays(self) -> dict[str, Array]:
        """Give the weights of the language model."""
        return self.network_.parameters

    def facts(self) -> dict[str, Any]:
        """Give the layers of the language model."""
        return {"network": self.network_.to_config()}

    def to_read(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Give nothing: words and settings are enough."""
        return {}, {}

    def take_up_to_read(
        self, vocabulary: Vocabulary, tokenizer: Tokenizer, arrays: Mapping[str, Array], facts: Mapping[str, Any]
    ) -> None:
        """Become able to give `numbers`, without the language model."""
        self.check_params()
        self._fitted_by_ = self._unfitted()
        self.vocabulary_, self.tokenizer_ = vocabulary, tokenizer

    def _restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        try:
            network = Network.from_config(facts["network"], arrays)
        except (ElmanError, TypeError, KeyError) as error:
            raise ModelFolderError(f"the language model of an ELMo is damaged: {error}") from None
        if not self._goes_with_words(network):
            what = f"the {len(self.vocabulary_)} words of the vocabulary"
            raise ModelFolderError(f"the language model of an ELMo does not go with {what}: {network!r}")
        self.network_ = network
        try:
            self.layer()
        except InputError as error:
            raise ModelFolderError(f"the language model of an ELMo is damaged: {error}") from None

    def _goes_with_words(self, network: Network) -> bool:
        """Tell whether a network reads and predicts the words that are known; kernels trust their ids."""
        words, (first, *_, last) = len(self.vocabulary_), network.layers
        reads = self._reads_words and isinstance(first, Embedding) and first.input_dim == words
        spells = isinstance(first, CharacterConvolution) and first.characters == CHARACTERS and not self._reads_words
        predicts = isinstance(last, BidirectionalSoftmax) and last.units == words + 1 and END in self.vocabulary_
        return (reads or spells) and predicts and network.dtype == np.float32


def _pieces(rows: Iterable[list[str]], longest: int | None) -> Iterator[list[str]]:
    """Cut rows into pieces of about equal length, up to `longest`."""
    for row in rows:
        count = 1 if longest is None else -(-len(row) // longest)
        ends = [len(row) * number // count for number in range(count + 1)]
        yield from (row[begin:end] for begin, end in pairwise(ends))
