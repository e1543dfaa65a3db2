import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elman.errors import InputError
from elman.training import held_back, length_batches


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=200), st.floats(0.05, 0.9), st.integers(0, 9))
def test_held_back_is_stratified_and_complete(labels: list[str], fraction: float, seed: int) -> None:
    if all(labels.count(label) < 2 for label in set(labels)):
        with pytest.raises(InputError, match="no class has two rows"):
            held_back(labels, fraction, seed)
        return
    kept, held = held_back(labels, fraction, seed)
    assert sorted([*kept, *held]) == list(range(len(labels)))
    for label in set(labels):
        n, back = labels.count(label), sum(labels[i] == label for i in held)
        assert back < n
        assert abs(back - n * fraction) <= 1 or back in (0, 1, n - 1)
    again = held_back(labels, fraction, seed)
    assert (again[0] == kept).all() and (again[1] == held).all()


def test_held_back_refuses_a_silly_fraction() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        held_back([0, 1], 1.0)


def test_other_seed_holds_other_rows_back() -> None:
    assert (held_back([0, 1] * 100, 0.2, 0)[1] != held_back([0, 1] * 100, 0.2, 1)[1]).any()


@given(st.lists(st.integers(0, 50), min_size=1, max_size=300), st.integers(1, 40), st.integers(0, 99))
def test_batches_hold_every_row_once(lengths: list[int], size: int, seed: int) -> None:
    batches = length_batches(np.array(lengths), size, seed)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert all(0 < len(batch) <= size for batch in batches)


def test_rows_of_a_batch_are_of_like_length_and_the_order_changes() -> None:
    lengths = np.random.default_rng(0).integers(1, 500, 1000)
    batches = length_batches(lengths, 20, 1)
    assert np.mean([np.ptp(lengths[batch]) for batch in batches]) < 20
    assert [b.tolist() for b in batches] != [b.tolist() for b in length_batches(lengths, 20, 2)]
