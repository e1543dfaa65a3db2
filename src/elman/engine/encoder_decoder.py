"""EncoderDecoder: one stack of layers reads a sequence, a network writes another one from what the first remembers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..sequences import Sequences
from .assembly import LedgerLine, check_dtype, check_integer, layers_from
from .bridges import bridges, check_reads_itself
from .layers import Layer
from .layers._head import Head
from .layers._layer import Back, Shard
from .memory import Memory
from .network import Network
from .packing import cut_into_shards
from .parallel import check_threads, in_order
from .passes import Derivatives, Passes
from .random import derive, uniform
from .row_gradient import add_gradients
from .stack import Stack, Step, describe, last_states, put, rebuilt
from .state import State

__all__ = ["EncoderDecoder", "PairShard", "Pairs", "Reading"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of sequences.

    sources : Sequences that the encoder reads
    targets : Sequences that the decoder reads, a row for each source; what it predicts is shifted by one time step

    Raises InputError where they are not equally many.
    """

    sources: Sequences
    targets: Sequences

    def __post_init__(self) -> None:
        if len(self.sources) != len(self.targets):
            raise InputError(
                f"there must be a target for each source, got {len(self.sources)} sources and "
                f"{len(self.targets)} targets"
            )

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(rows,) int64: time steps of both sides of each row."""
        return self.sources.lengths + self.targets.lengths

    @property
    def features(self) -> None:
        """Nothing, as pairs are no table of numbers, even where a side holds vectors."""
        return

    def __len__(self) -> int:
        return len(self.sources)


@dataclass(frozen=True, eq=False)
class PairShard(Shard):
    """A few pairs: the targets, packed, as a shard that has its sources beside it.

    source : Shard of the encoder, which is sorted by the sources' lengths
    partners : (rows,) int64, which row of it is the source of each row of this one
    """

    source: Shard = field(kw_only=True)
    partners: NDArray[np.int64] = field(kw_only=True)


class Steps(NamedTuple):
    """What both parts make of their weights for a pass; noise: seed of its random draws."""

    encoder: list[Step]
    decoder: list[Step]
    noise: int | None


class _Tapes(NamedTuple):
    """What both parts keep for going back; shard: the decoder's, with what it began with and looked at."""

    encoder: list[Any]
    decoder: list[Any]
    shard: Shard


@dataclass(frozen=True, eq=False)
class Reading:
    """Where a decoder stands in some rows: what it remembers, and what it looks at. Nothing is changed in place."""

    state: State
    memory: Memory

    def take(self, rows: ArrayLike) -> "Reading":
        """Give that of these rows, in this order; `rows` are numbers or a mask."""
        numbers = np.asarray(rows)
        numbers = np.flatnonzero(numbers) if numbers.dtype == bool else numbers.astype(np.int64)
        return Reading(self.state.take(numbers), self.memory.take(numbers))


