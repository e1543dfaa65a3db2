"""Bidirectional: a recurrent layer that reads from both ends."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ...errors import InputError
from ..passage import Passage
from ..unroll import WayBack
from ._inputs import Features
from ._layer import Array, Back, Connection, Layer, Run, Shape, Shard, check_choice, check_flag
from ._recurrent import Recurrent

__all__ = ["MERGES", "Bidirectional"]

MERGES = ("concat", "sum", "mul", "ave")


class _Both(NamedTuple):
    """What belongs to the two directions."""

    forward: Any
    backward: Any


@dataclass(frozen=True)
class Bidirectional(Layer):
    """Two recurrent layers of equal settings, one for each direction (Schuster & Paliwal 1997).

    Parameters
    ----------
    layer : Recurrent
        As it reads forward. With `return_sequences`, the outputs of both directions for a word stand side by side;
        without, each direction gives the state after all words.
    merge : "concat", "sum", "mul" or "ave"
        How two outputs become one.
    apart : bool
        Each direction reads its own half of what flows in, such as a Bidirectional below gives: so no output of the
        first half hangs on what comes later, and none of the second half on what came before.
    residual : bool
        What flows in is added to what flows out, which must be as wide (He et al. 2016).
    """

    layer: Recurrent
    merge: str = "concat"
    apart: bool = False
    residual: bool = False

    @property
    def needs_whole_rows(self) -> bool:
        return True

    def __post_init__(self) -> None:
        if not isinstance(self.layer, Recurrent) or self.layer.go_backwards:
            raise InputError(
                f"Bidirectional: layer must be SimpleRNN, LSTM or GRU, with go_backwards=False, got {self.layer!r:.120}"
            )
        check_choice("Bidirectional", "merge", self.merge, MERGES)
        check_flag("Bidirectional", "apart", self.apart)
        check_flag("Bidirectional", "residual", self.residual)

    @cached_property
    def layers(self) -> _Both:
        """The layer of each direction."""
        return _Both(self.layer, replace(self.layer, go_backwards=True))

    def output_shape(self, shape: Shape) -> Shape:
        if self.apart and (shape.features or 1) % 2:
            raise InputError(f"Bidirectional: apart=True needs two halves to read, but {shape} flows in")
        inner = self.layer.output_shape(shape)
        out = replace(inner, features=self.layer.units * 2) if self.merge == "concat" else inner
        if self.residual and out != shape:
            raise InputError(f"Bidirectional: residual=True adds what flows in, {shape}, to what flows out, {out}")
        return out

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        assert shape.features is not None
        shape = replace(shape, features=shape.features // 2) if self.apart else shape
        return tuple(
            Connection(
                f"{connection.between}, {direction}",
                tuple(replace(p, name=f"{direction}_{p.name}") for p in connection.parameters),
            )
            for direction, layer in zip(_Both._fields, self.layers, strict=True)
            for connection in layer.connections(shape)
        )

    def states(self) -> Mapping[str, int]:
        return _join(_Both(*(layer.states() for layer in self.layers)))

    def last_states(self, tape: Any) -> Mapping[str, Array]:
        tapes = tape[0]
        return _join(_Both(*(layer.last_states(t) for layer, t in zip(self.layers, tapes, strict=True))))

    def prepare(self, weights: Mapping[str, Array]) -> _Both:
        parts = [
            {name.removeprefix(f"{direction}_"): w for name, w in weights.items() if name.startswith(f"{direction}_")}
            for direction in _Both._fields
        ]
        return _Both(*(layer.prepare(part) for layer, part in zip(self.layers, parts, strict=True)))

    def fold(self, weights: _Both, words: int) -> None:
        """See `Recurrent.fold`. A direction that reads a half of the vectors has no use for whole words' products."""
        if self.apart:
            return
        for layer, part in zip(self.layers, weights, strict=True):
            layer.fold(part, words)

    def _runs(self, run: Run) -> _Both:
        return _Both(*(replace(run, prefix=f"{run.prefix}{direction}_") for direction in _Both._fields))

    def _aligned(self, values: Array, shard: Shard) -> Any:
        """Bring the backward direction's outputs into the order of the words, or a gradient out of it."""
        return Features(values).take(shard.packing.reversal()).values if self.layer.return_sequences else values

    def _read(self, x: Any) -> _Both:
        """Give what each direction reads."""
        if not self.apart:
            return _Both(x, x)
        values = x.dense()
        half = values.shape[1] // 2
        return _Both(Features(values[:, :half].copy()), Features(values[:, half:].copy()))

    def forward(self, weights: _Both, x: Any, shard: Shard, run: Run) -> tuple[Features, Any]:
        parts = zip(self.layers, weights, self._read(x), self._runs(run), strict=True)
        (a, tape_a), (b, tape_b) = (layer.forward(w, read, shard, r) for layer, w, read, r in parts)
        outputs = _Both(a.values, self._aligned(b.values, shard))
        y = _merge(self.merge, outputs)
        return Features(y + x.dense() if self.residual else y), (_Both(tape_a, tape_b), outputs, x)

    def _to_each(self, dy: Array, outputs: _Both, shard: Shard) -> _Both:
        """Give the derivative of the loss by what each direction gave, in its order of reading."""
        d = _unmerge(self.merge, dy, outputs)
        return d._replace(backward=self._aligned(d.backward, shard))

    def passages(self, weights: _Both, tape: Any, shard: Shard) -> Mapping[str, Passage]:
        parts = zip(_Both._fields, self.layers, weights, tape[0], strict=True)
        return {direction: layer.passages(w, t, shard)[""] for direction, layer, w, t in parts}

    def ways_back(self, weights: _Both, dy: Array, tape: Any, shard: Shard, run: Run) -> Mapping[str, WayBack]:
        tapes, outputs, _ = tape
        d = self._to_each(dy, outputs, shard)
        parts = zip(_Both._fields, self.layers, weights, d, tapes, self._runs(run), strict=True)
        return {direction: layer.ways_back(w, d_h, t, shard, r)[""] for direction, layer, w, d_h, t, r in parts}

    def more_biases(self) -> int:
        return 2 * self.layer.more_biases()

    def backward(self, weights: _Both, dy: Array, tape: Any, shard: Shard, run: Run) -> Back:
        tapes, outputs, x = tape
        d = self._to_each(dy, outputs, shard)
        parts = zip(self.layers, weights, d, tapes, self._runs(run), strict=True)
        a, b = (layer.backward(w, d_h, t, shard, r) for layer, w, d_h, t, r in parts)
        return Back(
            self._below(_Both(a.below, b.below), dy, x),
            _join(_Both(a.gradients, b.gradients)),
            _join(_Both(a.states, b.states)),
        )

    def _below(self, parts: _Both, dy: Array, x: Any) -> Any:
        """Join the derivatives by what each direction read, and by what was added."""
        below = x.collect(np.concatenate(parts, axis=1)) if self.apart else _add(*parts)
        return _add(below, x.collect(dy)) if self.residual else below

    def to_config(self) -> dict[str, Any]:
        return {**super().to_config(), "layer": self.layer.to_config()}


def _add(a: Any, b: Any) -> Any:
    """Add derivatives by what flowed in; None where nothing below needs them."""
    return None if a is None else a + b


def _join(parts: _Both) -> dict[str, Any]:
    """One mapping of two, names with their direction before them."""
    named = zip(_Both._fields, parts, strict=True)
    return {f"{direction}_{name}": value for direction, part in named for name, value in part.items()}


def _merge(merge: str, outputs: _Both) -> Array:
    a, b = outputs
    if merge == "concat":
        return np.concatenate([a, b], axis=1)
    if merge == "mul":
        return np.asarray(a * b)
    return np.asarray(a + b if merge == "sum" else (a + b) * a.dtype.type(0.5))


def _unmerge(merge: str, d: Array, outputs: _Both) -> _Both:
    """Give the derivative of the loss by each output, in memory of its own."""
    a, b = outputs
    if merge == "concat":
        units = a.shape[1]
        return _Both(d[:, :units].copy(), d[:, units:].copy())
    if merge == "mul":
        return _Both(d * b, d * a)
    part = d if merge == "sum" else d * d.dtype.type(0.5)
    return _Both(part.copy(), part.copy())
