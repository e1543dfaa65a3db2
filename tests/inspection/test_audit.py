"""The audit on texts whose truth is known, on any kind of model, and on what it cannot be made of."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import elman
from elman.errors import InputError, NotFittedError
from elman.inspection import Audit, ShortAudit, audit, short_audit
from elman.inspection.answers import (
    BAG,
    BIGRAMS,
    DEEP_BAG,
    METHODS,
    RECURRENT,
    SHUFFLED,
    WORDS,
    Answers,
    Rows,
    dealt,
    dealt_together,
)
from elman.inspection.confidence import compare, share
from elman.inspection.telling import Flip, telling
from elman.inspection.twins import bag_of, check_has_twins, deep_bag_of

SMALL: dict[str, Any] = {
    "embedding_dim": 12, "units": 12, "word_dropout": 0.0, "dropout": 0.0, "epochs": 12, "learning_rate": 0.02,
    "early_stopping": False, "affixes": 0,
}  # fmt: skip
TINY = {"embedding_dim": 4, "units": 4, "epochs": 1, "affixes": 0}


def audited(train: Any, test: Any, **settings: Any) -> Audit:
    model = elman.TextClassifier(**SMALL | {"pooling": "last"} | settings).fit(*train)
    return audit(model, *test, train=tuple(train))


@pytest.fixture(scope="module")
def of_order() -> Audit:
    return audited(elman.order_reviews(500, 1), elman.order_reviews(300, 2))


@pytest.fixture(scope="module")
def of_words() -> Audit:
    return audited(elman.word_reviews(500, 1, 0.2), elman.word_reviews(1000, 2, 0.2))


class TestVerdicts:
    def test_where_order_is_all_that_matters(self, of_order: Audit) -> None:
        assert of_order.verdict == "matters"
        assert of_order[RECURRENT].accuracy.value > 0.9
        assert [of_order[name].accuracy.value for name in (BAG, DEEP_BAG, WORDS)] == [0.5, 0.5, 0.5]
        assert abs(of_order[SHUFFLED].accuracy.value - 0.5) < 0.1
        assert of_order.sentence.startswith("Word order matters: the recurrent model is ahead")

    def test_where_words_tell_all(self, of_words: Audit) -> None:
        assert of_words.verdict == "does not matter"
        assert 0.6 < of_words[BAG].accuracy.value < 0.85
        assert of_words.advice.startswith("Take what is cheaper: the ")

    @pytest.mark.slow
    def test_words_that_interact_are_not_taken_for_order(self) -> None:
        """A plain bag and the model's own shuffled words would both say that order matters."""
        found = audited(
            elman.word_reviews(600, 1, 0.0, True), elman.word_reviews(800, 2, 0.0, True), pooling="max",
            embedding_dim=16, units=16, learning_rate=0.01, epochs=15, affixes=5,
        )  # fmt: skip
        behind, shuffled = found[BAG].behind, found[SHUFFLED].behind
        assert behind is not None and behind.low > 0.1
        assert shuffled is not None and shuffled.low > 0
        assert found.verdict == "does not matter"
        assert "bag with hidden layer" in found.advice

    @pytest.mark.parametrize("reviews", [elman.order_reviews, elman.word_reviews])
    def test_few_texts_decide_nothing(self, reviews: Any) -> None:
        found = audit(elman.TextClassifier(**SMALL | {"epochs": 3}), *reviews(20, 1))
        assert found.verdict == "undecided"
        assert found.n == 20

    def test_cross_fitting_reads_each_text_with_what_was_trained_on_others(self) -> None:
        found = audit(elman.TextClassifier(**SMALL, pooling="last"), *elman.order_reviews(600, 1), folds=2)
        assert found.verdict == "matters"
        assert (found.n, found.repeated) == (598, 2) and found.read_by.startswith("in 2 folds")

    def test_several_classes_and_words_for_labels(self) -> None:
        texts, _ = elman.word_reviews(120, 3)
        labels = np.where(
            ["movie" in text for text in texts], "movie", np.where(["plot" in t for t in texts], "p", "x")
        )
        found = audit(elman.TextClassifier(**SMALL | {"epochs": 4}), texts, labels.tolist(), folds=2)
        assert found.verdict in ("does not matter", "undecided")
        assert {flip.label for flip in found.flips} <= {"movie", "p", "x"}


