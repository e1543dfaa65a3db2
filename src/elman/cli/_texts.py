"""Texts and labels that are arguments, for commands that answer to texts."""

import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from ._files import names_a_file
from ._usage import WrongUsageError

__all__ = ["TextArgument", "TextArguments", "as_known", "check_texts", "decoded", "one_text"]

TextArguments = Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="Texts, each an argument.")]
TextArgument = Annotated[str, typer.Argument(metavar="TEXT", help="The text; - reads it from stdin.")]


def check_texts(texts: list[str] | None, file: str | None, file_options: dict[str, bool]) -> list[str]:
    """Give the texts that are arguments, decoded; none where a file was named.

    Raises WrongUsageError unless there are either texts or a file, and for the options, by name, that were given and
    go with a file alone.
    """
    from ._console import warn

    if bool(texts) == (file is not None):
        raise WrongUsageError("give texts as arguments, or a file with --file (- for stdin), and not both")
    for option, given in file_options.items():
        if texts and given:
            raise WrongUsageError(f"{option} has no effect on texts that are arguments: leave it out, or give --file")
    for text in texts or ():
        if text == "-" or names_a_file(text):
            what = "stdin" if text == "-" else "the name of a file"
            warn(f"{text!r} is {what} only after --file, and is read as a text here; did you mean --file {text}?")
    return list(map(decoded, texts or ()))


def decoded(text: str) -> str:
    """Put a replacement character where an argument is not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def one_text(given: str) -> str:
    """Give the only text of a command, decoded: the argument, or for - all of stdin but a line break at its end."""
    if given != "-":
        return decoded(given)
    return sys.stdin.buffer.read().decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


def as_known(label: str | None, labels: Iterable[Any]) -> Any:
    """Give a label that was typed as a model has it: a number, if labels are numbers."""
    return next((known for known in labels if str(known) == label), label)