class EncoderDecoder(Passes):
    """A recurrent encoder, whose last states a recurrent decoder begins with (Sutskever, Vinyals & Le 2014).

    The decoder's i-th recurrent layer begins with what the encoder's i-th one remembers after the last time step, with
    both directions side by side where it has two. `CrossAttention` in the decoder looks at what the encoder gives at
    each time step.

    Parameters
    ----------
    encoder : sequence of Layer
        An embedding, then recurrent layers, also `Bidirectional`, all with return_sequences; no last layer.
    decoder : sequence of Layer
        The layers of a `Network` that answers at every time step, with as many recurrent layers, of the same cell.
    teacher_forcing : float
        Share of time steps at which training reads the true token before, at its end: it falls to this linearly from 1
        (scheduled sampling, Bengio et al. 2015). At the others the decoder reads what it itself found likeliest there
        in a first pass, in which it read the true tokens (Mihaylova & Martins 2019): so that all time steps are read
        at once. Nothing goes back through that choice, and the unknown token is never among these. Below 1 the decoder
        must read each of its answers: it begins with Embedding or OneHot and ends in a softmax over no more ids.
    random_state, dtype, parameters
        As of `Network`.

    Attributes
    ----------
    encoder : Stack
    decoder : Network
    parameters : dict of arrays
        Those of both, under names such as "encoder/lstm/kernel"; training changes them in place.

    Raises
    ------
    InputError
        Layers that do not fit on each other, or a decoder that does not fit its encoder.

    Examples
    --------
    >>> from elman.engine import LSTM, Bidirectional, CrossAttention, Embedding, Softmax
    >>> encoder = [Embedding(9, 4), Bidirectional(LSTM(3, return_sequences=True))]
    >>> decoder = [Embedding(9, 4), LSTM(6, return_sequences=True), CrossAttention(6, source=6), Softmax(10)]
    >>> network = EncoderDecoder(encoder, decoder)
    >>> reading = network.read([[1, 2, 3], [4]])
    >>> logits, reading = network.advance([0, 0], reading)
    >>> logits.shape
    (2, 10)
    """

    def __init__(
        self,
        encoder: Sequence[Layer],
        decoder: Sequence[Layer],
        teacher_forcing: float = 1.0,
        random_state: int = 0,
        dtype: str = "float32",
        parameters: Mapping[str, Array] | None = None,
    ) -> None:
        self.dtype = check_dtype(dtype)
        self.random_state = check_integer("random_state", random_state)
        self.teacher_forcing = _check_share(teacher_forcing)
        seeds = {part: derive(self.random_state, part) for part in ("encoder", "decoder")}
        given = _split(parameters)
        self.encoder = Stack(encoder, seeds["encoder"], dtype, given["encoder"])
        self.decoder = Network(decoder, seeds["decoder"], dtype, given["decoder"])
        self._bridges = bridges(self.encoder, self.decoder)
        if self.teacher_forcing < 1:
            check_reads_itself(self.decoder)
        self.parameters = _joined(self.encoder.parameters, self.decoder.parameters)
        self._true_share = 1.0

    # What it is made of

    @property
    def head(self) -> Head:
        return self.decoder.head

    def ledger(self) -> list[LedgerLine]:
        return [line for _, _, lines in self.layer_lines() for line in lines]

    def layer_lines(self) -> list[tuple[str, str, list[LedgerLine]]]:
        """Give each layer's name, what it is and gives, and its lines of the ledger; the encoder's first."""
        return [
            (f"{part}/{name}", what, [replace(line, layer=f"{part}/{name}") for line in lines])
            for part, stack in (("encoder", self.encoder), ("decoder", self.decoder))
            for name, what, lines in stack.layer_lines()
        ]

    def __str__(self) -> str:
        return describe(self.layer_lines())

    def __repr__(self) -> str:
        parts = (" -> ".join(type(layer).__name__ for layer in s.layers) for s in (self.encoder, self.decoder))
        return f"EncoderDecoder({'; '.join(parts)}; {self.count_params()} parameters, {np.dtype(self.dtype).name})"

    def to_config(self) -> dict[str, Any]:
        parts = {"encoder": self.encoder, "decoder": self.decoder}
        layers = {name: [layer.to_config() for layer in part.layers] for name, part in parts.items()}
        return {**layers, "teacher_forcing": self.teacher_forcing, "dtype": np.dtype(self.dtype).name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], parameters: Mapping[str, Array]) -> "EncoderDecoder":
        """Make it from `to_config()` and `parameters`. Raises InputError naming what does not fit."""
        encoder, decoder = (layers_from(config, part) for part in ("encoder", "decoder"))
        share, dtype = config.get("teacher_forcing", "missing"), config.get("dtype", "missing")
        return cls(encoder, decoder, share, dtype=dtype, parameters=parameters)

    def _arguments(self) -> dict[str, Any]:
        return {
            "encoder": self.encoder.layers,
            "decoder": self.decoder.layers,
            "teacher_forcing": self.teacher_forcing,
            "random_state": self.random_state,
            "dtype": self.dtype,
            "parameters": self.parameters,
        }

    def __reduce__(self) -> Any:
        return rebuilt, (type(self), self._arguments())

    def freeze(self) -> "EncoderDecoder":
        """Give a copy whose weights cannot change, made ready once for many predictions; see `Network.freeze`."""
        frozen = EncoderDecoder(**self._arguments())
        frozen.encoder, frozen.decoder = frozen.encoder.freeze(), frozen.decoder.freeze()
        frozen.parameters = _joined(frozen.encoder.parameters, frozen.decoder.parameters)
        return frozen

    # Doors

    def accept(self, x: Any) -> Pairs:
        """Check pairs, or (sources, targets), for the first layers. Raises InputError."""
        if not isinstance(x, Pairs):
            if not isinstance(x, (tuple, list)) or len(x) != 2:
                raise InputError(f"x must be Pairs, or a pair (sources, targets), got {type(x).__name__}")
            x = Pairs(*map(Sequences.coerce, x))
        return Pairs(self.encoder.accept(x.sources), self.decoder.accept(x.targets))

    def shards(self, sequences: Pairs, rows: NDArray[np.int64] | None = None, state: Any = None) -> list[PairShard]:
        """Cut pairs into packed shards; a row of targets and its source are in the same one.

        Parameters
        ----------
        rows : (rows,) int64, optional
            Their numbers; all by default.
        state
            None: the decoder begins with what the encoder remembers. Raises InputError for anything else.
        """
        if state is not None:
            raise InputError(f"a decoder begins with what its encoder remembers, and takes no state, got {state!r:.80}")
        rows = np.arange(len(sequences)) if rows is None else rows
        return [self._pack(sequences, rows[dealt]) for dealt in cut_into_shards(sequences.lengths[rows])]

    def _pack(self, pairs: Pairs, rows: NDArray[np.int64]) -> PairShard:
        by_source, by_target = (
            rows[(-side.lengths[rows]).argsort(kind="stable")] for side in (pairs.sources, pairs.targets)
        )
        order = by_source.argsort()
        partners = order[by_source[order].searchsorted(by_target)]
        source = Shard.of(pairs.sources, by_source, self.dtype)
        return PairShard.of(pairs.targets, by_target, self.dtype, source=source, partners=partners)

    def outputs(self, shard: Shard) -> NDArray[np.int64]:
        return self.decoder.outputs(shard)

    # Passes

    def anneal(self, done: float) -> None:
        """Let the share of true tokens fall linearly, from 1 to `teacher_forcing`."""
        self._true_share = 1 - (1 - self.teacher_forcing) * done

    def begin(self, noise: int | None = None, backend: str = "kernel") -> Steps:
        encoder, decoder = (None if noise is None else derive(noise, part) for part in ("encoder", "decoder"))
        return Steps(self.encoder.begin(encoder, backend), self.decoder.begin(decoder, backend), noise)

    def ready(self) -> Steps:
        return Steps(self.encoder.ready(), self.decoder.ready(), None)

    def last_step(self, steps: Steps) -> Step:
        return steps.decoder[-1]

    def forward(self, shard: PairShard, steps: Steps) -> tuple[Any, _Tapes]:
        s, tapes = self.encoder.run(shard.source, steps.encoder)
        states, memory = self._hand_over(shard.source, s, last_states(steps.encoder, tapes))
        own = {name: value[shard.partners] for name, value in states.items()}
        begun = self._with_own_words(replace(shard, states=own, memory=memory.take(shard.partners)), steps)
        x, own_tapes = self.decoder.forward(begun, steps.decoder)
        return x, _Tapes(tapes, own_tapes, begun)

    def _hand_over(self, source: Shard, s: Any, last: Mapping[str, Array]) -> tuple[dict[str, Array], Memory]:
        """Give what the decoder begins with, and what it looks at, for each row of the source."""
        states = {own: np.concatenate([last[name] for name in theirs], axis=1) for own, theirs in self._bridges.items()}
        flat = np.empty_like(s.dense())
        flat[_flat_places(source)] = s.dense()
        return states, Memory.of(flat, source.packing.lengths)

    def _with_own_words(self, shard: Shard, steps: Steps) -> Shard:
        """Put what the decoder itself found likeliest in the place of some true tokens, while training."""
        if steps.noise is None or self._true_share >= 1:
            return shard
        (row, time), packing, last = shard.packing.positions(), shard.packing, steps.decoder[-1]
        x, _ = self.decoder.forward(shard, steps.decoder)
        unknown: int = self.decoder.layers[0].input_dim  # type: ignore[attr-defined]
        said = self.head.likeliest(last.weights, x, packing.tokens, below=unknown)
        drawn = uniform(derive(steps.noise, "teacher forcing"), shard.rows[row], time)
        own = np.flatnonzero((time > 0) & (drawn >= self._true_share))
        values = shard.values.copy()
        values[own] = said[packing.previous[own] - packing.rows]
        return replace(shard, values=values)

    def backward(self, back: Back, tapes: _Tapes, shard: PairShard, steps: Steps) -> Back:
        decoder = self.decoder.backward(back, tapes.decoder, tapes.shard, steps.decoder)
        ends: dict[str, Array] = {}
        for own, theirs in self._bridges.items():
            parts = np.split(decoder.states[own], len(theirs), axis=1)
            ends |= {name: _put_back(part, shard.partners) for name, part in zip(theirs, parts, strict=True)}
        source = replace(shard.source, ends=ends)
        encoder = self.encoder.run_back(self._to_outputs(decoder, source), tapes.encoder, source, steps.encoder)
        return Back(None, _joined(encoder.gradients, decoder.gradients, decoder_first=True))

    def _to_outputs(self, decoder: Back, source: Shard) -> Array:
        """Give the derivative by the encoder's outputs, packed: what attention owes them, if there is any."""
        if decoder.memory is None:
            return np.zeros((source.packing.tokens, self.encoder.shapes[-1].features or 0), self.dtype)
        return np.ascontiguousarray(decoder.memory[_flat_places(source)])

    def last_states(self, steps: Steps, tapes: _Tapes) -> dict[str, Array]:
        return {f"decoder/{name}": v for name, v in self.decoder.last_states(steps.decoder, tapes.decoder).items()}

    def find_non_finite_in(self, shard: PairShard, steps: Steps) -> str | None:
        if (name := self.encoder.find_non_finite_in(shard.source, steps.encoder)) is not None:
            return f"encoder/{name}"
        _, tapes = self.forward(shard, steps)
        name = self.decoder.find_non_finite_in(tapes.shard, steps.decoder)
        return None if name is None else f"decoder/{name}"

    def differentiate(
        self,
        x: Any,
        targets: ArrayLike,
        weights: ArrayLike | None = None,
        state: None = None,
        noise: int | None = None,
        threads: int | None = None,
        backend: str = "kernel",
    ) -> Derivatives:
        """Give the loss with its derivatives by parameters.

        Parameters
        ----------
        x : Pairs, or (sources, targets); see `accept`
        targets, weights : (time steps of the targets,), what is predicted, row after row
        state : None, as a decoder begins with what its encoder remembers
        noise, threads, backend : as of `Network.differentiate`

        Raises
        ------
        InputError
            Pairs, targets or weights that do not fit the network or each other; other settings.
        """
        pairs, threads = self.accept(x), check_threads(threads)
        shards, count = self.shards(pairs, state=state), len(pairs.targets.values)
        parts = self._pass_over(shards, count, targets, weights, noise, threads, backend)
        gradients = add_gradients([back.gradients for _, back, _ in parts]) if parts else {}
        return Derivatives(sum(loss for loss, _, _ in parts), gradients, None, State({}), State({}))

    # Decoding

    def read(self, sources: Any, threads: int | None = None) -> Reading:
        """Read sources; give what the decoder begins with, and what it looks at, to `advance` from.

        Parameters
        ----------
        sources : Sequences or list of arrays of ids

        Raises InputError for what the first layer cannot read.
        """
        sequences, threads, steps = self.encoder.accept(sources), check_threads(threads), self.encoder.ready()
        state = State({name: self.decoder.initial_state(len(sequences)).arrays[name] for name in self._bridges})
        outputs = np.empty((len(sequences.values), self.encoder.shapes[-1].features or 0), self.dtype)

        def one(shard: Shard) -> None:
            s, tapes = self.encoder.run(shard, steps)
            outputs[shard.places] = s.dense()
            put(state, shard.rows, self._hand_over(shard, s, last_states(steps, tapes))[0])

        for rows in self.groups(sequences):
            in_order(one, self.encoder.shards(sequences, rows), threads)
        return Reading(state, Memory.of(outputs, sequences.lengths))

    def advance(self, ids: ArrayLike, reading: Reading, threads: int | None = None) -> tuple[Array, Reading]:
        """Let the decoder read one id a row; give the logits of the next one, (rows, units), and where it stands then.

        Parameters
        ----------
        ids : (rows,) int64
        reading : of as many rows

        Raises InputError for ids that the decoder does not read, or another number of them.
        """
        ids, count = np.asarray(ids), len(reading.memory)
        if ids.ndim == 0 or len(ids) != count:
            given = "a number alone" if ids.ndim == 0 else str(len(ids))
            raise InputError(f"there must be {count} ids, one a row of the reading, got {given}")
        rows = Sequences(ids, np.arange(count + 1))
        logits, state = self.decoder.advance(rows, reading.state, threads, reading.memory)
        return logits, Reading(state, reading.memory)


