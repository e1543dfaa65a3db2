"""The checks of attention must reject every fault that they can see, and accept the original."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from elman.engine.cells import attention
from elman.engine.gradcheck import numeric_gradient, relative_error
from elman.engine.layers import cross_attention

from ..engine.test_attention import SOURCE, UNITS, WIDTH, case, run, some, weights

REJECTED, ACCEPTED = 1e-3, 1e-8

BACKWARD = {
    "tanh without its derivative": ("(1 - tape.y_t * tape.y_t)", "1"),
    "softmax without its mean": ("(dalpha_t - tape.alpha_t @ dalpha_t)", "dalpha_t"),
    "no context to the source": ("np.outer(tape.alpha_t, dc_t)", "0 * tape.s"),
    "no score to the source": ("ds + np.outer(de_t, tape.q_t)", "ds"),
    "no query to h": ("dh_t + weights.W_a @ dq_t", "dh_t"),
    "zero gradient of W_a": ("np.outer(tape.h_t, dq_t)", "0 * weights.W_a"),
    "context and h swapped": ("dc_t, dh_t = np.split(d_joined, [tape.s.shape[1]])",
                              "dh_t, dc_t = np.split(d_joined, [len(tape.h_t)])"),
}  # fmt: skip
FORWARD = {
    "scores of another time step": ("e_t = s @ q_t", "e_t = np.roll(s, 1, axis=0) @ q_t"),
    "context without shares": ("c_t = alpha_t @ s", "c_t = s.sum(axis=0)"),
    "no query": ("q_t = h_t @ weights.W_a", "q_t = 0 * (h_t @ weights.W_a)"),
    "no bias": ("+ weights.b", ""),
}


def changed(function: Callable[..., Any], right: str, wrong: str) -> Callable[..., Any]:
    """Give a function of attention.py with a fault in it."""
    source = inspect.getsource(function)
    assert source.count(right) == 1
    names = dict(vars(attention))
    exec(source.replace(right, wrong), names)
    found: Callable[..., Any] = names[function.__name__]
    return found


def finite_difference_error(step_backward: Callable[..., Any]) -> float:
    h, s, dy = some(UNITS), some(6, SOURCE, seed=1), some(WIDTH, seed=2)
    w = attention.AttentionWeights(*weights().values())
    dh, ds, shares = step_backward(dy, attention.step(h, s, w)[1], w)
    pairs = zip((h, s, *w), (dh, ds, *shares), strict=True)
    return max(relative_error(d, numeric_gradient(lambda: float(attention.step(h, s, w)[0] @ dy), a)) for a, d in pairs)


def twin_error() -> float:
    shard, x, dy, _ = case()
    a, b = (run(shard, x, dy, weights(), backend) for backend in ("reference", "kernel"))
    return max(relative_error(a[name], b[name]) for name in a)


def test_both_checkers_accept_the_original() -> None:
    assert finite_difference_error(attention.step_backward) < ACCEPTED
    assert twin_error() < ACCEPTED


@pytest.mark.parametrize("mutant", BACKWARD)
def test_finite_differences_reject_a_wrong_gradient(mutant: str) -> None:
    assert finite_difference_error(changed(attention.step_backward, *BACKWARD[mutant])) > REJECTED


@pytest.mark.parametrize("mutant", BACKWARD | FORWARD)
def test_the_twin_rejects_wrong_equations(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "step" if mutant in FORWARD else "step_backward"
    monkeypatch.setattr(attention, name, changed(getattr(attention, name), *(BACKWARD | FORWARD)[mutant]))
    assert twin_error() > REJECTED


@pytest.mark.parametrize("fault", ["context of a neighbouring row", "source lengths ignored", "nothing goes back"])
def test_the_readable_twin_rejects_a_wrong_kernel(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = cross_attention.attend

    def wrong(queries: Any, values: Any, turned: Any, begins: Any, lengths: Any, *rest: Any) -> None:
        if fault == "context of a neighbouring row":
            begins, lengths = np.roll(begins, 1), np.minimum(lengths, np.roll(lengths, 1))
        if fault == "source lengths ignored":
            lengths = np.minimum(lengths, 1)
        original(queries, values, turned, begins, lengths, *rest)

    monkeypatch.setattr(cross_attention, "attend", wrong)
    if fault == "nothing goes back":
        monkeypatch.setattr(cross_attention, "attend_backward", lambda *given: None)
    assert twin_error() > REJECTED
