"""Network: layers in order, their weights, and the passes through them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..sequences import Sequences
from . import losses
from .initializers import INITIALIZERS
from .layers import LAYERS, Dense, Embedding, Input, Layer, OneHot
from .layers._layer import Connection, Parameter, Run, Shape, Shard
from .packing import Packing, cut_into_shards
from .parallel import check_threads, in_order
from .random import derive
from .row_gradient import Gradients, add_gradients

__all__ = ["LedgerLine", "Network"]

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


class Network:
    """Layers in order, with their weights.

    Parameters
    ----------
    layers : sequence of Layer
        The first is Input, OneHot or Embedding.
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
        self.random_state = random_state
        self.names = _name_layers(self.layers)
        self.shapes = _flow(self.layers)
        self.parameters: dict[str, Array] = self._draw() if parameters is None else self._take(parameters)

    def _draw(self) -> dict[str, Array]:
        seeds = {name: derive(self.random_state, name) for name in self._declared()}
        return {name: _initial(p, seeds[name]).astype(self.dtype) for name, p in self._declared().items()}

    def _take(self, given: Mapping[str, Array]) -> dict[str, Array]:
        declared = self._declared()
        missing, foreign = declared.keys() - given.keys(), given.keys() - declared.keys()
        if missing or foreign:
            raise InputError(f"the layers need other weights: missing {sorted(missing)}, not needed {sorted(foreign)}")
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
        layers = [_layer_from(item, number) for number, item in enumerate(config["layers"])]
        return cls(layers, dtype=config["dtype"], parameters=parameters)

    # Doors

    def accept(self, x: Any, lengths: ArrayLike | None = None, mask: ArrayLike | None = None) -> Sequences:
        """Convert and check sequences for the first layer.

        Parameters
        ----------
        x : Sequences, list of arrays, or dense array
            OneHot and Embedding read ids, (time,); Input reads (time, features). OneHot also takes vectors
            that are encoded already, (time, input_dim), each all zeros but for a single one at most.
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
        if sequences.features is not None:
            sequences = _ids_of_one_hot(sequences, first)
        _check_ids(sequences.values, first)
        return sequences

    def shards(self, sequences: Sequences, rows: NDArray[np.int64] | None = None) -> list[Shard]:
        """Cut rows of accepted sequences into packed shards; `rows` are all of them by default."""
        rows = np.arange(len(sequences)) if rows is None else rows
        lengths = sequences.lengths[rows]
        return [self._shard(sequences, rows[dealt], lengths[dealt]) for dealt in cut_into_shards(lengths)]

    def _shard(self, sequences: Sequences, rows: NDArray[np.int64], lengths: NDArray[np.int64]) -> Shard:
        packing = Packing.from_lengths(lengths)
        values = packing.pack(sequences.values, sequences.offsets[rows])
        return Shard(values if values.ndim == 1 else values.astype(self.dtype, copy=False), packing, rows)

    # Passes

    def weights_of(self, number: int) -> dict[str, Array]:
        """Give the weights of one layer by their own names."""
        prefix = self.names[number] + "/"
        return {name[len(prefix) :]: value for name, value in self.parameters.items() if name.startswith(prefix)}

    def run(self, noise: int | None = None, backend: str = "kernel") -> list[Run]:
        """Describe a pass to each layer; `noise` seeds the random draws of training."""
        seeds = [None if noise is None else derive(noise, name) for name in self.names]
        return [Run(self.dtype, seed, backend) for seed in seeds]  # type: ignore[arg-type]

    def forward(self, shard: Shard, runs: Sequence[Run]) -> tuple[Array, list[Any]]:
        """Give the logits, (rows, units) in the shard's order, and the tapes of all layers."""
        x: Any = shard.values
        tapes = []
        for number, layer in enumerate(self.layers[:-1]):
            x, tape = layer.forward(self.weights_of(number), x, shard, runs[number])
            tapes.append(tape)
        head = self.layers[-1]
        if not isinstance(head, Dense):
            raise InputError(f"the last layer must be Dense, got {type(head).__name__}")
        return head.logits(self.weights_of(len(tapes)), x), [*tapes, x]

    def backward(self, d_logits: Array, tapes: list[Any], shard: Shard, runs: Sequence[Run]) -> Gradients:
        """From dL/dlogits give the gradient of every trainable parameter."""
        gradients: Gradients = {}
        for number in reversed(range(len(self.layers))):
            layer, weights = self.layers[number], self.weights_of(number)
            if isinstance(layer, Dense) and number == len(self.layers) - 1:
                d, own = layer.backward_from_logits(weights, d_logits, tapes[number])
            else:
                d, own = layer.backward(weights, d, tapes[number], shard, runs[number])
            gradients |= {f"{self.names[number]}/{name}": value for name, value in own.items()}
        return gradients

    def losses(self, logits: Array, targets: NDArray[np.int64], weights: Array, backend: str = "kernel") -> Any:
        """Give the loss of each row, and dL/dlogits, for the loss that goes with the last layer's activation."""
        kind = "binary" if self.layers[-1].activation == "sigmoid" else "softmax"  # type: ignore[attr-defined]
        prefix = "reference_" if backend == "reference" else ""
        return getattr(losses, f"{prefix}{kind}_cross_entropy")(logits, targets, weights)

    def loss_and_gradients(
        self,
        shards: Sequence[Shard],
        targets: NDArray[np.int64],
        weights: Array,
        noise: int | None = None,
        threads: int = 1,
        backend: str = "kernel",
    ) -> tuple[float, Gradients]:
        """One pass forward and back over a batch.

        Parameters
        ----------
        shards : of the batch
        targets : (rows of the whole data,) int64, found by the shards' row numbers
        weights : (rows of the whole data,), what each row's loss counts; a mean has 1 / rows of the batch

        Returns
        -------
        loss : sum of the rows' weighted losses, float64
        gradients : of that sum, added up in the order of the shards
        """
        runs = self.run(noise, backend)

        def one(shard: Shard) -> tuple[float, Gradients]:
            logits, tapes = self.forward(shard, runs)
            row_weights = weights[shard.rows].astype(self.dtype)
            row_losses, d_logits = self.losses(logits, targets[shard.rows], row_weights, backend)
            total = float(np.add.accumulate(row_losses.astype(np.float64))[-1])
            return total, self.backward(d_logits, tapes, shard, runs)

        parts = in_order(one, shards, threads)
        return sum(loss for loss, _ in parts), add_gradients([gradients for _, gradients in parts])

    def logits(
        self, x: Any, lengths: ArrayLike | None = None, mask: ArrayLike | None = None, threads: int | None = None
    ) -> Array:
        """Give the last layer's values before its activation, (rows, units); arguments as for `predict`."""
        sequences, threads = self.accept(x, lengths, mask), check_threads(threads)
        out = np.zeros((len(sequences), self.shapes[-1].features or 0), self.dtype)
        order = np.argsort(sequences.lengths, kind="stable")
        runs = self.run()

        def one(shard: Shard) -> None:
            out[shard.rows] = self.forward(shard, runs)[0]

        for begin in range(0, len(order), PREDICTION_ROWS):
            in_order(one, self.shards(sequences, order[begin : begin + PREDICTION_ROWS]), threads)
        return out

    def predict(
        self, x: Any, lengths: ArrayLike | None = None, mask: ArrayLike | None = None, threads: int | None = None
    ) -> Array:
        """Give the output for each row. A row's bits do not depend on the rows beside it nor on `threads`.

        Parameters
        ----------
        x : Sequences, list of arrays, or dense (batch, time, features) array
            See `accept`.
        lengths : (batch,) int, optional; mask : (batch, time) bool, optional
            Which time steps of a dense array are real.
        threads : int, optional
            As many as there are processors by default.

        Returns
        -------
        (rows, units) in the network's dtype
        """
        return self.activate(self.logits(x, lengths, mask, threads))

    def activate(self, logits: Array) -> Array:
        """Give the last layer's activation of its logits, (rows, units), in new memory."""
        return self.layers[-1].activate(logits)  # type: ignore[attr-defined,no-any-return]


