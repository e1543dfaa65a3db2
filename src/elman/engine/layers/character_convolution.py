"""CharacterConvolution: a word is what filters find in its characters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...sequences import Sequences
from ..activations import ACTIVATIONS
from ..kernels.activations import CODES, apply_activation
from ..kernels.characters import convolve, convolve_backward
from ..kernels.product import Factor, multiply, outer, sum_rows
from ..row_gradient import Gradients, distinct
from ._inputs import Lookup
from ._layer import Array, Back, Connection, Layer, Parameter, Run, Shape, Shard, check_choice, check_count

__all__ = ["CharacterConvolution"]

Ids = NDArray[np.int64]
CARRY = -2.0
"""Bias of a highway's gate at first: nearly all is carried on as it is (Srivastava et al. 2015)."""


class _Affine(NamedTuple):
    """x W + b."""

    kernel: Factor
    bias: Array


class _Filter(NamedTuple):
    """places : W_k of (embedding_dim, filters) each; products : see `convolve`; bias : (filters,)."""

    places: list[Factor]
    products: Array
    bias: Array


@dataclass(frozen=True, eq=False)
class _Prepared:
    """vectors : (characters + 1, embedding_dim); highways : transform and gate of each."""

    vectors: Array
    filters: list[_Filter]
    highways: list[tuple[_Affine, _Affine]]
    projection: _Affine


class _Highway(NamedTuple):
    """What one highway layer read and made, (words, filters) each."""

    x: Array
    transform: Array
    gate: Array


@dataclass(frozen=True, eq=False)
class _Tape:
    """What `backward` needs of n different words.

    ids : (m,), characters of all words, padded; begins : (n,), where each word begins
    winners : (n, filters); found : (n, filters), the largest values, activated
    top : (n, filters), what is projected
    """

    ids: Ids
    begins: Ids
    winners: Ids
    found: Array
    highways: list[_Highway]
    top: Array


