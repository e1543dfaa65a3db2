"""A network without recurrence: its sizes, its refusals, and what it does not know one word later."""

from typing import Any

import numpy as np
import pytest

from elman import OneHotEncoder, SequenceClassifier, Sequences, lecture_reviews
from elman.errors import InputError
from elman.inspection import ShiftDemo, count_by_length, demonstrate_shift, fixed_input_network, one_shot
from elman.inspection.shifted_phrases import LABELS, LONGEST, VOCABULARY, _texts

REVIEWS = [[0, 1, 2], [0, 1, 3], [0, 1, 4, 2]]


def test_inputs_are_the_words_vectors_one_behind_the_other() -> None:
    inputs = one_shot(REVIEWS[:2], words=3, features=5)
    assert inputs.shape == (2, 1, 15)
    assert inputs[0, 0].tolist() == [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0]


def test_ids_vectors_and_an_encoders_sequences_are_the_same_inputs() -> None:
    ids = one_shot(REVIEWS, 4, 5, pad=True)
    encoded = OneHotEncoder().fit_transform(lecture_reviews().texts)
    assert (one_shot([np.eye(5)[row] for row in REVIEWS], 4, 5, pad=True) == ids).all()
    assert (one_shot(encoded, 4, 5, pad=True) == ids).all()
    assert (one_shot(Sequences.from_rows(REVIEWS), 4, 5, pad=True) == ids).all()


def test_padding_is_zeros_at_the_end() -> None:
    padded = one_shot(REVIEWS, words=4, features=5, pad=True)
    assert padded.shape == (3, 1, 20)
    assert (padded[:2, 0, 15:] == 0).all()
    assert one_shot([[]], words=2, features=5, pad=True).tolist() == [[[0] * 10]]


def test_another_length_is_refused_with_both_sizes_and_what_to_do() -> None:
    with pytest.raises(
        InputError, match=r"row 2 has 4 words of 5 numbers, 20 inputs.*3\*5 = 15.*for 4 words.*pad=True"
    ):
        one_shot(REVIEWS, words=3, features=5)
    with pytest.raises(InputError, match=r"row 0 has 3 words.*4\*5 = 20"):
        one_shot(REVIEWS, words=4, features=5)  # a shorter one is not filled up silently
    with pytest.raises(InputError, match="row 2 has 4 words"):
        one_shot(REVIEWS, words=3, features=5, pad=True)  # nor is a longer one cut


@pytest.mark.parametrize(
    ("rows", "changed", "message"),
    [
        ([[0, 7, 1]], {}, "ids must be 0 to 4.* got 7"),
        ([[0, -1, 1]], {}, "ids must be 0 to 4.* got -1"),
        ([np.eye(4)[:3]], {}, "words must have 5 numbers each, got 4"),
        ("movie was good", {}, "got str"),
        (REVIEWS, {"words": 0}, "words must be a positive integer, got 0"),
        (REVIEWS, {"features": 2.5}, "features must be a positive integer, got 2.5"),
        (REVIEWS, {"pad": 4}, "pad must be True or False, got 4"),
    ],
)
def test_what_is_no_text_is_refused(rows: Any, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        one_shot(rows, **{"words": 3, "features": 5, **changed})


def test_it_computes_what_numpy_does() -> None:
    network = fixed_input_network(3, 5, random_state=4)
    w = network.parameters
    x = one_shot(REVIEWS[:2], 3, 5)[:, 0]
    h = np.tanh(x @ w["dense/kernel"] + w["dense/bias"])
    logits = h @ w["dense_1/kernel"] + w["dense_1/bias"]
    np.testing.assert_allclose(network.predict(one_shot(REVIEWS[:2], 3, 5)), 1 / (1 + np.exp(-logits)), atol=1e-14)


def test_padded_to_four_words_it_learns_the_three_reviews() -> None:
    x, y = one_shot(REVIEWS, 4, 5, pad=True), lecture_reviews().labels
    model = SequenceClassifier(fixed_input_network(4, 5), epochs=200, learning_rate=0.05).fit(x, y)
    assert model.predict(x).tolist() == y


def test_parameters_grow_with_the_length_of_one_and_not_of_the_other() -> None:
    counts = count_by_length([3, 4, 20], features=5, hidden=3)
    assert [count.fixed for count in counts] == [3 * 5 * 3 + 3 + 4, 4 * 5 * 3 + 3 + 4, 20 * 5 * 3 + 3 + 4]
    assert [count.recurrent for count in counts] == [31, 31, 31]
    with pytest.raises(InputError, match="words must be a positive integer, got 0"):
        count_by_length([0])


@pytest.fixture(scope="module", params=range(3))
def demo(request: pytest.FixtureRequest) -> ShiftDemo:
    return demonstrate_shift(request.param)


def test_phrases_one_word_later_are_known_to_the_recurrent_network_alone(demo: ShiftDemo) -> None:
    assert (demo.fixed.in_place, demo.recurrent.in_place) == (1, 1)
    assert demo.fixed.shifted < 0.7
    assert demo.recurrent.shifted > 0.97


def test_a_bag_cannot_tell_texts_of_the_same_words_apart(demo: ShiftDemo) -> None:
    assert (demo.bag.in_place, demo.bag.shifted) == (0.5, 0.5)


def test_no_weight_that_reads_a_shifted_phrase_was_ever_learned(demo: ShiftDemo) -> None:
    assert demo.unmoved == 1


def test_the_demonstration_repeats_itself_with_any_number_of_threads() -> None:
    assert demonstrate_shift(1, threads=1) == demonstrate_shift(1, threads=2)


@pytest.mark.parametrize("before", [0, 1])
def test_each_pair_of_texts_has_the_same_words_and_opposite_labels(before: int) -> None:
    texts = _texts(lambda: 0.3, before)
    assert LABELS == [1, 0]
    assert max(map(len, texts)) == LONGEST - 1 + before
    for good, bad in zip(texts[::2], texts[1::2], strict=True):
        assert sorted(good) == sorted(bad)
        assert good != bad
        assert good.index("not") == bad.index("not") == 1 + before
    assert {word for text in texts for word in text} <= set(VOCABULARY.words)


@pytest.mark.parametrize(("name", "value"), [("random_state", 0.5), ("hidden", 0), ("threads", 0)])
def test_wrong_settings_of_the_demonstration(name: str, value: Any) -> None:
    with pytest.raises(InputError):
        demonstrate_shift(**{name: value})
