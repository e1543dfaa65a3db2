"""Network: layers in order, their weights, and the passes through them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..sequences import Sequences, as_array
from .initializers import INITIALIZERS
from .layers import LAYERS, Bidirectional, Dense, Dropout, Embedding, Input, Layer, OneHot, SubwordEmbedding
from .layers._layer import Back, Connection, Parameter, Run, Shape, Shard
from .layers._recurrent import Recurrent
from .losses import LOSSES
from .packing import Packing, cut_into_shards
from .parallel import check_threads, in_order
from .random import derive
from .row_gradient import Gradients, add_gradients
from .state import State

__all__ = ["Derivatives", "LedgerLine", "Network"]

Array = NDArray[Any]
PREDICTION_ROWS = 256
"""Rows that are cut into shards together when predicting: enough to keep threads busy, few to hold in memory."""


@dataclass(frozen=True)
class LedgerLine:
    """A line of the parameter ledger: `terms` such as ("5*3", "3") and what they add up to."""

    layer: str
    between: str
    terms: tuple[str, ...]
    count: int

    def __str__(self) -> str:
        return f"{' + '.join(self.terms)} = {self.count} {self.between}"


class Step(NamedTuple):
    """One layer in a pass, with what it makes of its weights."""

    name: str
    layer: Layer
    weights: Any
    run: Run


@dataclass(frozen=True, eq=False)
class Derivatives:
    """What a pass forward and back over a batch gives.

    loss : sum of the rows' weighted losses, float64
    gradients : of that sum, by each trainable parameter
    inputs : Sequences of (time, features), by each input; None where words are read
    initial : State, by each row's initial states
    state : State after each row's last time step, to go on from
    """

    loss: float
    gradients: Gradients
    inputs: Sequences | None
    initial: State
    state: State


class Network:
    """Layers in order, with their weights.

    Parameters
    ----------
    layers : sequence of Layer
        The first is Input, OneHot, Embedding or SubwordEmbedding.
    random_state : int
        Seed of the weights. The same seed gives the same bits on every machine.
    dtype : "float32" or "float64"
    parameters : dict of arrays by name, optional
        Start from a copy of these weights instead of random ones.

    Attributes
    ----------
    parameters : dict of arrays
        The weights, by names such as "simple_rnn/kernel"; training changes them in place.

    Raises
    ------
    InputError
        No layer, a first layer that is none of the three, layers that do not fit on each other, or weights
        that do not fit the layers.

    Examples
    --------
    >>> from elman.engine import Dense, OneHot, SimpleRNN
    >>> network = Network([OneHot(5), SimpleRNN(3), Dense(1, activation="sigmoid")])
    >>> network.count_params()
    31
    >>> network.predict([[0, 1, 2], [0, 1, 4, 2]]).shape
    (2, 1)
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        random_state: int = 0,
        dtype: str = "float32",
        parameters: Mapping[str, Array] | None = None,
    ) -> None:
        self.layers = _check_layers(layers)
        self.dtype = _check_dtype(dtype)
        self.random_state = _check_integer("random_state", random_state)
        self.names = _name_layers(self.layers)
        self.shapes = _flow(self.layers)
        self.parameters: dict[str, Array] = self._draw() if parameters is None else self._take(parameters)
        self._frozen: list[Step] | None = None

    def _draw(self) -> dict[str, Array]:
        seeds = {name: derive(self.random_state, name) for name in self._declared()}
        return {name: _rounded(name, _initial(p, seeds[name]), self.dtype) for name, p in self._declared().items()}

    def _take(self, given: Mapping[str, Array]) -> dict[str, Array]:
        declared = self._declared()
        if not isinstance(given, Mapping) or not all(isinstance(value, np.ndarray) for value in given.values()):
            raise InputError(f"parameters must be a mapping of names to arrays, got {given!r:.80}")
        missing, foreign = declared.keys() - given.keys(), given.keys() - declared.keys()
        if missing or foreign:
            raise InputError(
                f"the layers need other weights: missing {sorted(missing)}, not needed {sorted(map(str, foreign))}"
            )
        for name, p in declared.items():
            if given[name].shape != p.shape or given[name].dtype != self.dtype:
                raise InputError(
                    f"weights {name} must be {np.dtype(self.dtype)} of shape {p.shape}, "
                    f"got {given[name].dtype} of {given[name].shape}"
                )
        return {name: np.array(given[name], order="C") for name in declared}

    # What it is made of

    def _connections(self) -> list[tuple[str, Connection]]:
        return [
            (name, connection)
            for name, layer, shape in zip(self.names, self.layers, self.shapes, strict=False)
            for connection in layer.connections(shape)
        ]

    def _declared(self) -> dict[str, Parameter]:
        return {f"{name}/{p.name}": p for name, connection in self._connections() for p in connection.parameters}

    def ledger(self) -> list[LedgerLine]:
        """Give the trainable parameters as products, a line for each connection."""
        lines = []
        for name, connection in self._connections():
            learned = [p for p in connection.parameters if p.trainable]
            if learned:
                terms = tuple("*".join(map(str, p.shape)) for p in learned)
                lines.append(LedgerLine(name, connection.between, terms, sum(p.size for p in learned)))
        return lines

    def count_params(self) -> int:
        """Give the number of trainable parameters; the sum of the ledger."""
        return sum(line.count for line in self.ledger())

    def summary(self) -> None:
        """Print the layers and the parameter ledger, each term of it; `str(network)` gives the same text."""
        print(self)

    def __repr__(self) -> str:
        layers = " -> ".join(type(layer).__name__ for layer in self.layers)
        return f"Network({layers}; {self.count_params()} parameters, {np.dtype(self.dtype).name})"

    def __str__(self) -> str:
        lines, width = self.ledger(), max(map(len, self.names))
        out = []
        for name, layer, shape in zip(self.names, self.layers, self.shapes[1:], strict=True):
            out.append(f"{name:<{width}}  {type(layer).__name__} -> {shape}")
            out += [f"{'':<{width}}    {line}" for line in lines if line.layer == name]
        return "\n".join([*out, f"{'total':<{width}}  {self.count_params()} parameters"])

    def to_config(self) -> dict[str, Any]:
        """Give the layers' settings as JSON can hold them. The weights are `parameters`."""
        return {"layers": [layer.to_config() for layer in self.layers], "dtype": np.dtype(self.dtype).name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], parameters: Mapping[str, Array]) -> "Network":
        """Make a network from `to_config()` and `parameters`. Raises InputError naming what does not fit."""
        if not isinstance(config, Mapping) or not isinstance(config.get("layers"), (list, tuple)):
            raise InputError(f"config must be what to_config() gives, with a list of layers, got {config!r:.80}")
        layers = [_layer_from(item, number) for number, item in enumerate(config["layers"])]
        return cls(layers, dtype=config.get("dtype", "missing"), parameters=parameters)

    # Doors

    def accept(self, x: Any, lengths: ArrayLike | None = None, mask: ArrayLike | None = None) -> Sequences:
        """Convert and check sequences for the first layer.

        Parameters
        ----------
        x : Sequences, list of arrays, or dense array
            OneHot and Embedding read ids, (time,); SubwordEmbedding reads them with spellings; Input reads (time,
            features). OneHot also takes vectors that are encoded already, (time, input_dim), each all zeros but
            for a single one at most.
        lengths, mask : optional
            Which time steps of a dense array are real (see `Sequences.from_dense`).

        Raises
        ------
        InputError
        """
        sequences, first = Sequences.coerce(x, lengths, mask), self.layers[0]
        if isinstance(first, Input):
            if sequences.features is None and len(sequences.values) == 0:
                return Sequences(np.empty((0, first.features)), sequences.offsets)
            if sequences.features != first.features:
                raise InputError(
                    f"Input({first.features}) reads (time, {first.features}) a row, got "
                    + ("ids" if sequences.features is None else f"{sequences.features} features")
                )
            return sequences
        if isinstance(first, SubwordEmbedding):
            if len(sequences):
                first.check(sequences)
            return sequences
        if sequences.spellings is not None:
            raise InputError(
                f"{type(first).__name__} reads words by one id each, but these have spellings: begin the network with "
                "SubwordEmbedding, or leave the spellings out"
            )
        if sequences.features is not None:
            sequences = _ids_of_one_hot(sequences, first)
        _check_ids(sequences.values, first)
        return sequences

    def shards(
        self, sequences: Sequences, rows: NDArray[np.int64] | None = None, state: State | None = None
    ) -> list[Shard]:
        """Cut rows of accepted sequences into packed shards.

        Parameters
        ----------
        rows : (rows,) int64, optional
            Their numbers; all by default.
        state : State, optional
            What each of the sequences begins with; what the layers say by default.
        """
        arrays = {} if state is None else self._check_state(state, len(sequences)).arrays
        lengths, shards = sequences.lengths if rows is None else sequences.lengths[rows], []
        for dealt in cut_into_shards(lengths):
            packing, numbers = Packing.from_lengths(lengths[dealt]), dealt if rows is None else rows[dealt]
            places = packing.places(sequences.offsets[numbers])
            values = sequences.values[places]
            values = values if values.ndim == 1 else values.astype(self.dtype, copy=False)
            states = {name: array[numbers] for name, array in arrays.items()}
            shards.append(Shard(values, packing, numbers, places, states, sequences.spellings))
        return shards

    # States

    def _states(self) -> dict[str, int]:
        """Name all states of all layers, with their widths."""
        layers = zip(self.names, self.layers, strict=True)
        return {f"{name}/{state}": units for name, layer in layers for state, units in layer.states().items()}

    def _check_state(self, state: State, rows: int) -> State:
        if not isinstance(state, State):
            raise InputError(f"state must be a State, as predict gives with return_state=True, got {state!r:.80}")
        wanted = {name: (rows, units) for name, units in self._states().items()}
        given = {name: array.shape for name, array in state.arrays.items()}
        if given != wanted or any(array.dtype != self.dtype for array in state.arrays.values()):
            raise InputError(
                f"state must hold {np.dtype(self.dtype)} arrays {wanted}, got "
                f"{ {name: (str(array.dtype), *array.shape) for name, array in state.arrays.items()} }"
            )
        if not all(np.isfinite(array).all() for array in state.arrays.values()):
            raise InputError("state must be finite, but holds NaN or infinity: begin these rows anew with State.put")
        return state

    def initial_state(self, rows: int) -> State:
        """Give what `rows` rows begin with, as the layers say: zeros, or what is drawn, given or learned."""
        if _check_integer("rows", rows) < 0:
            raise InputError(f"rows must be 0 or more, got {rows}")
        out = {}
        for name, units in self._states().items():
            layer, _, state = name.rpartition("/")
            direction, _, part = state.rpartition("_")
            first = self.parameters.get(f"{layer}/{direction + '_' if direction else ''}initial_{part}")
            out[name] = np.zeros((rows, units), self.dtype) if first is None else np.tile(first, (rows, 1))
        return State(out)

    # Passes

    def begin(self, noise: int | None = None, backend: str = "kernel") -> list[Step]:
        """Prepare a pass: what all its shards share. `noise` seeds the random draws of training."""
        steps = []
        for name, layer, shape in zip(self.names, self.layers, self.shapes, strict=False):
            own = {key[len(name) + 1 :]: w for key, w in self.parameters.items() if key.startswith(name + "/")}
            seed = None if noise is None else derive(noise, name)
            run = Run(self.dtype, seed, backend, name + "/", shape.sequence)  # type: ignore[arg-type]
            steps.append(Step(name, layer, layer.prepare(own), run))
        return steps

    def freeze(self) -> "Network":
        """Give a copy whose weights cannot change, made ready once for many predictions, of few rows each above all.

        It gives the same bits. Weights are packed now and not at every call; an embedding that a recurrent layer reads
        is folded with that layer's input kernel and bias, a row for each word, computed when the word first comes: so
        many words times gates * units numbers at most. Its `parameters` are read-only, so it cannot be trained; what
        `copy` and `pickle` make of it is not frozen.

        Examples
        --------
        >>> from elman.engine import Dense, Embedding, LSTM
        >>> network = Network([Embedding(5, 4), LSTM(3), Dense(1, "sigmoid")])
        >>> bool((network.freeze().predict([[0, 1, 4]]) == network.predict([[0, 1, 4]])).all())
        True
        """
        frozen = Network(**self._arguments())
        frozen._frozen = _fold(frozen.begin())
        frozen.parameters = {name: value.view() for name, value in frozen.parameters.items()}
        for value in frozen.parameters.values():
            value.flags.writeable = False
        return frozen

    def _arguments(self) -> dict[str, Any]:
        return {
            "layers": self.layers,
            "random_state": self.random_state,
            "dtype": self.dtype,
            "parameters": self.parameters,
        }

    def __reduce__(self) -> Any:
        # Copies of weights can be written to, so what was made ready of them must not be copied along.
        return _rebuilt, (type(self), self._arguments())

    def forward(self, shard: Shard, steps: Sequence[Step]) -> tuple[Array, list[Any]]:
        """Give the logits, (rows or tokens, units) in the shard's order, and the tapes of all layers."""
        x: Any = shard.values
        tapes = []
        for _, layer, weights, run in steps[:-1]:
            x, tape = layer.forward(weights, x, shard, run)
            tapes.append(tape)
        return self._head.logits(steps[-1].weights, x), [*tapes, x]

    def backward(self, d_logits: Array, tapes: list[Any], shard: Shard, steps: Sequence[Step]) -> Back:
        """From dL/dlogits give the derivative by inputs, parameters and initial states, under their full names."""
        back = self._head.backward_from_logits(steps[-1].weights, d_logits, tapes[-1])
        gradients: Gradients = {f"{steps[-1].name}/{name}": value for name, value in back.gradients.items()}
        states: dict[str, Array] = {}
        for (name, layer, weights, run), tape in zip(reversed(steps[:-1]), reversed(tapes[:-1]), strict=True):
            back = layer.backward(weights, back.below, tape, shard, run)
            gradients |= {f"{name}/{key}": value for key, value in back.gradients.items()}
            states |= {f"{name}/{key}": value for key, value in back.states.items()}
        return Back(back.below, gradients, states)

    @property
    def _head(self) -> Dense:
        return self.layers[-1]  # type: ignore[return-value]

    @property
    def _gives_sequences(self) -> bool:
        return self.shapes[-1].sequence

    def outputs(self, shard: Shard) -> NDArray[np.int64]:
        """Give where a shard's outputs lie among all rows, or all time steps."""
        return shard.places if self._gives_sequences else shard.rows

    def losses(self, logits: Array, targets: Array, weights: Array, backend: str = "kernel") -> tuple[Array, Array]:
        """Give the loss of each output, and dL/dlogits, for the loss that goes with the last layer's activation.

        Cross-entropies for "sigmoid" and "softmax", squared error for "linear". Raises InputError for the others, and
        for targets that are no classes of this network, or do not go with a linear output.
        """
        if self._head.activation not in LOSSES:
            raise InputError(
                f"the last layer's activation must be one of {', '.join(LOSSES)} to have a loss, "
                f"got {self._head.activation!r}"
            )
        targets = _check_targets(targets, logits, self._head.activation)
        return LOSSES[self._head.activation][backend == "reference"](logits, targets, weights)

    def _pass(
        self, shards: Sequence[Shard], targets: Array, weights: Array, noise: int | None, threads: int, backend: str
    ) -> list[tuple[float, Back, dict[str, Array]]]:
        """Go forward and back over shards; give loss, derivatives and last states of each."""
        steps = self.begin(noise, backend)

        def one(shard: Shard) -> tuple[float, Back, dict[str, Array]]:
            logits, tapes = self.forward(shard, steps)
            numbers = self.outputs(shard)
            losses, d_logits = self.losses(logits, targets[numbers], weights[numbers].astype(self.dtype), backend)
            last = _last_states(steps, tapes)
            return _ordered_sum(losses), self.backward(d_logits, tapes, shard, steps), last

        return in_order(one, shards, threads)

    def loss_and_gradients(
        self,
        shards: Sequence[Shard],
        targets: Array,
        weights: Array,
        noise: int | None = None,
        threads: int = 1,
        backend: str = "kernel",
    ) -> tuple[float, Gradients]:
        """One pass forward and back over a batch.

        Parameters
        ----------
        shards : of the batch
        targets : (rows of the whole data,), found by the shards' row numbers: int64 classes, or numbers for a
            last layer that is linear. Where the output is a sequence, (time steps of the whole data,).
        weights : as the targets, what each loss counts; a mean has 1 / rows of the batch

        Returns
        -------
        loss : sum of the weighted losses, float64
        gradients : of that sum, added up in the order of the shards
        """
        return self.loss_gradients_and_states(shards, targets, weights, noise, threads, backend)[:2]

    def loss_gradients_and_states(
        self,
        shards: Sequence[Shard],
        targets: Array,
        weights: Array,
        noise: int | None = None,
        threads: int = 1,
        backend: str = "kernel",
    ) -> tuple[float, Gradients, list[dict[str, Array]]]:
        """Give what `loss_and_gradients` gives, and of each shard the states after each row's last time step."""
        parts = self._pass(shards, targets, weights, noise, threads, backend)
        gradients = add_gradients([back.gradients for _, back, _ in parts])
        return sum(loss for loss, _, _ in parts), gradients, [last for _, _, last in parts]

    def differentiate(
        self,
        x: Any,
        targets: ArrayLike,
        weights: ArrayLike | None = None,
        state: State | None = None,
        noise: int | None = None,
        threads: int | None = None,
        backend: str = "kernel",
    ) -> Derivatives:
        """Give the loss with its derivatives by parameters, inputs and initial states, and the states to go on from.

        Truncated backpropagation through time (Williams & Peng 1990) reads a long stream in pieces: hand each
        piece the state that the one before it ended with; no derivative crosses the cut.

        Parameters
        ----------
        x : see `accept`
        targets, weights : (rows,), or (time steps,) where the output is a sequence: see `loss_and_gradients`.
            `weights` give the mean by default.
        state : State, optional
            What each row begins with.
        noise : int, optional
            Seed of dropout; without, nothing is dropped.

        Raises
        ------
        InputError
            Sequences, targets, weights or a state that do not fit the network or each other; other settings.
        """
        sequences, threads = self.accept(x), check_threads(threads)
        if not isinstance(backend, str) or backend not in ("kernel", "reference"):
            raise InputError(f"backend must be 'kernel' or 'reference', got {backend!r:.80}")
        noise = None if noise is None else _check_integer("noise", noise)
        count = len(sequences.values) if self._gives_sequences else len(sequences)
        targets = as_array("targets", targets)
        weights = np.full(count, 1 / max(1, count)) if weights is None else as_array("weights", weights)
        if weights.dtype.kind not in "biuf" or not np.isfinite(weights).all():
            raise InputError(f"weights must be finite numbers, got {weights.dtype}: {weights.tolist()!r:.80}")
        weights = weights.astype(np.float64)
        if targets.shape[:1] != (count,) or weights.shape != (count,):
            raise InputError(
                f"there must be {count} targets and weights, one for each "
                f"{'time step' if self._gives_sequences else 'row'}, got {targets.shape} and {weights.shape}"
            )
        shards = self.shards(sequences, state=state)
        parts = self._pass(shards, targets, weights, noise, threads, backend)
        initial, last = self.initial_state(len(sequences)), self.initial_state(len(sequences))
        inputs = np.zeros(sequences.values.shape, self.dtype) if isinstance(self.layers[0], Input) else None
        for shard, (_, back, ends) in zip(shards, parts, strict=True):
            _put(initial, shard.rows, back.states)
            _put(last, shard.rows, ends)
            if inputs is not None:
                inputs[shard.places] = back.below
        gradients = add_gradients([back.gradients for _, back, _ in parts]) if parts else {}
        by_inputs = None if inputs is None else Sequences(inputs, sequences.offsets)
        return Derivatives(sum(loss for loss, _, _ in parts), gradients, by_inputs, initial, last)

    def _evaluate(self, sequences: Sequences, threads: int, state: State | None, last: State | None = None) -> Array:
        """Give the logits of all rows, or of all time steps; put the states after the last ones into `last`."""
        count = len(sequences.values) if self._gives_sequences else len(sequences)
        out = np.zeros((count, self.shapes[-1].features or 0), self.dtype)
        steps = self._frozen or self.begin()

        def one(shard: Shard) -> None:
            out[self.outputs(shard)], tapes = self.forward(shard, steps)
            if last is not None:
                _put(last, shard.rows, _last_states(steps, tapes))

        for rows in _groups(sequences):
            in_order(one, self.shards(sequences, rows, state), threads)
        return out

    def logits(
        self, x: Any, lengths: ArrayLike | None = None, mask: ArrayLike | None = None, threads: int | None = None
    ) -> Array:
        """Give the last layer's values before its activation, (rows or time steps, units); arguments: `predict`."""
        return self._evaluate(self.accept(x, lengths, mask), check_threads(threads), None)

    def predict(
        self,
        x: Any,
        lengths: ArrayLike | None = None,
        mask: ArrayLike | None = None,
        threads: int | None = None,
        state: State | None = None,
        return_state: bool = False,
    ) -> Any:
        """Give the output for each row. A row's bits do not depend on the rows beside it nor on `threads`.

        Read in pieces, each beginning with the state that the one before it ended with, rows give the bits that
        they give as a whole, unless a layer goes backwards.

        Parameters
        ----------
        x : Sequences, list of arrays, or dense (batch, time, features) array
            See `accept`.
        lengths : (batch,) int, optional; mask : (batch, time) bool, optional
            Which time steps of a dense array are real.
        threads : int, optional
            As many as there are processors by default.
        state : State, optional
            What each row begins with; what the layers say by default.
        return_state : bool
            Give the states after the last time steps as well.

        Returns
        -------
        output : (rows, units) in the network's dtype; Sequences of (time, units) where the last layer reads sequences
        state : State, if asked for
        """
        sequences = self.accept(x, lengths, mask)
        last = self.initial_state(len(sequences)) if return_state else None
        logits = self._evaluate(sequences, check_threads(threads), state, last)
        output: Any = self.activate(logits)
        if self._gives_sequences:
            output = Sequences(output, sequences.offsets)
        return (output, last) if return_state else output

    def activate(self, logits: Array) -> Array:
        """Give the last layer's activation of its logits, in new memory."""
        return self._head.activate(logits)

    def find_non_finite(self, shards: Sequence[Shard], noise: int | None = None) -> str | None:
        """Name the first layer that gives NaN or infinity, None if none does."""
        steps = self.begin(noise)
        for shard in shards:
            x: Any = shard.values
            for name, layer, weights, run in steps:
                x, _ = layer.forward(weights, x, shard, run)
                if not np.isfinite(x.dense()).all():
                    return name
        return None