def _check_layers(given: Sequence[Layer]) -> tuple[Layer, ...]:
    layers: tuple[Any, ...] = tuple(given)
    for number, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise InputError(f"layers[{number}] must be a layer such as SimpleRNN(32), got {layer!r:.80}")
        if layer.first != (number == 0):
            place = "must be" if number == 0 else "may only be"
            raise InputError(
                f"the first layer {place} Input, OneHot or Embedding, got {type(layer).__name__} as layers[{number}]"
            )
    if len(layers) < 2 or not isinstance(layers[-1], Dense):
        raise InputError("a network needs a first layer and, as its last one, Dense")
    if any(isinstance(layer, Dense) and layer.activation == "softmax" for layer in layers[:-1]):
        raise InputError("Dense with softmax can only be the last layer")
    return layers


def _check_dtype(dtype: Any) -> Any:
    if dtype not in ("float32", "float64", np.float32, np.float64):
        raise InputError(f"dtype must be 'float32' or 'float64', got {dtype!r}")
    return np.dtype(dtype).type


def _name_layers(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Name layers as Keras does: simple_rnn, simple_rnn_1, ..."""
    names: list[str] = []
    for layer in layers:
        base = _SNAKE.get(type(layer).__name__, type(layer).__name__.lower())
        taken = sum(name == base or name.rsplit("_", 1)[0] == base for name in names)
        names.append(f"{base}_{taken}" if taken else base)
    return tuple(names)


_SNAKE = {"OneHot": "one_hot", "SimpleRNN": "simple_rnn"}  # the others are their class in lower case


def _flow(layers: Sequence[Layer]) -> tuple[Shape, ...]:
    """Give the shapes between the layers, what flows in first."""
    shapes = [Shape(None, sequence=True)]
    for layer in layers:
        shapes.append(layer.output_shape(shapes[-1]))
    return tuple(shapes)


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
    settings = dict(item)
    name = settings.pop("class", None)
    if name not in LAYERS:
        raise InputError(f"layers[{number}]: no layer is called {name!r}; known are {', '.join(sorted(LAYERS))}")
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
    known = first.input_dim if isinstance(first, (OneHot, Embedding)) else 0
    if ids.size and (ids.min() < 0 or ids.max() > known):
        wrong = ids[(ids < 0) | (ids > known)][0]
        raise InputError(
            f"ids must be 0 to {known - 1}, or {known} for an unknown word, got {wrong}; "
            "padding has no id: leave it out, or give lengths or a mask"
        )
