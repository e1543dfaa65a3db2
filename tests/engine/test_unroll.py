"""The compiled unrolled cell against the readable one, and both against finite differences."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from elman.engine import unroll
from elman.engine.cells import simple_rnn as cell
from elman.engine.gradcheck import numeric_gradient, relative_error
from elman.engine.layers._inputs import Features
from elman.engine.packing import Packing

from .conftest import Case, make_case

TOLERANCE = {"float32": 4 * np.ceil(np.log2(9 * 4)) * np.finfo("float32").eps, "float64": 1e-12}


def reference(case: Case, cell: Any = cell) -> dict[str, Any]:
    states, tapes = unroll.reference_forward(cell, case.weights, case.x, case.h0, case.packing)
    dx, dh0, g = unroll.reference_backward(cell, case.weights, case.d_states, tapes, case.packing)
    return {"states": states, "dx": dx, "dh0": dh0, "dW_xh": g.W_xh, "dW_hh": g.W_hh, "db_h": g.b_h}


def compiled(case: Case) -> dict[str, Any]:
    inputs = Features(case.x)
    projected = inputs.project(case.weights.W_xh, case.weights.b_h)
    states = unroll.simple_rnn(projected, case.h0, case.weights, case.packing)
    da, dh0, dW_hh = unroll.simple_rnn_gradients(states, case.d_states.copy(), case.h0, case.weights, case.packing)
    dW_xh, db, dx = inputs.project_backward(da, case.weights.W_xh)
    return {"states": states, "dx": dx, "dh0": dh0, "dW_xh": dW_xh, "dW_hh": dW_hh, "db_h": db}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("features", "units"), [(3, 4), (5, 3), (33, 70), (1, 1)])
def test_compiled_equals_readable(dtype: str, features: int, units: int) -> None:
    case = make_case(dtype, features, units)
    expected, got = reference(case), compiled(case)
    for name, value in expected.items():
        assert got[name].dtype == dtype
        assert relative_error(got[name], value) < TOLERANCE[dtype] * units, name


@pytest.mark.parametrize("engine", [reference, compiled])
def test_gradients_agree_with_finite_differences(case: Case, engine: Callable[[Case], dict[str, Any]]) -> None:
    arrays = {
        "dx": case.x,
        "dh0": case.h0,
        "dW_xh": case.weights.W_xh,
        "dW_hh": case.weights.W_hh,
        "db_h": case.weights.b_h,
    }

    def loss() -> float:
        return float((engine(case)["states"] * case.d_states).sum())

    gradients = engine(case)
    for name, array in arrays.items():
        assert relative_error(gradients[name], numeric_gradient(loss, array)) < 1e-8, name


def test_empty_shard_has_no_states(case: Case) -> None:
    nothing = Case(case.weights, case.x[:0], case.h0[-1:], case.d_states[:0], Packing.from_lengths(np.array([0])))
    for engine in (reference, compiled):
        result = engine(nothing)
        assert result["states"].shape == (0, 4)
        assert not result["dh0"].any()
        assert not result["dW_hh"].any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_signal_that_vanishes_becomes_zero_not_subnormal(dtype: str) -> None:
    """Arithmetic on subnormal numbers is slow on many processors; a long text would be full of them."""
    steps, units = 4000, 3
    packing = Packing.from_lengths(np.array([steps]))
    weights = cell.Weights(np.eye(units, dtype=dtype), np.eye(units, dtype=dtype) * 0.5, np.zeros(units, dtype))
    h0, d_states = np.zeros((1, units), dtype), np.zeros((steps, units), dtype)
    d_states[-1] = 1
    states = unroll.simple_rnn(np.zeros((steps, units), dtype), h0, weights, packing)
    da, dh0, _ = unroll.simple_rnn_gradients(states, d_states, h0, weights, packing)
    assert da[-10, 0] == 0.5**9
    assert not ((da != 0) & (np.abs(da) < np.finfo(dtype).tiny)).any()
    assert (da == 0).any() and not dh0.any()
