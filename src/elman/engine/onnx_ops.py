"""ONNX's operators RNN, GRU and LSTM on NumPy arrays: an outside door to the engine's compiled cells.

Names, layouts, the order of gates and the defaults are those of the ONNX specification, operator set 14. They are
converted here, and nothing is computed here: the cells are those that a `Network` runs. In all three

* arrays are of one dtype, float32 or float64, and so are the results; all numbers must be finite, but for time
  steps of X beyond a row's length, which are not read;
* an array with the axis `directions` holds one part, or two of them where `direction` is "bidirectional", the
  forward one first;
* `activations` are "Tanh", "Relu" or "Sigmoid" in any case of letters, as many for each direction as the operator
  has, the forward direction's first;
* Y is zeros from a row's length on. The specification does not say what a row of length 0 ends in; it is zeros
  here as in onnxruntime, even where an initial state is given. (A `Network` hands the initial state on.)
* a row's bits do not depend on the rows beside it;
* ONNX's other arguments are taken by name and must be what they are by default: clip, activation_alpha,
  activation_beta, layout, and P (peepholes) and input_forget of LSTM. hidden_size must agree with R.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..gates import GRU_GATES, LSTM_GATES
from ..sequences import as_array
from .cells import Cell, GRUCell, LSTMCell, SimpleRNNCell, Weights
from .compiled import CompiledCell, Inputs, compiled_forward
from .packing import Packing, cut_into_shards

__all__ = ["gru", "lstm", "rnn"]

Array = NDArray[Any]


class _Operator(NamedTuple):
    """What sets an operator apart.

    gates, ours : the gates in ONNX's order and in the engine's, under the engine's names (h of ONNX's GRU is n, c of
        its LSTM is g)
    activations : by default, for one direction
    """

    gates: tuple[str, ...]
    ours: tuple[str, ...]
    activations: tuple[str, ...]


_RNN = _Operator(("h",), ("h",), ("tanh",))
_GRU = _Operator(("z", "r", "n"), GRU_GATES, ("sigmoid", "tanh"))
_LSTM = _Operator(("i", "o", "f", "g"), LSTM_GATES, ("sigmoid", "tanh", "tanh"))

_ACTIVATIONS = ("tanh", "relu", "sigmoid")
_BACKWARDS = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}
_OTHERS: dict[str, tuple[int | None, str]] = {
    "clip": (None, "pre-activations are not clipped: leave it out"),
    "P": (None, "there are no peepholes: leave them out"),
    "activation_alpha": (None, "Tanh, Relu and Sigmoid have none: leave it out"),
    "activation_beta": (None, "Tanh, Relu and Sigmoid have none: leave it out"),
    "input_forget": (0, "input and forget gates are not coupled: leave it out"),
    "layout": (0, "time comes first: swap the first two axes of X and Y, and of the states"),
}
"""Arguments of ONNX that can only be what they are by default, and what to do about others."""


def rnn(
    X: ArrayLike,
    W: ArrayLike,
    R: ArrayLike,
    B: ArrayLike | None = None,
    sequence_lens: ArrayLike | None = None,
    initial_h: ArrayLike | None = None,
    direction: str = "forward",
    activations: Sequence[str] | None = None,
    **others: Any,
) -> tuple[Array, Array]:
    """ONNX's operator RNN, H_t = f(X_t W^T + H_t-1 R^T + Wb + Rb).

    Parameters
    ----------
    X : (seq_length, batch_size, input_size)
    W : (directions, hidden_size, input_size)
    R : (directions, hidden_size, hidden_size)
    B : (directions, 2 * hidden_size), optional
        Wb and Rb one behind the other; zeros by default.
    sequence_lens : (batch_size,) int, optional
        Time steps of each row, 0 to seq_length; seq_length by default.
    initial_h : (directions, batch_size, hidden_size), optional
        Zeros by default.
    direction : "forward", "reverse" or "bidirectional"
    activations : f for each direction, optional
        Tanh by default.
    others
        As this module says.

    Returns
    -------
    Y : (seq_length, directions, batch_size, hidden_size), the state at each time step
    Y_h : (directions, batch_size, hidden_size), the state after the last one that is read

    Raises
    ------
    InputError
        An argument of another kind, shape or dtype; one that is not finite, out of range, or not supported.

    Examples
    --------
    >>> X, W, R = np.ones((4, 2, 3), "float32"), np.ones((1, 5, 3), "float32"), np.zeros((1, 5, 5), "float32")
    >>> Y, Y_h = rnn(X, W, R, sequence_lens=[4, 2])
    >>> Y.shape, Y_h.shape, float(Y[3, 0, 1].sum())
    ((4, 1, 2, 5), (1, 2, 5), 0.0)
    """
    a = _check(_RNN, X, W, R, B, sequence_lens, {"initial_h": initial_h}, direction, activations, others)
    Y, (Y_h,) = _run(_RNN, SimpleRNNCell, a)
    return Y, Y_h


def gru(
    X: ArrayLike,
    W: ArrayLike,
    R: ArrayLike,
    B: ArrayLike | None = None,
    sequence_lens: ArrayLike | None = None,
    initial_h: ArrayLike | None = None,
    direction: str = "forward",
    activations: Sequence[str] | None = None,
    linear_before_reset: int = 0,
    **others: Any,
) -> tuple[Array, Array]:
    """ONNX's operator GRU: equations GRU.1 to GRU.6 of docs/math/gru.md.

    Parameters
    ----------
    W : (directions, 3 * hidden_size, input_size), gates z r h
    R : (directions, 3 * hidden_size, hidden_size)
    B : (directions, 6 * hidden_size), optional
        Wb and Rb one behind the other; zeros by default.
    activations : f (of z and r) and g (of h) for each direction, optional
        Sigmoid and Tanh by default.
    linear_before_reset : 0 or 1
        Whether the recurrent product comes before the reset gate (GRU.4) or after it (GRU.6).
    X, sequence_lens, initial_h, direction, others
        As in `rnn`.

    Returns
    -------
    Y, Y_h
        As from `rnn`.

    Raises
    ------
    InputError
        As in `rnn`.

    Examples
    --------
    >>> X, W, R = np.ones((4, 2, 3), "float32"), np.ones((1, 15, 3), "float32"), np.ones((1, 15, 5), "float32")
    >>> Y, Y_h = gru(X, W, R, linear_before_reset=1)
    >>> Y.shape, Y_h.shape
    ((4, 1, 2, 5), (1, 2, 5))
    """
    if not isinstance(linear_before_reset, (int, np.integer)) or linear_before_reset not in (0, 1):
        raise InputError(f"linear_before_reset must be 0 or 1, got {linear_before_reset!r:.80}")
    a = _check(_GRU, X, W, R, B, sequence_lens, {"initial_h": initial_h}, direction, activations, others)
    Y, (Y_h,) = _run(_GRU, lambda f, g: GRUCell(g, f, reset_after=bool(linear_before_reset)), a)
    return Y, Y_h


def lstm(
    X: ArrayLike,
    W: ArrayLike,
    R: ArrayLike,
    B: ArrayLike | None = None,
    sequence_lens: ArrayLike | None = None,
    initial_h: ArrayLike | None = None,
    initial_c: ArrayLike | None = None,
    direction: str = "forward",
    activations: Sequence[str] | None = None,
    **others: Any,
) -> tuple[Array, Array, Array]:
    """ONNX's operator LSTM, without peepholes: equations LSTM.1 to LSTM.4 of docs/math/lstm.md.

    Parameters
    ----------
    W : (directions, 4 * hidden_size, input_size), gates i o f c
    R : (directions, 4 * hidden_size, hidden_size)
    B : (directions, 8 * hidden_size), optional
        Wb and Rb one behind the other; zeros by default.
    initial_c : (directions, batch_size, hidden_size), optional
        The cell state; zeros by default.
    activations : f (of i, o and f), g (of c) and h (of the output) for each direction, optional
        Sigmoid, Tanh and Tanh by default.
    X, sequence_lens, initial_h, direction, others
        As in `rnn`.

    Returns
    -------
    Y, Y_h
        As from `rnn`.
    Y_c : (directions, batch_size, hidden_size), the cell state after the last time step that is read

    Raises
    ------
    InputError
        As in `rnn`.

    Examples
    --------
    >>> X, W, R = np.ones((4, 2, 3), "float32"), np.ones((1, 20, 3), "float32"), np.ones((1, 20, 5), "float32")
    >>> Y, Y_h, Y_c = lstm(X, W, R, activations=["Sigmoid", "Tanh", "Relu"])
    >>> Y.shape, Y_h.shape, Y_c.shape
    ((4, 1, 2, 5), (1, 2, 5), (1, 2, 5))
    """
    states = {"initial_h": initial_h, "initial_c": initial_c}
    a = _check(_LSTM, X, W, R, B, sequence_lens, states, direction, activations, others)
    Y, (Y_h, Y_c) = _run(_LSTM, lambda f, g, h: LSTMCell(g, f, h), a)
    return Y, Y_h, Y_c


@dataclass(frozen=True, eq=False)
class _Arguments:
    """What a call was given, checked; in ONNX's layouts and order of gates.

    X : (time, rows, features)
    W : (directions, gates * units, features); R : (directions, gates * units, units)
    B : (directions, 2, gates * units), Wb and Rb
    lengths : (rows,) int64
    states : (directions, rows, units) each
    backwards, activations : for each direction, whether it reads from the end, and its cell's activations
    """

    X: Array
    W: Array
    R: Array
    B: Array
    lengths: NDArray[np.int64]
    states: tuple[Array, ...]
    backwards: tuple[bool, ...]
    activations: tuple[tuple[str, ...], ...]


# From ONNX's layouts to ours, and back


def _run(operator: _Operator, cell: Callable[..., Cell], a: _Arguments) -> tuple[Array, tuple[Array, ...]]:
    """Give Y, and the states after the last time steps, (directions, rows, units) each."""
    time, rows, _ = a.X.shape
    directions, _, units = a.R.shape
    Y = np.zeros((time, directions, rows, units), a.X.dtype)
    last = tuple(np.zeros_like(part) for part in a.states)
    for direction in range(directions):
        own = cell(*a.activations[direction])
        compiled = CompiledCell(own, _weights(operator, own, a.W[direction], a.R[direction], a.B[direction]))
        for shard in cut_into_shards(a.lengths):
            _read(compiled, a, direction, shard, Y, last)
    return Y, last


def _weights(operator: _Operator, cell: Cell, W: Array, R: Array, B: Array) -> Weights:
    """Give one direction's weights as the engine has them: the other order of gates, and x W instead of x W^T."""
    W_xh, W_hh, W_b, R_b = (_reorder(operator, part) for part in (W, R, *B))
    two_biases = isinstance(cell, GRUCell) and cell.reset_after
    bias = np.stack([W_b, R_b]) if two_biases else W_b + R_b
    return Weights(np.ascontiguousarray(W_xh.T), np.ascontiguousarray(W_hh.T), bias)


