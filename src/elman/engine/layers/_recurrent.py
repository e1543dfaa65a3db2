"""What the recurrent layers share: settings, the initial state, reading the last state, both backends."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from ...errors import InputError
from .. import unroll
from ..row_gradient import Gradients
from ._inputs import Features, sum_rows
from ._layer import (
    Array,
    Connection,
    Layer,
    Parameter,
    Run,
    Shape,
    Shard,
    check_choice,
    check_count,
    check_positive,
)

__all__ = ["Recurrent"]


@dataclass(frozen=True, eq=False)
class _Tape:
    """inputs: what was read; going: what the compiled pass kept; steps: the readable pass's tapes, if that ran."""

    inputs: Any
    going: Any
    steps: list[Any] | None


@dataclass(frozen=True)
class Recurrent(Layer):
    """Base of the recurrent layers.

    Parameters
    ----------
    units : int
        Width of the state.
    return_sequences : bool
        Give the output after every time step instead of the last one.
    initial_state : "zeros", "random", or a tuple of numbers
        The state before the first word, the same for all rows and not trained: `units` numbers, for LSTM
        2 * units, h and c. "random" is drawn once, from the network's `random_state`, uniform in [-1, 1). A row of
        length 0 ends in this state.
    recurrent_gain : float
        The recurrent kernel starts orthogonal, times this. 1 keeps signals over long distances; less makes a
        state lean on the latest words at first, which helps where states are pooled.
    """

    units: int
    return_sequences: bool = False
    initial_state: str | tuple[float, ...] = "zeros"
    recurrent_gain: float = 1.0

    cell: ClassVar[ModuleType]
    """The readable equations, from engine/cells/."""
    gates: ClassVar[int]
    """Blocks of `units` columns in the kernels."""

    def __post_init__(self) -> None:
        name = type(self).__name__
        check_count(name, "units", self.units)
        check_positive(name, "recurrent_gain", self.recurrent_gain)
        if isinstance(self.initial_state, str):
            check_choice(name, "initial_state", self.initial_state, ("zeros", "random"))
            return
        state, size = np.asarray(self.initial_state), self._state_size()
        if state.shape != (size,) or state.dtype.kind not in "if" or not np.isfinite(state).all():
            raise InputError(
                f"{name}: initial_state must be 'zeros', 'random' or {size} finite numbers, "
                f"got {self.initial_state!r:.80}"
            )
        object.__setattr__(self, "initial_state", tuple(float(value) for value in state))

    def _state_size(self) -> int:
        return self.units * len(self.cell.State._fields)

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.sequence:
            raise InputError(
                f"{type(self).__name__} reads a sequence, but the layer below gives one vector a row: "
                "give that layer return_sequences=True, or take the pooling away"
            )
        return Shape(self.units, sequence=self.return_sequences)

    @abstractmethod
    def bias(self) -> Parameter:
        """Declare the bias."""

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        assert shape.features is not None
        width = self.gates * self.units
        kernel = Parameter("kernel", (shape.features, width), "glorot_uniform")
        recurrent = Parameter(
            "recurrent_kernel", (self.units, width), "orthogonal", gain=self.recurrent_gain, blocks=self.gates
        )
        lines = (
            Connection("between input and hidden layer", (kernel, self.bias())),
            Connection("in the feedback loop", (recurrent,)),
        )
        if self.initial_state == "zeros":
            return lines
        given = None if isinstance(self.initial_state, str) else self.initial_state
        state = Parameter("initial_state", (self._state_size(),), "uniform_unit", trainable=False, value=given)
        return (*lines, Connection("initial state", (state,)))

    def _weights(self, weights: Mapping[str, Array]) -> Any:
        return self.cell.Weights(weights["kernel"], weights["recurrent_kernel"], weights["bias"])

    def _state(self, weights: Mapping[str, Array], shard: Shard, run: Run) -> Any:
        """Give the state before the first time step, (rows, units) a part."""
        state = np.zeros((shard.packing.rows, self._state_size()), run.dtype)
        if "initial_state" in weights:
            state[:] = weights["initial_state"]
        return self.cell.State(*(part.copy() for part in np.split(state, len(self.cell.State._fields), axis=1)))

    def forward(self, weights: Mapping[str, Array], x: Any, shard: Shard, run: Run) -> tuple[Any, _Tape]:
        w, state = self._weights(weights), self._state(weights, shard, run)
        if run.backend == "reference":
            h, _, steps = unroll.reference_forward(self.cell, w, x.dense().astype(run.dtype), state, shard.packing)
            tape = _Tape(x, None, steps)
        else:
            projected = x.project(w.W_xh, unroll.input_bias(self.cell, w))
            tape = _Tape(x, unroll.compiled_forward(self.cell, w, projected, state, shard.packing), None)
            h = tape.going.h
        return (Features(h) if self.return_sequences else _last(h, state.h, shard)), tape

    def backward(
        self, weights: Mapping[str, Array], dy: Array, tape: _Tape, shard: Shard, run: Run
    ) -> tuple[Any, Gradients]:
        w = self._weights(weights)
        d_last = self.cell.State(*(np.zeros_like(part) for part in self._state(weights, shard, run)))
        if self.return_sequences:
            d_h = dy
        else:
            d_h = np.zeros((shard.packing.tokens, self.units), run.dtype)
            d_last.h[:] = dy
        if tape.steps is not None:
            dx, _, g = unroll.reference_backward(self.cell, w, d_h, d_last, tape.steps, shard.packing)
            return tape.inputs.collect(dx), {"kernel": g.W_xh, "recurrent_kernel": g.W_hh, "bias": g.b_h}
        da, _, dW_hh, dq = unroll.compiled_backward(self.cell, w, d_h, d_last, tape.going, shard.packing)
        dW_xh, db, dx = tape.inputs.project_backward(da, w.W_xh)
        bias = db if w.b_h.ndim == 1 else np.stack([db, sum_rows(dq)])
        return dx, {"kernel": dW_xh, "recurrent_kernel": dW_hh, "bias": bias}


def _last(h: Array, h0: Array, shard: Shard) -> Array:
    """Give (rows, units): each row's last output, its initial one where it has no time step."""
    last = shard.packing.last()
    out = h0.copy()
    out[last >= 0] = h[last[last >= 0]]
    return out
