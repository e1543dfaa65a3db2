"""multiply = start + a @ b and outer = a.T @ b, each element one chain of fused multiply-adds."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.errors import TypingError

from elman.engine.kernels.product import BLOCK, add_outers, add_product, multiply, outer, pack

SIZES = st.integers(1, 70)
TOLERANCE = {"float32": 1e-5, "float64": 1e-13}


def draw(*shape: int, dtype: str = "float64", seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


@settings(max_examples=60)
@given(rows=SIZES, depth=st.integers(0, 40), columns=st.integers(1, 140), dtype=st.sampled_from(list(TOLERANCE)))
def test_multiply_equals_numpy(rows: int, depth: int, columns: int, dtype: str) -> None:
    a, b, start = draw(rows, depth, dtype=dtype), draw(depth, columns, dtype=dtype), draw(columns, dtype=dtype)
    exact = start.astype("float64") + a.astype("float64") @ b.astype("float64")
    np.testing.assert_allclose(
        multiply(a, pack(b), start), exact, rtol=0, atol=TOLERANCE[dtype] * max(1, abs(exact).max())
    )


@settings(max_examples=60)
@given(rows=SIZES, columns=st.integers(1, 140), dtype=st.sampled_from(list(TOLERANCE)))
def test_a_row_alone_has_the_bits_that_it_has_in_a_block(rows: int, columns: int, dtype: str) -> None:
    a, b = draw(rows, 23, dtype=dtype), draw(23, columns, dtype=dtype)
    together = multiply(a, pack(b))
    for i in range(rows):
        assert (multiply(a[i : i + 1], pack(b))[0] == together[i]).all()


def chain(start: float, a: np.ndarray, b: np.ndarray) -> float:
    """((start + a0 b0) + a1 b1) + ..., each step rounded once, in exact arithmetic."""
    total = start
    for x, y in zip(a.tolist(), b.tolist(), strict=True):
        total = float(Fraction(x) * Fraction(y) + Fraction(total))
    return total


def test_multiply_adds_in_the_order_of_k_with_one_rounding_each() -> None:
    a, b, start = draw(5, 40) * 10.0 ** draw(5, 40), draw(40, 37), draw(37)
    c = multiply(a, pack(b), start)
    for i, j in np.ndindex(c.shape):
        assert c[i, j] == chain(start[j], a[i], b[:, j])


def test_outer_adds_blocks_of_rows_each_from_zero() -> None:
    rows = BLOCK + 7
    a, b = draw(rows, 3), draw(rows, 2)
    expected = np.zeros((3, 2))
    for i, j in np.ndindex(expected.shape):
        for begin in range(0, rows, BLOCK):
            block = slice(begin, begin + BLOCK)
            expected[i, j] += chain(0.0, a[block, i], b[block, j])
    assert (outer(a, b) == expected).all()


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("rows", [1, 3, 5, 8, 13])
def test_products_touch_only_the_rows_that_they_are_told(rows: int, single: bool) -> None:
    a, b, c = draw(20, 6), draw(6, 45), draw(20, 45)
    before = c.copy()
    add_product(a, 2, 0, pack(b, single).data, single, 6, c, 4, 0, 45, rows)
    np.testing.assert_allclose(c[4 : 4 + rows], before[4 : 4 + rows] + a[2 : 2 + rows] @ b, rtol=1e-12)
    assert (np.delete(c, range(4, 4 + rows), axis=0) == np.delete(before, range(4, 4 + rows), axis=0)).all()


def test_products_keep_nan_and_infinity() -> None:
    a = np.array([[1.0, np.nan], [np.inf, 1.0]])
    c = multiply(a, pack(np.ones((2, 3))))
    assert np.isnan(c[0]).all()
    assert np.isinf(c[1]).all()


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize(
    ("rows", "depth", "columns"), [(70, 600, 30), (3, 520, 100), (130, 257, 1), (1, 0, 5), (0, 3, 4)]
)
def test_blocks_of_rows_and_of_k_change_nothing(rows: int, depth: int, columns: int, dtype: str) -> None:
    a, b, start = draw(rows, depth, dtype=dtype), draw(depth, columns, dtype=dtype), draw(columns, dtype=dtype)
    together = multiply(a, pack(b), start)
    np.testing.assert_allclose(together, start + a @ b, rtol=0, atol=100 * TOLERANCE[dtype])
    for i in range(rows):
        assert (multiply(a[i : i + 1], pack(b), start)[0] == together[i]).all()
    for j in range(columns):
        assert (multiply(a, pack(b[:, j : j + 1]), start[j : j + 1])[:, 0] == together[:, j]).all()


def test_a_factor_is_packed_from_any_view() -> None:
    a, b = draw(6, 9), draw(50, 18)
    for view in (b.T[2:11, 3:], b[7:43:4, 1::3], np.asfortranarray(b)[:9]):
        np.testing.assert_allclose(multiply(a, pack(view)), a @ view, rtol=0, atol=1e-13)


@pytest.mark.parametrize("width", [0, 5, 29])
def test_outers_add_to_the_columns_that_they_are_told(width: int) -> None:
    a, a_too, b = draw(140, width), draw(90, 12), draw(140, 30)
    numbers = np.random.default_rng(0).integers(0, 90, 140)
    c, c_too = draw(width, 30), draw(12, 30)
    before = c.copy(), c_too.copy()
    add_outers(a, c, a_too, numbers, c_too, b, 4, 137, 7, 19)
    rows, columns = slice(4, 137), slice(7, 26)
    for result, old, left in zip((c, c_too), before, (a[rows], a_too[numbers[rows]]), strict=True):
        np.testing.assert_allclose(result[:, columns], old[:, columns] + left.T @ b[rows, columns], rtol=0, atol=1e-12)
        assert (np.delete(result, range(7, 26), axis=1) == np.delete(old, range(7, 26), axis=1)).all()


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize(("depth", "columns"), [(5, 1), (70, 31), (33, 64), (300, 130)])
def test_single_rows_have_the_bits_that_they_have_in_a_block(depth: int, columns: int, dtype: str) -> None:
    a, b, start = draw(9, depth, dtype=dtype), draw(depth, columns, dtype=dtype), draw(columns, dtype=dtype)
    c = np.tile(start, (9, 1))
    add_product(a, 0, 0, pack(b, single=True).data, True, depth, c, 0, 0, columns, 9)
    assert (c == multiply(a, pack(b), start)).all()


def test_factors_of_different_dtypes_are_no_product() -> None:
    with pytest.raises(TypingError):
        multiply(np.ones((2, 3)), pack(np.ones((3, 4), np.float32)))
