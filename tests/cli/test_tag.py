"""`elman tag`, and the other commands with taggers."""

import json
from pathlib import Path
from typing import Any

import pytest

import elman
from elman.cli import _options
from elman.data import read_tagged
from elman.estimators.tasks import TASKS

from .conftest import TAGGED, Run

FAST = ("--task", "tag", "--epochs", 2, "--units", 4, "--embedding-dim", 4)


class TestTag:
    def test_a_word_and_its_tag_a_line_a_blank_line_after_each_text(self, run: Run, files: Path) -> None:
        result = run("tag", files / "tagger", "The cat sat.", "It ran")
        assert (result.status, result.err) == (0, "")
        assert result.out == "The\tB-NP\ncat\tI-NP\nsat\tB-VP\n.\tO\n\nIt\tB-NP\nran\tB-VP\n\n"

    def test_what_it_writes_can_be_measured_and_learned_from(self, run: Run, files: Path, tmp_path: Path) -> None:
        written = run("tag", files / "tagger", "--file", files / "tagged.txt").out
        (tmp_path / "a.txt").write_text(written)
        rows = read_tagged(tmp_path / "a.txt")
        assert rows.sentences == read_tagged(files / "tagged.txt").sentences
        assert rows.tags == [row.tolist() for row in elman.load(files / "tagger").predict(rows.sentences)]
        figures = json.loads(run("evaluate", files / "tagger", tmp_path / "a.txt", "--json").out)
        assert figures["accuracy"] == figures["entities"]["f1"] == 1
        assert run("train", tmp_path / "a.txt", "--out", tmp_path / "m", "--no-baseline", *FAST).status == 0

    def test_arguments_files_and_stdin_give_the_same(self, run: Run, files: Path, tmp_path: Path) -> None:
        texts = ("The dog's plot", "", "çà 😀")
        expected = run("tag", files / "tagger", *texts, "--json").out
        assert [json.loads(line)["words"] for line in expected.splitlines()] == [
            ["The", "dog", "'s", "plot"], [], ["çà", "😀"],
        ]  # fmt: skip
        content = "".join(text + "\n" for text in texts)
        (tmp_path / "a.txt").write_text(content)
        assert run("tag", files / "tagger", "--texts", "--file", tmp_path / "a.txt", "--json").out == expected
        assert run("tag", files / "tagger", "--texts", "--file", "-", "--json", stdin=content.encode()).out == expected
        words = "The\ndog\n's\nplot\n\nçà\n😀\n".encode()
        assert run("tag", files / "tagger", "--file", "-", "--json", stdin=words).out.splitlines() == [
            line for line in expected.splitlines() if '"words": []' not in line
        ]

    def test_the_column_of_the_words_is_chosen(self, run: Run, files: Path) -> None:
        content = b"1 The x\n2 cat y\n"
        found = run("tag", files / "tagger", "--file", "-", "--word-column", 2, stdin=content)
        assert found.out == run("tag", files / "tagger", "The cat").out

    def test_each_command_names_the_one_that_fits_the_model(self, run: Run, files: Path, tmp_path: Path) -> None:
        wrong = run("predict", files / "tagger", "a")
        assert (wrong.status, wrong.out) == (1, "")
        assert f"is a Tagger, which `elman predict` does not use; call `elman tag {files / 'tagger'}`" in wrong.err
        wrong = run("tag", files / "model", "a")
        assert wrong.status == 1
        assert "is a TextClassifier, which `elman tag` does not use; call `elman predict" in wrong.err
        elman.SequenceClassifier(epochs=1).fit([[0, 1], [1, 0]], [0, 1]).save(tmp_path / "m")
        assert "SequenceClassifier, which reads sequences of numbers" in run("tag", tmp_path / "m", "a").err

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((), "give texts as arguments, or a file with --file"),
            (("a", "--file", "b"), "and not both"),
            (("a", "--texts"), "--texts has no effect on texts that are arguments"),
            (("a", "--word-column", "2"), "--word-column has no effect on texts that are arguments"),
            (("--file", "x", "--texts", "--word-column", "2"), "--word-column has no effect with --texts"),
        ],
    )
    def test_wrong_usage(self, arguments: tuple[str, ...], message: str, run: Run, files: Path) -> None:
        result = run("tag", files / "tagger", *arguments)
        assert (result.status, result.out) == (2, "")
        assert message in result.err

    def test_a_file_of_texts_is_told_from_one_of_words(self, run: Run, files: Path) -> None:
        result = run("tag", files / "tagger", "--file", "-", stdin=b"The cat sat\nIt ran\n")
        assert result.status == 1
        assert "-, line 2: has 2 columns where 3 are expected; a line holds one word" in result.err
        assert "--texts" in result.err

    def test_other_columns_draw_a_warning(self, run: Run, files: Path) -> None:
        one_line = run("tag", files / "tagger", "--file", "-", stdin=b"The cat sat\n")
        assert one_line.out == "The\tB-NP\n\n"
        assert "the first of 3 columns of - is read as words" in one_line.err
        meant = run("tag", files / "tagger", "--file", "-", "--word-column", 1, stdin=b"The cat sat\n")
        assert (meant.out, meant.err) == (one_line.out, "")
        assert run("tag", files / "tagger", "--file", "-", stdin=b"The\ncat\n").err == ""


