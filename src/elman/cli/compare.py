"""`elman compare`: the same network begun with one encoder after another."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._options import (
    CELLS,
    ENCODERS,
    Json,
    LabelColumn,
    LabelledTexts,
    Seed,
    TextColumn,
    Threads,
    Unlabelled,
    choice,
    whole,
    words,
)
from ._usage import WrongUsageError, check_settings, given_options

if TYPE_CHECKING:
    from ..estimators import EncoderFigures

__all__ = ["compare"]

ALL = "all"
SETTINGS = ("cell", "units", "layers", "epochs")


def compare(
    context: typer.Context,
    data: LabelledTexts,
    encoders: Annotated[
        Any,
        words(f"Which: {', '.join(ENCODERS)}, or all.", str, "NAME[,NAME...]", "the name of an encoder"),
    ] = ALL,
    dev: Annotated[
        str | None, typer.Option(metavar="DATA", help="Data to choose the epoch by; else a part is held back.")
    ] = None,
    test: Annotated[
        str | None, typer.Option(metavar="DATA", help="Data to measure on; by default that which chose the epoch.")
    ] = None,
    unlabelled: Unlabelled = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    cell: Annotated[str, choice("Cell of the recurrent layers.", CELLS)] = "simple-rnn",
    units: Annotated[int, whole("Width of the recurrent layers.")] = 128,
    layers: Annotated[int | None, whole("Recurrent layers; 0 for a network without memory.", least=0)] = None,
    epochs: Annotated[
        int | None, whole("Passes over the data, at most; by default 20, for more than 10,000 texts 8.")
    ] = None,
    seeds: Annotated[int, whole("Train each so often, with one seed after another.")] = 1,
    seed: Seed = 0,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Train a classifier with each encoder, on the same texts and with the same settings, and print how good, how fast
    and how large each is: accuracy with its standard error, seconds to train, bytes of the model folder.
    """
    from ..data import read_labelled, read_texts
    from ..estimators import TextClassifier, compare_encoders
    from ._console import print_json, say

    names = ENCODERS if encoders == ALL else (encoders,) if isinstance(encoders, str) else encoders
    for name in names:
        if name not in ENCODERS:
            raise WrongUsageError(f"--encoders must be all, or some of {', '.join(ENCODERS)}, got {name!r}")
    model = TextClassifier(random_state=seed, threads=threads)
    model.set_params(**{name: context.params[name] for name in given_options(context) if name in SETTINGS})
    check_settings(model, context)
    rows = read_labelled(data, text_column, label_column)
    classes = list(rows.class_counts())
    dev_rows, test_rows = (
        None if part is None else read_labelled(part, text_column, label_column, classes=classes)
        for part in (dev, test)
    )
    more = None if unlabelled is None else read_texts(unlabelled).texts
    found = compare_encoders(
        model,
        rows,
        names,
        dev_rows,
        test_rows,
        more,
        seeds,
        report=lambda one: say(f"{one.encoder}: {one.seconds:.0f} s"),
    )
    if json:
        for figures in found:
            print_json(figures.to_json())
    else:
        _print(found)


def _print(found: "list[EncoderFigures]") -> None:
    from ._console import print_table

    spread = found[0].spread is not None
    columns = ("encoder", "accuracy", "std error", *(("spread",) if spread else ()), "seconds", "MB")
    rows = []
    for row in found:
        over_seeds = (f"{row.spread:.4f}",) if row.spread is not None else ()
        shares = (f"{row.accuracy:.4f}", f"{row.standard_error:.4f}", *over_seeds)
        rows.append((row.encoder, *shares, f"{row.seconds:.1f}", f"{row.bytes / 1e6:.1f}"))
    print_table(columns, rows)
