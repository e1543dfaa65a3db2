"""Each command by argument, file and stdin: what is on stdout, what on stderr, and the exit status."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

import elman
from elman.cli import _options, main
from elman.cli._app import app
from elman.cli._usage import as_typed
from elman.data import order_reviews
from elman.engine.activations import ACTIVATIONS
from elman.engine.layers._recurrent import INITIAL_STATES
from elman.engine.layers.bidirectional import MERGES
from elman.engine.layers.pooling import KINDS
from elman.engine.network import Network
from elman.engine.schedules import SCHEDULES
from elman.estimators._layers import CELLS


class Result(NamedTuple):
    status: int
    out: str
    err: str


class Run:
    """Calls the program in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *arguments: Any, stdin: bytes = b"") -> Result:
        self.monkeypatch.setattr(sys, "argv", ["elman", *map(str, arguments)])
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = self.capsys.readouterr()
        return Result(status, out, err)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """train.csv, dev.jsonl and a trained model folder, model."""
    folder = tmp_path_factory.mktemp("files")
    train, dev = order_reviews(400, 1), order_reviews(100, 2)
    lines = [f'"{text}",{label}' for text, label in zip(train.texts, train.labels, strict=True)]
    (folder / "train.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
    rows = [json.dumps({"text": t, "label": y}) for t, y in zip(dev.texts, dev.labels, strict=True)]
    (folder / "dev.jsonl").write_text("\n".join(rows) + "\n")
    model = elman.TextClassifier(epochs=8, units=16, embedding_dim=16, learning_rate=0.01, pooling="last", dropout=0)
    model.fit(train.texts, train.labels).save(folder / "model")
    return folder


class TestTrain:
    def test_writes_a_model_and_a_table(self, run: Run, files: Path, tmp_path: Path) -> None:
        out = tmp_path / "m"
        result = run("train", files / "train.csv", "--dev", files / "dev.jsonl", "--out", out, "--epochs", 2)
        assert result.status == 0
        lines = result.out.splitlines()
        assert lines[0].startswith("measured on 100 texts")
        assert [line.split("  ")[0] for line in lines[1:]] == ["method", "elman", "majority class", "bag of bigrams"]
        assert "epoch 2/2" in result.err
        assert "tokens/s" in result.err
        assert elman.load(out).predict(["good"]).shape == (1,)
        assert "majority class" in (out / "README.md").read_text()

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
            "--patience", 2, "--affixes", 3, "--no-refit",
        )  # fmt: skip
        assert result.status == 0
        model = elman.load(tmp_path / "m")
        assert model.get_params() == elman.TextClassifier(
            cell="gru", units=(6, 4), bidirectional=True, merge="ave", activation="relu", reset_after=False,
            initial_state="learned", recurrent_gain=0.7, pooling=("max", "attention"), embedding_dim=5,
            word_dropout=0.1, input_dropout=0.2, dropout=0.3, shared_dropout=True, min_count=2, max_vocabulary=30,
            learning_rate=0.01, schedule="constant", clip_norm=0.5, patience=2, affixes=3, refit=False, epochs=1,
        ).get_params()  # fmt: skip
        assert [layer["class"] for layer in model.network_.to_config()["layers"]] == [
            "SubwordEmbedding", "Dropout", "Bidirectional", "Dropout", "Bidirectional", "Pooling", "Dropout", "Dense",
        ]  # fmt: skip
        backwards = run("train", files / "train.csv", "--out", tmp_path / "b", "--epochs", 1, "--go-backwards")
        assert backwards.status == 0
        assert elman.load(tmp_path / "b").network_.layers[1].go_backwards

    def test_options_that_are_left_out_are_the_estimators_defaults(self, run: Run, files: Path, tmp_path: Path) -> None:
        """The help page states them, without the estimator."""
        result = run("train", files / "train.csv", "--out", tmp_path / "m", "--epochs", 1, "--no-baseline")
        assert result.status == 0
        assert elman.load(tmp_path / "m").get_params() == elman.TextClassifier(epochs=1).get_params()
        text = run("train", "--help").out
        for default in ("128", "0.002", "simple-rnn", "max", "20"):
            assert f"[default: {default}]" in " ".join(text.split())

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


