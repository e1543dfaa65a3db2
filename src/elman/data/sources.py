"""From a name to bytes or lines of text: files, compressed files, stdin. Says where a byte is wrong."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from ..errors import DataError

__all__ = ["STDIN", "is_remote", "open_bytes", "open_lines", "suffix_of"]

STDIN = "-"
COMPRESSED = (".gz", ".zst")
REMOTE = ("hf://", "s3://", "gs://", "az://", "abfss://", "http://", "https://")


def is_remote(source: str) -> bool:
    """Tell whether polars must fetch it."""
    return source.startswith(REMOTE)


def suffix_of(source: str) -> str:
    """Give the ending that names the format, lower case, that of compression left out: .csv of reviews.csv.gz."""
    path = Path(source.lower())
    return Path(path.stem).suffix if path.suffix in COMPRESSED else path.suffix


def open_lines(source: str) -> Iterator[str]:
    """Give the lines of a text file or of stdin, each with its line break, as UTF-8.

    Raises DataError as `open_bytes` does, and for bytes that are not UTF-8 (line and byte).
    """
    with open_bytes(source) as file:
        yield from _decode(file, source)


@contextmanager
def open_bytes(source: str) -> Iterator[BinaryIO]:
    """Open the file of exactly this name, or stdin, to be read as bytes without compression.

    Raises DataError for a file that is not there, cannot be read, is a folder, is damaged or cut off.
    """
    try:
        with _open(source) as file:
            yield file
    except FileNotFoundError:
        raise DataError(f"{source}: no such file") from None
    except IsADirectoryError:
        raise DataError(f"{source}: is a folder; name a file in it") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{source}: is damaged, or not gzip: {error}") from None
    except OSError as error:
        raise DataError(f"{source}: cannot be read: {error.strerror or error}") from None


def _open(source: str) -> AbstractContextManager[BinaryIO]:
    if source == STDIN:
        return nullcontext(sys.stdin.buffer)
    if source.lower().endswith(".gz"):
        return gzip.open(source, "rb")  # type: ignore[return-value]
    if source.lower().endswith(".zst"):
        return io.BytesIO(_read_zst(source))
    return open(source, "rb")


def _read_zst(source: str) -> bytes:
    """Read frame by frame: zstandard's own reader of files takes a frame that is cut off for the end."""
    import zstandard

    decompressor = zstandard.ZstdDecompressor()
    frame, pieces, left = decompressor.decompressobj(), [], b""
    try:
        with open(source, "rb") as file:
            while left := left or file.read(zstandard.DECOMPRESSION_RECOMMENDED_INPUT_SIZE):
                if frame.eof:
                    frame = decompressor.decompressobj()
                pieces.append(frame.decompress(left))
                left = frame.unused_data
    except zstandard.ZstdError as error:
        raise DataError(f"{source}: is damaged, or not zstd: {error}") from None
    if not frame.eof:
        raise DataError(f"{source}: is damaged: it is cut off before the end of its zstd data; fetch it anew")
    return b"".join(pieces)


def _decode(file: BinaryIO, source: str) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{source}, line {number}: byte {error.start + 1} (0x{line[error.start]:02x}) is not UTF-8; "
                "save the file as UTF-8"
            ) from None
        if "\0" in text:
            raise DataError(f"{source}, line {number}: holds a zero byte; is this a text file in UTF-8?")
        yield text