@dataclass(frozen=True)
class CharacterConvolution(Layer):
    """First layer for words that are spelled: filters over their characters (Kim et al. 2016; Jozefowicz et al. 2016).

    Of a word of characters c_1 .. c_n, padding behind it up to `longest`, a filter of width w gives

        y_j = f( max over t of  b_j + sum over k < w of v(c_{t+k}) · W_kj )

    with v a learned vector of each character. Then `highways` layers of y = g ∘ relu(x W + b) + (1 - g) ∘ x,
    g = sigmoid(x W_g + b_g) (Srivastava et al. 2015), and a projection, x W + b. Each different word of a shard is
    computed once.

    It reads `Sequences` with `spellings`, in which the row of a word is the ids of its characters.

    Parameters
    ----------
    characters : int
        Ids of characters are 0 to characters - 1; padding has a vector of its own, the last row.
    output_dim : int
        Width of the vectors of words.
    embedding_dim : int
        Width of the vectors of characters.
    filters : tuple of (width, number)
        How many characters a filter looks at, and how many such filters there are.
    highways : int
        Layers, 0 or more.
    longest : int
        Characters of a word that are read, at least as many as the widest filter looks at.
    activation : "relu" or "tanh"
        f.
    """

    characters: int
    output_dim: int
    embedding_dim: int = 16
    filters: tuple[tuple[int, int], ...] = ((1, 32), (2, 32), (3, 64), (4, 128))
    highways: int = 1
    longest: int = 50
    activation: str = "relu"
    first: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("characters", "output_dim", "embedding_dim", "longest"):
            check_count("CharacterConvolution", name, getattr(self, name))
        check_choice("CharacterConvolution", "activation", self.activation, ("relu", "tanh"))
        if isinstance(self.highways, bool) or not isinstance(self.highways, int) or self.highways < 0:
            raise InputError(f"CharacterConvolution: highways must be an integer, 0 or more, got {self.highways!r:.80}")
        object.__setattr__(self, "filters", _check_filters(self.filters, self.longest))

    def output_shape(self, shape: Shape) -> Shape:
        return Shape(self.output_dim, sequence=True)

    @property
    def _found(self) -> int:
        """Filters in all."""
        return sum(number for _, number in self.filters)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        vectors = Parameter("characters", (self.characters + 1, self.embedding_dim), "uniform_unit")
        lines = [Connection("vectors of the characters, the last for padding", (vectors,))]
        for i, (width, number) in enumerate(self.filters):
            lines.append(
                _affine(f"filter_{i}", width * self.embedding_dim, number, f"to filters of {width} characters")
            )
        for i in range(self.highways):
            lines.append(_affine(f"highway_{i}", self._found, self._found, "in a highway"))
            lines.append(_affine(f"gate_{i}", self._found, self._found, "to its gate", CARRY))
        return (*lines, _affine("projection", self._found, self.output_dim, "to the vectors of the words"))

    def check(self, sequences: Sequences) -> None:
        """Raise InputError unless every word is spelled by ids that the layer knows."""
        spellings = sequences.spellings
        if spellings is None:
            raise InputError(
                "CharacterConvolution reads words as rows of ids: give Sequences(values, offsets, spellings=...), or "
                "begin the network with Embedding"
            )
        wrong = spellings.values[(spellings.values < 0) | (spellings.values >= self.characters)]
        if len(wrong):
            raise InputError(f"ids of characters must be 0 to {self.characters - 1}, got {wrong[0]}")

    def prepare(self, weights: Mapping[str, Array]) -> _Prepared:
        def affine(name: str) -> _Affine:
            return _Affine(Factor(weights[f"{name}_kernel"]), weights[f"{name}_bias"])

        vectors = weights["characters"]
        return _Prepared(
            vectors,
            [self._filter(vectors, weights, i, width) for i, (width, _) in enumerate(self.filters)],
            [(affine(f"highway_{i}"), affine(f"gate_{i}")) for i in range(self.highways)],
            affine("projection"),
        )

    def _filter(self, vectors: Array, weights: Mapping[str, Array], number: int, width: int) -> _Filter:
        kernel = weights[f"filter_{number}_kernel"]
        places = [Factor(part) for part in np.split(kernel, width)]
        products = np.concatenate([multiply(vectors, part.forward) for part in places])
        return _Filter(places, products, weights[f"filter_{number}_bias"])

    def forward(self, weights: _Prepared, x: Array, shard: Shard, run: Run) -> tuple[Lookup, _Tape]:
        assert shard.spellings is not None
        words, slots = distinct(x)
        table, tape = self.read(weights, shard.spellings.take(words))
        return Lookup(table, slots), tape

    def read(self, weights: _Prepared, spellings: Sequences) -> tuple[Array, _Tape]:
        """Give the vectors of words that are spelled, (words, output_dim), and the tape."""
        ids, begins, lengths = self._pad(spellings)
        found, winners = self._convolve(weights, ids, begins, lengths)
        top, highways = found, []
        for transform, gate in weights.highways:
            highways.append(_highway(top, transform, gate))
            top = _carry(highways[-1])
        table = multiply(top, weights.projection.kernel.forward, weights.projection.bias)
        return table, _Tape(ids, begins, winners, found, highways, top)

    def _pad(self, spellings: Sequences) -> tuple[Ids, Ids, Ids]:
        """Give the ids of words with padding behind each, where each begins, and how many are no padding.

        Windows of padding alone are all alike, so there is one of them at most.
        """
        read = spellings.cut(np.arange(len(spellings)), steps=self.longest)[0]
        room = np.minimum(read.lengths + max(width for width, _ in self.filters), self.longest)
        ends = np.cumsum(room)
        ids = np.full(int(room.sum()), self.characters)
        inside = np.arange(len(read.values)) - np.repeat(read.offsets[:-1], read.lengths)
        ids[np.repeat(ends - room, read.lengths) + inside] = read.values
        return ids, ends - room, read.lengths

    def _convolve(self, weights: _Prepared, ids: Ids, begins: Ids, lengths: Ids) -> tuple[Array, Ids]:
        found, column = np.empty((len(begins), self._found), weights.vectors.dtype), 0
        winners = np.empty(found.shape, np.int64)
        for (width, number), own in zip(self.filters, weights.filters, strict=True):
            windows = np.minimum(lengths, self.longest - width) + 1
            convolve(own.products, own.bias, self.characters + 1, begins, windows, ids, column, found, winners)
            column += number
        apply_activation(found.reshape(-1), CODES[self.activation])
        return found, winners

    def backward(self, weights: _Prepared, dy: Array, tape: _Tape, shard: Shard, run: Run) -> Back:
        gradients: Gradients = {}
        d = _affine_backward("projection", weights.projection, tape.top, dy, gradients)
        pairs = list(zip(weights.highways, tape.highways, strict=True))
        for i, (own, made) in reversed(list(enumerate(pairs))):
            d = _highway_backward(i, own, made, d, gradients)
        d = d * ACTIVATIONS[self.activation][1](tape.found)
        self._convolve_backward(weights, d, tape, gradients)
        return Back(None, gradients)

    def _convolve_backward(self, weights: _Prepared, d: Array, tape: _Tape, gradients: Gradients) -> None:
        d_vectors, column = np.zeros_like(weights.vectors), 0
        for i, ((_, number), own) in enumerate(zip(self.filters, weights.filters, strict=True)):
            d_products = np.zeros_like(own.products)
            convolve_backward(d, self.characters + 1, tape.begins, tape.ids, column, tape.winners, d_products)
            parts = np.split(d_products, len(own.places))
            gradients[f"filter_{i}_kernel"] = np.concatenate([outer(weights.vectors, part) for part in parts])
            gradients[f"filter_{i}_bias"] = sum_rows(np.ascontiguousarray(d[:, column : column + number]))
            for part, place in zip(parts, own.places, strict=True):
                d_vectors += multiply(part, place.backward)
            column += number
        gradients["characters"] = d_vectors


