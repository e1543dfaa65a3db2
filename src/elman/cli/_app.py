"""The program: its commands, and how it ends."""

import os
import re
import sys
from typing import Annotated, Any, cast

import typer
import typer.core

from .._version import __version__
from ..errors import ElmanError
from . import (
    audit,
    compare,
    demo,
    embed,
    evaluate,
    explain,
    generate,
    neighbors,
    plot,
    predict,
    report,
    summary,
    tag,
    trace,
    train,
    translate,
)
from ._console import error, say, warnings_as_lines
from ._usage import StoppedError, WrongUsageError

__all__ = ["app", "main"]

UsageError = cast("type[Any]", typer.BadParameter.__mro__[1])
"""What typer raises for wrong usage; it exports only this subclass."""
INTERRUPTED = 130


class Command(typer.core.TyperCommand):
    """A command whose usage line has no braces around what is required, nor a default parentheses."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]

    def get_help(self, ctx: Any) -> str:
        """Show defaults that are words, as those that differ by task, like the others: without parentheses."""
        return re.sub(r"\[default:(\s+)\(([^()]*)\)\]", r"[default:\1\2]", super().get_help(ctx))


app = typer.Typer(
    name="elman",
    help="Recurrent networks on text, on the CPU you already have.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    demo.demo,
    train.train,
    evaluate.evaluate,
    predict.predict,
    tag.tag,
    generate.generate,
    translate.translate,
    compare.compare,
    audit.audit,
    explain.explain,
    trace.trace,
    plot.plot,
    report.report,
    embed.embed,
    neighbors.neighbors,
    summary.summary,
):
    app.command(cls=Command)(command)


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
    sys.exit(_run())


def _run() -> int:
    """Run the command that was typed, and give the exit status."""
    try:
        # Typer gives back the status of what ended early, 130 after Ctrl-C, and nothing of what ended well.
        with warnings_as_lines():
            status: int = app(None if sys.argv[1:] else ["--help"], prog_name="elman", standalone_mode=False) or 0
    except (UsageError, WrongUsageError) as mistake:
        error(_describe(mistake))
        return 2
    except StoppedError as end:
        say(str(end))
        return INTERRUPTED
    except ElmanError as mistake:
        error(str(mistake))
        return 1
    except MemoryError as shortage:
        error(f"not enough memory: {shortage}; take smaller layers, a smaller vocabulary or batch")
        return 1
    except BrokenPipeError:
        # The reader of our output went away (`| head`). Python would complain once more while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as failure:  # of stdout: a full disk; files have errors of their own
        error(f"cannot write: {failure.strerror or failure}")
        return 1
    if status == INTERRUPTED:
        say("stopped")
    return status


def _describe(mistake: Any) -> str:
    """Say on one line what is wrong, and where to look."""
    context = getattr(mistake, "ctx", None)
    command = context.command_path if context else " ".join(["elman", *sys.argv[1:2]])
    message = mistake.format_message() if hasattr(mistake, "format_message") else str(mistake)
    return f"{message.rstrip('.')}; see {command} --help"
