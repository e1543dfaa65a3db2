"""Words in another order: what stays, and that all orders come equally often."""

from collections import Counter
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from elman.inspection.shuffles import another_order, has_another_order, order_of_same_neighbours, same, shuffled
from elman.text import Tokenizer

few_words = st.lists(st.sampled_from("abcd"), max_size=14)
TEXTS = [
    "",
    "good",
    "It wasn't good!",
    "was was was",
    "a 🙂 😀 🇩🇪 text",
    "موفي كان جيدا",
    "3.5 of 10 ... it's <br /> 悪い映画",
]


@given(few_words, st.integers(0, 2**31))
def test_neighbours_and_ends_stay(words: list[str], seed: int) -> None:
    order = order_of_same_neighbours(words, seed)
    assert sorted(order) == list(range(len(words)))
    new = [words[place] for place in order]
    assert Counter(pairwise(new)) == Counter(pairwise(words))
    assert new[:1] == words[:1] and new[-1:] == words[-1:]
    assert (order_of_same_neighbours(words, seed) == order).all()


@pytest.mark.parametrize("words", ["abacab", "abcabac", "aabaab", "abcbacba"])
def test_all_orders_of_the_same_neighbours_come_equally_often(words: str) -> None:
    pairs = Counter(pairwise(words))
    orders = {"".join(each) for each in permutations(words) if each[0] == words[0] and Counter(pairwise(each)) == pairs}
    drawn = Counter("".join(words[place] for place in order_of_same_neighbours(words, seed)) for seed in range(2000))
    assert set(drawn) == orders and len(orders) > 1
    assert chisquare(list(drawn.values())).pvalue > 1e-4


def test_all_orders_come_equally_often() -> None:
    drawn = Counter(tuple(another_order(4, seed).tolist()) for seed in range(4800))
    assert len(drawn) == 24
    assert chisquare(list(drawn.values())).pvalue > 1e-4


def test_a_text_without_a_word_that_comes_twice_has_no_other_order_of_the_same_neighbours() -> None:
    assert shuffled(["the movie was not good"], 3, keep_neighbours=True) == ["the movie was not good"]


@given(st.text("aBsnt'’. 3,<b/>é\u0301🙂映\u200d", max_size=40), st.integers(0, 99), st.booleans())
def test_the_words_of_any_text_stay(text: str, seed: int, keep: bool) -> None:
    cut = Tokenizer().tokenize
    assert Counter(cut(*shuffled([text], seed, keep))) == Counter(cut(text))


def test_a_row_hangs_on_its_number_and_the_seed_alone() -> None:
    texts = ["a b c d e f g h"] * 3
    all_ = shuffled(texts, 1)
    assert shuffled(texts[:2], 1) == all_[:2]
    assert len({*all_, *shuffled(texts, 2)}) == 6


@pytest.mark.parametrize(("text", "other"), [*zip(TEXTS, [False, False, True, False, True, True, True], strict=True)])
def test_what_has_another_order(text: str, other: bool) -> None:
    assert has_another_order(text) == other
    assert same(text, *shuffled([text], 0)) or other


def test_arrays_keep_their_time_steps() -> None:
    ids, vectors = np.arange(6), np.arange(12.0).reshape(6, 2)
    new_ids, new_vectors = shuffled([ids, vectors], 5)
    assert sorted(new_ids) == list(ids) and new_ids.dtype == ids.dtype
    assert sorted(map(tuple, new_vectors)) == list(map(tuple, vectors))
    assert not same(ids, new_ids) and same(vectors, vectors)
