"""scikit-learn's own checks on every encoder, with texts in the place of its tables of numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

from elman import encoders
from elman.encoders import Encoder, Pretrained, PublishedELMo, WordVectors
from elman.sequences import Sequences

from .test_contract import CASES
from .test_published_elmo import OPTIONS, write_weights

# scikit-learn is not imported for the sake of a base class.
pytestmark = pytest.mark.filterwarnings("ignore:Estimator .* does not inherit from")

NO_COLUMNS = "a text is of any length: there are no columns to be counted"
ANY_WORD = "a word may be written in any way: what is no number to scikit-learn is one more word"
NO_TABLE = "what is no list of texts is refused as that, and not in the words that are meant for tables of numbers"
FAIL = {
    "check_n_features_in": NO_COLUMNS,
    "check_n_features_in_after_fitting": NO_COLUMNS,
    "check_transformer_general": NO_COLUMNS + "; check_transformer_data_not_an_array asks the rest",
    "check_complex_data": ANY_WORD,
    "check_estimators_nan_inf": ANY_WORD,
    "check_estimator_sparse_array": NO_TABLE,
    "check_estimator_sparse_matrix": NO_TABLE,
    "check_estimator_sparse_tag": NO_TABLE,
    "check_estimators_empty_data_messages": NO_TABLE,
    "check_fit2d_predict1d": NO_TABLE,
}
"""Checks that cannot hold of texts, and why."""
ALSO_FAIL = {
    "glove": {"check_fit2d_1feature": "GloVe learns from words that stand near each other: texts of one word have none"}
}
"""Those that cannot hold of what an encoder learns from."""
SKIPPED = ["check_array_api_input"]
"""It runs where SciPy's support of foreign arrays is switched on."""
KNOWN = WordVectors([f"{number}" for number in range(-200, 200)], np.random.default_rng(0).normal(size=(400, 3)))


def as_texts(x: Any) -> Any:
    """Give a table as texts: a row is a text, each of its numbers, without the fraction, a word. Leave what is none."""
    table = np.asarray(x)
    return [[f"{number:.0f}" for number in row] for row in table.tolist()] if table.ndim == 2 else x


class OfTables(Encoder):
    """An encoder that reads tables as texts: scikit-learn's checks make no others, and run none where a tag says so."""

    def fit(self, x: Any = None, y: Any = None) -> Any:
        return super().fit(as_texts(x), y)

    def fit_transform(self, x: Any, y: Any = None) -> Any:
        return self.fit(x, y).transform(x)

    def transform(self, x: Any) -> Any:
        encoded = super().transform(as_texts(x))  # type: ignore[safe-super]
        if not isinstance(encoded, Sequences):
            return encoded
        dense, _ = encoded.to_dense()
        return dense.reshape(len(dense), -1)

    def _reads(self) -> dict[str, bool]:
        return {"one_d_array": False, "two_d_array": True, "string": True}


class ScoresTables(OfTables):
    def score(self, x: Any, y: Any = None) -> float:
        return float(super().score(as_texts(x), y))  # type: ignore[misc]


def of_tables(encoder: Any) -> Any:
    """Give such an encoder with the same settings."""
    kind = type(encoder)
    name = f"{kind.__name__}OfTables"
    base = ScoresTables if hasattr(kind, "score") else OfTables
    globals().setdefault(name, type(name, (base, kind), {"__module__": __name__}))  # where pickle looks for it
    return globals()[name](**encoder.get_params(deep=False))


def failures(encoder: Any, expected: dict[str, str]) -> dict[str, Any]:
    """Give the checks that fail and are not expected to, or do not and are, with what was raised."""
    results = check_estimator(of_tables(encoder), expected_failed_checks=expected, on_fail=None, on_skip=None)
    assert {result["check_name"] for result in results} >= {*expected, *SKIPPED, "check_fit_idempotent"}
    assert [result["check_name"] for result in results if result["status"] == "skipped"] == SKIPPED
    as_expected = {False: ("passed", "skipped"), True: ("xfail",)}
    wrong = [result for result in results if result["status"] not in as_expected[result["expected_to_fail"]]]
    return {result["check_name"]: result["exception"] for result in wrong}


@pytest.mark.parametrize("name", CASES)
def test_checks_hold_that_texts_allow(name: str) -> None:
    encoder = Pretrained(vectors=KNOWN) if name == "pretrained" else CASES[name]
    assert failures(encoder, FAIL | ALSO_FAIL.get(name, {})) == {}


def test_checks_hold_that_texts_allow_of_published_weights(tmp_path: Path) -> None:
    (tmp_path / "options.json").write_text(json.dumps(OPTIONS))
    weights = write_weights(tmp_path / "weights.hdf5", OPTIONS)
    encoder = PublishedELMo(options_file=str(tmp_path / "options.json"), weight_file=str(weights))
    assert failures(encoder, FAIL) == {}


@pytest.mark.parametrize("kind", encoders.ENCODERS)
def test_tags_say_that_texts_are_read_and_no_tables(kind: type[Encoder]) -> None:
    with pytest.warns(SkipTestWarning, match=r"Can't test estimator .* two_d_array=False.*string=True"):
        check_estimator(kind())
