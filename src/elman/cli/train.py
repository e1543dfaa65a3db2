"""`elman train`: from a labelled file to a model folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ._options import (
    Activation,
    Cell,
    InitialState,
    Json,
    LabelColumn,
    Merge,
    Pooling,
    Schedule,
    Seed,
    TextColumn,
    Threads,
    Units,
)

if TYPE_CHECKING:
    from ..data import LabelledTexts
    from ..estimators import Comparison

__all__ = ["train"]


def train(
    data: Annotated[str, typer.Argument(metavar="DATA", help="Labelled texts: a file, - for stdin, or hf://...")],
    out: Annotated[Path, typer.Option(metavar="MODEL", help="The model folder to write.")],
    dev: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Labelled texts to choose the epoch by; else a part is held back."),
    ] = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    cell: Annotated[Cell | None, typer.Option(help="Cell of the recurrent layers.")] = None,
    units: Units = None,
    layers: Annotated[
        int | None,
        typer.Option(min=0, help="Recurrent layers; as many as units are given, 0 for a network without memory."),
    ] = None,
    bidirectional: Annotated[bool | None, typer.Option("--bidirectional", help="Read from both ends.")] = None,
    merge: Annotated[Merge | None, typer.Option(help="How the outputs of both directions become one.")] = None,
    go_backwards: Annotated[bool | None, typer.Option("--go-backwards", help="Read from the end.")] = None,
    activation: Annotated[Activation | None, typer.Option(help="Of the cell; by default its own.")] = None,
    reset_after: Annotated[
        bool | None,
        typer.Option("--reset-after/--reset-before", help="GRU: reset after or before the recurrent product."),
    ] = None,
    initial_state: Annotated[InitialState | None, typer.Option(help="What layers begin with.")] = None,
    recurrent_gain: Annotated[float | None, typer.Option(help="How strongly the feedback starts.")] = None,
    pooling: Pooling = None,
    embedding_dim: Annotated[int | None, typer.Option(min=1, help="Width of the words' vectors.")] = None,
    word_dropout: Annotated[float | None, typer.Option(help="Share of words that become the unknown word.")] = None,
    input_dropout: Annotated[float | None, typer.Option(help="Share of silent features of words.")] = None,
    dropout: Annotated[float | None, typer.Option(help="Share of silent outputs of layers and pooling.")] = None,
    shared_dropout: Annotated[
        bool | None, typer.Option("--shared-dropout", help="Silent at all time steps of a text or at none.")
    ] = None,
    min_count: Annotated[int | None, typer.Option(min=1, help="Words that come less often are unknown.")] = None,
    max_vocabulary: Annotated[int | None, typer.Option(min=1, help="Keep so many of the most frequent words.")] = None,
    affixes: Annotated[
        int | None, typer.Option(min=0, help="Words are also their beginnings and ends, up to so many characters.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the data, at most.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Texts an update.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Adam's peak rate.")] = None,
    schedule: Annotated[Schedule | None, typer.Option(help="Course of the rate.")] = None,
    clip_norm: Annotated[float | None, typer.Option(help="Global norm that gradients are brought down to.")] = None,
    patience: Annotated[int | None, typer.Option(min=1, help="Epochs without gain until training ends.")] = None,
    refit: Annotated[
        bool | None,
        typer.Option("--refit/--no-refit", help="Where a part was held back, train anew on all texts at the end."),
    ] = None,
    seed: Seed = 0,
    threads: Threads = None,
    baseline: Annotated[bool, typer.Option(help="Train a linear bag of bigrams, too, and compare.")] = True,
    json: Json = False,
) -> None:
    """Train a classifier on labelled texts and write it as a model folder."""
    options = locals()
    from ..data import read_labelled
    from ..estimators import TextClassifier, fit_and_compare
    from ..modelfolder import check_target
    from ._console import print_json, say
    from ._progress import training_progress

    model = TextClassifier(random_state=seed)
    model.set_params(**{name: options[name] for name in model.get_params() if options.get(name) is not None})
    model.check_params()
    check_target(out)
    rows = read_labelled(data, text_column, label_column)
    dev_rows = read_labelled(dev, text_column, label_column, need_two_classes=False) if dev else None
    _describe(rows, dev_rows)
    with training_progress() as report:
        result = fit_and_compare(model.set_params(report=report), rows, dev_rows, baseline, say)
    model.save(out, data=rows, comparison=result)
    if json:
        print_json(result.to_json())
    else:
        _print(result)
    say(f"model folder: {out}")


def _describe(rows: "LabelledTexts", dev: "LabelledTexts | None") -> None:
    from ._console import say, warn

    say(f"{len(rows.texts)} texts, {len(set(rows.labels))} classes, from {rows.source}")
    for part in (rows, dev):
        if part is not None and part.rows_without_text:
            warn(f"{part.rows_without_text} rows of {part.source} have no text and were left out")


def _print(result: "Comparison") -> None:
    from ._console import STDOUT, print_table

    STDOUT.print(f"measured on {result.dev_rows} texts, {result.dev}", markup=False, soft_wrap=True)
    own = result.evaluation
    rows = [("elman", f"{own.accuracy:.4f}", f"{own.macro_f1:.4f}", f"{result.seconds:.1f}")]
    rows += [(r.name, f"{r.accuracy:.4f}", f"{r.macro_f1:.4f}", f"{r.seconds:.1f}") for r in result.rivals]
    print_table(("method", "accuracy", "macro_f1", "seconds"), rows)
    if result.refitted:
        STDOUT.print(f"the saved model was then trained anew on all {result.refitted} texts", soft_wrap=True)
