"""What encoders take for texts, and what they refuse with the reason."""

from typing import Any

import numpy as np
import polars
import pytest

from elman.encoders import MeanOfVectors, OneHotEncoder, TfidfEncoder, Word2Vec, check_texts
from elman.errors import InputError

TEXTS = ["movie was good", "movie was bad"]
TOKENS = [["movie", "was", "good"], ["movie", "was", "bad"]]

TABLES: dict[str, tuple[Any, str]] = {
    "2-D": (np.array([TEXTS]).T, r"got ndarray of shape \(2, 1\): give one, as x\[:, 0\]; tokens go in lists"),
    "2-D of objects": (np.array(TOKENS, object), r"got ndarray of shape \(2, 3\): give one, as x\[:, 0\]"),
    "two columns": (polars.DataFrame({"text": TEXTS, "n": [0, 1]}), r"got DataFrame of 'text', 'n': give one of these"),
    "polars": (polars.DataFrame({"text": TEXTS}), r"got DataFrame of 'text': give one of these, as x\[name\]"),
    "dict": ({"text": TEXTS, "label": [0, 1]}, r"got dict of 'text', 'label': give one of these, as x\[name\]"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(
    "encoder",
    [OneHotEncoder(), TfidfEncoder(), Word2Vec(min_count=1), MeanOfVectors(encoder=OneHotEncoder())],
    ids=lambda encoder: type(encoder).__name__,
)
def test_a_table_is_not_taken_for_lists_of_tokens(encoder: Any, name: str) -> None:
    table, message = TABLES[name]
    for use in (encoder.fit(TEXTS).transform, encoder.fit, encoder.fit_transform):
        with pytest.raises(InputError, match=f"texts must be one column of texts, {message}"):
            use(table)


@pytest.mark.parametrize(
    "texts",
    [
        TEXTS,
        tuple(TEXTS),
        iter(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, object),
        polars.Series(TEXTS),
        polars.DataFrame({"text": TEXTS})["text"],
        dict.fromkeys(TEXTS).keys(),
    ],
    ids=lambda texts: type(texts).__name__,
)
def test_a_column_is(texts: Any) -> None:
    assert check_texts(texts) == TEXTS


def test_so_are_lists_of_tokens() -> None:
    objects = np.empty(2, object)
    objects[:] = TOKENS
    for tokens in (TOKENS, objects, polars.Series(TOKENS), [np.array(row) for row in TOKENS]):
        assert check_texts(tokens) == TOKENS


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a", None], "texts must be strings or lists of tokens, but text 1 is NoneType: None"),
        (["a", b"b"], "texts must be strings or lists of tokens, but text 1 is bytes: b'b'"),
        ([{"text": "a"}], "texts must be strings or lists of tokens, but text 0 is dict: {'text': 'a'}"),
        ([["a"], ["b", None]], "tokens must be strings, but in text 1 token 1 is NoneType: None"),
        ([["a", ["b"]]], r"tokens must be strings, but in text 0 token 1 is list: \['b'\]"),
    ],
)
def test_what_is_neither_is_named(texts: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        check_texts(texts)
