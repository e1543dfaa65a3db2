"""`elman translate`: what each text becomes."""

import re
from typing import Annotated

import typer

from ..errors import InputError
from ._options import Json, ModelFolderArgument, SourceColumn, Threads, number, whole
from ._texts import TextArguments, check_texts
from ._usage import WrongUsageError, as_typed, given_options

__all__ = ["translate"]

LINE_BREAK = re.compile(r"\r\n|\n|\r")


def translate(
    context: typer.Context,
    model: ModelFolderArgument,
    texts: TextArguments = None,
    file: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Read texts from a file that `train` could read, or - for stdin. Stdin, .txt and a file without "
            "ending are a text a line, unless --source-column names a column; all but .txt may be JSON lines, too.",
        ),
    ] = None,
    source_column: SourceColumn = None,
    beam: Annotated[
        int | None, whole("Search for the likeliest translation, keeping so many beginnings; by default one.")
    ] = None,
    length_penalty: Annotated[
        float, number("With --beam: divide log-probabilities by the length to this power.")
    ] = 1.0,
    json: Json = False,
    threads: Threads = None,
) -> None:
    """Print what each text becomes, one a line, in order. A line break in it is printed as a space; --json keeps it."""
    from ..data import read_sources
    from ._console import print_json
    from ._models import load_model_for

    rows = check_texts(texts, file, {"--source-column": source_column is not None})
    if beam is None and "length_penalty" in given_options(context):
        raise WrongUsageError("--length-penalty has no effect without --beam: add --beam 4, or leave it out")
    translator = load_model_for("translate", model, threads)
    if file is not None:
        rows = read_sources(file, source_column).texts
    try:
        found = translator.predict(rows, beam=beam, length_penalty=length_penalty)
    except InputError as mistake:  # of options alone, as rows are texts
        raise WrongUsageError(as_typed(str(mistake), context)) from None
    for source, target in zip(rows, found, strict=True):
        written = target if isinstance(target, str) else " ".join(map(str, target))
        if json:
            print_json({"source": source, "target": written})
        else:
            print(LINE_BREAK.sub(" ", written))
