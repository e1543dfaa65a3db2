"""The same network on every side: an embedding, one recurrent layer, one sigmoid output on its last state.

Takes  a Problem; its `network()` has the weights, and the peers copy them.
Gives  Ours, PyTorch, Keras, OnnxRuntime: a training step, a prediction, gradients under Elman's names.
Next   training.py and inference.py check that the sides agree, and time them.

Layouts. PyTorch's kernels are transposed, its gates in Elman's order (r z n; i f g o), its biases always two.
Keras has z r n for the GRU. ONNX has transposed kernels, z r n, and i o f g for the LSTM.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.engine import GRU, LSTM, Dense, Embedding, Network, SimpleRNN
from elman.engine.row_gradient import RowGradient
from elman.sequences import Sequences

__all__ = ["GATES", "MODULES", "Batch", "Keras", "OnnxRuntime", "Ours", "Problem", "PyTorch", "check_gradients"]

Array = NDArray[Any]
LAYERS = {"simple_rnn": SimpleRNN, "gru": GRU, "lstm": LSTM}
GATES = {"simple_rnn": 1, "gru": 3, "lstm": 4}
KERAS_GATES = {"simple_rnn": [0], "gru": [1, 0, 2], "lstm": [0, 1, 2, 3]}
ONNX_GATES = {"simple_rnn": [0], "gru": [1, 0, 2], "lstm": [0, 3, 1, 2]}
MODULES = {"pytorch": ("torch",), "keras": ("keras", "jax"), "onnxruntime": ("onnx", "onnxruntime"), "peak": ()}
"""What must be installed for each peer."""


@dataclass(frozen=True)
class Problem:
    """Sizes of the network."""

    cell: str
    vocabulary: int = 20_000
    embedding: int = 100
    units: int = 128

    @property
    def flops(self) -> int:
        """Of the products of a training step, a token: forward, and twice as many going back."""
        return 6 * GATES[self.cell] * self.units * (self.embedding + self.units)

    def network(self) -> Network:
        """Make the network. Biases are drawn, too: with zeros, gates out of place would go unseen."""
        layers = [Embedding(self.vocabulary, self.embedding), LAYERS[self.cell](self.units), Dense(1, "sigmoid")]
        network, draw = Network(layers), np.random.default_rng(2)
        for name, value in network.parameters.items():
            if name.endswith("/bias"):
                value += draw.normal(0, 0.1, value.shape).astype(value.dtype)
        return network


@dataclass(frozen=True, eq=False)
class Batch:
    """rows: ids of each text, (time,) int64; labels: (texts,) int64, 0 or 1."""

    rows: Sequence[NDArray[np.int64]]
    labels: NDArray[np.int64]

    @property
    def tokens(self) -> int:
        return sum(map(len, self.rows))

    def dense(self) -> NDArray[np.int64]:
        """(texts, time), of texts that are equally long."""
        return np.stack(self.rows)


class Ours:
    """Elman, through `Network`."""

    def __init__(self, network: Network, threads: int) -> None:
        self.network, self.threads = network, threads

    def accept(self, batch: Batch) -> Sequences:
        return self.network.accept(Sequences.from_rows(batch.rows))

    def trainer(self, batch: Batch) -> Callable[[], tuple[float, Mapping[str, Any]]]:
        """Give a training step on this batch, which gives loss and gradients."""
        sequences, weights = self.accept(batch), np.full(len(batch.rows), 1 / len(batch.rows))

        def step() -> tuple[float, Mapping[str, Any]]:
            shards = self.network.shards(sequences)
            return self.network.loss_and_gradients(shards, batch.labels, weights, threads=self.threads)

        return step

    def gradients(self, found: Mapping[str, Any]) -> dict[str, Array]:
        """Give gradients as whole arrays."""
        shapes = {name: value.shape for name, value in self.network.parameters.items()}
        return {name: g.dense(shapes[name]) if isinstance(g, RowGradient) else g for name, g in found.items()}


class PyTorch:
    """PyTorch's own layers, as its users write them."""

    def __init__(self, cell: str, parameters: Mapping[str, Array], threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self.torch, self.cell = torch, cell
        layer = {"simple_rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
        words, embedding = parameters["embedding/embeddings"].shape
        units = len(parameters[f"{cell}/recurrent_kernel"])
        self.embedding = torch.nn.Embedding(words, embedding)
        self.rnn = layer(embedding, units, batch_first=True)
        self.linear = torch.nn.Linear(units, 1)
        self.model = torch.nn.ModuleList([self.embedding, self.rnn, self.linear])
        self.criterion = torch.nn.BCEWithLogitsLoss()
        with torch.no_grad():
            for name, parameter in self._pairs():
                parameter.copy_(torch.tensor(self._ours(name, parameters[name])))

    def _pairs(self) -> list[tuple[str, Any]]:
        return [
            ("embedding/embeddings", self.embedding.weight),
            (f"{self.cell}/kernel", self.rnn.weight_ih_l0),
            (f"{self.cell}/recurrent_kernel", self.rnn.weight_hh_l0),
            (f"{self.cell}/bias", self.rnn.bias_ih_l0),
            ("dense/kernel", self.linear.weight),
            ("dense/bias", self.linear.bias),
        ]

    def _ours(self, name: str, value: Array) -> Array:
        if name == f"{self.cell}/bias":
            hidden = value[1] if value.ndim == 2 else np.zeros_like(value)
            self.rnn.bias_hh_l0.copy_(self.torch.tensor(hidden))
            return value[0] if value.ndim == 2 else value
        return value.T if name.endswith("kernel") else value

    def fixed(self, ids: Any) -> Any:
        """Logits of texts that are equally long, (texts, time)."""
        _, last = self.rnn(self.embedding(ids))
        return self.linear((last[0] if self.cell == "lstm" else last)[0])[:, 0]

    def padded(self, rows: Any) -> Any:
        """Logits of texts padded to the longest; the output at each text's last real word is read."""
        torch = self.torch
        lengths = torch.tensor([len(row) for row in rows])
        outputs, _ = self.rnn(self.embedding(torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)))
        return self.linear(outputs[torch.arange(len(rows)), lengths - 1])[:, 0]

    def packed(self, rows: Any) -> Any:
        """Logits of texts packed for PyTorch's loop over batch sizes."""
        recurrent = self.torch.nn.utils.rnn
        lengths = self.torch.tensor([len(row) for row in rows])
        vectors = self.embedding(recurrent.pad_sequence(rows, batch_first=True))
        _, last = self.rnn(recurrent.pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False))
        return self.linear((last[0] if self.cell == "lstm" else last)[0])[:, 0]

    def _ids(self, batch: Batch, way: str) -> Any:
        return self.torch.tensor(batch.dense()) if way == "fixed" else [self.torch.tensor(row) for row in batch.rows]

    def trainer(self, batch: Batch, way: str = "fixed") -> Callable[[], float]:
        """Give a training step on this batch; `way` is fixed, padded or packed."""
        ids, logits = self._ids(batch, way), getattr(self, way)
        labels = self.torch.tensor(batch.labels, dtype=self.torch.float32)

        def step() -> float:
            self.model.zero_grad(set_to_none=True)
            loss = self.criterion(logits(ids), labels)
            loss.backward()
            return loss.item()  # type: ignore[no-any-return]

        return step

    def gradients(self) -> dict[str, Array]:
        """Give the gradients of the last step, in Elman's layout."""
        found = {name: parameter.grad.numpy() for name, parameter in self._pairs()}
        for name in found:
            found[name] = found[name].T if name.endswith("kernel") else found[name]
        if self.cell == "gru":
            found["gru/bias"] = np.stack([found["gru/bias"], self.rnn.bias_hh_l0.grad.numpy()])
        return found

    def predictor(self, batch: Batch, threads: int, way: str = "fixed") -> Callable[[], Array]:
        """Give a prediction of this batch, probabilities (texts,), with so many threads."""
        ids, logits = self._ids(batch, way), getattr(self, way)
        self.model.eval()

        def predict() -> Array:
            if self.torch.get_num_threads() != threads:
                self.torch.set_num_threads(threads)
            with self.torch.inference_mode():
                return self.torch.sigmoid(logits(ids)).numpy()  # type: ignore[no-any-return]

        return predict


