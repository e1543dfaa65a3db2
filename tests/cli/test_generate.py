"""`elman generate`, and the other commands with language models."""

import json
from pathlib import Path
from typing import Any

import pytest

import elman

from .conftest import Run

VERSE = "one two three four five six seven eight.\n"
FAST = ("--task", "generate", "--epochs", 2, "--units", 8, "--embedding-dim", 8)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """verse.txt; a model of it, verse, by characters; led, of words, which knows labels."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "verse.txt").write_text(VERSE * 30)
    quick: dict[str, Any] = {"learning_rate": 0.02, "batch_size": 4, "input_dropout": 0, "dropout": 0, "truncation": 12}
    model = elman.TextGenerator(level="char", units=32, embedding_dim=16, epochs=40, **quick)
    model.fit([VERSE * 30]).save(folder / "verse")
    led = elman.TextGenerator(units=8, embedding_dim=8, epochs=40, early_stopping=False, **quick)
    led.fit(["a good one"] * 20 + ["so bad"] * 20, [1] * 20 + [0] * 20).save(folder / "led")
    return folder


class TestGenerate:
    def test_writes_the_prompt_and_what_comes_after(self, run: Run, models: Path) -> None:
        result = run("generate", models / "verse", "--prompt", "one t", "--length", 12, "--greedy")
        assert (result.status, result.err) == (0, "")
        assert result.out == "one two three fou\n"

    def test_json_holds_both(self, run: Run, models: Path) -> None:
        lines = run("generate", models / "verse", "--prompt", "one t", "--count", 2, "--json").out.splitlines()
        texts = elman.load(models / "verse").generate("one t", count=2)
        assert [json.loads(line) for line in lines] == [{"prompt": "one t", "text": text} for text in texts]

    def test_is_led_by_a_label(self, run: Run, models: Path) -> None:
        assert run("generate", models / "led", "--about", "1", "--greedy").out == "a good one\n"
        assert run("generate", models / "led", "--about", "0", "--beam", 2).out == "so bad\n"

    def test_a_line_break_can_be_typed(self, run: Run, models: Path) -> None:
        result = run("generate", models / "verse", "--prompt", "eight.\n", "--length", 40, "--greedy", "--stop", r"\n")
        assert result.out == "eight.\none two three four five six seven eight.\n"

    def test_the_seed_decides(self, run: Run, models: Path) -> None:
        texts = [
            run("generate", models / "verse", "--temperature", 2, "--count", 2, "--seed", seed).out
            for seed in (1, 1, 2)
        ]
        assert texts[0] == texts[1] != texts[2]
        assert "\n-----\n" in texts[0]
        drawn = run("generate", models / "verse", "--temperature", 2, "--count", 2, "--seed", 1, "--threads", 1)
        assert drawn.out == texts[0]

    @pytest.mark.parametrize(
        ("options", "status", "message"),
        [
            (("--beam", 2, "--temperature", 2), 2, "--temperature has no effect with --beam"),
            (("--greedy", "--top-k", 2), 2, "--top-k has no effect with --greedy"),
            (("--greedy", "--beam", 2), 2, "leave --greedy or --beam out"),
            (("--length-penalty", 0.5), 2, "--length-penalty has no effect without --beam"),
            (("--temperature", -1), 2, "--temperature must be a number, 0 or more, got -1.0"),
            (("--top-p", 1.5), 2, "--top-p must be a number above 0, at most 1, got 1.5"),
            (("--stop", "zz"), 2, "--stop must be one token of the vocabulary, got 'zz'"),
            (("--about", "good"), 2, "--about good has no effect on a model that was trained without labels"),
            (("--beam", 2, "--length-penalty", 99), 2, "--length-penalty must be a number from 0 to 10, got 99.0"),
            (("--count", 0), 2, "'0' is not a whole number, 1 or more"),
        ],
    )
    def test_mistakes(self, run: Run, models: Path, options: tuple[Any, ...], status: int, message: str) -> None:
        result = run("generate", models / "verse", *options)
        assert (result.status, result.out) == (status, "")
        assert message in result.err
        assert result.err.endswith("; see elman generate --help\n")

    def test_labels_and_other_models(self, run: Run, models: Path, files: Path) -> None:
        assert "--about must be one of the labels that training had, 0, 1" in run("generate", models / "led").err
        assert "label '7' was not among" in run("generate", models / "led", "--about", "7").err
        wrong = run("generate", files / "model")
        assert f"is a TextClassifier, which `elman generate` does not use; call `elman predict {files / 'model'}`" in (
            wrong.err
        )
        wrong = run("predict", models / "verse", "a")
        assert f"call `elman generate {models / 'verse'}`" in wrong.err


class TestOtherCommands:
    def test_train_lines_of_words_and_evaluate(self, run: Run, models: Path, tmp_path: Path) -> None:
        result = run("train", models / "verse.txt", "--out", tmp_path / "m", *FAST, "--json")
        assert result.status == 0
        assert json.loads(result.out)["evaluation"]["tokens"] == 300  # too few to hold some back
        model = elman.load(tmp_path / "m")
        assert (model.level, model.joined_, len(model.vocabulary_)) == ("word", True, 10)
        figures = json.loads(run("evaluate", tmp_path / "m", models / "verse.txt", "--json").out)
        assert figures["tokens"] == 300
        assert figures["characters"] == 30 * len(VERSE)
        assert figures["perplexity"] == pytest.approx(model.perplexity([VERSE.strip()] * 30).perplexity)
        table = run("evaluate", tmp_path / "m", models / "verse.txt").out.splitlines()
        assert table[0].split() == ["tokens", "unknown", "characters", "loss", "perplexity", "bits_per_character"]
        assert table[1].split()[:3] == ["300", "0.00%", "1230"]
        assert "perplexity" in (tmp_path / "m" / "README.md").read_text()
        assert "elman generate" in (tmp_path / "m" / "README.md").read_text()

    def test_a_file_of_characters_is_one_text(self, run: Run, models: Path, tmp_path: Path) -> None:
        options = (*FAST, "--level", "char", "--dev", models / "verse.txt")
        result = run("train", models / "verse.txt", "--out", tmp_path / "m", *options)
        assert result.status == 0
        assert "1 text, from" in result.err
        assert f"measured on {30 * len(VERSE) + 1} tokens" in result.out
        assert "\\n" in elman.load(tmp_path / "m").vocabulary_

    def test_labels_are_read_where_a_column_is_named(self, run: Run, files: Path, tmp_path: Path) -> None:
        named = run("train", files / "train.csv", "--out", tmp_path / "m", "--label-column", "label", *FAST)
        assert named.status == 0
        assert elman.load(tmp_path / "m").classes_.tolist() == elman.load(files / "model").classes_.tolist()
        figures = run("evaluate", tmp_path / "m", files / "dev.jsonl")
        assert figures.status == 0
        assert run("train", files / "train.csv", "--out", tmp_path / "n", *FAST).status == 0
        assert elman.load(tmp_path / "n").classes_.tolist() == []

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--pooling", "max"), "--pooling has no effect with --task generate"),
            (("--tag-column", "2"), "--tag-column has no effect with --task generate"),
            (("--cutoffs", "5", "--tied"), "--cutoffs 5 does not go with --tied"),
            (("--level", "letter"), "'letter' is not one of word, token, char"),
        ],
    )
    def test_mistakes(self, run: Run, models: Path, tmp_path: Path, options: tuple[str, ...], message: str) -> None:
        result = run("train", models / "verse.txt", "--task", "generate", "--out", tmp_path / "m", *options)
        assert (result.status, result.out) == (2, "")
        assert message in result.err

    def test_options_of_other_tasks(self, run: Run, files: Path, tmp_path: Path) -> None:
        result = run("train", files / "train.csv", "--out", tmp_path / "m", "--level", "char")
        assert "--level has no effect with --task classify" in result.err

    def test_training_that_diverges_draws_a_warning(self, run: Run, models: Path, tmp_path: Path) -> None:
        loud = ("--learning-rate", 30, "--clip-norm", 1e9, "--epochs", 3)
        result = run("train", models / "verse.txt", "--out", tmp_path / "m", *FAST, *loud)
        assert "far above that of a constant answer, 2.4: training diverges; lower --learning-rate" in result.err
        assert result.err.count("Warning") == 1

    def test_a_file_without_text(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("\n \n")
        result = run("train", tmp_path / "a.txt", "--out", tmp_path / "m", *FAST)
        assert (result.status, result.out) == (1, "")
        assert "nothing to read, it holds no text" in result.err
