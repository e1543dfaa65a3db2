"""`compare_encoders`: each figure is that of the models that anybody would train so."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import elman
from elman import TextClassifier, compare_encoders
from elman.data import LabelledTexts
from elman.errors import InputError

SETTINGS: dict[str, Any] = {"units": 4, "epochs": 3, "min_count": 1, "random_state": 5}
TRAIN, DEV, TEST = (elman.order_reviews(rows, seed) for rows, seed in ((120, 1), (40, 2), (32, 3)))
TEST = replace(TEST, labels=[int(number % 3 == 0) for number in range(32)])
"""Labels that have nothing to do with the texts, so that the share that is right changes with the seed."""


def fitted(seed: int, dev: LabelledTexts = DEV) -> TextClassifier:
    return TextClassifier(**{**SETTINGS, "random_state": seed}, encoder="one-hot").fit(*TRAIN, dev=tuple(dev))


def test_figures_are_over_as_many_seeds_as_are_asked_for_on_the_texts_to_test_on() -> None:
    (found,) = compare_encoders(TextClassifier(**SETTINGS), TRAIN, ["one-hot"], DEV, TEST, seeds=3)
    models = [fitted(seed) for seed in (5, 6, 7)]
    right = np.array([model.predict(TEST.texts) == np.asarray(TEST.labels) for model in models])
    accuracies = right.mean(axis=1)
    assert len(set(accuracies)) > 1
    assert found.accuracy == pytest.approx(mean := accuracies.mean())
    assert found.spread == pytest.approx((((accuracies - mean) ** 2).sum() / 2) ** 0.5)
    assert found.standard_error == pytest.approx((mean * (1 - mean) / 32) ** 0.5)
    assert (found.right == right.mean(axis=0)).all()
    assert (found.texts, found.measured_on) == (32, TEST.source)
    assert "right" not in found.to_json()


@pytest.mark.parametrize(
    ("rows", "dev", "texts", "measured_on"),
    [
        (120, DEV, 40, f"{DEV.source}; they chose the epoch, too"),
        (1000, None, 100, "held back from the training data; they chose the epoch, too"),
        (40, None, 4, "held back from the training data"),
        (2, None, 2, "the training data itself (too little to hold back)"),
    ],
)
def test_it_says_what_it_measured_on(rows: int, dev: LabelledTexts | None, texts: int, measured_on: str) -> None:
    data = elman.order_reviews(rows, 1)
    (found,) = compare_encoders(TextClassifier(**SETTINGS), data, ["one-hot"], dev)
    assert (found.texts, found.measured_on) == (texts, measured_on)
    assert found.spread is None
    assert found.to_json()["measured_on"] == measured_on


def test_few_rows_are_all_trained_on_where_others_are_measured() -> None:
    data = elman.order_reviews(40, 1)
    (found,) = compare_encoders(TextClassifier(**SETTINGS), data, ["one-hot"], test=TEST)
    model = TextClassifier(**SETTINGS, encoder="one-hot").fit(*data)
    assert (found.accuracy, found.measured_on) == (model.score(*TEST), TEST.source)


def test_an_encoder_is_named_once() -> None:
    with pytest.raises(InputError, match="got 'tfidf' twice"):
        compare_encoders(TextClassifier(**SETTINGS), TRAIN, ["tfidf", "one-hot", "tfidf"], DEV)


def test_encoders_learn_from_more_texts() -> None:
    model = TextClassifier(**SETTINGS)
    more = [" ".join(f"word{number}" for number in range(50))]
    without, with_more = (
        compare_encoders(model, TRAIN, ["embedding", "word2vec"], DEV, unlabelled=given) for given in (None, more)
    )
    assert with_more[0].bytes == without[0].bytes
    assert with_more[1].bytes > without[1].bytes + 50 * 4 * 50


def test_more_texts_that_nobody_learns_from_are_refused() -> None:
    with pytest.raises(InputError, match="unlabelled has no effect with encoders embedding"):
        compare_encoders(TextClassifier(**SETTINGS), TRAIN, ["embedding"], DEV, unlabelled=["a text"])
