"""What an encoder makes of texts, in a file for other programs."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..modelfolder import check_target
from ..replacing import check_replaceable, replaced
from ._encoder import Encoder, TokenEncoder, check_texts
from .mean_of_vectors import means

__all__ = ["check_form", "check_writable", "text_vectors", "write_encoded"]

OF_WORDS = (".vec", ".txt", ".bin", ".safetensors")
OF_FILES = re.compile(r"\.[a-z][a-z0-9]*")
"""What the ending of a file's name looks like, in lower case; "encoder-1.5" has none, and may be a folder."""
AT_ONCE = 1_000
"""Texts that are encoded at once, by an encoder that gives a vector a text."""


def text_vectors(encoder: Encoder, x: Any) -> NDArray[np.float32]:
    """Give a vector a text, (texts, features) float32: the mean of its tokens' where the encoder gives these."""
    texts = check_texts(x)
    if isinstance(encoder, TokenEncoder):
        return means(encoder, texts)
    encoded = (encoder.transform(texts[begin : begin + AT_ONCE]) for begin in range(0, len(texts), AT_ONCE))
    parts = [np.asarray(part.toarray() if hasattr(part, "toarray") else part, np.float32) for part in encoded]
    return np.concatenate(parts) if parts else np.empty((0, encoder.features_), np.float32)


def check_form(encoder: Encoder, path: str | os.PathLike[str]) -> str:
    """Give the ending that says what of an encoder, fitted or not, is written; none for a folder.

    Raises InputError for an ending that stands for nothing, or for what the encoder does not have.
    """
    place = Path(path)
    ending, endings = place.suffix.lower(), (*OF_WORDS, *WRITERS)
    if ending in OF_WORDS and not encoder.has_word_vectors:
        raise InputError(
            f"{place}: {type(encoder).__name__} has no vector of its own for each word: write .npy or .parquet, a "
            "vector a text, or a folder"
        )
    if ending in endings:
        return ending
    if (OF_FILES.fullmatch(ending) or place.name in ("-", *endings)) and not place.is_dir():
        raise InputError(
            f"{place}: must be a name that ends in {', '.join(OF_WORDS)}, for vectors of words, in "
            f"{' or '.join(WRITERS)}, for a vector a text, or in none of a file's endings, for a folder"
        )
    return ""


def check_writable(encoder: Encoder, path: str | os.PathLike[str]) -> None:
    """Raise the error of `write_encoded` that can be told before the encoder has learned."""
    if check_form(encoder, path):
        check_replaceable(path)
    else:
        check_target(path)


def write_encoded(encoder: Encoder, x: Any, path: str | os.PathLike[str]) -> str:
    """Write what a fitted encoder makes of texts, crash-safe, and say what was written.

    Parameters
    ----------
    path : str or os.PathLike
        .vec, .txt, .bin, .safetensors : the vectors of words, see `WordVectors.save`; .npy : a vector a text, (texts,
        features) float32; .parquet : columns "text" and "vector"; no ending of a file : the encoder itself, see `save`

    Raises
    ------
    InputError
        The encoder has no vectors of words, the ending is another one, or a text cannot be written as UTF-8.
    DataError, ModelFolderError
        The file or folder cannot be written.
    """
    ending = check_form(encoder, path)
    if ending in OF_WORDS:
        encoder.word_vectors().save(path)
        return f"the vectors of {len(encoder.vocabulary_):,} word{'s' * (len(encoder.vocabulary_) != 1)}"
    if not ending:
        encoder.save(path)
        return "the encoder, as a folder"
    texts = check_texts(x)
    vectors = text_vectors(encoder, texts)
    with replaced(path) as file:
        WRITERS[ending](file, texts, vectors)
    return f"the vectors of {len(texts):,} text{'s' * (len(texts) != 1)}"


def _write_npy(file: BinaryIO, texts: list[Any], vectors: NDArray[np.float32]) -> None:
    np.save(file, vectors)


def _write_parquet(file: BinaryIO, texts: list[Any], vectors: NDArray[np.float32]) -> None:
    import polars

    written = [text if isinstance(text, str) else " ".join(text) for text in texts]
    _check_characters(written)
    of_text = polars.Array(polars.Float32, vectors.shape[1])
    polars.DataFrame({"text": written, "vector": polars.Series(vectors, dtype=of_text)}).write_parquet(file)


def _check_characters(texts: list[str]) -> None:
    """Raise InputError for a text with half of a pair of surrogates, which is not a character and has no bytes."""
    for number, text in enumerate(texts):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"text {number} holds {text[error.start]!r}, half a character, which a .parquet file cannot hold: "
                "replace it, or write .npy"
            ) from None


WRITERS: dict[str, Callable[[BinaryIO, list[Any], NDArray[np.float32]], None]] = {
    ".npy": _write_npy,
    ".parquet": _write_parquet,
}
