"""Reading a model folder so that nothing is believed: every part is checked before use."""

import contextlib
from pathlib import Path

from ..errors import ModelFolderError
from .contents import arrays_from_bytes, check_listed, config_from_bytes, words_from_bytes
from .fields import REMEDY
from .folder import ARRAYS, CARD, CONFIG, WORDS, ModelFolder
from .places import ATTEMPTS, Location, identity, moved_aside, resolve

__all__ = ["read_model_folder"]


def read_model_folder(path: Location) -> ModelFolder:
    """Read and check every part.

    Where a save was cut off between its two renames, `path` is missing and the folder that was there lies
    beside it; then that one is read. Reading changes nothing on disk.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    ModelFolder
        Its arrays are the caller's own: C-contiguous and writeable.

    Raises
    ------
    ModelFolderError
        Missing, made by a newer version, or damaged; names the folder, the file, what is wrong and what to do.
    """
    target = resolve(path)
    for attempt in range(1, ATTEMPTS + 1):
        place = _place_to_read(target)
        before = identity(place)
        try:
            folder = _read(place, path)
        except ModelFolderError:
            if attempt == ATTEMPTS or identity(_place_to_read(target)) == before:
                raise
        else:
            if attempt == ATTEMPTS or identity(place) == before:
                return folder
        # Another process put a new folder in place while this one was read: read again.
    raise AssertionError("unreachable")


def _place_to_read(target: Path) -> Path:
    return target if target.exists() else moved_aside(target) or target


def _read(place: Path, path: Location) -> ModelFolder:
    _check_folder(place, path)
    config, listing = config_from_bytes(_read_file(place, CONFIG, path), _shown(path, CONFIG))
    files = {name: _read_file(place, name, path) for name in listing}
    for name, content in files.items():
        check_listed(content, listing[name], _shown(path, name))
    arrays = arrays_from_bytes(files[ARRAYS], _shown(path, ARRAYS))
    words = words_from_bytes(files[WORDS], _shown(path, WORDS)) if WORDS in files else None
    return ModelFolder(config, arrays, words, _read_card(place))


def _shown(path: Location, name: str) -> str:
    return str(Path(path) / name)


def _check_folder(place: Path, path: Location) -> None:
    if not place.exists():
        raise ModelFolderError(f"{path}: there is no such model folder; `elman train` makes one")
    if not place.is_dir():
        raise ModelFolderError(f"{path}: is a file, not a model folder; name the folder")


def _read_file(place: Path, name: str, path: Location) -> bytes:
    try:
        if not (place / name).is_file():  # nor a pipe, on which reading would wait
            why = "so it is not a model folder; name one" if name == CONFIG else REMEDY
            raise ModelFolderError(f"{_shown(path, name)}: there is no such file, {why}")
        return (place / name).read_bytes()
    except OSError as error:
        raise ModelFolderError(
            f"{_shown(path, name)}: cannot be read: {error.strerror or error}; see who may read it"
        ) from None


def _read_card(place: Path) -> str:
    """Give the card as it is; one that was deleted or spoilt is no reason to refuse the model."""
    with contextlib.suppress(OSError):
        return (place / CARD).read_bytes().decode(errors="replace")
    return ""
