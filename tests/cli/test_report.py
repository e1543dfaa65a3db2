"""`elman report`: a page, its numbers, and one line for a mistake."""

import json
import sys
from pathlib import Path

import pytest

from .conftest import Run


def test_a_page_is_written_and_its_numbers_are_those_of_evaluate(run: Run, files: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    result = run("report", files / "model", files / "dev.jsonl", "--out", out, "--json")
    assert result.status == 0
    measured = json.loads(run("evaluate", files / "model", files / "dev.jsonl", "--json").out)
    found = json.loads(result.out)
    assert found["figures"]["accuracy"] == measured["accuracy"]
    assert found["classes"] == measured["classes"]
    page = out.read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>") and f"{measured['accuracy']:.4f}" in page
    assert result.err.endswith(f"{out}: report on {files / 'model'}\n")


def test_a_tagger_has_a_page(run: Run, files: Path, tmp_path: Path) -> None:
    result = run("report", files / "tagger", files / "tagged.txt", "--out", tmp_path / "a.html")
    assert (result.status, result.out) == (0, "")
    assert "<h2>Entities</h2>" in (tmp_path / "a.html").read_text("utf-8")


def test_without_matplotlib_the_extra_is_named_before_anything_is_measured(
    run: Run, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("elman.inspection.figures")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("elman.inspection.figures", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("report", files / "model", files / "dev.jsonl", "--out", tmp_path / "a.html", "--audit")
    assert (result.status, result.err) == (1, 'Error: pictures need matplotlib: pip install "elman[plot]"\n')
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_an_audit_is_part_of_it(run: Run, files: Path, tmp_path: Path) -> None:
    result = run("report", files / "model", files / "dev.jsonl", "--out", tmp_path / "a.html", "--audit")
    assert result.status == 0
    assert "Does word order matter?" in (tmp_path / "a.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("model", "data", "options", "status", "message"),
    [
        ("model", "dev.jsonl", ["--out", "a.txt"], 2, "must be a name that ends in .html"),
        ("model", "dev.jsonl", ["--out", "a.html", "--train", "x"], 2, "--train has no effect without --audit"),
        ("model", "dev.jsonl", ["--out", "a.html", "--tag-column", "2"], 2, "--tag-column has no effect"),
        ("tagger", "tagged.txt", ["--out", "a.html", "--audit"], 1, "--audit is of classifiers of texts"),
        ("model", "none.csv", ["--out", "a.html"], 1, "none.csv"),
        ("none", "dev.jsonl", ["--out", "a.html"], 1, "there is no such model folder"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_written(
    run: Run,
    files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    data: str,
    options: list[str],
    status: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("report", files / model, files / data, *options)
    assert (result.status, result.out) == (status, "")
    assert message in result.err and result.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
