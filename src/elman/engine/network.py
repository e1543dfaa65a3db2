"""Network: layers in order, their weights, and the passes through them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..sequences import Sequences, as_array
from .assembly import (
    LedgerLine,
    check_dtype,
    check_integer,
    check_layers,
    connect,
    declare,
    draw,
    flow,
    layer_from,
    ledger,
    name_layers,
    share,
    take,
)
from .doors import check_state, check_targets, fit_first
from .layers import Bidirectional, Dropout, Embedding, Input, Layer
from .layers._head import Head
from .layers._layer import Back, Run, Shard
from .layers._recurrent import Recurrent
from .packing import Packing, cut_into_shards
from .parallel import check_threads, in_order
from .random import derive
from .row_gradient import Gradients, add, add_gradients
from .state import State

__all__ = ["Derivatives", "Network"]

Array = NDArray[Any]
PREDICTION_ROWS = 256
"""Rows that are cut into shards together when predicting: enough to keep threads busy, few to hold in memory."""


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
        self.layers = check_layers(layers)
        self.dtype = check_dtype(dtype)
        self.random_state = check_integer("random_state", random_state)
        self.names = name_layers(self.layers)
        self.shapes = flow(self.layers)
        self._connections = connect(self.names, self.layers, self.shapes)
        self._shared = share(self.names, self.layers, self.shapes)
        declared = declare(self._connections)
        self.parameters: dict[str, Array] = (
            draw(declared, self.random_state, self.dtype)
            if parameters is None
            else take(declared, parameters, self.dtype)
        )
        self._frozen: list[Step] | None = None

    # What it is made of

    def ledger(self) -> list[LedgerLine]:
        """Give the trainable parameters as products, a line for each connection."""
        return ledger(self._connections)

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
        layers = [layer_from(item, number) for number, item in enumerate(config["layers"])]
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
        return fit_first(Sequences.coerce(x, lengths, mask), self.layers[0])

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
        arrays = {} if state is None else check_state(state, self._states(), len(sequences), self.dtype).arrays
        lengths, shards = sequences.lengths if rows is None else sequences.lengths[rows], []
        for dealt in cut_into_shards(lengths):
            packing, numbers = Packing.from_lengths(lengths[dealt]), dealt if rows is None else rows[dealt]
            places = packing.places(sequences.offsets[numbers])
            values = sequences.values[places]
            values = values if values.ndim == 1 else values.astype(self.dtype, copy=False)
            states = {name: array[numbers] for name, array in arrays.items()}
            shards.append(Shard(values, packing, numbers, places, states, sequences.spellings))
        return shards

    def groups(self, sequences: Sequences) -> list[NDArray[np.int64]]:
        """Cut rows into groups of `PREDICTION_ROWS`, of about one length each, to be read group by group."""
        if len(sequences) <= PREDICTION_ROWS:
            return [np.arange(len(sequences))]
        order = sequences.lengths.argsort(kind="stable")
        return [order[begin : begin + PREDICTION_ROWS] for begin in range(0, len(order), PREDICTION_ROWS)]

    # States

    def _states(self) -> dict[str, int]:
        """Name all states of all layers, with their widths."""
        layers = zip(self.names, self.layers, strict=True)
        return {f"{name}/{state}": units for name, layer in layers for state, units in layer.states().items()}

    def initial_state(self, rows: int) -> State:
        """Give what `rows` rows begin with, as the layers say: zeros, or what is drawn, given or learned."""
        if check_integer("rows", rows) < 0:
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
        # What is shared also stands under the name that the last layer has for it.
        weights = self.parameters | {own: self.parameters[theirs] for own, theirs in self._shared.items()}
        for name, layer, shape in zip(self.names, self.layers, self.shapes, strict=False):
            own = {key[len(name) + 1 :]: w for key, w in weights.items() if key.startswith(name + "/")}
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

    def forward(self, shard: Shard, steps: Sequence[Step]) -> tuple[Any, list[Any]]:
        """Give what the last layer reads, in the shard's order, and the tapes of the layers below it."""
        x: Any = shard.values
        tapes = []
        for _, layer, weights, run in steps[:-1]:
            x, tape = layer.forward(weights, x, shard, run)
            tapes.append(tape)
        return x, tapes

    def backward(self, back: Back, tapes: list[Any], shard: Shard, steps: Sequence[Step]) -> Back:
        """From what the last layer gives going back: the derivative by inputs, parameters and states, by full names."""
        gradients: Gradients = {}
        self._collect(gradients, steps[-1].name, back)
        states: dict[str, Array] = {}
        for (name, layer, weights, run), tape in zip(reversed(steps[:-1]), reversed(tapes), strict=True):
            back = layer.backward(weights, back.below, tape, shard, run)
            self._collect(gradients, name, back)
            states |= {f"{name}/{key}": value for key, value in back.states.items()}
        return Back(back.below, gradients, states)

    def _collect(self, gradients: Gradients, layer: str, back: Back) -> None:
        """Put a layer's gradients under their full names; what two layers share adds up."""
        for key, value in back.gradients.items():
            name = self._shared.get(f"{layer}/{key}", f"{layer}/{key}")
            gradients[name] = add([gradients[name], value]) if name in gradients else value

    @property
    def _head(self) -> Head:
        return self.layers[-1]  # type: ignore[return-value]

    @property
    def _gives_sequences(self) -> bool:
        return self.shapes[-1].sequence

    def outputs(self, shard: Shard) -> NDArray[np.int64]:
        """Give where a shard's outputs lie among all rows, or all time steps."""
        return shard.places if self._gives_sequences else shard.rows

    def _pass(
        self, shards: Sequence[Shard], targets: Array, weights: Array, noise: int | None, threads: int, backend: str
    ) -> list[tuple[float, Back, dict[str, Array]]]:
        """Go forward and back over shards; give loss, derivatives and last states of each.

        The loss is the one that goes with the last layer's activation: cross-entropies for "sigmoid" and "softmax",
        squared error for "linear". Raises InputError for the others, and for targets that are no classes of this
        network, or do not go with a linear output.
        """
        self._head.check_loss()
        steps = self.begin(noise, backend)

        def one(shard: Shard) -> tuple[float, Back, dict[str, Array]]:
            x, tapes = self.forward(shard, steps)
            numbers = self.outputs(shard)
            wanted = check_targets(targets[numbers], len(numbers), self._head)
            counts = weights[numbers].astype(self.dtype)
            losses, back = self._head.learn(steps[-1].weights, x, wanted, counts, shard, steps[-1].run)
            return _ordered_sum(losses), self.backward(back, tapes, shard, steps), _last_states(steps, tapes)

        return in_order(one, shards, threads)

    def measure(
        self, shards: Sequence[Shard], targets: Array, threads: int = 1, steps: Sequence[Step] | None = None
    ) -> list[tuple[Array, NDArray[np.int64], dict[str, Array]]]:
        """Give of each shard the loss of each output, its likeliest class, (outputs,) both, and the last states.

        Nothing is dropped, and all classes are looked at. `steps` are what `begin` gave, for many calls; for the others
        see `loss_and_gradients`.
        """
        self._head.check_loss()
        steps = steps or self._frozen or self.begin()

        def one(shard: Shard) -> tuple[Array, NDArray[np.int64], dict[str, Array]]:
            x, tapes = self.forward(shard, steps)
            numbers = self.outputs(shard)
            wanted = check_targets(targets[numbers], len(numbers), self._head)
            losses, best = self._head.measure(steps[-1].weights, x, wanted, steps[-1].run)
            return losses, best, _last_states(steps, tapes)

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
        noise = None if noise is None else check_integer("noise", noise)
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
            x, tapes = self.forward(shard, steps)
            out[self.outputs(shard)] = self._head.logits(steps[-1].weights, x)
            if last is not None:
                _put(last, shard.rows, _last_states(steps, tapes))

        for rows in self.groups(sequences):
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

    def advance(self, x: Any, state: State | None = None, threads: int | None = None) -> tuple[Array, State]:
        """Read on, and answer at the last time step alone: for networks that answer at every one.

        Parameters
        ----------
        x : see `accept`; each row has a time step at least
        state : State, optional
            What each row begins with.

        Returns
        -------
        logits : (rows, units)
        state : State after the last time steps

        Raises
        ------
        InputError
            Rows without a time step; a network that answers once a row.
        """
        sequences, threads = self.accept(x), check_threads(threads)
        if not self._gives_sequences:
            raise InputError("advance needs an output at every time step, but the network gives one a row: use predict")
        if len(sequences) and not sequences.lengths.all():
            raise InputError("advance needs a time step in every row, but some are empty: leave them out")
        out, last = (
            np.zeros((len(sequences), self.shapes[-1].features or 0), self.dtype),
            self.initial_state(len(sequences)),
        )
        steps = self._frozen or self.begin()

        def one(shard: Shard) -> None:
            x, tapes = self.forward(shard, steps)
            out[shard.rows] = self._head.logits(steps[-1].weights, x.take(shard.packing.last))
            _put(last, shard.rows, _last_states(steps, tapes))

        for rows in self.groups(sequences):
            in_order(one, self.shards(sequences, rows, state), threads)
        return out, last

    def activate(self, logits: Array) -> Array:
        """Give the last layer's activation of its logits, in new memory."""
        return self._head.activate(logits)

    def find_non_finite(self, shards: Sequence[Shard], noise: int | None = None) -> str | None:
        """Name the first layer that gives NaN or infinity, None if none does."""
        steps = self.begin(noise)
        for shard in shards:
            x: Any = shard.values
            for name, layer, weights, run in steps[:-1]:
                x, _ = layer.forward(weights, x, shard, run)
                if not np.isfinite(x.dense()).all():
                    return name
            if not self._head.is_finite(steps[-1].weights, x, len(self.outputs(shard))):
                return steps[-1].name
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


def _last_states(steps: Sequence[Step], tapes: list[Any]) -> dict[str, Array]:
    return {
        f"{step.name}/{name}": value
        for step, tape in zip(steps[:-1], tapes, strict=True)
        for name, value in step.layer.last_states(tape).items()
    }


def _put(state: State, rows: NDArray[np.int64], values: Mapping[str, Array]) -> None:
    for name, value in values.items():
        state.arrays[name][rows] = value


def _ordered_sum(losses: Array) -> float:
    """Sum in float64, one after the other."""
    return float(np.add.accumulate(losses.astype(np.float64))[-1]) if len(losses) else 0.0
