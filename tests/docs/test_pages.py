"""Every page is read to its end as a reader would: its Python, its commands, in order, in one folder, nothing else there."""

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
    failed, _ = doctest.DocTestRunner(optionflags=shell.OPTIONS, verbose=False).run(
        test, out=report.append, clear_globs=False
    )
    assert not failed, "".join(report)
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
