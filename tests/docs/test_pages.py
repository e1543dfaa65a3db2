"""Every page is worked through as a reader would: its Python and its commands, in order, in one folder."""

import doctest
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from . import shell
from .fences import ROOT, Fence, fences

PAGES = [
    page for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]) if any(f.runs for f in fences(page))
]


def begins_with_a_model(blocks: list[Fence]) -> bool:
    """Tell whether a page takes a model folder `model` that it did not write before."""
    for block in blocks:
        for line in block.text.splitlines():
            if re.search(r"--out model\b|save\(.model.\)", line):
                return False
            if re.search(r"elman .*\bmodel\b|load\(.model.\)", line):
                return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_runs_from_its_beginning_to_its_end(page: Path, reader: Path, request: pytest.FixtureRequest) -> None:
    blocks = [block for block in fences(page) if block.runs]
    if begins_with_a_model(blocks):
        shutil.copytree(request.getfixturevalue("trained"), reader / "model")
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks:
        if block.language == "python":
            run_python(block, names)
        elif block.language == "sh":
            run_sh(block)
        else:
            run_console(block)


def run_python(block: Fence, names: dict[str, Any]) -> None:
    """Run the examples of a block; what they name, later blocks of the page know."""
    examples = doctest.DocTestParser().get_examples(block.text)
    test = doctest.DocTest(examples, names, str(block), str(block.page), block.line - 1, block.text)
    report: list[str] = []
    doctest.DocTestRunner(optionflags=shell.OPTIONS, verbose=False).run(test, out=report.append, clear_globs=False)
    assert not report, "".join(report)
    names |= test.globs


def run_sh(block: Fence) -> None:
    for command, _ in shell.commands(block.text):
        ended = shell.run(command)
        assert ended.status == 0, f"{block}: {command}\n{ended.shown}"


def run_console(block: Fence) -> None:
    for command, expected in shell.commands(block.text, "$ "):
        ended = shell.run(command)
        assert shell.prints(expected, ended.shown), f"{block}: {command}\n{ended.shown}\nbut the page says\n{expected}"
        assert (ended.status != 0) == expected.startswith("Error:"), f"{block}: {command} ends with {ended.status}"


class TestAPage:
    """What is false in a page fails."""

    def block(self, tag: str, text: str) -> Fence:
        return Fence(ROOT / "README.md", 1, [tag], text)

    def test_what_python_prints(self) -> None:
        names: dict[str, Any] = {}
        run_python(self.block("python", ">>> a = 1\n>>> a\n1\n"), names)
        run_python(self.block("python", ">>> a + 1\n2\n"), names)
        with pytest.raises(AssertionError, match=r"Expected:\s+3"):
            run_python(self.block("python", ">>> a + 1\n3\n"), names)
        with pytest.raises(AssertionError, match="NameError"):
            run_python(self.block("python", ">>> b = c\n"), names)

    def test_how_commands_end(self, reader: Path) -> None:
        run_sh(self.block("sh", "ls  # the files\n"))
        for line in ("elman summary absent", "elman sumary model", "cat absent"):
            with pytest.raises(AssertionError, match=re.escape(line)):
                run_sh(self.block("sh", f"{line}\n"))

    def test_what_commands_print(self, reader: Path) -> None:
        run_console(self.block("console", "$ echo a b\na ...\n$ elman summary absent\nError: absent: ...\n"))
        with pytest.raises(AssertionError, match="but the page says"):
            run_console(self.block("console", "$ echo a\nb\n"))
        with pytest.raises(AssertionError, match="ends with 1"):
            run_console(self.block("console", "$ elman summary absent\n...\n"))

    def test_whether_a_model_is_there_before_it_begins(self) -> None:
        train, predict = (self.block("sh", text) for text in ("elman train x --out model\n", "elman predict model x\n"))
        assert begins_with_a_model([predict, train])
        assert not begins_with_a_model([train, predict])
        assert not begins_with_a_model([self.block("sh", "elman compare reviews.csv\n")])
        assert begins_with_a_model([self.block("python", '>>> elman.load("model")\n')])
