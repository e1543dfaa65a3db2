"""Files that are written beside their place, and put there when they are whole."""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import DataError

__all__ = ["check_replaceable", "replaced"]

PathLike = str | os.PathLike[str]


@contextlib.contextmanager
def replaced(path: PathLike) -> Iterator[BinaryIO]:
    """Give a file to write into, which takes its place, durable, when all is written; links are followed.

    Missing folders are made. A device or a pipe, such as /dev/stdout, is written into and stays what it is. Raises
    DataError where the file cannot be written; what was there is still there.
    """
    if _is_stream(path):
        with _opened(path) as stream:
            yield stream
        return
    target = Path(os.path.realpath(path))
    beside = _beside(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(beside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def check_replaceable(path: PathLike) -> None:
    """Raise DataError unless a file can be written to `path`, which is tried beside it: permissions do not tell all."""
    target = Path(os.path.realpath(path))
    if _is_stream(path):
        return  # opening it to try would tell who reads it that all is written
    try:
        if target.is_dir():
            raise DataError(f"{os.fspath(path)}: is a folder; name a file")
        nearest = next(parent for parent in target.parents if parent.exists())
        trial = _beside(nearest / target.name)
        trial.touch(exist_ok=False)
        trial.unlink()
    except OSError as error:
        raise _unwritable(path, error) from None


def _is_stream(path: PathLike) -> bool:
    """Tell whether this is a device, a pipe or a socket, which nothing may take the place of."""
    with contextlib.suppress(OSError, ValueError):
        mode = os.stat(path).st_mode
        return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
    return False


@contextlib.contextmanager
def _opened(path: PathLike) -> Iterator[BinaryIO]:
    try:
        with open(path, "wb") as stream:
            yield stream
    except OSError as error:
        raise _unwritable(path, error) from None


def _beside(target: Path) -> Path:
    return target.parent / f".{target.name}.{secrets.token_hex(4)}.saving"


def _unwritable(path: PathLike, error: OSError) -> DataError:
    return DataError(f"{os.fspath(path)}: cannot be written: {error.strerror or error}")
