"""`elman embed`: texts into vectors, in a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError
from ._options import ENCODERS, Seed, TextColumn, Threads, whole
from ._usage import WrongUsageError, check_settings, given_options

if TYPE_CHECKING:
    from ..encoders import Encoder

__all__ = ["embed"]

LEARNED = ENCODERS[1:]
"""All but the embedding, which a model learns for its answers."""
SETTINGS = ("dimensions", "epochs", "min_count", "max_vocabulary")


def embed(
    context: typer.Context,
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="Texts, as `predict` reads them from a file; - for stdin.")
    ],
    encoder: Annotated[
        str, typer.Option(metavar="NAME|FOLDER", help=f"{', '.join(LEARNED)}; or a folder that this command wrote.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="What to write: .vec, .txt, .bin or .safetensors: the vectors of words. .npy or .parquet: a vector a "
            "text, the mean of its words' where the encoder gives these. A name without ending: the encoder, as a "
            "folder.",
        ),
    ],
    text_column: TextColumn = None,
    dimensions: Annotated[int | None, whole("Width of the vectors; by default the encoder's.")] = None,
    epochs: Annotated[int | None, whole("Passes over the texts; by default the encoder's.")] = None,
    min_count: Annotated[int | None, whole("Rarer words are unknown; by default the encoder's.")] = None,
    max_vocabulary: Annotated[int | None, whole("Keep so many of the most frequent words; by default all.")] = None,
    seed: Seed = 0,
    threads: Threads = None,
) -> None:
    """Learn vectors from texts, or take an encoder that has learned, and write vectors of words or of texts."""
    from ..data import read_texts
    from ..encoders import write_encoded
    from ._console import say

    chosen = _encoder(encoder, context)
    _check_out(chosen, out)
    texts = read_texts(data, text_column).texts
    if not chosen.is_fitted:
        say(f"{type(chosen).__name__} learns from {len(texts):,} texts")
        chosen.fit(texts)
    say(f"{len(chosen.vocabulary_):,} words, {chosen.features_:,} features")
    say(f"{out}: {write_encoded(chosen, texts, out)}")


def _check_out(encoder: "Encoder", out: Path) -> None:
    """Refuse, before anything is learned, what cannot be written: names that stand for nothing are wrong usage."""
    from ..encoders.writing import check_form, check_writable
    from ._models import check_replaced

    try:
        check_form(encoder, out)
    except InputError as mistake:
        raise WrongUsageError(f"--out {mistake}") from None
    check_writable(encoder, out)
    check_replaced(out, encoder=True)


def _encoder(name: str, context: typer.Context) -> "Encoder":
    """Give a new encoder with the settings that were typed, or the one that a folder holds."""
    from ..encoders import NAMED_FOR_TEXTS
    from ..encoders.saving import load

    typed = [option for option in given_options(context) if option in SETTINGS]
    if name not in NAMED_FOR_TEXTS:
        if not Path(name).is_dir():
            raise WrongUsageError(f"--encoder must be one of {', '.join(LEARNED)}, or a folder, got {name!r}")
        if typed:
            raise WrongUsageError(f"--{typed[0].replace('_', '-')} has no effect on an encoder that has learned")
        return load(name).set_params(threads=context.params["threads"])
    encoder = NAMED_FOR_TEXTS[name](random_state=context.params["seed"], threads=context.params["threads"])
    for option in typed:
        if option not in encoder.get_params():
            raise WrongUsageError(f"--{option.replace('_', '-')} has no effect with --encoder {name}: leave it out")
    encoder.set_params(**{option: context.params[option] for option in typed})
    check_settings(encoder, context)
    return encoder
