"""Dot products and scaled sums of rows, against their definitions."""

import numpy as np
import pytest

from elman.engine import random
from elman.engine.kernels._compile import kernel
from elman.engine.kernels.draws import fold, uniform
from elman.engine.kernels.rows import SUMS, add_scaled, dot, prefetch


@kernel
def one_dot(a, a_start, b, b_start, width):
    return dot(a, a_start, b, b_start, width)


@kernel
def one_sum(y, y_start, x, x_start, factor, width):
    prefetch(x, x_start, width)
    add_scaled(y, y_start, x, x_start, factor, width)


@kernel
def drawn(key, counter):
    return fold(key, counter), uniform(key, counter)


def in_lanes(a: np.ndarray, b: np.ndarray) -> np.floating:
    """The sum as it is defined, in the dtype; the products of whole numbers are exact, so fused or not is one."""
    sums = np.zeros(SUMS, a.dtype)
    for begin in range(0, len(a), SUMS):
        sums += a[begin : begin + SUMS] * b[begin : begin + SUMS]
    while len(sums) > 1:
        sums = sums[: len(sums) // 2] + sums[len(sums) // 2 :]
    return sums[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [0, 16, 32, 112])
def test_dot_adds_up_in_the_order_of_its_definition(dtype: str, width: int) -> None:
    draw = np.random.default_rng(width)
    a = draw.integers(-4000, 4000, 160).astype(dtype) * dtype_scale(dtype, draw)
    b = draw.integers(-1000, 1000, 160).astype(dtype)
    assert one_dot(a, 3, b, 17, width) == in_lanes(a[3 : 3 + width], b[17 : 17 + width])
    if width:
        np.testing.assert_allclose(
            one_dot(a, 3, b, 17, width), np.dot(a[3 : 3 + width].astype(np.longdouble), b[17 : 17 + width]), rtol=1e-3
        )


def dtype_scale(dtype: str, draw: np.random.Generator) -> np.ndarray:
    """Powers of two, so that sums round and products do not."""
    return (2.0 ** draw.integers(-12, 12, 160)).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [0, 16, 48])
def test_add_scaled_moves_its_row_and_no_other_place(dtype: str, width: int) -> None:
    draw = np.random.default_rng(1)
    y, x = draw.standard_normal(80).astype(dtype), draw.standard_normal(80).astype(dtype)
    before, factor = y.copy(), np.dtype(dtype).type(0.3)
    one_sum(y, 5, x, 2, factor, width)
    exact = before[5 : 5 + width].astype(np.longdouble) + np.longdouble(factor) * x[2 : 2 + width]
    np.testing.assert_allclose(y[5 : 5 + width].astype(np.longdouble), exact, rtol=np.finfo(dtype).eps)
    y[5 : 5 + width] = before[5 : 5 + width]
    assert (y == before).all()


def test_compiled_draws_are_those_of_random() -> None:
    for counter in (0, 1, 7, 2**31, 2**40):
        bits, share = drawn(random.bits(5, 3)[()], counter)
        assert bits == random.bits(5, 3, counter)
        assert share == random.uniform(5, 3, counter)
