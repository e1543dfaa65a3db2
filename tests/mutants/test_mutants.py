"""Each numeric checker must reject every mutant that it can see, and accept the original."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from elman.engine import unroll
from elman.engine.cells import simple_rnn
from elman.engine.gradcheck import numeric_gradient, relative_error

from ..engine.conftest import Case
from ..engine.conftest import case as case
from ..engine.test_unroll import compiled, reference
from .cells import BACKWARD_MUTANTS, FORWARD_MUTANTS, LAYOUT_MUTANTS

REJECTED = 1e-3
"""A fault must stand out: rounding is at 1e-9."""
ACCEPTED = 1e-8


def finite_difference_error(cell: Any, case: Case) -> float:
    """Largest relative error of any gradient against finite differences of the cell's own forward pass."""
    arrays = {
        "dx": case.x,
        "dh0": case.h0,
        "dW_xh": case.weights.W_xh,
        "dW_hh": case.weights.W_hh,
        "db_h": case.weights.b_h,
    }

    def loss() -> float:
        states, _ = unroll.reference_forward(cell, case.weights, case.x, case.h0, case.packing)
        return float((states * case.d_states).sum())

    gradients = reference(case, cell)
    return max(relative_error(gradients[name], numeric_gradient(loss, array)) for name, array in arrays.items())


def twin_error(a: dict[str, Any], b: dict[str, Any]) -> float:
    """Largest relative difference of any output or gradient between the two twins."""
    return max(relative_error(a[name], b[name]) for name in a)


def test_both_checkers_accept_the_original(case: Case) -> None:
    assert finite_difference_error(simple_rnn, case) < ACCEPTED
    assert twin_error(compiled(case), reference(case)) < ACCEPTED


@pytest.mark.parametrize("mutant", BACKWARD_MUTANTS)
def test_finite_differences_reject_a_wrong_gradient(mutant: str, case: Case) -> None:
    assert finite_difference_error(BACKWARD_MUTANTS[mutant], case) > REJECTED


@pytest.mark.parametrize("mutant", BACKWARD_MUTANTS | FORWARD_MUTANTS)
def test_the_twin_rejects_a_wrong_cell(mutant: str, case: Case) -> None:
    cell = (BACKWARD_MUTANTS | FORWARD_MUTANTS)[mutant]
    assert twin_error(compiled(case), reference(case, cell)) > REJECTED


@pytest.mark.parametrize("mutant", LAYOUT_MUTANTS)
def test_the_twin_rejects_a_wrong_layout(mutant: str, case: Case) -> None:
    wrong = replace(case, packing=LAYOUT_MUTANTS[mutant](case.packing), d_states=case.d_states.copy())
    assert twin_error(reference(case), compiled(wrong)) > REJECTED


COMPILED_MUTANTS = {
    "zero gradient": lambda *a: a[1].fill(0),
    "transposed recurrent matrix, going back": lambda *a: unroll_backward(*a[:3], np.ascontiguousarray(a[3].T), *a[4:]),
    "off by one in time": lambda *a: (unroll_backward(*a), a[1].__setitem__(slice(None), np.roll(a[1], 1, axis=0))),
}
unroll_backward = unroll.simple_rnn_backward


@pytest.mark.parametrize("mutant", COMPILED_MUTANTS)
def test_the_readable_twin_rejects_a_wrong_kernel(mutant: str, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unroll, "simple_rnn_backward", COMPILED_MUTANTS[mutant])
    assert twin_error(reference(case), compiled(case)) > REJECTED
