"""Each block of code in the documents says by its tag what it is, so that none is left unrun by oversight."""

import re
from pathlib import Path

import pytest

from . import shell
from .fences import LANGUAGES, MARK, ROOT, Fence, fences

ALLOWED = {
    "make": "builds and installs",
    "pip": "installs",
    ". .venv/bin/activate": "changes the shell that it runs in",
    "python benchmarks/": "measures for minutes, on data that is not here",
    "env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE python benchmarks/": "likewise",
    "elman evaluate models/": "measures what a benchmark wrote",
    "elman train sst2/": "learns from data that is not here",
    "elman audit sst2 ": "likewise",
    "elman train trec/": "likewise",
    "elman audit trec ": "likewise",
    "elman neighbors glove-6b-50d": "needs a package of 180 MB",
    "elman train reviews.csv --out model --vectors glove-6b-50d": "likewise",
}
"""How a command may begin that is not run, and why it is not."""
PYTHON_NOT_RUN = {"docs/elmo.md": "reads weights of 360 MB that are not here"}

ALL = [
    fence
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
    for fence in fences(page)
]


@pytest.mark.parametrize("fence", ALL, ids=str)
def test_a_fence_says_what_it_holds(fence: Fence) -> None:
    assert fence.language in LANGUAGES, f"{fence}: tag it with one of {', '.join(LANGUAGES)}"
    assert fence.tag[1:] in ([], [MARK]), f"{fence}: the tag may only go on with {MARK}"
    if MARK in fence.tag:
        assert fence.language in ("python", "sh"), f"{fence}: {MARK} is for code"


@pytest.mark.parametrize("fence", [f for f in ALL if not f.runs], ids=str)
def test_what_is_not_run_could_not_be(fence: Fence) -> None:
    if fence.language == "python":
        assert str(fence.page.relative_to(ROOT)) in PYTHON_NOT_RUN, f"{fence}: write it as a doctest"
    elif fence.language == "sh":
        for command, _ in shell.commands(fence.text):
            assert command.startswith(tuple(ALLOWED)), f"{fence}: `{command}` can be run, take {MARK} away"
    else:
        assert not re.search(r"^(\$ |>>> |elman )", fence.text, re.MULTILINE), f"{fence}: tag it as what it is, code"


@pytest.mark.parametrize("fence", [f for f in ALL if f.runs], ids=str)
def test_what_is_run_has_something_to_run(fence: Fence) -> None:
    if fence.language == "python":
        assert ">>> " in fence.text, f"{fence}: Python is run as a doctest, behind >>>"
    else:
        assert shell.commands(fence.text, "$ " if fence.language == "console" else ""), f"{fence}: no command"


class TestFences:
    def test_are_found_with_line_and_tag(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text("a\n\n```sh no-run\nmake\n```\n\n````text\n```\n````\n```\n```\n")
        found = fences(page)
        assert [(f.line, f.tag, f.text) for f in found] == [
            (4, ["sh", "no-run"], "make\n"),
            (8, ["text"], "```\n"),
            (11, [], ""),
        ]
        assert [f.runs for f in found] == [False, False, False]
        assert found[2].language not in LANGUAGES


class TestShell:
    def test_commands_are_joined_and_split_from_what_they_print(self) -> None:
        assert shell.commands("# why\nelman a \\\n  b\n\nelman c  # d\n") == [
            ("elman a    b", ""),
            ("elman c  # d", ""),
        ]
        assert shell.commands("$ elman a\nx\n\ny\n$ elman b\n", "$ ") == [("elman a", "x\n\ny\n"), ("elman b", "")]
        with pytest.raises(ValueError, match="before the first"):
            shell.commands("x\n", "$ ")

    def test_pipes_and_files(self, reader: Path) -> None:
        assert shell.run("head -2 reviews.csv | tail -1 > one.csv") == (0, "")
        assert (reader / "one.csv").read_text() == (reader / "reviews.csv").read_text().splitlines(keepends=True)[1]
        assert shell.run("cat < one.csv").shown == (reader / "one.csv").read_text()
        assert shell.run("cat absent.csv").status != 0
        with pytest.raises(ValueError, match="not rm"):
            shell.run("rm one.csv")

    def test_elman_runs_here_and_both_its_streams_are_shown(self) -> None:
        assert shell.run("elman --version").status == 0
        status, shown = shell.run("elman summary absent | cat")
        assert (status, shown.count("\n")) == (0, 1)
        assert shown.startswith("Error: ")
        assert shell.run("elman summary absent").status == 1

    def test_output_is_compared(self) -> None:
        assert shell.prints("a  ... c\n", "a b\nb c\n")
        assert not shell.prints("a ... d\n", "a b c\n")
        assert shell.prints("", "")
        assert not shell.prints("", "a\n")
