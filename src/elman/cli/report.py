"""`elman report`: one page about how good a model is, and where it errs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ModelFolderError
from ._files import check_ending, check_not_read
from ._options import (
    Json,
    LabelColumn,
    LabelledData,
    ModelFolderArgument,
    SourceColumn,
    TagColumn,
    TargetColumn,
    TextColumn,
    Threads,
    WordColumn,
)
from ._usage import WrongUsageError

if TYPE_CHECKING:
    from ..data import Labelled
    from ..estimators.tasks import Task
    from ..inspection import Audit

__all__ = ["report"]


def report(
    context: typer.Context,
    model: ModelFolderArgument,
    data: LabelledData,
    out: Annotated[Path, typer.Option(metavar="FILE", help="What to write: .html.")] = ...,  # type: ignore[assignment]
    audit: Annotated[
        bool,
        typer.Option(
            "--audit",
            help="Find out whether word order matters, as `elman audit` does, which trains several models; of "
            "classifiers of texts.",
        ),
    ] = False,
    train: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="With --audit: what the model was trained on, as of `elman audit`."),
    ] = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    word_column: WordColumn = None,
    tag_column: TagColumn = None,
    source_column: SourceColumn = None,
    target_column: TargetColumn = None,
    json: Json = False,
    threads: Threads = None,
) -> None:
    """Write one page about a model on labelled data, which needs no other file: figures with intervals, classes,
    confusion, calibration, precision and recall, the mistakes that it was surest of with their words coloured by what
    they did, words that mistakes share, how it was trained, what it is made of. With --json the numbers go to stdout,
    too; there, rows and words count from 0.
    """
    from ..replacing import check_replaceable
    from ._console import print_json, say
    from ._models import load_model
    from .evaluate import read_measured

    check_ending("--out", out, ".html", ".htm")
    if train is not None and not audit:
        raise WrongUsageError("--train has no effect without --audit: add it, or leave --train out")
    check_not_read(out, data, train)
    check_replaceable(out)
    from ..inspection import figures  # noqa: F401 - where matplotlib is missing, before anything is measured
    from ..inspection.report import findings, render_report

    measured, task = load_model(model, threads)
    rows = read_measured(context, measured, task, data)
    found = findings(measured, rows, _audit(context, measured, task, rows) if audit else None, say)
    _write(render_report(found, str(model)), out)
    if json:
        print_json(found.to_json())
    say(f"{out}: report on {model}")


def _audit(context: typer.Context, model: Any, task: "Task", rows: "Labelled") -> "Audit":
    """Audit before anything is drawn. Raises ModelFolderError for what is no classifier of texts."""
    from .audit import run_audit

    given = context.params
    if task.name != "classify":
        raise ModelFolderError(f"{given['model']}: is a {type(model).__name__}; --audit is of classifiers of texts")
    columns = {name: given[name] for name in task.columns}
    known = None if given["train"] is None else task.read_for(model, given["train"], model.classes_.tolist(), **columns)
    return run_audit(model, rows, known)


def _write(page: str, out: Path) -> None:
    from ..replacing import replaced

    with replaced(out) as file:
        file.write(page.encode("utf-8", "replace"))
