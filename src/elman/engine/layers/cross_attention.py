"""CrossAttention: each time step of a decoder looks at the encoder's outputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...errors import InputError
from ..cells import attention
from ..kernels.activations import CODES, apply_activation
from ..kernels.attention import attend, attend_backward
from ..kernels.product import Factor
from ..memory import Memory
from ._inputs import Features
from ._layer import Array, Back, Connection, Layer, Parameter, Run, Shape, Shard, check_count

__all__ = ["CrossAttention"]


class _Prepared(NamedTuple):
    """W_a and W_c as factors; b: (units,); plain: all of them, as the readable equations have them."""

    W_a: Factor
    W_c: Factor
    b: Array
    plain: attention.AttentionWeights


class _Attended(NamedTuple):
    """queries: (tokens, features); shares, by time step, from `places` on; joined: [c_t; h_t]; y: (tokens, units)."""

    queries: Array
    places: Array
    shares: Array
    joined: Array
    y: Array


class _Tape(NamedTuple):
    """inputs: what was read; attended: what the compiled pass keeps; steps: the readable tapes, if those ran."""

    inputs: Any
    attended: _Attended | None
    steps: list[attention.Tape]


@dataclass(frozen=True)
class CrossAttention(Layer):
    """Attention over the encoder's outputs (Luong, Pham & Manning 2015, score "general"), in a decoder.

    Each time step asks how well its vector h_t goes with each of the encoder's outputs s_i for the row, h_t W_a . s_i,
    takes their mean c_t by the softmax of these scores, and gives tanh([c_t; h_t] W_c + b). A row whose source is empty
    has c_t = 0. Equations: docs/math/attention.md.

    Parameters
    ----------
    units : int
        Width of the output.
    source : int
        Features of the encoder's outputs.
    """

    units: int
    source: int

    def __post_init__(self) -> None:
        check_count("CrossAttention", "units", self.units)
        check_count("CrossAttention", "source", self.source)

    def output_shape(self, shape: Shape) -> Shape:
        if not shape.sequence:
            raise InputError(
                "CrossAttention reads a sequence, but the layer below gives one vector a row: give it "
                "return_sequences=True"
            )
        return Shape(self.units, sequence=True)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        assert shape.features is not None
        score = Parameter("attention", (shape.features, self.source), "glorot_uniform")
        kernel = Parameter("kernel", (self.source + shape.features, self.units), "glorot_uniform")
        bias = Parameter("bias", (self.units,), "zeros")
        return Connection("to the scores of the source", (score,)), Connection("of what was found", (kernel, bias))

    def prepare(self, weights: Mapping[str, Array]) -> _Prepared:
        plain = attention.AttentionWeights(weights["attention"], weights["kernel"], weights["bias"])
        return _Prepared(Factor(plain.W_a), Factor(plain.W_c), plain.b, plain)

    def forward(self, weights: _Prepared, x: Any, shard: Shard, run: Run) -> tuple[Features, _Tape]:
        memory, rows = _memory(shard), shard.packing.positions()[0]
        h = np.ascontiguousarray(x.dense())
        if run.backend == "reference":
            found = [attention.step(h_t, _of_row(memory, r), weights.plain) for h_t, r in zip(h, rows, strict=True)]
            y = np.array([y_t for y_t, _ in found], run.dtype).reshape(len(h), self.units)
            return Features(y), _Tape(x, None, [tape for _, tape in found])
        queries = Features(h).project(weights.W_a, np.zeros(self.source, run.dtype))  # (Attention.1)
        counts = memory.lengths[rows]
        places = np.cumsum(counts) - counts
        shares, contexts = np.zeros(counts.sum(), run.dtype), np.zeros_like(queries)
        attend(queries, *_parts(memory), rows, places, shares, contexts)
        joined = np.concatenate([contexts, h], axis=1)
        y = Features(joined).project(weights.W_c, weights.b)  # (Attention.5)
        apply_activation(y.reshape(-1), CODES["tanh"])
        return Features(y), _Tape(x, _Attended(queries, places, shares, joined, y), [])

    def backward(self, weights: _Prepared, dy: Array, tape: _Tape, shard: Shard, run: Run) -> Back:
        if tape.attended is None:
            return self._reference_backward(weights, dy, tape, shard)
        memory, (queries, places, shares, joined, y) = _memory(shard), tape.attended
        dW_c, db, d_joined = Features(joined).project_backward(dy * (1 - y * y), weights.W_c)
        d_contexts, dh = (np.ascontiguousarray(d) for d in np.split(d_joined, [self.source], axis=1))
        d_queries, d_memory, rows = np.zeros_like(queries), np.zeros_like(memory.values), shard.packing.positions()[0]
        attend_backward(
            d_contexts, queries, *_parts(memory), rows, places, shares, np.zeros_like(shares), d_queries, d_memory
        )
        h = np.ascontiguousarray(joined[:, self.source :])
        dW_a, _, through_queries = Features(h).project_backward(d_queries, weights.W_a)
        gradients: Any = {"attention": dW_a, "kernel": dW_c, "bias": db}
        return Back(tape.inputs.collect(dh + through_queries), gradients, memory=d_memory)

    def _reference_backward(self, weights: _Prepared, dy: Array, tape: _Tape, shard: Shard) -> Back:
        memory, rows = _memory(shard), shard.packing.positions()[0]
        dh, d_memory = np.zeros((len(dy), len(weights.plain.W_a)), dy.dtype), np.zeros_like(memory.values)
        total = attention.AttentionWeights(*(np.zeros_like(w) for w in weights.plain))
        for p, (step, r) in enumerate(zip(tape.steps, rows, strict=True)):
            dh[p], ds, shares = attention.step_backward(dy[p], step, weights.plain)
            d_memory[memory.begins[r] : memory.begins[r] + memory.lengths[r]] += ds
            total = attention.AttentionWeights(*(a + b for a, b in zip(total, shares, strict=True)))
        gradients: Any = {"attention": total.W_a, "kernel": total.W_c, "bias": total.b}
        return Back(tape.inputs.collect(dh), gradients, memory=d_memory)


def _memory(shard: Shard) -> Memory:
    if shard.memory is None:
        raise InputError("CrossAttention looks at an encoder's outputs, and there is none: build an EncoderDecoder")
    return shard.memory


def _of_row(memory: Memory, row: int) -> Array:
    return memory.values[memory.begins[row] : memory.begins[row] + memory.lengths[row]]


def _parts(memory: Memory) -> tuple[Array, ...]:
    return memory.values, memory.turned, memory.begins, memory.lengths
