"""The lecture in a minute: its three reviews, its 31 parameters, and why order needs a memory."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import lecture_reviews, order_reviews
from ..engine import Dense, Network, OneHot, SimpleRNN
from ..text import Tokenizer, Vocabulary
from .sequence_classifier import SequenceClassifier
from .text_classifier import TextClassifier

__all__ = ["LectureDemo", "OrderDemo", "demonstrate_lecture", "demonstrate_order"]


@dataclass(frozen=True, eq=False)
class LectureDemo:
    """What the lecture does by hand.

    encoded : one (time, words) array a review, its rows one-hot
    probabilities : (reviews,), of the label 1, after training; `untrained` before it
    """

    texts: list[str]
    labels: list[Any]
    words: list[str]
    encoded: list[NDArray[np.float64]]
    network: Network
    untrained: NDArray[np.floating[Any]]
    probabilities: NDArray[np.floating[Any]]


@dataclass(frozen=True)
class OrderDemo:
    """Accuracies on order reviews that were not trained on, with examples of them and the answers of both."""

    train_rows: int
    test_rows: int
    without_memory: float
    recurrent: float
    examples: list[tuple[str, str | int, str | int, str | int]]
    """Text, truth, answer without memory, answer of the recurrent network."""


def demonstrate_lecture(random_state: int = 0, threads: int | None = None) -> LectureDemo:
    """Encode the lecture's reviews, and train its network of 5 inputs, 3 hidden units and 1 output on them."""
    reviews = lecture_reviews()
    tokens = [Tokenizer().tokenize(text) for text in reviews.texts]
    vocabulary = Vocabulary.from_tokens(tokens)
    encoded = [np.eye(len(vocabulary))[vocabulary.to_ids(row)] for row in tokens]
    network = Network(
        [OneHot(len(vocabulary)), SimpleRNN(3), Dense(1, activation="sigmoid")], random_state=random_state
    )
    model = SequenceClassifier(network, epochs=300, learning_rate=0.05, random_state=random_state, threads=threads)
    model.fit(encoded, reviews.labels)
    return LectureDemo(
        reviews.texts,
        list(reviews.labels),
        list(vocabulary.words),
        encoded,
        model.network_,
        network.predict(encoded)[:, 0],
        model.predict_proba(encoded)[:, 1],
    )


def demonstrate_order(random_state: int = 0, threads: int | None = None) -> OrderDemo:
    """Train twins, one without memory and one recurrent, on reviews in which only the order tells the label."""
    train, test = order_reviews(2000, random_state), order_reviews(400, random_state + 1)
    answers = []
    for layers, pooling in ((0, "mean"), (1, "last")):
        model = TextClassifier(
            embedding_dim=32, units=32, layers=layers, pooling=pooling, word_dropout=0, dropout=0, epochs=30,
            learning_rate=0.01, early_stopping=False, random_state=random_state, threads=threads,
        )  # fmt: skip
        model.fit(train.texts, train.labels)
        answers.append(model.predict(test.texts))
    truth = np.asarray(test.labels)
    examples = [(test.texts[i], test.labels[i], answers[0][i].item(), answers[1][i].item()) for i in _twins(test.texts)]
    without, recurrent = (float((answer == truth).mean()) for answer in answers)
    return OrderDemo(len(train.texts), len(test.texts), without, recurrent, examples)


def _twins(texts: list[str]) -> list[int]:
    """Give the rows of two short pairs of texts that share their words."""
    by_words: dict[tuple[str, ...], list[int]] = {}
    for row, text in enumerate(texts):
        by_words.setdefault(tuple(sorted(text.split())), []).append(row)
    shortest = sorted(by_words.values(), key=lambda rows: len(texts[rows[0]]))
    return [row for rows in shortest[:2] for row in rows[:2]]
