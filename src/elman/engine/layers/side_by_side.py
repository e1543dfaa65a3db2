"""SideBySide: a word is several vectors, one behind the other, each from a first layer of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np

from ...errors import InputError
from ...sequences import Sequences
from ..row_gradient import Gradients
from ._inputs import Features, Lookup, join_lookups
from ._layer import Array, Back, Connection, Layer, Run, Shape, Shard
from .subword_embedding import SubwordEmbedding

__all__ = ["SideBySide"]

Words = TypeVar("Words", Sequences, Shard)


class _Part(NamedTuple):
    """What a layer gave, in the order of what all give together, with its tape and the words as it read them."""

    y: Any
    tape: Any
    words: Shard


@dataclass(frozen=True)
class SideBySide(Layer):
    """First layer that puts what other first layers make of a word one behind the other.

    So vectors that are learned stand beside others that stay as they are (Kim 2014, "Convolutional Neural Networks for
    Sentence Classification"), and a word's own vector beside what a language model makes of it (Peters et al. 2018).

    All read the same words. Where these have spellings, `SubwordEmbedding` reads these, and the others the first id of
    each, the word's own.

    Parameters
    ----------
    layers : sequence of Layer
        First layers that give a vector a time step. Their parameters are named by their places: "0/embeddings".
    """

    layers: tuple[Layer, ...]
    first: ClassVar[bool] = True

    def __post_init__(self) -> None:
        given = self.layers if isinstance(self.layers, (list, tuple)) else ()
        if not given or not all(isinstance(layer, Layer) and layer.first for layer in given):
            raise InputError(f"SideBySide: layers must be first layers such as Embedding, got {self.layers!r:.80}")
        object.__setattr__(self, "layers", tuple(given))

    @property
    def needs_whole_rows(self) -> bool:
        return any(layer.needs_whole_rows for layer in self.layers)

    def output_shape(self, shape: Shape) -> Shape:
        shapes = [layer.output_shape(shape) for layer in self.layers]
        if not all(out.sequence and out.features for out in shapes):
            raise InputError(f"SideBySide: layers must give a vector a time step, got {', '.join(map(str, shapes))}")
        return Shape(sum(out.features or 0 for out in shapes), sequence=True)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        return tuple(
            Connection(line.between, tuple(replace(p, name=f"{i}/{p.name}") for p in line.parameters))
            for i, layer in enumerate(self.layers)
            for line in layer.connections(shape)
        )

    def each(self, sequences: Sequences) -> Iterator[tuple[Layer, Sequences]]:
        """Give each layer with the sequences as it reads them."""
        for layer in self.layers:
            yield layer, _as_read(layer, sequences)

    def prepare(self, weights: Mapping[str, Array]) -> list[Any]:
        return [
            layer.prepare({name[len(f"{i}/") :]: w for name, w in weights.items() if name.startswith(f"{i}/")})
            for i, layer in enumerate(self.layers)
        ]

    def forward(self, weights: list[Any], x: Array, shard: Shard, run: Run) -> tuple[Any, list[_Part]]:
        made = []
        for layer, own in zip(self.layers, weights, strict=True):
            part = _as_read(layer, shard)
            made.append(_Part(*layer.forward(own, part.values, part, replace(run, folded=False)), part))
        if not all(isinstance(part.y, Lookup) for part in made):
            return Features(np.concatenate([part.y.dense() for part in made], axis=1)), made
        joined, numbers = join_lookups([part.y for part in made])
        by_row = [replace(part.y, slots=number) for part, number in zip(made, numbers, strict=True)]
        return joined, [part._replace(y=y) for part, y in zip(made, by_row, strict=True)]

    def backward(self, weights: list[Any], dy: Array, tape: list[_Part], shard: Shard, run: Run) -> Back:
        gradients: Gradients = {}
        begin = 0
        for i, (layer, own, (y, inner, part)) in enumerate(zip(self.layers, weights, tape, strict=True)):
            end = begin + (layer.output_shape(Shape(None, sequence=True)).features or 0)
            d = y.collect(np.ascontiguousarray(dy[:, begin:end]))
            back = layer.backward(own, d, inner, part, replace(run, folded=False))
            gradients |= {f"{i}/{name}": value for name, value in back.gradients.items()}
            begin = end
        return Back(None, gradients)

    def to_config(self) -> dict[str, Any]:
        return {**super().to_config(), "layers": [layer.to_config() for layer in self.layers]}


def _as_read(layer: Layer, words: Words) -> Words:
    """Give words as a layer reads them: by the first id of each spelling, unless it reads these, or there are none."""
    if words.spellings is None or isinstance(layer, SubwordEmbedding):
        return words
    ids = words.spellings.values[words.spellings.offsets[words.values]]
    return replace(words, values=ids, spellings=None)
