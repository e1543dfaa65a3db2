"""Classifiers of texts in scikit-learn's manner, and how they are measured."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import f1_score, precision_recall_fscore_support
from sklearn.model_selection import GridSearchCV, cross_val_score

import elman
from elman import TextClassifier
from elman.data import order_reviews
from elman.engine import Embedding, Pooling, SubwordEmbedding
from elman.errors import DataError, ElmanError, InputError, NonFiniteError, NotFittedError
from elman.estimators import evaluate, fit_and_compare

from .conftest import FAST


class TestTextClassifier:
    def test_reads_order_where_a_bag_of_words_cannot(self, fitted: TextClassifier) -> None:
        train, test = order_reviews(600, 1), order_reviews(200, 2)
        assert fitted.score(test.texts, test.labels) > 0.95
        bag = TextClassifier(**FAST | {"layers": 0, "pooling": "mean"}).fit(train.texts, train.labels)
        assert bag.score(test.texts, test.labels) == 0.5

    def test_probabilities_and_predictions_agree(self, fitted: TextClassifier) -> None:
        texts = order_reviews(50, 3).texts
        p = fitted.predict_proba(texts)
        assert p.shape == (50, 2)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
        assert (fitted.predict(texts) == fitted.classes_[p.argmax(axis=1)]).all()

    def test_a_text_alone_and_in_any_batch(self, fitted: TextClassifier) -> None:
        texts = [*order_reviews(60, 4).texts, "", "xyzzy", "😀"]
        together = fitted.predict_proba(texts)
        for text, row in zip(texts, together, strict=True):
            assert (fitted.predict_proba([text])[0] == row).all()

    def test_empty_and_unknown_texts_have_a_defined_answer(self, fitted: TextClassifier) -> None:
        p = fitted.predict_proba(["", "   ", "qwertz"])
        assert np.isfinite(p).all()
        assert (p[0] == p[1]).all()
        assert fitted.predict([]).shape == (0,)

    def test_string_labels_and_more_than_two_classes(self) -> None:
        texts = ["red apple", "green apple", "blue sky", "red rose", "green grass", "blue sea"] * 5
        model = TextClassifier(**FAST).fit(texts, [text.split()[0] for text in texts])
        assert model.classes_.tolist() == ["blue", "green", "red"]
        assert model.predict(["green thing", "blue thing"]).tolist() == ["green", "blue"]
        assert model.predict_proba(["red"]).shape == (1, 3)

    def test_seed_decides_and_threads_do_not(self) -> None:
        data = order_reviews(200, 1)
        settings = FAST | {"epochs": 2, "word_dropout": 0.2, "dropout": 0.3, "early_stopping": True}
        models = [
            TextClassifier(**settings, random_state=seed, threads=threads).fit(data.texts, data.labels)
            for seed, threads in ((0, 1), (0, 2), (1, 1))
        ]
        one, two, other = (model.network_.parameters for model in models)
        assert all(one[name].tobytes() == two[name].tobytes() for name in one)
        assert any(one[name].tobytes() != other[name].tobytes() for name in one)

    def test_fit_twice_is_fit_once(self) -> None:
        data = order_reviews(100, 1)
        model = TextClassifier(**FAST | {"epochs": 2})
        first = model.fit(data.texts, data.labels).predict_proba(data.texts)
        assert (model.fit(data.texts, data.labels).predict_proba(data.texts) == first).all()

    def test_works_in_scikit_learns_tools(self) -> None:
        data = order_reviews(500, 1)
        model = TextClassifier(**FAST)
        scores = cross_val_score(model, data.texts, data.labels, cv=3)
        assert scores.mean() > 0.7
        search = GridSearchCV(model, {"layers": [0, 1]}, cv=2).fit(data.texts, data.labels)
        assert search.best_params_ == {"layers": 1}
        copy = clone(model)
        assert copy.get_params() == model.get_params()
        assert not hasattr(copy, "network_")

    def test_a_dev_part_of_its_own_chooses_the_epoch(self) -> None:
        train, dev = order_reviews(200, 1), order_reviews(100, 2)
        model = TextClassifier(**FAST | {"epochs": 4}).fit(train.texts, train.labels, dev=(dev.texts, dev.labels))
        losses = [epoch.dev_loss for epoch in model.history_.epochs]
        assert model.loss(dev.texts, dev.labels) == pytest.approx(min(losses), rel=1e-5)  # type: ignore[type-var]

    def test_refit_trains_anew_on_all_rows_for_as_many_epochs_as_did_best(self) -> None:
        data = order_reviews(200, 1)
        settings = FAST | {"epochs": 6, "early_stopping": True, "schedule": "constant"}
        seen: list[int] = []
        model = TextClassifier(**settings, report=lambda progress: seen.append(progress.epochs))
        model.fit(data.texts, data.labels)
        assert len(model.history_.refit) == model.history_.best
        assert set(seen) == {6, model.history_.best}
        whole = TextClassifier(**settings | {"early_stopping": False, "epochs": model.history_.best})
        whole.fit(data.texts, data.labels)
        assert (model.predict_proba(data.texts) == whole.predict_proba(data.texts)).all()
        unlike = TextClassifier(**settings, refit=False).fit(data.texts, data.labels)
        assert unlike.history_.refit == []
        assert (model.predict_proba(data.texts) != unlike.predict_proba(data.texts)).any()

    def test_a_given_dev_part_is_only_learned_from_on_demand(self) -> None:
        train, dev = order_reviews(200, 1), order_reviews(100, 2)
        model = TextClassifier(**FAST | {"epochs": 4}).fit(train.texts, train.labels, dev=(dev.texts, dev.labels))
        assert model.history_.refit == []
        before = model.predict_proba(dev.texts)
        model.refit_on([*train.texts, *dev.texts], [*train.labels, *dev.labels])
        assert len(model.history_.refit) == model.history_.best
        assert (model.predict_proba(dev.texts) != before).any()
        with pytest.raises(InputError, match="label 'x' of row 0 was not among"):
            model.refit_on(["a", "b"], ["x", "y"])

    def test_a_refit_that_breaks_off_leaves_the_model_as_it_was(self) -> None:
        data = order_reviews(100, 1)
        model = TextClassifier(**FAST | {"epochs": 3, "min_count": 2}).fit(data.texts, data.labels)
        before = model.predict_proba(data.texts)

        def stop(progress: Any) -> None:
            raise KeyboardInterrupt

        with pytest.raises(InputError, match="lower min_count"):
            model.refit_on(["aa", "bb"], [0, 1])
        with pytest.raises(KeyboardInterrupt):
            model.set_params(report=stop).refit_on(data.texts, data.labels)
        with pytest.raises(NonFiniteError, match=r"in training anew: .* the model from before is kept"):
            model.set_params(report=None, learning_rate=1e38, clip_norm=None).refit_on(data.texts, data.labels)
        assert (model.predict_proba(data.texts) == before).all()

    def test_refit_is_for_few_rows_unless_wanted(self) -> None:
        model = TextClassifier()
        assert (model.refits(10_000), model.refits(10_001)) == (True, False)
        assert (TextClassifier(refit=True).refits(10_001), TextClassifier(refit=False).refits(3)) == (True, False)

    def test_a_loaded_model_can_be_trained_anew(self, tmp_path: Path) -> None:
        data = order_reviews(100, 1)
        model = TextClassifier(**FAST | {"epochs": 2}).fit(data.texts, data.labels)
        model.set_params(affixes=0).save(tmp_path / "m")
        loaded = elman.load(tmp_path / "m")
        assert loaded.affixes_ == model.affixes_
        assert loaded.history_.to_config() == model.history_.to_config()
        model.refit_on(data.texts, data.labels)
        assert (
            loaded.refit_on(data.texts, data.labels).predict_proba(data.texts) == model.predict_proba(data.texts)
        ).all()
        del loaded.history_
        with pytest.raises(InputError, match="call fit"):
            loaded.refit_on(data.texts, data.labels)

    def test_unknown_words_are_read_by_their_affixes(self) -> None:
        texts = ["it was " + word for word in ("badly", "sadly", "madly", "good", "gone", "goofy")] * 20
        labels = ["bad"] * 3 + ["good"] * 3
        model = TextClassifier(**FAST).fit(texts, labels * 20)
        assert isinstance(model.network_.layers[0], SubwordEmbedding)
        assert "dly>" in model.affixes_.pieces
        assert model.predict(["it was oddly", "it was google"]).tolist() == ["bad", "good"]
        whole = TextClassifier(**FAST, affixes=0).fit(texts, labels * 20)
        assert whole.affixes_ is None
        assert isinstance(whole.network_.layers[0], Embedding)
        assert (whole.predict_proba(["it was oddly"]) == whole.predict_proba(["it was google"])).all()

    def test_letter_case_is_read(self) -> None:
        texts = [f"it was {word}" for word in ("GOOD", "good", "FINE", "fine")] * 20
        model = TextClassifier(**FAST).fit(texts, [1, 0] * 40)
        assert set(model.vocabulary_.words) == {"it", "was", "good", "fine"}
        assert model.predict(["it was GOOD", "it was fine"]).tolist() == [1, 0]
        blind = TextClassifier(**FAST, case=False).fit(texts, [1, 0] * 40)
        assert (blind.predict_proba(["it was GOOD"]) == blind.predict_proba(["it was good"])).all()
        plain = TextClassifier(**FAST, affixes=0).fit(texts, [1, 0] * 40)
        assert plain.tokenizer_.lowercase

    def test_words_that_come_once_are_unknown_where_texts_are_many(self) -> None:
        texts = [f"word{number} was here" for number in range(1000)]
        fast = FAST | {"epochs": 1, "affixes": 0}
        assert TextClassifier(**fast).fit(texts, [0, 1] * 500).vocabulary_.words == ("was", "here")
        assert len(TextClassifier(**fast).fit(texts[:998], [0, 1] * 499).vocabulary_) == 1000
        assert len(TextClassifier(**fast | {"min_count": 1}).fit(texts, [0, 1] * 500).vocabulary_) == 1002
        # All rows decide, not those that are left when a part is held back; training anew keeps to it.
        held_back = fast | {"early_stopping": True, "refit": False}
        assert TextClassifier(**held_back).fit(texts, [0, 1] * 500).vocabulary_.words == ("was", "here")
        model = TextClassifier(**held_back).fit(texts[:998], [0, 1] * 499)
        assert len(model.refit_on(texts, [0, 1] * 500).vocabulary_) == 1002
        lonely = TextClassifier(**fast).fit([f"word{number}" for number in range(1000)], [0, 1] * 500)
        assert len(lonely.vocabulary_) == 1000
        assert lonely.min_count_ == 1
        given = TextClassifier(**fast).fit(texts[:900], [0, 1] * 450, dev=(texts[900:], [0, 1] * 50))
        assert given.min_count_ == 2

    def test_many_rows_take_fewer_epochs(self) -> None:
        texts, tiny = ["good", "bad"] * 5001, {"units": 1, "embedding_dim": 1, "affixes": 0}
        model = TextClassifier(**tiny).fit(texts, [1, 0] * 5001)
        assert model.epochs_ == 8
        assert len(model.history_.epochs) <= 8

    @pytest.mark.parametrize(("rows", "epochs"), [(2, 320), (64, 320), (66, 160), (640, 32), (1022, 20), (1500, 20)])
    def test_few_rows_take_more_epochs(self, rows: int, epochs: int) -> None:
        tiny = {"units": 1, "embedding_dim": 1, "affixes": 0, "layers": 0, "refit": False}
        model = TextClassifier(**tiny).fit(["good", "bad"] * (rows // 2), [1, 0] * (rows // 2))
        assert model.epochs_ == epochs
        given = TextClassifier(**tiny, epochs=3).fit(["good", "bad"] * (rows // 2), [1, 0] * (rows // 2))
        assert (given.epochs_, len(given.history_.epochs)) == (3, 3)

    def test_a_dev_part_counts_as_far_as_it_is_a_tenth(self) -> None:
        tiny = {"units": 1, "embedding_dim": 1, "affixes": 0, "layers": 0}
        texts, labels = ["good", "bad"] * 30, [1, 0] * 30
        many = (texts * 30, labels * 30)
        model = TextClassifier(**tiny).fit(texts, labels, dev=many)
        assert (model.epochs_, model.min_count_) == (160, 1)  # of 67 rows, and not of 1,860

    def test_weights_without_a_finite_sum_are_refused(self) -> None:
        for settings, weights in (({}, [1e308] * 4), ({"class_weight": {0: 1e308, 1: 1e308}}, None)):
            with pytest.raises(InputError, match="must add up to a finite number"):
                TextClassifier(**settings).fit(["a", "b"] * 2, [0, 1] * 2, sample_weight=weights)
        low, high = (
            TextClassifier(epochs=2).fit(["a", "b"] * 2, [0, 1] * 2, sample_weight=[weight] * 4)
            for weight in (1, 1e300)
        )
        assert (low.predict_proba(["a"]) == high.predict_proba(["a"])).all()

    @pytest.mark.parametrize("table", [{"text": ["a", "b"], "label": [0, 1]}, np.array([["a"], ["b"]])])
    def test_tables_are_refused(self, table: Any) -> None:
        with pytest.raises(InputError, match="texts must be one column of texts"):
            TextClassifier().fit(table, [0, 1])

    def test_patience_is_longer_where_there_are_more_epochs(self) -> None:
        tiny = {"units": 1, "embedding_dim": 1, "affixes": 0, "layers": 0, "patience": 2}
        texts, labels, worse = ["good", "bad"] * 80, [1, 0] * 80, (["good", "bad"], [0, 1])
        model = TextClassifier(**tiny).fit(texts, labels, dev=worse)  # which the first epoch does best on
        assert (model.epochs_, model.history_.best, len(model.history_.epochs)) == (107, 1, 12)
        short = TextClassifier(**tiny, epochs=107).fit(texts, labels, dev=worse)
        assert (short.history_.best, len(short.history_.epochs)) == (1, 3)

    def test_early_stopping_begins_with_a_thousand_rows(self) -> None:
        tiny = {"units": 1, "embedding_dim": 1, "affixes": 0, "layers": 0, "epochs": 1, "refit": False}
        few, many = (TextClassifier(**tiny).fit(["good", "bad"] * half, [1, 0] * half) for half in (499, 500))
        assert few.history_.epochs[0].dev_loss is None
        assert many.history_.epochs[0].dev_loss is not None

    def test_the_lectures_three_reviews_are_learned(self) -> None:
        reviews, labels = ["movie was good", "movie was bad", "movie was not good"], ["good", "bad", "bad"]
        assert TextClassifier().fit(reviews, labels).predict(reviews).tolist() == labels

    def test_words_that_share_nothing_have_no_affixes(self) -> None:
        model = TextClassifier(**FAST).fit(["aa bb", "cc dd"] * 4, [0, 1] * 4)
        assert model.affixes_ is None
        assert model.predict(["aa bb", "cc dd"]).tolist() == [0, 1]

    @pytest.mark.parametrize("batch_size", [8, 64])
    def test_class_weights_move_the_answers(self, batch_size: int) -> None:
        texts, labels = ["so so"] * 40, [0] * 30 + [1] * 10
        settings = FAST | {"epochs": 20, "batch_size": batch_size}
        plain = TextClassifier(**settings).fit(texts, labels).predict_proba(["so so"])[0, 1]
        balanced = TextClassifier(**settings, class_weight="balanced").fit(texts, labels).predict_proba(["so so"])[0, 1]
        heavy = TextClassifier(**settings, class_weight={1: 9}).fit(texts, labels).predict_proba(["so so"])[0, 1]
        assert plain == pytest.approx(0.25, abs=0.03)
        assert balanced == pytest.approx(0.5, abs=0.05)
        assert heavy == pytest.approx(0.75, abs=0.05)

    @pytest.mark.parametrize(
        ("texts", "labels", "settings", "message"),
        [
            ("one text", [1], {}, r"for one text give \[text\]"),
            (np.array("text"), [1], {}, "texts must be a list of strings, got ndarray"),
            (["a", None], [0, 1], {}, "text 1 is NoneType"),
            (["a", "b"], [0, 1, 0], {}, "y must hold one label a row"),
            (["a", "b"], [0, 0], {}, "at least two classes"),
            (["a", "b"], [0.5, 1], {}, "with a fraction"),
            (["a", "b"], np.array(["x", None], object), {}, "label 1 is missing"),
            (["a", "b"], np.array(["x", np.nan], object), {}, "label 1 is missing"),
            (["a", "b"], np.array(["x", 1], object), {}, r"different kinds.*\['int', 'str'\]"),
            (["a", "b"], [b"x", b"y"], {}, "Unknown label type"),
            (["a", "b"], [[0], [1, 2]], {}, "y is not an array"),
            (["a", "b"], [0, 1], {"units": 0}, "units must be a positive integer"),
            (["a", "b"], [0, 1], {"epochs": 0}, "epochs must be a positive integer or 'auto', got 0"),
            (["a", "b"], [0, 1], {"epochs": "many"}, "epochs must be a positive integer or 'auto', got 'many'"),
            (["a", "b"], [0, 1], {"pooling": "sum"}, "pooling must be one of"),
            (["a", "b"], [0, 1], {"learning_rate": -1}, "learning_rate must be a positive number"),
            (["a", "b"], [0, 1], {"affixes": -1}, "affixes must be an integer, 0 or more"),
            (["a", "b"], [0, 1], {"min_count": "rare"}, "min_count must be a positive integer or 'auto', got 'rare'"),
            (["a", "b"], [0, 1], {"min_count": np.array([1, 2])}, "min_count must be a positive integer or 'auto'"),
            (["a", "b"], [0, 1], {"min_count": True}, "min_count must be a positive integer or 'auto', got True"),
            (["a", "b"], [0, 1], {"case": "yes"}, "case must be True or False, got 'yes'"),
            (["a", "b"], [0, 1], {"refit": "no"}, "refit must be True, False or 'auto'"),
            (["a", "b"], [0, 1], {"schedule": "cosine"}, "schedule must be one of"),
            (["a", "b"], [0, 1], {"threads": 0}, "threads must be a positive integer"),
            (["a", "b"], [0, 1], {"random_state": None}, "random_state must be an integer"),
            (["a", "b"], [0, 1], {"class_weight": "even"}, "class_weight must be None"),
            (["a", "b"], [0, 1], {"class_weight": np.ones(2)}, "class_weight must be None"),
            (["a", "b"], [0, 1], {"class_weight": {0: "a"}}, "class_weight must hold finite numbers"),
            (["a", "b"], [0, 1], {"class_weight": {0: -1}}, "class_weight must hold finite numbers"),
            (["a", "b"], [0, 1], {"class_weight": {0: 0, 1: 0}}, "not all of them zero"),
            (["a", "b"], [0, 1], {"clip_norm": np.inf}, "clip_norm must be positive and finite, or None"),
            (["a", "b"], [0, 1], {"early_stopping": np.ones(2)}, "early_stopping must be True, False"),
            (["a", "b"], [0, 1], {"report": 5}, "report must be a function"),
            (["a", "b"], [0, 1], {"min_count": 5}, "lower min_count"),
            (
                ["a", "b"],
                [0, 1],
                {"early_stopping": True},
                "give dev, rows to choose the epoch by, or early_stopping=False",
            ),
            (["", " "], [0, 1], {}, "no word"),
        ],
    )
    def test_bad_input_is_refused(self, texts: Any, labels: Any, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(InputError, match=message):
            TextClassifier(**settings).fit(texts, labels)

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ({"dev": 5}, r"dev must be a pair, \(rows, labels\), got 5"),
            ({"dev": (["a"],)}, "dev must be a pair"),
            ({"dev": ([], [])}, "dev must hold rows"),
            ({"sample_weight": ["a", "b"]}, "sample_weight must be 2 numbers"),
            ({"sample_weight": [[1], [1, 2]]}, "sample_weight is not an array"),
            ({"sample_weight": [1j, 1]}, "sample_weight must be 2 numbers"),
        ],
    )
    def test_what_goes_with_rows_must_fit_them(self, data: dict[str, Any], message: str) -> None:
        with pytest.raises(InputError, match=message):
            TextClassifier().fit(["a", "b"], [0, 1], **data)

    @pytest.mark.parametrize("measure", ["score", "loss", "compare"])
    def test_nothing_cannot_be_measured(self, fitted: TextClassifier, measure: str) -> None:
        with pytest.raises(InputError, match="give one row at least"):
            getattr(fitted, measure)([], [])

    def test_an_unfitted_model_says_so(self) -> None:
        with pytest.raises(NotFittedError, match="call fit"):
            TextClassifier().predict(["a"])

    def test_unknown_parameters_and_labels_are_refused(self, fitted: TextClassifier) -> None:
        with pytest.raises(InputError, match="has no parameter 'unit'"):
            TextClassifier().set_params(unit=3)
        with pytest.raises(
            InputError, match=r"label 7 of row 1 was not among the classes of training, \[0, 1\]; correct it"
        ):
            fitted.loss(["a", "b"], [0, 7])

    def test_repr_shows_what_was_changed(self) -> None:
        assert repr(TextClassifier(units=8)) == "TextClassifier(units=8)"


class TestEvaluation:
    def test_figures_equal_scikit_learns(self, fitted: TextClassifier) -> None:
        data = order_reviews(100, 9)
        labels = [1 - y if i % 5 == 0 else y for i, y in enumerate(data.labels)]  # type: ignore[operator]
        figures = evaluate(fitted, data.texts, labels)
        predicted = fitted.predict(data.texts)
        precision, recall, f1, n = precision_recall_fscore_support(labels, predicted)
        assert [c.precision for c in figures.classes] == pytest.approx(precision)
        assert [c.recall for c in figures.classes] == pytest.approx(recall)
        assert [c.f1 for c in figures.classes] == pytest.approx(f1)
        assert [c.n for c in figures.classes] == n.tolist()
        assert figures.macro_f1 == pytest.approx(f1_score(labels, predicted, average="macro"))
        assert figures.accuracy == pytest.approx(np.mean(predicted == labels))
        p = fitted.predict_proba(data.texts).astype(float)
        assert figures.loss == pytest.approx(-np.log(p[np.arange(100), labels]).mean(), rel=1e-3)

    def test_arguments_in_another_order_and_models_without_fit_have_a_clear_error(self) -> None:
        with pytest.raises(InputError, match=r"model must be a classifier, got list: call evaluate\(model, rows,"):
            evaluate(["a", "b"], [0, 1], TextClassifier())  # type: ignore[arg-type]
        with pytest.raises(NotFittedError, match="call fit"):
            evaluate(TextClassifier(), ["a", "b"], [0, 1])

    def test_comparison_sets_rivals_on_the_same_rows(self) -> None:
        train, dev = order_reviews(400, 1), order_reviews(100, 2)
        result = fit_and_compare(TextClassifier(**FAST), train, dev)
        assert (result.rows, result.dev_rows) == (400, 100)
        assert [rival.name for rival in result.rivals] == ["majority class", "bag of bigrams"]
        assert result.rivals[0].accuracy == 0.5
        assert result.evaluation.accuracy > result.rivals[0].accuracy
        assert result.to_json()["evaluation"]["n"] == 100

    def test_without_a_dev_part_some_rows_are_held_back(self) -> None:
        result = fit_and_compare(TextClassifier(**FAST | {"epochs": 2}), order_reviews(100, 1), rivals=False)
        assert (result.rows, result.dev_rows, result.rivals) == (90, 10, ())
        assert "held back" in result.dev


def test_errors_are_elmans_and_the_builtins() -> None:
    for error, builtin in ((InputError, ValueError), (DataError, ValueError), (NotFittedError, AttributeError)):
        assert issubclass(error, ElmanError)
        assert issubclass(error, builtin)


def test_pooled_bag_has_no_recurrent_layer() -> None:
    model = TextClassifier(layers=0, epochs=1).fit(["a b", "b a"], [0, 1])
    assert [type(layer) for layer in model.network_.layers[:2]] == [Embedding, Pooling]
