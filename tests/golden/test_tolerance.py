"""The table of tolerances, and that what is compared by it can fail."""

from typing import Any

import numpy as np
import pytest

from ..tolerance import TOLERANCE, assert_close

EXPECTED = np.array([1e-9, -3.0, 0.5])


def test_the_table() -> None:
    assert TOLERANCE["float64"](7, 6) == 1e-12
    assert TOLERANCE["float32"](7, 6) == 4 * 6 * 2.0**-23  # 32 < 42 <= 64 = 2**6
    assert TOLERANCE["float32"](8, 8) == 4 * 6 * 2.0**-23


@pytest.mark.parametrize(("dtype", "allowed"), [("float64", 3e-12), ("float32", 3 * 4 * 6 * 2.0**-23)])
def test_errors_count_by_the_largest_magnitude(dtype: str, allowed: float) -> None:
    inside, outside = (EXPECTED + np.array([factor * allowed, 0, 0]) for factor in (0.9, 1.1))
    assert_close(inside.astype(dtype), EXPECTED, dtype, 7, 6, "x")
    with pytest.raises(AssertionError, match="x is off by"):
        assert_close(outside.astype(dtype), EXPECTED, dtype, 7, 6, "x")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (EXPECTED.astype("float32"), "must be float64"),
        (EXPECTED[:2], "must have shape"),
        (EXPECTED[:, None], "must have shape"),
        (np.array([1e-9, np.nan, 0.5]), "not finite"),
        (EXPECTED * 0, "is off by"),
    ],
)
def test_what_cannot_be_close(found: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        assert_close(found, EXPECTED, "float64", 7, 6, "x")


def test_only_zeros_are_close_to_zeros() -> None:
    assert_close(np.zeros(3), np.zeros(3), "float64", 7, 6, "x")
    with pytest.raises(AssertionError, match="is off by"):
        assert_close(np.full(3, 1e-300), np.zeros(3), "float64", 7, 6, "x")
