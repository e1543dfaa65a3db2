"""Vectors as bytes: word2vec's binary form, and a safetensors file, which is not read but mapped into memory.

word2vec: a line of two numbers, how many words and how many features; then, for each word, the word in UTF-8, a space,
its numbers as float32 with the lowest byte first, and a line break, which some programs leave out.

safetensors: "vectors", (words, features) float32, and "words", the words in UTF-8 as bytes, a line break after each.
"""

import json
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as save_arrays

from ..errors import DataError
from ._vector_rows import Decoded, VectorRows, check_spaces
from ._vector_text import HEADER

__all__ = ["is_safetensors", "map_safetensors", "read_binary", "write_binary", "write_safetensors"]

FLOAT = np.dtype("<f4")
LONGEST_WORD = 1 << 16
"""Bytes. What looks longer is no word: the file is damaged before."""
LONGEST_HEADER = 100 << 20
"""Bytes, as safetensors itself limits it."""
ROWS_AT_ONCE = 1 << 16
"""Rows that are checked at once, so that a mapped file does not fill the memory."""


# word2vec


def read_binary(content: Any, source: str) -> VectorRows:
    """Read word2vec's binary form from bytes or a memory map. Raises DataError naming the byte."""
    begin = content.find(b"\n") + 1
    header = HEADER.fullmatch(content[: begin - 1])
    assert header is not None  # that is how the form was told
    count, features = int(header[1]), int(header[2])
    size = features * FLOAT.itemsize
    if features < 1 or count < 1:
        raise DataError(f"{source}: holds no vectors")
    if count * (size + 2) > len(content):
        raise DataError(_too_short(source, count, len(content)))
    decoded, vectors = Decoded(), np.empty((count, features), np.float32)
    for row in range(count):
        begin = _binary_word(content, begin, decoded, source)
        vectors[row] = _binary_vector(content, begin, size, count, source)
        begin += size
    _check_end(content, begin, count, source)
    decoded.warn()
    return VectorRows(decoded.words, vectors)


def _too_short(source: str, count: int, length: int) -> str:
    return f"{source}: is cut off at byte {length + 1}, before the {count:,} words that it promises; fetch it anew"


def _binary_word(content: Any, begin: int, decoded: Decoded, source: str) -> int:
    """Take up the word that begins at a byte, or after the line break there; give the byte after its space."""
    begin += content[begin : begin + 1] == b"\n"
    end: int = content.find(b" ", begin, begin + LONGEST_WORD)
    where = f"{source}, byte {begin + 1}"
    if end < 0:
        raise DataError(f"{where}: no word and space begin here, where word {len(decoded.words) + 1:,} should")
    decoded.add(content[begin:end], where)
    return end + 1


def _binary_vector(content: Any, begin: int, size: int, count: int, source: str) -> NDArray[np.float32]:
    if begin + size > len(content):
        raise DataError(_too_short(source, count, len(content)))
    vector = np.frombuffer(content[begin : begin + size], FLOAT)
    if not np.isfinite(vector).all():
        at = begin + FLOAT.itemsize * int(np.argmin(np.isfinite(vector)))
        raise DataError(f"{source}, byte {at + 1}: {vector[~np.isfinite(vector)][0]} is not finite")
    return vector


def _check_end(content: Any, begin: int, count: int, source: str) -> None:
    begin += content[begin : begin + 1] == b"\n"
    if begin < len(content):
        raise DataError(f"{source}, byte {begin + 1}: goes on after the {count:,} words that it promises")


def write_binary(file: BinaryIO, rows: VectorRows) -> None:
    """Write word2vec's binary form. Raises InputError for a word that holds a space, which ends it there."""
    words, vectors = rows
    check_spaces(words)
    file.write(f"{len(words)} {vectors.shape[1]}\n".encode())
    for word, vector in zip(words, vectors, strict=True):
        file.write(word.encode() + b" " + vector.astype(FLOAT).tobytes() + b"\n")


# safetensors


def is_safetensors(head: bytes) -> bool:
    """Tell whether a file that begins with these bytes is of safetensors: the length of its header, the header."""
    return 0 < int.from_bytes(head[:8], "little") <= LONGEST_HEADER and head[8:9] == b"{"


def map_safetensors(path: str, source: str) -> VectorRows:
    """Map vectors into memory: what is looked up is read then. Raises DataError for what is no such file."""
    _check_safetensors(path, source)
    content = np.memmap(path, np.uint8, "r")
    length = int.from_bytes(content[:8].tobytes(), "little")
    try:
        entries = json.loads(content[8 : 8 + length].tobytes())
        vectors = _tensor(content[8 + length :], entries["vectors"], "F32", FLOAT, 2)
        words = _tensor(content[8 + length :], entries["words"], "U8", np.dtype(np.uint8), 1)
        return _checked(words.tobytes().decode().split("\n"), vectors, source)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{source}: is a safetensors file of something else, or damaged: {error}") from None


def _check_safetensors(path: str, source: str) -> None:
    """Raise DataError unless safetensors itself finds the file whole, with nothing after its end, and words in it."""
    try:
        with safe_open(path, "np") as file:
            held = set(file.keys())
    except SafetensorError as error:
        raise DataError(f"{source}: is a damaged safetensors file: {error}; fetch or write it anew") from None
    if not held >= {"vectors", "words"}:
        raise DataError(
            f'{source}: is a safetensors file of something else, without the "vectors" and "words" that '
            "WordVectors.save writes; of an encoder that was saved name the folder"
        )


def _tensor(data: NDArray[np.uint8], entry: Any, kind: str, dtype: np.dtype[Any], axes: int) -> NDArray[Any]:
    begin, end = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if entry["dtype"] != kind or len(shape) != axes or not all(isinstance(x, int) and x > 0 for x in (*shape, end)):
        raise ValueError(f"{entry} is not {kind} of {axes} axes")
    if not 0 <= begin < end <= len(data) or end - begin != int(np.prod(shape, dtype=object)) * dtype.itemsize:
        raise ValueError(f"{entry} does not fit the {len(data)} bytes of numbers")
    return data[begin:end].view(dtype).reshape(shape)


def _checked(lines: list[str], vectors: NDArray[np.float32], source: str) -> VectorRows:
    if lines[-1] or len(lines) != len(vectors) + 1:
        raise ValueError(f"{len(lines) - 1} words do not go with {len(vectors)} vectors")
    if not all(lines[:-1]):
        raise ValueError(f"word {lines.index('') + 1} is empty")
    for begin in range(0, len(vectors), ROWS_AT_ONCE):
        finite = np.isfinite(vectors[begin : begin + ROWS_AT_ONCE]).all(axis=1)
        if not finite.all():
            raise DataError(f"{source}: the vector of {lines[begin + int(np.argmin(finite))]!r:.60} is not finite")
    return VectorRows(lines[:-1], vectors)


def write_safetensors(file: BinaryIO, rows: VectorRows) -> None:
    """Write a file that `map_safetensors` maps."""
    words = np.frombuffer("".join(word + "\n" for word in rows.words).encode(), np.uint8)
    file.write(save_arrays({"vectors": np.ascontiguousarray(rows.vectors), "words": words}))
