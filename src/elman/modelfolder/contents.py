"""The content of each file as bytes, and back: the one home of the format. No file is touched here.

What cannot be read back is refused before it is written (InputError: the caller's mistake); what is read is
believed in nothing (ModelFolderError: the folder's). Both ask the same questions of arrays and words.
The same content gives the same bytes: keys and arrays are sorted, and no time is noted.
"""

import json
import math
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from ..errors import InputError, ModelFolderError
from .fields import REMEDY, require
from .folder import ARRAYS, CARD, CONFIG, FORMAT, VERSION, WORDS, ModelFolder

__all__ = [
    "Listing",
    "arrays_from_bytes",
    "arrays_to_bytes",
    "check_listed",
    "config_from_bytes",
    "config_to_bytes",
    "folder_to_files",
    "words_from_bytes",
    "words_to_bytes",
]

Listing = dict[str, tuple[int, str]]
"""Size in bytes and SHA-256 of each file by name."""

_RESERVED = {"format", "format_version", "files", "sha256"}


def folder_to_files(folder: ModelFolder) -> dict[str, bytes]:
    """Give the bytes of each file by name.

    Raises
    ------
    InputError
        A part of `folder` could not be read back.
    """
    files = {ARRAYS: arrays_to_bytes(folder.arrays)}
    if folder.vocabulary is not None:
        files[WORDS] = words_to_bytes(folder.vocabulary)
    files[CONFIG] = config_to_bytes(folder.config, files)
    # A card may quote a file name that is not UTF-8. That must not cost anyone a trained model.
    files[CARD] = folder.card.encode("utf-8", errors="replace")
    return files


# Config


