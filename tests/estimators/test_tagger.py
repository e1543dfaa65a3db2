"""Tagger: a tag for each word, its figures, and its way to a folder and back."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import f1_score
from sklearn.model_selection import cross_val_score

import elman
from elman import Tagger
from elman.data import TaggedSentences
from elman.errors import InputError, ModelFolderError, NotFittedError
from elman.estimators import entity_figures, evaluate, fit_and_compare
from elman.modelfolder import read_model_folder, write_model_folder

FAST: dict[str, Any] = {
    "embedding_dim": 12, "units": 16, "word_dropout": 0.0, "dropout": 0.0, "epochs": 20, "learning_rate": 0.02,
    "early_stopping": False,
}  # fmt: skip
NOUNS, VERBS = ("cat", "dog", "movie", "plot"), ("sat", "ran", "ended", "began")


def some_sentences(rows: int, seed: int) -> TaggedSentences:
    """A word is a noun after "the", and a verb elsewhere: the word alone does not say."""
    draw = np.random.default_rng(seed)
    sentences, tags = [], []
    for _ in range(rows):
        words = draw.choice([*NOUNS, *VERBS], draw.integers(1, 4)).tolist()
        phrases = [["the", word] if draw.random() < 0.5 else [word] for word in words]
        sentences.append([word for phrase in phrases for word in phrase])
        tags.append([tag for phrase in phrases for tag in (["B-NP", "I-NP"] if len(phrase) == 2 else ["O"])])
    return TaggedSentences(sentences, tags, f"sentences {seed}")


@pytest.fixture(scope="module")
def fitted() -> Tagger:
    return Tagger(**FAST).fit(*some_sentences(200, 1))


class TestTagger:
    @pytest.mark.parametrize("settings", [{}, {"bidirectional": False}, {"cell": "gru", "units": (8, 6)}])
    def test_reads_what_stands_around_a_word(self, settings: dict[str, Any]) -> None:
        model = Tagger(**FAST | settings).fit(*some_sentences(200, 1))
        assert model.score(*some_sentences(100, 2)) > 0.99
        alone = Tagger(**FAST, layers=0).fit(*some_sentences(200, 1))
        assert alone.score(*some_sentences(100, 2)) < 0.9

    def test_what_comes_after_needs_both_directions(self) -> None:
        draw = np.random.default_rng(0)
        x = [draw.choice(["a", "b", "c"], 6).tolist() for _ in range(200)]
        y = [[*row[1:], "end"] for row in x]
        assert Tagger(**FAST).fit(x, y).score(x, y) > 0.95
        assert Tagger(**FAST, bidirectional=False).fit(x, y).score(x, y) < 0.7

    def test_answers_are_lists_of_arrays_a_row_for_each_word(self, fitted: Tagger) -> None:
        x = some_sentences(20, 3).sentences
        p, tags = fitted.predict_proba(x), fitted.predict(x)
        assert [row.shape for row in p] == [(len(row), 3) for row in x]
        for row, found in zip(p, tags, strict=True):
            np.testing.assert_allclose(row.sum(axis=1), 1, rtol=1e-6)
            assert (fitted.classes_[row.argmax(axis=1)] == found).all()
        assert fitted.predict([]) == []

    @pytest.mark.parametrize("affixes", [0, 3])
    @pytest.mark.parametrize("cell", ["simple-rnn", "lstm"])
    def test_a_sentence_alone_and_in_any_batch_on_any_threads(self, cell: str, affixes: int) -> None:
        model = Tagger(**FAST | {"epochs": 2}, affixes=affixes, cell=cell).fit(*some_sentences(100, 1))
        x = [*some_sentences(60, 4).sentences, [], ["xyzzy"], ["The", "CAT"], ["😀"]]
        together = model.predict_proba(x)
        for sentence, rows in zip(x, together, strict=True):
            (alone,) = model.predict_proba([sentence])
            assert (alone == rows).all()
        for threads in (1, 2, 4):
            others = model.set_params(threads=threads).predict_proba(x[::-1])[::-1]
            assert all((one == two).all() for one, two in zip(together, others, strict=True))

    def test_seed_decides_and_threads_do_not(self) -> None:
        settings = FAST | {"epochs": 2, "word_dropout": 0.2, "dropout": 0.3, "early_stopping": True}
        models = [
            Tagger(**settings, random_state=seed, threads=threads).fit(*some_sentences(120, 1))
            for seed, threads in ((0, 1), (0, 2), (1, 1))
        ]
        one, two, other = (model.network_.parameters for model in models)
        assert all(one[name].tobytes() == two[name].tobytes() for name in one)
        assert any(one[name].tobytes() != other[name].tobytes() for name in one)

    def test_a_text_is_cut_into_words(self, fitted: Tagger) -> None:
        text = "The cat sat; don't"
        assert fitted.words([text, ["don't"]]) == [["The", "cat", "sat", ";", "do", "n't"], ["don't"]]
        for row, cut in zip(
            fitted.predict_proba([text, ""]), fitted.predict_proba([*fitted.words([text]), []]), strict=True
        ):
            assert (row == cut).all()
        whole = Tagger(**FAST | {"epochs": 1}).fit(["The cat", "A dog"], [["D", "N"], ["D", "N"]])
        cut = Tagger(**FAST | {"epochs": 1}).fit([["The", "cat"], ["A", "dog"]], [["D", "N"], ["D", "N"]])
        assert (whole.predict_proba(["The dog"])[0] == cut.predict_proba(["The dog"])[0]).all()

    def test_unknown_words_are_read_by_their_affixes_and_letter_case(self) -> None:
        x = [[word] for word in ("running", "sitting", "Rome", "Paris", "eating", "Berlin", "red", "blue", "green")] * 9
        y = [["VERB"] if row[0].endswith("ing") else ["NAME"] if row[0][0].isupper() else ["ADJ"] for row in x]
        model = Tagger(**FAST).fit(x, y)
        assert [row.tolist() for row in model.predict([["walking", "Lisbon"]])] == [["VERB", "NAME"]]
        blind = Tagger(**FAST, affixes=0).fit(x, y)
        assert blind.tokenizer_.lowercase
        assert (blind.predict_proba([["ROME"]])[0] == blind.predict_proba([["rome"]])[0]).all()

    def test_rare_words_are_unknown_from_many_sentences_on(self) -> None:
        x, y = [[f"word{number}", "was"] for number in range(1000)], [["A", "B"]] * 1000
        fast = FAST | {"epochs": 1, "affixes": 0, "units": 2}
        assert Tagger(**fast).fit(x, y).vocabulary_.words == ("was",)
        assert len(Tagger(**fast).fit(x[:999], y[:999]).vocabulary_) == 1000

    def test_empty_sentences_are_allowed_everywhere(self) -> None:
        x, y = [[], ["a", "b"], [], ["b"]] * 40, [[], ["A", "B"], [], ["B"]] * 40
        model = Tagger(**FAST | {"early_stopping": True}).fit(x, y)
        assert [len(row) for row in model.predict([[], ["a"], []])] == [0, 1, 0]
        assert model.score(x, y) > 0.9
        assert evaluate(model, x, y).n == 120

    def test_a_part_without_words_cannot_choose_the_epoch(self) -> None:
        x, y = [["a"], ["b"]] * 5, [["A"], ["B"]] * 5
        with pytest.raises(InputError, match="there must be labels to measure by, got none"):
            Tagger(**FAST).fit(x, y, dev=([[], []], [[], []]))
        lonely = Tagger(**FAST | {"epochs": 2, "early_stopping": True}).fit(
            [["a", "b"], [], [], []], [["A", "B"], *[[]] * 3]
        )
        assert len(lonely.history_.epochs) == 2

    def test_tags_may_be_numbers_of_two_classes(self) -> None:
        model = Tagger(**FAST).fit([["a", "b"], ["b", "a"]] * 10, [[0, 1], [1, 0]] * 10)
        assert model.predict([["a", "b", "a"]])[0].tolist() == [0, 1, 0]
        assert model.predict_proba([["a"]])[0].shape == (1, 2)

    def test_works_in_scikit_learns_tools(self) -> None:
        data = some_sentences(150, 1)
        assert cross_val_score(Tagger(**FAST), data.sentences, data.tags, cv=2).mean() > 0.9
        copy = clone(Tagger(units=7))
        assert copy.get_params()["units"] == 7
        assert not {"pooling", "go_backwards"} & copy.get_params().keys()

    def test_refit_trains_anew_on_all_sentences(self) -> None:
        data = some_sentences(150, 1)
        model = Tagger(**FAST | {"early_stopping": True, "epochs": 4}).fit(*data)
        assert len(model.history_.refit) == model.history_.best
        unlike = Tagger(**FAST | {"early_stopping": True, "epochs": 4}, refit=False).fit(*data)
        assert (model.predict_proba([["the"]])[0] != unlike.predict_proba([["the"]])[0]).any()

    @pytest.mark.parametrize(
        ("sentences", "tags", "settings", "message"),
        [
            ("a text", [["A"]], {}, r"sentences must be a list, got str; for one sentence give \[sentence\]"),
            ([3], [["A"]], {}, "sentence 0 must be a list of words, or a text, got int"),
            (
                [["a"], ["b", None]],
                [["A"], ["B", "A"]],
                {},
                "sentence 1 must hold words that are strings, got NoneType",
            ),
            ([["a"], ["b"]], [["A"], ["A", "B"]], {}, r"y of row 1 must hold one label a time step, shape \(1,\)"),
            ([["a"], ["b"]], [["A"]], {}, "y must hold one array of labels a row, 2, got 1"),
            ([["a"], ["b"]], [["A"], ["A"]], {}, "at least two classes, got one class"),
            ([["a", ""]], [["A", "B"]], {}, "must be a string without line breaks, not empty"),
            ([["a"], ["b"]], [["A"], ["B"]], {"min_count": 5}, "no word comes 5 times or more .*lower min_count"),
            ([["a"], ["b"]], [["A"], ["B"]], {"epochs": 0}, "epochs must be a positive integer or 'auto'"),
            ([["a"], ["b"]], [["A"], ["B"]], {"merge": "sum", "bidirectional": False}, "merge='sum' has no effect"),
        ],
    )
    def test_mistakes_have_one_clear_error(
        self, sentences: Any, tags: Any, settings: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(InputError, match=message):
            Tagger(**settings).fit(sentences, tags)

    def test_an_unfitted_model_says_so(self) -> None:
        with pytest.raises(NotFittedError, match="this Tagger is not fitted yet"):
            Tagger().predict([["a"]])

    def test_settings_that_it_does_not_have_are_refused(self) -> None:
        with pytest.raises(TypeError, match="pooling"):
            Tagger(pooling="max")  # type: ignore[call-arg]
        with pytest.raises(InputError, match="Tagger has no parameter 'go_backwards'"):
            Tagger().set_params(go_backwards=True)


class TestEvaluation:
    def test_figures_are_those_of_words_and_of_entities(self, fitted: Tagger) -> None:
        data = some_sentences(80, 5)
        x, y = data.sentences, [["O" if i % 3 == 0 else tag for i, tag in enumerate(row)] for row in data.tags]
        figures, predicted = evaluate(fitted, x, y), [row.tolist() for row in fitted.predict(x)]
        flat, found = ([tag for row in rows for tag in row] for rows in (y, predicted))
        assert figures.n == len(flat)
        assert figures.accuracy == pytest.approx(np.mean(np.array(flat) == found)) == fitted.score(x, y)
        assert figures.macro_f1 == pytest.approx(f1_score(flat, found, average="macro"))
        assert figures.entities == entity_figures(y, predicted)
        assert 0 < figures.entities.f1 < 1
        assert figures.to_json()["entities"]["types"][0]["type"] == "NP"

    def test_tags_that_mark_no_entities_have_no_such_figures(self) -> None:
        model = Tagger(**FAST | {"epochs": 1}).fit([["a", "b"]] * 4, [["DET", "NOUN"]] * 4)
        assert evaluate(model, [["a"]], [["DET"]]).entities is None

    def test_a_tag_that_training_did_not_have_is_wrong_and_not_in_the_loss(self, fitted: Tagger) -> None:
        data = some_sentences(30, 6)
        tags = [[*row[:-1], "B-ODD"] for row in data.tags]
        figures = evaluate(fitted, data.sentences, tags)
        known = [(w, t) for row, own in zip(data.sentences, tags, strict=True) for w, t in zip(row, own, strict=True)]
        assert figures.accuracy <= 1 - 30 / len(known)
        assert np.isfinite(figures.loss)
        assert {c.label: c.f1 for c in figures.classes}["B-ODD"] == 0
        assert {kind.type: kind.n for kind in figures.entities.types}["ODD"] == 30
        with pytest.raises(InputError, match="label 'X' of row 0 was not among the classes"):
            evaluate(fitted, [["a"]], [["X"]])

    def test_a_dev_part_may_hold_a_tag_that_training_did_not_have(self) -> None:
        train, dev = some_sentences(60, 1), some_sentences(20, 2)
        odd = [["B-ODD", *row[1:]] for row in dev.tags]
        model = Tagger(**FAST | {"epochs": 2}).fit(*train, dev=(dev.sentences, odd))
        assert model.classes_.tolist() == ["B-NP", "I-NP", "O"]
        assert model.history_.epochs[-1].dev_loss == pytest.approx(model.loss(dev.sentences, odd), rel=1e-4)

    def test_comparison_sets_methods_without_memory_beside(self) -> None:
        result = fit_and_compare(Tagger(**FAST | {"early_stopping": True}), some_sentences(200, 1))
        assert (result.rows, result.dev_rows, result.refitted) == (180, 20, 200)
        assert result.measured_on.startswith("20 sentences, held back from the training data; then trained anew on all")
        table = result.table()
        assert list(table) == ["elman", "commonest tag of the word", "window of words"]
        assert all(list(row) == ["accuracy", "macro_f1", "entity_f1", "seconds"] for row in table.values())
        assert table["commonest tag of the word"]["entity_f1"] < table["elman"]["entity_f1"]
        assert table["window of words"]["accuracy"] > 0.95  # what stands beside the word is enough here
        assert result.to_json()["unit"] == "sentence"

    def test_comparison_with_a_dev_part_of_its_own(self) -> None:
        result = fit_and_compare(Tagger(**FAST), some_sentences(60, 1), some_sentences(20, 2), rivals=False)
        assert (result.rows, result.dev_rows, result.refitted, result.rivals) == (60, 20, 0, ())


class TestModelFolder:
    @pytest.mark.parametrize("affixes", [0, 3])
    def test_loaded_model_gives_the_same_bits(self, affixes: int, tmp_path: Path) -> None:
        model = Tagger(**FAST | {"epochs": 2}, affixes=affixes).fit(*some_sentences(60, 1))
        model.save(tmp_path / "m", data=some_sentences(60, 1))
        loaded = elman.load(tmp_path / "m")
        assert isinstance(loaded, Tagger)
        assert loaded.get_params() == model.get_params()
        x = [*some_sentences(20, 7).sentences, [], ["Unseen"], "The cat sat."]
        for one, two in zip(model.predict_proba(x), loaded.predict_proba(x), strict=True):
            assert (one == two).all()
        assert loaded.affixes_ == model.affixes_
        card = (tmp_path / "m" / "README.md").read_text()
        assert "elman tag PATH_OF_THIS_FOLDER" in card
        assert "| sentences | 60 |" in card

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"kind": "TextClassifier"}, "a TextClassifier does not go with a network"),
            ({"classes": ["B-NP", "O"]}, "do not fit"),
            ({"parameters": {"pooling": "max"}}, "no parameter 'pooling'"),
            ({"tokenizer": None}, "damaged"),
            ({"min_count": 0}, '"min_count" must be a positive integer'),
        ],
    )
    def test_settings_that_make_no_tagger_have_one_clear_error(
        self, change: dict[str, Any], message: str, fitted: Tagger, tmp_path: Path
    ) -> None:
        fitted.save(tmp_path / "m")
        folder = read_model_folder(tmp_path / "m")
        folder.config.update(change)
        write_model_folder(tmp_path / "m", folder)
        with pytest.raises(ModelFolderError, match=message):
            elman.load(tmp_path / "m")

    def test_a_classifier_of_texts_is_no_tagger(self, tmp_path: Path) -> None:
        elman.TextClassifier(epochs=1).fit(["a", "b"], [0, 1]).save(tmp_path / "m")
        folder = read_model_folder(tmp_path / "m")
        folder.config.update({"kind": "Tagger", "parameters": {}})
        write_model_folder(tmp_path / "m", folder)
        with pytest.raises(ModelFolderError, match="a Tagger does not go with a network whose last layer is"):
            elman.load(tmp_path / "m")
