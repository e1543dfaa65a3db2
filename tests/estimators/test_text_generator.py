"""Language models: what they learn, write and measure."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman import TextGenerator
from elman.errors import InputError, ModelFolderError, NotFittedError
from elman.estimators import Perplexity

SONG = "one two three four five six seven eight . " * 30
QUICK: dict[str, Any] = {
    "units": 16,
    "embedding_dim": 12,
    "learning_rate": 0.02,
    "batch_size": 4,
    "epochs": 40,
    "truncation": 10,
}


@pytest.fixture(scope="module")
def counting() -> TextGenerator:
    return TextGenerator(**QUICK, level="token", input_dropout=0, dropout=0).fit([SONG])


@pytest.fixture(scope="module")
def led() -> TextGenerator:
    """Texts whose words hang on their label alone."""
    texts, labels = ["good fine nice . "] * 30 + ["bad poor awful . "] * 30, ["good"] * 30 + ["bad"] * 30
    model = TextGenerator(**QUICK | {"epochs": 30}, input_dropout=0, dropout=0, early_stopping=False)
    return model.fit(texts, labels)


class TestLearning:
    def test_counts_on(self, counting: TextGenerator) -> None:
        assert counting.generate(prompt="one two", length=4, temperature=0) == ["three four five six"]
        assert counting.generate(prompt="one two three four five six seven", length=3, beam=3) == ["eight . one"]
        assert counting.perplexity([SONG]).perplexity < 1.5

    def test_is_led_by_a_label(self, led: TextGenerator) -> None:
        assert led.joined_ is False
        assert led.generate(about="good", temperature=0) == ["good fine nice."]
        assert led.generate(about="bad", temperature=0, count=2) == ["bad poor awful."] * 2

    def test_joined_texts_can_be_led_as_well(self) -> None:
        texts, labels = ["a b c", "x y z"] * 30, [1, 2] * 30
        settings = QUICK | {"epochs": 60, "input_dropout": 0, "dropout": 0, "joined": True}
        model = TextGenerator(**settings, early_stopping=False)
        model.fit(texts, labels)
        assert model.generate(about=2, temperature=0) == ["x y z"]
        measured = model.perplexity(["a b c", "x y z"], [1, 2])
        assert (measured.tokens, measured.characters) == (8, 12)  # labels are given, and not predicted
        assert measured.perplexity < 1.1

    @pytest.mark.parametrize(
        "settings", [{"samples": 6}, {"tied": False}, {"cutoffs": (3, 6)}, {"units": 20}, {"layers": 2}]
    )
    def test_every_output_learns(self, settings: dict[str, Any]) -> None:
        settings = QUICK | {"input_dropout": 0, "dropout": 0, "level": "token"} | settings
        model = TextGenerator(**settings).fit([SONG])
        assert model.perplexity([SONG]).perplexity < 2
        assert "one" in model.generate(length=9, temperature=0)[0]


class TestSameBits:
    def test_any_number_of_threads(self) -> None:
        fits = [
            TextGenerator(**QUICK | {"epochs": 2, "batch_size": 40}, samples=5, threads=threads).fit([SONG] * 3)
            for threads in (1, 2, 4)
        ]
        for other in fits[1:]:
            for name, value in fits[0].network_.parameters.items():
                assert (value == other.network_.parameters[name]).all(), name

    def test_a_text_is_the_same_alone_and_among_others(self, counting: TextGenerator) -> None:
        many = counting.generate(count=20, length=12, seed=3)
        assert counting.generate(count=2, length=12, seed=3) == many[:2]
        assert len(set(many)) > 1
        assert counting.generate(count=20, length=12, seed=4) != many

    def test_model_folder(self, counting: TextGenerator, led: TextGenerator, tmp_path: Path) -> None:
        counting.save(tmp_path / "m")
        again = elman.load(tmp_path / "m")
        assert again.get_params() == counting.get_params() | {"threads": None}
        assert again.generate(count=3, length=20) == counting.generate(count=3, length=20)
        assert again.perplexity([SONG]) == counting.perplexity([SONG])
        led.save(tmp_path / "led")
        assert elman.load(tmp_path / "led").generate(about="bad", seed=5) == led.generate(about="bad", seed=5)

    def test_characters_and_their_line_breaks_are_saved(self, tmp_path: Path) -> None:
        model = TextGenerator(**QUICK | {"epochs": 1}, level="char").fit(["ab\n\tc\u2028\x85 d"] * 3)
        model.save(tmp_path / "m")
        assert elman.load(tmp_path / "m").vocabulary_ == model.vocabulary_

    def test_pieces_measure_as_the_whole(self, counting: TextGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = counting.perplexity([SONG])
        monkeypatch.setattr("elman.training.measuring.PIECE", 7)
        assert counting.perplexity([SONG]) == whole


@pytest.mark.parametrize("level", ["word", "token", "char"])
@pytest.mark.parametrize("joined", [True, False])
def test_parts_measure_as_the_whole(level: str, joined: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    model = TextGenerator(**{**QUICK, "epochs": 2}, level=level, joined=joined).fit([SONG])
    texts = [SONG, "", "one  two\r\nthree <eos> nought", ["four", "five", "zzz"], "seven " * 40]
    expected = model.perplexity(texts)
    for part in (1, 7, 50):
        monkeypatch.setattr("elman.estimators._led_texts.PART", part)
        assert model.perplexity(iter(texts)) == expected


class TestMeasuring:
    def test_every_token_and_the_end_of_each_text_count(self) -> None:
        model = TextGenerator(**QUICK | {"epochs": 1}, level="token").fit(["a b", "c", ""] * 4)
        assert model.perplexity(["a b", "", "c zzz"]).tokens == 3 + 1 + 3
        assert model.perplexity(["a b", "", "c  zzz"]).characters == 3 + 0 + 6 + 3  # as they were given

    def test_perplexity_is_that_of_the_probabilities(self) -> None:
        """By hand, word by word, from a network that reads one word at a time."""
        model = TextGenerator(**QUICK | {"epochs": 3}, level="token").fit(["a b a c a b"] * 20)
        ids, state, losses = model.vocabulary_.to_ids(["<eos>", "a", "c", "<eos>", "b", "<eos>"]), None, []
        for read, target in pairwise(ids):
            logits, state = model.network_.advance([[read]], state)
            losses.append(-np.log(model.network_.activate(logits)[0, target]))
        measured = model.perplexity(["a c", "b"])
        assert measured.loss == pytest.approx(np.mean(losses), rel=1e-5)
        assert measured.perplexity == pytest.approx(np.exp(np.mean(losses)), rel=1e-5)
        assert measured.bits_per_character == pytest.approx(np.sum(losses) / np.log(2) / 6, rel=1e-5)
        assert model.score(["a c", "b"]) == -measured.loss

    def test_texts_apart_are_measured_each_for_itself(self, led: TextGenerator) -> None:
        one, other = led.perplexity(["good fine"], ["good"]), led.perplexity(["poor"], ["bad"])
        both = led.perplexity(["good fine", "poor"], ["good", "bad"])
        assert both.loss * both.tokens == pytest.approx(one.loss * one.tokens + other.loss * other.tokens)

    def test_the_end_of_a_stream_is_held_back(self) -> None:
        model = TextGenerator(**QUICK | {"epochs": 2}, level="token").fit(["a b c d " * 3000 + "e " * 1000])
        assert model.dev_perplexity_ is not None
        assert model.dev_perplexity_.tokens == 1300
        assert model.dev_perplexity_.characters == 2600
        assert "e" not in model.vocabulary_

    def test_a_dev_part_of_ones_own(self) -> None:
        model = TextGenerator(**QUICK | {"epochs": 2}, level="token").fit([SONG], dev=[SONG])
        assert model.dev_perplexity_ == Perplexity(1, 271, len(SONG) + 1, 0, model.dev_perplexity_.loss)  # type: ignore[union-attr]


class TestWords:
    def test_words_that_come_once_teach_what_an_unknown_word_is(self) -> None:
        draw = np.random.default_rng(0)
        texts = [" ".join(f"w{n}" for n in [*draw.integers(0, 9, 50), 1000 + i]) for i in range(250)]
        model = TextGenerator(**QUICK | {"epochs": 3, "batch_size": 16}, level="token").fit(texts)
        assert len(model.vocabulary_) == 10
        assert model.perplexity(["w1 w2 zzz"]).loss < 6
        assert len(TextGenerator(**QUICK | {"epochs": 1}, level="token").fit(texts[:20]).vocabulary_) == 30

    def test_unknown_words_have_a_probability_and_are_never_written(self) -> None:
        model = TextGenerator(**QUICK, level="token", min_count=21).fit(["a <unk> a <unk> b " * 20])
        assert model.vocabulary_.words == ("a", "<eos>")
        assert model.perplexity(["a zzz a zzz"]).loss < 1
        assert model.perplexity(["a zzz a zzz"]).unknown == 2
        assert "<unk>" not in " ".join(model.generate(count=30, length=20))

    def test_a_text_has_a_token_at_least(self) -> None:
        model = TextGenerator(**QUICK | {"epochs": 5}, level="token").fit(["a"] * 50)
        assert all(model.generate(count=30))
        assert model.generate(temperature=0) == ["a"]

    def test_stop_ends_a_text(self, counting: TextGenerator) -> None:
        assert counting.generate(prompt="one", temperature=0, stop="five") == ["two three four"]

    def test_spaces_are_written_where_they_belong(self, led: TextGenerator) -> None:
        assert led.whole("good, fine", ", nice.") == "good, fine, nice."


class TestMistakes:
    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"level": "letters"}, "level must be one of word, token, char"),
            ({"samples": -1}, "samples must be an integer, 0 or more, or 'auto'"),
            ({"tied": "yes"}, "tied must be True, False or 'auto'"),
            ({"truncation": 0}, "truncation must be a positive integer"),
            ({"cutoffs": (5,), "tied": True}, "does not go with tied=True"),
            ({"cutoffs": (5,), "samples": 3}, "does not go with samples=3"),
            ({"cutoffs": (500,)}, "cutoffs must be below the number of words, 11"),
            ({"cutoffs": (5, 3)}, "cutoffs must be rising"),
            ({"samples": 11}, "samples must be below the number of words, 11"),
            ({"min_count": 0}, "min_count must be a positive integer"),
            ({"cutoffs": "5"}, "cutoffs must be numbers of words"),
            ({"validation_fraction": 1}, "validation_fraction must be between 0 and 1"),
        ],
    )
    def test_settings(self, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(InputError, match=message):
            TextGenerator(**settings).fit([SONG])

    @pytest.mark.parametrize(
        ("texts", "message"),
        [
            ("a text", "texts must be a list"),
            (None, "texts must be a list"),
            ([3], "text 0 must be a string"),
            ([["a", ""]], "text 0 must be"),
            ([""], "all are empty"),
            ([], "all are empty"),
        ],
    )
    def test_texts(self, texts: Any, message: str) -> None:
        with pytest.raises(InputError, match=message):
            TextGenerator(**QUICK).fit(texts)

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"about": "good"}, "about='good' has no effect on a model that was trained without labels"),
            ({"stop": "zzz"}, "stop must be one token of the vocabulary"),
            ({"stop": "one two"}, "stop must be one token"),
            ({"count": 0}, "count must be a positive integer"),
            ({"length": 1.5}, "length must be a positive integer"),
            ({"beam": 0}, "beam must be a positive integer"),
            ({"top_p": 3}, "top_p must be"),
            ({"prompt": 3}, "prompt must be a string"),
            ({"seed": "a"}, "seed must be an integer"),
            ({"beam": 2, "top_k": 3}, "beam searches and draws nothing"),
            ({"beam": 2, "length_penalty": 1000}, "length_penalty must be a number from 0 to 10"),
            ({"beam": 2, "length_penalty": float("nan")}, "length_penalty must be a number"),
        ],
    )
    def test_generating(self, counting: TextGenerator, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(InputError, match=message):
            counting.generate(**settings)

    def test_labels(self, led: TextGenerator, counting: TextGenerator) -> None:
        with pytest.raises(
            InputError, match="about must be one of the labels that training had, bad, good; it was not given"
        ):
            led.generate()
        with pytest.raises(InputError, match="label 'meh' was not among those of training, bad, good"):
            led.generate(about="meh")
        with pytest.raises(InputError, match="y must be given as in training"):
            led.perplexity(["good"])
        with pytest.raises(InputError, match="label 'good' was not among those of training, none"):
            counting.perplexity(["one"], ["good"])
        with pytest.raises(InputError, match="dev must be a pair"):
            TextGenerator(**QUICK).fit(["a"] * 3, ["x", "y", "x"], dev=["a"])

    def test_labels_are_taken_as_training_had_them(self) -> None:
        model = TextGenerator(**QUICK | {"epochs": 1}).fit(["a b", "c d"] * 5, [0, 1] * 5)
        assert model.generate(about=1.0, seed=-3) == model.generate(about=1, seed=-3)
        assert model.perplexity(["a b"], [0.0]) == model.perplexity(["a b"], [0])
        with pytest.raises(InputError, match="about must be a label, a string or a whole number, got dict"):
            model.generate(about={})
        with pytest.raises(InputError, match="must be without line breaks"):
            TextGenerator(**QUICK).fit(["a", "b"], ["x\ny", "z"])

    @pytest.mark.parametrize("joined", [True, False])
    def test_dev_parts(self, joined: bool) -> None:
        model = TextGenerator(**QUICK, joined=joined)
        with pytest.raises(InputError, match="dev must hold texts"):
            model.fit(["a b"], dev=[])
        with pytest.raises(InputError, match="dev must be texts, as training has no labels, got a pair"):
            model.fit(["a b"], dev=(["a b"], ["x"]))

    def test_a_short_text_can_be_held_back_of(self) -> None:
        model = TextGenerator(**QUICK | {"epochs": 1}, level="char", early_stopping=True).fit(["abc"])
        assert model.dev_perplexity_ is not None
        assert model.dev_perplexity_.tokens == 1

    def test_a_mistake_leaves_a_fitted_model_as_it_was(self) -> None:
        model = TextGenerator(**QUICK | {"epochs": 2}, level="token").fit([SONG])
        written = model.generate(length=5)
        for wrong in ({"x": "a text"}, {"x": [SONG], "dev": []}, {"x": [SONG], "y": ["a", "b"]}):
            with pytest.raises(InputError):
                model.fit(**wrong)
            assert model.generate(length=5) == written

    def test_not_fitted(self) -> None:
        with pytest.raises(NotFittedError):
            TextGenerator().generate()

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"joined": 1}, '"joined" must be true or false'),
            ({"classes": ["x"]}, "lacks '<about x>'"),
            ({"parameters": {"level": "letters"}}, "level|parameters"),
        ],
    )
    def test_a_damaged_folder(
        self, counting: TextGenerator, tmp_path: Path, change: dict[str, Any], message: str
    ) -> None:
        counting.save(tmp_path / "m")
        file = tmp_path / "m" / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | change))
        with pytest.raises(ModelFolderError, match=message):
            elman.load(tmp_path / "m")


@pytest.mark.parametrize("labels", [None, ["x", "y"]])
def test_special_tokens_within_a_text_are_unknown(labels: Any) -> None:
    settings: dict[str, Any] = {"level": "token", "units": 3, "embedding_dim": 3, "epochs": 1, "threads": 1}
    lead = "<about x>" if labels else "<eos>"
    models = [
        TextGenerator(**settings).fit([["a", special, "b"], ["a", second, "a"]], labels)
        for special, second in (("<eos>", lead), ("<unk>", "<unk>"))
    ]
    for name, value in models[0].network_.parameters.items():
        assert (value == models[1].network_.parameters[name]).all(), name
    about = None if labels is None else "x"
    assert models[0].generate("<eos>", about, length=5) == models[0].generate("<unk>", about, length=5)
    assert models[0].perplexity([["a", "<eos>"]], labels and ["x"]).unknown == 1


def test_a_length_penalty_is_checked_where_it_has_no_use() -> None:
    model = TextGenerator(units=3, embedding_dim=3, epochs=1).fit(["a b", "b a"])
    with pytest.raises(InputError, match="length_penalty must be a number from 0 to 10, got 'x'"):
        model.generate(length_penalty="x")  # type: ignore[arg-type]


def test_without_memory_the_next_word_hangs_on_the_last_alone() -> None:
    texts = ["a b c", "b c d e", "c a"] * 20
    model = elman.TextGenerator(layers=0, embedding_dim=4, epochs=2, truncation=3).fit(texts)  # in pieces
    one, other = (model.network_.predict([model.vocabulary_.to_ids(row)]).values[-1] for row in (["a", "b"], ["b"]))
    assert (one == other).all()
    assert model.generate("a", count=3, length=4) == model.generate("a", count=3, length=4)
    assert model.generate("a", beam=2, length=4) and model.perplexity(texts).loss > 0
