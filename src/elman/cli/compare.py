"""`elman compare`: the same network begun with one encoder after another."""

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InputError
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
from ._usage import StoppedError, WrongUsageError, as_typed, check_settings, given_options

if TYPE_CHECKING:
    from ..estimators import EncoderFigures

__all__ = ["compare"]

ALL = "all"
WIDTH = 11
"""Of a column of figures, in characters."""
SETTINGS = ("cell", "units", "layers", "min_count", "epochs")
LEVEL = 0.05
"""How often encoders that are alike are told apart, whichever of them seems to be the best."""


def compare(
    context: typer.Context,
    data: LabelledTexts,
    encoders: Annotated[
        Any,
        words(f"Which: {', '.join(ENCODERS)}, or all.", str, "NAME[,NAME...]", "the name of an encoder"),
    ] = ALL,
    dev: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Data to choose the epoch by; else a part is held back, which does so from 1,000 rows on.",
        ),
    ] = None,
    test: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Data to measure on; by default --dev, or the part that is held back."),
    ] = None,
    unlabelled: Unlabelled = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    cell: Annotated[str, choice("Cell of the recurrent layers.", CELLS)] = "simple-rnn",
    units: Annotated[int, whole("Width of the recurrent layers.")] = 128,
    layers: Annotated[int | None, whole("Recurrent layers; 0 for a network without memory.", least=0)] = None,
    min_count: Annotated[
        int | None, whole("Words that come less often are unknown; by default as of `elman train`.")
    ] = None,
    epochs: Annotated[
        int | None,
        whole(
            "Passes over the data, at most; by default 20, for more than 10,000 texts 8, for few so many that "
            "there are 320 updates."
        ),
    ] = None,
    seeds: Annotated[int, whole("Train each so often, with one seed after another.")] = 1,
    seed: Seed = 0,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Train a classifier with each encoder, on the same texts and with the same settings, and print how good, how fast
    and how large each is: accuracy with its standard error, seconds to train, bytes of the model folder, and on which
    texts that was measured. Each is printed as it comes; one that fails is a warning, the others go on, and the status
    is 1 in the end. A last line names those that these texts do not tell from the best.
    """
    from ..data import read_labelled, read_texts
    from ..estimators import TextClassifier, compare_encoders

    names = _names(encoders)
    if unlabelled is not None:
        _check_unlabelled(names)
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
    printed = _Printed(context, json)
    try:
        compare_encoders(model, rows, names, dev_rows, test_rows, more, seeds, printed.report, printed.fail)
    except InputError as mistake:
        raise InputError(as_typed(str(mistake), context)) from None
    except KeyboardInterrupt:
        measured = [figures.encoder for figures in printed.measured]
        left = [name for name in names if name not in (*measured, *printed.failed)]
        raise StoppedError(f"stopped; not measured: {', '.join(left)}") from None
    printed.end()
    if printed.failed:
        raise typer.Exit(1)


def _names(encoders: Any) -> tuple[str, ...]:
    """Give the names that were typed. Raises WrongUsageError for one that is none, and for all beside others."""
    if encoders == ALL:
        return ENCODERS
    names: tuple[str, ...] = (encoders,) if isinstance(encoders, str) else encoders
    for name in names:
        if name not in ENCODERS:
            beside = " beside others" if name == ALL else ""
            raise WrongUsageError(f"--encoders must be all, or some of {', '.join(ENCODERS)}, got {name!r}{beside}")
    return names


def _check_unlabelled(names: Iterable[str]) -> None:
    """Raise WrongUsageError where no encoder would learn from more texts."""
    from ..estimators._encoding import reason_against_more

    if all(reason_against_more(name, None) for name in names):
        raise WrongUsageError(
            f"--unlabelled has no effect with --encoders {','.join(names)}: add word2vec or another, or leave it out"
        )


@dataclass
class _Printed:
    """Prints what comes of each encoder, and keeps it."""

    context: typer.Context
    json: bool
    measured: "list[EncoderFigures]" = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def report(self, figures: "EncoderFigures") -> None:
        _print(figures, self.json, first=not self.measured)
        self.measured.append(figures)

    def fail(self, encoder: str, error: Exception) -> None:
        from ._console import warn

        warn(f"{encoder}: {as_typed(str(error), self.context)}")
        self.failed.append(encoder)

    def end(self) -> None:
        """Say which encoders may be as good as the best; beside JSON, which is for programs, to people."""
        from ._console import STDOUT, say

        alike = _alike(self.measured)
        if alike and self.json:
            say(alike)
        elif alike:
            STDOUT.print(alike, markup=False)


def _print(figures: "EncoderFigures", json: bool, first: bool) -> None:
    """Print a row of the table, below what was measured and its heads if it is the first one, or a line of JSON."""
    from ._console import counted, print_json

    if json:
        print_json(figures.to_json())
    else:
        row = _row(figures)
        if first:
            print(f"measured on {counted(figures.texts, 'text')}, {figures.measured_on}")
            print(_aligned(row))
        print(_aligned(row.values()))
    sys.stdout.flush()


def _row(figures: "EncoderFigures") -> dict[str, str]:
    over_seeds = {} if figures.spread is None else {"spread": f"{figures.spread:.4f}"}
    return {
        "encoder": figures.encoder,
        "accuracy": f"{figures.accuracy:.4f}",
        "std error": f"{figures.standard_error:.4f}",
        **over_seeds,
        "seconds": f"{figures.seconds:.1f}",
        "MB": f"{figures.bytes / 1e6:.3f}",
    }


def _aligned(cells: Iterable[str]) -> str:
    """Give a line of a table whose rows come one by one, so that nobody knows how wide the widest will be."""
    first, *others = cells
    return first.ljust(max(map(len, ENCODERS))) + "".join(cell.rjust(WIDTH) for cell in others)


def _alike(measured: "list[EncoderFigures]") -> str | None:
    """Name the encoders that the texts do not tell from the best one; None where they tell it from all others."""
    if len(measured) < 2:
        return None
    best = max(measured, key=lambda figures: figures.accuracy)
    others = [figures for figures in measured if figures is not best]
    alike = [figures.encoder for figures in others if not _is_more(best, figures, LEVEL / len(others))]
    if not alike:
        return None
    return f"these texts do not tell {', '.join(alike)} from {best.encoder}, the best: the difference may be chance"


def _is_more(best: "EncoderFigures", other: "EncoderFigures", level: float) -> bool:
    """Tell whether one is right more often than another one on the same texts, by more than chance."""
    from ..inspection.confidence import compare as difference
    from ..inspection.confidence import mcnemar

    more = best.right - other.right
    gained, lost = float(more.clip(min=0).sum()), float((-more).clip(min=0).sum())
    p = mcnemar(math.floor(gained), math.ceil(lost))  # a text that some seeds have is no whole one: the careful way
    return difference(gained, lost, best.texts, level / 2, p).is_more(level)
