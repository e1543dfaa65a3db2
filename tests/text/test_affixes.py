from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elman.errors import InputError
from elman.text import Affixes, Vocabulary

WORDS = ["bad", "badly", "sadly"]


def test_what_two_words_share_is_known() -> None:
    assert Affixes.learn(WORDS, 2).pieces == ("<b", "<ba", "y>", "ly>")
    assert Affixes.learn(WORDS, 1, min_words=1).pieces == ("<b", "y>", "d>", "<s")
    assert len(Affixes.learn(["a", "b", "é"], 4)) == 0


def test_a_word_that_was_never_seen_has_its_known_affixes() -> None:
    affixes = Affixes.learn(WORDS, 3)
    assert [affixes.pieces[number] for number in affixes.to_ids("madly")] == ["y>", "ly>", "dly>"]
    assert affixes.to_ids("xyz") == affixes.to_ids("y") == []


def test_letter_case_is_an_affix_of_words_that_two_share() -> None:
    affixes = Affixes.learn(["Bad", "bad", "Day", "BAD", "HTML", "iPod", "McBad", "I"], 1, case=True)
    assert affixes.pieces == ("d>", "Aa", "AA", "aA")
    assert Affixes.learn(["Bad", "bad", "BAD", "sad"], 1, case=True).pieces == ("d>",)  # each case has one word only
    spelled = affixes.spell([["bad", "BAD", "Bad", "baD", "X1", "1"]], Vocabulary(["bad"])).spellings
    assert spelled is not None
    known = [[affixes.pieces[number] for number in spelled[row][1:]] for row in range(6)]
    assert known == [["d>"], ["d>", "AA"], ["d>", "Aa"], ["d>", "aA"], ["Aa"], []]
    assert [spelled[row][0] for row in range(6)] == [0, 0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("token", "case"),
    [
        *((token, "Aa") for token in ("I", "Word", "3D", "'S", "İstanbul", "Ǆungla")),
        *((token, "AA") for token in ("AB", "STRAßE", "ΟΔΟΣ")),
        *((token, "aA") for token in ("iPod", "McBad")),
        *((token, "") for token in ("word", "3", "映画", "ß")),
    ],
)
def test_only_characters_with_letter_case_have_one(token: str, case: str) -> None:
    affixes = Affixes(["Aa", "AA", "aA"], 1, case=True)
    assert [affixes.pieces[number] for number in affixes.to_ids(token)] == ([case] if case else [])


def test_tokens_that_are_no_strings_are_refused() -> None:
    for case in (False, True):
        with pytest.raises(InputError, match="tokens must be strings, got int 3"):
            Affixes.learn(["bad", 3], 2, case=case)  # type: ignore[list-item]
        with pytest.raises(InputError, match="tokens must be strings, got int 3"):
            Affixes([], 2, case=case).spell([["bad", 3]], Vocabulary(["bad"]))  # type: ignore[list-item]


def test_texts_are_spelled_by_word_and_affixes() -> None:
    affixes, vocabulary = Affixes.learn(WORDS, 2), Vocabulary(["bad"])
    spelled = affixes.spell([["badly", "bad"], [], ["bad", "x"]], vocabulary)
    assert [spelled[row].tolist() for row in range(3)] == [[0, 1], [], [1, 2]]
    words = spelled.spellings
    assert words is not None
    assert [words[row].tolist() for row in range(3)] == [[1, 0, 1, 2, 3], [0, 0, 1], [1]]


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, unique=True), st.integers(1, 5))
def test_every_known_affix_is_one_of_two_words(words: list[str], longest: int) -> None:
    words = [word for word in words if "\n" not in word and word.isprintable()]
    affixes = Affixes.learn(words, longest)
    for number, piece in enumerate(affixes.pieces):
        owners = [word for word in words if number in affixes.to_ids(word)]
        assert len(owners) >= 2
        assert all(piece[1:] == word[: len(piece) - 1] or piece[:-1] == word[1 - len(piece) :] for word in owners)


def test_equal_where_pieces_and_settings_are() -> None:
    affixes = Affixes.learn(WORDS, 2)
    assert affixes == Affixes(affixes.pieces, 2)
    assert len({affixes, Affixes(affixes.pieces, 2), Affixes(affixes.pieces, 3)}) == 2
    assert repr(affixes) == "Affixes(4 of up to 2 characters: <b, <ba, y>, ly>)"
    assert affixes != Affixes(affixes.pieces, 2, case=True)
    assert repr(Affixes(["Aa"], 2, case=True)) == "Affixes(1 of up to 2 characters and case: Aa)"


@pytest.mark.parametrize("longest", [0, -1, 1.5, True, "4", None])
def test_a_length_that_is_none_is_refused(longest: Any) -> None:
    with pytest.raises(InputError, match="positive number of characters"):
        Affixes.learn(WORDS, longest)


def test_a_case_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="case must be True or False, got 'yes'"):
        Affixes([], 2, case="yes")  # type: ignore[arg-type]
