"""Writing a model folder so that nothing is ever lost."""

import contextlib
import errno
import json
import os
import shutil
import stat
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save as save_arrays

from ..errors import ModelFolderError
from .folder import (
    ARRAYS,
    ATTEMPTS,
    CARD,
    CONFIG,
    FORMAT,
    LISTS,
    NEW,
    OLD,
    OWN,
    VERSION,
    ModelFolder,
    beside,
    digest,
    identity,
    is_model_folder,
    leftovers,
    resolve,
)

__all__ = ["check_target", "write_model_folder"]

LEFTOVER_SECONDS = 3600
"""What a crashed save left beside a folder is deleted when it is so old that no running save can own it."""


def check_target(path: str | os.PathLike[str]) -> None:
    """Raise ModelFolderError unless a model folder can be written to `path`.

    It must be free, an empty folder, or a model folder in which nothing else lies, since saving replaces it whole;
    and folders can be made beside it.
    """
    target = resolve(path)
    # Asked once: another process may move the folder away between two questions.
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        _check_existing(target, target.stat().st_mode, str(path))
    _try_to_make_a_folder(target, str(path))


def _check_existing(target: Path, mode: int, shown: str) -> None:
    if not stat.S_ISDIR(mode):
        raise ModelFolderError(f"{shown}: is a file; name a folder to be made")
    if target in (here := Path.cwd().resolve(), *here.parents):
        raise ModelFolderError(
            f"{shown}: you are in this folder, so it cannot be replaced; go up and name it from there"
        )
    for _ in range(ATTEMPTS):
        before = identity(target)
        fault = _why_not_replaced(target)
        if fault is None:
            return
        if before is not None and identity(target) == before:  # else another process was putting a new folder in place
            break
    raise ModelFolderError(f"{shown}: {fault}")


def _why_not_replaced(place: Path) -> str | None:
    """Say why a folder must not be replaced, and what to do; None where it may be."""
    try:
        names = sorted(item.name for item in place.iterdir())
    except FileNotFoundError:
        return None
    if names and not is_model_folder(place):
        return "is a folder, but not of an Elman model, so it is not replaced; name another, or remove it"
    foreign = [name for name in names if name not in OWN]
    if foreign:
        return (
            f"holds files that are not of the model and would be lost: {', '.join(foreign):.200}; "
            "move them elsewhere, or name another folder"
        )
    return None


def _try_to_make_a_folder(target: Path, shown: str) -> None:
    """Make a folder where the new one will be written and take it away; permissions alone do not tell (/proc)."""
    nearest = next(parent for parent in target.parents if parent.exists())
    if not nearest.is_dir():
        raise ModelFolderError(f"{shown}: {nearest} is a file, so no folder can be made in it")
    trial = beside(nearest / target.name, NEW)
    try:
        trial.mkdir()
        trial.rmdir()
    except OSError as error:
        raise ModelFolderError(
            f"{shown}: no folder can be made in {nearest}: {error.strerror or error}; name another folder"
        ) from None


def write_model_folder(path: str | os.PathLike[str], folder: ModelFolder) -> None:
    """Save, so that at every instant either the old or the new folder can be read.

    The same content gives the same bytes. Missing parents of `path` are made.

    Raises
    ------
    ModelFolderError
        `path` holds something else than a model folder, or files beside the model's, or cannot be written; what was
        there is still there.
    """
    check_target(path)
    target = resolve(path)
    place = beside(target, NEW)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        _write_files(place, _contents(folder))
        _put_in_place(place, target)
    except OSError as error:
        raise ModelFolderError(f"{path}: cannot be saved: {error.strerror or error}") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _contents(folder: ModelFolder) -> dict[str, bytes]:
    files = {ARRAYS: save_arrays({name: np.ascontiguousarray(folder.arrays[name]) for name in sorted(folder.arrays)})}
    for name, words in folder.lists.items():
        files[LISTS[name]] = "".join(word + "\n" for word in words).encode()
    listed = {name: {"bytes": len(content), "sha256": digest(content)} for name, content in files.items()}
    config = {"format": FORMAT, "format_version": VERSION, "files": listed, **folder.config}
    files[CONFIG] = (json.dumps(config, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()
    files[CARD] = folder.card.encode()
    return files


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
                old = beside(target, OLD)
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
    gone = beside(target, NEW)
    try:
        os.rename(old, gone)
    except OSError:
        gone = old
    shutil.rmtree(gone, ignore_errors=True)


def _remove_leftovers(target: Path) -> None:
    found = leftovers(target, NEW) + (leftovers(target, OLD) if target.exists() else [])
    for changed, place in found:
        if time.time() - changed > LEFTOVER_SECONDS:
            shutil.rmtree(place, ignore_errors=True)
