"""Attention: the equations against finite differences, the compiled twin against the equations."""

from typing import Any

import numpy as np
import pytest

from elman.engine import LSTM, CrossAttention, Softmax
from elman.engine.cells import attention
from elman.engine.gradcheck import numeric_gradient, relative_error
from elman.engine.layers import Embedding
from elman.engine.layers._inputs import Features
from elman.engine.layers._layer import Run, Shape, Shard
from elman.engine.memory import Memory
from elman.engine.network import Network
from elman.errors import InputError
from elman.sequences import Sequences

UNITS, SOURCE, WIDTH = 4, 3, 5
SOURCES = [4, 0, 6, 1]
"""Vectors that each row looks at."""


def some(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def weights(dtype: str = "float64") -> dict[str, Any]:
    shapes = {"attention": (UNITS, SOURCE), "kernel": (SOURCE + UNITS, WIDTH), "bias": (WIDTH,)}
    return {name: some(*shape, seed=number).astype(dtype) for number, (name, shape) in enumerate(shapes.items())}


def case(dtype: str = "float64") -> tuple[Shard, Any, Any, Any]:
    """A shard of rows with memories of other lengths, in another order; what flows in, what comes back."""
    rows = Sequences.from_rows([some(n, UNITS, seed=n) for n in (5, 3, 3, 1)])
    memory = Memory.of(some(sum(SOURCES), SOURCE).astype(dtype), np.array(SOURCES)).take(np.array([2, 0, 3, 1]))
    shard = Shard.of(rows, np.arange(4), dtype, memory=memory)
    return shard, shard.values, some(shard.packing.tokens, WIDTH, seed=7).astype(dtype), memory


def run(shard: Shard, x: Any, dy: Any, w: Any, backend: Any) -> dict[str, Any]:
    layer, how = CrossAttention(WIDTH, SOURCE), Run(dy.dtype.type, backend=backend)
    prepared = layer.prepare(w)
    y, tape = layer.forward(prepared, Features(x), shard, how)
    back = layer.backward(prepared, dy, tape, shard, how)
    return {"y": y.values, "dx": back.below, "d_memory": back.memory, **back.gradients}


def test_finite_differences_agree_with_the_equations() -> None:
    h, s, dy, w = some(UNITS), some(6, SOURCE), some(WIDTH), attention.AttentionWeights(*weights().values())
    _, tape = attention.step(h, s, w)
    dh, ds, shares = attention.step_backward(dy, tape, w)
    for array, gradient in zip((h, s, *w), (dh, ds, *shares), strict=True):
        numeric = numeric_gradient(lambda: float(attention.step(h, s, w)[0] @ dy), array)
        assert relative_error(gradient, numeric) < 1e-8


@pytest.mark.parametrize(("dtype", "error"), [("float64", 1e-12), ("float32", 2e-5)])
def test_the_kernel_is_its_twin(dtype: str, error: float) -> None:
    shard, x, dy, _ = case(dtype)
    reference, compiled = (run(shard, x, dy, weights(dtype), backend) for backend in ("reference", "kernel"))
    for name, value in reference.items():
        assert compiled[name].dtype == dtype
        assert relative_error(value, compiled[name]) < error, name


def test_a_row_that_looks_at_nothing_has_no_context() -> None:
    shard, x, dy, _ = case()
    w = weights()
    last = shard.packing.rows - 1  # its source is empty
    found = run(shard, x, dy, w, "kernel")["y"][last]
    assert np.allclose(found, np.tanh(x[last] @ w["kernel"][SOURCE:] + w["bias"]), atol=1e-14)


def test_a_row_has_the_bits_that_it_has_alone() -> None:
    shard, x, dy, memory = case("float32")
    together = run(shard, x, dy, weights("float32"), "kernel")["y"]
    row, _ = shard.packing.positions()
    for r in range(shard.packing.rows):
        own = Sequences.from_rows([x[row == r]])
        alone = Shard.of(own, np.array([0]), "float32", memory=memory.take(np.array([r])))
        assert (run(alone, alone.values, dy[row == r], weights("float32"), "kernel")["y"] == together[row == r]).all()


def test_scores_far_apart_are_no_nan() -> None:
    shard, x, dy, _ = case("float32")
    w = weights("float32")
    w["attention"] *= np.float32(1e4)
    assert all(np.isfinite(value).all() for value in run(shard, x, dy, w, "kernel").values())


class TestRefused:
    def test_a_network_without_an_encoder(self) -> None:
        network = Network([Embedding(3, 2), LSTM(2, return_sequences=True), CrossAttention(2, 2), Softmax(4)])
        with pytest.raises(InputError, match="build an EncoderDecoder"):
            network.predict([[0, 1]])

    def test_one_vector_a_row(self) -> None:
        with pytest.raises(InputError, match="return_sequences=True"):
            CrossAttention(2, 2).output_shape(Shape(3, sequence=False))

    @pytest.mark.parametrize("settings", [(0, 2), (2, 0), (2.0, 2), (True, 2)])
    def test_widths_that_are_none(self, settings: Any) -> None:
        with pytest.raises(InputError, match="must be a positive integer"):
            CrossAttention(*settings)
