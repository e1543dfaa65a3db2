import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elman.engine.packing import SHARD_ROWS, Packing, cut_into_shards

LENGTHS = st.lists(st.integers(0, 9), max_size=40)


@given(LENGTHS)
def test_packed_positions_are_time_major_and_complete(lengths: list[int]) -> None:
    falling = np.array(sorted(lengths, reverse=True), np.int64)
    packing = Packing.from_lengths(falling)
    row, time = packing.positions()
    expected = [(t, r) for t in range(max(lengths, default=0)) for r, n in enumerate(falling) if t < n]
    assert list(zip(time.tolist(), row.tolist(), strict=True)) == expected
    assert packing.tokens == sum(lengths)


@given(LENGTHS)
def test_last_is_the_end_of_each_row(lengths: list[int]) -> None:
    packing = Packing.from_lengths(np.array(sorted(lengths, reverse=True), np.int64))
    row, time = packing.positions()
    for r, position in enumerate(packing.last):
        if packing.lengths[r] == 0:
            assert position == -1
        else:
            assert (row[position], time[position]) == (r, packing.lengths[r] - 1)


@given(LENGTHS, st.integers(1, 60))
def test_stretches_cover_time_and_are_long_enough(lengths: list[int], tokens: int) -> None:
    packing = Packing.from_lengths(np.array(sorted(lengths, reverse=True), np.int64))
    stretches = packing.stretches(tokens)
    assert [t for first, end in stretches for t in range(first, end)] == list(range(len(packing.batch_sizes)))
    sizes = [int(packing.batch_sizes[first:end].sum()) for first, end in stretches]
    assert all(size >= tokens for size in sizes[:-1]) and all(size > 0 for size in sizes[-1:])


def test_pack_gathers_each_row_from_where_it_begins() -> None:
    packing = Packing.from_lengths(np.array([3, 1]))
    flat = np.array([10, 20, 21, 22])
    assert flat[packing.places(np.array([1, 0]))].tolist() == [20, 10, 21, 22]


@given(LENGTHS)
def test_shards_hold_every_row_once_longest_first(lengths: list[int]) -> None:
    shards = cut_into_shards(np.array(lengths, np.int64))
    assert sorted(np.concatenate([*shards, []]).astype(int).tolist()) == list(range(len(lengths)))
    for shard in shards:
        assert 0 < len(shard) <= SHARD_ROWS
        assert (np.diff(np.array(lengths)[shard]) <= 0).all()


@pytest.mark.parametrize("rows", [17, 64])
def test_shards_take_about_equal_time(rows: int) -> None:
    lengths = np.random.default_rng(0).integers(1, 500, rows)
    totals = [lengths[shard].sum() for shard in cut_into_shards(lengths)]
    assert max(totals) - min(totals) <= lengths.max()


@given(LENGTHS)
def test_each_position_finds_its_row_one_time_step_before(lengths: list[int]) -> None:
    packing = Packing.from_lengths(np.array(sorted(lengths, reverse=True), np.int64))
    row, time = packing.positions()
    ahead = [(r, -1) for r in range(packing.rows)]  # the initial states stand before all outputs
    stands = [*ahead, *zip(row.tolist(), time.tolist(), strict=True)]
    assert [stands[place] for place in packing.previous] == [(r, t - 1) for r, t in stands[packing.rows :]]


def test_stretches_cut_time_into_pieces_of_enough_tokens() -> None:
    packing = Packing.from_lengths(np.array([9, 9, 7, 7, 7, 3, 2, 1]))
    assert packing.stretches(12) == [(0, 2), (2, 5), (5, 8), (8, 9)]
    assert packing.stretches(1000) == [(0, 9)]
    assert Packing.from_lengths(np.array([0, 0])).stretches(3) == []