def _affine(name: str, rows: int, columns: int, between: str, bias: float = 0.0) -> Connection:
    start = (bias,) * columns if bias else None
    parameters = (
        Parameter(f"{name}_kernel", (rows, columns), "glorot_uniform"),
        Parameter(f"{name}_bias", (columns,), "zeros", value=start),
    )
    return Connection(between, parameters)


def _affine_backward(name: str, own: _Affine, x: Array, dy: Array, gradients: Gradients) -> Array:
    gradients |= {f"{name}_kernel": outer(x, dy), f"{name}_bias": sum_rows(dy)}
    return multiply(dy, own.kernel.backward)


def _highway(x: Array, transform: _Affine, gate: _Affine) -> _Highway:
    made = [multiply(x, own.kernel.forward, own.bias) for own in (transform, gate)]
    for value, activation in zip(made, ("relu", "sigmoid"), strict=True):
        apply_activation(value.reshape(-1), CODES[activation])
    return _Highway(x, *made)


def _carry(made: _Highway) -> Array:
    """Y = g ∘ transform + (1 - g) ∘ x."""
    return np.asarray(made.gate * made.transform + (1 - made.gate) * made.x)


def _highway_backward(
    number: int, own: tuple[_Affine, _Affine], made: _Highway, dy: Array, gradients: Gradients
) -> Array:
    d_transform = dy * made.gate * ACTIVATIONS["relu"][1](made.transform)
    d_gate = dy * (made.transform - made.x) * ACTIVATIONS["sigmoid"][1](made.gate)
    d: Array = dy * (1 - made.gate)
    d += _affine_backward(f"highway_{number}", own[0], made.x, d_transform, gradients)
    d += _affine_backward(f"gate_{number}", own[1], made.x, d_gate, gradients)
    return d


def _check_filters(given: Any, longest: int) -> tuple[tuple[int, int], ...]:
    """Give filters as pairs of plain integers. Raises InputError for what is none, or looks at too many characters."""
    pairs = given if isinstance(given, (list, tuple)) else ()
    fit = [isinstance(pair, (list, tuple)) and len(pair) == 2 and all(map(_is_count, pair)) for pair in pairs]
    if not fit or not all(fit) or max(width for width, _ in pairs) > longest:
        raise InputError(
            "CharacterConvolution: filters must be pairs of a width, up to longest, and a number of filters, such as "
            f"((1, 32), (3, 64)), got {given!r:.80} with longest={longest}"
        )
    return tuple((int(width), int(number)) for width, number in pairs)


def _is_count(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and 0 < int(value) < 2**31