def _rebuilt(kind: type[Network], arguments: dict[str, Any]) -> Network:
    return kind(**arguments)


def _fold(steps: list[Step]) -> list[Step]:
    """Let an embedding hand out its rows by number, where a recurrent layer folds them with its input kernel."""
    first = next(step for step in steps[1:] if not isinstance(step.layer, Dropout))
    if not isinstance(steps[0].layer, Embedding) or not isinstance(first.layer, (Recurrent, Bidirectional)):
        return steps
    first.layer.fold(first.weights, steps[0].layer.input_dim + 1)
    return [steps[0]._replace(run=replace(steps[0].run, folded=True)), *steps[1:]]


def _groups(sequences: Sequences) -> list[NDArray[np.int64] | None]:
    """Cut rows into groups of `PREDICTION_ROWS`, of about one length each; None for all rows, where one is enough."""
    if len(sequences) <= PREDICTION_ROWS:
        return [None]
    order = sequences.lengths.argsort(kind="stable")
    return [order[begin : begin + PREDICTION_ROWS] for begin in range(0, len(order), PREDICTION_ROWS)]


def _last_states(steps: Sequence[Step], tapes: list[Any]) -> dict[str, Array]:
    return {
        f"{step.name}/{name}": value
        for step, tape in zip(steps[:-1], tapes[:-1], strict=True)
        for name, value in step.layer.last_states(tape).items()
    }


