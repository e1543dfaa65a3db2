"""Transducer: an encoder-decoder, which turns sequences into other ones: many to many, unaligned."""

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..checks import check_choice, check_flag, check_positive, is_number
from ..engine.decoding import Choice, beam_search, check_length_penalty, draw_sequences
from ..engine.encoder_decoder import EncoderDecoder, Pairs, Reading
from ..engine.layers import Bidirectional, CrossAttention, Layer, Softmax
from ..engine.optimizers import Adam
from ..engine.parallel import check_threads
from ..errors import ElmanWarning, InputError
from ..sequences import Sequences
from ..text import LEVELS, UNKNOWN, Level, Vocabulary
from ..training import Data, held_back, measure, train
from ._checks import labelled_pair
from ._layers import Architecture
from ._tokens import cut_texts, listed_rows, written_numbers
from ._training import Training
from .perplexity import finite_or_none

__all__ = ["GIVES", "Transducer", "Transductions"]

END = "<eos>"
"""The token after each target; what the decoder reads first, too."""
GIVES = ("texts", "tokens", "numbers")
"""What a row of `predict` is: what a target of training was."""
ALLOWANCE = 2
"""With longest=None an output is at most so many times as long as the longest target of training."""
LOST = 0.1
"""Training warns where more than this share of the targets cannot be written as they are given."""
Rows = list[list[str]]


