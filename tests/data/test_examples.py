from collections import Counter

import pytest

from elman.data import lecture_reviews, order_reviews, word_reviews
from elman.data.examples import BAD, GOOD
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


def tones(text: str) -> list[bool]:
    return [word in GOOD for word in text.split() if word in (*GOOD, *BAD)]


@pytest.mark.parametrize("interacting", [False, True])
def test_words_alone_tell_the_label(interacting: bool) -> None:
    for text, label in zip(*word_reviews(300, 1, 0, interacting), strict=True):
        good = sum(tones(text))
        assert len(tones(text)) == 3
        assert label == (good in (1, 2) if interacting else good > 1)


def test_noise_turns_labels_round_and_changes_no_text() -> None:
    clean, noisy = word_reviews(2000, 3, 0), word_reviews(2000, 3, 0.2)
    assert clean.texts == noisy.texts
    turned = sum(a != b for a, b in zip(clean.labels, noisy.labels, strict=True))
    assert 330 < turned < 470
    assert word_reviews(9, 1) == word_reviews(9, 1) != word_reviews(9, 2)


@pytest.mark.parametrize(("n", "noise", "interacting"), [(0, 0.1, False), (5, 0.6, False), (5, "x", False), (5, 0, 1)])
def test_word_reviews_refuse(n: int, noise: float, interacting: bool) -> None:
    with pytest.raises(InputError, match="must be"):
        word_reviews(n, 1, noise, interacting)
