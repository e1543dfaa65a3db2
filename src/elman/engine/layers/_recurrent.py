"""What the recurrent layers share: settings, states, direction, reading the last state, both backends."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...errors import InputError
from ...sequences import as_array
from .. import unroll
from ..cells import Cell, Weights
from ..compiled import CompiledCell, FoldedTable, compiled_backward, compiled_forward
from ..frozen import FrozenCell
from ..kernels.product import sum_rows
from ..passage import Passage, passage
from ..row_gradient import Gradients
from ..unroll import WayBack
from ._inputs import Features
from ._layer import (
    Array,
    Back,
    Connection,
    Layer,
    Parameter,
    Run,
    Shape,
    Shard,
    check_choice,
    check_count,
    check_flag,
    check_positive,
)

__all__ = ["Recurrent"]

INITIAL_STATES = ("zeros", "random", "learned")


@dataclass(eq=False)
class _Prepared:
    """The cell with its weights; once folded, as single rows read them, too."""

    compiled: CompiledCell
    initial: Mapping[str, Array]
    """(units,), by name of the state; what is missing starts at zeros."""
    frozen: FrozenCell | None = None


@dataclass(frozen=True, eq=False)
class _Tape:
    """inputs: what was read, in the order of reading; last: cell.State after each row's last time step.

    going: what the compiled pass read and kept; steps: the readable pass's tapes, if that ran.
    """

    inputs: Any
    last: Any
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
    go_backwards : bool
        Read each row from its end to its beginning; outputs stand in the order of reading, as Keras has it.
    initial_state : "zeros", "random", "learned", or a tuple of numbers
        The state before the first word, the same for all rows. Numbers are `units`, for LSTM 2 * units, h and c.
        "random" is drawn once, from the network's `random_state`, uniform in [-1, 1), and like the numbers it is
        not trained; "learned" starts at zeros and is. A state given to the network takes its place. A row of
        length 0 ends in this state.
    recurrent_gain : float
        The recurrent kernel starts orthogonal, times this. 1 keeps signals over long distances; less makes a
        state lean on the latest words at first, which helps where states are pooled.
    """

    units: int
    return_sequences: bool = False
    go_backwards: bool = False
    initial_state: str | tuple[float, ...] = "zeros"
    recurrent_gain: float = 1.0

    @abstractmethod
    def make_cell(self) -> Cell:
        """Give the readable equations, from engine/cells/."""

    @cached_property
    def cell(self) -> Cell:
        """The readable equations with this layer's settings."""
        return self.make_cell()

    def __post_init__(self) -> None:
        name = type(self).__name__
        check_count(name, "units", self.units)
        check_flag(name, "return_sequences", self.return_sequences)
        check_flag(name, "go_backwards", self.go_backwards)
        check_positive(name, "recurrent_gain", self.recurrent_gain)
        _ = self.cell  # which checks its own settings
        if isinstance(self.initial_state, str):
            check_choice(name, "initial_state", self.initial_state, INITIAL_STATES)
            return
        state, size = as_array(f"{name}: initial_state", self.initial_state), sum(self.states().values())
        if state.shape != (size,) or state.dtype.kind not in "if" or not np.isfinite(state).all():
            raise InputError(
                f"{name}: initial_state must be one of {', '.join(INITIAL_STATES)}, or {size} finite numbers, "
                f"got {self.initial_state!r:.80}"
            )
        object.__setattr__(self, "initial_state", tuple(float(value) for value in state))

    def states(self) -> Mapping[str, int]:
        return self._states

    @cached_property
    def _states(self) -> Mapping[str, int]:
        return dict.fromkeys(self.cell.State._fields, self.units)

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.sequence:
            raise InputError(
                f"{type(self).__name__} reads a sequence, but the layer below gives one vector a row: "
                "give that layer return_sequences=True, or take the pooling away"
            )
        return Shape(self.units, sequence=self.return_sequences)

    def bias(self) -> Parameter:
        """Declare the bias: (gates * units,), zeros at first."""
        return Parameter("bias", (self.cell.gates * self.units,), "zeros")

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        assert shape.features is not None
        gates = self.cell.gates
        kernel = Parameter("kernel", (shape.features, gates * self.units), "glorot_uniform")
        recurrent = Parameter(
            "recurrent_kernel", (self.units, gates * self.units), "orthogonal", gain=self.recurrent_gain, blocks=gates
        )
        lines = (
            Connection("between input and hidden layer", (kernel, self.bias())),
            Connection("in the feedback loop", (recurrent,)),
        )
        return lines if self.initial_state == "zeros" else (*lines, Connection("initial state", self._initial()))

    def _initial(self) -> tuple[Parameter, ...]:
        names, learned = list(self.states()), self.initial_state == "learned"
        parts: list[tuple[float, ...] | None] = [None] * len(names)
        if not isinstance(self.initial_state, str):
            parts = [self.initial_state[i * self.units : (i + 1) * self.units] for i in range(len(names))]
        start = "zeros" if learned else "uniform_unit"
        return tuple(
            Parameter(f"initial_{name}", (self.units,), start, trainable=learned, value=part)
            for name, part in zip(names, parts, strict=True)
        )

    def prepare(self, weights: Mapping[str, Array]) -> _Prepared:
        own = Weights(weights["kernel"], weights["recurrent_kernel"], weights["bias"])
        initial = {name: weights[f"initial_{name}"] for name in self.states() if f"initial_{name}" in weights}
        return _Prepared(CompiledCell(self.cell, own), initial)

    def fold(self, weights: _Prepared, words: int) -> None:
        """Keep what each of so many different words is multiplied to, from the first time that it comes."""
        weights.compiled.folded = FoldedTable(weights.compiled, words)
        weights.frozen = None if weights.compiled.reset_before else FrozenCell(weights.compiled)

    def _state(self, weights: _Prepared, shard: Shard, run: Run) -> Any:
        """Give the state before the first time step, (rows, units) a part, in new memory."""
        parts = []
        for name in self.states():
            part = np.zeros((shard.packing.rows, self.units), run.dtype)
            part += shard.states.get(run.prefix + name, weights.initial.get(name, part))
            parts.append(part)
        return self.cell.State(*parts)

    def forward(self, weights: _Prepared, x: Any, shard: Shard, run: Run) -> tuple[Features, _Tape]:
        state, packing = self._state(weights, shard, run), shard.packing
        if self.go_backwards:
            x = x.take(packing.reversal())
        if run.backend == "reference":
            dense = x.dense().astype(run.dtype)
            h, last, steps = unroll.reference_forward(self.cell, weights.compiled.weights, dense, state, packing)
            tape = _Tape(x, last, None, steps)
        elif weights.frozen is not None and packing.rows == 1:
            h, last = weights.frozen.forward(x.to_multiply(weights.compiled), state)
            tape = _Tape(x, last, None, None)
        else:
            inputs = x.to_multiply(weights.compiled)
            going, last = compiled_forward(weights.compiled, inputs, state, packing)
            h, tape = going.h, _Tape(x, last, (inputs, going), None)
        return Features(h if self.return_sequences else last.h), tape

    def last_states(self, tape: _Tape) -> Mapping[str, Array]:
        return dict(zip(self.states(), tape.last, strict=True))

    def states_along(self, tape: _Tape) -> Mapping[str, Array]:
        _, going = tape.going
        return dict(zip(self.states(), (going.h, going.more), strict=False))  # LSTM alone has a second state

    def backward(self, weights: _Prepared, dy: Array, tape: _Tape, shard: Shard, run: Run) -> Back:
        d_h, d_last = self._from_above(dy, tape, shard, run)
        if tape.steps is not None:
            dx, d_state, g = unroll.reference_backward(
                self.cell, weights.compiled.weights, d_h, d_last, tape.steps, shard.packing
            )
            dx = tape.inputs.collect(dx)
        else:
            inputs, going = tape.going
            back = compiled_backward(weights.compiled, inputs, d_h, d_last, going, shard.packing)
            d_state = back.d_state
            dW_xh, dx = tape.inputs.multiplied_backward(inputs, weights.compiled.kernel, back.dx, back.gradients.W_xh)
            g = back.gradients._replace(W_xh=dW_xh)
        if self.go_backwards:
            dx = tape.inputs.put_back(dx, shard.packing.reversal())
        d_states = dict(zip(self.states(), d_state, strict=True))
        gradients: Gradients = {"kernel": g.W_xh, "recurrent_kernel": g.W_hh, "bias": g.b_h}
        if self.initial_state == "learned":
            gradients |= {f"initial_{name}": self._to_learned(name, d, shard, run) for name, d in d_states.items()}
        return Back(dx, gradients, d_states)

    def _from_above(self, dy: Array, tape: _Tape, shard: Shard, run: Run) -> tuple[Array, Any]:
        """Give dL/dh_t at each time step and dL/d(state after the last one), of what comes from outside the loop."""
        d_last = self._d_last(tape, shard, run)
        if self.return_sequences:
            return dy, d_last
        d_last.h[:] += dy
        return np.zeros((shard.packing.tokens, self.units), run.dtype), d_last

    def passages(self, weights: _Prepared, tape: _Tape, shard: Shard) -> Mapping[str, Passage]:
        read, going = tape.going
        return {"": passage(weights.compiled, tape.inputs, read, going, shard.packing)}

    def ways_back(self, weights: _Prepared, dy: Array, tape: _Tape, shard: Shard, run: Run) -> Mapping[str, WayBack]:
        assert tape.steps is not None
        d_h, d_last = self._from_above(dy, tape, shard, run)
        return {"": WayBack(self.cell, weights.compiled.weights, d_h, d_last, tape.steps, shard.packing)}

    def more_biases(self) -> int:
        return 2 * self.cell.gates * self.units - self.bias().size

    def _d_last(self, tape: _Tape, shard: Shard, run: Run) -> Any:
        """Give dL/d(state after the last time step) that comes from outside, (rows, units) a part, in new memory."""
        parts = [np.zeros_like(part) for part in tape.last]
        for name, part in zip(self.states(), parts, strict=True):
            part += shard.ends.get(run.prefix + name, part)
        return self.cell.State(*parts)

    def _to_learned(self, name: str, d_state: Array, shard: Shard, run: Run) -> Array:
        """Give the learned initial state's gradient: all rows began there, unless they were given another."""
        return np.zeros(self.units, run.dtype) if run.prefix + name in shard.states else sum_rows(d_state)