class TestEvaluate:
    def test_table_and_json_agree(self, run: Run, files: Path) -> None:
        figures = json.loads(run("evaluate", files / "model", files / "dev.jsonl", "--json").out)
        assert {"n", "accuracy", "macro_f1", "loss"} <= figures.keys()
        assert figures["n"] == 100
        table = run("evaluate", files / "model", files / "dev.jsonl").out
        assert f"{figures['accuracy']:.4f}" in table
        assert all(word in table for word in ("macro_f1", "precision", "recall"))

    def test_labels_of_other_kinds_are_refused(self, run: Run, files: Path, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("text,label\ngood,pos\nbad,neg\n")
        result = run("evaluate", files / "model", tmp_path / "a.csv")
        assert result.status == 1
        assert "a.csv, line 2: the label 'pos' is none of the classes of training, 0, 1; correct it" in result.err

    def test_a_label_that_training_lacked_is_found_in_dev_data(self, run: Run, files: Path, tmp_path: Path) -> None:
        (tmp_path / "dev.csv").write_text("text,label\ngood,1\nbad,2\n")
        result = run("train", files / "train.csv", "--dev", tmp_path / "dev.csv", "--out", tmp_path / "m")
        assert result.status == 1
        assert "dev.csv, line 3: the label '2' is none of the classes of training, 0, 1" in result.err

    def test_model_and_data_in_the_other_order(self, run: Run, files: Path) -> None:
        result = run("evaluate", files / "train.csv", files / "model")
        assert result.status == 1
        assert "train.csv: is a file, not a model folder; name the folder that a model was saved to" in result.err

    def test_one_class_alone_can_be_measured(self, run: Run, files: Path, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("text,label\nthe movie was good but not great,0\n")
        assert json.loads(run("evaluate", files / "model", tmp_path / "a.csv", "--json").out)["n"] == 1


class TestPredict:
    TEXTS = ("the plot was not fine but superb", "", "xyzzy", "the plot was fine but not superb")

    def test_one_line_a_text_in_order(self, run: Run, files: Path) -> None:
        lines = run("predict", files / "model", *self.TEXTS).out.splitlines()
        model = elman.load(files / "model")
        p = model.predict_proba(self.TEXTS)
        assert lines == [f"{row.argmax()}\t{row.max():.4f}" for row in p]
        assert lines[0][0] == "1"
        assert lines[3][0] == "0"

    def test_arguments_files_and_stdin_give_the_same_bits(self, run: Run, files: Path, tmp_path: Path) -> None:
        expected = run("predict", files / "model", *self.TEXTS, "--json").out
        content = "".join(text + "\n" for text in self.TEXTS)
        (tmp_path / "a.txt").write_text(content)
        (tmp_path / "a.csv").write_text("text\n" + "".join(f'"{text}"\n' for text in self.TEXTS))
        (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in self.TEXTS))
        for name in ("a.txt", "a.csv", "a.jsonl"):
            assert run("predict", files / "model", "--file", tmp_path / name, "--json").out == expected
        assert run("predict", files / "model", "--file", "-", "--json", stdin=content.encode()).out == expected
        alone = "".join(run("predict", files / "model", text, "--json").out for text in self.TEXTS)
        assert alone == expected

    def test_json_is_one_object_a_line(self, run: Run, files: Path) -> None:
        items = [
            json.loads(line) for line in run("predict", files / "model", "çà\nlà 😀", "b", "--json").out.splitlines()
        ]
        assert [item["text"] for item in items] == ["çà\nlà 😀", "b"]
        assert items[0]["label"] in (0, 1)
        assert items[0]["probabilities"].keys() == {"0", "1"}
        assert sum(items[0]["probabilities"].values()) == pytest.approx(1)

    def test_the_name_of_a_file_draws_a_warning(self, run: Run, files: Path) -> None:
        result = run("predict", files / "model", files / "train.csv")
        assert result.status == 0
        assert len(result.out.splitlines()) == 1
        assert f"--file {files / 'train.csv'}" in result.err

    def test_an_argument_that_is_not_utf8_has_an_answer(self, run: Run, files: Path) -> None:
        result = run("predict", files / "model", "caf\udce9", "--json")
        assert result.status == 0
        assert json.loads(result.out)["text"] == "caf\ufffd"

    def test_a_model_of_numbers_says_that_it_reads_no_texts(self, run: Run, tmp_path: Path) -> None:
        elman.SequenceClassifier(epochs=1).fit([[0, 1], [1, 0]], [0, 1]).save(tmp_path / "m")
        result = run("predict", tmp_path / "m", "good")
        assert result.status == 1
        assert "SequenceClassifier, which reads sequences of numbers" in result.err

    def test_wrong_usage(self, run: Run, files: Path) -> None:
        assert run("predict", files / "model").status == 2
        assert run("predict", files / "model", "a", "--file", "b").status == 2
        column = run("predict", files / "model", "a", "--text-column", "b")
        assert column.status == 2
        assert "--text-column has no effect on texts that are arguments" in column.err
        assert run("predict", files / "nowhere", "a").status == 1


class TestSummary:
    def test_ledger_as_text_and_json(self, run: Run, files: Path) -> None:
        text = run("summary", files / "model").out
        ledger = json.loads(run("summary", files / "model", "--json").out)
        assert f"{ledger['parameters']} parameters" in text
        assert sum(line["count"] for line in ledger["ledger"]) == ledger["parameters"]
        assert "16*16 = 256 in the feedback loop" in text
        assert text.startswith("TextClassifier(")
        assert "units=16" in text.splitlines()[0]


class TestDemo:
    def test_shows_the_lecture(self, run: Run) -> None:
        result = run("demo")
        assert result.status == 0
        for part in (
            "movie, was, good, bad, not",
            '"movie was good"  (3, 5)',
            '"movie was not good"  (4, 5)',
            "[0, 0, 0, 0, 1]",
            "5*3 + 3 = 18",
            "3*3 = 9",
            "3*1 + 1 = 4",
            "31 parameters",
            "50.0% right, as a coin",
            "100.0% right",
        ):
            assert part in result.out
        assert max(len(line) for line in result.out.splitlines()) <= 80

    def test_json(self, run: Run) -> None:
        figures = json.loads(run("demo", "--json").out)
        assert figures["shapes"] == [[3, 5], [3, 5], [4, 5]]
        assert figures["parameters"] == 31
        assert [round(p) for p in figures["probabilities"]] == [1, 0, 0]
        assert figures["without_memory"] == 0.5
        assert figures["recurrent"] > 0.98


def test_choices_are_those_of_the_engine() -> None:
    assert tuple(CELLS) == _options.CELLS
    assert MERGES == _options.MERGES
    assert KINDS == _options.POOLINGS
    assert set(_options.ACTIVATIONS) == set(ACTIVATIONS) - {"linear"}
    assert INITIAL_STATES == _options.INITIAL_STATES
    assert set(_options.SCHEDULES) == set(SCHEDULES)


@pytest.mark.parametrize(
    ("message", "typed"),
    [
        ("SimpleRNN: units must be a positive integer, got 0", "--units must be a positive integer, got 0"),
        ("clip_norm must be positive, or None, got 0", "--clip-norm must be positive, got 0"),
        ("reset_after=False has no effect with layers=0: leave it out", "--reset-before has no effect with --layers 0"),
        ("go_backwards=True beside pooling='max', bidirectional=False", "--go-backwards beside --pooling max, no --bi"),
        ("lower min_count", "lower --min-count"),
        ("all layers and units are words", "all layers and units are words"),
        ("label 'min_count' of /data/min_count.csv", "label 'min_count' of /data/min_count.csv"),
    ],
)
def test_messages_name_options_as_they_are_typed(message: str, typed: str) -> None:
    command = typer.main.get_command(app).commands["train"]  # type: ignore[attr-defined]
    assert as_typed(message, typer.Context(command)).startswith(typed)


def test_help_names_every_command(run: Run) -> None:
    text = run("--help").out
    for command in ("demo", "train", "evaluate", "predict", "summary"):
        assert command in text
        assert run(command, "--help").status == 0
        assert "{" not in run(command, "--help").out
    assert run().out == text
    assert run("--version").out.strip() == elman.__version__


PREDICT_IMPORTS = """
import sys
sys.argv = ["elman", "predict", sys.argv[1], "good"]
from elman.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
slow = [name for name in ("sklearn", "polars", "torch", "scipy.stats", "matplotlib") if name in sys.modules]
sys.exit(f"imported {slow}" if slow else 0)
"""


def test_predicting_imports_neither_scikit_learn_nor_polars(files: Path) -> None:
    program = [sys.executable, "-c", PREDICT_IMPORTS, files / "model"]
    result = subprocess.run(program, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_too_little_memory_is_one_line(run: Run, files: Path, tmp_path: Path) -> None:
    def refuse(*_: Any) -> None:
        raise MemoryError("unable to allocate 3.2 TiB")

    run.monkeypatch.setattr(Network, "_draw", refuse)  # a machine may have as much as any network takes
    result = run("train", files / "train.csv", "--out", tmp_path / "m", "--epochs", 1)
    assert result.status == 1
    assert "not enough memory: " in result.err
    assert not (tmp_path / "m").exists()


def test_output_that_nobody_reads_is_no_traceback(files: Path) -> None:
    texts = files / "many.txt"
    texts.write_text("good\n" * 50_000)
    command = f"{sys.executable} -m elman predict {files / 'model'} --file {texts} | head -1"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert len(result.stdout.splitlines()) == 1
    assert "Traceback" not in result.stderr
    assert "BrokenPipe" not in result.stderr


def test_no_colour_and_no_bar_where_no_terminal_is(files: Path, tmp_path: Path) -> None:
    program = [sys.executable, "-m", "elman", "train", files / "train.csv", "--out", tmp_path / "m", "--epochs", "1"]
    environment = os.environ | {"NO_COLOR": "1"}
    result = subprocess.run(program, capture_output=True, text=True, check=True, env=environment)
    assert "\x1b" not in result.stdout + result.stderr
    assert "\r" not in result.stderr
