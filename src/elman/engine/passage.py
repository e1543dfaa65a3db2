"""What a compiled pass of a recurrent cell went through: every number between what it read and what it gave.

States and gates are those that the pass kept. Products and pre-activations, which it does not keep, are made once more
by the products that it uses, in its order of summation, so that their bits are those that it went through:
tests/engine/test_tracing.py holds the activation of a pre-activation to the gate, `==`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..gates import GRU_GATES, LSTM_GATES
from .cells import GRUCell, LSTMCell
from .compiled import CompiledCell, Going, Inputs, read_inputs
from .kernels.gru import reset_after
from .kernels.product import add_product, multiply, pack
from .packing import Packing

__all__ = ["Passage", "passage"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Passage:
    """One cell over the time steps of a shard, in their packed order.

    compiled : the cell and its weights
    inputs : what it read, in one of the forms of layers/_inputs.py; `inputs.dense()` is x, (tokens, features)
    from_input, from_state : (tokens, gates * units), x_t W_xh and h_prev W_hh, without a bias; where GRU's reset comes
        before the product, the candidate's part of the latter is (r_t h_prev) W_hn
    a : (tokens, gates * units), what the activations are taken of: b + x_t W_xh + h_prev W_hh, one sum in this order;
        for GRU's candidate with the reset after, b_0 + x_t W_xn + r_t (b_1 + h_prev W_hn)
    gates : (tokens, units) each, by their names; none for SimpleRNN, whose only one is h
    c : (tokens, units), LSTM's cell state; None for the others
    h, h_prev : (tokens, units), the output, and that of the time step before
    """

    compiled: CompiledCell
    inputs: Any
    from_input: Array
    from_state: Array
    a: Array
    gates: dict[str, Array]
    c: Array | None
    h: Array
    h_prev: Array


def passage(compiled: CompiledCell, inputs: Any, read: Inputs, going: Going, packing: Packing) -> Passage:
    """Give what a forward pass went through that read `inputs`, as `read`, and kept `going`."""
    h_prev = going.states[packing.previous]
    nothing = np.zeros(compiled.weights.W_hh.shape[1], h_prev.dtype)
    return Passage(
        compiled,
        inputs,
        inputs.project(compiled.kernel, nothing),
        _from_state(compiled, going, h_prev),
        _pre_activations(compiled, read, going, h_prev),
        _gates(compiled, going),
        going.more if isinstance(compiled.cell, LSTMCell) else None,
        going.h,
        h_prev,
    )


def _from_state(compiled: CompiledCell, going: Going, h_prev: Array) -> Array:
    product = multiply(h_prev, pack(compiled.weights.W_hh))
    if compiled.reset_before:
        units = h_prev.shape[1]
        product[:, 2 * units :] = multiply(going.more, pack(compiled.weights.W_hh[:, 2 * units :]))
    return product


def _pre_activations(compiled: CompiledCell, read: Inputs, going: Going, h_prev: Array) -> Array:
    tokens, units = h_prev.shape
    a = np.empty((tokens, compiled.weights.W_hh.shape[1]), h_prev.dtype)
    read_inputs(compiled, read, a, 0, tokens)
    if not isinstance(compiled.cell, GRUCell):
        add_product(h_prev, 0, 0, *compiled.forward(False), units, a, 0, 0, a.shape[1], tokens)
        return a
    W_rz, W_n, single = compiled.forward(False)
    add_product(h_prev, 0, 0, W_rz, single, units, a, 0, 0, 2 * units, tokens)
    if compiled.reset_before:
        add_product(going.more, 0, 0, W_n, single, units, a, 0, 2 * units, units, tokens)
    else:
        r, a_n = (np.ascontiguousarray(part).reshape(-1) for part in (going.gates[:, :units], a[:, 2 * units :]))
        reset_after(r, going.more.reshape(-1), a_n)
        a[:, 2 * units :] = a_n.reshape(-1, units)
    return a


def _gates(compiled: CompiledCell, going: Going) -> dict[str, Array]:
    names = {LSTMCell: LSTM_GATES, GRUCell: GRU_GATES}.get(type(compiled.cell), ())
    units = going.h.shape[1]
    return {name: going.gates[:, i * units : (i + 1) * units] for i, name in enumerate(names)}