def _reorder(operator: _Operator, packed: Array) -> Array:
    """Bring the gates' blocks, along the first axis, from ONNX's order into the engine's."""
    blocks = dict(zip(operator.gates, np.split(packed, len(operator.gates)), strict=True))
    return np.concatenate([blocks[gate] for gate in operator.ours])


def _read(
    compiled: CompiledCell,
    a: _Arguments,
    direction: int,
    shard: NDArray[np.int64],
    Y: Array,
    last: tuple[Array, ...],
) -> None:
    """Read the rows of a shard in one direction, into Y and `last`; rows of length 0 stay as they are there."""
    packing = Packing.from_lengths(a.lengths[shard])
    row, time = packing.positions()
    if a.backwards[direction]:
        time = packing.lengths[row] - 1 - time
    state = compiled.cell.State(*(part[direction, shard] for part in a.states))
    going, ends = compiled_forward(compiled, Inputs(a.X[time, shard[row]]), state, packing)
    Y[time, direction, shard[row]] = going.h
    read = packing.lengths > 0
    for part, end in zip(last, ends, strict=True):
        part[direction, shard[read]] = end[read]


# Checks


def _check(
    operator: _Operator,
    X: Any,
    W: Any,
    R: Any,
    B: Any,
    sequence_lens: Any,
    states: dict[str, Any],
    direction: Any,
    activations: Any,
    others: dict[str, Any],
) -> _Arguments:
    backwards = _check_direction(direction)
    x, recurrent = _check_input(X), as_array("R", R)
    if recurrent.ndim != 3 or recurrent.shape[2] == 0:
        raise InputError(f"R must be (directions, gates * hidden_size, hidden_size), got shape {recurrent.shape}")
    (time, rows, features), directions, units = x.shape, len(backwards), recurrent.shape[2]
    gates = len(operator.gates) * units
    _check_others(others, units)

    def real(name: str, value: Any, *shape: int) -> Array:
        return _check_real(name, value, shape, x.dtype)

    lengths = _check_lengths(sequence_lens, rows, time)
    _check_finite("X", x[np.arange(time)[:, None] < lengths])
    return _Arguments(
        x,
        real("W", W, directions, gates, features),
        real("R", recurrent, directions, gates, units),
        real("B", B, directions, 2 * gates).reshape(directions, 2, gates),
        lengths,
        tuple(real(name, value, directions, rows, units) for name, value in states.items()),
        backwards,
        _check_activations(activations, operator.activations, directions),
    )


