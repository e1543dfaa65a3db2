"""Writing a model folder so that nothing is ever lost, and reading it so that nothing is believed.

A rename cannot replace a folder that is not empty, so saving takes two: the old folder is moved aside, the
new one, complete and flushed to disk, is moved into its place, and the old one is deleted. A crash between
the two leaves the name free and the old folder beside it under a name that `read_model_folder` knows and
reads instead. This needs nothing but `rename`, so it is the same on Linux, macOS and Windows.

config.json holds size and SHA-256 of the other files, so that a damaged or mixed folder is seen. README.md is
for people, may be edited, and is never read back for use.
"""

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from ..errors import ModelFolderError

__all__ = ["ModelFolder", "check_target", "read_model_folder", "write_model_folder"]

FORMAT, VERSION = "elman-model", 1
CONFIG, ARRAYS, WORDS, CARD = "config.json", "model.safetensors", "vocabulary.txt", "README.md"
NEW, OLD = "saving", "old"
"""Endings of the two names beside a model folder while it is being replaced."""
LEFTOVER_SECONDS = 3600
"""What a crashed save left beside a folder is deleted when it is so old that no running save can own it."""
ATTEMPTS = 20


@dataclass(frozen=True, eq=False)
class ModelFolder:
    """What a model folder holds.

    config : settings that JSON can hold
    arrays : by name, float32 or float64, finite
    vocabulary : words in the order of their ids; None where a model reads no words
    card : Markdown for people
    """

    config: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    vocabulary: tuple[str, ...] | None
    card: str


def check_target(path: str | os.PathLike[str]) -> None:
    """Raise ModelFolderError unless `path` is free, an empty folder, or a model folder that may be replaced."""
    target = _resolve(path)
    if not target.exists():
        _check_parent(target, str(path))
        return
    if not target.is_dir():
        raise ModelFolderError(f"{path}: is a file; name a folder to be made")
    for _ in range(ATTEMPTS):
        before = _identity(target)
        if _may_be_replaced(target):
            return
        if _identity(target) == before:  # else another process was putting a new folder in place
            break
    raise ModelFolderError(
        f"{path}: is a folder, but not of an Elman model, so it is not replaced; name another, or remove it"
    )


def _check_parent(target: Path, shown: str) -> None:
    """Raise ModelFolderError unless a folder could be made there."""
    nearest = next(parent for parent in target.parents if parent.exists())
    if not nearest.is_dir():
        raise ModelFolderError(f"{shown}: {nearest} is a file, so no folder can be made in it")
    if not os.access(nearest, os.W_OK):
        raise ModelFolderError(f"{shown}: nothing may be written in {nearest}; name another folder")


