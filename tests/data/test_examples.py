from collections import Counter

import pytest

from elman.data import lecture_reviews, order_reviews
from elman.errors import InputError


def test_lecture_reviews_are_the_lectures() -> None:
    reviews = lecture_reviews()
    assert dict(zip(reviews.texts, reviews.labels, strict=True)) == {
        "movie was good": 1,
        "movie was bad": 0,
        "movie was not good": 0,
    }


@pytest.mark.parametrize("seed", range(5))
def test_every_bag_of_words_carries_both_labels_equally_often(seed: int) -> None:
    reviews = order_reviews(600, seed)
    balance: Counter[tuple[str, ...]] = Counter()
    for text, label in zip(reviews.texts, reviews.labels, strict=True):
        balance[tuple(sorted(text.split()))] += 1 if label else -1
    assert not any(balance.values())
    assert len(reviews.texts) == 600
    texts, labels = reviews
    assert (texts, labels) == (reviews.texts, reviews.labels)


def test_no_text_has_both_labels() -> None:
    reviews = order_reviews(4000, 1)
    labels: dict[str, set[object]] = {}
    for text, label in zip(reviews.texts, reviews.labels, strict=True):
        labels.setdefault(text, set()).add(label)
    assert all(len(both) == 1 for both in labels.values())
    assert len(labels) > 2500


def test_seed_decides_and_lengths_differ() -> None:
    assert order_reviews(50, 7) == order_reviews(50, 7)
    assert order_reviews(50, 7).texts != order_reviews(50, 8).texts
    assert len({len(text.split()) for text in order_reviews(200).texts}) > 4


@pytest.mark.parametrize("n", [0, 3, -2, 2.0, True])
def test_odd_numbers_are_refused(n: int) -> None:
    with pytest.raises(InputError, match="even integer"):
        order_reviews(n)