def _check_input(X: Any) -> Array:
    x = as_array("X", X)
    if x.dtype not in (np.float32, np.float64):
        raise InputError(f"X must be float32 or float64, got {x.dtype}: convert it")
    if x.ndim != 3 or x.shape[2] == 0:
        raise InputError(f"X must be (seq_length, batch_size, input_size), got shape {x.shape}")
    return np.ascontiguousarray(x)


def _check_real(name: str, value: Any, shape: tuple[int, ...], dtype: Any) -> Array:
    """Give `value` as an array of this shape and dtype, zeros for None."""
    if value is None and name not in ("W", "R"):
        return np.zeros(shape, dtype)
    array = as_array(name, value)
    if array.dtype != dtype:
        raise InputError(f"{name} must be {dtype}, as X is, got {array.dtype}: convert one of them")
    if array.shape != shape:
        raise InputError(f"{name} must have the shape {shape}, to go with X, R and direction, got {array.shape}")
    _check_finite(name, array)
    return np.ascontiguousarray(array)


def _check_finite(name: str, array: Array) -> None:
    if not np.isfinite(array).all():
        raise InputError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}: clean it first")


def _check_lengths(sequence_lens: Any, rows: int, time: int) -> NDArray[np.int64]:
    if sequence_lens is None:
        return np.full(rows, time, np.int64)
    lengths = as_array("sequence_lens", sequence_lens)
    integers = lengths.dtype.kind in ("iuf" if lengths.size == 0 else "iu")  # an empty list is one of float64
    if lengths.shape != (rows,) or not integers or (lengths < 0).any() or (lengths > time).any():
        raise InputError(
            f"sequence_lens must be {rows} integers from 0 to seq_length, {time}, got {lengths.dtype} of shape "
            f"{lengths.shape}: {lengths.tolist()!r:.80}"
        )
    return lengths.astype(np.int64)


