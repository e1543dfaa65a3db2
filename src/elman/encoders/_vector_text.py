"""Vectors as text: a word and its numbers a line, separated by spaces.

word2vec's form begins with a line of two numbers, how many words and how many features; GloVe's does not. Both are
read in blocks of whole lines. polars reads a block at once if each line is a word without spaces and its numbers, as
nearly all are; a block with any other line is taken apart line by line, and only there is said what is wrong. Either
way polars makes the numbers, each rounded once to the nearest float32, and writes the shortest decimals that give the
same float32 again.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError
from ._vector_rows import Decoded, VectorRows, check_spaces

__all__ = ["HEADER", "is_row", "read_text", "write_text"]

MARK = b"\xef\xbb\xbf"
"""UTF-8's byte order mark, with which some programs begin a file."""
HEADER = re.compile(rb"(?:\xef\xbb\xbf)?[ \t]*(\d{1,18})[ \t]+(\d{1,9})[ \t\r]*")
"""word2vec's first line: words, features."""
NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
BLOCK = 1 << 24
"""Bytes that are read at once; the line that is cut is read to its end."""
SAMPLE = 100
"""Lines that tell how many features a file without a header has."""
ROWS_AT_ONCE = 1 << 15
"""Rows that are written at once."""


class Block(NamedTuple):
    """Lines of a file.

    content : each with its line break, the last one of the file perhaps without
    first : the number of the first one, from 1
    """

    content: bytes
    first: int


# Reading


def read_text(file: BinaryIO, source: str) -> VectorRows:
    """Read vectors from the beginning of a file of either form. Raises DataError naming the line."""
    first = file.readline()
    header = HEADER.fullmatch(first.rstrip(b"\n"))
    promised, features = (int(header[1]), int(header[2])) if header else (None, 0)
    if header and not features:
        raise DataError(f"{source}, line 1: promises vectors of 0 numbers; the file is damaged: fetch it anew")
    if header is None:
        file.seek(len(MARK) if first.startswith(MARK) else 0)
    decoded, vectors = Decoded(), []
    for block in _blocks(file, 2 if header else 1):
        features = features or _features_of(block.content.split(b"\n", SAMPLE)[:SAMPLE])
        vectors.append(_read_block(block, features, decoded, source))
    _check_promise(promised, len(decoded.words), source)
    decoded.warn()
    return VectorRows(decoded.words, np.concatenate(vectors))


def _blocks(file: BinaryIO, first: int) -> Iterator[Block]:
    while content := file.read(BLOCK) + file.readline():
        yield Block(content, first)
        first += content.count(b"\n")


def _features_of(lines: Sequence[bytes]) -> int:
    """Give the features of vectors without a header: what most of the lines have, as few words hold a space."""
    fields = (list(filter(None, line.rstrip(b" \r").split(b" "))) for line in lines)
    counts = Counter(len(found) - 1 for found in fields if found)
    return min(counts, key=lambda count: (-counts[count], count)) if counts else 0


def _check_promise(promised: int | None, found: int, source: str) -> None:
    if found == 0:
        raise DataError(f"{source}: holds no vectors")
    if promised is not None and found != promised:
        raise DataError(
            f"{source}, line 1: promises {promised:,} words, but {found:,} follow; the file is cut off or was put "
            "together wrongly: fetch it anew"
        )


def _read_block(block: Block, features: int, decoded: Decoded, source: str) -> NDArray[np.float32]:
    """Give the vectors of lines, (lines, features); their words are added to those that are decoded."""
    if features < 1:
        raise DataError(
            f"{source}, line {block.first}: holds no word followed by numbers, separated by "
            "spaces and not by tabs or commas"
        )
    if b"\r" in block.content or b" \n" in block.content:
        block = block._replace(content=block.content.replace(b"\r\n", b"\n").replace(b" \n", b"\n"))
    plain = _plain_rows(block.content, features)
    if plain is None:
        return _rows_one_by_one(block, features, decoded, source)
    decoded.words += plain.words
    return plain.vectors


def _plain_rows(content: bytes, features: int) -> VectorRows | None:
    """Read lines that are a word without spaces and its numbers each; None if any is not."""
    if content.startswith(MARK) or b"\r" in content:  # polars takes out a mark, and a \r that ends a word
        return None
    if content.partition(b"\n")[0].count(b" ") != features:  # a header may promise millions of columns
        return None
    frame = _frame(content, features, named=True)
    lines = content.count(b"\n") + (not content.endswith(b"\n"))
    if frame is None or frame.height != lines or any(column.null_count() for column in frame):
        return None
    numbers = _finite(frame.drop("word"))
    return None if numbers is None else VectorRows(frame["word"].to_list(), numbers)


