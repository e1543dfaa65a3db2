"""Each numeric checker must reject every mutant that it can see, and accept the original."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from elman.engine import compiled as twins
from elman.engine import unroll
from elman.engine.gradcheck import numeric_gradient, relative_error
from elman.engine.kernels.product import pack

from ..engine.conftest import CELLS, Case, make_case
from ..engine.conftest import case as case
from ..engine.test_unroll import compiled, reference
from .cells import BACKWARD_MUTANTS, FORWARD_MUTANTS, LAYOUT_MUTANTS

REJECTED = 1e-3
"""A fault must stand out: rounding is at 1e-9."""
ACCEPTED = 1e-8


def finite_difference_error(cell: Any, case: Case) -> float:
    """Largest relative error of any gradient against finite differences of the cell's own forward pass."""

    def loss() -> float:
        h, last, _ = unroll.reference_forward(cell, case.weights, case.x, case.state, case.packing)
        through_states = sum(float((a * b).sum()) for a, b in zip(last, case.d_last, strict=True))
        return float((h * case.d_h).sum()) + through_states

    gradients = reference(case, cell)
    return max(relative_error(gradients[name], numeric_gradient(loss, a)) for name, a in case.arrays().items())


def twin_error(a: dict[str, Any], b: dict[str, Any]) -> float:
    """Largest relative difference of any output or gradient between the two twins; another shape is all wrong."""
    return max(relative_error(a[name], b[name]) if a[name].shape == b[name].shape else np.inf for name in a)


def test_both_checkers_accept_the_original(case: Case) -> None:
    assert finite_difference_error(case.cell, case) < ACCEPTED
    assert twin_error(compiled(case), reference(case)) < ACCEPTED


@pytest.mark.parametrize("mutant", BACKWARD_MUTANTS)
def test_finite_differences_reject_a_wrong_gradient(mutant: str) -> None:
    cell, wrong = BACKWARD_MUTANTS[mutant]
    assert finite_difference_error(wrong, make_case(cell)) > REJECTED


@pytest.mark.parametrize("mutant", BACKWARD_MUTANTS | FORWARD_MUTANTS)
def test_the_twin_rejects_a_wrong_cell(mutant: str) -> None:
    cell, wrong = (BACKWARD_MUTANTS | FORWARD_MUTANTS)[mutant]
    case = make_case(cell)
    assert twin_error(compiled(case), reference(case, wrong)) > REJECTED


@pytest.mark.parametrize("mutant", LAYOUT_MUTANTS)
def test_the_twin_rejects_a_wrong_layout(mutant: str, case: Case) -> None:
    wrong = replace(case, packing=LAYOUT_MUTANTS[mutant](case.packing))
    assert twin_error(reference(case), compiled(wrong)) > REJECTED


KERNELS = {
    "simple_rnn": ("simple_rnn_backward", 1, 3),
    "lstm": ("lstm_backward", 0, 6),
    "gru": ("gru_backward", 0, 7),
    "gru_reset_before": ("gru_reset_before_backward", 0, 5),
}
"""Name of each cell's kernel, which argument it leaves dL/da in, and which is the recurrent kernel's (first) part."""


@pytest.mark.parametrize("fault", ["zero gradient", "transposed recurrent matrix", "off by one in time"])
@pytest.mark.parametrize("cell", KERNELS)
def test_the_readable_twin_rejects_a_wrong_kernel(fault: str, cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case, (name, result, turned) = make_case(CELLS[cell]), KERNELS[cell]
    original = getattr(twins, name)

    def wrong(*arguments: Any) -> None:
        changed = list(arguments)
        if fault == "transposed recurrent matrix":  # each gate's block by itself
            blocks = np.split(case.weights.W_hh, case.cell.gates, axis=1)
            parts = [blocks[:2], blocks[2:]] if cell == "gru_reset_before" else [blocks]
            changed[turned : turned + len(parts)] = [pack(np.concatenate(part)).data for part in parts]
        original(*changed)
        if fault == "zero gradient":
            arguments[result].fill(0)
        if fault == "off by one in time":
            arguments[result][:] = np.roll(arguments[result], 1, axis=0)

    monkeypatch.setattr(twins, name, wrong)
    assert twin_error(reference(case), compiled(case)) > REJECTED
