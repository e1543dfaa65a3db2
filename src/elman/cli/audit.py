"""`elman audit`: does word order matter in these texts, to a model of this kind?"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._options import (
    Json,
    LabelColumn,
    LabelledTexts,
    ModelFolderArgument,
    TextColumn,
    Threads,
    number,
    whole,
)
from ._usage import StoppedError, WrongUsageError, given_options

if TYPE_CHECKING:
    from ..data import Labelled
    from ..inspection import Audit, Method

__all__ = ["audit", "print_audit", "run_audit"]

LEVEL, MARGIN, FOLDS = 0.05, 0.02, 3
WIDTH = 80
"""Of a line that shows a text, in columns of the terminal."""


def audit(
    context: typer.Context,
    model: ModelFolderArgument,
    data: LabelledTexts,
    train: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="What the model was trained on, to train its twins on as well; DATA is then what all are measured on. "
            "Without it models with the settings of MODEL are trained on parts of DATA, and each reads the others.",
        ),
    ] = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    level: Annotated[float, number("How often order may be said to matter where it does not.", "SHARE")] = LEVEL,
    margin: Annotated[
        float, number("By how much a recurrent model must be ahead to be worth it, a share of the texts.", "SHARE")
    ] = MARGIN,
    folds: Annotated[int, whole("Without --train: parts of DATA.", least=2)] = FOLDS,
    seed: Annotated[int, whole("Seed of the shuffles and parts.", least=None)] = 0,
    json: Json = False,
    threads: Threads = None,
) -> None:
    """Find out whether word order matters in labelled texts. The model is set beside twins that know no order, with the
    same settings on the same texts, and reads texts whose words are shuffled. Prints how often each is right, a
    verdict, which model to take, and the texts that are understood no more when shuffled.
    """
    from ..data import read_labelled
    from ..inspection.twins import check_has_twins
    from ._console import print_json
    from ._models import load_model
    from .evaluate import warn_of

    for name, value in (("--level", level), ("--margin", margin)):
        if not 0 < value < 0.5:
            raise WrongUsageError(f"{name} must be above 0 and below 0.5, got {value}")
    if train is not None and "folds" in given_options(context):
        raise WrongUsageError("--folds has no effect with --train: leave one of the two out")
    classifier, _ = load_model(model, threads)
    check_has_twins(classifier)
    classes = classifier.classes_.tolist()
    rows = read_labelled(data, text_column, label_column, classes=classes)
    known = None if train is None else read_labelled(train, text_column, label_column, classes=classes)
    warn_of(rows, classes)
    found = run_audit(classifier, rows, known, seed=seed, level=level, margin=margin, folds=folds)
    if json:
        print_json(found.to_json())
    else:
        print_audit(found)


def run_audit(model: Any, rows: "Labelled", train: "Labelled | None" = None, **settings: Any) -> "Audit":
    """Audit, and say on stderr what is done, and what is amiss with the texts to train on."""
    from ..inspection import audit
    from ._console import say, warnings_as_lines
    from .evaluate import warn_of

    if train is not None:
        warn_of(train, model.classes_.tolist())
        _warn_of_known(rows, train)
    try:
        with warnings_as_lines():
            texts, labels = rows
            return audit(model, texts, labels, None if train is None else tuple(train), **settings, say=say)
    except KeyboardInterrupt:
        raise StoppedError("stopped; nothing was found") from None


def _warn_of_known(rows: "Labelled", train: "Labelled") -> None:
    """Warn of texts that are measured on and were learned from."""
    from ._console import counted, warn

    (texts, _), (learned, _) = rows, train
    twice = sum(map(set(learned).__contains__, texts))
    if twice:
        warn(f"{counted(twice, 'text')} of {rows.source} are in {train.source} as well, and were learned from")


def print_audit(found: "Audit") -> None:
    """Print figures, verdict, and what was flipped, 80 columns wide."""
    from ._console import STDOUT, counted, print_table

    def tell(line: str) -> None:
        STDOUT.print(line, markup=False)

    left_out = f"; {found.repeated} more, which repeat these, are left out" if found.repeated else ""
    tell(f"{counted(found.n, 'text')}, {found.read_by}{left_out}")
    print()
    columns = ("", "accuracy", "interval", "ahead", "interval", "seconds")
    print_table(columns, [_row(method) for method in found.methods])
    print()
    sure, of_ahead = (f"{share * 100:.4g} %" for share in (1 - found.level, 1 - 2 * found.side))
    tell(
        f"Accuracy with its {sure} interval; by how many points the recurrent model is ahead, with the {of_ahead} "
        "interval; seconds of training."
    )
    print()
    tell(found.sentence)
    tell(found.advice)
    print()
    _print_flips(found)


def _row(method: "Method") -> tuple[str, ...]:
    accuracy, ahead = method.accuracy, method.behind
    return (
        method.name,
        f"{accuracy.value:.3f}",
        f"{accuracy.low:.3f} to {accuracy.high:.3f}",
        "" if ahead is None else f"{ahead.value * 100:.1f}",
        "" if ahead is None else f"{ahead.low * 100:.1f} to {ahead.high * 100:.1f}",
        "" if method.seconds is None else f"{method.seconds:.1f}",
    )


def _print_flips(found: "Audit") -> None:
    from ._console import STDOUT

    few = f"; {found.one_order} have one word or none, and no other order" if found.one_order else ""
    told = "; those that say most, with the answer and the probability of the true label" if found.flips else ""
    lines = [
        f"{found.unmoved / found.n:.1%} of the texts have no other order that keeps their bigrams.",
        f"Words shuffled, {found.flipped.value:.1%} get another answer{few}{told}:" if told else
        f"Words shuffled, {found.flipped.value:.1%} get another answer{few}.",
    ]  # fmt: skip
    for flip in found.flips:
        lines += ["", _reading(flip.label, flip.p, flip.text), _reading(flip.answer, flip.p_shuffled, flip.shuffled)]
    for line in lines:
        STDOUT.print(line, markup=False)


def _reading(answer: Any, p: float, text: str) -> str:
    from rich.cells import cell_len, set_cell_size

    from ..inspection.tables import printable

    line = printable(f"{answer} {p:.3f}  {' '.join(text.split())}")
    return line if cell_len(line) <= WIDTH else f"{set_cell_size(line, WIDTH - 3)}..."
