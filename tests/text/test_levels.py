import pytest
from hypothesis import given
from hypothesis import strategies as st

from elman.text import LEVELS, Vocabulary


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")))
def test_characters_come_back_as_they_were(text: str) -> None:
    level = LEVELS["char"]
    tokens = level.cut(text)
    assert level.join(tokens) == text
    assert len(Vocabulary.from_tokens([tokens])) == len(set(text))  # each can be a line of a file


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("The movie wasn't bad!", "The movie wasn't bad!"),
        ("He said ( quietly ) : no , 3.5 % ...", "He said (quietly): no, 3.5%..."),
        ("it 's  what they 've got", "it's what they've got"),
    ],
)
def test_words_are_written_as_people_do(text: str, written: str) -> None:
    level = LEVELS["word"]
    assert level.join(level.cut(text)) == written


def test_tokens_are_what_stands_between_spaces() -> None:
    assert LEVELS["token"].cut(" the <unk> @-@ cat \n") == ["the", "<unk>", "@-@", "cat"]
    assert LEVELS["token"].join(["the", "@-@"]) == "the @-@"
