"""Dense: y = activation(x W + b), on one vector a row."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..activations import ACTIVATIONS
from ..kernels.activations import CODES, apply_activation
from ..kernels.losses import softmax
from ..kernels.product import add_outer, multiply
from ..row_gradient import Gradients
from ._layer import Array, Connection, Layer, Parameter, Run, Shape, Shard, check_choice, check_count

__all__ = ["Dense"]


@dataclass(frozen=True, eq=False)
class _Tape:
    """x: (rows, features); y: (rows, units)."""

    x: Array
    y: Array


@dataclass(frozen=True)
class Dense(Layer):
    """Fully connected layer.

    Parameters
    ----------
    units : int
        Width of the output.
    activation : "linear", "tanh", "relu", "sigmoid" or "softmax"
        As the last layer of a network, "sigmoid" makes `units` = 1 a probability and "softmax" makes `units`
        of them; the loss is then computed from the logits, the values before the activation. "softmax" can only
        stand there.
    """

    units: int
    activation: str = "linear"

    def __post_init__(self) -> None:
        check_count("Dense", "units", self.units)
        check_choice("Dense", "activation", self.activation, (*ACTIVATIONS, "softmax"))

    def output_shape(self, shape: Shape) -> Shape:
        if shape.sequence:
            raise InputError(
                "Dense reads one vector a row, but the layer below gives a sequence: put Pooling between them, "
                "or give the recurrent layer return_sequences=False"
            )
        return Shape(self.units, sequence=False)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        assert shape.features is not None
        kernel = Parameter("kernel", (shape.features, self.units), "glorot_uniform")
        return (Connection("to the output", (kernel, Parameter("bias", (self.units,), "zeros"))),)

    def logits(self, weights: Mapping[str, Array], x: Array) -> Array:
        """X W + b, (rows, units)."""
        return multiply(np.ascontiguousarray(x), weights["kernel"], weights["bias"])

    def activate(self, logits: Array) -> Array:
        """activation(logits), in new memory."""
        y = logits.copy()
        if self.activation == "softmax":
            softmax(y, y)
        else:
            apply_activation(y.reshape(-1), CODES[self.activation])
        return y

    def forward(self, weights: Mapping[str, Array], x: Array, shard: Shard, run: Run) -> tuple[Array, _Tape]:
        y = self.activate(self.logits(weights, x))
        return y, _Tape(x, y)

    def backward(
        self, weights: Mapping[str, Array], dy: Array, tape: _Tape, shard: Shard, run: Run
    ) -> tuple[Array, Gradients]:
        return self.backward_from_logits(weights, dy * ACTIVATIONS[self.activation][1](tape.y), tape.x)

    def backward_from_logits(self, weights: Mapping[str, Array], d_logits: Array, x: Array) -> tuple[Array, Gradients]:
        """From dL/d(x W + b) give dL/dx and the gradients."""
        d_logits = np.ascontiguousarray(d_logits)
        dW, db = np.zeros_like(weights["kernel"]), np.zeros((1, self.units), d_logits.dtype)
        add_outer(np.ascontiguousarray(x), 0, d_logits, 0, dW, len(x))
        add_outer(np.ones((len(x), 1), d_logits.dtype), 0, d_logits, 0, db, len(x))
        return multiply(d_logits, np.ascontiguousarray(weights["kernel"].T)), {"kernel": dW, "bias": db[0]}
