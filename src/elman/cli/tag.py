"""`elman tag`: a tag for each word."""

from typing import Annotated, Any

import typer

from ._options import Json, ModelFolderArgument, Threads, WordColumn
from ._texts import TextArguments, check_texts
from ._usage import WrongUsageError

__all__ = ["tag"]


def tag(
    model: ModelFolderArgument,
    texts: TextArguments = None,
    file: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Read sentences from a file, or - for stdin: a word a line, with other columns or none, blank lines "
            "between sentences; or CoNLL-U.",
        ),
    ] = None,
    as_texts: Annotated[
        bool,
        typer.Option(
            "--texts", help="The file holds whole texts, of .txt and stdin one a line, in any format of `predict`."
        ),
    ] = False,
    word_column: WordColumn = None,
    json: Json = False,
    threads: Threads = None,
) -> None:
    """Print the likeliest tag of each word. A word, a tab and its tag a line, a blank line after each sentence, as
    `evaluate` and `train` read it. Texts are cut into words first.
    """
    from ._models import load_model_for

    given = check_texts(texts, file, {"--texts": as_texts, "--word-column": word_column is not None})
    if as_texts and word_column is not None:
        raise WrongUsageError("--word-column has no effect with --texts: leave one of the two out")
    tagger = load_model_for("tag", model, threads)
    sentences = tagger.words(_read(file, as_texts, word_column) if file is not None else given)
    for words, tags in zip(sentences, tagger.predict(sentences), strict=True):
        _print(words, tags.tolist(), json)


def _read(file: str, as_texts: bool, word_column: str | None) -> list[Any]:
    from ..data import read_sentences, read_texts
    from ._console import warn

    if as_texts:
        return read_texts(file).texts
    found = read_sentences(file, word_column)
    if found.columns > 1 and word_column is None:
        warn(
            f"the first of {found.columns} columns of {file} is read as words; if that is meant, give --word-column 1, "
            "and --texts for whole texts"
        )
    return found.sentences


def _print(words: list[str], tags: list[Any], json: bool) -> None:
    from ._console import print_json

    if json:
        print_json({"words": words, "tags": tags})
    else:
        print("".join(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True)))
