"""`elman embed`: texts into vectors, in a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError
from ._files import check_not_read
from ._options import ENCODERS, Seed, TextColumn, Threads, whole
from ._usage import WrongUsageError, as_option, as_typed, check_settings, given_options

if TYPE_CHECKING:
    from ..encoders import Encoder

__all__ = ["embed"]

LEARNED = ENCODERS[1:]
"""All but the embedding, which a model learns for its answers."""
SETTINGS = {
    "dimensions": "dimensions",
    "epochs": "epochs",
    "min_count": "min_count",
    "max_vocabulary": "max_vocabulary",
    "seed": "random_state",
}
"""Options, and the settings of encoders that they stand for."""
OF_TEXTS = (".npy", ".parquet")
LARGE = 2 * 10**9
"""Bytes of vectors of texts from which on they may not fit into memory."""


def embed(
    context: typer.Context,
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="Texts, as `predict` reads them from a file; - for stdin.")
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
    encoder: Annotated[
        str | None,
        typer.Option(metavar="NAME|FOLDER", help=f"{', '.join(LEARNED)}; or a folder that an encoder was saved to."),
    ] = None,
    vectors: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="In the place of --encoder: vectors of words from a file, as `train` takes them, or by the name "
            "glove-6b-50d.",
        ),
    ] = None,
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
    from ._console import counted, say

    chosen = _encoder(context)
    _check_out(chosen, out)
    check_not_read(out, data, vectors)
    texts = read_texts(data, text_column).texts
    if not chosen.is_fitted:
        _learn(chosen, texts, context)
    say(f"{counted(len(chosen.vocabulary_), 'word')}, {counted(chosen.features_, 'feature')}")
    _check_size(chosen, len(texts), out)
    say(f"{out}: {write_encoded(chosen, texts, out)}")


def _check_out(encoder: "Encoder", out: Path) -> None:
    """Refuse, before anything is learned, what cannot be written: names that stand for nothing are wrong usage."""
    from ..encoders.saving import check_replaced
    from ..encoders.writing import check_form, check_writable

    try:
        check_form(encoder, out)
    except InputError as mistake:
        raise WrongUsageError(f"--out {mistake}") from None
    check_writable(encoder, out)
    check_replaced(out, encoder=True)


def _check_size(encoder: "Encoder", texts: int, out: Path) -> None:
    """Warn of more vectors than memory may hold: those of encoders that only count are as wide as there are words."""
    from ._console import warn

    size = 4 * texts * encoder.features_
    if out.suffix.lower() in OF_TEXTS and size > LARGE:
        warn(
            f"{out}: {texts:,} vectors of {encoder.features_:,} numbers take {size / 1e9:,.1f} GB, in memory, too; "
            "--max-vocabulary makes those of one-hot and tfidf shorter"
        )


def _encoder(context: typer.Context) -> "Encoder":
    """Give a new encoder with the settings that were typed, or the one that a folder holds."""
    from ..encoders import NAMED_FOR_TEXTS, Pretrained

    given = context.params
    name, vectors = given["encoder"], given["vectors"]
    if (name is None) == (vectors is None):
        raise WrongUsageError("give --encoder, what makes vectors, or --vectors, a file of them, and not both")
    if vectors is not None:
        return _with_settings(Pretrained(vectors=vectors), "--vectors", context)
    if name in NAMED_FOR_TEXTS:
        return _with_settings(NAMED_FOR_TEXTS[name](), f"--encoder {name}", context)
    return _saved(name, context)


def _saved(folder: str, context: typer.Context) -> "Encoder":
    """Load an encoder. Raises WrongUsageError for settings, which are those that it has learned by."""
    from ..encoders import MeanOfVectors
    from ..encoders.saving import load

    if not Path(folder).is_dir():
        raise WrongUsageError(f"--encoder must be one of {', '.join(LEARNED)}, or a folder, got {folder!r}")
    for option in given_options(context):
        if option in SETTINGS:
            raise WrongUsageError(f"{as_option(option)} has no effect on an encoder that has learned: leave it out")
    encoder = load(folder)
    inner = encoder.encoder_ if isinstance(encoder, MeanOfVectors) else encoder
    inner.set_params(threads=context.params["threads"])
    return encoder


def _with_settings(encoder: "Encoder", chosen_by: str, context: typer.Context) -> "Encoder":
    """Give an encoder its settings. Raises WrongUsageError for those that it does not have, or that change nothing."""
    typed = {SETTINGS[option]: option for option in given_options(context) if option in SETTINGS}
    for setting, option in typed.items():
        draws_nothing = setting == "random_state" and not encoder.slow
        if setting not in encoder.get_params() or draws_nothing:
            raise WrongUsageError(f"{as_option(option)} has no effect with {chosen_by}: leave it out")
    settings = {setting: context.params[option] for setting, option in typed.items()}
    encoder.set_params(threads=context.params["threads"], **settings)
    check_settings(encoder, context)
    return encoder


def _learn(encoder: "Encoder", texts: list[str], context: typer.Context) -> None:
    """Let an encoder learn from texts, and show how far it is where it says so."""
    from ..encoders import Pretrained
    from ._console import counted, say, warnings_as_lines
    from ._progress import training_progress

    if not isinstance(encoder, Pretrained):
        say(f"{type(encoder).__name__} learns from {counted(len(texts), 'text')}")
    with training_progress() as report, warnings_as_lines(lambda message: as_typed(message, context)):
        if "report" in encoder.get_params():
            encoder.set_params(report=report)
        try:
            encoder.fit(texts)
        except InputError as mistake:
            raise InputError(as_typed(str(mistake), context)) from None
    if isinstance(encoder, Pretrained):
        say(f"{encoder.found_:,} of the {encoder.sought_:,} words of the texts have a vector in {encoder.vectors}")
