"""Cells over one row for predictions alone, from a table of input products: nothing is kept for going back.

Such a row costs what it takes to read the recurrent kernel once a time step. So that kernel is packed panel by panel of
units with all gates beside each other: when a panel has been read, its gates are whole, still in registers, and
become a piece of the new state at once.

Panels may read and write a few numbers more than a row has units. What they read there changes nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ._compile import kernel
from .activations import activate
from .gru import step as gru_step
from .lanes import Elements, Lanes, fused
from .lstm import step as lstm_step
from .vector import LANES

__all__ = [
    "GRU_VECTORS",
    "LSTM_VECTORS",
    "ROOM",
    "SIMPLE_RNN_VECTORS",
    "gru_frozen",
    "lstm_frozen",
    "pack_units",
    "simple_rnn_frozen",
    "whole_panels",
]

INDEX = ir.IntType(64)
LINE = 64
"""Bytes of a line of the cache."""
SIMPLE_RNN_VECTORS, GRU_VECTORS, LSTM_VECTORS = 4, 2, 1
"""Vectors of units in a panel: together with the gates as many sums as hide the latency of an addition."""

ROOM = 4 * LANES
"""Numbers that a panel may read behind a table."""


def _lanes(dtype: Any) -> int:
    return LANES * 4 // int(np.dtype(dtype).itemsize)


def whole_panels(units: int, vectors: int, dtype: Any) -> int:
    """Units, filled up to whole panels."""
    panel = vectors * _lanes(dtype)
    return -(-units // panel) * panel


def pack_units(W: np.ndarray, gates: int, vectors: int) -> np.ndarray:
    """Pack (units, gates * units): panel, k, vector, gate, lane; zeros where units are filled up. 1-D."""
    units, width = len(W), whole_panels(len(W), vectors, W.dtype)
    filled = np.zeros((units, gates, width), W.dtype)
    filled[:, :, :units] = W.reshape(units, gates, units)
    parts = filled.reshape(units, gates, -1, vectors, _lanes(W.dtype))
    return np.ascontiguousarray(parts.transpose(2, 0, 3, 1, 4)).reshape(-1)


class _Panel(Elements):
    """Elements some of which are sums in registers, and of which those that are not `kept` are not written."""

    def __init__(self, builder: Any, pointers: Any, lanes: int, codes: Any, sums: Mapping[int, Any], kept: int) -> None:
        super().__init__(builder, pointers, None, lanes, codes)
        self.sums, self.kept = sums, kept

    def __getitem__(self, k: int) -> Lanes:
        return Lanes(self.builder, self.sums[k]) if k in self.sums else super().__getitem__(k)

    def __setitem__(self, k: int, x: Lanes) -> None:
        if k >= self.kept:
            super().__setitem__(k, x)


def _panel(body: Callable[[Elements], None], gates: tuple[int, ...], vectors: int, kept: int) -> Any:
    """Make an intrinsic that does one panel: sums `start + h_prev W` for the elements `gates`, then `body`.

    run(arrays, places, W, w_place, h, h_place, depth, codes): as `lanes.program`, and W as `pack_units` gives it;
    elements before `kept` are read only.
    """

    @intrinsic
    def run(
        typingctx: Any, arrays: Any, places: Any, W: Any, w_place: Any, h: Any, h_place: Any, depth: Any, codes: Any
    ) -> Any:
        i8 = types.intp

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kinds, kind = signature.args, signature.args[2].dtype
            lanes = LANES * 32 // kind.bitwidth

            def pointer(array_kind: Any, array: Any, place: Any) -> Any:
                return builder.gep(context.make_array(array_kind)(context, builder, array).data, [place])

            bases = [
                pointer(kinds[0].dtype, builder.extract_value(arguments[0], k), builder.extract_value(arguments[1], k))
                for k in range(kinds[0].count)
            ]
            chosen = [builder.extract_value(arguments[7], k) for k in range(kinds[7].count)]
            at = [[builder.gep(base, [INDEX(v * lanes)]) for base in bases] for v in range(vectors)]
            vector = ir.VectorType(bases[0].type.pointee, lanes)
            begin = [_load(builder, at[v][g], vector) for v in range(vectors) for g in gates]
            factor, state = pointer(kinds[2], *arguments[2:4]), pointer(kinds[4], *arguments[4:6])
            sums = _sums(builder, begin, factor, state, arguments[6])
            for v in range(vectors):
                own = dict(zip(gates, sums[v * len(gates) :], strict=False))
                body(_Panel(builder, at[v], lanes, chosen, own, kept))
            return context.get_dummy_value()

        return types.void(arrays, places, W, i8, h, i8, i8, codes), codegen

    return run


def _load(builder: Any, pointer: Any, vector: Any) -> Any:
    return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=4)


def _sums(builder: Any, begin: list[Any], factor: Any, state: Any, depth: Any) -> list[Any]:
    """Begin + sum over k of state[k] factor[k], each an own chain of fused multiply-adds in the order of k."""
    vector, count = begin[0].type, len(begin)
    entry, inside, done = builder.block, builder.append_basic_block("k"), builder.append_basic_block("sums")
    builder.branch(inside)
    builder.position_at_end(inside)
    k, sums = builder.phi(INDEX), [builder.phi(vector) for _ in begin]
    k.add_incoming(INDEX(0), entry)
    h_k = Lanes(builder, _spread(builder, builder.load(builder.gep(state, [k])), vector))
    row = builder.mul(k, INDEX(count * vector.count))
    after = []
    for i, (total, start) in enumerate(zip(sums, begin, strict=True)):
        total.add_incoming(start, entry)
        weights = _load(builder, builder.gep(factor, [builder.add(row, INDEX(i * vector.count))]), vector)
        after.append(fused(h_k, Lanes(builder, weights), Lanes(builder, total)).value)
    k_next = builder.add(k, INDEX(1))
    k.add_incoming(k_next, inside)
    for total, value in zip(sums, after, strict=True):
        total.add_incoming(value, inside)
    builder.cbranch(builder.icmp_signed("<", k_next, depth), inside, done)
    builder.position_at_end(done)
    return after


def _spread(builder: Any, x: Any, vector: Any) -> Any:
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, x, ir.IntType(32)(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None))


@intrinsic
def _fetch(typingctx: Any, values: Any, place: Any) -> Any:
    """Bring the line of values[place] into the cache. values : 1-D."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.gep(
            context.make_array(signature.args[0])(context, builder, arguments[0]).data, [arguments[1]]
        )
        i32, module, name = ir.IntType(32), builder.module, "llvm.prefetch.p0"
        kinds = [pointer.type, i32, i32, i32]
        function = module.globals.get(name) or ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
        builder.call(function, [pointer, i32(0), i32(3), i32(1)])
        return context.get_dummy_value()

    return types.void(values, types.intp), codegen