def _check_direction(direction: Any) -> tuple[bool, ...]:
    if not isinstance(direction, str) or direction not in _BACKWARDS:
        raise InputError(f"direction must be one of {', '.join(_BACKWARDS)}, got {direction!r:.80}")
    return _BACKWARDS[direction]


def _check_activations(given: Any, defaults: tuple[str, ...], directions: int) -> tuple[tuple[str, ...], ...]:
    """Give the activations of each direction, under the engine's names."""
    if given is None:
        return (defaults,) * directions
    names = list(given) if isinstance(given, (list, tuple)) else None
    each = len(defaults)
    if names is None or len(names) != each * directions:
        raise InputError(f"activations must be a list of {each * directions} names, got {given!r:.80}")
    for name in names:
        if not isinstance(name, str) or name.lower() not in _ACTIVATIONS:
            raise InputError(f"activations must each be one of Tanh, Relu, Sigmoid, got {name!r:.80}")
    lower = [name.lower() for name in names]
    return tuple(tuple(lower[i * each : (i + 1) * each]) for i in range(directions))


def _check_others(others: dict[str, Any], units: int) -> None:
    known = {"hidden_size": (units, "it is the width of R: leave it out")} | _OTHERS
    for name, value in others.items():
        if name not in known:
            raise InputError(f"there is no argument {name!r}; beyond the usual ones there are {', '.join(known)}")
        default, remedy = known[name]
        if value is not None and not (isinstance(value, (int, np.integer)) and value == default):
            raise InputError(f"{name} must be {default}, got {value!r:.80}; {remedy}")
