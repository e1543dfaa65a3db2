"""The network that a classifier builds: its settings, declared once for all classifiers, and its layers."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from ..checks import check_choice, check_flag, check_positive, check_rate
from ..engine.layers import (
    GRU,
    LSTM,
    Beside,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    Layer,
    Pooling,
    SimpleRNN,
    SubwordEmbedding,
)
from ..engine.layers.bidirectional import MERGES
from ..engine.layers.pooling import KINDS
from ..errors import InputError

__all__ = ["CELLS", "OF_LAYERS", "Architecture", "fits_classes", "head"]

CELLS: dict[str, Any] = {"simple-rnn": SimpleRNN, "gru": GRU, "lstm": LSTM}
OF_LAYERS = ("cell", "units", "activation", "initial_state", "recurrent_gain")
"""What every recurrent layer has. With layers=0 they are left alone, so that a search may compare networks with and
without memory that are the same for the rest."""


@dataclass(kw_only=True, eq=False, repr=False)
class Architecture:
    """Settings of a network of recurrent layers; see docs/networks.md, with an example of each.

    Parameters
    ----------
    cell : "simple-rnn", "gru" or "lstm"
    units : int, or one for each layer
        Width of the recurrent layers, from the words up.
    layers : int, optional
        Recurrent layers, one above the other; by default as many as `units` names. 0 makes a network without
        memory, in which the settings of recurrent layers have no use.
    bidirectional : bool
        Each layer reads from both ends; `merge`, "concat", "sum", "mul" or "ave", makes one of the two outputs.
    go_backwards : bool
        Rows are read from their end to their beginning.
    activation : "tanh", "relu", "sigmoid", or None for the cell's own
    reset_after : bool
        For "gru": whether the reset gate acts after the recurrent product.
    initial_state : "zeros", "random" or "learned"
        What each layer remembers before the first word.
    recurrent_gain : float
        How strongly the feedback starts (see `Recurrent`).
    pooling : "last", "max", "mean", "attention", or several
        How the top layer's states become one vector. "last" alone is the state after all words; where the
        network is bidirectional, of each direction.
    embedding_dim : int
        Width of the vectors of words or ids.
    word_dropout, input_dropout, dropout : float
        While training: share of the words that become the unknown word, of the silent features of the vectors
        that are read, and of the outputs of each recurrent layer and the pooling.
    shared_dropout : bool
        Features of a sequence are silent at all time steps of a row or at none.
    hidden : int, or several
        Widths of dense layers with tanh below the answer; 0 for none.
    """

    cell: str = "simple-rnn"
    units: int | Sequence[int] = 64
    layers: int | None = None
    bidirectional: bool = False
    merge: str = "concat"
    go_backwards: bool = False
    activation: str | None = None
    reset_after: bool = True
    initial_state: str = "zeros"
    recurrent_gain: float = 1.0
    pooling: str | Sequence[str] = ("max", "mean")
    embedding_dim: int = 64
    word_dropout: float = 0.0
    input_dropout: float = 0.0
    dropout: float = 0.0
    shared_dropout: bool = False
    hidden: int | Sequence[int] = 0

    _left_alone: ClassVar[tuple[str, ...]] = OF_LAYERS
    """Settings that are not refused where they change nothing."""

    def _check_architecture(self) -> None:
        check_choice("cell", self.cell, CELLS)
        check_choice("merge", self.merge, MERGES)
        for name in ("bidirectional", "go_backwards", "reset_after", "shared_dropout"):
            check_flag(name, getattr(self, name))
        for name in ("word_dropout", "input_dropout", "dropout"):
            check_rate(name, getattr(self, name))
        check_positive("embedding_dim", self.embedding_dim)
        for width in self.hidden if isinstance(self.hidden, (list, tuple)) else (self.hidden,):
            if isinstance(width, bool) or not isinstance(width, (int, np.integer)) or width < 0:
                raise InputError(f"hidden must be widths of layers, 0 for none, got {self.hidden!r:.80}")
        for kind in self._kinds():
            check_choice("pooling", kind, KINDS)
        if self.bidirectional and "last" in (kinds := self._kinds()) and len(kinds) > 1:
            raise InputError(
                f"pooling must be 'last' alone or be without it in a bidirectional network, got {', '.join(kinds)}: "
                "at the last word the backward direction has read only that word; take 'last' out, or take it alone"
            )
        for name, reason in self.without_use().items():
            if name in self._changed() and name not in self._left_alone:
                raise InputError(f"{name}={getattr(self, name)!r:.60} has no effect {reason}")
        self._words(1)
        self._above(2)

    def without_use(self) -> dict[str, str]:
        """Name the settings that change nothing, whatever they are, beside the others; with the reason and remedy."""
        found: dict[str, str] = {}
        if not self._widths():
            no_memory = "with layers=0, a network without memory: leave one of the two out"
            found |= dict.fromkeys((*OF_LAYERS, "bidirectional", "go_backwards"), no_memory)
        if self.bidirectional:
            found.setdefault("go_backwards", "with bidirectional=True, which reads both ways: leave one of the two out")
        else:
            found["merge"] = "with one direction: add bidirectional=True, or leave it out"
        if self.cell != "gru":
            found["reset_after"] = 'with this cell: add cell="gru", or leave it out'
        if not (self.dropout or self.input_dropout):
            found["shared_dropout"] = "without dropout: give dropout=0.5 or input_dropout=0.1, or leave it out"
        return found

    def _changed(self) -> list[str]:
        """Name the settings of the network that are not as by default."""
        defaults = {setting.name: setting.default for setting in fields(type(self))}
        return [item.name for item in fields(Architecture) if getattr(self, item.name) != defaults[item.name]]

    def _words(self, known: int, subwords: int = 0, width: int | None = None) -> Layer:
        """Give the layer that turns so many known words, spelled by so many subwords, into vectors."""
        width = self.embedding_dim if width is None else width
        if subwords:
            return SubwordEmbedding(known, subwords, width, self.word_dropout)
        return Embedding(known, width, self.word_dropout)

    def _above(self, classes: int, per_time_step: bool = False, sequence: bool = True, beside: int = 0) -> list[Layer]:
        """Give the layers above the vectors: `_stack`, dense ones, and the output for so many classes.

        Parameters
        ----------
        beside : width of a vector that joins what was read of a row
        """
        layers = self._stack(per_time_step, sequence)
        if beside:
            layers.append(Beside(beside))
        for width in (self.hidden,) if isinstance(self.hidden, (int, np.integer)) else self.hidden:
            layers += [Dense(_plain(width), "tanh"), *self._dropout(self.dropout)] if width else []
        return [*layers, head(classes)]

    def _stack(self, per_time_step: bool = False, sequence: bool = True) -> list[Layer]:
        """Give recurrent layers and what reads their states.

        Parameters
        ----------
        per_time_step : whether the network answers at every time step instead of once a row
        sequence : whether a vector a time step flows in, and not one a row
        """
        widths, kinds = self._widths(), self._kinds()
        pooled = sequence and not per_time_step and (kinds != ("last",) or not widths)
        stack: list[Layer] = self._dropout(self.input_dropout)
        for number, width in enumerate(widths):
            if number:
                stack += self._dropout(self.dropout)
            below_another = number + 1 < len(widths)
            stack.append(self._recurrent(width, number == 0, below_another or pooled or per_time_step))
        if pooled:
            stack.append(Pooling(kinds))
        return [*stack, *self._dropout(self.dropout)]

    def _recurrent(self, units: int, first: bool, return_sequences: bool) -> Layer:
        # Outputs stand in the order of reading: only the first layer turns the row round, the others follow it.
        settings: dict[str, Any] = {"go_backwards": self.go_backwards and first}
        if self.activation is not None:
            settings["activation"] = self.activation
        if self.cell == "gru":
            settings["reset_after"] = self.reset_after
        layer = CELLS[self.cell](
            units,
            return_sequences=return_sequences,
            initial_state=self.initial_state,
            recurrent_gain=self.recurrent_gain,
            **settings,
        )
        return Bidirectional(layer, self.merge) if self.bidirectional else layer

    def _dropout(self, rate: float) -> list[Layer]:
        return [] if rate == 0 else [Dropout(rate, self.shared_dropout)]

    def _kinds(self) -> tuple[str, ...]:
        if not isinstance(self.pooling, (str, list, tuple)):
            raise InputError(f"pooling must be a kind such as 'max', or a tuple of them, got {self.pooling!r}")
        return (self.pooling,) if isinstance(self.pooling, str) else tuple(self.pooling)

    def _widths(self) -> list[int]:
        """Give the width of each recurrent layer."""
        units, layers = self.units, self.layers
        if layers is not None and (isinstance(layers, bool) or not isinstance(layers, (int, np.integer)) or layers < 0):
            raise InputError(f"layers must be an integer, 0 or more, or None, got {layers!r}")
        if not isinstance(units, (list, tuple)):
            return [_plain(units)] * (1 if layers is None else int(layers))
        if not units or layers not in (None, len(units)):
            raise InputError(
                f"units must be a width for all layers or one for each, got {list(units)!r:.60} for layers={layers}: "
                "leave layers out"
            )
        return [_plain(width) for width in units]


def _plain(width: Any) -> Any:
    return width.item() if isinstance(width, np.generic) else width


def head(classes: int) -> Dense:
    """Give the output layer for so many classes: one sigmoid for two, softmax for more."""
    return Dense(1, "sigmoid") if classes == 2 else Dense(classes, "softmax")


def fits_classes(layer: Layer, classes: int) -> bool:
    """Tell whether a last layer gives a probability for each of so many classes."""
    return layer in (head(classes), Dense(classes, "softmax"))
