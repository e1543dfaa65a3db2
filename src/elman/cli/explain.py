"""`elman explain`: what each word did to an answer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InputError, ModelFolderError
from ._files import check_ending
from ._options import Json, ModelFolderArgument, Threads, choice, whole
from ._texts import TextArgument, as_known, one_text
from ._usage import WrongUsageError, as_typed

if TYPE_CHECKING:
    from rich.text import Text

    from ..estimators.tasks import Task
    from ..inspection import Attribution

__all__ = ["explain"]

METHODS = ("telescoping", "leave-one-out", "gradient-x-input", "integrated-gradients")
BASELINES = ("zero", "unknown")
COLOURS = {2: "bold white on blue", 1: "black on bright_cyan", -1: "black on bright_yellow", -2: "bold black on yellow"}
"""Of marks, in colours that every terminal has: blue is for the answer, yellow or orange against it."""


def explain(
    context: typer.Context,
    model: ModelFolderArgument,
    text: TextArgument,
    method: Annotated[
        str | None,
        choice(
            "Change of the answer's logit as each word is read; or without the word; or by gradients of the words' "
            "vectors.",
            METHODS,
            "telescoping; leave-one-out where each word has an answer, or all words make one vector",
        ),
    ] = None,
    answer: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Explain this answer; by default the likeliest.")
    ] = None,
    position: Annotated[
        int | None,
        whole(
            "Explain the tag of the Nth word; of a language model, the Nth word from those before it, by default the "
            "one after the text."
        ),
    ] = None,
    about: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Label that leads the text, of a language model that has them.")
    ] = None,
    steps: Annotated[int | None, whole("Of integrated gradients; by default as many as it takes to miss 1 %.")] = None,
    baseline: Annotated[str | None, choice("Where integrated gradients begin.", BASELINES, "zero")] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page, .html, with the words coloured.")
    ] = None,
    json: Json = False,
    threads: Threads = None,
) -> None:
    """Print what each word of a text did to the answer. The answer with its probability and logit, the text with its
    strongest words marked, in colour in a terminal, and the scores of the strongest words.
    """
    from ..inspection import attribute
    from ..replacing import check_replaceable
    from ._console import print_json, say
    from ._models import load_model

    if html is not None:
        check_ending("--html", html, ".html", ".htm")
        check_replaceable(html)
    explained, task = load_model(model, threads)
    if task.name == "translate":
        raise ModelFolderError(f"{model}: is a {type(explained).__name__}, which `elman explain` does not explain")
    labels, given = explained.classes_.tolist(), one_text(text)
    led, asked = as_known(about, labels), as_known(answer, labels if task.name != "generate" else ())
    try:
        place = _place(explained, task, given, led, position)
        found = attribute(explained, given, method, asked, led, place, baseline, steps)
    except InputError as mistake:  # of options, or of what is missing of them
        raise WrongUsageError(as_typed(str(mistake), context)) from None
    if html is not None:
        _write(found, html)
        say(f"{html}: the text with its words coloured")
    if json:
        print_json({"text": given, **found.to_json()})
    else:
        _print(found)


def _place(model: Any, task: "Task", text: str, about: Any, position: int | None) -> int | None:
    """Give the number of the word whose answer is asked for, from 0. Raises WrongUsageError for none that is there."""
    from ..estimators.reading import tokens_of

    if task.name == "classify":
        if position is not None:
            raise WrongUsageError("--position has no effect on a classifier, which answers once: leave it out")
        return None
    words = len(tokens_of(model, text, about)) - len(tokens_of(model, "", about))
    missing = position is None and task.name == "tag"
    if words and (missing or (position or 0) > words):
        got = "none" if position is None else position
        raise WrongUsageError(f"--position must say which word's answer is explained, 1 to {words}, got {got}")
    return 0 if missing else None if position is None else position - 1


def _write(found: "Attribution", path: Path) -> None:
    from ..replacing import replaced

    with replaced(path) as file:
        file.write(found.to_html().encode("utf-8", "replace"))


def _print(found: "Attribution") -> None:
    from ..inspection.attribution.lines import summary, table
    from ._console import STDOUT

    width = STDOUT.width
    plain = not STDOUT.is_terminal or STDOUT.no_color or STDOUT.color_system is None
    if plain or not found.tokens:
        print("\n".join(found.lines(width)))
        return
    print("\n".join(summary(found, width)), end="\n\n")
    STDOUT.print(_coloured(found))
    print("\n" + "\n".join(table(found, width)))


def _coloured(found: "Attribution") -> "Text":
    """Give the text with the ground of its strong words in colour."""
    from rich.text import Text

    from ..inspection.attribution.lines import shown

    words = zip(found.tokens, found.marks.tolist(), strict=True)
    return Text(" ").join([Text(shown(word), COLOURS.get(mark, "")) for word, mark in words])
