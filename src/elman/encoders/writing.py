"""What an encoder makes of texts, in a file for other programs."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError
from ._encoder import Encoder, TextEncoder, check_texts
from ._vector_encoder import VectorEncoder
from .mean_of_vectors import mean_by_row

__all__ = ["text_vectors", "write_encoded"]

OF_WORDS = (".vec", ".txt", ".bin", ".safetensors")
AT_ONCE = 1_000
"""Texts that are encoded at once: of each token there is a vector for a moment."""


def text_vectors(encoder: Encoder, x: Any) -> NDArray[np.float32]:
    """Give a vector a text, (texts, features) float32: the mean of its tokens' where the encoder gives these."""
    texts = check_texts(x)
    parts = [_vectors(encoder, texts[begin : begin + AT_ONCE]) for begin in range(0, len(texts), AT_ONCE)]
    return np.concatenate(parts) if parts else np.empty((0, encoder.features_), np.float32)


def _vectors(encoder: Encoder, texts: list[Any]) -> NDArray[np.float32]:
    encoded = encoder.transform(texts)
    if not isinstance(encoder, TextEncoder):
        return mean_by_row(encoded)
    return np.asarray(encoded.toarray() if hasattr(encoded, "toarray") else encoded, np.float32)


def write_encoded(encoder: Encoder, x: Any, path: str | os.PathLike[str]) -> str:
    """Write what a fitted encoder makes of texts, crash-safe, and say what was written.

    Parameters
    ----------
    path : str or os.PathLike
        .vec, .txt, .bin, .safetensors : the vectors of words, see `WordVectors.save`; .npy : a vector a text, (texts,
        features) float32; .parquet : columns "text" and "vector"; any other : the encoder itself, see `save`

    Raises
    ------
    InputError
        The encoder has no vectors of words.
    DataError, ModelFolderError
        The file or folder cannot be written.
    """
    path, ending = Path(path), Path(path).suffix.lower()
    if ending in OF_WORDS:
        if not isinstance(encoder, VectorEncoder):
            raise InputError(
                f"a {type(encoder).__name__} has no vector of its own for each word: write .npy or .parquet, a vector "
                "a text, or a folder"
            )
        encoder.word_vectors().save(path)
        return f"the vectors of {len(encoder.vocabulary_):,} words"
    if ending not in WRITERS:
        encoder.save(path)
        return "the encoder, as a folder"
    texts = check_texts(x)
    vectors = text_vectors(encoder, texts)
    _write_beside(path, lambda new: WRITERS[ending](new, texts, vectors))
    return f"the vectors of {len(texts):,} texts"


def _write_beside(path: Path, write: Callable[[Path], None]) -> None:
    """Let a file be written under another name, and put it in its place when it is whole."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        write(new)
        new.replace(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        new.unlink(missing_ok=True)


def _write_npy(path: Path, texts: list[Any], vectors: NDArray[np.float32]) -> None:
    with path.open("wb") as file:
        np.save(file, vectors)


def _write_parquet(path: Path, texts: list[Any], vectors: NDArray[np.float32]) -> None:
    import polars

    written = [text if isinstance(text, str) else " ".join(text) for text in texts]
    of_text = polars.Array(polars.Float32, vectors.shape[1])
    polars.DataFrame({"text": written, "vector": polars.Series(vectors, dtype=of_text)}).write_parquet(path)


WRITERS: dict[str, Callable[[Path, list[Any], NDArray[np.float32]], None]] = {
    ".npy": _write_npy,
    ".parquet": _write_parquet,
}