def _by_gates(value: Array, order: Sequence[int]) -> Array:
    """Put the gates, blocks of the last axis, into another order."""
    return np.concatenate([np.split(value, len(order), axis=-1)[gate] for gate in order], axis=-1)


class Keras:
    """Keras on JAX, the fastest of its back ends here, compiled as `model.fit` compiles it."""

    def __init__(self, cell: str, parameters: Mapping[str, Array], threads: int) -> None:
        os.environ["KERAS_BACKEND"] = "jax"
        import jax
        import keras

        self.jax, self.cell, self.names = jax, cell, list(parameters)
        layers = keras.layers
        layer = {"simple_rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}[cell]
        words, embedding = parameters["embedding/embeddings"].shape
        units = len(parameters[f"{cell}/recurrent_kernel"])
        self.model = keras.Sequential([layers.Embedding(words, embedding), layer(units), layers.Dense(1)])
        self.model.build((None, None))
        self.order = ["embedding/embeddings", *(f"{cell}/{n}" for n in ("kernel", "recurrent_kernel", "bias"))]
        self.order += ["dense/kernel", "dense/bias"]
        self.model.set_weights([self._turn(name, parameters[name]) for name in self.order])
        self.found: Any = None

    def _turn(self, name: str, value: Array) -> Array:
        """Change a cell's array from Elman's order of gates to Keras', or back: both changes are the same."""
        return _by_gates(value, KERAS_GATES[self.cell]) if name.startswith(self.cell) else value

    def trainer(self, batch: Batch) -> Callable[[], float]:
        """Give a training step on this batch."""
        jax, model = self.jax, self.model
        ids, labels = jax.numpy.asarray(batch.dense(), "int32"), jax.numpy.asarray(batch.labels, "float32")
        trainable = [v.value for v in model.trainable_variables]
        fixed = [v.value for v in model.non_trainable_variables]

        def loss(weights: Any, ids: Any, labels: Any) -> Any:
            logits, _ = model.stateless_call(weights, fixed, ids, training=True)
            x = logits[:, 0]
            return jax.numpy.mean(jax.nn.softplus(x) - x * labels)

        compiled = jax.jit(jax.value_and_grad(loss))

        def step() -> float:
            value, self.found = jax.block_until_ready(compiled(trainable, ids, labels))
            return float(value)

        return step

    def gradients(self) -> dict[str, Array]:
        """Give the gradients of the last step, in Elman's layout."""
        return {name: self._turn(name, np.asarray(g)) for name, g in zip(self.order, self.found, strict=True)}

    def predictor(self, batch: Batch) -> Callable[[], Array]:
        """Give a prediction of this batch, probabilities (texts,)."""
        jax, model = self.jax, self.model
        ids, trainable = batch.dense().astype(np.int32), [v.value for v in model.trainable_variables]
        fixed = [v.value for v in model.non_trainable_variables]
        compiled = jax.jit(lambda w, ids: jax.nn.sigmoid(model.stateless_call(w, fixed, ids, training=False)[0][:, 0]))
        return lambda: np.asarray(compiled(trainable, ids))


class OnnxRuntime:
    """onnxruntime, on a graph of the operators Gather, RNN or GRU or LSTM, Gemm, Sigmoid."""

    def __init__(self, cell: str, parameters: Mapping[str, Array], threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        model = _onnx_model(cell, parameters).SerializeToString()
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def predictor(self, batch: Batch) -> Callable[[], Array]:
        """Give a prediction of this batch, probabilities (texts,)."""
        ids = np.ascontiguousarray(batch.dense().T)
        return lambda: self.session.run(None, {"ids": ids})[0][:, 0]


def _onnx_weights(cell: str, parameters: Mapping[str, Array]) -> dict[str, Array]:
    order, bias = ONNX_GATES[cell], parameters[f"{cell}/bias"]
    biases = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
    weights = {
        "table": parameters["embedding/embeddings"],
        "W": _by_gates(parameters[f"{cell}/kernel"], order).T[None],
        "R": _by_gates(parameters[f"{cell}/recurrent_kernel"], order).T[None],
        "B": _by_gates(biases, order).reshape(1, -1),
        "dense": parameters["dense/kernel"],
        "dense_bias": parameters["dense/bias"],
        "first": np.zeros(1, np.int64),
    }
    return {name: np.ascontiguousarray(value) for name, value in weights.items()}


def _onnx_model(cell: str, parameters: Mapping[str, Array]) -> Any:
    from onnx import TensorProto, helper, numpy_helper

    units = len(parameters[f"{cell}/recurrent_kernel"])
    operator = {"simple_rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}[cell]
    settings = {"linear_before_reset": 1} if cell == "gru" else {}
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["x"]),
        helper.make_node(operator, ["x", "W", "R", "B"], ["", "last"], hidden_size=units, **settings),
        helper.make_node("Squeeze", ["last", "first"], ["h"]),
        helper.make_node("Gemm", ["h", "dense", "dense_bias"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        cell,
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["time", "texts"])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["texts", 1])],
        [numpy_helper.from_array(value, name) for name, value in _onnx_weights(cell, parameters).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def check_gradients(ours: Mapping[str, Array], peer: Mapping[str, Array]) -> None:
    """Both sides must compute the same before it means anything that one is faster."""
    assert ours.keys() == peer.keys()
    for name, expected in peer.items():
        np.testing.assert_allclose(ours[name], expected, rtol=0, atol=1e-4 * np.abs(expected).max(), err_msg=name)
