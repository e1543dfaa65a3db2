"""`elman train`: from a labelled file to a model folder, for each task."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InputError
from ._options import (
    ACTIVATIONS,
    CELLS,
    CLASS_WEIGHTS,
    ENCODERS,
    INITIAL_STATES,
    LEVELS,
    MERGES,
    POOLINGS,
    SCHEDULES,
    TASK_NAMES,
    Json,
    LabelColumn,
    LabelledData,
    Seed,
    SourceColumn,
    TagColumn,
    TargetColumn,
    TextColumn,
    Threads,
    Unlabelled,
    Vectors,
    WordColumn,
    choice,
    number,
    whole,
    words,
)
from ._usage import StoppedError, WrongUsageError, as_typed, check_settings, columns_of, given_options
from .evaluate import warn_of

if TYPE_CHECKING:
    from ..data import Labelled
    from ..estimators import Comparison
    from ..estimators.tasks import Task

__all__ = ["train"]

Units = Annotated[
    Any,
    words(
        "Width of the recurrent layers, or of each.",
        int,
        "N[,N...]",
        "a width such as 128, or widths: 128,64",
        default="128; generate: 256; translate: 64",
    ),
]
Pooling = Annotated[
    Any,
    words(
        f"How states become one vector for a text: {', '.join(POOLINGS)}.", str, "KIND[,KIND...]", "a kind of pooling"
    ),
]


# An option that is left out takes the default of the task's estimator. None of those is imported for a help page, so
# the defaults are repeated here, "classify's; tag: tag's" where they differ; a test holds them to the estimators.
def train(
    context: typer.Context,
    data: LabelledData,
    out: Annotated[
        Path, typer.Option(metavar="MODEL", help="The model folder to write; one that is there is replaced.")
    ],
    task: Annotated[
        str,
        choice(
            "What to learn: a class for each text, a tag for each word, to write texts, or to turn texts into others.",
            TASK_NAMES,
        ),
    ] = "classify",
    dev: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Data to choose the epoch by; else a part is held back, which does so from 1,000 rows on (generate, "
            "translate: 100).",
        ),
    ] = None,
    validation_fraction: Annotated[float, number("Share of the rows that is held back.", "SHARE")] = 0.1,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    word_column: WordColumn = None,
    tag_column: TagColumn = None,
    source_column: SourceColumn = None,
    target_column: TargetColumn = None,
    encoder: Annotated[
        str,
        choice(
            "What the network begins with: vectors that it learns by itself, or how they are made of the texts.",
            ENCODERS,
        ),
    ] = "embedding",
    vectors: Vectors = None,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Vectors that are given, or made by the encoder, stay as they are.")
    ] = False,
    unlabelled: Unlabelled = None,
    cell: Annotated[
        str | None,
        choice(
            "Cell of the recurrent layers.", CELLS, default="simple-rnn; tag: lstm; generate: lstm; translate: lstm"
        ),
    ] = None,
    units: Units = None,
    layers: Annotated[
        int | None,
        whole("Recurrent layers; by default as many as units are given, 0 for a network without memory.", least=0),
    ] = None,
    bidirectional: Annotated[
        bool | None,
        typer.Option(
            "--bidirectional/--no-bidirectional",
            help="Read from both ends.",
            show_default="no-bidirectional; tag: bidirectional; translate: bidirectional",
        ),
    ] = None,
    merge: Annotated[str, choice("How the outputs of both directions become one.", MERGES)] = "concat",
    go_backwards: Annotated[bool, typer.Option("--go-backwards", help="Read from the end; texts alone.")] = False,
    activation: Annotated[str | None, choice("Of the cell; by default its own.", ACTIVATIONS)] = None,
    reset_after: Annotated[
        bool,
        typer.Option("--reset-after/--reset-before", help="GRU: reset after or before the recurrent product."),
    ] = True,
    initial_state: Annotated[str, choice("What layers begin with.", INITIAL_STATES)] = "zeros",
    recurrent_gain: Annotated[
        float | None,
        number("How strongly the feedback starts.", default="0.5; tag: 1.0; generate: 1.0; translate: 1.0"),
    ] = None,
    pooling: Pooling = "max",
    hidden: Annotated[
        Any,
        words("Widths of dense layers with tanh below the answer, 0 for none.", int, "N[,N...]", "a width such as 64"),
    ] = 0,
    embedding_dim: Annotated[
        int | None, whole("Width of the words' vectors.", default="200; generate: 256; translate: 64")
    ] = None,
    word_dropout: Annotated[
        float | None,
        number("Share of words that become the unknown word.", "SHARE", default="0.3; generate: 0.0; translate: 0.0"),
    ] = None,
    input_dropout: Annotated[
        float | None, number("Share of silent features of words.", "SHARE", default="0.0; generate: 0.2")
    ] = None,
    dropout: Annotated[
        float | None,
        number("Share of silent outputs of layers and pooling.", "SHARE", default="0.5; generate: 0.2; translate: 0.0"),
    ] = None,
    shared_dropout: Annotated[
        bool, typer.Option("--shared-dropout", help="Silent at all time steps of a row or at none.")
    ] = False,
    min_count: Annotated[
        int | None,
        whole(
            "Words that come less often are unknown; by default 2 from 1,000 rows on (word2vec, doc2vec: 5), of texts "
            "to learn to write from 10,000 words on, 1 before.",
            default="translate: 1",
        ),
    ] = None,
    max_vocabulary: Annotated[int | None, whole("Keep so many of the most frequent words; by default all.")] = None,
    class_weight: Annotated[
        str | None,
        choice(
            "Rare classes count more, so that all count the same; by default every label counts the same.",
            CLASS_WEIGHTS,
        ),
    ] = None,
    affixes: Annotated[int, whole("Words are also their beginnings and ends, up to so many characters.", least=0)] = 5,
    case: Annotated[
        bool, typer.Option(help="Words with affixes are also their letter case: Capital, CAPITALS or miXed.")
    ] = True,
    epochs: Annotated[
        int | None,
        whole(
            "Passes over the data, at most; by default 20, for more than 10,000 rows to classify or tag 8, for few so "
            "many that there are 320 updates.",
            default="generate: 20; translate: 20",
        ),
    ] = None,
    batch_size: Annotated[int | None, whole("Rows an update.", default="64; tag: 32; generate: 32")] = None,
    learning_rate: Annotated[
        float | None, number("Adam's peak rate.", default="0.002; tag: 0.005; generate: 0.004; translate: 0.005")
    ] = None,
    schedule: Annotated[str, choice("Course of the rate.", SCHEDULES)] = "linear",
    clip_norm: Annotated[float, number("Global norm that gradients are brought down to.")] = 1.0,
    weight_averaging: Annotated[
        bool | None,
        typer.Option(
            help="Keep an average of the weights of about two epochs.",
            show_default="weight-averaging; generate: no-weight-averaging",
        ),
    ] = None,
    level: Annotated[
        str,
        choice("What texts are written in: words, tokens between spaces, or characters.", LEVELS),
    ] = "word",
    joined: Annotated[
        bool | None,
        typer.Option(
            "--joined/--apart",
            help="Texts to learn to write follow each other, or begin anew each; by default apart if they have labels.",
        ),
    ] = None,
    truncation: Annotated[int, whole("Time steps that are learned from at once, of texts to learn to write.")] = 35,
    tied: Annotated[
        bool | None,
        typer.Option(
            "--tied/--untied",
            help="The same vectors for words that are read and that are written; by default so but for characters.",
        ),
    ] = None,
    samples: Annotated[
        int | None,
        whole(
            "While training, compare with so many words, 0 for all; by default 2,000 where there are over 10,000.",
            least=0,
        ),
    ] = None,
    cutoffs: Annotated[
        Any,
        words(
            "Write rare words from narrower vectors: the number of frequent words, then where each cluster ends.",
            int,
            "N[,N...]",
            "a number of words such as 2000, or several: 2000,10000",
        ),
    ] = None,
    attention: Annotated[
        bool, typer.Option(help="To translate: look at each word of the source, and not at what is remembered alone.")
    ] = True,
    teacher_forcing: Annotated[
        float,
        number(
            "To translate: share of true words, and not of its own, that are read while learning, falling to this over "
            "all --epochs.",
            "SHARE",
        ),
    ] = 1.0,
    longest: Annotated[
        int | None,
        whole("Tokens of a translation at most; by default twice as many as the longest of training has."),
    ] = None,
    patience: Annotated[
        int | None, whole("Epochs without gain until training ends.", default="3; generate: 2; translate: 5")
    ] = None,
    refit: Annotated[
        bool | None,
        typer.Option(
            "--refit/--no-refit",
            help="Where a part was held back, train a classifier or tagger anew on all rows at the end; by default up "
            "to 10,000 rows.",
        ),
    ] = None,
    seed: Seed = 0,
    threads: Threads = None,
    baseline: Annotated[
        bool, typer.Option(help="Train a linear bag of bigrams, or of a window of words, too, and compare.")
    ] = True,
    audit: Annotated[
        bool, typer.Option(help="Measure a classifier on shuffled dev texts, too: whether it reads the order of words.")
    ] = True,
    json: Json = False,
) -> None:
    """Train a classifier of texts, a tagger of words, a writer of texts, or a translator. Rows are texts, sentences or
    pairs. The model is written as a model folder, with a card that says how good it is.
    """
    from ..data import read_texts
    from ..encoders.saving import check_replaced
    from ..estimators.tasks import TASKS
    from ..modelfolder import check_target
    from ._console import print_json, say
    from ._progress import training_progress

    kind = TASKS[task]
    columns = columns_of(kind, context, f"with --task {task}")
    model = _model(kind, context)
    check_target(out)
    check_replaced(out, encoder=False)
    rows = kind.read_for(model, data, **columns)
    classes = list(rows.class_counts())
    dev_rows = kind.read_for(model, dev, classes, **columns) if dev else None
    more = read_texts(unlabelled).texts if unlabelled else None
    _describe(rows, dev_rows, classes)
    _say_encoder(model, more)
    with training_progress(lambda: _answers(kind, model, classes)) as report:
        result = _fit(model.set_params(report=report), rows, dev_rows, context, more)
    _say_found(model)
    model.save(out, data=rows, comparison=result)
    history = model.history_
    best = history.epochs[history.best - 1]
    if best.dev_loss is not None:
        say(f"epoch {history.best} of {len(history.epochs)} did best, with a dev loss of {best.dev_loss:.4g}")
    if json:
        print_json(result.to_json())
    else:
        _print(result)
    say(f"model folder: {out}")


def _answers(task: "Task", model: Any, classes: list[Any]) -> int:
    """Give how many answers a model that trains has: its classes, or the words that it writes, with the unknown one."""
    return len(classes) if classes and task.answers else len(model.vocabulary_) + 1


def _model(task: "Task", context: typer.Context) -> Any:
    """Give an estimator with the settings that were typed. Raises WrongUsageError for those that do not go together."""
    typed = given_options(context)
    for name in ("validation_fraction", "refit"):
        if {"dev", name} <= set(typed):
            raise WrongUsageError(f"--{name.replace('_', '-')} has no effect with --dev: leave one of the two out")
    _refuse_other_tasks(task, typed)
    if "baseline" in typed and not task.rivals:
        raise WrongUsageError(f"--baseline and --no-baseline have no effect with --task {task.name}: leave them out")
    if "audit" in typed and task.name != "classify":
        raise WrongUsageError(f"--audit and --no-audit have no effect with --task {task.name}: leave them out")
    model = task.estimator(random_state=context.params["seed"])
    model.set_params(**{name: context.params[name] for name in typed if name in model.get_params()})
    if "unlabelled" in typed:
        _check_unlabelled(task, model)
    check_settings(model, context)
    return model


def _refuse_other_tasks(task: "Task", typed: list[str]) -> None:
    """Raise WrongUsageError for settings that are other estimators' alone."""
    from ..estimators.tasks import TASKS

    own = task.estimator().get_params()
    others = {name for other in TASKS.values() for name in other.estimator().get_params()}
    for name in typed:
        if name in others - own.keys():
            raise WrongUsageError(f"--{name.replace('_', '-')} has no effect with --task {task.name}: leave it out")


