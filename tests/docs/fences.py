"""The fenced blocks of a Markdown page, told apart by their tags."""

import re
from pathlib import Path
from typing import NamedTuple

__all__ = ["LANGUAGES", "MARK", "ROOT", "Fence", "fences"]

ROOT = Path(__file__).parents[2]
LANGUAGES = {
    "python": "doctests, run",
    "console": "commands after `$ `, run, and what they print, compared",
    "sh": "commands alone, run, which must end well",
    "text": "anything that nobody runs: a layout, the help of a command",
    "json": "a file or what a command prints",
    "{toctree}": "the order of pages, for the site",
    "{eval-rst}": "where docstrings are put, for the site",
}
"""What a fence may be tagged with, and what follows from it."""
MARK = "no-run"
"""Second word of the tag of a block of code that is not run; `test_fences.ALLOWED` says what such a block may hold."""
FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^`\n]*)\n(?P<text>.*?)^(?P=ticks)\s*$", re.MULTILINE | re.DOTALL)


class Fence(NamedTuple):
    """One block: its page, the line its text begins on (from 1), the words of its tag, its text."""

    page: Path
    line: int
    tag: list[str]
    text: str

    @property
    def language(self) -> str:
        return self.tag[0] if self.tag else ""

    @property
    def runs(self) -> bool:
        return self.language in ("python", "console", "sh") and MARK not in self.tag

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def fences(page: Path) -> list[Fence]:
    """Give the blocks of a page, in order."""
    text = page.read_text("utf-8")
    return [
        Fence(page, text.count("\n", 0, found.start("text")) + 1, found["info"].split(), found["text"])
        for found in FENCE.finditer(text)
    ]
