"""Network: layers in order, the last of which gives the loss."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..sequences import Sequences
from .assembly import check_layers, layers_from, share
from .layers import Input, Layer
from .layers._head import Head
from .layers._layer import Back, Shard
from .memory import Memory
from .parallel import check_threads, in_order
from .passes import Derivatives, Passes
from .row_gradient import Gradients, add_gradients
from .stack import Stack, Step, last_states, put
from .state import State

__all__ = ["Derivatives", "Network"]

Array = NDArray[Any]


class Network(Stack, Passes):
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

    def _checked(self, layers: Sequence[Layer]) -> tuple[Layer, ...]:
        return check_layers(layers)

    def _share(self) -> dict[str, str]:
        return share(self.names, self.layers, self.shapes)

    # What it is made of

    def __repr__(self) -> str:
        layers = " -> ".join(type(layer).__name__ for layer in self.layers)
        return f"Network({layers}; {self.count_params()} parameters, {np.dtype(self.dtype).name})"

    def to_config(self) -> dict[str, Any]:
        """Give the layers' settings as JSON can hold them. The weights are `parameters`."""
        return {"layers": [layer.to_config() for layer in self.layers], "dtype": np.dtype(self.dtype).name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], parameters: Mapping[str, Array]) -> "Network":
        """Make a network from `to_config()` and `parameters`. Raises InputError naming what does not fit."""
        layers = layers_from(config, "layers")
        return cls(layers, dtype=config.get("dtype", "missing"), parameters=parameters)

    @property
    def head(self) -> Head:
        return self.layers[-1]  # type: ignore[return-value]

    @property
    def _gives_sequences(self) -> bool:
        return self.shapes[-1].sequence

    def outputs(self, shard: Shard) -> NDArray[np.int64]:
        return shard.places if self._gives_sequences else shard.rows

    # Passes

    def last_step(self, steps: Sequence[Step]) -> Step:
        return steps[-1]

    def forward(self, shard: Shard, steps: Sequence[Step]) -> tuple[Any, list[Any]]:
        """Give what the last layer reads, in the shard's order, and the tapes of the layers below it."""
        return self.run(shard, steps[:-1])

    def backward(self, back: Back, tapes: list[Any], shard: Shard, steps: Sequence[Step]) -> Back:
        gradients: Gradients = {}
        self.collect(gradients, steps[-1].name, back)
        return self.run_back(back.below, tapes, shard, steps[:-1], gradients)

    def last_states(self, steps: Sequence[Step], tapes: list[Any]) -> dict[str, Array]:
        return last_states(steps[:-1], tapes)

    def find_non_finite_in(self, shard: Shard, steps: Sequence[Step]) -> str | None:
        found = super().find_non_finite_in(shard, steps[:-1])
        if found is not None:
            return found
        x, _ = self.forward(shard, steps)
        finite = self.head.is_finite(steps[-1].weights, x, len(self.outputs(shard)))
        return None if finite else steps[-1].name

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
        count = len(sequences.values) if self._gives_sequences else len(sequences)
        shards = self.shards(sequences, state=state)
        parts = self._pass_over(shards, count, targets, weights, noise, threads, backend)
        initial, last = self.initial_state(len(sequences)), self.initial_state(len(sequences))
        inputs = np.zeros(sequences.values.shape, self.dtype) if isinstance(self.layers[0], Input) else None
        for shard, (_, back, ends) in zip(shards, parts, strict=True):
            put(initial, shard.rows, back.states)
            put(last, shard.rows, ends)
            if inputs is not None:
                inputs[shard.places] = back.below
        gradients = add_gradients([back.gradients for _, back, _ in parts]) if parts else {}
        by_inputs = None if inputs is None else Sequences(inputs, sequences.offsets)
        return Derivatives(sum(loss for loss, _, _ in parts), gradients, by_inputs, initial, last)

    def _evaluate(self, sequences: Sequences, threads: int, state: State | None, last: State | None = None) -> Array:
        """Give the logits of all rows, or of all time steps; put the states after the last ones into `last`."""
        count = len(sequences.values) if self._gives_sequences else len(sequences)
        out = np.zeros((count, self.shapes[-1].features or 0), self.dtype)
        steps = self.ready()

        def one(shard: Shard) -> None:
            x, tapes = self.forward(shard, steps)
            out[self.outputs(shard)] = self.head.logits(steps[-1].weights, x)
            if last is not None:
                put(last, shard.rows, self.last_states(steps, tapes))

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

    def advance(
        self, x: Any, state: State | None = None, threads: int | None = None, memory: Memory | None = None
    ) -> tuple[Array, State]:
        """Read on, and answer at the last time step alone: for networks that answer at every one.

        Parameters
        ----------
        x : see `accept`; each row has a time step at least
        state : State, optional
            What each row begins with.
        memory : Memory, optional
            What each row looks at, for layers that look at something.

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
        steps = self.ready()

        def one(shard: Shard) -> None:
            x, tapes = self.forward(shard, steps)
            out[shard.rows] = self.head.logits(steps[-1].weights, x.take(shard.packing.last))
            put(last, shard.rows, self.last_states(steps, tapes))

        for rows in self.groups(sequences):
            in_order(one, self.shards(sequences, rows, state, memory), threads)
        return out, last

    def activate(self, logits: Array) -> Array:
        """Give the last layer's activation of its logits, in new memory."""
        return self.head.activate(logits)
