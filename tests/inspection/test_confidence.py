"""Intervals and tests beside SciPy's, and beside the likelihood searched by brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from elman.inspection.confidence import compare, mcnemar, share


@given(st.integers(1, 3000), st.floats(0, 1), st.sampled_from([0.01, 0.05, 0.2]))
def test_wilson_is_scipys(n: int, p: float, level: float) -> None:
    part = round(p * n)
    found, theirs = share(part, n, level), binomtest(part, n).proportion_ci(1 - level, method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_an_exact_binomial_test(gained: int, lost: int) -> None:
    theirs = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar(gained, lost) == pytest.approx(theirs, rel=1e-9)


def score_by_search(gained: int, lost: int, n: int, delta: float) -> float:
    """Tango's statistic with the share of the lost searched on a grid, and not solved for."""
    q = np.linspace(max(0, -delta), (1 - delta) / 2, 400_001)[1:-1]
    rest = n - gained - lost
    with np.errstate(divide="ignore"):
        likelihood = gained * np.log(q + delta) + lost * np.log(q) + rest * np.log(1 - 2 * q - delta)
    best = q[np.nanargmax(likelihood)]
    return float((gained - lost - n * delta) / np.sqrt(n * (2 * best + delta * (1 - delta))))


@pytest.mark.parametrize(("gained", "lost", "n"), [(30, 12, 200), (3, 1, 20), (1, 9, 40), (50, 50, 101)])
def test_the_interval_holds_what_a_score_test_does_not_reject(gained: int, lost: int, n: int) -> None:
    found = compare(gained, lost, n, side=0.025)
    assert score_by_search(gained, lost, n, found.low) == pytest.approx(norm.ppf(0.975), abs=2e-3)
    assert score_by_search(gained, lost, n, found.high) == pytest.approx(-norm.ppf(0.975), abs=2e-3)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 300))
def test_an_interval_holds_its_difference_and_turns_with_it(gained: int, lost: int, rest: int) -> None:
    n = max(1, gained + lost + rest)
    found, turned = compare(gained, lost, n, 0.025), compare(lost, gained, n, 0.025)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (turned.low, turned.high, turned.p) == pytest.approx((-found.high, -found.low, found.p), abs=1e-9)


def test_few_texts_leave_much_open_even_where_nothing_tells_the_two_apart() -> None:
    assert compare(0, 0, 20, 0.025).high > 0.15
    assert compare(0, 0, 2000, 0.025).high < 0.002


def test_coverage_of_the_interval() -> None:
    """Of many samples, the interval holds the true difference in about as many as it says."""
    random, n, gain, loss = np.random.default_rng(1), 150, 0.12, 0.05
    drawn = random.multinomial(n, [gain, loss, 1 - gain - loss], size=1500)
    inside = [(found := compare(int(a), int(b), n, 0.025)).low <= gain - loss <= found.high for a, b, _ in drawn]
    assert 0.93 <= np.mean(inside) <= 0.97


@pytest.mark.parametrize("level", [0.01, 0.05, 0.1])
def test_more_than_chance_keeps_its_level(level: float) -> None:
    """Where gains and losses are equally likely, more is said in at most half the level: the test has two sides."""
    for tosses in (1, 5, 6, 9, 20, 50):
        counts = range(tosses + 1)
        said = [compare(k, tosses - k, 200, level / 4).is_more(level) for k in counts]
        weights = np.array([float(np.prod([(tosses - i) / (i + 1) for i in range(k)])) for k in counts]) / 2**tosses
        assert float(weights[np.array(said)].sum()) <= level / 2
