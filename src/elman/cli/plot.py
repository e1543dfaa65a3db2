"""`elman plot`: a picture of a model, of what it does with a text, or of how good it is."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import InputError, ModelFolderError
from ._files import check_not_read
from ._options import (
    LabelColumn,
    TagColumn,
    TextColumn,
    Threads,
    WordColumn,
    choice,
    whole,
)
from ._texts import as_known, one_text
from ._usage import WrongUsageError, as_typed, given_options

__all__ = ["plot"]

KINDS = (
    "network",
    "unrolled",
    "states",
    "running",
    "gradient",
    "explain",
    "training",
    "confusion",
    "calibration",
    "precision-recall",
    "words",
    "shapes",
)
METHODS = ("telescoping", "leave-one-out", "gradient-x-input", "integrated-gradients")
OF_KINDS = ("about", "label", "beside", "layer", "method", "answer", "position", "neighbors")
"""Options that some kinds take, called as a subject's fields are."""


def plot(
    context: typer.Context,
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A model folder; for words an encoder or a file of vectors, too.")
    ],
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{', '.join(KINDS)}.")],
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT",
            help="The text that unrolled, states, running, gradient and explain show; of words those that are drawn; - "
            "reads it from stdin.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="What to write: .svg or .png.")] = ...,  # type: ignore[assignment]
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Labelled texts or tagged sentences, as `evaluate` reads them: of confusion, calibration and "
            "precision-recall.",
        ),
    ] = None,
    dark: Annotated[bool, typer.Option("--dark", help="Draw on a dark ground.")] = False,
    layer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Of states and gradient: the recurrent layer, such as lstm_1 or lstm/backward; by default the last.",
        ),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL",
            help="Of gradient: the right answer, for tags one a word, with blanks between; by default the model's own.",
        ),
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(metavar="MODEL", help="Of gradient: draw another model, too. May be repeated."),
    ] = None,
    method: Annotated[
        str | None,
        choice("Of explain: as of `elman explain`.", METHODS, "telescoping; of a tagger, leave-one-out"),
    ] = None,
    answer: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Of explain: this answer; by default the likeliest.")
    ] = None,
    position: Annotated[
        int | None, whole("Of explain: the answer at the Nth word, where each has one; by default the first.")
    ] = None,
    about: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Label that leads the text, of a language model that has them.")
    ] = None,
    neighbors: Annotated[int | None, whole("Of words: lines from each to the N nearest ones.")] = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    word_column: WordColumn = None,
    tag_column: TagColumn = None,
    threads: Threads = None,
) -> None:
    """Draw a picture of a model: its network, folded or unrolled in time; what it does with a text: its states, the
    running answer, the gradient on its way back, what each word did; how it was trained; how good it is on labelled
    data; its words in two dimensions; the shapes of recurrent networks.
    """
    from ..replacing import check_replaceable, replaced
    from ._console import say

    _check_goes_together(kind, context)
    form = _form_of(out)
    check_not_read(out, data)
    check_replaceable(out)
    try:
        from ..inspection.figures import rendered
        from ..inspection.pictures import picture

        drawn = rendered(picture(kind, _subject(context), dark), form)
    except InputError as mistake:
        raise InputError(as_typed(str(mistake), context)) from None
    with replaced(out) as file:
        file.write(drawn)
    say(f"{out}: {kind} of {model}")


def _form_of(out: Path) -> str:
    """Give the ending of a picture's name. Raises WrongUsageError for another one."""
    from ..inspection.picture_files import check_figure_path

    try:
        return check_figure_path(out)
    except InputError as mistake:
        raise WrongUsageError(f"--out {mistake}") from None


def _check_goes_together(kind: str, context: typer.Context) -> None:
    from ..inspection.pictures import KINDS as DRAWN

    if kind not in DRAWN:
        raise WrongUsageError(f"KIND must be one of {', '.join(DRAWN)}, got {kind!r:.60}")
    typed, chosen = given_options(context), DRAWN[kind]
    known = (*chosen.needs, *chosen.takes)
    for name in OF_KINDS:
        if name in typed and name not in known:
            raise WrongUsageError(f"--{name} has no effect on {kind}: leave it out")
    for name, needed, what in (("text", "text", "TEXT"), ("data", "rows", "--data")):
        if needed in chosen.needs and context.params[name] is None:
            raise WrongUsageError(
                f"{kind} needs {what}: give {'the text that is read' if name == 'text' else 'a file'}"
            )
        if needed not in known and context.params[name] is not None:
            raise WrongUsageError(f"{what} has no effect on {kind}: leave it out")


def _subject(context: typer.Context) -> Any:
    """Load what is drawn."""
    from ..inspection.pictures import Subject

    given = context.params
    fields: dict[str, Any] = {name: given[name] for name in ("layer", "method", "neighbors")}
    if given["text"] is not None:
        fields["text"] = one_text(given["text"])
    if given["kind"] == "words":
        from ..estimators import word_vectors

        _no_columns(context)
        return Subject(model=word_vectors(str(given["model"])), **fields)
    return _with_model(context, fields)


def _with_model(context: typer.Context, fields: dict[str, Any]) -> Any:
    from ..estimators.tasks import TASKS
    from ..inspection.pictures import Subject
    from ._models import load_model
    from .evaluate import read_measured

    given = context.params
    path: Path = given["model"]
    model, task = load_model(path, given["threads"])
    labels = model.classes_.tolist()
    of_answers = () if task is TASKS["generate"] else labels  # a word that is written may look like a label
    fields |= {"about": as_known(given["about"], labels), "answer": as_known(given["answer"], of_answers)}
    fields["label"] = _label(given["label"], labels, task is TASKS["tag"])
    if given["position"] is not None or (task is TASKS["tag"] and given["kind"] == "explain"):
        fields["position"] = (given["position"] or 1) - 1
    fields["beside"] = {str(other): load_model(other, given["threads"])[0] for other in given["beside"] or ()}
    if given["data"] is None:
        _no_columns(context)
    elif task.name not in ("classify", "tag"):
        raise ModelFolderError(
            f"{path}: is a {type(model).__name__}, and {given['kind']} is of classifiers and taggers"
        )
    else:
        rows = read_measured(context, model, task, given["data"])
        fields |= dict(zip(("rows", "labels"), rows, strict=True))
    return Subject(model=model, name=str(path), **fields)


def _no_columns(context: typer.Context) -> None:
    for name in given_options(context):
        if name.endswith("_column"):
            raise WrongUsageError(f"--{name.replace('_', '-')} has no effect without --data: leave it out")


def _label(label: str | None, labels: list[Any], of_words: bool) -> Any:
    if label is None or not of_words:
        return as_known(label, labels)
    return [as_known(tag, labels) for tag in label.split()]
