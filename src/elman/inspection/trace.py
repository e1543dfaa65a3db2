"""The trace of a forward pass: at each time step every number between the word and the answer."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..engine.cells import Weights
from ..engine.passage import Passage
from ..engine.tracing import Place, answers_from_the_end, pass_through
from ..errors import InputError
from ..estimators.reading import Reading, read
from .running import NextWords, next_words, running_answers, writes_words
from .trace_files import TraceRow, trace_json, trace_rows, write_rows

__all__ = ["LayerTrace", "Trace", "check_answers_in_order", "check_by_token", "trace"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """One recurrent layer, in one direction. Rows stand in the order of the words, in whatever order they were read.

    name : of the layer, such as "lstm_1"
    kind : "SimpleRNN", "LSTM" or "GRU"
    direction : "forward", or "backward" where the last word is read first
    from_input, from_state : (time, gates * units), x_t W_xh and h_prev W_hh, without a bias; where GRU's reset comes
        before the product, the candidate's part of the latter is (r_t h_prev) W_hn
    a : (time, gates * units), what the activations are taken of: b + x_t W_xh + h_prev W_hh, one sum in this order. Of
        GRU's candidate, with the reset after, b_0 + x_t W_xn + r_t (b_1 + h_prev W_hn)
    gates : (time, units) each by name, i f g o of LSTM, r z n of GRU; none of SimpleRNN
    c : (time, units), the cell state of LSTM; None of others
    h, h_prev : (time, units), the state after the word, and that before it, which is the one after the word read before
    weights : W_xh, W_hh and b_h, as the network has them

    All are in the network's dtype; h, c and gates are what the compiled pass keeps, and the activations of `a` are the
    gates, `==`.
    """

    name: str
    kind: str
    direction: str
    from_input: Array
    from_state: Array
    a: Array
    gates: Mapping[str, Array]
    c: Array | None
    h: Array
    h_prev: Array
    weights: Weights
    _inputs: Any

    @cached_property
    def x(self) -> Array:
        """What was read, (time, features); of one-hot vectors, which the engine never builds, built when asked for."""
        return self._read(np.arange(len(self.h)))

    def _read(self, words: NDArray[np.int64]) -> Array:
        """Give what was read at these words alone, (words, features)."""
        places = words if self.step == 1 else len(self.h) - 1 - words
        x: Array = self._inputs.take(places).dense()
        return x

    @property
    def step(self) -> int:
        """1 where words are read in their order, else -1: `h[::step]` stands in the order of reading."""
        return -1 if self.direction == "backward" else 1

    @property
    def units(self) -> int:
        return int(self.h.shape[1])

    def of_each_gate(self, values: Array) -> dict[str, Array]:
        """Split what is as wide as all gates, such as `a`, into (time, units) by gate; "" is SimpleRNN's only one."""
        names = tuple(self.gates) or ("",)
        return dict(zip(names, np.split(values, len(names), axis=1), strict=True))

    def quantities(self, words: ArrayLike | None = None) -> Iterator[tuple[str, Array]]:
        """Give each vector of a time step in the order in which it comes about, (time, width), with its name.

        words : places of those that are asked for; all by default
        """
        if words is None:
            yield "x_t", self.x
            yield from self._made()
        else:
            places = np.asarray(words, np.int64)
            yield "x_t", self._read(places)
            yield from ((name, values[places]) for name, values in self._made())

    def _made(self) -> Iterator[tuple[str, Array]]:
        """Give what the cell made of x_t."""
        for name, values in self.of_each_gate(self.from_input).items():
            yield f"x_t W_x{name or 'h'}", values
        for name, values in self.of_each_gate(self.from_state).items():
            yield f"h_prev W_h{name or 'h'}", values
        for name, values in self.of_each_gate(self.a).items():
            yield f"a_{name or 't'}", values
        yield from ((f"{name}_t", values) for name, values in self.gates.items())
        if self.c is not None:
            yield "c_t", self.c
        yield "h_t", self.h


