"""Options that several commands share, and the kinds of values that options take.

Values are parsed here and not by typer, so that every message is in plain words; what goes together, and within which
bounds, the estimators know. Where the defaults of tasks differ, `default` is what the help says of them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "ACTIVATIONS",
    "CELLS",
    "CLASS_WEIGHTS",
    "ENCODERS",
    "INITIAL_STATES",
    "LEVELS",
    "MERGES",
    "POOLINGS",
    "SCHEDULES",
    "TASK_NAMES",
    "Json",
    "LabelColumn",
    "LabelledData",
    "LabelledTexts",
    "ModelFolderArgument",
    "Seed",
    "SourceColumn",
    "TagColumn",
    "TargetColumn",
    "TextColumn",
    "Threads",
    "Unlabelled",
    "Vectors",
    "WordColumn",
    "choice",
    "number",
    "whole",
    "words",
]

ENCODERS = ("embedding", "one-hot", "tfidf", "word2vec", "glove", "doc2vec", "elmo")
TASK_NAMES = ("classify", "tag", "generate", "translate")
LEVELS = ("word", "token", "char")
CELLS = ("simple-rnn", "gru", "lstm")
MERGES = ("concat", "sum", "mul", "ave")
ACTIVATIONS = ("tanh", "relu", "sigmoid")
INITIAL_STATES = ("zeros", "random", "learned")
POOLINGS = ("last", "max", "mean", "attention")
SCHEDULES = ("linear", "constant")
CLASS_WEIGHTS = ("balanced",)


def _parsed(parse: Callable[[str], Any], what: str) -> Callable[[Any], Any]:
    """Give a parser for typer, which hands over defaults, too; `what` says what a text must be."""

    def read(given: Any) -> Any:
        try:
            return parse(str(given))
        except ValueError:
            raise typer.BadParameter(f"{given!r} is not {what}") from None

    return read


def whole(help: str, least: int | None = 1, default: str | bool = True) -> Any:  # noqa: A002 - as typer calls it
    """Give an option that takes a whole number."""

    def parse(text: str) -> int:
        if least is not None and int(text) < least:
            raise ValueError
        return int(text)

    bound = "" if least is None else f", {least} or more"
    return typer.Option(parser=_parsed(parse, f"a whole number{bound}"), metavar="N", help=help, show_default=default)


def number(help: str, metavar: str = "X", default: str | bool = True) -> Any:  # noqa: A002
    """Give an option that takes a number."""
    return typer.Option(parser=_parsed(float, "a number"), metavar=metavar, help=help, show_default=default)


def choice(help: str, choices: tuple[str, ...], default: str | bool = True) -> Any:  # noqa: A002
    """Give an option that takes one of some words."""
    parser = _parsed(lambda text: choices[choices.index(text)], f"one of {', '.join(choices)}")
    return typer.Option(parser=parser, metavar="|".join(choices), help=help, show_default=default)


def words(
    help: str,  # noqa: A002
    kind: Callable[[str], Any],
    metavar: str,
    what: str,
    default: str | bool = True,
) -> Any:
    """Give an option that takes one item or several with commas between: one as it is, several as a tuple."""

    def parse(text: str) -> Any:
        items = tuple(kind(item.strip()) for item in text.split(","))
        return items[0] if len(items) == 1 else items

    return typer.Option(parser=_parsed(parse, what), metavar=metavar, help=help, show_default=default)


ModelFolderArgument = Annotated[Path, typer.Argument(metavar="MODEL", help="A model folder.")]
LabelledData = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="Labelled texts: .csv, .tsv, .jsonl, .parquet, or .txt, which is looked into as stdin, -, is; .gz and "
        ".zst of these; hf://... Tagged sentences: a word and its tag a line, a blank line between two; or "
        "CoNLL-U. Pairs to translate: two columns of texts. Texts to learn to write: any of the former without "
        "labels, .txt and stdin one text a line, or, for characters, one text, unless --text-column names a column.",
    ),
]
LabelledTexts = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="Labelled texts: .csv, .tsv, .jsonl, .parquet, or .txt, which is looked into as stdin, -, is; .gz and "
        ".zst of these; hf://...",
    ),
]
TextColumn = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name of the column of texts; usual names are found.")
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Name of the column of labels; usual names are found, but for texts to learn to write, which are led by "
        "labels only if it is given.",
    ),
]
WordColumn = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="Column of the words of sentences: its number, -1 the last, or CoNLL-U's name; by default 1, or form.",
    ),
]
TagColumn = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of their tags; by default -1, or upos.")]
SourceColumn = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name of the column of texts to translate; usual names are found.")
]
TargetColumn = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name of the column of what they become; usual names are found.")
]
Unlabelled = Annotated[
    str | None,
    typer.Option(metavar="DATA", help="More texts, without labels, for the encoder to learn from; as `predict` reads."),
]
Vectors = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Begin the vectors of words with those of a file: word2vec's, text or binary, GloVe's, the folder of "
        "an encoder, or the name glove-6b-50d.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for programs.")]
Seed = Annotated[int, whole("Seed of weights, order and dropout.", least=None)]
Threads = Annotated[int | None, whole("Threads; as many as processors by default. They change no result.")]
