import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elman.errors import InputError
from elman.text import Tokenizer
from elman.text.tokenizer import PATTERN, _compiled

tokenize = Tokenizer().tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("movie was not good", ["movie", "was", "not", "good"]),
        ("I don't, can't; it's", ["i", "do", "n't", ",", "ca", "n't", ";", "it", "'s"]),
        ("i do n't , it 's", ["i", "do", "n't", ",", "it", "'s"]),
        ("don’t IT’S", ["do", "n't", "it", "'s"]),
        ("Great!!<br /><br />See it.", ["great", "!", "!", "see", "it", "."]),
        ("3.5 of 10, 1,000 times...", ["3.5", "of", "10", ",", "1,000", "times", "..."]),
        ("a < b > c", ["a", "<", "b", ">", "c"]),
        ("café cafe\u0301", ["café", "cafe\u0301"]),
        ("😀👍🏽 👨‍👩‍👧", ["😀", "👍🏽", "👨‍👩‍👧"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("好电影", ["好", "电", "影"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("か\u3099く", ["か\u3099", "く"]),
        ("if a <b and c> d", ["if", "a", "<", "b", "and", "c", ">", "d"]),
        ("<a href='x'>here</a>", ["here"]),
        ("", []),
        (" \n\t", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


def test_keeps_letter_case_if_asked() -> None:
    assert Tokenizer(lowercase=False).tokenize("Not GOOD, don’t") == ["Not", "GOOD", ",", "do", "n’t"]


@given(st.text(max_size=60))
def test_spans_are_the_tokens_places_in_the_text_as_given(text: str) -> None:
    pieces = [text[begin:end] for begin, end in Tokenizer().spans(text)]
    assert [piece.lower().replace("’", "'") for piece in pieces] == tokenize(text)


@given(st.text(max_size=60))
def test_nothing_but_white_space_and_tags_is_left_out(text: str) -> None:
    if "<" not in text:
        covered = "".join(text[begin:end] for begin, end in Tokenizer().spans(text))
        assert "".join(covered.split()) == "".join(text.split())


def test_offsets_survive_letters_that_grow_in_lower_case() -> None:
    text = "İİ good"
    assert [text[begin:end] for begin, end in Tokenizer().spans(text)] == ["İİ", "good"]


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_the_fast_pattern_for_ascii_is_the_same_as_the_full_one(text: str) -> None:
    if "<" not in text:
        assert tokenize(text) == _compiled(PATTERN).findall(text.lower())


def test_long_words_take_linear_time() -> None:
    begin = time.perf_counter()
    assert tokenize("x" * 200_000) == ["x" * 200_000]
    assert len(tokenize("<a " * 50_000)) == 100_000
    assert time.perf_counter() - begin < 20  # quadratic would be an hour


@pytest.mark.parametrize("pattern", ["(", "(a)", "a*", r"\b", 3])
def test_bad_patterns_are_refused(pattern: object) -> None:
    with pytest.raises(InputError, match="pattern"):
        Tokenizer(pattern=pattern)  # type: ignore[arg-type]


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="must be a string, got list"):
        tokenize(["good"])  # type: ignore[arg-type]


@pytest.mark.parametrize("tokenizer", [Tokenizer(), Tokenizer(lowercase=False), Tokenizer(pattern=r"\w+")])
def test_settings_round_trip(tokenizer: Tokenizer) -> None:
    assert Tokenizer.from_config(tokenizer.to_config()) == tokenizer


@pytest.mark.parametrize("config", [None, {}, {"lowercase": True}, {"lowercase": 1, "pattern": None}])
def test_bad_settings_are_refused(config: object) -> None:
    with pytest.raises(InputError):
        Tokenizer.from_config(config)
