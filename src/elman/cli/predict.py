"""`elman predict`: the class of each text."""

from pathlib import Path
from typing import Annotated

import typer

from ._options import Json, ModelFolderArgument, TextColumn, Threads
from ._usage import WrongUsageError

__all__ = ["predict"]


def predict(
    model: ModelFolderArgument,
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="Texts, each an argument.")] = None,
    file: Annotated[
        str | None,
        typer.Option(
            metavar="DATA", help="Read texts from a file that `train` could read, from .txt as lines, or - for stdin."
        ),
    ] = None,
    text_column: TextColumn = None,
    json: Json = False,
    threads: Threads = None,
) -> None:
    """Print the likeliest class of each text. With its probability, one line a text, in order."""
    from ..data import read_texts
    from ._console import print_json, warn
    from ._models import load_text_model

    if bool(texts) == (file is not None):
        raise WrongUsageError("give texts as arguments, or a file with --file (- for stdin), and not both")
    if texts and text_column is not None:
        raise WrongUsageError("--text-column has no effect on texts that are arguments: leave it out, or give --file")
    for text in texts or ():
        if text == "-" or _names_a_file(text):
            what = "stdin" if text == "-" else "the name of a file"
            warn(f"{text!r} is {what} only after --file, and is read as a text here; did you mean --file {text}?")
    rows = list(map(_whole, texts)) if texts else read_texts(file or "-", text_column).texts
    classifier = load_text_model(model, threads)
    probabilities = classifier.predict_proba(rows)
    classes = classifier.classes_.tolist()
    for text, row in zip(rows, probabilities, strict=True):
        best = int(row.argmax())
        if json:
            by_class = {str(label): float(p) for label, p in zip(classes, row, strict=True)}
            print_json({"text": text, "label": classes[best], "probabilities": by_class})
        else:
            print(f"{classes[best]}\t{row[best]:.4f}")


def _whole(text: str) -> str:
    """Put a replacement character where an argument is not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _names_a_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False
