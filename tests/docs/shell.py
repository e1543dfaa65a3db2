"""Lines of a shell as documents hold them; `elman` runs in this process, which spares its start."""

import contextlib
import doctest
import io
import shlex
import subprocess
import sys
from typing import NamedTuple
from unittest import mock

from elman.cli import main

__all__ = ["TOOLS", "Result", "commands", "prints", "run"]

TOOLS = ("cat", "echo", "head", "ls", "printf", "tail")
"""What blocks may call beside elman; anything else that they need, they have to say in Python."""
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Result(NamedTuple):
    """What a line of shell ended with: the status of its last command, and all that a terminal would show of it."""

    status: int
    shown: str


def commands(text: str, prompt: str = "") -> list[tuple[str, str]]:
    """Give the commands of a block, each with the lines that follow it; a backslash joins a line to the next.

    Without a prompt every line is a command.
    """
    found: list[tuple[str, str]] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith(prompt) and line.strip():
            found.append((line.removeprefix(prompt), ""))
        elif found and prompt:
            command, after = found.pop()
            found.append((command, f"{after}{line}\n"))
        elif line.strip():
            raise ValueError(f"output before the first command: {line}")
    return [(command, after) for command, after in found if shlex.split(command, comments=True)]


def prints(expected: str, shown: str) -> bool:
    """Tell whether a command showed what its block says: `...` stands for anything, white space for white space."""
    return doctest.OutputChecker().check_output(expected, shown, OPTIONS)


def run(line: str) -> Result:
    """Run a command, or several with `|` between; `< FILE` feeds the first, `> FILE` takes what the last one prints."""
    words = shlex.shlex(line, posix=True, punctuation_chars="|<>")
    words.whitespace_split, words.commenters = True, "#"
    shown, stdin, target = io.StringIO(), b"", None
    pipeline: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            pipeline.append([])
        elif word == "<":
            with open(next(words), "rb") as file:
                stdin = file.read()
        elif word == ">":
            target = next(words)
        else:
            pipeline[-1].append(word)
    status = 0
    for number, (program, *arguments) in enumerate(pipeline):
        last = number + 1 == len(pipeline)
        out = shown if last and target is None else io.StringIO()
        status = (_elman if program == "elman" else _tool)([program, *arguments], stdin, out, shown)
        stdin = b"" if out is shown else out.getvalue().encode()
    if target is not None:
        with open(target, "wb") as file:
            file.write(stdin)
    return Result(status, shown.getvalue())


def _elman(words: list[str], stdin: bytes, out: io.StringIO, err: io.StringIO) -> int:
    feed = io.TextIOWrapper(io.BytesIO(stdin))
    with (
        mock.patch.object(sys, "argv", words),
        mock.patch.object(sys, "stdin", feed),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def _tool(words: list[str], stdin: bytes, out: io.StringIO, err: io.StringIO) -> int:
    if words[0] not in TOOLS:
        raise ValueError(f"documents call elman and {', '.join(TOOLS)}, not {words[0]}")
    ended = subprocess.run(words, input=stdin, capture_output=True, check=False)
    out.write(ended.stdout.decode())
    err.write(ended.stderr.decode())
    return ended.returncode
