"""Reading a field of a config so that a wrong one is named, not met later as a TypeError."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, TypeVar

from ..errors import ModelFolderError

__all__ = ["REMEDY", "optional", "require", "require_list"]

T = TypeVar("T", int, float, str, bool, list[Any], dict[str, Any])

REMEDY = "the folder is damaged: train again, or copy it again from where it is whole"

_NAMES: dict[type, str] = {
    int: "a whole number",
    float: "a finite number",
    str: "a string",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


def require(config: Mapping[str, Any], name: str, kind: type[T], where: str) -> T:
    """Give the field `name` of a config that was read from JSON.

    Parameters
    ----------
    config : mapping
        What JSON gave: plain dicts, lists, strings, numbers, booleans, None.
    name : str
    kind : int, float, str, bool, list or dict
        `true` is no int, and an int is taken for a float.
    where : str
        What stands before the message, such as "config.json: layers[2]".

    Raises
    ------
    ModelFolderError
        The field is missing or of another kind.

    Examples
    --------
    >>> require({"units": 128}, "units", int, "config.json: layers[2]")
    128
    >>> require({"units": True}, "units", int, "config.json: layers[2]")
    Traceback (most recent call last):
    elman.errors.ModelFolderError: config.json: layers[2]: "units" must be a whole number, got True; ...
    """
    if name not in config:
        raise ModelFolderError(f'{where}: "{name}" is missing; {REMEDY}')
    return _as(config[name], kind, f'{where}: "{name}"')


def optional(config: Mapping[str, Any], name: str, kind: type[T], where: str) -> T | None:
    """Give a field as `require` does, or None where it is missing or null."""
    return None if config.get(name) is None else require(config, name, kind, where)


def require_list(config: Mapping[str, Any], name: str, kind: type[T], where: str) -> list[T]:
    """Give a list whose items are all of one kind; errors name the item, as in `"layers"[2]`."""
    items = require(config, name, list, where)
    return [_as(item, kind, f'{where}: "{name}"[{number}]') for number, item in enumerate(items)]


def _as(value: Any, kind: type[T], what: str) -> T:
    if kind is float and type(value) is int:
        value = _to_float(value)
    # Not isinstance, for which True is an int: JSON gives these very types.
    if type(value) is not kind or (type(value) is float and not isfinite(value)):
        raise ModelFolderError(f"{what} must be {_NAMES[kind]}, got {_short(value)}; {REMEDY}")
    return value


def _to_float(value: int) -> float:
    return float(value) if abs(value) <= 2**1000 else float("inf")


def _short(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 60 else text[:60] + "..."