class TestFigures:
    def test_they_are_those_of_the_models(self, of_order: Audit) -> None:
        train, all_ = elman.order_reviews(500, 1), elman.order_reviews(300, 2)
        test = tuple(zip(*dict.fromkeys(zip(all_.texts, all_.labels, strict=True)), strict=True))
        assert (of_order.n, of_order.repeated) == (len(test[0]), 300 - len(test[0]))
        model = elman.TextClassifier(**SMALL, pooling="last").fit(*train)
        assert of_order[RECURRENT].accuracy.value == model.score(*test)
        assert of_order[BAG].accuracy.value == bag_of(model).fit(*train).score(*test)
        assert of_order[RECURRENT].parameters == model.network_.count_params()
        assert of_order[RECURRENT].behind is None

    def test_every_method_has_its_interval(self, of_order: Audit) -> None:
        assert [method.name for method in of_order.methods] == list(METHODS)
        for method in of_order.methods:
            assert method.accuracy.low <= method.accuracy.value <= method.accuracy.high
            if method.behind is not None:
                ahead = of_order[RECURRENT].accuracy.value - method.accuracy.value
                assert method.behind.value == pytest.approx(ahead)
                assert method.behind.low <= ahead <= method.behind.high

    def test_texts_that_flip_were_right_and_are_not(self, of_order: Audit) -> None:
        assert len(of_order.flips) == 5
        test = elman.order_reviews(300, 2)
        falls = [flip.p - flip.p_shuffled for flip in of_order.flips]
        assert falls == sorted(falls, reverse=True)
        for flip in of_order.flips:
            assert (test.texts[flip.row], test.labels[flip.row]) == (flip.text, flip.label)
            assert flip.answer != flip.label and flip.p > 0.5 > flip.p_shuffled
            assert sorted(flip.text.split()) == sorted(flip.shuffled.split())

    def test_json_holds_all_of_it(self, of_order: Audit) -> None:
        found = json.loads(json.dumps(of_order.to_json()))
        assert found["verdict"] == "matters"
        assert found["methods"][1]["behind"]["p"] < 0.05

    def test_nothing_but_the_seed_decides(self) -> None:
        train, test = elman.word_reviews(150, 1), elman.word_reviews(80, 2)

        def found(seed: int, threads: int) -> dict[str, Any]:
            model = elman.TextClassifier(**SMALL | {"epochs": 2}, threads=threads).fit(*train)
            all_ = audit(model, *test, train=tuple(train), seed=seed).to_json()
            methods = [{**method, "seconds": None} for method in all_["methods"]]
            return all_ | {"methods": methods, "advice": None}

        assert found(0, 1) == found(0, 2) != found(1, 1)

    def test_texts_without_another_order_are_counted(self) -> None:
        texts = ["good", "bad", "", "🙂", "موفي جيد", "good good", "a bad one"] * 6
        found = audit(elman.TextClassifier(**TINY), texts, ["x", "y"] * 21, folds=2)
        assert (found.n, found.repeated) == (2 * 7, 4 * 7)
        assert found.one_order == 5 * 2
        assert found.unmoved == found.n


def test_a_flip_is_a_shuffle_that_is_wrong_although_another_takes_more_of_the_true_label() -> None:
    rows, labels = Rows(["a b c"], np.array(["x"])), np.array([["x"], ["x"], ["y"]])
    given = Answers({}, labels, np.array([[0.9], [0.40], [0.45]]), {}, {}, [["b a c"], ["c b a"]], 0)
    assert telling(rows, given) == (Flip(0, "a b c", "c b a", "x", "y", 0.9, 0.45),)


