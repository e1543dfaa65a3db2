"""Write docs/commands.md from the program's own help: `make docs`. tests/docs holds the two together."""

import os
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent / "commands.md"
COMMANDS = (
    "",
    "demo",
    "train",
    "evaluate",
    "predict",
    "tag",
    "generate",
    "translate",
    "compare",
    "audit",
    "explain",
    "trace",
    "plot",
    "report",
    "embed",
    "neighbors",
    "summary",
)

HEADER = """# Commands

Data goes to stdout, everything else to stderr. The exit status is 0; 1 for a mistake in data, files or folders; 2 for
wrong usage, also for options that do not go together or would have no effect; 130 after Ctrl-C. Colour and bars appear
in a terminal alone, colour never with NO_COLOR. `--json` writes JSON for programs. This page is made by `make docs`.
"""


def help_of(command: str) -> str:
    """Give the help of a command as it is printed 80 columns wide."""
    environment = os.environ | {"COLUMNS": "80", "TERMINAL_WIDTH": "80", "NO_COLOR": "1"}
    program = [sys.executable, "-m", "elman", *command.split(), "--help"]
    output = subprocess.run(program, capture_output=True, text=True, check=True, env=environment).stdout
    lines = [line.rstrip() for line in output.strip().splitlines()]
    return "\n".join(lines)


def page() -> str:
    """Give the whole page."""
    parts = [f"## elman {command}".rstrip() + f"\n\n```text\n{help_of(command)}\n```\n" for command in COMMANDS]
    return "\n".join([HEADER, *parts])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
