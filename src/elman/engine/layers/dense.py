"""Dense: y = activation(x W + b), on one vector a row or one a time step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations import ACTIVATIONS
from ..kernels.activations import CODES, apply_activation
from ..kernels.losses import softmax
from ..kernels.product import Factor
from ..losses import LOSSES
from ._head import Head
from ._inputs import Features
from ._layer import Array, Back, Connection, Parameter, Run, Shape, Shard, check_choice, check_count

__all__ = ["Dense"]


@dataclass(frozen=True, eq=False)
class _Prepared:
    kernel: Factor
    bias: Array


@dataclass(frozen=True, eq=False)
class _Tape:
    """inputs: what was read; y: (rows or tokens, units)."""

    inputs: Any
    y: Array


@dataclass(frozen=True)
class Dense(Head):
    """Fully connected layer.

    Parameters
    ----------
    units : int
        Width of the output.
    activation : "linear", "tanh", "relu", "sigmoid" or "softmax"
        As the last layer of a network, "sigmoid" makes `units` = 1 a probability, "softmax" makes `units` of
        them and "linear" gives numbers; the loss is then computed from the logits, the values before the
        activation. "softmax" can only stand there.
    """

    units: int
    activation: str = "linear"

    def __post_init__(self) -> None:
        check_count("Dense", "units", self.units)
        check_choice("Dense", "activation", self.activation, (*ACTIVATIONS, "softmax"))

    def output_shape(self, shape: Shape) -> Shape:
        return Shape(self.units, sequence=shape.sequence)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        assert shape.features is not None
        kernel = Parameter("kernel", (shape.features, self.units), "glorot_uniform")
        return (Connection("to the output", (kernel, Parameter("bias", (self.units,), "zeros"))),)

    def prepare(self, weights: Mapping[str, Array]) -> _Prepared:
        return _Prepared(Factor(weights["kernel"]), weights["bias"])

    def logits(self, weights: _Prepared, x: Any) -> Array:
        """X W + b, (rows or tokens, units)."""
        return np.asarray(x.project(weights.kernel, weights.bias))

    def activate(self, logits: Array) -> Array:
        """activation(logits), in new memory."""
        y = logits.copy()
        if self.activation == "softmax":
            softmax(y, y)
        else:
            apply_activation(y.reshape(-1), CODES[self.activation])
        return y

    def forward(self, weights: _Prepared, x: Any, shard: Shard, run: Run) -> tuple[Features, _Tape]:
        y = self.activate(self.logits(weights, x))
        return Features(y), _Tape(x, y)

    def backward(self, weights: _Prepared, dy: Array, tape: _Tape, shard: Shard, run: Run) -> Back:
        return self._backward_from_logits(weights, dy * ACTIVATIONS[self.activation][1](tape.y), tape.inputs)

    def learn(
        self, weights: _Prepared, x: Any, targets: Array, counts: Array, shard: Shard, run: Run
    ) -> tuple[Array, Back]:
        losses, d = LOSSES[self.activation][run.backend == "reference"](self.logits(weights, x), targets, counts)
        return losses, self._backward_from_logits(weights, d, x)

    def _backward_from_logits(self, weights: _Prepared, d_logits: Array, x: Any) -> Back:
        """From dL/d(x W + b) give dL/dx and the gradients."""
        d = np.ascontiguousarray(d_logits, weights.bias.dtype)  # kernels read all factors as one dtype
        dW, db, dx = x.project_backward(d, weights.kernel)
        return Back(dx, {"kernel": dW, "bias": db})