class TestRepeats:
    def test_a_text_that_comes_again_says_nothing_new(self) -> None:
        train, test = elman.word_reviews(150, 1), elman.word_reviews(20, 2)
        model = elman.TextClassifier(**SMALL | {"epochs": 4}).fit(*train)
        texts, labels = ["  ".join(text.split()) for text in test.texts], list(test.labels)
        once = audit(model, *test, train=tuple(train)).to_json()
        again = audit(model, [test.texts[0], *test.texts, *texts * 3], [labels[0], *labels * 4], train=tuple(train))
        found = again.to_json()
        assert (found["n"], found["repeated"], once["repeated"]) == (20, 61, 0)
        same = [name for name in once if name not in ("methods", "repeated", "advice", "flips")]
        assert [found[name] for name in same] == [once[name] for name in same]
        assert [m["accuracy"] for m in found["methods"]] == [m["accuracy"] for m in once["methods"]]

    def test_a_flip_has_the_number_of_its_row(self, of_order: Audit) -> None:
        train, test = elman.order_reviews(500, 1), elman.order_reviews(60, 2)
        found = audited(train, ([test.texts[0]] * 3 + test.texts, [test.labels[0]] * 3 + list(test.labels)))
        assert found.flips
        assert [flip.text for flip in found.flips] == [(test.texts[:1] * 3 + test.texts)[f.row] for f in found.flips]

    def test_the_same_rows_are_in_the_same_fold(self) -> None:
        rows = Rows([f"text {number % 7}" for number in range(14)], np.arange(14) // 7)
        fold = dealt_together(rows, 3, seed=1)
        assert (fold[:7] == fold[7:]).all() and np.bincount(fold[:7]).min() > 1
        others = Rows([f"text {number}" for number in range(14)], rows.labels)
        assert (dealt_together(others, 3, 1) == dealt(rows.labels, 3, 1)).all()


ENCODERS = ["one-hot", "tfidf", "word2vec", "doc2vec", elman.ELMo(units=3, epochs=1)]


@pytest.mark.parametrize(
    "settings",
    [
        {"cell": "gru", "bidirectional": True, "merge": "sum", "pooling": ("max", "attention")},
        {"cell": "lstm", "units": (6, 4), "hidden": (5, 3), "initial_state": "learned"},
        {"cell": "gru", "reset_after": False, "go_backwards": True, "activation": "relu"},
        *({"encoder": encoder} for encoder in ENCODERS),
    ],
    ids=str,
)
def test_models_of_any_kind_have_twins(settings: dict[str, Any]) -> None:
    own = {} if "encoder" not in settings else {"affixes": elman.TextClassifier.affixes}
    width = ("embedding_dim",) if settings.get("encoder") in ("one-hot", "tfidf") else ()
    kept = {name: value for name, value in (TINY | own).items() if name not in width}
    found = audit(elman.TextClassifier(**kept | settings), *elman.word_reviews(40, 1), folds=2, shuffles=1)
    assert len(found.methods) == len(METHODS)


def test_rows_of_numbers_can_be_audited() -> None:
    random = np.random.default_rng(1)
    ids = [random.permutation(6) for _ in range(300)]
    labels = [int(np.flatnonzero(row == 0)[0] < np.flatnonzero(row == 1)[0]) for row in ids]
    model = elman.SequenceClassifier(cell="gru", units=12, epochs=30, learning_rate=0.02, pooling="last")
    found = audit(model.fit(ids[:200], labels[:200]), ids[200:], labels[200:], train=(ids[:200], labels[:200]))
    assert found.verdict == "matters"
    assert BIGRAMS not in [method.name for method in found.methods]
    vectors = audit(elman.SequenceClassifier(epochs=1), [np.eye(6)[row] for row in ids[:30]], labels[:30], folds=2)
    assert vectors.n == 30


class TestTwins:
    def test_settings_are_the_models_but_for_its_memory(self) -> None:
        model = elman.TextClassifier(units=(9, 7), cell="gru", bidirectional=True, hidden=5, dropout=0.1, epochs=3)
        bag, deep = bag_of(model), deep_bag_of(model.fit(["good", "bad"], [1, 0]))
        assert (bag.layers, bag.pooling, bag.hidden, bag.dropout, bag.epochs) == (0, "mean", 5, 0.1, 3)
        assert (deep.layers, deep.pooling, deep.hidden, deep.epochs) == (0, ("mean", "max"), (7, 5), 6)

    @pytest.mark.parametrize("encoder", ["elmo", "doc2vec", elman.ELMo(), elman.MeanOfVectors(encoder=elman.ELMo())])
    def test_an_encoder_that_reads_order_is_left_out_of_the_bag(self, encoder: Any) -> None:
        assert bag_of(elman.TextClassifier(encoder=encoder)).encoder == "embedding"

    def test_others_stay(self) -> None:
        assert bag_of(elman.TextClassifier(encoder="word2vec", frozen=True)).encoder == "word2vec"

    def test_folds_hold_every_class_in_its_share(self) -> None:
        labels = np.asarray(["a"] * 30 + ["b"] * 12 + ["c"] * 2)
        fold = dealt(labels, 3, seed=1)
        assert [np.bincount(fold[labels == label], minlength=3).tolist() for label in "ab"] == [[10] * 3, [4] * 3]
        assert (dealt(labels, 3, 1) == fold).all() and (dealt(labels, 3, 2) != fold).any()


class TestRefusals:
    @pytest.mark.parametrize(
        ("model", "message"),
        [
            (elman.Tagger(), "got a Tagger: what stands at a word"),
            (elman.TextGenerator(), "got a TextGenerator"),
            (elman.TextClassifier(layers=0), "layers=0, which has no memory"),
            (elman.SequenceClassifier(return_sequences=True), "one label a row"),
            (elman.SequenceClassifier(elman.Network([elman.OneHot(3), elman.Dense(1, "sigmoid")])), "network out"),
            (elman.TextClassifier(dropout=2), "dropout must be"),
        ],
    )
    def test_models_without_twins(self, model: Any, message: str) -> None:
        with pytest.raises(InputError, match=message):
            check_has_twins(model)
        with pytest.raises(InputError, match=message):
            audit(model, ["a", "b"], [0, 1])

    @pytest.mark.parametrize(
        ("texts", "labels", "settings", "message"),
        [
            (["a", "b"], [0], {}, "2 rows and labels"),
            ([], [], {}, "0 rows"),
            ("ab", [0, 1], {}, "texts must be a list of strings"),
            (["a", 3, "b", "c"], [0, 1, 0, 1], {}, "text 1 is int"),
            (["a", "b", "c"], [0, 0, 1], {}, "two classes with two different rows each"),
            (["a", "b", "b", "c"], [0, 1, 1, 0], {}, "got 2 classes in 3 different rows"),
            (list("abcdef"), [0, 0, 0, 1, 1, 1], {"folds": 10}, "got 2 classes in 6 different rows, folds=10"),
            (["a"] * 4, [0, 0, 1, 1], {"folds": 1}, "folds=1"),
            (["a"] * 4, [0, 0, 1, 1], {"level": 0}, "level must be above 0"),
            (["a"] * 4, [0, 0, 1, 1], {"margin": "x"}, "margin must be above 0"),
            (["a"] * 4, [0, 0, 1, 1], {"shuffles": 0}, "shuffles must be a positive integer"),
            (["a"] * 4, [0, 0, 1, 1], {"seed": 0.5}, "seed must be an integer"),
        ],
    )
    def test_data_and_settings(self, texts: Any, labels: Any, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(InputError, match=message):
            audit(elman.TextClassifier(**TINY), texts, labels, **settings)

    def test_labels_that_the_model_does_not_give(self) -> None:
        model = elman.TextClassifier(**TINY).fit(["a", "b"], [0, 1])
        for labels in ([0, 2], ["x", "y"]):
            with pytest.raises(InputError, match=r"label .* of row .* is none of the classes of the model, \[0, 1\]"):
                audit(model, ["a", "b"], labels, train=(["a", "b"], [0, 1]))

    def test_a_model_that_is_measured_must_be_fitted(self) -> None:
        with pytest.raises(NotFittedError):
            audit(elman.TextClassifier(), ["a", "b"], [0, 1], train=(["a", "b"], [0, 1]))


class TestShortForm:
    def test_what_shuffled_words_cost(self) -> None:
        train, test = elman.order_reviews(500, 1), elman.order_reviews(200, 2)
        model = elman.TextClassifier(**SMALL, pooling="last").fit(*train)
        found = short_audit(model, *test)
        assert found is not None
        assert found.in_order.value == model.score(*test)
        assert found.loss.value == pytest.approx(found.in_order.value - found.shuffled.value)
        assert "the model reads their order" in found.sentence
        few = short_audit(model, *test, most_readings=41)
        assert few is not None and few.n == 20
        assert short_audit(model, *test, most_readings=1) is None

    def test_what_may_be_chance(self) -> None:
        train, test = elman.word_reviews(100, 1), elman.word_reviews(30, 2)
        found = short_audit(elman.TextClassifier(**TINY).fit(*train), *test)
        assert found is not None
        learned = replace(found, in_order=share(29, 30, 0.05), commonest=0.5)
        assert "may be chance" in learned.sentence

    def test_a_model_that_learned_nothing_is_not_judged(self) -> None:
        test = elman.order_reviews(60, 2)
        found = short_audit(elman.TextClassifier(**TINY).fit(*elman.order_reviews(60, 1)), *test)
        assert found is not None
        assert found.commonest == 0.5
        assert "too early to ask" in replace(found, in_order=share(31, 60, 0.05)).sentence

    def test_a_gain_is_no_negative_loss(self) -> None:
        better = ShortAudit(20, share(15, 20, 0.05), share(16, 20, 0.05), compare(1, 2, 20, 0.025), 0.5)
        assert "80.0% of 20 texts right instead of 75.0%, 5.0 points more (-" in better.sentence
