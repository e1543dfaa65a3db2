"""What a classifier's answers say: against scikit-learn, and at the edges."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, confusion_matrix, precision_recall_curve

import elman
from elman.errors import InputError
from elman.inspection import outcomes_of, precision_recall_of, reliability_of
from elman.inspection.confidence import share
from elman.inspection.intervals import share_of_rows


@pytest.mark.parametrize("seed", range(5))
def test_precision_and_recall_are_scikit_learns(seed: int) -> None:
    draw = np.random.default_rng(seed)
    p, truth = draw.random(80).round(1 + seed % 2), draw.random(80) < 0.3  # rounded: many are equal
    curve = precision_recall_of(p, truth)
    precision, recall, _ = precision_recall_curve(truth, p)
    np.testing.assert_allclose(curve.precision, precision[-2::-1], atol=1e-12)
    np.testing.assert_allclose(curve.recall, recall[-2::-1], atol=1e-12)
    assert curve.average == pytest.approx(average_precision_score(truth, p), abs=1e-12)


def test_confidence_at_an_edge_belongs_to_the_bin_below() -> None:
    found = reliability_of([0.0, 0.1, 0.10001, 0.9, 1.0], [True] * 5)
    assert found.counts.tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 1, 1]
    assert found.error == pytest.approx((0.95 * 2 + 0.89999 + 0.1 + 0) / 5)


def test_answers_as_sure_as_they_are_right_have_no_error() -> None:
    assert reliability_of([0.75] * 4, [True, True, True, False]).error == 0


@pytest.mark.parametrize(("p", "right"), [([], []), ([1.5], [True]), ([0.5], [True, False]), ([np.nan], [True])])
def test_what_is_no_probability_is_refused(p: list[float], right: list[bool]) -> None:
    with pytest.raises(InputError, match="confidence must be probabilities"):
        reliability_of(p, right)


def test_a_class_without_labels_has_no_recall() -> None:
    with pytest.raises(InputError, match="a label of the class"):
        precision_recall_of([0.5], [False])


TEXTS, LABELS = ["movie was good", "movie was bad", "movie was not good", "a fine film"] * 4, ["g", "b", "b", "o"] * 4


def test_outcomes_are_what_the_model_answers() -> None:
    model = elman.TextClassifier(epochs=3, units=4, embedding_dim=4).fit(TEXTS, LABELS)
    found = outcomes_of(model, TEXTS, LABELS)
    assert found.classes == ("b", "g", "o")
    assert (found.probabilities == model.predict_proba(TEXTS)).all()
    assert [found.classes[place] for place in found.predicted] == model.predict(TEXTS).tolist()
    assert found.right.mean() == model.score(TEXTS, LABELS)
    assert (found.confusion() == confusion_matrix(LABELS, model.predict(TEXTS))).all()


def test_labels_that_training_did_not_have_are_classes_of_probability_zero() -> None:
    model = elman.TextClassifier(epochs=1, units=4, embedding_dim=4).fit(TEXTS[:2], ["b", "g"])
    found = outcomes_of(model, ["a film", "bad"], ["a", "g"])
    assert found.classes == ("a", "b", "g")
    assert found.probabilities[:, 0].tolist() == [0, 0]
    assert not found.right[0]


def test_a_taggers_outcomes_are_a_word_each() -> None:
    rows, tags = [["a", "cat", "sat"], ["it", "ran"], []] * 4, [["D", "N", "V"], ["N", "V"], []] * 4
    model = elman.Tagger(epochs=2, units=4, embedding_dim=4).fit(rows, tags)
    found = outcomes_of(model, rows, tags)
    assert found.lengths.tolist() == [3, 2, 0] * 4
    assert found.confusion().sum() == 20
    assert found.right.mean() == model.score(rows, tags)


def test_what_has_no_labels_is_refused() -> None:
    model = elman.TextClassifier(epochs=1, units=4, embedding_dim=4).fit(TEXTS, LABELS)
    with pytest.raises(InputError, match="a label for each of 2 answers"):
        outcomes_of(model, TEXTS[:2], LABELS[:1])
    with pytest.raises(InputError, match="model must be a classifier, got a Vocabulary"):
        outcomes_of(elman.Vocabulary(["a"]), TEXTS, LABELS)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([["X"], ["Y", "X"]], r"row 0 must have 2 labels, one for each answer, got \['X'\]"),
        ([["X", "Y"], "X"], "row 1 must have 1 labels"),
        ([["X", "Y"], None], "row 1 must have 1 labels"),
        ([["X", "Y"], []], "row 1 must have 1 labels"),
        ([["X", "Y"]], "a label for each of 3 answers"),
        ([["X", "Y"], [3]], "a label must be a text, as the model's 'X', 'Y' are, got 3"),
    ],
)
def test_a_taggers_labels_must_fit_each_row(labels: list[Any], message: str) -> None:
    model = elman.Tagger(units=4, embedding_dim=4, epochs=1).fit([["a", "B"], ["c"]], [["X", "Y"], ["X"]])
    with pytest.raises(InputError, match=message):
        outcomes_of(model, [["a", "b"], ["c"]], labels)


def test_labels_are_of_the_classes_kind() -> None:
    model = elman.TextClassifier(epochs=1, units=4, embedding_dim=4).fit(TEXTS[:2], [1, 0])
    for labels in (["1", "0"], [1, None], [1, "zzz"]):
        with pytest.raises(InputError, match="a label must be a number, as the model's 0, 1 are, got"):
            outcomes_of(model, TEXTS[:2], labels)
    for known in ([True, False], [1.0, 0.0], np.array([1, 0]), [np.bool_(1), np.bool_(0)]):
        found = outcomes_of(model, TEXTS[:2], known)
        assert found.classes == (0, 1) and found.truth.tolist() == [1, 0]
    assert outcomes_of(model, TEXTS[:2], [7, 0]).classes == (0, 1, 7)


def test_with_one_answer_a_row_the_interval_is_wilsons() -> None:
    assert share_of_rows([1] * 9 + [0], [1] * 10) == share(9, 10, 0.05)


def test_words_that_hang_together_make_the_interval_wider() -> None:
    together, apart = share_of_rows([10] * 9 + [0], [10] * 10), share_of_rows([9] * 10, [10] * 10)
    assert together.value == apart.value == 0.9
    assert together.high - together.low > 2 * (apart.high - apart.low)
    assert share_of_rows([3, 4], [3, 4]).low < 0.6  # two rows say little, even if all of it is right
    assert share_of_rows([30], [40]) == share(0.75, 1, 0.05)


def test_intervals_of_few_sentences_hold_the_share_as_often_as_they_say() -> None:
    """Sentences of 20 words, each with a share of its own: 95 % of the intervals shall hold the mean of these."""
    draw = np.random.default_rng(1)
    found = [share_of_rows(draw.binomial(20, draw.beta(4, 2, 5)), [20] * 5) for _ in range(2000)]
    assert np.mean([interval.low <= 4 / 6 <= interval.high for interval in found]) > 0.94
