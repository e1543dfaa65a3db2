"""A small classifier of reviews in which only the order of words tells the label."""

from typing import Any

import pytest

from elman import TextClassifier
from elman.data import order_reviews

FAST: dict[str, Any] = {
    "embedding_dim": 16, "units": 16, "pooling": "last", "word_dropout": 0.0, "dropout": 0.0,
    "epochs": 30, "learning_rate": 0.02, "early_stopping": False,
}  # fmt: skip


@pytest.fixture(scope="session")
def fitted() -> TextClassifier:
    train = order_reviews(600, 1)
    return TextClassifier(**FAST).fit(train.texts, train.labels)
