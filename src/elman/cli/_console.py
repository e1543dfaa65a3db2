"""What goes where: data on stdout, everything else on stderr, colour and bars only for a terminal."""

import json
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

from ..errors import ElmanWarning

__all__ = [
    "STDERR",
    "STDOUT",
    "counted",
    "error",
    "print_json",
    "print_table",
    "say",
    "warn",
    "warnings_as_lines",
]

STDOUT = Console(highlight=False)
STDERR = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """Tell the user something that is not data."""
    STDERR.print(line, markup=False, soft_wrap=True)


def warn(line: str) -> None:
    """Warn, and go on."""
    STDERR.print(f"Warning: {line}", style="yellow", markup=False, soft_wrap=True)


def error(line: str) -> None:
    """Say why the command ends."""
    STDERR.print(f"Error: {line}", style="red", markup=False, soft_wrap=True)


@contextmanager
def warnings_as_lines(typed: Callable[[str], str] = str) -> Iterator[None]:
    """Print what the library warns of as `warn` does; `typed` puts it into the words of the command line."""
    with warnings.catch_warnings():
        others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, ElmanWarning):
                warn(typed(str(message)))
            else:
                others(message, category, *where, **more)

        warnings.simplefilter("always", ElmanWarning)
        warnings.showwarning = show
        yield


def counted(number: int, one: str, many: str = "") -> str:
    """Give "1 text", "2 texts"; `many` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def print_json(item: Any) -> None:
    """Write one JSON object on a line of its own."""
    sys.stdout.write(json.dumps(item, ensure_ascii=False) + "\n")


def print_table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Write a table; the first column is text, the others numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    STDOUT.print(table)
