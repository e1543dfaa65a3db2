"""scikit-learn's own checks of estimators, and its tools around ours."""

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError as TheirNotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from elman import SequenceClassifier, TextClassifier
from elman.data import order_reviews
from elman.errors import ElmanError, InputError, InputTypeError, NotFittedError
from elman.sequences import Sequences

with warnings.catch_warnings():  # importing elman must not import scikit-learn, so its base class is no base of ours
    warnings.filterwarnings("ignore", "Estimator SequenceClassifier does not inherit")
    all_checks = parametrize_with_checks(
        [SequenceClassifier(), SequenceClassifier(cell="lstm", bidirectional=True, epochs=8, learning_rate=0.01)]
    )


@all_checks
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def test_a_table_is_rows_of_numbers_one_a_time_step() -> None:
    draw = np.random.default_rng(0)
    x, y = draw.standard_normal((40, 6)), np.arange(40) % 2
    table = SequenceClassifier(epochs=2).fit(x, y)
    assert table.n_features_in_ == 6
    assert table.network_.to_config()["layers"][0] == {"class": "Input", "features": 1}
    rows = [row[:, None] for row in x]
    for same in (x[:, :, None], rows, x.tolist(), Sequences.from_rows(rows), x.astype(object)):
        assert (SequenceClassifier(epochs=2).fit(same, y).predict_proba(same) == table.predict_proba(x)).all()
    assert table.predict(list(x[:, :3])).shape == (40,)
    with pytest.raises(InputError, match=r"X has 3 features, but SequenceClassifier is expecting 6"):
        table.predict(x[:, :3])


def test_integers_are_ids_in_an_array_as_in_a_list() -> None:
    x, y = np.arange(20).reshape(4, 5) % 3, [0, 1, 0, 1]
    array, rows = (SequenceClassifier(epochs=1).fit(form, y) for form in (x, list(x)))
    assert array.network_.to_config()["layers"][0]["class"] == "Embedding"
    assert not hasattr(array, "n_features_in_")
    assert (array.predict_proba(x) == rows.predict_proba(x.tolist())).all()


def test_numbers_are_computed_with_as_precisely_as_they_are_given() -> None:
    x, y = np.random.default_rng(0).standard_normal((6, 4, 2)), [0, 1] * 3
    for dtype, given, expected in (
        (None, x, np.float64),
        (None, x.astype("f"), np.float32),
        ("float32", x, np.float32),
    ):
        model = SequenceClassifier(epochs=1, dtype=dtype).fit(given, y)
        assert model.predict_proba(given).dtype == expected
    assert SequenceClassifier(epochs=1).fit([[0], [1]], [0, 1]).predict_proba([[0]]).dtype == np.float32


def test_a_weight_is_so_many_copies_and_none_is_absence() -> None:
    draw = np.random.default_rng(0)
    x, y, weights = draw.standard_normal((20, 5, 2)), np.arange(20) % 3, draw.integers(0, 4, 20)
    y[-1], weights[-1] = 7, 0  # a class of no weight is no class
    weighted = SequenceClassifier().fit(x, y, sample_weight=weights)
    repeated = SequenceClassifier().fit(x.repeat(weights, axis=0), y.repeat(weights))
    assert weighted.classes_.tolist() == [0, 1, 2]
    np.testing.assert_allclose(weighted.predict_proba(x), repeated.predict_proba(x), rtol=1e-9)
    assert (weighted.predict_proba(x) != SequenceClassifier().fit(x, y).predict_proba(x)[:, :3]).any()


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros(4), [0, 1, 0, 1], "Reshape your data"),
        (np.zeros((2, 0)), [0, 1], r"0 feature\(s\)"),
        (np.zeros((2, 2), complex), [0, 1], "Complex data not supported"),
        (np.array([[1.0, np.nan], [1, 2]]), [0, 1], "contains NaN"),
        (np.ones((2, 2)), None, "y is None"),
        (np.ones((2, 2)), [0.5, 1], "Unknown label type"),
        (np.ones((2, 2)), np.array([0, 1j]), "Unknown label type"),
        (np.array([["a", "b"], ["c", "d"]], object), [0, 1], "x must hold numbers"),
        (-np.ones((2, 2), int), [0, 1], "ids must be 0 to"),
    ],
)
def test_bad_arrays_are_refused(x: Any, y: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        SequenceClassifier().fit(x, y)


def test_what_is_no_number_is_a_type_error() -> None:
    x = np.array([[1, {}], [2, 3]], object)
    with pytest.raises(TypeError, match="must hold numbers") as caught:
        SequenceClassifier().fit(x, [0, 1])
    assert isinstance(caught.value, InputTypeError)


def test_unfitted_models_raise_an_error_that_both_know() -> None:
    for kind in (NotFittedError, TheirNotFittedError, ElmanError):
        with pytest.raises(kind, match="call fit"):
            TextClassifier().predict(["a"])


def test_an_unfitted_model_alone_imports_no_scikit_learn() -> None:
    program = (
        "import sys, elman\n"
        "try: elman.TextClassifier().predict(['a'])\n"
        "except elman.ElmanError as error: print(type(error).__name__, 'sklearn' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["NotFittedError", "False"]


FAST: dict[str, Any] = {
    "embedding_dim": 8, "units": 12, "pooling": "last", "word_dropout": 0, "dropout": 0, "epochs": 25,
    "learning_rate": 0.03, "early_stopping": False,
}  # fmt: skip


def test_texts_in_pipelines_and_searches() -> None:
    assert get_tags(TextClassifier()).input_tags.string
    data = order_reviews(300, 1)
    lower = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    pipeline = make_pipeline(lower, TextClassifier(**FAST))
    assert cross_val_score(pipeline, data.texts, data.labels, cv=2).mean() > 0.6
    grid = {"textclassifier__cell": ["gru", "simple-rnn"], "textclassifier__layers": [0, 1]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(data.texts, data.labels)
    assert search.best_params_["textclassifier__layers"] == 1
    assert search.best_estimator_.predict([data.texts[0]]).shape == (1,)


def test_numbers_in_a_pipeline() -> None:
    draw = np.random.default_rng(0)
    x = draw.standard_normal((80, 5)) * 100
    y = np.where(x[:, 0] > 0, "up", "down")
    model = make_pipeline(StandardScaler(), SequenceClassifier(cell="gru", epochs=40, learning_rate=0.01))
    assert model.fit(x, y).score(x, y) > 0.9


def test_a_dev_part_may_be_a_table() -> None:
    x = np.random.default_rng(0).normal(size=(40, 5))
    y = (x[:, 0] > 0).astype(int)
    model = SequenceClassifier(epochs=2, units=4).fit(x, y, dev=(x, y))
    assert model.history_.epochs[0].dev_loss is not None
