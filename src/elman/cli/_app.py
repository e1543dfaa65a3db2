"""The program: its commands, and how it ends."""

import os
import sys
from typing import Annotated

import typer

from .._version import __version__
from ..errors import ElmanError
from . import demo, evaluate, predict, summary, train
from ._console import error

__all__ = ["app", "main"]

app = typer.Typer(
    name="elman",
    help="Recurrent networks on text, on the CPU you already have.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (demo.demo, train.train, evaluate.evaluate, predict.predict, summary.summary):
    app.command()(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line. A user's mistake is one line on stderr, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a sign that a terminal lacks must not end the program
    try:
        app()
    except ElmanError as mistake:
        error(str(mistake))
        sys.exit(1)
    except MemoryError as shortage:
        error(f"not enough memory: {shortage}; take smaller layers, a smaller vocabulary or batch")
        sys.exit(1)
    except KeyboardInterrupt:
        error("interrupted")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away (`| head`). Python would complain once more while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
