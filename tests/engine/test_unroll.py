"""The compiled unrolled cells against the readable ones, and both against finite differences."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from elman.engine import compiled as twins
from elman.engine import unroll
from elman.engine.cells import Cell, SimpleRNNCell, Weights
from elman.engine.compiled import CompiledCell, Inputs, compiled_backward, compiled_forward
from elman.engine.gradcheck import numeric_gradient, relative_error
from elman.engine.packing import Packing

from .conftest import ACTIVE_CELLS, Case, make_case

EPSILON = {"float32": np.finfo("float32").eps, "float64": np.finfo("float64").eps}


def named(d_state: Any, g: Any) -> dict[str, Any]:
    states = {f"d_state.{name}": part for name, part in zip(d_state._fields, d_state, strict=True)}
    return states | {f"d{name}": part for name, part in zip(g._fields, g, strict=True)}


def ends(last: Any) -> dict[str, Any]:
    return {f"last.{name}": part for name, part in zip(last._fields, last, strict=True)}


def reference(case: Case, cell: Any = None) -> dict[str, Any]:
    cell = cell or case.cell
    h, last, tapes = unroll.reference_forward(cell, case.weights, case.x, case.state, case.packing)
    dx, d_state, g = unroll.reference_backward(cell, case.weights, case.d_h, case.d_last, tapes, case.packing)
    return {"h": h, **ends(last), "dx": dx, **named(d_state, g)}


def compiled(case: Case) -> dict[str, Any]:
    cell, inputs = CompiledCell(case.cell, case.weights), Inputs(case.x)
    going, last = compiled_forward(cell, inputs, case.state, case.packing)
    h = going.h.copy()
    back = compiled_backward(cell, inputs, case.d_h.copy(), case.d_last, going, case.packing)
    return {"h": h, **ends(last), "dx": back.dx, **named(back.d_state, back.gradients)}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("features", "units"), [(3, 4), (5, 3), (33, 70), (1, 1)])
@pytest.mark.parametrize("cell", ACTIVE_CELLS.values(), ids=ACTIVE_CELLS)
def test_compiled_equals_readable(cell: Cell, dtype: str, features: int, units: int) -> None:
    case = make_case(cell, dtype, features, units)
    expected, got = reference(case), compiled(case)
    assert expected.keys() == got.keys()
    for name, value in expected.items():
        assert got[name].dtype == dtype
        # Rounding of a sum over features, units and time steps, through up to nine steps of a random matrix.
        assert relative_error(got[name], value) < 200 * units * EPSILON[dtype], name


@pytest.mark.parametrize("shortest", [1, 8, 21])
def test_stretches_of_any_length_give_the_same(case: Case, shortest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = compiled(case)
    monkeypatch.setattr(twins, "STRETCH", 1)
    monkeypatch.setattr(twins, "SHORTEST", shortest)
    assert len(case.packing.stretches(shortest)) > 1
    expected, got = reference(case), compiled(case)
    for name, value in expected.items():
        assert relative_error(got[name], value) < 1e-13, name
        if name == "h" or name.startswith("last"):  # a forward pass takes the same sums in the same order
            assert (got[name] == whole[name]).all(), name


@pytest.mark.parametrize("engine", [reference, compiled])
def test_gradients_agree_with_finite_differences(case: Case, engine: Callable[[Case], dict[str, Any]]) -> None:
    def loss() -> float:
        _, last, _ = unroll.reference_forward(case.cell, case.weights, case.x, case.state, case.packing)
        through_states = sum(float((a * b).sum()) for a, b in zip(last, case.d_last, strict=True))
        return float((engine(case)["h"] * case.d_h).sum()) + through_states

    gradients = engine(case)
    for name, array in case.arrays().items():
        assert relative_error(gradients[name], numeric_gradient(loss, array)) < 1e-8, name


@pytest.mark.parametrize("engine", [reference, compiled])
def test_rows_without_time_steps_hand_their_state_on(case: Case, engine: Callable[[Case], dict[str, Any]]) -> None:
    parts = {"state": case.state, "d_last": case.d_last}
    last_two = {name: type(part)(*(p[-2:] for p in part)) for name, part in parts.items()}
    nothing = replace(case, x=case.x[:0], d_h=case.d_h[:0], packing=Packing.from_lengths(np.array([0, 0])), **last_two)
    result = engine(nothing)
    assert result["h"].shape == (0, 4)
    assert all((result[name] == part).all() for name, part in ends(nothing.state).items())
    for name, part in zip(nothing.d_last._fields, nothing.d_last, strict=True):
        assert (result[f"d_state.{name}"] == part).all()
    assert not result["dW_hh"].any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_signal_that_vanishes_becomes_zero_not_subnormal(dtype: str) -> None:
    """Arithmetic on subnormal numbers is slow on many processors; a long text would be full of them."""
    steps, units = 4000, 3
    packing = Packing.from_lengths(np.array([steps]))
    eye = np.eye(units, dtype=dtype)
    cell, weights = SimpleRNNCell(), Weights(eye, eye * dtype_of(dtype)(0.5), np.zeros(units, dtype))
    state = cell.State(np.zeros((1, units), dtype))
    compiled, inputs = CompiledCell(cell, weights), Inputs(np.zeros((steps, units), dtype))
    going, _ = compiled_forward(compiled, inputs, state, packing)
    d_last, d_h = cell.State(np.ones((1, units), dtype)), np.zeros((steps, units), dtype)
    back = compiled_backward(compiled, inputs, d_h, d_last, going, packing)
    da, d_state = back.dx, back.d_state  # W_xh is the identity
    assert da[-10, 0] == 0.5**9
    assert not ((da != 0) & (np.abs(da) < np.finfo(dtype).tiny)).any()
    assert (da == 0).any() and not d_state.h.any()


def dtype_of(name: str) -> Any:
    return np.dtype(name).type