def _check_unlabelled(task: "Task", model: Any) -> None:
    """Raise WrongUsageError where no encoder would learn from more texts."""
    from ..estimators._encoding import reason_against_more

    if not hasattr(model, "encoder"):
        raise WrongUsageError(f"--unlabelled has no effect with --task {task.name}: leave it out")
    if reason_against_more(model.encoder, model.vectors) is not None:
        raise WrongUsageError(
            f"--unlabelled has no effect with --encoder {model.encoder}, which learns from labels alone: take "
            "--encoder word2vec or another, or --vectors, or leave it out"
        )


def _say_found(model: Any) -> None:
    """Say how many words have a vector in a file, or came often enough for an encoder that learns."""
    from ..encoders import NAMED
    from ._console import say

    name = getattr(model, "encoder", "")
    if getattr(model, "vectors", None) is not None:
        say(f"{model.found_:,} of the {model.sought_:,} words of the data have a vector in {model.vectors}")
    elif name in NAMED and NAMED[name].slow:
        say(f"{name} knows {model.found_:,} of the {model.sought_:,} words of the data")


def _fit(
    model: Any, rows: "Labelled", dev: "Labelled | None", context: typer.Context, unlabelled: list[str] | None
) -> "Comparison":
    from ..estimators import TextClassifier, fit_and_compare
    from ..inspection import short_audit
    from ._console import say, warnings_as_lines

    has_memory = isinstance(model, TextClassifier) and model.layers != 0
    look = short_audit if context.params["audit"] and has_memory else None

    try:
        with warnings_as_lines(lambda message: as_typed(message, context)):
            return fit_and_compare(model, rows, dev, context.params["baseline"], say, unlabelled, look)
    except InputError as mistake:
        raise InputError(as_typed(str(mistake), context)) from None
    except KeyboardInterrupt:
        raise StoppedError("stopped; no model was written") from None