def _put(state: State, rows: NDArray[np.int64], values: Mapping[str, Array]) -> None:
    for name, value in values.items():
        state.arrays[name][rows] = value


def _ordered_sum(losses: Array) -> float:
    """Sum in float64, one after the other."""
    return float(np.add.accumulate(losses.astype(np.float64))[-1]) if len(losses) else 0.0


def _check_integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InputError(f"{name} must be an integer, got {value!r:.80}")
    return int(value)


def _check_targets(targets: Any, logits: Array, activation: str) -> Array:
    """Give targets that go with these logits; kernels trust them."""
    rows, units = logits.shape
    if activation == "sigmoid" and units != 1:
        raise InputError(f"a last layer with sigmoid must have 1 unit to have a loss, got {units}: take softmax")
    if len(targets) == rows == 0:  # an empty list has no integers to show
        return np.zeros((0, units) if activation == "linear" else 0, np.int64)
    if activation == "linear":
        if targets.dtype.kind not in "iuf" or targets.size != logits.size or not np.isfinite(targets).all():
            raise InputError(f"targets must be {units} finite numbers an output, got {targets.tolist()!r:.80}")
        return np.asarray(targets)
    classes = max(2, units)
    if targets.shape != (rows,) or targets.dtype.kind not in "iub" or targets.min() < 0 or targets.max() >= classes:
        raise InputError(
            f"targets must be integers from 0 to {classes - 1}, one an output, got {targets.tolist()!r:.80}"
        )
    return np.asarray(targets)