def _flat_places(source: Shard) -> NDArray[np.int64]:
    """Give where each packed position of a shard lies when its rows lie one behind the other, (tokens,)."""
    lengths = source.packing.lengths
    return source.packing.places(np.cumsum(lengths) - lengths)


def _put_back(values: Array, partners: NDArray[np.int64]) -> Array:
    out = np.empty_like(values)
    out[partners] = values
    return out


def _joined(encoder: Mapping[str, Any], decoder: Mapping[str, Any], decoder_first: bool = False) -> dict[str, Any]:
    """One mapping of two, under their full names."""
    parts = [{f"encoder/{k}": v for k, v in encoder.items()}, {f"decoder/{k}": v for k, v in decoder.items()}]
    first, second = reversed(parts) if decoder_first else parts
    return first | second


def _split(parameters: Any) -> dict[str, Any]:
    """Undo `_joined`, for weights that are given."""
    parts = ("encoder", "decoder")
    if parameters is None:
        return dict.fromkeys(parts)
    if not isinstance(parameters, Mapping):
        raise InputError(f"parameters must be a mapping of names to arrays, got {parameters!r:.80}")
    foreign = [name for name in parameters if not str(name).startswith(tuple(f"{part}/" for part in parts))]
    if foreign:
        raise InputError(f"weights must be called encoder/... or decoder/..., got {foreign[0]!r:.80}")
    return {
        part: {name[len(part) + 1 :]: w for name, w in parameters.items() if name.startswith(f"{part}/")}
        for part in parts
    }


def _check_share(value: Any) -> float:
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1:
        raise InputError(f"teacher_forcing must be a number from 0 to 1, got {value!r:.80}")
    return float(value)
