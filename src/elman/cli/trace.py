"""`elman trace`: a text through a network, word by word, and back."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import InputError, ModelFolderError
from ._files import check_ending
from ._options import Json, ModelFolderArgument, whole
from ._texts import TextArgument, as_known, one_text
from ._usage import WrongUsageError, as_typed, given_options

__all__ = ["trace"]

FORMS = ("csv", "xlsx", "json")


def trace(
    context: typer.Context,
    model: ModelFolderArgument,
    text: TextArgument,
    backward: Annotated[
        bool,
        typer.Option(
            "--backward",
            help="Follow the loss back through time, instead of the words forward: the exact derivative of this "
            "text's loss, without dropout, weights of classes, truncation and sampling.",
        ),
    ] = False,
    label: Annotated[
        str | None,
        typer.Option(
            metavar="L",
            help="With --backward: the right answer; for tags one for each word, with blanks between. Not for a "
            "language model, which is to write the text itself.",
        ),
    ] = None,
    about: Annotated[
        str | None, typer.Option(metavar="L", help="The label that leads the text, where the model was led by labels.")
    ] = None,
    units: Annotated[
        int | None, whole("Show so many units; by default all of five or fewer, or the first four.", default=False)
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every number into a file, a row for each.")
    ] = None,
    xlsx: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --backward: write the step as a spreadsheet of live formulas; for a small network of one "
            "SimpleRNN, LSTM or GRU whose last state is read.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Print every number between the words and the answer: what a word adds, states, gates, the answer so far. With
    --backward those of a training step: the signal as it goes back, each time step's share of the gradients.
    """
    from ._console import print_json, say

    _check_goes_together(context)
    _check_writable({"--csv": (csv, ".csv"), "--xlsx": (xlsx, ".xlsx")})
    found = _found(context)
    if json:
        print_json(found.to_json())
    elif xlsx is not None or csv is not None:
        (found.write_csv if csv is not None else found.write_xlsx)(csv or xlsx)
        say(f"{csv or xlsx}: {'every number' if csv else 'a training step in formulas'}")
    else:
        sys.stdout.write(found.table(units).replace("`units`", "--units") + "\n")


def _check_goes_together(context: typer.Context) -> None:
    typed, values = given_options(context), context.params
    for name in ("label", "xlsx"):
        if name in typed and not values["backward"]:
            raise WrongUsageError(f"--{name} has no effect without --backward: add it, or leave --{name} out")
    forms = [name for name in FORMS if name in typed]
    if len(forms) > 1:
        raise WrongUsageError(f"--{forms[0]} and --{forms[1]} do not go together: give one of the two")
    if forms and "units" in typed:
        raise WrongUsageError(f"--units has no effect with --{forms[0]}, which holds all: leave one of the two out")


def _check_writable(outputs: dict[str, tuple[Path | None, str]]) -> None:
    """Refuse, before the model is read, what cannot be written: paths and their endings, by option."""
    from ..replacing import check_replaceable

    for option, (path, ending) in outputs.items():
        if path is not None:
            check_ending(option, path, ending)
            check_replaceable(path)


def _found(context: typer.Context) -> Any:
    """Give the trace, or the ledger of the way back."""
    from ..inspection import bptt
    from ..inspection import trace as follow

    values = context.params
    model, task = _loaded(values["model"])
    classes = model.classes_.tolist()
    about = as_known(values["about"], classes)
    _check_about(model, about, context)
    label = _label(values, task, classes)
    text = one_text(values["text"])
    return bptt(model, text, label, about=about) if values["backward"] else follow(model, text, about)


def _loaded(path: Path) -> tuple[Any, str]:
    """Load a model, and give the name of its task. Raises ModelFolderError for one that is not followed."""
    from ._models import load_model

    model, task = load_model(path, None)
    if task.name == "translate":
        raise ModelFolderError(
            f"{path}: is a {type(model).__name__}, which reads a text and writes another; `elman trace` follows models "
            "that read one alone: classifiers, taggers and generators"
        )
    return model, task.name


def _check_about(model: Any, about: Any, context: typer.Context) -> None:
    from ..estimators.reading import tokens_of

    try:
        tokens_of(model, "", about)
    except InputError as mistake:
        raise WrongUsageError(as_typed(str(mistake), context)) from None


def _label(values: dict[str, Any], task: str, classes: list[Any]) -> Any:
    """Give the label, or the tags, that were typed, as the model has them."""
    from ..inspection.labels import one_of

    typed = values["label"]
    if task == "generate" or not values["backward"]:
        if typed is not None:
            raise WrongUsageError("--label has no effect on a language model, which is to write the text: leave it out")
        return None
    known = one_of(map(str, classes))
    if typed is None:
        raise WrongUsageError(f"--backward needs --label, the right answer: {known}")
    labels = [as_known(label, classes) for label in (typed.split() if task == "tag" else [typed])]
    foreign = next((label for label in labels if label not in classes), None)
    if foreign is not None:
        raise WrongUsageError(f"--label must be {known}, got {foreign!r:.80}")
    return labels if task == "tag" else labels[0]
