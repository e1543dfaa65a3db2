"""`elman train`: from a labelled file to a model folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InputError
from ._options import (
    ACTIVATIONS,
    CELLS,
    CLASS_WEIGHTS,
    INITIAL_STATES,
    MERGES,
    POOLINGS,
    SCHEDULES,
    Json,
    LabelColumn,
    LabelledData,
    Seed,
    TextColumn,
    Threads,
    choice,
    number,
    whole,
    words,
)
from ._usage import StoppedError, WrongUsageError, as_typed, check_settings, given_options

if TYPE_CHECKING:
    from ..data import LabelledTexts
    from ..estimators import Comparison, TextClassifier

__all__ = ["train"]

Units = Annotated[
    Any, words("Width of the recurrent layers, or of each.", int, "N[,N...]", "a width such as 128, or widths: 128,64")
]
Pooling = Annotated[
    Any,
    words(f"How states become one vector: {', '.join(POOLINGS)}.", str, "KIND[,KIND...]", "a kind of pooling"),
]


# The defaults are those of TextClassifier, which is not imported for a help page; a test holds the two together.
def train(
    context: typer.Context,
    data: LabelledData,
    out: Annotated[
        Path, typer.Option(metavar="MODEL", help="The model folder to write; one that is there is replaced.")
    ],
    dev: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Labelled texts to choose the epoch by; else a part is held back."),
    ] = None,
    validation_fraction: Annotated[float, number("Share of the texts that is held back.", "SHARE")] = 0.1,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    cell: Annotated[str, choice("Cell of the recurrent layers.", CELLS)] = "simple-rnn",
    units: Units = 128,
    layers: Annotated[
        int | None,
        whole("Recurrent layers; by default as many as units are given, 0 for a network without memory.", least=0),
    ] = None,
    bidirectional: Annotated[bool, typer.Option("--bidirectional", help="Read from both ends.")] = False,
    merge: Annotated[str, choice("How the outputs of both directions become one.", MERGES)] = "concat",
    go_backwards: Annotated[bool, typer.Option("--go-backwards", help="Read from the end.")] = False,
    activation: Annotated[str | None, choice("Of the cell; by default its own.", ACTIVATIONS)] = None,
    reset_after: Annotated[
        bool,
        typer.Option("--reset-after/--reset-before", help="GRU: reset after or before the recurrent product."),
    ] = True,
    initial_state: Annotated[str, choice("What layers begin with.", INITIAL_STATES)] = "zeros",
    recurrent_gain: Annotated[float, number("How strongly the feedback starts.")] = 0.5,
    pooling: Pooling = "max",
    embedding_dim: Annotated[int, whole("Width of the words' vectors.")] = 200,
    word_dropout: Annotated[float, number("Share of words that become the unknown word.", "SHARE")] = 0.3,
    input_dropout: Annotated[float, number("Share of silent features of words.", "SHARE")] = 0.0,
    dropout: Annotated[float, number("Share of silent outputs of layers and pooling.", "SHARE")] = 0.5,
    shared_dropout: Annotated[
        bool, typer.Option("--shared-dropout", help="Silent at all time steps of a text or at none.")
    ] = False,
    min_count: Annotated[
        int | None, whole("Words that come less often are unknown; by default 2 from 1,000 texts on, 1 before.")
    ] = None,
    max_vocabulary: Annotated[int | None, whole("Keep so many of the most frequent words; by default all.")] = None,
    class_weight: Annotated[
        str | None,
        choice(
            "Rare classes count more, so that all count the same; by default every text counts the same.", CLASS_WEIGHTS
        ),
    ] = None,
    affixes: Annotated[int, whole("Words are also their beginnings and ends, up to so many characters.", least=0)] = 5,
    case: Annotated[
        bool, typer.Option(help="Words with affixes are also their letter case: Capital, CAPITALS or miXed.")
    ] = True,
    epochs: Annotated[
        int | None, whole("Passes over the data, at most; by default 20, for more than 10,000 texts 8.")
    ] = None,
    batch_size: Annotated[int, whole("Texts an update.")] = 64,
    learning_rate: Annotated[float, number("Adam's peak rate.")] = 0.002,
    schedule: Annotated[str, choice("Course of the rate.", SCHEDULES)] = "linear",
    clip_norm: Annotated[float, number("Global norm that gradients are brought down to.")] = 1.0,
    weight_averaging: Annotated[bool, typer.Option(help="Keep an average of the weights of about two epochs.")] = True,
    patience: Annotated[int, whole("Epochs without gain until training ends.")] = 3,
    refit: Annotated[
        bool | None,
        typer.Option(
            "--refit/--no-refit",
            help="Where a part was held back, train anew on all texts at the end; by default up to 10,000 texts.",
        ),
    ] = None,
    seed: Seed = 0,
    threads: Threads = None,
    baseline: Annotated[bool, typer.Option(help="Train a linear bag of bigrams, too, and compare.")] = True,
    json: Json = False,
) -> None:
    """Train a classifier on labelled texts. It is written as a model folder, with a card that says how good it is."""
    from ..data import read_labelled
    from ..modelfolder import check_target
    from ._console import print_json, say
    from ._progress import training_progress

    model = _model(context)
    check_target(out)
    rows = read_labelled(data, text_column, label_column)
    dev_rows = read_labelled(dev, text_column, label_column, classes=list(rows.class_counts())) if dev else None
    _describe(rows, dev_rows)
    with training_progress(len(rows.class_counts())) as report:
        result = _fit(model.set_params(report=report), rows, dev_rows, context)
    model.save(out, data=rows, comparison=result)
    if json:
        print_json(result.to_json())
    else:
        _print(result)
    say(f"model folder: {out}")


def _model(context: typer.Context) -> "TextClassifier":
    """Give an estimator with the settings that were typed. Raises WrongUsageError for those that do not go together."""
    from ..estimators import TextClassifier

    for name in ("validation_fraction", "refit"):
        if {"dev", name} <= set(given_options(context)):
            raise WrongUsageError(f"--{name.replace('_', '-')} has no effect with --dev: leave one of the two out")
    model = TextClassifier(random_state=context.params["seed"])
    names = model.get_params().keys() & context.params.keys()
    model.set_params(**{name: context.params[name] for name in names if context.params[name] is not None})
    check_settings(model, context)
    return model


def _fit(
    model: "TextClassifier", rows: "LabelledTexts", dev: "LabelledTexts | None", context: typer.Context
) -> "Comparison":
    from ..estimators import fit_and_compare
    from ._console import say

    try:
        return fit_and_compare(model, rows, dev, context.params["baseline"], say)
    except InputError as mistake:
        raise InputError(as_typed(str(mistake), context)) from None
    except KeyboardInterrupt:
        raise StoppedError("stopped; no model was written") from None


def _describe(rows: "LabelledTexts", dev: "LabelledTexts | None") -> None:
    from ._console import counted, say, warn

    classes = counted(len(rows.class_counts()), "class", "classes")
    say(f"{counted(len(rows.texts), 'text')}, {classes}, from {rows.source}")
    for part in (rows, dev):
        if part is not None and part.rows_without_text:
            warn(f"left out {counted(part.rows_without_text, 'row')} without text of {part.source}")


def _print(result: "Comparison") -> None:
    from ._console import STDOUT, print_table

    STDOUT.print(f"measured on {result.measured_on}", markup=False, soft_wrap=True)
    own = result.evaluation
    rows = [("elman", f"{own.accuracy:.4f}", f"{own.macro_f1:.4f}", f"{result.seconds:.1f}")]
    rows += [(r.name, f"{r.accuracy:.4f}", f"{r.macro_f1:.4f}", f"{r.seconds:.1f}") for r in result.rivals]
    print_table(("method", "accuracy", "macro_f1", "seconds"), rows)
