"""ContextualEmbedding: a word is what the layers of a trained language model make of it in its row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ...errors import InputError
from ...sequences import Sequences
from ..kernels.losses import softmax
from ..kernels.product import sum_rows
from ..packing import Packing
from ._inputs import Features, gather
from ._layer import Array, Back, Connection, Layer, Parameter, Run, Shape, Shard, check_rate
from ._words import drop_words
from .embedding import Embedding

__all__ = ["ContextualEmbedding"]


@dataclass(frozen=True, eq=False)
class _Prepared:
    """inner : what each layer made of its weights; shares : (layers,), softmax(mix); scale : ()."""

    inner: list[Any]
    shares: Array
    scale: Any


@dataclass(frozen=True)
class ContextualEmbedding(Layer):
    """First layer that reads words with their rows: ELMo's mix of the layers of a language model (Peters et al. 2018).

        y_t = scale * sum over j of softmax(mix)_j h_{j,t}

    h_0 are the words' own vectors, twice side by side; h_1, h_2, ... what each of the layers above gives. These are not
    trained further; `mix` and `scale` are learned with the network. Every row is read between two boundaries, which
    are not in what flows out.

    Parameters
    ----------
    layers : sequence of Layer
        A first layer, and above it layers that give, a time step, vectors twice as wide as its own.
    boundary : int
        The id, or the row of the spellings, that stands before and behind each row.
    unknown : int
        Likewise, of an unknown word.
    word_dropout : float
        Share of the words that training replaces by the unknown one.
    """

    layers: tuple[Layer, ...]
    boundary: int
    unknown: int
    word_dropout: float = 0.0
    first: ClassVar[bool] = True

    @property
    def needs_whole_rows(self) -> bool:
        return True

    def __post_init__(self) -> None:
        given = self.layers if isinstance(self.layers, (list, tuple)) else ()
        if not given or not all(isinstance(layer, Layer) and layer.first == (i == 0) for i, layer in enumerate(given)):
            raise InputError(
                f"ContextualEmbedding: layers must be a first layer and others above it, got {self.layers!r:.80}"
            )
        object.__setattr__(self, "layers", tuple(given))
        check_rate("ContextualEmbedding", "word_dropout", self.word_dropout)
        known = given[0].input_dim if isinstance(given[0], Embedding) else 2**31
        for name in ("boundary", "unknown"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value <= known:
                raise InputError(f"ContextualEmbedding: {name} must be an id from 0 to {known}, got {value!r:.80}")

    def _flow(self) -> list[Shape]:
        """Give what flows into each of the layers, and out of the last one."""
        shapes = [Shape(None, sequence=True)]
        for layer in self.layers:
            shapes.append(layer.output_shape(shapes[-1]))
        return shapes

    def output_shape(self, shape: Shape) -> Shape:
        first, *above = self._flow()[1:]
        wanted = Shape(2 * (first.features or 0), sequence=True)
        if any(out != wanted for out in above):
            raise InputError(
                f"ContextualEmbedding: layers above words of width {first.features} must give {wanted}, to be mixed "
                f"with these vectors twice, got {', '.join(map(str, above))}"
            )
        return wanted

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        lines = [
            Connection(line.between, tuple(replace(p, name=f"{i}/{p.name}", trainable=False) for p in line.parameters))
            for i, (layer, below) in enumerate(zip(self.layers, self._flow(), strict=False))
            for line in layer.connections(below)
        ]
        mix, scale = Parameter("mix", (len(self.layers),), "zeros"), Parameter("scale", (1,), "zeros", value=(1.0,))
        return (*lines, Connection("between the layers and their mix", (mix, scale)))

    def check(self, sequences: Sequences) -> None:
        """Raise InputError unless boundary and unknown word have spellings, where words are spelled."""
        known = sequences.spellings
        if known is not None and max(self.boundary, self.unknown) >= len(known):
            raise InputError(
                f"spellings must have rows {self.boundary} and {self.unknown}, of the boundary and of the unknown "
                f"word, but there are {len(known)}"
            )

    def prepare(self, weights: Mapping[str, Array]) -> _Prepared:
        inner = []
        for i, layer in enumerate(self.layers):
            own = {name.removeprefix(f"{i}/"): w for name, w in weights.items() if name.startswith(f"{i}/")}
            inner.append(layer.prepare(own))
        shares = weights["mix"][None].copy()
        softmax(shares, shares)
        return _Prepared(inner, shares[0], weights["scale"][0])

    def forward(self, weights: _Prepared, x: Array, shard: Shard, run: Run) -> tuple[Features, list[Array]]:
        made = list(self.read(weights, x, shard, run))
        return Features(self._mix(weights, made) * weights.scale), made

    def _mix(self, weights: _Prepared, made: list[Array]) -> Array:
        total: Array = made[0] * weights.shares[0]
        for share, h in zip(weights.shares[1:], made[1:], strict=True):
            total += h * share
        return total

    def read(self, weights: _Prepared, x: Array, shard: Shard, run: Run) -> Iterator[Array]:
        """Give h_0, h_1, ... of the shard's words, (tokens, features) each, one after the other."""
        ids = drop_words(x, self.unknown, self.word_dropout, shard, run)
        inner, places = self._between_boundaries(ids, shard)
        flowing: Any = inner.values
        for i, (layer, own) in enumerate(zip(self.layers, weights.inner, strict=True)):
            # Nothing but whole words is dropped: the layers are as they are where they only read.
            still = replace(run, noise=None, folded=False, prefix=f"{run.prefix}{i}/", sequence=True)
            flowing, _ = layer.forward(own, flowing, inner, still)
            h = gather(flowing.dense(), places)
            yield h if i else np.concatenate([h, h], axis=1)

    def _between_boundaries(self, ids: Array, shard: Shard) -> tuple[Shard, Array]:
        """Give the shard with a boundary at both ends of each row, and where its own time steps lie there."""
        packing = Packing.from_lengths(shard.packing.lengths + 2)
        row, time = shard.packing.positions()
        places = packing.starts[time + 1] + row
        values = np.full(packing.tokens, self.boundary)
        values[places] = ids
        return Shard(values, packing, shard.rows, np.arange(packing.tokens), spellings=shard.spellings), places

    def backward(self, weights: _Prepared, dy: Array, tape: list[Array], shard: Shard, run: Run) -> Back:
        # d(scale * sum of s_j h_j), s = softmax(mix)
        by_share = np.array([_ordered_sum(dy * h) for h in tape], dy.dtype)
        mean = np.add.accumulate(weights.shares * by_share)[-1]
        mix = weights.scale * weights.shares * (by_share - mean)
        return Back(None, {"mix": mix, "scale": np.array([mean], dy.dtype)})

    def to_config(self) -> dict[str, Any]:
        return {**super().to_config(), "layers": [layer.to_config() for layer in self.layers]}


def _ordered_sum(values: Array) -> Any:
    return np.add.accumulate(sum_rows(values))[-1]
