"""`elman train`: options, what is written and printed, mistakes."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import elman

from .conftest import Run


class TestTrain:
    def test_writes_a_model_and_a_table(self, run: Run, files: Path, tmp_path: Path) -> None:
        out = tmp_path / "m"
        result = run("train", files / "train.csv", "--dev", files / "dev.jsonl", "--out", out, "--epochs", 2)
        assert result.status == 0
        lines = result.out.splitlines()
        assert lines[0].startswith("measured on 100 texts")
        assert [line.split("  ")[0] for line in lines[1:5]] == ["method", "elman", "majority class", "bag of bigrams"]
        assert "epoch 2/2" in result.err
        assert "tokens/s" in result.err
        assert elman.load(out).predict(["good"]).shape == (1,)
        history = elman.load(out).history_
        loss = history.epochs[history.best - 1].dev_loss
        assert f"epoch {history.best} of 2 did best, with a dev loss of {loss:.4g}\n" in result.err
        assert "majority class" in (out / "README.md").read_text()

    def test_a_few_rows_choose_no_epoch_and_of_many_epochs_some_are_shown(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "few.csv").write_text("text,label\n" + "good,1\nbad,0\n" * 10)
        small = ("--units", 2, "--no-refit", "--no-baseline", "--no-audit")
        result = run("train", tmp_path / "few.csv", "--out", tmp_path / "m", *small)
        assert "did best" not in result.err
        shown = re.findall(r"^epoch (\d+)/320  ", result.err, re.MULTILINE)
        assert list(map(int, shown)) == [1, *range(16, 321, 16)]
        assert len(elman.load(tmp_path / "m").history_.epochs) == 320

    def test_json_has_the_figures_alone_on_stdout(self, run: Run, files: Path, tmp_path: Path) -> None:
        result = run(
            "train", files / "train.csv", "--out", tmp_path / "m", "--epochs", 1, "--units", 8, "--layers", 2,
            "--batch-size", 32, "--seed", 3, "--threads", 1, "--no-baseline", "--json",
        )  # fmt: skip
        figures = json.loads(result.out)
        assert figures["rivals"] == []
        assert figures["dev_rows"] == 40
        model = elman.load(tmp_path / "m")
        assert (model.units, model.layers, model.batch_size, model.random_state) == (8, 2, 32, 3)

    def test_every_option_reaches_the_estimator(self, run: Run, files: Path, tmp_path: Path) -> None:
        result = run(
            "train", files / "train.csv", "--out", tmp_path / "m", "--epochs", 1, "--no-baseline", "--cell", "gru",
            "--units", "6,4", "--bidirectional", "--merge", "ave", "--activation", "relu", "--reset-before",
            "--initial-state", "learned", "--recurrent-gain", 0.7, "--pooling", "max,attention", "--embedding-dim", 5,
            "--word-dropout", 0.1, "--input-dropout", 0.2, "--dropout", 0.3, "--shared-dropout", "--min-count", 2,
            "--max-vocabulary", 30, "--learning-rate", 0.01, "--schedule", "constant", "--clip-norm", 0.5,
            "--patience", 2, "--affixes", 3, "--no-case", "--no-refit",
        )  # fmt: skip
        assert result.status == 0
        model = elman.load(tmp_path / "m")
        assert model.get_params() == elman.TextClassifier(
            cell="gru", units=(6, 4), bidirectional=True, merge="ave", activation="relu", reset_after=False,
            initial_state="learned", recurrent_gain=0.7, pooling=("max", "attention"), embedding_dim=5,
            word_dropout=0.1, input_dropout=0.2, dropout=0.3, shared_dropout=True, min_count=2, max_vocabulary=30,
            learning_rate=0.01, schedule="constant", clip_norm=0.5, patience=2, affixes=3, case=False, refit=False,
            epochs=1,
        ).get_params()  # fmt: skip
        assert [layer["class"] for layer in model.network_.to_config()["layers"]] == [
            "SubwordEmbedding", "Dropout", "Bidirectional", "Dropout", "Bidirectional", "Pooling", "Dropout", "Dense",
        ]  # fmt: skip
        backwards = run("train", files / "train.csv", "--out", tmp_path / "b", "--epochs", 1, "--go-backwards")
        assert backwards.status == 0
        assert elman.load(tmp_path / "b").network_.layers[1].go_backwards

    def test_options_that_are_left_out_are_the_estimators_defaults(self, run: Run, files: Path, tmp_path: Path) -> None:
        result = run("train", files / "train.csv", "--out", tmp_path / "m", "--epochs", 1, "--no-baseline")
        assert result.status == 0
        assert elman.load(tmp_path / "m").get_params() == elman.TextClassifier(epochs=1).get_params()

    def test_rare_classes_can_count_more_and_the_part_held_back_can_be_larger(
        self, run: Run, files: Path, tmp_path: Path
    ) -> None:
        options = ("--class-weight", "balanced", "--validation-fraction", 0.25, "--no-weight-averaging")
        result = run(
            "train", files / "train.csv", "--out", tmp_path / "m", "--epochs", 1, "--no-baseline", "--json", *options
        )
        assert json.loads(result.out)["dev_rows"] == 100
        model = elman.load(tmp_path / "m")
        assert (model.class_weight, model.weight_averaging) == ("balanced", False)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--units", "0"), "--units must be a positive integer, got 0"),
            (("--units", "6,4", "--layers", "3"), "--units must be a width for all layers or one for each"),
            (("--units", "6,4", "--layers", "3"), "for --layers 3: leave --layers out"),
            (("--pooling", "sum"), "--pooling must be one of last, max, mean, attention, got 'sum'"),
            (("--bidirectional", "--pooling", "max,last"), "got max, last: at the last word"),
            (("--bidirectional", "--pooling", "max,last"), "take 'last' out, or take it alone"),
            (("--bidirectional", "--go-backwards"), "--go-backwards has no effect with --bidirectional"),
            (("--merge", "concat"), "--merge concat has no effect with one direction: add --bidirectional"),
            (("--reset-before",), "--reset-before has no effect with this cell: add --cell gru"),
            (("--reset-after", "--cell", "lstm"), "--reset-after has no effect with this cell: add --cell gru"),
            (("--affixes", "0", "--no-case"), "--no-case has no effect with --affixes 0"),
            (("--layers", "0", "--bidirectional"), "--bidirectional has no effect with --layers 0"),
            (("--layers", "0", "--units", "128"), "--units 128 has no effect with --layers 0"),
            (("--layers", "0", "--cell", "simple-rnn"), "--cell simple-rnn has no effect with --layers 0"),
            (
                ("--shared-dropout", "--dropout", "0"),
                "without dropout: give --dropout 0.5 or --input-dropout",
            ),
            (("--dev", "x.csv", "--validation-fraction", "0.1"), "--validation-fraction has no effect with --dev"),
            (("--dropout", "1"), "--dropout must be a number from 0"),
            (("--learning-rate", "-1"), "--learning-rate must be a positive number"),
            (("--clip-norm", "0"), "--clip-norm must be positive and finite, got 0.0"),
            (("--cell", "rnn"), "'--cell': 'rnn' is not one of simple-rnn, gru, lstm; see elman train --help"),
            (("--dropout", "half"), "'--dropout': 'half' is not a number"),
            (("--epochs", "0"), "'--epochs': '0' is not a whole number, 1 or more"),
            (("--epochs", "many"), "'--epochs': 'many' is not a whole number, 1 or more"),
            (("--threads", "0"), "'--threads': '0' is not a whole number, 1 or more"),
            (("--seed", "x"), "'--seed': 'x' is not a whole number"),
            (("--units", "64,x"), "'--units': '64,x' is not a width such as 128"),
            (("--merge", "max"), "'--merge': 'max' is not one of concat, sum, mul, ave"),
            (("--class-weight", "even"), "'--class-weight': 'even' is not one of balanced"),
            (("--outt", "m"), "No such option: --outt"),
        ],
    )
    def test_options_are_refused_before_anything_is_read(
        self, options: tuple[str, ...], message: str, run: Run, tmp_path: Path
    ) -> None:
        result = run("train", tmp_path / "absent.csv", "--out", tmp_path / "m", *options)
        assert (result.status, result.out) == (2, "")
        assert message in result.err
        assert result.err.count("\n") == 1
        assert not any(word in result.err for word in ("None", "True", "False", "=", "Value error", "Input should"))

    def test_a_mistake_of_fit_names_the_option(self, run: Run, files: Path, tmp_path: Path) -> None:
        result = run("train", files / "train.csv", "--out", tmp_path / "m", "--min-count", 100_000)
        assert (result.status, result.out) == (1, "")
        assert "lower --min-count" in result.err

    def test_files_in_the_model_folder_are_kept_and_seen_before_training(
        self, run: Run, files: Path, tmp_path: Path
    ) -> None:
        shutil.copytree(files / "model", tmp_path / "m")
        (tmp_path / "m" / "notes.txt").write_text("mine")
        result = run("train", files / "train.csv", "--out", tmp_path / "m")
        assert result.status == 1
        assert "would be lost: notes.txt; move them elsewhere" in result.err
        assert "epoch" not in result.err
        assert (tmp_path / "m" / "notes.txt").read_text() == "mine"

    def test_a_loss_that_explodes_is_short_and_draws_a_warning(self, run: Run, files: Path, tmp_path: Path) -> None:
        options = ("--epochs", 3, "--no-baseline", "--layers", 0, "--dropout", 0, "--word-dropout", 0)
        result = run("train", files / "train.csv", "--out", tmp_path / "m", *options, "--learning-rate", 1e6)
        assert result.status == 0
        assert "training diverges; lower --learning-rate" in result.err
        assert result.err.count("Warning") == 1
        losses = re.findall(r"loss (\d\S*)", result.err)
        assert len(losses) >= 3
        assert all(len(loss) < 10 for loss in losses)
        assert max(map(float, losses)) > 1000
        quiet = run("train", files / "train.csv", "--out", tmp_path / "n", *options)
        assert "Warning" not in quiet.err

    @pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
    def test_ctrl_c_is_one_line(self, files: Path, tmp_path: Path) -> None:
        program = [sys.executable, "-m", "elman", "train", files / "train.csv", "--out", tmp_path / "m"]
        endless = [*program, "--epochs", "100000", "--patience", "100000"]

        def heed_ctrl_c() -> None:  # which a program that runs in the background of a shell is told to ignore
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        with subprocess.Popen(endless, stderr=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c) as process:
            assert process.stderr is not None
            while not process.stderr.readline().startswith("epoch 1/"):
                pass
            process.send_signal(signal.SIGINT)
            rest = process.stderr.read()
            assert process.wait() == 130
        last = rest.splitlines()[-1]
        assert last == "stopped; no model was written"
        assert "Traceback" not in rest
        assert not (tmp_path / "m").exists()

    def test_threads_change_no_byte_of_the_weights(self, run: Run, files: Path, tmp_path: Path) -> None:
        for threads in (1, 2):
            options = ("--epochs", 2, "--threads", threads, "--no-baseline")
            assert run("train", files / "train.csv", "--out", tmp_path / str(threads), *options).status == 0
        one, two = ((tmp_path / name / "model.safetensors").read_bytes() for name in "12")
        assert one == two

    @pytest.mark.slow
    @pytest.mark.parametrize("cell", ["simple-rnn", "gru", "lstm"])
    @pytest.mark.parametrize("direction", [(), ("--bidirectional",), ("--go-backwards",)])
    @pytest.mark.parametrize("pooling", ["last", "max,mean,attention"])
    def test_threads_change_no_byte_of_any_network(
        self, cell: str, direction: tuple[str, ...], pooling: str, files: Path, tmp_path: Path
    ) -> None:
        """Each in a process of its own, as users run it."""
        models = []
        for threads in ("1", "2", "4"):
            program = [
                sys.executable, "-m", "elman", "train", files / "train.csv", "--out", tmp_path / threads,
                "--cell", cell, *direction, "--pooling", pooling, "--units", "20,12", "--epochs", "2",
                "--input-dropout", "0.1", "--threads", threads, "--no-baseline",
            ]  # fmt: skip
            subprocess.run(program, check=True, capture_output=True)
            models.append((tmp_path / threads / "model.safetensors").read_bytes())
        assert models[0] == models[1] == models[2]

    def test_reads_stdin(self, run: Run, files: Path, tmp_path: Path) -> None:
        content = (files / "train.csv").read_bytes()
        result = run("train", "-", "--out", tmp_path / "m", "--epochs", 1, "--no-baseline", stdin=content)
        assert result.status == 0
        assert (tmp_path / "m").is_dir()

    def test_rows_without_text_are_reported(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("text,label\n" + "good,1\n,1\nbad,0\n" * 9)
        result = run("train", tmp_path / "a.csv", "--out", tmp_path / "m", "--epochs", 1, "--no-baseline")
        assert result.status == 0
        assert "left out 9 rows without text of" in result.err

    def test_a_mistake_is_one_line_and_nothing_is_written(self, run: Run, files: Path, tmp_path: Path) -> None:
        (tmp_path / "precious").mkdir()
        (tmp_path / "precious" / "thesis.txt").write_text("x")
        for arguments, message in (
            (("train", tmp_path / "no.csv", "--out", tmp_path / "m"), "no such file"),
            (("train", files / "train.csv", "--out", tmp_path / "precious"), "not of an Elman model"),
            (
                ("train", files / "train.csv", "--out", tmp_path / "m", "--label-column", "x"),
                "columns are: text, label",
            ),
        ):
            result = run(*arguments)
            assert (result.status, result.out) == (1, "")
            assert message in result.err
            assert result.err.count("\n") == 1
        assert not (tmp_path / "m").exists()
        assert (tmp_path / "precious" / "thesis.txt").exists()

    def test_wrong_usage_ends_with_2(self, run: Run, files: Path) -> None:
        for arguments, message in (
            (("train", files / "train.csv"), "Missing option '--out'; see elman train --help"),
            (("train",), "Missing argument 'DATA'"),
            (("fly",), "No such command 'fly'"),
        ):
            result = run(*arguments)
            assert (result.status, result.out) == (2, "")
            assert message in result.err
            assert result.err.count("\n") == 1
