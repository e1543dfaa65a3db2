"""`elman evaluate`: how good a model is on a labelled file."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

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
from ._usage import columns_of
from .audit import print_audit, run_audit

if TYPE_CHECKING:
    from ..data import Labelled
    from ..estimators import Evaluation, Perplexity, Transductions
    from ..estimators.tasks import Task

__all__ = ["evaluate", "read_measured", "warn_of"]


def evaluate(
    context: typer.Context,
    model: ModelFolderArgument,
    data: LabelledData,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    word_column: WordColumn = None,
    tag_column: TagColumn = None,
    source_column: SourceColumn = None,
    target_column: TargetColumn = None,
    audit: Annotated[
        bool,
        typer.Option(
            "--audit", help="Of a classifier: find out whether word order matters in the data, as `elman audit` does."
        ),
    ] = False,
    json: Json = False,
    threads: Threads = None,
) -> None:
    """Measure a model on labelled texts, tagged sentences, pairs, or texts. Of a classifier or tagger prints accuracy,
    macro F1, loss, and precision and recall of each class; of B-/I-/O tags, those of the entities as well. Of a
    translator, measured on pairs: exact match, the share of outputs that are their targets to the letter, the share of
    the targets' tokens that it does not know, loss and perplexity. Of a language model, measured on texts: the same
    share of unknown tokens, loss, perplexity and bits per character.
    """
    from ..estimators import evaluate as measure
    from ..inspection.twins import check_has_twins
    from ._console import print_json
    from ._models import load_model

    classifier, task = load_model(model, threads)
    rows = read_measured(context, classifier, task, data)
    if audit:
        check_has_twins(classifier)
    found = run_audit(classifier, rows) if audit else None  # first, as it may refuse the data
    figures = measure(classifier, *rows)
    if json:
        print_json(figures.to_json() | ({} if found is None else {"audit": found.to_json()}))
        return
    _print(figures)
    if found is not None:
        print()
        print_audit(found)


def read_measured(context: typer.Context, model: Any, task: "Task", source: str) -> "Labelled":
    """Read what a model is measured by, from the columns that were typed; warn of what does not fit it.

    Raises WrongUsageError for columns of other tasks.
    """
    labels = model.classes_.tolist()
    columns = columns_of(task, context, f"on the data of a {type(model).__name__}")
    rows = task.read_for(model, source, labels, **columns)
    warn_of(rows, labels if task.answers else None)
    return rows


def warn_of(rows: "Labelled", classes: list[Any] | None) -> None:
    """Warn of what was left out of data, and, given the answers that training had, of others."""
    from ._console import counted, warn

    if rows.left_out:
        warn(f"left out {rows.left_out} of {rows.source}")
    counts = {} if classes is None else rows.class_counts()
    foreign = {label: count for label, count in counts.items() if label not in (classes or ())}
    if foreign:
        warn(
            f"training did not have the tags of {counted(sum(foreign.values()), 'word')} of {rows.source}, "
            f"{', '.join(map(str, foreign)):.80}; they count as wrong, and do not enter the loss"
        )


def _print(figures: "Evaluation | Perplexity | Transductions") -> None:
    from ..estimators import Perplexity, Transductions
    from ._console import print_table

    if isinstance(figures, Perplexity):
        columns = ("tokens", "unknown", "characters", "loss", "perplexity", "bits_per_character")
        share = f"{figures.unknown / figures.tokens:.2%}"
        counts = (str(figures.tokens), share, str(figures.characters), f"{figures.loss:.4f}")
        print_table(columns, [(*counts, f"{figures.perplexity:.2f}", f"{figures.bits_per_character:.4f}")])
        return
    if isinstance(figures, Transductions):
        shown = (str(figures.n), f"{figures.exact_match:.4f}", str(figures.tokens))
        unknown, loss = f"{figures.unknown / figures.tokens:.2%}", f"{figures.loss:.4f}"
        names = ("n", "exact_match", "tokens", "unknown", "loss", "perplexity")
        print_table(names, [(*shown, unknown, loss, f"{figures.perplexity:.4g}")])
        return
    found = figures.entities
    totals = {"n": str(figures.n), "accuracy": f"{figures.accuracy:.4f}", "macro_f1": f"{figures.macro_f1:.4f}"}
    totals |= {} if found is None else {"entity_f1": f"{found.f1:.4f}"}
    totals |= {"loss": f"{figures.loss:.4g}"}
    print_table(totals, [totals.values()])
    print()
    _print_parts("class", [(str(c.label), c) for c in figures.classes])
    if found is not None:
        print()
        _print_parts("entity", [*((kind.type, kind) for kind in found.types), ("all", found)])


def _print_parts(of_what: str, parts: list[tuple[str, Any]]) -> None:
    from ._console import print_table

    rows = [(name, str(p.n), f"{p.precision:.4f}", f"{p.recall:.4f}", f"{p.f1:.4f}") for name, p in parts]
    print_table((of_what, "n", "precision", "recall", "f1"), rows)
