import numpy as np
import pytest

from elman.engine import losses
from elman.engine.gradcheck import numeric_gradient, relative_error

DRAW = np.random.default_rng(0)
KINDS = {"binary": 1, "softmax": 5}


def case(kind: str, dtype: str = "float64") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    logits = (DRAW.standard_normal((9, KINDS[kind])) * 3).astype(dtype)
    return logits, DRAW.integers(0, max(2, KINDS[kind]), 9), DRAW.uniform(0.1, 2, 9).astype(dtype)


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_agrees_with_finite_differences(kind: str) -> None:
    logits, targets, weights = case(kind)
    for prefix in ("", "reference_"):
        loss = getattr(losses, f"{prefix}{kind}_cross_entropy")
        numeric = numeric_gradient(lambda f=loss: float(f(logits, targets, weights)[0].sum()), logits)
        assert relative_error(loss(logits, targets, weights)[1], numeric) < 1e-9


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_compiled_equals_readable(kind: str, dtype: str) -> None:
    arguments = case(kind, dtype)
    compiled = getattr(losses, f"{kind}_cross_entropy")(*arguments)
    readable = getattr(losses, f"reference_{kind}_cross_entropy")(*arguments)
    for a, b in zip(compiled, readable, strict=True):
        assert a.dtype == b.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("size", [50.0, 500.0, 5e4])
def test_logits_of_any_size_give_exact_losses(size: float) -> None:
    one = np.ones(2)
    z = np.array([[size], [-size]])
    assert losses.binary_cross_entropy(z, np.array([1, 0]), one)[0].tolist() == pytest.approx([0, 0], abs=1e-20)
    assert losses.binary_cross_entropy(z, np.array([0, 1]), one)[0].tolist() == [size, size]
    z = np.array([[size, 0.0, -size]])
    assert losses.softmax_cross_entropy(z, np.array([2]), one[:1])[0].tolist() == [2 * size]
    assert losses.softmax_cross_entropy(z, np.array([0]), one[:1])[0].tolist() == pytest.approx([0], abs=1e-20)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_a_number_shows_in_the_loss(kind: str) -> None:
    logits, targets, weights = case(kind)
    logits[4, 0] = np.nan
    row_losses, d_logits = getattr(losses, f"{kind}_cross_entropy")(logits, targets, weights)
    assert np.isnan(row_losses).tolist() == [i == 4 for i in range(9)]
    assert np.isnan(d_logits[4]).any()
