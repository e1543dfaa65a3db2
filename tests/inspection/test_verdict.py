"""The rule, its sentences and its advice."""

from dataclasses import replace
from typing import Any

import pytest

from elman.inspection.answers import (
    BAG,
    BIGRAMS,
    BLIND_TWIN,
    COMMONEST,
    DEEP_BAG,
    RECURRENT,
    SHUFFLED,
    WORDS,
)
from elman.inspection.confidence import compare, share
from elman.inspection.verdict import Findings, advise, decide

N = 1000


def findings(n: int = N, pairs: float = 0.0, commonest: float = 0.5, **ahead: float) -> Findings:
    """Let the recurrent model be right in 0.9, and ahead by so much; a twentieth of the texts is lost to each."""
    names = {
        "bag": BAG, "deep": DEEP_BAG, "blind": BLIND_TWIN, "words": WORDS, "bigrams": BIGRAMS, "shuffled": SHUFFLED
    }  # fmt: skip
    by = {name: ahead.get(key, 0.2) for key, name in names.items()} | {COMMONEST: 0.9 - commonest}

    def difference(value: float) -> Any:
        lost = round(n * (0.05 + max(0.0, -value)))
        return compare(lost + round(n * value), lost, n, 0.05 / 4)

    accuracy = {RECURRENT: share(0.9 * n, n, 0.05)}
    accuracy |= {name: share(max(0.0, 0.9 - value) * n, n, 0.05) for name, value in by.items()}
    return Findings(n, accuracy, {name: difference(value) for name, value in by.items()}, difference(pairs), 0.05, 0.02)


def test_order_matters_where_the_model_is_ahead_of_all_that_know_none() -> None:
    found = findings(bag=0.1)
    verdict, sentence = decide(found)
    assert verdict == "matters"
    assert sentence == (
        "Word order matters: the recurrent model is ahead of the bag of embeddings by 10.0 points (6.9 to 13.2), and "
        "where its words are shuffled it loses 20.0 points (16.4 to 23.7)."
    )
    assert advise(found, "matters", {}) == "Keep the recurrent model."


@pytest.mark.parametrize("one", ["bag", "deep", "blind", "words"])
def test_one_that_knows_none_and_is_as_good_is_enough(one: str) -> None:
    found = findings(**{one: -0.03})
    verdict, sentence = decide(found)
    assert verdict == "does not matter"
    assert "is as good; the recurrent model is behind it by 3.0 points" in sentence


def test_order_that_is_read_and_does_not_pay_is_told_from_none() -> None:
    assert decide(findings(bag=-0.03))[1].startswith(
        "Word order does not pay here: the model reads it, and loses 20.0 points where words are shuffled, but the bag"
    )
    assert decide(findings(bag=-0.03, shuffled=0.0))[1].startswith("Word order does not matter here: the bag of")


@pytest.mark.parametrize("one", ["bag", "deep", "blind", "words", "shuffled"])
def test_one_that_may_be_as_good_leaves_it_open(one: str) -> None:
    verdict, sentence = decide(findings(**{one: 0.01}))
    assert verdict == "undecided"
    assert ("which may be chance" in sentence) == (one != "shuffled")


def test_few_texts_decide_nothing_and_it_says_how_many_would() -> None:
    verdict, sentence = decide(findings(20, bag=0.1))
    assert verdict == "undecided"
    assert sentence.endswith("which may be chance; about 140 texts would tell.")


def test_the_reader_is_named_that_may_be_as_good() -> None:
    """The recurrent model is surely ahead of the bag; the other's interval begins below 0, although it ends higher."""
    close = findings(600, bag=0.0)
    ahead = {**close.ahead, BAG: compare(30, 5, 600, 0.0125), DEEP_BAG: compare(100, 74, 600, 0.0125)}
    found = replace(close, ahead=ahead)
    assert found.closest == BAG and found.ahead[BAG].low > 0
    verdict, sentence = decide(found)
    assert verdict == "undecided"
    assert sentence == (
        "Undecided: the recurrent model is ahead of the bag with hidden layer by 4.3 points (-0.6 to 9.3), which may "
        "be chance; about 780 texts would tell."
    )


def test_a_gain_too_small_to_pay_is_none() -> None:
    found = findings(100_000, bag=0.01)
    assert found.ahead[BAG].low > 0
    verdict, sentence = decide(found)
    assert verdict == "does not matter"
    assert sentence.endswith("ahead of it by 1.0 points (0.8 to 1.2); 2.0 would be worth it.")


def test_where_nothing_is_learned_nothing_is_said() -> None:
    assert decide(findings(bag=-0.03, commonest=0.93))[0] == "undecided"


def test_neighbours_that_tell_something_are_a_reason_to_doubt() -> None:
    verdict, sentence = decide(findings(bag=-0.03, pairs=0.2))
    assert verdict == "undecided"
    assert "the bag of bigrams is ahead of the linear bag of words by 20.0 points" in sentence


def test_advice_names_the_best_of_what_is_cheaper_and_as_good() -> None:
    seconds = {RECURRENT: 9.0, BAG: 1.5, WORDS: 0.1}
    assert advise(findings(bag=-0.05, words=-0.04), "does not matter", seconds) == (
        "Take what is cheaper: the bag of embeddings, trained in 1.5 s instead of 9.0 (`--layers 0 --pooling mean`)."
    )
    assert advise(findings(bigrams=-0.02), "matters", {}) == (
        "Take what is cheaper: the bag of bigrams, which knows neighbours, is as good (scikit-learn's TF-IDF and "
        "logistic regression)."
    )
    assert advise(findings(bigrams=0.01), "matters", {}) == (
        "Keep the recurrent model; whether the bag of bigrams, which is cheaper and knows neighbours, is as good, "
        "1000 texts do not tell."
    )
    assert advise(findings(blind=-0.05), "does not matter", {}).startswith("Keep the recurrent model: what is cheaper")
    assert advise(findings(), "undecided", {}).startswith("Audit with more texts")
