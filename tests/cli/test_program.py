"""The program as a whole: help, messages, what it imports, pipes and terminals."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

import elman
from elman.cli import _options
from elman.cli._app import app
from elman.cli._usage import as_typed
from elman.engine import stack
from elman.engine.activations import ACTIVATIONS
from elman.engine.layers._recurrent import INITIAL_STATES
from elman.engine.layers.bidirectional import MERGES
from elman.engine.layers.pooling import KINDS
from elman.engine.schedules import SCHEDULES
from elman.estimators._layers import CELLS

from .conftest import Run


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
        ("go_backwards=True beside pooling='max', bidirectional=False", "--go-backwards beside --pooling max, --no-bi"),
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
    for command in ("demo", "train", "evaluate", "predict", "tag", "generate", "translate", "summary"):
        assert command in text
        assert run(command, "--help").status == 0
        assert "{" not in run(command, "--help").out
    assert run().out == text
    assert run("--version").out.strip() == elman.__version__


PREDICT_IMPORTS = """
import sys
sys.argv = ["elman", *sys.argv[1:], "good"]
from elman.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
slow = [name for name in ("sklearn", "polars", "torch", "scipy.stats", "matplotlib") if name in sys.modules]
sys.exit(f"imported {slow}" if slow else 0)
"""


@pytest.mark.parametrize(("command", "model"), [("predict", "model"), ("tag", "tagger")])
def test_predicting_imports_neither_scikit_learn_nor_polars(command: str, model: str, files: Path) -> None:
    program = [sys.executable, "-c", PREDICT_IMPORTS, command, files / model]
    result = subprocess.run(program, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_too_little_memory_is_one_line(run: Run, files: Path, tmp_path: Path) -> None:
    def refuse(*_: Any) -> None:
        raise MemoryError("unable to allocate 3.2 TiB")

    run.monkeypatch.setattr(stack, "draw", refuse)  # a machine may have as much as any network takes
    result = run("train", files / "train.csv", "--out", tmp_path / "m", "--epochs", 1)
    assert result.status == 1
    assert "not enough memory: " in result.err
    assert not (tmp_path / "m").exists()


def test_ctrl_c_while_the_program_is_imported_is_one_line(run: Run) -> None:
    class Interrupted:
        @staticmethod
        def find_spec(name: str, *_: Any) -> None:
            if name == "elman.cli._app":
                raise KeyboardInterrupt

    run.monkeypatch.delitem(sys.modules, "elman.cli._app")
    run.monkeypatch.setattr(sys, "meta_path", [Interrupted, *sys.meta_path])
    assert run("--version") == (130, "", "stopped\n")


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
