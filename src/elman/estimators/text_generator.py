"""TextGenerator: a language model, which writes texts: one to many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..checks import check_auto, check_choice, check_integer, check_positive, is_text
from ..engine.decoding import Choice, beam_search, check_length_penalty, draw_sequences
from ..engine.layers import AdaptiveSoftmax, Dense, Embedding, Layer, Softmax
from ..engine.network import Network
from ..engine.optimizers import Adam
from ..engine.parallel import check_threads
from ..engine.state import State
from ..errors import InputError
from ..sequences import Sequences
from ..text import LEVELS, UNKNOWN, Level, Vocabulary
from ..training import Data, held_back, measure, measure_on, train
from ._checks import check_labels, labelled_pair
from ._layers import Architecture
from ._led_texts import END, LedTexts, Text, in_parts, led_rows, plain
from ._tokens import check_rows, cut_texts
from ._training import Training
from .perplexity import Perplexity, Tally

__all__ = ["TextGenerator"]

MANY_WORDS = 10_000
"""With samples="auto", words are sampled while training from so many on."""
SAMPLES = 2_000
RARE_TOKENS = 10_000
"""With min_count="auto", words that come once are unknown from so many in all: they teach what an unknown one is."""


@dataclass(kw_only=True, eq=False, repr=False)
class TextGenerator(Architecture, Training):
    """Train a language model: a recurrent network that predicts each next word, or character, from those before it.

    Parameters
    ----------
    level : "word", "token" or "char"
        What texts are cut into: words and signs, what stands between spaces, or characters.
    joined : bool or "auto"
        Whether texts follow each other as one long stream, as those of a book do, with what was read before carried
        into the next text; else each begins anew. "auto": joined unless they have labels.
    truncation : int
        Time steps of a piece that is learned from at once; the state is carried over to the next one (truncated
        backpropagation through time, Williams & Peng 1990).
    cell, units, layers, activation, reset_after, initial_state, recurrent_gain
        The recurrent layers: "simple-rnn", "gru" or "lstm", a width or one for each layer, how many, details; see
        docs/networks.md.
    embedding_dim : int
        Width of the words' vectors.
    tied : bool or "auto"
        Whether the same vectors stand for words that are read and for words that are predicted (Press & Wolf 2017).
        "auto": for words.
    samples : int or "auto"
        While training, compare with about so many words instead of all (see `Softmax`); 0 for all. "auto": 2,000 where
        there are more than 10,000 words.
    cutoffs : int or tuple of int
        Predict rare words from narrower vectors (see `AdaptiveSoftmax`): the number of frequent words, then where each
        cluster of rarer ones but the last ends. It goes without `tied` and `samples`.
    min_count, max_vocabulary
        Words that come less often, or that are not among so many of the most frequent, are unknown. "auto": words
        that come once are, from 10,000 on in all; characters never are.
    word_dropout, input_dropout, dropout, shared_dropout
        Share, while training, of the words that become the unknown word, of the silent features of the words'
        vectors, and of the outputs of each recurrent layer; whether features of a piece are silent at all time steps
        or at none.
    epochs, batch_size, learning_rate, schedule, clip_norm
        Adam's passes over the data at most, streams or texts that are read side by side, peak rate, its course
        ("linear", "constant"), the global norm that gradients are brought down to.
    weight_averaging : bool
        Keep an average of the weights over about the last two epochs (Polyak averaging) instead of the last ones.
    early_stopping : bool or "auto"
        Hold back `validation_fraction`, the end of the stream or some of the texts, keep the epoch that does best on
        it, stop `patience` epochs after it. "auto": from 100 texts or 10,000 tokens on.
    random_state : int
        Seed of weights, order and dropout.
    threads : int, optional
        As many as there are processors by default; changes no bit.
    report : callable, optional
        Called with a `Progress` after each update.

    Fitted: `vocabulary_`, `classes_` (the labels that texts can be led by), `joined_`, `dev_perplexity_` (on the part
    that chose the epoch, read as so many streams as a batch has), `network_`, `history_`, `epochs_`, `seconds_`.

    Examples
    --------
    >>> model = TextGenerator(level="char", units=32, embedding_dim=16, epochs=60, batch_size=2, learning_rate=0.02)
    >>> model = model.fit(["abc abc abc abc abc abc abc abc"])
    >>> model.generate(prompt="abc a", length=6, temperature=0)
    ['bc abc']
    """

    level: str = "word"
    joined: bool | str = "auto"
    cell: str = "lstm"
    units: int | Sequence[int] = 256
    embedding_dim: int = 256
    input_dropout: float = 0.2
    dropout: float = 0.2
    tied: bool | str = "auto"
    samples: int | str = "auto"
    cutoffs: int | Sequence[int] = ()
    min_count: int | str = "auto"
    max_vocabulary: int | None = None
    truncation: int = 35
    epochs: int = 20
    batch_size: int = 32
    learning_rate: float = 0.004
    weight_averaging: bool = False
    patience: int = 2

    # It reads forward, and answers at every time step.
    pooling: str | Sequence[str] = field(init=False, default="last")
    hidden: int | Sequence[int] = field(init=False, default=0)
    bidirectional: bool = field(init=False, default=False)
    merge: str = field(init=False, default="concat")
    go_backwards: bool = field(init=False, default=False)

    _learns_targets: ClassVar[bool] = False

    vocabulary_: Vocabulary = field(init=False)
    classes_: NDArray[Any] = field(init=False)
    joined_: bool = field(init=False)
    dev_perplexity_: Perplexity | None = field(init=False)

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        self._check_architecture()
        self._check_training()
        check_choice("level", self.level, LEVELS)
        for name in ("joined", "tied"):
            check_auto(name, getattr(self, name))
        check_positive("truncation", self.truncation)
        if not is_text(self.min_count, "auto"):
            check_positive("min_count", self.min_count)
        if self.max_vocabulary is not None:
            check_positive("max_vocabulary", self.max_vocabulary)
        samples = self.samples
        whole = isinstance(samples, (int, np.integer)) and not isinstance(samples, bool) and samples >= 0
        if not whole and not is_text(samples, "auto"):
            raise InputError(f"samples must be an integer, 0 or more, or 'auto', got {samples!r:.80}")
        if not all(isinstance(cut, (int, np.integer)) for cut in self._cuts()):
            raise InputError(f"cutoffs must be numbers of words such as (2000, 10000), got {self.cutoffs!r:.80}")
        if self._cuts() and (self.tied is True or (whole and samples)):
            other = "tied=True" if self.tied is True else f"samples={samples}"
            raise InputError(f"cutoffs={self.cutoffs!r:.60} does not go with {other}: leave one of the two out")

    def _cuts(self) -> tuple[Any, ...]:
        return tuple(self.cutoffs) if isinstance(self.cutoffs, (list, tuple)) else (self.cutoffs,)

    def _truncation(self) -> int | None:
        return self.truncation

    def _reads(self) -> dict[str, bool]:
        return {"one_d_array": True, "two_d_array": False, "string": True}

    # The steps of fit

    def fit(self, x: Any, y: Any = None, dev: Any = None) -> Self:
        """Train on texts.

        Parameters
        ----------
        x : list of str, or of lists of tokens
            A token "<eos>" or "<unk>", or one that stands for a label, is an unknown one.
        y : (texts,) labels, optional
            What each text is led by: `generate(about=label)` then writes such a text.
        dev : texts, or (texts, labels), optional
            Choose the epoch by these, instead of a part held back.

        Raises
        ------
        InputError
            A parameter or the data is not what it must be.
        NonFiniteError
            The loss or a gradient is not finite.
        """
        with self._as_before_after(InputError):
            return self._fit(x, y, dev)

    def _fit(self, x: Any, y: Any, dev: Any) -> Self:
        begin = perf_counter()
        self.check_params()
        self._forget()
        texts = self._tokens(x)
        if not any(text.tokens for text in texts):
            raise InputError("x must hold texts to learn from, but all are empty")
        labels = None if y is None else _check_lead(check_labels(y, len(texts)))
        self.joined_ = y is None if is_text(self.joined, "auto") else bool(self.joined)
        self.classes_ = np.unique([] if labels is None else labels)
        given = self._corpus(texts, labels)
        kept, held = self._hold_back(given) if dev is None else (given, self._dev_corpus(dev, y is not None))
        self._learn_vocabulary(kept)
        self.network_ = Network(self._layers(), random_state=int(self.random_state))
        self._settle(kept.texts)
        data = self._data(kept, streams=self.batch_size)
        dev_data = None if held is None else self._data(held, streams=self.batch_size)
        self.history_ = train(self.network_, data, Adam(self.learning_rate), self._recipe(), dev_data, self.report)
        self.dev_perplexity_ = None if held is None else self._best(held)
        self.seconds_ = perf_counter() - begin
        return self

    def _best(self, held: LedTexts) -> Perplexity:
        """Give what the best epoch's weights did on the part that was held back."""
        loss = self.history_.epochs[self.history_.best - 1].dev_loss
        assert loss is not None
        given = set(map(_about, self.classes_.tolist()))
        tokens = sum(token not in given for row in held.rows for token in row)
        return Perplexity(held.texts, tokens, held.characters, self._unknown(held), loss)

    def _unknown(self, corpus: LedTexts) -> int:
        return sum(token not in self.vocabulary_ for row in corpus.rows for token in row)

    def _tokens(self, x: Any) -> list[Text]:
        """Cut texts into tokens."""
        given = list(x) if isinstance(x, Iterator) else x
        texts = zip(given, cut_texts(given, self._level), strict=True)
        return [Text(row, len(text if isinstance(text, str) else self._level.join(row))) for text, row in texts]

    @property
    def _level(self) -> Level:
        return LEVELS[self.level]

    def _corpus(self, texts: list[Text], labels: NDArray[Any] | None) -> LedTexts:
        """Give each text with what it is led by and its end."""
        leads = [[] for _ in texts] if labels is None else [[_about(label)] for label in labels.tolist()]
        special = set(self.special_tokens())
        rows = [[*lead, *plain(text.tokens, special), END] for lead, text in zip(leads, texts, strict=True)]
        return LedTexts(rows, [text.characters + 1 for text in texts])

    def _dev_corpus(self, dev: Any, labelled: bool) -> LedTexts:
        if not labelled:
            if isinstance(dev, tuple) and len(dev) == 2 and not all(isinstance(part, str) for part in dev):
                raise InputError("dev must be texts, as training has no labels, got a pair: leave its labels out")
            texts, labels = self._tokens(dev), None
        else:
            given, of_each = labelled_pair(dev)
            texts = self._tokens(given)
            labels = self._known(check_labels(of_each, len(texts)))
        if not texts:
            raise InputError("dev must hold texts to choose the epoch by, got none: leave dev out to hold some back")
        return self._corpus(texts, labels)

    def _known(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Give labels as training had them. Raises InputError for one that it did not have."""
        known = self.classes_.tolist()
        for label in labels.tolist():
            if label not in known:
                names = ", ".join(map(str, known)) or "none: it was trained without labels"
                raise InputError(f"label {label!r} was not among those of training, {names:.200}")
        return self.classes_[[known.index(label) for label in labels.tolist()]]

    def _hold_back(self, given: LedTexts) -> tuple[LedTexts, LedTexts | None]:
        """Give what to train on, and what to choose the epoch by, unless early stopping is off."""
        tokens = sum(map(len, given.rows))
        if not self.stops_early(tokens // 100 if self.joined_ else given.texts) or tokens < 2:
            return given, None
        if not self.joined_:
            kept, held = held_back([0] * given.texts, self.validation_fraction, int(self.random_state))
            return given.take(kept), given.take(held)
        return given.cut(min(max(round(tokens * (1 - self.validation_fraction)), 1), tokens - 1))

    def special_tokens(self) -> list[str]:
        """Give the tokens that are no part of a text: its end, and the labels that lead one."""
        return [END, *map(_about, self.classes_.tolist())]

    def _learn_vocabulary(self, kept: LedTexts) -> None:
        # The unknown word has an id of its own, and the end and the labels, which are never left out, have theirs.
        least = self.min_count
        if isinstance(least, str):
            least = 1 if self.level == "char" or sum(map(len, kept.rows)) < RARE_TOKENS else 2
        words = ([token for token in row if token != UNKNOWN] for row in kept.rows)
        known = Vocabulary.from_tokens(words, int(least), self.max_vocabulary)
        self.vocabulary_ = Vocabulary([*known.words, *(token for token in self.special_tokens() if token not in known)])

    def _layers(self) -> list[Layer]:
        known, stack = len(self.vocabulary_), self._stack(per_time_step=True)
        words = known + 1
        first = Embedding(known, self.embedding_dim, word_dropout=self.word_dropout)
        if self._cuts():
            if self._cuts()[-1] >= words:
                raise InputError(f"cutoffs must be below the number of words, {words}, got {self.cutoffs!r:.80}")
            return [first, *stack, AdaptiveSoftmax(words, self._cuts())]
        tied = self.level != "char" if is_text(self.tied, "auto") else bool(self.tied)
        samples = (SAMPLES if words > MANY_WORDS else 0) if isinstance(self.samples, str) else int(self.samples)
        if samples >= words:
            raise InputError(f"samples must be below the number of words, {words}, got {samples}: give 0 for all")
        if tied and (not self._widths() or self._widths()[-1] != self.embedding_dim):
            stack.append(Dense(self.embedding_dim))
        return [first, *stack, Softmax(words, tied, samples)]

    def _data(self, corpus: LedTexts, streams: int, before: str = END) -> Data:
        """Give what is read, and at each time step what comes next.

        Parameters
        ----------
        streams : that texts are cut into where they are joined
        before : the token before them
        """
        ids = [self.vocabulary_.to_ids(row) for row in corpus.rows]
        if not self.joined_:
            # A text that is led by nothing begins as if another had just ended.
            led = ids if len(self.classes_) else [np.concatenate([self._ids([END]), row]) for row in ids]
            inputs = Sequences.from_rows([row[:-1] for row in led])
            targets = np.concatenate([row[1:] for row in led])
            return Data(inputs, targets, np.ones(len(targets)))
        # Where texts follow each other, a label comes next as well, but is given and not to be predicted.
        stream = np.concatenate([self._ids([before]), *ids])
        count = max(1, min(streams, (len(stream) - 1) // max(2, self.truncation)))
        offsets = np.linspace(0, len(stream) - 1, count + 1).astype(np.int64)
        counted = ~np.isin(stream[1:], self._ids(list(map(_about, self.classes_.tolist()))))
        return Data(Sequences(stream[:-1], offsets), stream[1:], counted.astype(np.float64))

    def _ids(self, tokens: list[str]) -> NDArray[np.int64]:
        return self.vocabulary_.to_ids(tokens)

    # Using it

    def perplexity(self, x: Any, y: Any = None) -> Perplexity:
        """Measure how well texts are predicted, by all words; every token counts, and the end of each text.

        Joined texts are one stream, read from its beginning to its end. Texts are read as they come, from an iterator,
        too, and about `PART` tokens are held at a time, however many there are. Arguments as for `fit`.

        Raises
        ------
        InputError
            What is no list of texts, holds none, or has labels that training did not have.
        """
        network, threads = self._fitted(), check_threads(self.threads)
        texts = check_rows(x) if y is None else list(check_rows(x))
        labels = None if y is None else self._known(check_labels(y, len(texts)))  # type: ignore[arg-type]
        if (y is None) != (len(self.classes_) == 0):
            raise InputError("y must be given as in training: labels where it had some, and none where it had none")
        tally, state, last = Tally(), None, END
        leads = None if labels is None else map(_about, labels.tolist())
        rows = led_rows(texts, leads, self.level, self.joined_, set(self.special_tokens()), tally)
        for part in in_parts(rows):
            data = self._data(part, streams=1, before=last)
            if self.joined_:
                losses, state = measure_on(network, data, threads, state)
            else:
                losses, _ = measure(network, data, threads, in_pieces=True)
            tally.add(losses[data.weights > 0])
            tally.unknown += self._unknown(part)
            last = next(row[-1] for row in reversed(part.rows) if row)
        return tally.result()

    def score(self, x: Any, y: Any = None) -> float:
        """Give minus the mean cross-entropy, in nats: higher is better, as scikit-learn's tools expect."""
        return -self.perplexity(x, y).loss

    def generate(
        self,
        prompt: str = "",
        about: Any = None,
        count: int = 1,
        length: int = 100,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        beam: int | None = None,
        length_penalty: float = 1.0,
        stop: str | None = None,
        seed: int = 0,
    ) -> list[str]:
        """Write texts.

        Parameters
        ----------
        prompt : str
            What a text begins with; it is not repeated.
        about : optional
            One of `classes_`, where training had labels: write such a text. Needed there.
        count : int
            Texts; with `beam` the best so many.
        length : int
            Tokens of a text at most; it ends before where the model ends it, after one token at least.
        temperature, top_k, top_p
            How the next token is drawn, see `elman.engine.decoding.Choice`; temperature=0 takes the likeliest.
        beam : int, optional
            Search for likely texts instead, keeping so many beginnings; nothing is drawn.
        length_penalty : float
            With `beam`: log-probabilities are divided by length to this power.
        stop : str, optional
            A token that ends a text as well, such as "." or, for characters, a line break.
        seed : int
            The same seed writes the same text, the n-th being the same whatever `count` is.

        Raises
        ------
        InputError
            A setting is not what it must be; `about` is none of the labels, or is missing; `stop` is no known token.
        """
        network, choice = self._fitted(), Choice(temperature, top_k, top_p)
        if beam is not None and choice != Choice():
            raise InputError("beam searches and draws nothing: leave temperature, top_k and top_p out, or beam")
        check_integer("seed", seed)
        for name, value in (("count", count), ("length", length), *([] if beam is None else [("beam", beam)])):
            check_positive(name, value)
        check_length_penalty(length_penalty)
        ends = self._ends(stop)
        start = self._start(prompt, about)
        frozen, threads = network.freeze(), check_threads(self.threads)
        never = self._never()

        def advance(ids: NDArray[np.int64], state: State) -> tuple[Any, State]:
            return read(list(ids[:, None]), state)

        def read(rows: list[Any], state: State | None) -> tuple[Any, State]:
            logits, after = frozen.advance(rows, state, threads)
            logits[:, never] = -np.inf
            return logits, after

        logits, state = read([start], None)
        logits[:, list(ends)] = -np.inf
        if beam is not None:
            found = beam_search(advance, logits, state, max(beam, count), length, ends, length_penalty, count)
            written = [ids for ids, _ in found]
        else:
            rows = np.zeros(count, np.int64)
            written = draw_sequences(advance, logits[rows], state.take(rows), choice, length, ends, seed)
        return [self._level.join(self.vocabulary_.to_tokens(ids)) for ids in written]

    def whole(self, prompt: str, text: str) -> str:
        """Give a text that was generated with its prompt before it, spaces as they belong."""
        return self._level.join([*self._level.cut(prompt), *self._level.cut(text)])

    def _start(self, prompt: str, about: Any) -> NDArray[np.int64]:
        if not isinstance(prompt, str):
            raise InputError(f"prompt must be a string, got {type(prompt).__name__}")
        labels = ", ".join(map(str, self.classes_.tolist()))
        if about is None and labels:
            raise InputError(f"about must be one of the labels that training had, {labels:.200}; it was not given")
        if about is not None and not labels:
            raise InputError(
                f"about={about!r:.60} has no effect on a model that was trained without labels: leave about out"
            )
        lead = [] if about is None else [_about(self._known(_single(about))[0].item())]
        before = [END] if self.joined_ or about is None else []  # what stands before a text in training
        return self._ids([*before, *lead, *plain(self._level.cut(prompt), set(self.special_tokens()))])

    def _ends(self, stop: str | None) -> tuple[int, ...]:
        ends = [END]
        if stop is not None:
            tokens = self._level.cut(stop) if isinstance(stop, str) else []
            if len(tokens) != 1 or tokens[0] not in self.vocabulary_:
                raise InputError(f"stop must be one token of the vocabulary, got {stop!r:.80}")
            ends += tokens
        return tuple(self._ids(ends).tolist())

    def _never(self) -> NDArray[np.int64]:
        """Give what is never written: the unknown word, and the labels."""
        return self._ids([UNKNOWN, *map(_about, self.classes_.tolist())])


def _single(label: Any) -> NDArray[Any]:
    if not isinstance(label, (str, int, float, np.generic)):
        raise InputError(f"about must be a label, a string or a whole number, got {type(label).__name__}")
    return np.array([label])


def _check_lead(labels: NDArray[Any]) -> NDArray[Any]:
    """Refuse labels that cannot stand in a list of words, one a line."""
    for label in labels.tolist():
        if isinstance(label, str) and "\n" in label:
            raise InputError(f"a label that leads texts must be without line breaks, got {label!r:.80}")
    return labels


def _about(label: Any) -> str:
    """The token that leads a text with this label; no text that is cut has it, as there is a space in it."""
    return f"<about {label}>"
