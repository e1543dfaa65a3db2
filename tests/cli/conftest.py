"""The program called in this process, and the files that its commands read."""

import io
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import elman
from elman.cli import main
from elman.data import order_reviews

TAGGED = """The DT B-NP
cat NN I-NP
sat VBD B-VP
. . O

It PRP B-NP
ran VBD B-VP
. . O

"""
"""Sentences as the files of CoNLL-2000 hold them."""


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


@pytest.fixture(scope="package")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """train.csv, dev.jsonl and a trained model folder, model; tagged.txt and tagger."""
    folder = tmp_path_factory.mktemp("files")
    train, dev = order_reviews(400, 1), order_reviews(100, 2)
    lines = [f'"{text}",{label}' for text, label in zip(train.texts, train.labels, strict=True)]
    (folder / "train.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
    rows = [json.dumps({"text": t, "label": y}) for t, y in zip(dev.texts, dev.labels, strict=True)]
    (folder / "dev.jsonl").write_text("\n".join(rows) + "\n")
    model = elman.TextClassifier(epochs=20, units=16, embedding_dim=16, learning_rate=0.01, pooling="last", dropout=0)
    model.fit(train.texts, train.labels).save(folder / "model")
    (folder / "tagged.txt").write_text(TAGGED * 40)
    tagger = elman.Tagger(epochs=8, units=8, embedding_dim=8, learning_rate=0.05, dropout=0)
    tagger.fit(*elman.read_tagged(folder / "tagged.txt")).save(folder / "tagger")
    return folder
