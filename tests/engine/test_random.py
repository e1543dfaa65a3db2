"""Random draws and initial weights: fixed by the seed for all time, and random enough."""

import hashlib

import numpy as np
import pytest

from elman.engine.initializers import INITIALIZERS
from elman.engine.random import derive, normal, permutation, uniform


def test_uniform_is_even_and_hangs_on_each_counter() -> None:
    draws = uniform(1, np.arange(300)[:, None], np.arange(200))
    assert draws.shape == (300, 200)
    assert draws.min() >= 0 and draws.max() < 1
    counts = np.histogram(draws, 20, (0, 1))[0]
    assert ((counts - 3000) ** 2 / 3000).sum() < 45  # chi-squared, 19 degrees of freedom, p = 0.0007
    assert abs(np.corrcoef(draws[:-1].ravel(), draws[1:].ravel())[0, 1]) < 0.02
    assert len(np.unique(draws)) == draws.size


def test_a_draw_does_not_depend_on_the_others() -> None:
    whole = uniform(7, np.arange(10)[:, None], np.arange(5))
    assert uniform(7, 3, 2) == whole[3, 2]
    assert uniform(8, 3, 2) != whole[3, 2]


def test_streams_are_unrelated() -> None:
    a, b = (uniform(derive(0, name), np.arange(5000)) for name in "ab")
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.05


def test_normal_has_mean_0_and_variance_1() -> None:
    x = normal(3, (200, 200))
    assert abs(x.mean()) < 0.02
    assert abs(x.var() - 1) < 0.03


def test_permutation_is_one() -> None:
    order = permutation(5, 1000)
    assert sorted(order.tolist()) == list(range(1000))
    assert abs(np.corrcoef(order, np.arange(1000))[0, 1]) < 0.1


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (1, 5)])
def test_orthogonal_is(shape: tuple[int, int]) -> None:
    q = INITIALIZERS["orthogonal"](shape, 0)
    product = q @ q.T if shape[0] <= shape[1] else q.T @ q
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-14)


def test_glorot_stays_within_its_limit() -> None:
    w = INITIALIZERS["glorot_uniform"]((30, 50), 0)
    limit = np.sqrt(6 / 80)
    assert limit * 0.99 < np.abs(w).max() <= limit
    assert abs(w.mean()) < 0.01


FIRST_BITS = {
    "glorot_uniform": "585d5069b7a18711",
    "orthogonal": "36040e27ce9e7331",
    "uniform_small": "3081a4b41a0e36e1",
    "uniform_unit": "9f9c9b729416b66c",
}
"""SHA-256 of the bytes. These may never change: a seed names the same weights on every machine, for ever."""


@pytest.mark.parametrize("name", FIRST_BITS)
def test_a_seed_names_the_same_bits_for_ever(name: str) -> None:
    weights = INITIALIZERS[name]((17, 23), 42)
    assert hashlib.sha256(weights.astype("<f8").tobytes()).hexdigest()[:16] == FIRST_BITS[name]
