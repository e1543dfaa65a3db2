"""What a model folder is, and the names that lie beside one while it is replaced.

A rename cannot replace a folder that is not empty, so saving takes two: the old folder is moved aside, the
new one, complete and flushed to disk, is moved into its place, and the old one is deleted. A crash between
the two leaves the name free and the old folder beside it under a name that `read_model_folder` knows and
reads instead. This needs nothing but `rename`, so it is the same on Linux, macOS and Windows.

config.json holds size and SHA-256 of the other files, so that a damaged or mixed folder is seen. README.md is
for people, may be edited, and is never read back for use.
"""

import contextlib
import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..checks import check_path

__all__ = [
    "ARRAYS",
    "ATTEMPTS",
    "CARD",
    "CONFIG",
    "FORMAT",
    "LISTS",
    "NEW",
    "OLD",
    "OWN",
    "VERSION",
    "ModelFolder",
    "beside",
    "digest",
    "identity",
    "is_model_folder",
    "kind_of",
    "leftovers",
    "resolve",
]

FORMAT, VERSION = "elman-model", 1
CONFIG, ARRAYS, CARD = "config.json", "model.safetensors", "README.md"
LISTS = {
    "vocabulary": "vocabulary.txt",
    "affixes": "affixes.txt",
    "source_vocabulary": "source_vocabulary.txt",
    "encoder_vocabulary": "encoder_vocabulary.txt",
}
"""Files that hold words or parts of them, one a line, in the order of their ids."""
OWN = (CONFIG, ARRAYS, CARD, *LISTS.values())
"""The files of a model folder; whatever else lies in one is its user's."""
NEW, OLD = "saving", "old"
"""Endings of the two names beside a model folder while it is being replaced."""
ATTEMPTS = 20
"""How often to try again where another process replaces the same folder at the same time."""


@dataclass(frozen=True, eq=False)
class ModelFolder:
    """What a model folder holds.

    config : settings that JSON can hold
    arrays : by name, float32 or float64, finite
    lists : of those named in `LISTS` what the model has
    card : Markdown for people
    """

    config: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    lists: dict[str, tuple[str, ...]]
    card: str


def resolve(path: str | os.PathLike[str]) -> Path:
    """Give the place that a path names, links followed. Raises InputError for what is no path."""
    check_path("path", path)
    return Path(os.path.realpath(path))


def beside(target: Path, ending: str) -> Path:
    """Give a new name beside a model folder."""
    return target.parent / f".{target.name}.{secrets.token_hex(4)}.{ending}"


def is_model_folder(place: Path) -> bool:
    """Tell whether a folder says that it holds a model."""
    return _config_of(place) is not None


def kind_of(path: str | os.PathLike[str]) -> str | None:
    """Give the kind of what a folder says that it holds; None where it is no model folder."""
    config = _config_of(resolve(path))
    return None if config is None else str(config.get("kind"))


def _config_of(place: Path) -> dict[str, Any] | None:
    try:
        config = json.loads((place / CONFIG).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return config if isinstance(config, dict) and config.get("format") == FORMAT else None


def identity(place: Path) -> tuple[int, ...] | None:
    """Give what changes when a folder is replaced; None where there is none."""
    try:
        status = place.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def leftovers(target: Path, ending: str) -> list[tuple[float, Path]]:
    """Give the folders beside `target` with that ending and when they last changed, newest last."""
    start, end, found = f".{target.name}.", f".{ending}", []
    with contextlib.suppress(FileNotFoundError):
        for place in target.parent.iterdir():
            if place.name.startswith(start) and place.name.endswith(end):
                with contextlib.suppress(FileNotFoundError):  # its owner may be deleting it
                    found.append((place.stat().st_mtime, place))
    return sorted(found)


def digest(content: bytes) -> str:
    """Give the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()
