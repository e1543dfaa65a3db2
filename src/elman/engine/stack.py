"""Stack: layers in order and their weights, without a loss: what a network and an encoder both are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..sequences import Sequences
from .assembly import (
    LedgerLine,
    check_dtype,
    check_integer,
    check_stack,
    connect,
    declare,
    draw,
    flow,
    ledger,
    name_layers,
    take,
)
from .doors import check_beside, check_state, fit_first
from .layers import Bidirectional, Dropout, Embedding, Layer
from .layers._layer import Back, Run, Shard
from .layers._recurrent import Recurrent
from .memory import Memory
from .packing import cut_into_shards
from .random import derive
from .row_gradient import Gradients, add
from .state import State

__all__ = ["Stack", "Step", "describe", "last_states", "put", "states_along"]

Array = NDArray[Any]


class Step(NamedTuple):
    """One layer in a pass, with what it makes of its weights."""

    name: str
    layer: Layer
    weights: Any
    run: Run


class Stack:
    """Layers in order, with their weights: parameters and attributes as of `Network`, which is one with a last layer.

    Raises
    ------
    InputError
        No layer, a first layer that does not begin a network, layers that do not fit on each other, or weights that
        do not fit the layers.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        random_state: int = 0,
        dtype: str = "float32",
        parameters: Mapping[str, Array] | None = None,
    ) -> None:
        self.layers = self._checked(layers)
        self.dtype = check_dtype(dtype)
        self.random_state = check_integer("random_state", random_state)
        self.names = name_layers(self.layers)
        self.shapes = flow(self.layers)
        self._connections = connect(self.names, self.layers, self.shapes)
        self._shared = self._share()
        declared = declare(self._connections)
        self.parameters: dict[str, Array] = (
            draw(declared, self.random_state, self.dtype)
            if parameters is None
            else take(declared, parameters, self.dtype)
        )
        self._frozen: list[Step] | None = None

    def _checked(self, layers: Sequence[Layer]) -> tuple[Layer, ...]:
        return check_stack(layers)

    def _share(self) -> dict[str, str]:
        """Give the full names of parameters that are another layer's, and its names for them."""
        return {}

    # What it is made of

    def ledger(self) -> list[LedgerLine]:
        """Give the trainable parameters as products, a line for each connection."""
        return ledger(self._connections)

    def __str__(self) -> str:
        return describe(self.layer_lines())

    def layer_lines(self) -> list[tuple[str, str, list[LedgerLine]]]:
        """Give each layer's name, what it is and gives, and its lines of the ledger."""
        lines = self.ledger()
        return [
            (name, f"{type(layer).__name__} -> {shape}", [line for line in lines if line.layer == name])
            for name, layer, shape in zip(self.names, self.layers, self.shapes[1:], strict=True)
        ]

    # Doors

    def accept(self, x: Any, lengths: ArrayLike | None = None, mask: ArrayLike | None = None) -> Sequences:
        """Convert and check sequences for the first layer.

        Parameters
        ----------
        x : Sequences, list of arrays, or dense array
            OneHot and Embedding read ids, (time,); SubwordEmbedding reads them with spellings; Input reads (time,
            features). OneHot also takes vectors that are encoded already, (time, input_dim), each all zeros but
            for a single one at most. Beside wants `Sequences` with `beside`.
        lengths, mask : optional
            Which time steps of a dense array are real (see `Sequences.from_dense`).

        Raises
        ------
        InputError
        """
        sequences = fit_first(Sequences.coerce(x, lengths, mask), self.layers[0])
        check_beside(sequences, self.layers)
        return sequences

    def shards(
        self,
        sequences: Sequences,
        rows: NDArray[np.int64] | None = None,
        state: State | None = None,
        memory: Memory | None = None,
    ) -> list[Shard]:
        """Cut rows of accepted sequences into packed shards.

        Parameters
        ----------
        rows : (rows,) int64, optional
            Their numbers; all by default.
        state : State, optional
            What each of the sequences begins with; what the layers say by default.
        memory : Memory, optional
            What each of the sequences looks at, for layers that look at something.
        """
        arrays = {} if state is None else check_state(state, self.states(), len(sequences), self.dtype).arrays
        rows = np.arange(len(sequences)) if rows is None else rows
        dealt = cut_into_shards(sequences.lengths[rows])
        return [Shard.of(sequences, rows[part], self.dtype, arrays, memory) for part in dealt]

    # States

    def states(self) -> dict[str, int]:
        """Name all states of all layers, with their widths."""
        layers = zip(self.names, self.layers, strict=True)
        return {f"{name}/{state}": units for name, layer in layers for state, units in layer.states().items()}

    def initial_state(self, rows: int) -> State:
        """Give what `rows` rows begin with, as the layers say: zeros, or what is drawn, given or learned."""
        if check_integer("rows", rows) < 0:
            raise InputError(f"rows must be 0 or more, got {rows}")
        out = {}
        for name, units in self.states().items():
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

    def ready(self) -> list[Step]:
        """Give what `begin` gives, or what `freeze` has kept of it."""
        return self._frozen or self.begin()

    def freeze(self) -> Self:
        """Give a copy whose weights cannot change, made ready once for many predictions, of few rows each above all.

        It gives the same bits. Weights are packed now and not at every call; an embedding that a recurrent layer reads
        is folded with that layer's input kernel and bias, a row for each word, computed when the word first comes: so
        many words times gates * units numbers at most. Its `parameters` are read-only, so it cannot be trained; what
        `copy` and `pickle` make of it is not frozen.

        Examples
        --------
        >>> from elman.engine import Dense, Embedding, LSTM, Network
        >>> network = Network([Embedding(5, 4), LSTM(3), Dense(1, "sigmoid")])
        >>> bool((network.freeze().predict([[0, 1, 4]]) == network.predict([[0, 1, 4]])).all())
        True
        """
        frozen = type(self)(**self._arguments())
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
        return rebuilt, (type(self), self._arguments())

    def run(self, shard: Shard, steps: Sequence[Step]) -> tuple[Any, list[Any]]:
        """Give what comes out of these layers, in the shard's order, and their tapes."""
        x: Any = shard.values
        tapes = []
        for _, layer, weights, run in steps:
            x, tape = layer.forward(weights, x, shard, run)
            tapes.append(tape)
        return x, tapes

    def run_back(
        self, d: Any, tapes: list[Any], shard: Shard, steps: Sequence[Step], found: Gradients | None = None
    ) -> Back:
        """From the derivative by what came out: that by inputs, parameters, states and memory, by full names.

        found : gradients so far, of layers above these
        """
        gradients: Gradients = {} if found is None else found
        states: dict[str, Array] = {}
        memory: Array | None = None
        for (name, layer, weights, run), tape in zip(reversed(steps), reversed(tapes), strict=True):
            back = layer.backward(weights, d, tape, shard, run)
            self.collect(gradients, name, back)
            states |= {f"{name}/{key}": value for key, value in back.states.items()}
            if back.memory is not None:
                memory = back.memory if memory is None else memory + back.memory
            d = back.below
        return Back(d, gradients, states, memory)

    def collect(self, gradients: Gradients, layer: str, back: Back) -> None:
        """Put a layer's gradients under their full names; what two layers share adds up."""
        for key, value in back.gradients.items():
            name = self._shared.get(f"{layer}/{key}", f"{layer}/{key}")
            gradients[name] = add([gradients[name], value]) if name in gradients else value

    def find_non_finite_in(self, shard: Shard, steps: Sequence[Step]) -> str | None:
        """Name the first layer that gives NaN or infinity for a shard, None if none does."""
        x: Any = shard.values
        for name, layer, weights, run in steps:
            x, _ = layer.forward(weights, x, shard, run)
            if not np.isfinite(x.dense()).all():
                return name
        return None