def write_model_folder(path: str | os.PathLike[str], folder: ModelFolder) -> None:
    """Save, so that at every instant either the old or the new folder can be read.

    The same content gives the same bytes. Missing parents of `path` are made.

    Raises
    ------
    ModelFolderError
        `path` holds something else than a model folder, or cannot be written; what was there is still there.
    """
    check_target(path)
    target = _resolve(path)
    beside = _beside(target, NEW)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        _write_files(beside, _contents(folder))
        _put_in_place(beside, target)
    except OSError as error:
        raise ModelFolderError(f"{path}: cannot be saved: {error.strerror or error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def read_model_folder(path: str | os.PathLike[str]) -> ModelFolder:
    """Read and check every part.

    Raises
    ------
    ModelFolderError
        Missing, made by a newer version, or damaged; names the file and what is wrong with it.
    """
    target = _resolve(path)
    for attempt in range(1, ATTEMPTS + 1):
        place = _place_to_read(target)
        before = _identity(place)
        try:
            folder = _read(place, str(path))
        except ModelFolderError:
            if attempt == ATTEMPTS or _identity(_place_to_read(target)) == before:
                raise
        else:
            if attempt == ATTEMPTS or _identity(place) == before:
                return folder
        # Another process put a new folder in place while this one was read: read again.
    raise AssertionError("unreachable")


def _resolve(path: str | os.PathLike[str]) -> Path:
    return Path(os.path.realpath(path))


def _beside(target: Path, ending: str) -> Path:
    return target.parent / f".{target.name}.{secrets.token_hex(4)}.{ending}"


def _may_be_replaced(place: Path) -> bool:
    try:
        return not any(place.iterdir()) or _is_model_folder(place)
    except FileNotFoundError:
        return True


def _is_model_folder(place: Path) -> bool:
    try:
        config = json.loads((place / CONFIG).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(config, dict) and config.get("format") == FORMAT


# Writing


def _contents(folder: ModelFolder) -> dict[str, bytes]:
    files = {ARRAYS: save_arrays({name: np.ascontiguousarray(folder.arrays[name]) for name in sorted(folder.arrays)})}
    if folder.vocabulary is not None:
        files[WORDS] = "".join(word + "\n" for word in folder.vocabulary).encode()
    listed = {name: {"bytes": len(content), "sha256": _digest(content)} for name, content in files.items()}
    config = {"format": FORMAT, "format_version": VERSION, "files": listed, **folder.config}
    files[CONFIG] = (json.dumps(config, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()
    files[CARD] = folder.card.encode()
    return files


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write_files(place: Path, files: Mapping[str, bytes]) -> None:
    place.mkdir()
    for name, content in files.items():
        with open(place / name, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _flush_folder(place)


def _flush_folder(place: Path) -> None:
    """Make the names in a folder durable; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put_in_place(new: Path, target: Path) -> None:
    """Move what is at `target` aside, and `new` there. Two processes that do this at once take turns."""
    aside: list[Path] = []
    try:
        for attempt in range(1, ATTEMPTS + 1):
            with contextlib.suppress(FileNotFoundError):
                old = _beside(target, OLD)
                os.rename(target, old)
                aside.append(old)
            try:
                os.rename(new, target)
                break
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or attempt == ATTEMPTS:
                    raise
        _flush_folder(target.parent)
    except OSError:
        if aside and not target.exists():
            os.rename(aside.pop(), target)
        raise
    finally:
        for old in aside:
            _remove(old, target)


def _remove(old: Path, target: Path) -> None:
    """Delete an old folder, under a name that no reader looks for: one that is half deleted must not be read."""
    gone = _beside(target, NEW)
    try:
        os.rename(old, gone)
    except OSError:
        gone = old
    shutil.rmtree(gone, ignore_errors=True)


def _remove_leftovers(target: Path) -> None:
    found = _leftovers(target, NEW) + (_leftovers(target, OLD) if target.exists() else [])
    for changed, place in found:
        if time.time() - changed > LEFTOVER_SECONDS:
            shutil.rmtree(place, ignore_errors=True)


def _leftovers(target: Path, ending: str) -> list[tuple[float, Path]]:
    """Give the folders beside `target` with that ending and when they last changed, newest last."""
    start, end, found = f".{target.name}.", f".{ending}", []
    with contextlib.suppress(FileNotFoundError):
        for place in target.parent.iterdir():
            if place.name.startswith(start) and place.name.endswith(end):
                with contextlib.suppress(FileNotFoundError):  # its owner may be deleting it
                    found.append((place.stat().st_mtime, place))
    return sorted(found)


# Reading


def _place_to_read(target: Path) -> Path:
    """Give the folder, or, where a save was cut off between its two renames, the old one beside it."""
    if target.exists():
        return target
    aside = [place for _, place in _leftovers(target, OLD) if _is_model_folder(place)]
    return aside[-1] if aside else target


def _identity(place: Path) -> tuple[int, ...] | None:
    try:
        status = place.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def _read(place: Path, shown: str) -> ModelFolder:
    if not place.is_dir():
        what = "is a file, not a model folder" if place.exists() else "there is no such model folder"
        raise ModelFolderError(f"{shown}: {what}; `elman train ... --out {shown}` makes one")
    config = _read_config(place, shown)
    files = {name: _read_file(place, name, entry, shown) for name, entry in config.pop("files").items()}
    vocabulary = _read_words(files[WORDS], shown) if WORDS in files else None
    card = ""
    with contextlib.suppress(OSError):
        card = (place / CARD).read_text("utf-8", errors="replace")
    return ModelFolder(config, _read_arrays(files[ARRAYS], shown), vocabulary, card)


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
    if not isinstance(files, dict) or ARRAYS not in files or not set(files) <= {ARRAYS, WORDS}:
        raise ModelFolderError(f'{where}: "files" must list {ARRAYS} and perhaps {WORDS}; the folder is damaged')
    return config


def _read_file(place: Path, name: str, entry: Any, shown: str) -> bytes:
    try:
        content = (place / name).read_bytes()
    except OSError as error:
        raise ModelFolderError(f"{shown}/{name}: cannot be read: {error.strerror or error}") from None
    if not isinstance(entry, dict) or entry.get("sha256") != _digest(content):
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


def _read_words(content: bytes, shown: str) -> tuple[str, ...]:
    where = f"{shown}/{WORDS}"
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ModelFolderError(f"{where}: byte {error.start + 1} is not UTF-8") from None
    words = lines[:-1]
    if lines[-1] or not all(words) or len(set(words)) != len(words):
        raise ModelFolderError(f"{where}: must hold one word a line, none empty, none twice, a line break after each")
    return tuple(words)