def _describe(rows: "Labelled", dev: "Labelled | None", classes: list[Any]) -> None:
    from ._console import counted, say

    labels = f", {counted(len(classes), 'class', 'classes')}" if classes else ""
    say(f"{rows.size}{labels}, from {rows.source}")
    for part in (rows, dev):
        if part is not None:
            warn_of(part, classes or None)


def _say_encoder(model: Any, more: list[str] | None) -> None:
    """Say that an encoder learns before the model does, which may take longer than the model, and from what besides."""
    from ..encoders import NAMED
    from ._console import counted, say

    name = getattr(model, "encoder", "")
    if name in NAMED and NAMED[name].slow:
        besides = f", and from {counted(len(more), 'other text')}" if more else ""
        say(f"{name} learns from the texts first{besides}")
    elif more:
        say(f"{counted(len(more), 'text')} without labels besides")


def _print(result: "Comparison") -> None:
    from ._console import STDOUT, print_table

    STDOUT.print(f"measured on {result.measured_on}", markup=False, soft_wrap=True)
    table = result.table()
    rows = [(method, *(_figure(name, value) for name, value in row.items())) for method, row in table.items()]
    print_table(("method", *table["elman"]), rows)
    if result.word_order is not None:
        STDOUT.print(result.word_order.sentence, markup=False)


def _figure(name: str, value: float) -> str:
    return f"{value:.1f}" if name == "seconds" else f"{value:.4g}" if name == "perplexity" else f"{value:.4f}"
