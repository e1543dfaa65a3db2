"""`elman plot`: files in both forms, what goes together, and one line for a mistake."""

from pathlib import Path
from typing import Any

import pytest

from .conftest import Run

TEXT = "the movie was not good but superb"


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("network", []),
        ("unrolled", [TEXT]),
        ("states", [TEXT, "--layer", "simple_rnn"]),
        ("running", [TEXT]),
        ("gradient", [TEXT, "--label", "1"]),
        ("explain", [TEXT, "--method", "leave-one-out", "--answer", "0"]),
        ("training", []),
        ("words", ["--neighbors", "1"]),
        ("words", ["good bad not"]),
        ("shapes", []),
    ],
)
def test_each_kind_is_written(run: Run, files: Path, tmp_path: Path, kind: str, arguments: list[str]) -> None:
    out = tmp_path / f"{kind}.svg"
    result = run("plot", files / "model", kind, *arguments, "--out", out)
    assert (result.status, result.out) == (0, "")
    assert result.err == f"{out}: {kind} of {files / 'model'}\n"
    assert out.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize("kind", ["confusion", "calibration", "precision-recall"])
def test_labelled_data_is_read_as_evaluate_reads_it(run: Run, files: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"{kind}.png"
    assert run("plot", files / "model", kind, "--data", files / "dev.jsonl", "--out", out, "--dark").status == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    tagged = ["--data", files / "tagged.txt", "--tag-column", "3"]
    assert run("plot", files / "tagger", kind, *tagged, "--out", out).status == 0


def test_light_and_dark_differ_and_the_same_call_gives_the_same_bytes(run: Run, files: Path, tmp_path: Path) -> None:
    def content(*options: str) -> bytes:
        assert run("plot", files / "model", "states", TEXT, "--out", tmp_path / "a.svg", *options).status == 0
        return (tmp_path / "a.svg").read_bytes()

    assert content() == content() != content("--dark")


def test_a_tagger_is_drawn(run: Run, files: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.svg"
    for arguments in (["unrolled", "the cat"], ["gradient", "the cat", "--label", "B-NP I-NP"], ["explain", "the cat"]):
        assert run("plot", files / "tagger", *arguments, "--out", out).status == 0
    assert run("plot", files / "tagger", "explain", "the cat", "--position", 2, "--out", out).status == 0


def test_gradients_of_two_models_stand_beside_each_other(run: Run, files: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.svg"
    assert run("plot", files / "model", "gradient", TEXT, "--beside", files / "model", "--out", out).status == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["network"], "Missing option '--out'"),
        (["pie", "--out", "a.svg"], "KIND must be one of network, unrolled"),
        (["network", "--out", "a.gif"], "--out a.gif: must be a name that ends in .svg or .png"),
        (["network", "--out", "a"], "must be a name that ends in .svg or .png"),
        (["network", TEXT, "--out", "a.svg"], "TEXT has no effect on network: leave it out"),
        (["states", "--out", "a.svg"], "states needs TEXT"),
        (["confusion", "--out", "a.svg"], "confusion needs --data"),
        (["states", TEXT, "--data", "x", "--out", "a.svg"], "--data has no effect on states"),
        (["states", TEXT, "--label", "1", "--out", "a.svg"], "--label has no effect on states"),
        (["network", "--text-column", "x", "--out", "a.svg"], "--text-column has no effect without --data"),
        (["words", "--text-column", "x", "--out", "a.svg"], "--text-column has no effect without --data"),
        (["explain", TEXT, "--method", "x", "--out", "a.svg"], "'x' is not one of telescoping"),
    ],
)
def test_wrong_usage_is_status_2(
    run: Run, files: Path, tmp_path: Path, monkeypatch: Any, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("plot", files / "model", *arguments)
    assert result.status == 2
    assert message in result.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["states", ""], "there must be a time step to draw"),
        (["states", TEXT, "--layer", "x"], "--layer must be one of simple_rnn/forward, got 'x'"),
        (["gradient", TEXT, "--label", "x"], "--label must be one of 0, 1, got 'x'"),
        (["explain", TEXT, "--answer", "x"], "--answer must be one of 0, 1, got 'x'"),
        (["words", "good zzz"], "'zzz' has no vector"),
        (["confusion", "--data", "none.csv"], "none.csv"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_written(
    run: Run, files: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    result = run("plot", files / "model", *arguments, "--out", tmp_path / "a.svg")
    assert (result.status, result.out) == (1, "")
    assert message in result.err and result.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_said_before_anything_is_loaded(run: Run, files: Path, tmp_path: Path) -> None:
    (tmp_path / "a.svg").mkdir()
    result = run("plot", tmp_path / "no model", "network", "--out", tmp_path / "a.svg")
    assert (result.status, "is a folder" in result.err) == (1, True)


def test_a_place_is_tried_once(run: Run, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from elman import replacing

    tried = []
    check = replacing.check_replaceable
    monkeypatch.setattr("elman.replacing.check_replaceable", lambda path: (tried.append(path), check(path)))
    monkeypatch.setattr("elman.inspection.figures._page.check_replaceable", replacing.check_replaceable)
    assert run("plot", files / "model", "shapes", "--out", tmp_path / "a.svg").status == 0
    assert tried == [tmp_path / "a.svg"]


def test_without_matplotlib_the_extra_is_named(run: Run, files: Path, tmp_path: Path, monkeypatch: Any) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith("elman.inspection.figures")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("plot", files / "model", "network", "--out", tmp_path / "a.svg")
    assert (result.status, result.err) == (1, 'Error: pictures need matplotlib: pip install "elman[plot]"\n')


def test_a_text_from_stdin(run: Run, files: Path, tmp_path: Path) -> None:
    for name, text in (("a.svg", "the movie was good"), ("b.svg", "-")):
        command = ("plot", files / "model", "running", text, "--out", tmp_path / name)
        assert run(*command, stdin=b"the movie was good\n").status == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