class TestTrainTagger:
    def test_writes_a_model_and_a_table(self, run: Run, files: Path, tmp_path: Path) -> None:
        result = run("train", files / "tagged.txt", "--out", tmp_path / "m", *FAST)
        assert result.status == 0
        lines = result.out.splitlines()
        assert lines[0].startswith("measured on 8 sentences, held back")
        assert lines[1].split() == ["method", "accuracy", "macro_f1", "entity_f1", "seconds"]
        methods = [line.split("  ")[0] for line in lines[2:]]
        assert methods == ["elman", "commonest tag of the word", "window of words"]
        assert "80 sentences of 280 words, 4 classes, from" in result.err
        assert "entity_f1" in (tmp_path / "m" / "README.md").read_text().replace("\\", "")

    def test_every_option_reaches_the_estimator(self, run: Run, files: Path, tmp_path: Path) -> None:
        result = run(
            "train", files / "tagged.txt", "--out", tmp_path / "m", "--task", "tag", "--epochs", 1, "--no-baseline",
            "--cell", "gru", "--units", "6,4", "--merge", "ave", "--activation", "relu", "--reset-before",
            "--initial-state", "learned", "--recurrent-gain", 0.7, "--embedding-dim", 5, "--word-dropout", 0.25,
            "--input-dropout", 0.2, "--dropout", 0.35, "--shared-dropout", "--min-count", 2, "--max-vocabulary", 30,
            "--learning-rate", 0.01, "--schedule", "constant", "--clip-norm", 0.5, "--patience", 2, "--affixes", 3,
            "--no-case", "--no-refit", "--tag-column", 2, "--class-weight", "balanced", "--batch-size", 7,
        )  # fmt: skip
        assert result.status == 0
        model = elman.load(tmp_path / "m")
        assert model.classes_.tolist() == [".", "DT", "NN", "PRP", "VBD"]
        assert model.get_params() == elman.Tagger(
            cell="gru", units=(6, 4), merge="ave", activation="relu", reset_after=False, initial_state="learned",
            recurrent_gain=0.7, embedding_dim=5, word_dropout=0.25, input_dropout=0.2, dropout=0.35,
            shared_dropout=True, min_count=2, max_vocabulary=30, learning_rate=0.01, schedule="constant",
            clip_norm=0.5, patience=2, affixes=3, case=False, refit=False, class_weight="balanced", batch_size=7,
            epochs=1,
        ).get_params()  # fmt: skip
        forward = run("train", files / "tagged.txt", "--out", tmp_path / "f", *FAST, "--no-bidirectional")
        assert forward.status == 0
        assert not elman.load(tmp_path / "f").bidirectional

    def test_options_that_are_left_out_are_the_estimators_defaults(self, run: Run, files: Path, tmp_path: Path) -> None:
        options = ("--task", "tag", "--epochs", 1, "--no-baseline")
        assert run("train", files / "tagged.txt", "--out", tmp_path / "m", *options).status == 0
        assert elman.load(tmp_path / "m").get_params() == elman.Tagger(epochs=1).get_params()

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--pooling", "max"), "--pooling has no effect with --task tag: leave it out"),
            (("--go-backwards",), "--go-backwards has no effect with --task tag"),
            (("--text-column", "x"), "--text-column has no effect with --task tag"),
            (("--merge", "sum", "--no-bidirectional"), "--merge sum has no effect with one direction: add --bidirec"),
            (("--layers", "0", "--bidirectional"), "--bidirectional has no effect with --layers 0"),
            (("--task", "classify", "--tag-column", "2"), "--tag-column has no effect with --task classify"),
            (("--task", "chunk"), "'--task': 'chunk' is not one of classify, tag"),
        ],
    )
    def test_options_are_refused_before_anything_is_read(
        self, options: tuple[str, ...], message: str, run: Run, tmp_path: Path
    ) -> None:
        result = run("train", tmp_path / "absent.txt", "--out", tmp_path / "m", "--task", "tag", *options)
        assert (result.status, result.out) == (2, "")
        assert message in result.err
        assert result.err.count("\n") == 1

    def test_tags_that_training_did_not_have_draw_a_warning(self, run: Run, files: Path, tmp_path: Path) -> None:
        (tmp_path / "dev.txt").write_text(TAGGED.replace("B-VP", "B-ODD", 1))
        options = ("--dev", tmp_path / "dev.txt", "--no-baseline")
        result = run("train", files / "tagged.txt", "--out", tmp_path / "m", *FAST, *options)
        assert result.status == 0
        assert "training did not have the tags of 1 word of" in result.err
        assert "B-ODD; they count as wrong, and do not enter the loss" in result.err

    def test_reads_conllu_from_stdin(self, run: Run, files: Path, tmp_path: Path) -> None:
        lines = [f"{i}\t{w}\t_\t{w[0]}\tX{i}\t_\t0\t_\t_\t_" for i, w in enumerate(("a", "b", "c"), 1)]
        content = ("# text = a b c\n" + "\n".join(lines) + "\n\n").encode() * 3
        result = run("train", "-", "--out", tmp_path / "m", *FAST, "--tag-column", "xpos", stdin=content)
        assert result.status == 0
        assert elman.load(tmp_path / "m").classes_.tolist() == ["X1", "X2", "X3"]

    def test_json_has_the_figures_of_entities(self, run: Run, files: Path, tmp_path: Path) -> None:
        result = run("train", files / "tagged.txt", "--out", tmp_path / "m", *FAST, "--no-baseline", "--json")
        figures = json.loads(result.out)
        assert (figures["unit"], figures["rivals"]) == ("sentence", [])
        assert set(figures["evaluation"]["entities"]) == {"n", "precision", "recall", "f1", "types"}


