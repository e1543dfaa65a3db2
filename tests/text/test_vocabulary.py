import pytest
from hypothesis import given
from hypothesis import strategies as st

from elman.errors import InputError
from elman.text import Tokenizer, Vocabulary

REVIEWS = [text.split() for text in ("movie was good", "movie was bad", "movie was not good")]


def test_lecture_order_is_by_falling_frequency_then_first_appearance() -> None:
    assert Vocabulary.from_tokens(REVIEWS).words == ("movie", "was", "good", "bad", "not")


def test_ids_and_back() -> None:
    vocabulary = Vocabulary.from_tokens(REVIEWS)
    ids = vocabulary.to_ids(["movie", "was", "terrible", "good"])
    assert ids.tolist() == [0, 1, 5, 2]
    assert vocabulary.unknown_id == len(vocabulary) == 5
    assert vocabulary.to_tokens(ids) == ["movie", "was", "<unk>", "good"]
    assert "good" in vocabulary
    assert "terrible" not in vocabulary
    assert vocabulary.to_ids([]).dtype == "int64"


def test_rare_words_and_small_vocabularies() -> None:
    assert Vocabulary.from_tokens(REVIEWS, min_count=2).words == ("movie", "was", "good")
    assert Vocabulary.from_tokens(REVIEWS, max_size=2).words == ("movie", "was")
    assert len(Vocabulary.from_tokens([], min_count=1)) == 0


@given(st.lists(st.text(max_size=30), max_size=8))
def test_every_token_that_the_tokenizer_makes_is_a_word(texts: list[str]) -> None:
    tokens = [Tokenizer().tokenize(text) for text in texts]
    vocabulary = Vocabulary.from_tokens(tokens)
    for row in tokens:
        assert vocabulary.to_tokens(vocabulary.to_ids(row)) == row


@pytest.mark.parametrize("words", [["a", ""], ["a", "b", "a"], ["a\nb"], [3], ["\ud800"]])
def test_bad_words_are_refused(words: list[str]) -> None:
    with pytest.raises(InputError, match="word"):
        Vocabulary(words)


@pytest.mark.parametrize("ids", [[6], [-1], [1.0], ["good"]])
def test_ids_without_word_are_refused(ids: list[int]) -> None:
    with pytest.raises(InputError, match="0 to 5"):
        Vocabulary.from_tokens(REVIEWS).to_tokens(ids)


@pytest.mark.parametrize("settings", [{"min_count": 0}, {"max_size": 0}, {"min_count": 1.5}])
def test_bad_limits_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(InputError, match="positive integer"):
        Vocabulary.from_tokens(REVIEWS, **settings)


def test_a_string_is_no_list_of_tokens() -> None:
    vocabulary = Vocabulary.from_tokens(REVIEWS)
    with pytest.raises(InputError, match="must be a list of strings, got str 'good'"):
        vocabulary.to_ids("good")
    with pytest.raises(InputError, match="tokens must be a list"):
        Vocabulary.from_tokens(["good movie"])
    with pytest.raises(InputError, match="words must be a list"):
        Vocabulary("good")
