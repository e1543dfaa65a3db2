"""Optimizers against the rules that their docstrings state, written out for whole tables."""

import numpy as np
import pytest

from elman.engine.optimizers import SGD, Adam, clip_scale, global_norm
from elman.engine.row_gradient import RowGradient, add_gradients
from elman.errors import InputError

DRAW = np.random.default_rng(0)
SHAPE = (6, 3)


def dense_lazy_adam(value: np.ndarray, gradients: list[RowGradient], rate: float) -> np.ndarray:
    """Every row's moments decay in every update, as in plain Adam; only touched rows move."""
    beta1, beta2, epsilon = 0.9, 0.999, 1e-8
    value, m, v = value.copy(), np.zeros(SHAPE), np.zeros(SHAPE)
    for t, gradient in enumerate(gradients, start=1):
        g = gradient.dense(SHAPE)
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        step = rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        value[gradient.rows] -= step[gradient.rows]
    return value


def plain_adam(value: np.ndarray, gradients: list[np.ndarray], rate: float) -> np.ndarray:
    """Kingma & Ba 2015, algorithm 1."""
    everything = np.arange(len(value))
    return dense_lazy_adam(value, [RowGradient(everything, g) for g in gradients], rate)


def some_rows() -> RowGradient:
    rows = DRAW.permutation(6)[: DRAW.integers(1, 5)]
    return RowGradient(rows, DRAW.standard_normal((len(rows), 3)))


def test_lazy_adam_equals_the_dense_rule() -> None:
    value, gradients = DRAW.standard_normal(SHAPE), [some_rows() for _ in range(40)]
    adam, parameters = Adam(0.01), {"table": value.copy()}
    for gradient in gradients:
        adam.update(parameters, {"table": gradient})
    np.testing.assert_allclose(parameters["table"], dense_lazy_adam(value, gradients, 0.01), rtol=1e-11)


def test_lazy_adam_differs_from_plain_adam_where_rows_sit_out() -> None:
    value, gradients = DRAW.standard_normal(SHAPE), [some_rows() for _ in range(40)]
    plain = plain_adam(value, [g.dense(SHAPE) for g in gradients], 0.01)
    assert np.abs(dense_lazy_adam(value, gradients, 0.01) - plain).max() > 1e-3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sparse", [False, True])
def test_adam_is_plain_where_every_row_is_touched(sparse: bool, dtype: str) -> None:
    value, gradients = DRAW.standard_normal(SHAPE), [DRAW.standard_normal(SHAPE) for _ in range(30)]
    adam, parameters = Adam(0.01), {"table": value.astype(dtype)}
    for gradient in gradients:
        order = DRAW.permutation(6)
        given = RowGradient(order, gradient[order].astype(dtype)) if sparse else gradient.astype(dtype)
        adam.update(parameters, {"table": given})
    tolerance = 1e-11 if dtype == "float64" else 1e-4
    np.testing.assert_allclose(parameters["table"], plain_adam(value, gradients, 0.01), rtol=tolerance, atol=tolerance)


def test_rows_that_were_not_read_stay() -> None:
    for optimizer in (SGD(0.1), Adam(0.1)):
        value = DRAW.standard_normal(SHAPE)
        parameters = {"table": value.copy()}
        for _ in range(2):
            optimizer.update(parameters, {"table": RowGradient(np.array([4, 1]), np.ones((2, 3)))})
        assert (parameters["table"][[0, 2, 3, 5]] == value[[0, 2, 3, 5]]).all()
        assert (parameters["table"][[1, 4]] < value[[1, 4]]).all()


def test_sgd_takes_its_step() -> None:
    parameters = {"bias": np.array([1.0, 2.0])}
    SGD(0.5).update(parameters, {"bias": np.array([1.0, -2.0])}, scale=0.1)
    assert parameters["bias"].tolist() == [0.95, 2.1]


def test_clipping_brings_the_norm_of_all_gradients_down_to_the_limit() -> None:
    gradients = {"a": DRAW.standard_normal((5, 7)), "b": RowGradient(np.array([3]), DRAW.standard_normal((1, 13)))}
    norm = global_norm(gradients)
    together = np.concatenate([gradients["a"].ravel(), gradients["b"].values.ravel()])  # type: ignore[union-attr]
    assert norm == pytest.approx(np.linalg.norm(together), rel=1e-14)
    assert clip_scale(norm, norm / 4) == pytest.approx(0.25)
    assert clip_scale(norm, norm * 2) == 1
    assert clip_scale(norm, None) == 1


def test_gradients_of_shards_add_up_row_by_row() -> None:
    parts = [some_rows() for _ in range(4)]
    total = add_gradients([{"table": part, "bias": np.full(2, 1.0)} for part in parts])
    assert isinstance(total["table"], RowGradient)
    assert len(set(total["table"].rows.tolist())) == len(total["table"].rows)
    np.testing.assert_allclose(total["table"].dense(SHAPE), sum(part.dense(SHAPE) for part in parts), rtol=1e-14)
    assert total["bias"].tolist() == [4, 4]


@pytest.mark.parametrize("make", [lambda: SGD(0), lambda: Adam(np.nan), lambda: Adam(beta1=1), lambda: Adam(epsilon=0)])
def test_bad_settings_are_refused(make: object) -> None:
    with pytest.raises(InputError):
        make()  # type: ignore[operator]