class TestEvaluateTagger:
    def test_tables_and_json_agree(self, run: Run, files: Path) -> None:
        figures = json.loads(run("evaluate", files / "tagger", files / "tagged.txt", "--json").out)
        assert figures["n"] == 280
        assert [kind["type"] for kind in figures["entities"]["types"]] == ["NP", "VP"]
        out = run("evaluate", files / "tagger", files / "tagged.txt").out
        words, classes, found = out.split("\n\n")
        assert words.split()[:5] == ["n", "accuracy", "macro_f1", "entity_f1", "loss"]
        assert f"{figures['entities']['f1']:.4f}" in words
        assert classes.split()[:2] == ["class", "n"]
        assert [line.split()[0] for line in found.splitlines()] == ["entity", "NP", "VP", "all"]

    def test_other_columns_and_tags(self, run: Run, files: Path) -> None:
        wrong = run("evaluate", files / "tagger", files / "tagged.txt", "--tag-column", 2)
        assert wrong.status == 1
        assert "none of its tags" in wrong.err
        foreign = run("evaluate", files / "tagger", files / "tagged.txt", "--label-column", "x")
        assert foreign.status == 2
        assert "--label-column has no effect on the data of a Tagger" in foreign.err
        foreign = run("evaluate", files / "model", files / "dev.jsonl", "--word-column", "x")
        assert "--word-column has no effect on the data of a TextClassifier" in foreign.err

    def test_summary(self, run: Run, files: Path) -> None:
        text = run("summary", files / "tagger").out
        assert text.startswith("Tagger(")
        assert "bidirectional" in text


def test_help_states_the_defaults_of_the_estimators_of_all_tasks(run: Run) -> None:
    shown = defaults_shown(run("train", "--help").out)
    classify, *others = TASKS.values()
    for name, default in classify.estimator().get_params().items():
        option = f"--{name.replace('_', '-')}"
        values = [worded(name, default)]
        for task in others:
            settings = task.estimator().get_params()
            if name in settings and settings[name] != default:
                values.append(f"{task.name}: {worded(name, settings[name])}")
        if option in shown and any(values):
            assert shown[option] == "; ".join(filter(None, values)), option


def worded(name: str, default: Any) -> str:
    """Give a default as help shows it; nothing where the text of the help says what happens by default."""
    if default in (None, "auto") or (default is False and name not in ("bidirectional", "weight_averaging")):
        return ""
    if isinstance(default, bool):
        off = {"reset_after": "reset-before"}.get(name, f"no-{name.replace('_', '-')}")
        return name.replace("_", "-") if default else off
    return str(default)


def defaults_shown(text: str) -> dict[str, str]:
    """Give what the help says of each option's default."""
    found, option = {}, ""
    for part in " ".join(text.split()).replace("no- ", "no-").replace(" / --", " / ").split(" --"):
        option = "--" + part.split()[0]
        found[option] = part.partition("[default: ")[2].partition("]")[0]
    return found


def test_choices_of_the_task_are_those_of_the_table() -> None:
    assert tuple(TASKS) == _options.TASK_NAMES