def _frame(content: bytes, features: int, named: bool) -> Any:
    """Let polars read lines of numbers, a word before them if `named`; None where it cannot."""
    import polars

    schema: dict[str, Any] = {"word": polars.String} if named else {}
    schema |= {str(number): polars.Float32 for number in range(features)}
    try:
        return polars.read_csv(content, has_header=False, separator=" ", quote_char=None, schema=schema)
    except polars.exceptions.PolarsError:
        return None


def _finite(frame: Any) -> NDArray[np.float32] | None:
    numbers: NDArray[np.float32] = np.ascontiguousarray(frame.to_numpy())
    return numbers if np.isfinite(numbers).all() else None


def _rows_one_by_one(block: Block, features: int, decoded: Decoded, source: str) -> NDArray[np.float32]:
    rows, places = [], []
    for place, line in enumerate(block.content.split(b"\n"), block.first):
        if line.strip(b" \r"):
            word, numbers = _row(line, features, f"{source}, line {place}")
            decoded.add(word, f"{source}, line {place}")
            rows.append(numbers)
            places.append(place)
    return _numbers(rows, features, places, source)


def _row(line: bytes, features: int, where: str) -> tuple[bytes, bytes]:
    """Cut a line into its word, which may hold spaces, and its numbers."""
    word, *numbers = line.rstrip(b" \r").rsplit(b" ", features)
    if len(numbers) < features:
        fault = "tabs stand where spaces belong" if b"\t" in line else "the line is cut off, or this is another file"
        raise DataError(f"{where}: has {len(numbers)} numbers where {features} belong; {fault}")
    for number in numbers:
        _check_number(number, where)
    word = word.strip(b" ")
    if not word:
        raise DataError(f"{where}: has no word before its {features} numbers")
    if _ends_in_numbers(word):
        more = len(word.split(b" ")) - 1
        raise DataError(f"{where}: has {features + more} numbers where {features} belong")
    return word, b" ".join(numbers)


def _ends_in_numbers(word: bytes) -> bool:
    """Tell whether all that follows the first space in a word is numbers: then nobody knows where the word ends."""
    rest = word.split(b" ")[1:]
    return bool(rest) and all(map(NUMBER.fullmatch, rest))


def _check_number(number: bytes, where: str) -> None:
    if NUMBER.fullmatch(number) is None:
        shown = number[:40].decode(errors="replace")
        what = "is not finite" if _is_not_finite(number) else "is no number"
        raise DataError(f"{where}: {shown!r} {what}; numbers are written as 0.25 or -1e-3, one space between them")


def _is_not_finite(number: bytes) -> bool:
    return number.lstrip(b"+-").lower() in (b"nan", b"inf", b"infinity")


def _numbers(rows: list[bytes], features: int, places: list[int], source: str) -> NDArray[np.float32]:
    if not rows:
        return np.empty((0, features), np.float32)
    numbers: NDArray[np.float32] = np.ascontiguousarray(_frame(b"\n".join(rows), features, named=False).to_numpy())
    infinite = ~np.isfinite(numbers)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        shown = rows[row].split(b" ")[column].decode()
        raise DataError(f"{source}, line {places[row]}: {shown} is too large for float32")
    return numbers


def is_row(line: bytes, features: int) -> bool:
    """Tell whether a line ends in so many numbers, after something that may be a word."""
    _, *numbers = line.rstrip(b" \r").rsplit(b" ", features)
    return len(numbers) == features and all(map(NUMBER.fullmatch, numbers))


# Writing


def write_text(file: BinaryIO, rows: VectorRows, header: bool) -> None:
    """Write vectors in word2vec's form, or, without a header, in GloVe's. Raises InputError for a word that would be
    misread.
    """
    words, vectors = rows
    check_spaces(words)
    if header:
        file.write(f"{len(words)} {vectors.shape[1]}\n".encode())
    elif words[0].encode().startswith(MARK):
        raise InputError(
            f"the word {words[0]!r:.60} begins with a byte order mark; save as .vec or .safetensors instead"
        )
    for begin in range(0, len(words), ROWS_AT_ONCE):
        _write_rows(file, words[begin : begin + ROWS_AT_ONCE], vectors[begin : begin + ROWS_AT_ONCE])


def _write_rows(file: BinaryIO, words: Sequence[str], vectors: NDArray[np.float32]) -> None:
    import polars

    columns = [str(number) for number in range(vectors.shape[1])]
    frame = polars.DataFrame({"word": words}, schema={"word": polars.String})
    frame = frame.hstack(polars.DataFrame(np.asarray(vectors), schema=columns, orient="row"))
    frame.write_csv(file, include_header=False, separator=" ", quote_style="never")
