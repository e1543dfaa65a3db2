"""Writing a model folder so that nothing is ever lost.

A rename cannot replace a folder that is not empty, so saving takes two: the new folder is written beside and
flushed to disk, the old one is moved aside, the new one is moved into its place, and only then is the old one
deleted. A crash between the two renames leaves the name free and the old folder beside it, where
`read_model_folder` finds it and the next save puts it back. Linux and macOS could exchange two folders in one
call, but not through Python's own functions and not on every file system, so that this way would be needed
all the same. It needs nothing but `rename`, is the same everywhere, and its every step is tested.

Two processes that save at once take turns by retrying: names beside are unique, and the later one wins.
Deleted is only what carries such a name and has not changed for an hour, too long for a save that still runs.
"""

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import ModelFolderError
from .contents import folder_to_files
from .folder import ARRAYS, CARD, CONFIG, WORDS, ModelFolder
from .places import (
    ATTEMPTS,
    OLD,
    SAVING,
    Location,
    beside,
    identity,
    is_model_folder,
    leftovers,
    moved_aside,
    remove,
    resolve,
)

__all__ = ["check_target", "write_model_folder"]

LEFTOVER_SECONDS = 3600
OURS = frozenset({CONFIG, ARRAYS, WORDS, CARD})
OF_FILE_MANAGERS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What macOS and Windows put into a folder that someone looks at. It may go with the old folder."""


def write_model_folder(path: Location, folder: ModelFolder) -> None:
    """Save, so that at every instant, a power cut included, the old or the new folder can be read.

    The same content gives the same bytes; modes follow the umask; missing parents of `path` are made; a link
    is followed. Of an old folder everything is replaced, an edited card included.

    Parameters
    ----------
    path : str or path-like
    folder : ModelFolder

    Raises
    ------
    InputError
        `folder` could not be read back: weights that are not finite, words that stand twice, ...
    ModelFolderError
        `path` is something that must not be replaced (see `check_target`), or cannot be written, as on a
        full disk. What was there is there, as it was, and nothing else.
    """
    files = folder_to_files(folder)
    check_target(path)
    target = resolve(path)
    new = beside(target, SAVING)
    try:
        with _parents(target):
            _tidy(target)
            try:
                _write_files(new, files)
                _put_in_place(new, target, path)
            finally:
                shutil.rmtree(new, ignore_errors=True)
    except OSError as error:
        raise ModelFolderError(
            f"{path}: cannot be saved: {error.strerror or error}; what was there is still there. "
            "Make room or ask for permission, or name another folder, and save again"
        ) from error


def check_target(path: Location) -> None:
    """Raise ModelFolderError unless `path` is free, an empty folder, or a model folder that may be replaced.

    Worth a call before hours of training. A file, a folder of anything else, a model folder to which someone
    added files of his own, and the folder that the process stands in are never replaced.
    """
    target = resolve(path)
    _check_parent(target, path)
    for _ in range(ATTEMPTS):
        before = identity(target)
        obstacle = _obstacle(target)
        if obstacle is None:
            return
        if identity(target) == before:  # else another process was putting a new folder in place
            break
    raise ModelFolderError(f"{path}: {obstacle}")


def _check_parent(target: Path, path: Location) -> None:
    resolve(beside(target, SAVING))  # the longest name that will be needed
    nearest = next(parent for parent in (*target.parents, target) if parent.exists())
    if not nearest.is_dir():
        raise ModelFolderError(f"{path}: {nearest} is a file, so no folder can be made in it; name another")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ModelFolderError(f"{path}: nothing may be written in {nearest}; name another folder")


def _obstacle(place: Path) -> str | None:
    """Say why what is there must not be replaced; None where it may be, or where there is nothing."""
    try:
        names = set(os.listdir(place))
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return "is a file; name a folder to be made"
    except OSError as error:
        return f"cannot be looked into: {error.strerror or error}; name another folder"
    if _is_current_folder(place):
        return "is the folder you are in, which cannot be replaced from within; go up and name it from there"
    if names and not is_model_folder(place):
        return "is a folder, but not of an Elman model, so it is not replaced; name another, or remove it"
    if foreign := sorted(names - OURS - OF_FILE_MANAGERS):
        return f"holds {foreign[0]}, no part of a model, which would be lost; move it out, or name another folder"
    return None


def _is_current_folder(place: Path) -> bool:
    try:
        return place.samefile(os.curdir)
    except OSError:  # one of the two is gone
        return False


@contextlib.contextmanager
def _parents(target: Path) -> Iterator[None]:
    """Make the parents that are missing, and take them away again if saving fails."""
    missing = [parent for parent in target.parents if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for parent in missing:
            _flush_folder(parent.parent)
        yield
    except BaseException:
        for parent in missing:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise


def _tidy(target: Path) -> None:
    """Put back what a crashed save moved aside, and delete what is too old to belong to a running one.

    Should the save not have crashed but be between its renames at this very moment, it finds the name taken,
    and moves the old folder aside once more.
    """
    if not target.exists() and (old := moved_aside(target)):
        with contextlib.suppress(OSError):
            os.rename(old, target)
    for changed, place in leftovers(target, SAVING) + leftovers(target, OLD):
        if time.time() - changed > LEFTOVER_SECONDS:
            remove(place, target)


def _write_files(place: Path, files: Mapping[str, bytes]) -> None:
    place.mkdir()
    for name, content in files.items():
        with open(place / name, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _flush_folder(place)


def _flush_folder(place: Path) -> None:
    """Make the names in a folder durable. Windows, and some network file systems, have no such call."""
    if os.name == "nt":
        return
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def _put_in_place(new: Path, target: Path, path: Location) -> None:
    """Move what is at `target` aside and `new` there; or fail, with everything where it was."""
    mine = new.stat()
    aside: list[Path] = []
    try:
        _swap(new, target, aside, path)
        _flush_folder(target.parent)
    except BaseException:  # Ctrl-C, too, must not find the way half gone
        _undo(new, target, aside, mine)
        raise
    for old in aside:
        remove(old, target)


def _swap(new: Path, target: Path, aside: list[Path], path: Location) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        aside.append(beside(target, OLD))  # noted first: an interrupt after the rename must find the name
        _move_aside(target, aside[-1], path)
        try:
            os.rename(new, target)
            return
        except OSError as error:  # taken: another process was faster
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or attempt == ATTEMPTS:
                raise


def _move_aside(target: Path, old: Path, path: Location) -> None:
    with contextlib.suppress(OSError):
        os.utime(target)  # an hour from now, not from its making, is what `_tidy` must count
    try:
        os.rename(target, old)
    except FileNotFoundError:
        return
    if obstacle := _obstacle(old):  # it came there after `check_target` had looked
        raise ModelFolderError(f"{path}: {obstacle}")


def _undo(new: Path, target: Path, aside: list[Path], mine: os.stat_result) -> None:
    """Go back as far as it goes. What cannot be moved back stays aside, where it is found by reading."""
    with contextlib.suppress(OSError):
        if os.path.samestat(target.stat(), mine):
            os.rename(target, new)
    for old in reversed(aside):
        if target.exists():
            remove(old, target)
        else:
            with contextlib.suppress(OSError):
                os.rename(old, target)
