"""The compiled activations against extended precision, and against themselves in other company."""

import numpy as np
import pytest

from elman.engine import activations
from elman.engine.kernels.activations import CODES, apply_activation

EXACT = {
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "exp": np.exp,
    "log": np.log,
}
LIMIT = {"tanh": 1.5, "sigmoid": 1.5, "exp": 1.0, "log": 1.5}
"""Largest error in units of the dtype's epsilon, relative to the value."""

EXTENDED = np.finfo(np.longdouble).eps < np.finfo(np.float64).eps


def apply(name: str, x: np.ndarray) -> np.ndarray:
    y = x.copy()
    apply_activation(y, CODES[name])
    return y


def inputs(name: str, dtype: str) -> np.ndarray:
    draw = np.random.default_rng(0)
    spread = draw.standard_normal(20_000) * 10.0 ** draw.uniform(-6, 1.2, 20_000)
    x = np.concatenate([np.linspace(-30, 30, 20_001), spread]).astype(dtype)
    return np.abs(x[x != 0]) if name == "log" else x


@pytest.mark.skipif(not EXTENDED, reason="long double is no wider than double on this machine")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", EXACT)
def test_error_stays_within_units_in_the_last_place(name: str, dtype: str) -> None:
    x = inputs(name, dtype)
    exact = EXACT[name](x.astype(np.longdouble))
    # Near x = 1 the logarithm passes through 0, where only the absolute error is bounded.
    scale = np.maximum(np.abs(exact), 1e-2) if name == "log" else np.abs(exact)
    error = np.abs(apply(name, x) - exact)[scale > 0] / scale[scale > 0] / np.finfo(dtype).eps
    assert error.max() < LIMIT[name]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*EXACT, "relu", "linear"])
def test_a_number_alone_has_the_bits_that_it_has_in_a_vector(name: str, dtype: str) -> None:
    x = inputs(name, dtype)[::37]
    assert (np.concatenate([apply(name, x[i : i + 1]) for i in range(len(x))]) == apply(name, x)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_limits_and_what_is_not_a_number(dtype: str) -> None:
    x = np.array([np.inf, -np.inf, 0.0, 1e4, -1e4], dtype)
    assert apply("tanh", x).tolist() == [1, -1, 0, 1, -1]
    low = apply("sigmoid", x)
    assert low[[0, 2, 3]].tolist() == [1, 0.5, 1]
    assert (low[[1, 4]] > 0).all() and (low[[1, 4]] < 1e-37).all()
    for name in EXACT | {"relu": None}:
        if name != "log":
            assert np.isnan(apply(name, np.array([np.nan], dtype))).all()


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_readable_twin_agrees(name: str) -> None:
    x = np.random.default_rng(1).standard_normal(1000) * 4
    np.testing.assert_allclose(apply(name, x), activations.ACTIVATIONS[name][0](x), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_derivative_by_value_agrees_with_finite_differences(name: str) -> None:
    function, derivative = activations.ACTIVATIONS[name]
    x = np.random.default_rng(2).standard_normal(50)
    numeric = (function(x + 1e-6) - function(x - 1e-6)) / 2e-6
    np.testing.assert_allclose(derivative(function(x)), numeric, atol=1e-8)
