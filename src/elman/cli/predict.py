"""`elman predict`: the class of each text."""

from typing import Annotated

import typer

from ._options import Json, ModelFolderArgument, TextColumn, Threads
from ._texts import TextArguments, check_texts

__all__ = ["predict"]


def predict(
    model: ModelFolderArgument,
    texts: TextArguments = None,
    file: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Read texts from a file that `train` could read, or - for stdin. Stdin, .txt and a file without "
            "ending are a text a line, unless --text-column names a column; all but .txt may be JSON lines, too.",
        ),
    ] = None,
    text_column: TextColumn = None,
    json: Json = False,
    threads: Threads = None,
) -> None:
    """Print the likeliest class of each text. With its probability, one line a text, in order."""
    from ..data import read_texts
    from ._console import print_json
    from ._models import load_model_for

    rows = check_texts(texts, file, {"--text-column": text_column is not None})
    classifier = load_model_for("predict", model, threads)
    if file is not None:
        rows = read_texts(file, text_column).texts
    probabilities = classifier.predict_proba(rows)
    classes = classifier.classes_.tolist()
    for text, row in zip(rows, probabilities, strict=True):
        best = int(row.argmax())
        if json:
            by_class = {str(label): float(p) for label, p in zip(classes, row, strict=True)}
            print_json({"text": text, "label": classes[best], "probabilities": by_class})
        else:
            print(f"{classes[best]}\t{row[best]:.4f}")
