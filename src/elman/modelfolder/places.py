"""Where a model folder lies, and what may lie beside it while it is replaced.

    model                                       the folder
    .model.0123456789abcdef.elman-saving        being written, or being deleted: never read
    .model.0123456789abcdef.elman-old           moved aside: read and put back where `model` is missing
"""

import contextlib
import errno
import json
import os
import re
import secrets
import shutil
from pathlib import Path

from ..errors import ModelFolderError
from .folder import CONFIG, FORMAT

__all__ = [
    "ATTEMPTS",
    "OLD",
    "SAVING",
    "Location",
    "beside",
    "identity",
    "is_model_folder",
    "leftovers",
    "moved_aside",
    "remove",
    "resolve",
]

SAVING, OLD = "elman-saving", "elman-old"
"""Endings of the names beside a model folder while it is being replaced."""
ATTEMPTS = 20
"""How often to try again where another process replaces the same folder at the same time."""

Location = str | os.PathLike[str]


def resolve(path: Location) -> Path:
    """Give the place that a path names: absolute, links followed, free or not.

    Raises
    ------
    ModelFolderError
        The path is empty, or the system cannot look there (name too long, permission denied, ...).
    """
    if not os.fspath(path):
        raise ModelFolderError("the path of a model folder is empty; name a folder")
    try:
        place = Path(os.path.realpath(path))
        place.lstat()
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR):
            reason = error.strerror or error
            raise ModelFolderError(f"{path}: cannot be looked at: {reason}; name another folder") from None
    except ValueError as error:
        raise ModelFolderError(f"{os.fspath(path)!r}: is no path: {error}") from None
    return place


def beside(target: Path, ending: str) -> Path:
    """Give a name beside a model folder that nobody else uses."""
    return target.with_name(f".{target.name}.{secrets.token_hex(8)}.{ending}")


def leftovers(target: Path, ending: str) -> list[tuple[float, Path]]:
    """Give what lies beside `target` with that ending and when it last changed or moved, newest last."""
    name = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{16}}\.{ending}")
    found = []
    with contextlib.suppress(OSError):
        for place in target.parent.iterdir():
            if name.fullmatch(place.name):
                with contextlib.suppress(FileNotFoundError):  # its owner may be deleting it
                    status = place.lstat()
                    found.append((max(status.st_mtime, status.st_ctime), place))
    return sorted(found)


def moved_aside(target: Path) -> Path | None:
    """Give the model folder that a save, cut off between its two renames, left beside `target`."""
    return next((old for _, old in reversed(leftovers(target, OLD)) if is_model_folder(old)), None)


def remove(place: Path, target: Path) -> None:
    """Delete what lies beside `target`, or leave it whole: half deleted, it must not be read or put in place.

    So it first takes a name that is never read. Where it was in use after all, its owner's next rename fails,
    and with it his save, cleanly.
    """
    gone = beside(target, SAVING)
    with contextlib.suppress(OSError):
        os.rename(place, gone)
        shutil.rmtree(gone, ignore_errors=True)


def is_model_folder(place: Path) -> bool:
    """Tell whether a folder says that it holds a model."""
    try:
        config = json.loads((place / CONFIG).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(config, dict) and config.get("format") == FORMAT


def identity(place: Path) -> tuple[int, ...] | None:
    """Give what changes when a folder is replaced; None where there is none."""
    try:
        status = place.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns
