"""`elman neighbors`: the words whose vectors are nearest."""

from typing import Annotated

import typer

from ._options import Json, whole

__all__ = ["neighbors"]


def neighbors(
    model_or_vectors: Annotated[
        str,
        typer.Argument(
            metavar="MODEL_OR_VECTORS",
            help="A model folder, an encoder that `embed` wrote, a file of vectors, or the name glove-6b-50d.",
        ),
    ],
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="Words; of several the mean direction counts.")],
    less: Annotated[
        list[str] | None,
        typer.Option("--less", metavar="WORD", help="A word to go away from: king woman --less man. May be repeated."),
    ] = None,
    count: Annotated[int, whole("How many words.")] = 10,
    json: Json = False,
) -> None:
    """Print the words whose vectors point most nearly where those of the words do, with the cosine of the angle."""
    from ..estimators import word_vectors
    from ._console import print_json

    for word, cosine in word_vectors(model_or_vectors).most_similar(words, less, count):
        if json:
            print_json({"word": word, "cosine": cosine})
        else:
            print(f"{word}\t{cosine:.4f}")