def describe(layers: Sequence[tuple[str, str, list[LedgerLine]]]) -> str:
    """Write layers and their parameters as a text, a line for each layer and each term."""
    total = sum(line.count for _, _, lines in layers for line in lines)
    width = max(len(name) for name, _, _ in layers)
    out = []
    for name, what, lines in layers:
        out.append(f"{name:<{width}}  {what}")
        out += [f"{'':<{width}}    {line}" for line in lines]
    return "\n".join([*out, f"{'total':<{width}}  {total} parameters"])


def rebuilt(kind: Any, arguments: dict[str, Any]) -> Any:
    return kind(**arguments)


def _fold(steps: list[Step]) -> list[Step]:
    """Let an embedding hand out its rows by number, where a recurrent layer folds them with its input kernel."""
    first = next(step for step in steps[1:] if not isinstance(step.layer, Dropout))
    if not isinstance(steps[0].layer, Embedding) or not isinstance(first.layer, (Recurrent, Bidirectional)):
        return steps
    first.layer.fold(first.weights, steps[0].layer.input_dim + 1)
    return [steps[0]._replace(run=replace(steps[0].run, folded=True)), *steps[1:]]


def last_states(steps: Sequence[Step], tapes: list[Any]) -> dict[str, Array]:
    """Give the states after each row's last time step, by full names."""
    return {
        f"{step.name}/{name}": value
        for step, tape in zip(steps, tapes, strict=True)
        for name, value in step.layer.last_states(tape).items()
    }


def states_along(steps: Sequence[Step], tapes: Sequence[Any]) -> dict[str, Array]:
    """Give the states after each time step, (tokens, units) in packed order, by full names, of a compiled pass."""
    return {
        f"{step.name}/{name}": value
        for step, tape in zip(steps, tapes, strict=True)
        for name, value in step.layer.states_along(tape).items()
    }


def put(state: State, rows: NDArray[np.int64], values: Mapping[str, Array]) -> None:
    """Put states of some rows, which nobody has read yet, in their places."""
    for name, value in values.items():
        state.arrays[name][rows] = value
