"""`elman trace`: forward and back, as tables, JSON, CSV and a spreadsheet."""

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import elman
from elman.inspection import bptt, trace

from .conftest import Run

TEXTS, LABELS = ["movie was good", "movie was bad", "movie was not good"], [1, 0, 0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny models: lecture, writer, led, bag, transducer."""
    folder, small = tmp_path_factory.mktemp("models"), {"units": 3, "epochs": 1}
    one: dict[str, Any] = {"encoder": "one-hot", "cell": "simple-rnn", "pooling": "last", **small}
    elman.TextClassifier(**one).fit(TEXTS, LABELS).save(folder / "lecture")
    elman.TextGenerator(embedding_dim=4, **small).fit(TEXTS).save(folder / "writer")
    elman.TextGenerator(embedding_dim=4, **small).fit(TEXTS, LABELS).save(folder / "led")
    elman.TextClassifier(encoder="tfidf", layers=0, epochs=1).fit(TEXTS, LABELS).save(folder / "bag")
    elman.Transducer(embedding_dim=4, **small).fit(TEXTS, TEXTS).save(folder / "transducer")
    return folder


@pytest.mark.parametrize("text", ["movie was not good", "", "zzz 🙂", "موفي was", "good " * 300])
def test_forward(run: Run, folder: Path, text: str) -> None:
    found = run("trace", folder / "lecture", text)
    assert found.status == 0 and not found.err
    assert found.out == trace(elman.load(folder / "lecture"), text).table() + "\n"
    assert max(map(len, found.out.splitlines())) <= 80


def test_stdin_units_and_json(run: Run, folder: Path) -> None:
    model = elman.load(folder / "lecture")
    assert run("trace", folder / "lecture", "-", stdin=b"movie was\n").out == trace(model, "movie was").table() + "\n"
    assert "the first 2 of 3 units" in run("trace", folder / "lecture", "movie", "--units", 2).out
    found = json.loads(run("trace", folder / "lecture", "movie was", "--json").out)
    assert found == json.loads(json.dumps(trace(model, "movie was").to_json()))


def test_back(run: Run, folder: Path) -> None:
    model = elman.load(folder / "lecture")
    ledger = bptt(model, "movie was not good", 1)
    arguments = ("trace", folder / "lecture", "movie was not good", "--backward", "--label", "1")
    assert run(*arguments).out == ledger.table() + "\n"
    assert json.loads(run(*arguments, "--json").out) == json.loads(json.dumps(ledger.to_json()))


def test_files(run: Run, folder: Path, tmp_path: Path) -> None:
    forward = ("trace", folder / "lecture", "movie was")
    found = run(*forward, "--csv", tmp_path / "t.csv")
    assert (found.status, found.out) == (0, "") and "every number" in found.err
    with open(tmp_path / "t.csv", newline="") as file:
        assert {row["quantity"] for row in csv.DictReader(file)} >= {"x_t", "a_t", "h_t", "answer"}
    back = (*forward, "--backward", "--label", 0)
    assert run(*back, "--csv", tmp_path / "b.csv").status == 0
    assert "dL/dh_t" in (tmp_path / "b.csv").read_text()
    assert "in formulas" in run(*back, "--xlsx", tmp_path / "s.xlsx").err
    assert "Shares" in openpyxl.load_workbook(tmp_path / "s.xlsx").sheetnames


def test_tags_and_language_models(run: Run, files: Path, folder: Path) -> None:
    assert "answers at each word" in run("trace", files / "tagger", "It ran .").out
    back = run("trace", files / "tagger", "It ran .", "--backward", "--label", "B-NP B-VP O")
    assert back.status == 0 and "dense/kernel" in back.out
    assert "the next word" in run("trace", folder / "writer", "movie was").out
    assert run("trace", folder / "writer", "movie was", "--backward").status == 0
    assert "<about 1>" in run("trace", folder / "led", "movie", "--about", "1").out


def test_refuses(run: Run, files: Path, folder: Path, tmp_path: Path) -> None:
    lecture, writer, csv_file = folder / "lecture", folder / "writer", tmp_path / "t.csv"
    xlsx_file = tmp_path / "t.xlsx"
    for status, arguments, message in [
        (2, (lecture, "a", "--label", "1"), "--label has no effect without --backward"),
        (2, (lecture, "a", "--xlsx", csv_file), "--xlsx has no effect without --backward"),
        (2, (lecture, "a", "--backward"), "--backward needs --label, the right answer: one of 0, 1"),
        (2, (lecture, "a", "--backward", "--label", "x"), "--label must be one of 0, 1, got 'x'"),
        (2, (lecture, "a", "--about", "1"), "--about 1 has no effect on a TextClassifier: leave --about out"),
        (2, (lecture, "a", "--csv", csv_file, "--json"), "--csv and --json do not go together"),
        (2, (lecture, "a", "--csv", csv_file, "--units", 2), "--units has no effect with --csv"),
        (2, (lecture, "a", "--csv", tmp_path / "t.xls"), "t.xls: must be a name that ends in .csv"),
        (2, (lecture, "a", "--backward", "--xlsx", csv_file), "t.csv: must be a name that ends in .xlsx"),
        (2, (lecture, "a", "--units", 0), "'0' is not a whole number"),
        (2, (writer, "a", "--backward", "--label", "1"), "--label has no effect on a language model"),
        (2, (folder / "led", "a"), "--about must be one of the labels that training had, 0, 1"),
        (2, (folder / "led", "a", "--about", "x"), "label 'x' was not among those"),
        (1, (files / "tagger", "It ran", "--backward", "--label", "O"), "there must be 2 labels"),
        (1, (folder / "bag", "a"), "has no time steps"),
        (1, (folder / "transducer", "a"), "is a Transducer"),
        (1, (files / "model", "a " * 200, "--backward", "--label", "1", "--xlsx", xlsx_file), "too many"),
        (1, (lecture, "a", "--csv", tmp_path), "is a folder; name a file"),
        (1, (tmp_path / "none", "a"), "none"),
    ]:
        found = run("trace", *arguments)
        assert (found.status, found.out) == (status, ""), arguments
        assert message in found.err and found.err.startswith("Error: ") and found.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
