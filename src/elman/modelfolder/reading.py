"""Reading a model folder so that nothing is believed: every part is checked before use."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays

from ..errors import ModelFolderError
from .folder import (
    ARRAYS,
    ATTEMPTS,
    CARD,
    CONFIG,
    FORMAT,
    LISTS,
    OLD,
    VERSION,
    ModelFolder,
    digest,
    identity,
    is_model_folder,
    leftovers,
    resolve,
)

__all__ = ["read_model_folder"]


def read_model_folder(path: str | os.PathLike[str]) -> ModelFolder:
    """Read and check every part.

    Raises
    ------
    ModelFolderError
        Missing, made by a newer version, or damaged; names the file and what is wrong with it.
    """
    target = resolve(path)
    for attempt in range(1, ATTEMPTS + 1):
        place = _place_to_read(target)
        before = identity(place)
        try:
            folder = _read(place, str(path))
        except ModelFolderError:
            # Nothing there may be a folder between two renames, so that is asked again as well.
            if attempt == ATTEMPTS or (before is not None and identity(_place_to_read(target)) == before):
                raise
        else:
            if attempt == ATTEMPTS or identity(place) == before:
                return folder
        # Another process put a new folder in place while this one was read: read again.
    raise AssertionError("unreachable")


def _place_to_read(target: Path) -> Path:
    """Give the folder, or, where a save was cut off between its two renames, the old one beside it."""
    if target.exists():
        return target
    aside = [place for _, place in leftovers(target, OLD) if is_model_folder(place)]
    return aside[-1] if aside else target


def _read(place: Path, shown: str) -> ModelFolder:
    if not place.is_dir():
        if place.exists():
            raise ModelFolderError(f"{shown}: is a file, not a model folder; name the folder that a model was saved to")
        raise ModelFolderError(f"{shown}: there is no such model folder; `elman train ... --out {shown}` makes one")
    config = _read_config(place, shown)
    files = {name: _read_file(place, name, entry, shown) for name, entry in config.pop("files").items()}
    lists = {name: _read_words(files[file], f"{shown}/{file}") for name, file in LISTS.items() if file in files}
    card = ""
    with contextlib.suppress(OSError):
        card = (place / CARD).read_text("utf-8", errors="replace")
    return ModelFolder(config, _read_arrays(files[ARRAYS], shown), lists, card)


def _read_config(place: Path, shown: str) -> dict[str, Any]:
    where = f"{shown}/{CONFIG}"
    try:
        config = json.loads((place / CONFIG).read_bytes())
    except FileNotFoundError:
        raise ModelFolderError(f"{shown}: holds no {CONFIG}, so it is not a model folder") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFolderError(
            f"{where}: cannot be read: {error}; the folder is damaged, train or copy it again"
        ) from None
    if not isinstance(config, dict) or config.pop("format", None) != FORMAT:
        raise ModelFolderError(f'{where}: "format" is not "{FORMAT}", so this is not an Elman model')
    version = config.pop("format_version", None)
    if version != VERSION or isinstance(version, bool):
        newer = isinstance(version, int) and version > VERSION
        remedy = "it was made by a newer Elman: upgrade this one" if newer else "the folder is damaged"
        raise ModelFolderError(f'{where}: "format_version" is {version!r}, this Elman reads {VERSION}; {remedy}')
    files = config.get("files")
    if not isinstance(files, dict) or ARRAYS not in files or not set(files) <= {ARRAYS, *LISTS.values()}:
        lists = " and ".join(LISTS.values())
        raise ModelFolderError(f'{where}: "files" must list {ARRAYS} and perhaps {lists}; the folder is damaged')
    return config


def _read_file(place: Path, name: str, entry: Any, shown: str) -> bytes:
    try:
        content = (place / name).read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise ModelFolderError(
            f"{shown}/{name}: cannot be read: {reason}; the folder is damaged, train or copy it again"
        ) from None
    if not isinstance(entry, dict) or entry.get("sha256") != digest(content):
        raise ModelFolderError(
            f"{shown}/{name}: is damaged, or belongs to another {CONFIG}: its SHA-256 differs; train or copy it again"
        )
    return content


def _read_arrays(content: bytes, shown: str) -> dict[str, NDArray[Any]]:
    where = f"{shown}/{ARRAYS}"
    try:
        arrays = load_arrays(content)
    except (SafetensorError, ValueError, TypeError, KeyError) as error:
        raise ModelFolderError(f"{where}: is no safetensors file: {error}") from None
    for name, array in arrays.items():
        if array.dtype not in (np.float32, np.float64):
            raise ModelFolderError(f"{where}: {name} must be float32 or float64, got {array.dtype}")
        if not np.isfinite(array).all():
            raise ModelFolderError(f"{where}: {name} holds NaN or infinity; the weights are broken, train again")
    return arrays


def _read_words(content: bytes, where: str) -> tuple[str, ...]:
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ModelFolderError(f"{where}: byte {error.start + 1} is not UTF-8") from None
    words = lines[:-1]
    if lines[-1] or not all(words) or len(set(words)) != len(words):
        raise ModelFolderError(f"{where}: must hold one word a line, none empty, none twice, a line break after each")
    return tuple(words)