@kernel
def _fetch_row(flat, begin, width):
    for j in range(0, width, LINE // flat.itemsize):
        _fetch(flat, begin + j)


_lstm_panel = _panel(lstm_step, (0, 1, 2, 3), LSTM_VECTORS, kept=5)


@kernel
def lstm_frozen(table, slots, h, c, W, units, recurrent_activation, activation, output_activation):
    """(LSTM.1) to (LSTM.4) for one row.

    table : (words, 4 units), `input_bias` + x W_xh of each word, with `ROOM` behind it
    slots : (time steps,) int64, the words
    h, c : (time steps + 1, padded units), in: the first row, out: the others
    W : `pack_units` of W_hh
    """
    padded, flat, h_flat, c_flat = h.shape[1], table.reshape(-1), h.reshape(-1), c.reshape(-1)
    arrays, codes = (
        (flat, flat, flat, flat, c_flat, c_flat, h_flat),
        (recurrent_activation, activation, output_activation),
    )
    size = LSTM_VECTORS * (LANES * 4 // h.itemsize)
    for t in range(slots.size):
        begin, now = slots[t] * 4 * units, t * padded
        if t + 1 < slots.size:
            _fetch_row(flat, slots[t + 1] * 4 * units, 4 * units)
        for panel in range(padded // size):
            u = panel * size
            x = begin + u
            places = (x, x + units, x + 2 * units, x + 3 * units, now + u, now + padded + u, now + padded + u)
            _lstm_panel(arrays, places, W, u * 4 * units, h_flat, now, units, codes)


_gru_panel = _panel(gru_step, (0, 1, 3), GRU_VECTORS, kept=5)


@kernel
def gru_frozen(table, slots, h, b_n, W, units, recurrent_activation, activation):
    """(GRU.2) to (GRU.5) for one row; see `lstm_frozen`. b_n : (padded units,), b_h[1] of n."""
    padded, flat, h_flat = h.shape[1], table.reshape(-1), h.reshape(-1)
    arrays, codes = (flat, flat, flat, b_n, h_flat, h_flat), (recurrent_activation, activation)
    size = GRU_VECTORS * (LANES * 4 // h.itemsize)
    for t in range(slots.size):
        begin, now = slots[t] * 3 * units, t * padded
        if t + 1 < slots.size:
            _fetch_row(flat, slots[t + 1] * 3 * units, 3 * units)
        for panel in range(padded // size):
            u = panel * size
            x = begin + u
            places = (x, x + units, x + 2 * units, u, now + u, now + padded + u)
            _gru_panel(arrays, places, W, u * 3 * units, h_flat, now, units, codes)


def _simple_rnn_step(at: Elements) -> None:
    """0: a_t; 1: h_t, out."""
    at[1] = activate(at.codes[0], at[0])  # (SimpleRNN.2)


_simple_rnn_panel = _panel(_simple_rnn_step, (0,), SIMPLE_RNN_VECTORS, kept=1)


@kernel
def simple_rnn_frozen(table, slots, h, W, units, activation):
    """(SimpleRNN.1) and (SimpleRNN.2) for one row; see `lstm_frozen`."""
    padded, flat, h_flat = h.shape[1], table.reshape(-1), h.reshape(-1)
    size = SIMPLE_RNN_VECTORS * (LANES * 4 // h.itemsize)
    for t in range(slots.size):
        begin, now = slots[t] * units, t * padded
        if t + 1 < slots.size:
            _fetch_row(flat, slots[t + 1] * units, units)
        for panel in range(padded // size):
            u = panel * size
            _simple_rnn_panel(
                (flat, h_flat), (begin + u, now + padded + u), W, u * units, h_flat, now, units, (activation,)
            )