def _check_layers(given: Sequence[Layer]) -> tuple[Layer, ...]:
    if not isinstance(given, (list, tuple)):
        raise InputError(f"layers must be a list of layers, got {given!r:.80}")
    layers: tuple[Any, ...] = tuple(given)
    for number, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise InputError(f"layers[{number}] must be a layer such as SimpleRNN(32), got {layer!r:.80}")
        if layer.first != (number == 0):
            place = "must be" if number == 0 else "may only be"
            raise InputError(
                f"the first layer {place} Input, OneHot, Embedding or SubwordEmbedding, "
                f"got {type(layer).__name__} as layers[{number}]"
            )
    if len(layers) < 2 or not isinstance(layers[-1], Dense):
        raise InputError("a network needs a first layer and, as its last one, Dense")
    if any(isinstance(layer, Dense) and layer.activation == "softmax" for layer in layers[:-1]):
        raise InputError("Dense with softmax can only be the last layer")
    return layers


def _check_dtype(dtype: Any) -> Any:
    named = isinstance(dtype, (str, type, np.dtype))
    if not named or dtype not in ("float32", "float64", np.float32, np.float64):
        raise InputError(f"dtype must be 'float32' or 'float64', got {dtype!r}")
    return np.dtype(dtype).type


def _name_layers(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Name layers as Keras does: simple_rnn, simple_rnn_1, ..."""
    names: list[str] = []
    for layer in layers:
        base = re.sub("(?<=[a-z])(?=[A-Z])", "_", type(layer).__name__).lower()
        taken = sum(name == base or name.rsplit("_", 1)[0] == base for name in names)
        names.append(f"{base}_{taken}" if taken else base)
    return tuple(names)


def _flow(layers: Sequence[Layer]) -> tuple[Shape, ...]:
    """Give the shapes between the layers, what flows in first."""
    shapes = [Shape(None, sequence=True)]
    for layer in layers:
        shapes.append(layer.output_shape(shapes[-1]))
    return tuple(shapes)


def _rounded(name: str, values: NDArray[np.float64], dtype: Any) -> Array:
    with np.errstate(over="ignore"):
        rounded = values.astype(dtype)
    if not np.isfinite(rounded).all():
        raise InputError(
            f"weights {name} would begin at {values.flat[np.abs(values).argmax()]:.3g}, more than "
            f"{np.dtype(dtype)} holds: lower recurrent_gain or initial_state"
        )
    return rounded


def _initial(parameter: Parameter, seed: int) -> NDArray[np.float64]:
    if parameter.value is not None:
        return np.asarray(parameter.value, np.float64)
    draw, blocks = INITIALIZERS[parameter.initializer], parameter.blocks
    if blocks == 1:
        return draw(parameter.shape, seed) * parameter.gain
    rows, columns = parameter.shape
    parts = [draw((rows, columns // blocks), derive(seed, f"block {number}")) for number in range(blocks)]
    return np.hstack(parts) * parameter.gain


def _layer_from(item: dict[str, Any], number: int) -> Layer:
    if not isinstance(item, Mapping):
        raise InputError(f"layers[{number}] must be a mapping of settings, got {item!r:.80}")
    settings = dict(item)
    name = settings.pop("class", None)
    if not isinstance(name, str) or name not in LAYERS:
        raise InputError(f"layers[{number}]: no layer is called {name!r}; known are {', '.join(sorted(LAYERS))}")
    if isinstance(settings.get("layer"), dict):
        settings["layer"] = _layer_from(settings["layer"], number)
    try:
        return LAYERS[name](**settings)
    except TypeError as error:
        raise InputError(f"layers[{number}]: {error}") from None


def _ids_of_one_hot(sequences: Sequences, first: Layer) -> Sequences:
    vectors = sequences.values
    if not isinstance(first, OneHot) or vectors.shape[1] != first.input_dim:
        raise InputError(
            f"{type(first).__name__}({first.input_dim}) reads ids, (time,) a row, "  # type: ignore[attr-defined]
            f"got vectors of width {vectors.shape[1]}"
        )
    known = vectors.any(axis=1)
    if not ((vectors == 0) | (vectors == 1)).all() or (vectors.sum(axis=1) > 1).any():
        raise InputError(
            f"OneHot({first.input_dim}) takes vectors with a single one; for other vectors begin the network "
            f"with Input({first.input_dim})"
        )
    return Sequences(np.where(known, vectors.argmax(axis=1), first.input_dim), sequences.offsets)


def _check_ids(ids: NDArray[np.int64], first: Layer) -> None:
    known = first.input_dim  # type: ignore[attr-defined]
    if ids.size and int(ids.view(np.uint64).max()) > known:  # a negative number, read as one without sign, is large
        wrong = ids[(ids < 0) | (ids > known)][0]
        raise InputError(
            f"ids must be 0 to {known - 1}, or {known} for an unknown word, got {wrong}; "
            "padding has no id: leave it out, or give lengths or a mask"
        )
