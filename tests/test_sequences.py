from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elman.errors import InputError
from elman.sequences import Sequences

ROWS = st.lists(st.lists(st.integers(0, 99), max_size=8), max_size=8)


@given(ROWS)
def test_rows_go_in_and_come_out(rows: list[list[int]]) -> None:
    sequences = Sequences.from_rows(rows)
    assert [sequences[i].tolist() for i in range(len(sequences))] == rows
    assert sequences.lengths.tolist() == [len(row) for row in rows]


@given(ROWS)
def test_dense_and_mask_round_trip(rows: list[list[int]]) -> None:
    sequences = Sequences.from_rows(rows)
    dense, mask = sequences.to_dense()
    assert dense.shape == (len(rows), max(map(len, rows), default=0))
    for again in (Sequences.from_dense(dense, mask=mask), Sequences.from_dense(dense, lengths=sequences.lengths)):
        assert [again[i].tolist() for i in range(len(again))] == rows


@given(ROWS, st.data())
def test_take_gives_rows_in_the_order_asked_for(rows: list[list[int]], data: st.DataObject) -> None:
    picked = data.draw(st.lists(st.sampled_from(range(len(rows))), max_size=9)) if rows else []
    taken = Sequences.from_rows(rows).take(np.array(picked, np.int64))
    assert [taken[i].tolist() for i in range(len(taken))] == [rows[i] for i in picked]


def test_features_keep_their_width_and_empty_rows() -> None:
    sequences = Sequences.from_rows([np.ones((2, 3), "f"), [], np.zeros((1, 3), "f")])
    assert sequences.features == 3
    assert sequences.values.dtype == np.float32
    assert sequences.lengths.tolist() == [2, 0, 1]
    assert sequences[1].shape == (0, 3)


def test_longer_padding_and_none_that_cuts() -> None:
    sequences = Sequences.from_rows([[1, 2], [3]])
    dense, mask = sequences.to_dense(4, padding=-1)
    assert dense.tolist() == [[1, 2, -1, -1], [3, -1, -1, -1]]
    assert mask.sum() == 3
    with pytest.raises(InputError, match="at least the longest row, 2, got 1"):
        sequences.to_dense(1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sequences(np.zeros(3, int), np.array([0, 2])), "end at the number of tokens, 3"),
        (lambda: Sequences(np.zeros(3, int), np.array([0, 2, 1, 3])), "never fall"),
        (lambda: Sequences(np.zeros(3, int), np.array([0.0, 3.0])), "1-D array of integers"),
        (lambda: Sequences(np.zeros(3), np.array([0, 3])), "must hold integer ids"),
        (lambda: Sequences(np.zeros((3, 0)), np.array([0, 3])), "at least one feature"),
        (lambda: Sequences(np.array([[np.nan]]), np.array([0, 1])), "must be finite"),
        (lambda: Sequences.from_rows([np.ones((2, 3)), np.ones((2, 4))]), r"row 1 has shape \(2, 4\)"),
        (lambda: Sequences.from_rows([[1, 2], np.ones((2, 4))]), "row 1 has shape"),
        (lambda: Sequences.from_rows([["a"]]), "row 0 must be"),
        (lambda: Sequences.from_rows([[[1], [1, 2]]]), "row 0 is not an array"),
        (lambda: Sequences.from_dense(np.zeros(3)), "dense batch must be"),
        (lambda: Sequences.from_dense(np.zeros((2, 3), int), lengths=[1, 4]), "from 0 to 3"),
        (lambda: Sequences.from_dense(np.zeros((2, 3), int), lengths=[1]), "2 integers"),
        (lambda: Sequences.from_dense(np.zeros((2, 3), int), mask=np.ones((2, 3))), "must be boolean"),
        (lambda: Sequences.from_dense(np.zeros((1, 2), int), [1], np.ones((1, 2), bool)), "not both"),
        (lambda: Sequences.coerce([[1]], lengths=[1]), "go with a dense array"),
        (lambda: Sequences.coerce(3), "got int"),
        (lambda: Sequences.from_rows([[1]]).cut([0], -1), "begin must be an integer, 0 or more, got -1"),
        (lambda: Sequences.from_rows([[1]]).cut([0], 0.5), "begin must be an integer"),
        (lambda: Sequences.from_rows([[1]]).cut([0], 0, -1), "steps must be an integer, 0 or more, got -1"),
    ],
)
def test_what_holds_no_sequences_is_refused(make: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()  # type: ignore[operator]


def test_rows_out_of_range() -> None:
    with pytest.raises(IndexError):
        Sequences.from_rows([[1]])[1]


def test_spellings_go_along_with_rows_and_pieces() -> None:
    words = Sequences.from_rows([[5, 6], [7]])
    sequences = Sequences(np.array([0, 1, 1]), np.array([0, 2, 3]), words)
    assert sequences.take([1]).spellings is words
    assert sequences.cut([0], begin=1)[0].spellings is words


@pytest.mark.parametrize(
    ("values", "spellings", "message"),
    [
        ([0, 2], Sequences.from_rows([[1], [2]]), "0 to 1, got 2"),
        ([0, -1], Sequences.from_rows([[1], [2]]), "0 to 1, got -1"),
        ([0, 0], [[1]], "spellings must be Sequences of ids"),
        ([0, 0], Sequences.from_rows([np.ones((2, 3))]), "spellings must be Sequences of ids"),
        ([[0.0], [0.0]], Sequences.from_rows([[1]]), "values must be"),
    ],
)
def test_spellings_that_do_not_fit_are_refused(values: list[Any], spellings: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Sequences(np.array(values), np.array([0, 2]), spellings)