def config_to_bytes(config: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """Give config.json: the settings, the list of `files`, and the seal over both.

    Raises
    ------
    InputError
        JSON cannot hold `config`, or it uses a name of the format's own.
    """
    if taken := sorted(_RESERVED & config.keys()):
        raise InputError(f"config must leave the names {', '.join(taken)} to the format; use other names")
    listed = {name: {"bytes": len(content), "sha256": _digest(content)} for name, content in files.items()}
    whole = {**config, "format": FORMAT, "format_version": VERSION, "files": listed}
    try:
        plain = json.loads(json.dumps(whole, allow_nan=False))  # as it will be read: keys are strings
        plain["sha256"] = _seal(plain)
        return (json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"config must hold what JSON and UTF-8 can hold: {error}") from None


def config_from_bytes(content: bytes, where: str) -> tuple[dict[str, Any], Listing]:
    """Give the settings, and what is listed of the other files.

    Raises
    ------
    ModelFolderError
        Not JSON, not this format, of a newer version, or changed after it was written.
    """
    config = _parse(content, where)
    _check_format(config, where)
    _check_seal(config, where)
    listed = require(config, "files", dict, where)
    if ARRAYS not in listed or not listed.keys() <= {ARRAYS, WORDS}:
        raise ModelFolderError(f'{where}: "files" must list {ARRAYS} and perhaps {WORDS}; {REMEDY}')
    files = {name: require(listed, name, dict, f'{where}: "files"') for name in listed}
    listing = {name: _listed(entry, f'{where}: "files": {name}') for name, entry in files.items()}
    return {name: value for name, value in config.items() if name not in _RESERVED}, listing


def _parse(content: bytes, where: str) -> dict[str, Any]:
    try:
        config = json.loads(content.decode(), parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise ModelFolderError(f"{where}: is no JSON in UTF-8: {error}; {REMEDY}") from None
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise ModelFolderError(f'{where}: "format" is not "{FORMAT}", so this is not an Elman model')
    return config


def _finite(text: str) -> float:
    """Read a number: Python would take NaN and Infinity for JSON, and 1e999 for infinity."""
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text} is no finite number")
    return value


def _check_format(config: dict[str, Any], where: str) -> None:
    version = require(config, "format_version", int, where)
    if version > VERSION:
        raise ModelFolderError(
            f'{where}: "format_version" is {version}, this Elman reads up to {VERSION}: '
            "the folder was made by a newer Elman; upgrade this one"
        )
    if version < 1:
        raise ModelFolderError(f'{where}: "format_version" must be 1 or more, got {version}; {REMEDY}')


def _check_seal(config: dict[str, Any], where: str) -> None:
    given = require(config, "sha256", str, where)
    try:
        seal = _seal({name: value for name, value in config.items() if name != "sha256"})
    except RecursionError:  # nested so deep that it was never written here
        seal = ""
    if given != seal:
        raise ModelFolderError(f'{where}: "sha256" does not fit: {REMEDY}; config.json is not for editing')


def _listed(entry: dict[str, Any], where: str) -> tuple[int, str]:
    return require(entry, "bytes", int, where), require(entry, "sha256", str, where)


def check_listed(content: bytes, listed: tuple[int, str], where: str) -> None:
    """Raise ModelFolderError unless a file's content has the size and SHA-256 that config.json lists."""
    size, digest = listed
    if len(content) != size:
        raise ModelFolderError(f"{where}: holds {len(content)} bytes, {CONFIG} lists {size}; {REMEDY}")
    if _digest(content) != digest:
        raise ModelFolderError(f"{where}: its SHA-256 is not the one that {CONFIG} lists; {REMEDY}")


def _seal(config: dict[str, Any]) -> str:
    """Give the SHA-256 of a config in one canonical form, so that line breaks and indents do not count."""
    return _digest(json.dumps(config, sort_keys=True).encode())


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


# Arrays


def arrays_to_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Give the safetensors file of named arrays, float32 or float64, of any shape and memory order.

    Raises
    ------
    InputError
        An array is of another type or not finite, or its name cannot stand in the file.
    """
    for name, array in arrays.items():
        if fault := _array_fault(name, array):
            raise InputError(f"arrays: {fault}")
    try:
        return save_arrays({name: _little_endian(arrays[name]) for name in sorted(arrays)})
    except (SafetensorError, ValueError) as error:
        raise InputError(f"arrays: safetensors cannot hold them: {error}") from None


def arrays_from_bytes(content: bytes, where: str) -> dict[str, NDArray[Any]]:
    """Give the arrays of a safetensors file: C-contiguous, writeable, finite.

    Raises
    ------
    ModelFolderError
    """
    try:
        arrays = {
            name: np.require(array, requirements=("C", "W")) for name, array in load_arrays(content).items()
        }
    except (SafetensorError, ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
        raise ModelFolderError(f"{where}: is no safetensors file: {error}; {REMEDY}") from None
    for name, array in arrays.items():
        if fault := _array_fault(name, array):
            raise ModelFolderError(f"{where}: {fault}; train again")
    return arrays


def _array_fault(name: str, array: NDArray[Any]) -> str | None:
    if not name or name == "__metadata__" or not name.isprintable():
        return f"{name!r} is no name for an array"
    if array.dtype.newbyteorder("=") not in (np.float32, np.float64):
        return f"{name} must be float32 or float64, got {array.dtype}"
    if not np.isfinite(array).all():
        return f"{name} holds NaN or infinity"
    return None


def _little_endian(array: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


# Words


def words_to_bytes(words: Sequence[str]) -> bytes:
    """Give vocabulary.txt: UTF-8, a line break after each word.

    Raises
    ------
    InputError
        A word is empty, stands twice, holds a line break, or half a character that UTF-8 cannot hold.
    """
    if fault := _words_fault(words):
        raise InputError(f"vocabulary: {fault}")
    try:
        return "".join(word + "\n" for word in words).encode()
    except UnicodeEncodeError as error:
        raise InputError(f"vocabulary: {error}") from None


def words_from_bytes(content: bytes, where: str) -> tuple[str, ...]:
    """Give the words of vocabulary.txt, all different, none empty.

    Raises
    ------
    ModelFolderError
    """

    def refuse(fault: str) -> NoReturn:
        raise ModelFolderError(f"{where}: {fault}; {REMEDY}")

    try:
        *words, rest = content.decode().split("\n")
    except UnicodeDecodeError as error:
        refuse(f"byte {error.start + 1} is not UTF-8")
    if rest:
        refuse("the last line does not end")
    if fault := _words_fault(words):
        refuse(fault)
    return tuple(words)


def _words_fault(words: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for number, word in enumerate(words, start=1):
        if not word or "\n" in word:
            return f"word {number} must be one line, not empty, got {word!r}"
        if word in seen:
            return f"word {number}, {word!r}, stands there before"
        seen.add(word)
    return None