@dataclass(frozen=True, eq=False)
class Trace:
    """What a network did with one text.

    reading : tokens, which of them are known, the network, the names of its answers
    layers : its recurrent layers from the first one up, both directions of one apart; none in a network without memory
    running : (time, answers), what the model would answer if the text ended after the 1st, 2nd, ... word, its own bits:
        the last row is `predict_proba`. Where there is an answer at every word, these. None of a language model
    next_words : of a language model, the probability of the word that came next, and the likeliest ones
    """

    reading: Reading
    layers: tuple[LayerTrace, ...]
    running: Array | None
    next_words: NextWords | None

    def to_rows(self) -> Iterator[TraceRow]:
        """Give every number in a row of its own: layer, direction, step, token, quantity, unit, value.

        Steps and units are counted from 1. The answers come last, under layer "", with the answer's name as unit. Of
        x_t only what is not zero is listed.
        """
        return trace_rows(self)

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it: tokens, layers with a list of time steps by quantity, running answers."""
        return trace_json(self)

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write `to_rows()` with a header, all or nothing; words stand there as they are, also those that begin with =.

        Raises DataError where the file cannot be written.
        """
        write_rows(path, self.to_rows(), TraceRow._fields)

    def table(self, units: int | None = None, words: int = 12) -> str:
        """Write it as a text that fits 80 columns.

        Parameters
        ----------
        units : int, optional
            Show the first so many of each vector, beside its norm; by default all of five, or the first four.
        words : int
            Of a longer text show the first and the last of so many words.
        """
        from .tables import trace_table

        return trace_table(self, units, words)

    def __str__(self) -> str:
        return self.table()


def trace(model: Any, text: Any, about: Any = None, tokens: Sequence[str] | None = None) -> Trace:
    """Follow a text through a network, word by word.

    Parameters
    ----------
    model, text, about, tokens
        See `estimators.reading.read`: TextClassifier, Tagger, SequenceClassifier, TextGenerator, or a Network.

    Raises
    ------
    InputError
        As `read`; a model that reads a text as a single vector, in which nothing recurs; a network whose answers stand
        in the reverse order of the words; a language model that has read a word before it predicts it.
    NotFittedError

    Examples
    --------
    >>> from elman.engine import Dense, Network, OneHot, SimpleRNN
    >>> network = Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")])
    >>> found = trace(network, [0, 1, 4, 2], tokens=["movie", "was", "not", "good"])
    >>> layer, = found.layers
    >>> layer.h.shape, layer.kind, layer.direction
    ((4, 3), 'SimpleRNN', 'forward')
    >>> bool((found.running[-1, 1] == network.predict([[0, 1, 4, 2]])[0]).all())
    True
    """
    reading = read(model, text, about, tokens)
    check_by_token(reading)
    network, row = reading.network, reading.sequences
    layers = tuple(_layer(place, passage) for place, passage in pass_through(network, row))
    if writes_words(network):
        return Trace(reading, layers, None, next_words(reading))
    return Trace(reading, layers, running_answers(model, reading), None)


def check_by_token(reading: Reading) -> None:
    """Raise InputError where a text has no time steps, or where answers do not stand beside their words."""
    if not reading.by_token:
        raise InputError(
            f"this model reads a text as one vector, through {type(reading.network.layers[0]).__name__}: it has no "
            "time steps that could be followed; take a model whose network reads word by word"
        )
    check_answers_in_order(reading)


def check_answers_in_order(reading: Reading) -> None:
    """Raise InputError where the answers at each word begin with the last word's."""
    if answers_from_the_end(reading.network):
        raise InputError(
            "this network gives its answers in the order of reading, from the last word to the first, as "
            "go_backwards=True leaves it: they do not stand beside their words; take Bidirectional"
        )


def _layer(place: Place, passage: Passage) -> LayerTrace:
    step = -1 if place.backward else 1
    return LayerTrace(
        place.layer,
        type(passage.compiled.cell).__name__.removesuffix("Cell"),
        "backward" if place.backward else "forward",
        passage.from_input[::step],
        passage.from_state[::step],
        passage.a[::step],
        {name: values[::step] for name, values in passage.gates.items()},
        None if passage.c is None else passage.c[::step],
        passage.h[::step],
        passage.h_prev[::step],
        passage.compiled.weights,
        passage.inputs,
    )