@dataclass(frozen=True)
class Transductions:
    """How well a transducer does on pairs.

    n : pairs
    exact_match : share of them whose output is the target as it is given
    tokens : of the targets, their ends counted
    unknown : of these, tokens that the model does not know; they are easy to predict, all being one, and never written
    loss : mean over the tokens of -ln p, in nats, each predicted from the true ones before it
    """

    n: int
    exact_match: float
    tokens: int
    unknown: int
    loss: float

    @property
    def perplexity(self) -> float:
        """e^loss: as if so many tokens were equally likely each time."""
        with np.errstate(over="ignore"):
            return float(np.exp(self.loss))

    def figures(self) -> dict[str, float]:
        """Give the headline ones by name, in the order of a table's columns."""
        unknown = {"unknown": self.unknown / self.tokens} if self.unknown else {}
        return {"exact_match": self.exact_match, "perplexity": self.perplexity, **unknown}

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it: a perplexity beyond all numbers is None."""
        return finite_or_none({**asdict(self), "perplexity": self.perplexity})


@dataclass(kw_only=True, eq=False, repr=False)
class Transducer(Architecture, Training):
    """Learn to turn texts, or other sequences, into other ones of any length: an encoder reads, a decoder writes.

    The decoder begins with what the encoder remembers after the whole source (Sutskever, Vinyals & Le 2014), and with
    `attention` looks at each of its time steps (Luong, Pham & Manning 2015).

    Parameters
    ----------
    level : "word", "token" or "char"
        What sources and targets are cut into: words and signs, what stands between spaces, or characters. Words are
        put together as people write them, so a target such as 2003-06-12, three numbers and two signs, comes out as
        2003 - 06 - 12; the others come out as they are, but for white space.
    cell, units, layers, activation, reset_after, initial_state, recurrent_gain
        The recurrent layers of encoder and decoder: "simple-rnn", "gru" or "lstm", a width or one for each layer, how
        many, details; see docs/networks.md.
    bidirectional : bool
        Whether the encoder reads from both ends. The decoder's layers are then twice as wide as `units`.
    attention : bool
        Whether the decoder looks at each of the encoder's outputs; else only at what it remembers in the end.
    embedding_dim : int
        Width of the tokens' vectors, on both sides.
    teacher_forcing : float
        Share of time steps at which, at the end of training, the decoder reads the true token before; it falls to this
        linearly from 1 over all `epochs`, so training that early stopping ends does not come down to it. At the others
        the decoder reads what it found likeliest itself (scheduled sampling, see `EncoderDecoder`).
    longest : int, optional
        Tokens of an output at most; by default twice as many as the longest target of training has.
    min_count, max_vocabulary
        Tokens that come less often, or that are not among so many of the most frequent, are unknown; on both sides.
    word_dropout, input_dropout, dropout, shared_dropout
        Share, while training, of the tokens that become the unknown one, of the silent features of their vectors, and
        of the outputs of each recurrent layer and of attention; whether features are silent at all time steps of a row
        or at none.
    epochs, batch_size, learning_rate, schedule, clip_norm
        Adam's passes over the data at most, pairs an update, peak rate, its course ("linear", "constant"), the global
        norm that gradients are brought down to.
    weight_averaging : bool
        Keep an average of the weights over about the last two epochs (Polyak averaging) instead of the last ones.
    early_stopping : bool or "auto"
        Hold back `validation_fraction` of the pairs, keep the epoch with the lowest loss on it, stop `patience` epochs
        after it. "auto": from 100 pairs on.
    random_state : int
        Seed of weights, order, dropout and scheduled sampling.
    threads : int, optional
        As many as there are processors by default; changes no bit.
    report : callable, optional
        Called with a `Progress` after each update.

    Fitted: `source_vocabulary_`, `vocabulary_` (of the targets), `longest_`, `gives_` ("texts", "tokens" or "numbers",
    what targets were and outputs are), `network_`, `history_`, `epochs_`, `seconds_`.

    Examples
    --------
    >>> words = ["ab", "ba", "aab", "bba", "abb", "b", "a", "bab"] * 12
    >>> model = Transducer(level="char", units=24, embedding_dim=8, epochs=40, batch_size=8, learning_rate=0.02)
    >>> model.fit(words, [word[::-1] for word in words]).predict(["aab"])
    ['baa']
    """

    level: str = "word"
    cell: str = "lstm"
    units: int | Sequence[int] = 64
    embedding_dim: int = 64
    bidirectional: bool = True
    attention: bool = True
    teacher_forcing: float = 1.0
    longest: int | None = None
    min_count: int = 1
    max_vocabulary: int | None = None
    learning_rate: float = 0.005

    # Both sides answer at every time step, and the decoder begins with both directions side by side.
    pooling: str | Sequence[str] = field(init=False, default="last")
    hidden: int | Sequence[int] = field(init=False, default=0)
    merge: str = field(init=False, default="concat")
    go_backwards: bool = field(init=False, default=False)

    source_vocabulary_: Vocabulary = field(init=False)
    vocabulary_: Vocabulary = field(init=False)
    longest_: int = field(init=False)
    gives_: str = field(init=False)
    network_: EncoderDecoder = field(init=False)  # type: ignore[assignment]

    def check_params(self) -> None:
        self._check_architecture()
        self._check_training()
        check_choice("level", self.level, sorted(LEVELS))
        check_flag("attention", self.attention)
        check_positive("min_count", self.min_count)
        for name in ("max_vocabulary", "longest"):
            if getattr(self, name) is not None:
                check_positive(name, getattr(self, name))
        if not is_number(self.teacher_forcing) or not 0 <= self.teacher_forcing <= 1:
            raise InputError(f"teacher_forcing must be a number from 0 to 1, got {self.teacher_forcing!r:.80}")
        if not self._widths():
            raise InputError("layers must be 1 or more: a decoder begins with what recurrent layers remember, got 0")
        self._decoder(1)

    def _reads(self) -> dict[str, bool]:
        return {"one_d_array": True, "two_d_array": False, "string": True}

    # The steps of fit

    def fit(self, x: Any, y: Any, dev: Any = None) -> Self:
        """Train on pairs.

        Parameters
        ----------
        x : list of str, or of lists of tokens, which are strings or whole numbers
            Sources. One may be empty.
        y : likewise
            A target for each. A token "<eos>" or "<unk>", as in sources, is an unknown one.
        dev : (x, y), optional
            Choose the epoch by these, instead of a part held back.

        Raises
        ------
        InputError
            A parameter or the data is not what it must be.
        NonFiniteError
            The loss or a gradient is not finite.

        Warns
        -----
        ElmanWarning
            Targets that are texts are not the same when they are cut as `level` says and put together again, so
            outputs cannot be like them.
        """
        with self._as_before_after(InputError):
            return self._fit(x, y, dev)

    def _fit(self, x: Any, y: Any, dev: Any) -> Self:
        begin = perf_counter()
        self.check_params()
        self._forget()
        y = listed_rows(y)
        pairs = self._pairs(x, y)
        self.gives_ = _kind(y)
        self._warn_of_lost(y)
        kept, held = self._hold_back(pairs) if dev is None else (pairs, self._pairs(*labelled_pair(dev), "dev "))
        self._learn_vocabularies(*kept)
        self.longest_ = ALLOWANCE * max(1, *map(len, kept[1])) if self.longest is None else int(self.longest)
        self.classes_ = np.array([], dtype=np.int64)
        self._settle(len(kept[0]))
        self.network_ = self._network(len(self.source_vocabulary_), len(self.vocabulary_))
        data, dev_data = self._data(*kept), None if held is None else self._data(*held)
        self.history_ = train(self.network_, data, Adam(self.learning_rate), self._recipe(), dev_data, self.report)
        self.seconds_ = perf_counter() - begin
        return self

    @property
    def _level(self) -> Level:
        return LEVELS[self.level]

    def _pairs(self, x: Any, y: Any, where: str = "") -> tuple[Rows, Rows]:
        """Cut both sides into tokens. Raises InputError for what are no pairs."""
        sources, targets = self._tokens(x, f"{where}x"), self._tokens(y, f"{where}y")
        if len(sources) != len(targets) or not sources:
            raise InputError(
                f"{where}x and y must hold a source and its target each, 1 or more, got {len(sources)} sources and "
                f"{len(targets)} targets"
            )
        return sources, targets

    def _tokens(self, x: Any, name: str) -> Rows:
        return cut_texts(written_numbers(listed_rows(x))[0], self._level, name)

    def _warn_of_lost(self, y: list[Any]) -> None:
        """Warn where many targets cannot be written as they are given."""
        lost = _lost(self._level, y) if self.gives_ == "texts" else []
        if len(lost) <= LOST * len(y):
            return
        kept = [name for name in ("char", "token") if len(_lost(LEVELS[name], y)) <= LOST * len(y)]
        remedy = f"give {' or '.join(f'level={name!r}' for name in kept)}" if kept else "write line breaks as \\n alone"
        warnings.warn(
            f"level={self.level!r} writes {len(lost)} of {len(y)} targets in another way than they are given, such as "
            f"{self._level.join(self._level.cut(lost[0]))!r:.80} for {lost[0]!r:.80}: no output can be one of these; "
            f"{remedy}",
            ElmanWarning,
            stacklevel=4,
        )

    def _hold_back(self, pairs: tuple[Rows, Rows]) -> tuple[tuple[Rows, Rows], tuple[Rows, Rows] | None]:
        """Give what to train on, and what to choose the epoch by, unless early stopping is off."""
        count = len(pairs[0])
        if not self.stops_early(count):
            return pairs, None
        parts = held_back([0] * count, self.validation_fraction, int(self.random_state))
        kept, held = (tuple([side[i] for i in part] for side in pairs) for part in parts)
        return kept, held  # type: ignore[return-value]

    def _learn_vocabularies(self, sources: Rows, targets: Rows) -> None:
        learned = [
            Vocabulary.from_tokens(([t for t in row if t not in (UNKNOWN, END)] for row in side), *self._kept_words())
            for side in (sources, targets)
        ]
        self._check_known(*learned)
        self.source_vocabulary_, self.vocabulary_ = learned[0], Vocabulary([*learned[1].words, END])

    def _check_known(self, *sides: Vocabulary) -> None:
        """Raise InputError where no token of the sources, or of the targets, is known."""
        rare = self.min_count > 1
        often, lower = (f" that come {self.min_count} times or more", "lower min_count, or ") if rare else ("", "")
        for (name, what), vocabulary in zip((("x", "sources"), ("y", "targets")), sides, strict=True):
            if not len(vocabulary):
                raise InputError(
                    f"{name} must hold tokens{often}, but there are none: {lower}give {what} that are not empty"
                )

    def _kept_words(self) -> tuple[int, int | None]:
        return self.min_count, self.max_vocabulary

    def _network(self, sources: int, targets: int) -> EncoderDecoder:
        """Build the network for so many known tokens on both sides."""
        encoder = [self._words(sources), *self._stack(per_time_step=True)]
        share, seed = float(self.teacher_forcing), int(self.random_state)
        return EncoderDecoder(encoder, self._decoder(targets), share, random_state=seed)

    def _decoder(self, known: int) -> list[Layer]:
        layers: list[Layer] = [self._words(known), *self._dropout(self.input_dropout)]
        for number, width in enumerate(self._widths()):
            above = self._recurrent(width, first=False, return_sequences=True)
            layer: Any = above.layer if isinstance(above, Bidirectional) else above
            layers += self._dropout(self.dropout) if number else []
            layers.append(replace(layer, units=width * self._directions, initial_state="zeros"))
        if self.attention:
            source = self._widths()[-1] * self._directions
            layers.append(CrossAttention(source, source))
        return [*layers, *self._dropout(self.dropout), Softmax(known + 1)]

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _data(self, sources: Rows, targets: Rows) -> Data:
        """Give what both sides read, and at each time step of the decoder what comes next."""
        end, ids = self.vocabulary_.to_ids([END]), [self.vocabulary_.to_ids(_without_end(row)) for row in targets]
        read = Sequences.from_rows([np.concatenate([end, row]) for row in ids])
        wanted = np.concatenate([np.concatenate([row, end]) for row in ids])
        return Data(Pairs(self._source_ids(sources), read), wanted, np.ones(len(wanted)))

    def _source_ids(self, sources: Rows) -> Sequences:
        return Sequences.from_rows([self.source_vocabulary_.to_ids(row) for row in sources])

    # Using it

    def predict(self, x: Any, beam: int | None = None, length_penalty: float = 1.0) -> list[Any]:
        """Give an output for each source: a text, or a list of tokens, as the targets of training were.

        Parameters
        ----------
        x : list of sources, see `fit`
        beam : int, optional
            Search for the likeliest output, keeping so many beginnings; by default the likeliest token is taken each
            time, which is a search that keeps one.
        length_penalty : float
            With `beam`: log-probabilities are divided by length to this power, 10 at most.

        Raises
        ------
        InputError
            What is no list of sources; a setting that is not what it must be.
        """
        if beam is not None:
            check_positive("beam", beam)
        check_length_penalty(length_penalty)
        written = self._write(self._tokens(x, "x"), beam, length_penalty)
        return [self._given(self.vocabulary_.to_tokens(ids)) for ids in written]

    def _write(self, sources: Rows, beam: int | None, penalty: float) -> list[list[int]]:
        """Give the ids of an output for each source, group by group."""
        network: Any = self._fitted().freeze()
        sequences, threads = self._source_ids(sources), check_threads(self.threads)
        end, written = int(self.vocabulary_.to_ids([END])[0]), [list[int]()] * len(sources)

        def advance(ids: NDArray[np.int64], reading: Reading) -> tuple[NDArray[Any], Reading]:
            logits, after = network.advance(ids, reading, threads)
            logits[:, self.vocabulary_.unknown_id] = -np.inf
            return logits, after

        def best(logits: NDArray[Any], reading: Reading) -> list[int]:
            width = 1 if beam is None else beam
            ((ids, _),) = beam_search(advance, logits, reading, width, self.longest_, (end,), penalty, count=1)
            return ids

        for rows in network.groups(sequences):
            logits, reading = advance(np.full(len(rows), end), network.read(sequences.take(rows), threads))
            if beam is None:
                found = draw_sequences(advance, logits, reading, Choice(0.0), self.longest_, (end,), seed=0)
            else:
                found = [best(logits[[i]], reading.take([i])) for i in range(len(rows))]
            for row, ids in zip(rows.tolist(), found, strict=True):
                written[row] = ids
        return written

    def _given(self, tokens: list[str]) -> Any:
        if self.gives_ == "texts":
            return self._level.join(tokens)
        return [int(token) for token in tokens] if self.gives_ == "numbers" else tokens

    def measure(self, x: Any, y: Any) -> Transductions:
        """Measure how many outputs are their targets, and how well the tokens of these are predicted.

        An output that is a text must be the text that was given, so `exact_match` is the share of rows in which
        `predict(x)` is `y`; other outputs, and targets that are lists of tokens, are compared token for token.

        Raises InputError for what are no pairs.
        """
        network, y = self._fitted(), listed_rows(y)
        sources, targets = self._pairs(x, y)
        written = map(self.vocabulary_.to_tokens, self._write(sources, None, 1.0))
        right = [self._is_right(*row) for row in zip(written, targets, y, strict=True)]
        losses, _ = measure(network, self._data(sources, targets), check_threads(self.threads))
        loss = float(np.add.accumulate(losses)[-1]) / len(losses)
        unknown = sum(token not in self.vocabulary_ for row in targets for token in _without_end(row))
        return Transductions(len(right), sum(right) / len(right), len(losses), unknown, loss)

    def _is_right(self, written: list[str], target: list[str], given: Any) -> bool:
        """Tell whether what was written is the target, which was `given` as a text or is compared as its tokens."""
        if self.gives_ == "texts" and isinstance(given, str):
            return bool(self._given(written) == given)
        return written == target

    def score(self, x: Any, y: Any) -> float:
        """Give the share of outputs that are their targets, see `measure`."""
        return self.measure(x, y).exact_match


def _without_end(row: list[str]) -> list[str]:
    """Give the tokens of a target, an unknown one in the place of what would stand for its end."""
    return [UNKNOWN if token == END else token for token in row]


def _lost(level: Level, texts: list[str]) -> list[str]:
    """Give the texts that are not the same when they are cut and joined again."""
    return [text for text in texts if level.join(level.cut(text)) != text]


def _kind(y: Any) -> str:
    """Tell what targets are, one of `GIVES`; `y` as `listed_rows` gives it."""
    rows, numbers = written_numbers(y)
    if numbers:
        return "numbers"
    return "texts" if all(isinstance(row, str) for row in rows) else "tokens"
