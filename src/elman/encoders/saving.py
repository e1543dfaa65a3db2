"""Fitted encoders to folders and back; settings of encoders as JSON can hold them."""

import os
from typing import Any

import numpy as np

from .._version import __version__
from ..errors import ElmanError, ModelFolderError
from ..modelfolder import ModelFolder, kind_of, read_model_folder, write_model_folder
from ..text import Tokenizer, Vocabulary
from . import ENCODERS, Encoder

__all__ = ["KINDS", "check_replaced", "described", "from_description", "load", "plain", "restored", "save"]

KINDS: dict[str, type[Encoder]] = {kind.__name__: kind for kind in ENCODERS}


def described(encoder: Encoder) -> dict[str, Any]:
    """Give kind and settings, as JSON can hold them."""
    given = encoder._saved_params()
    return {"kind": type(encoder).__name__, "parameters": {name: plain(value) for name, value in given.items()}}


def plain(value: Any) -> Any:
    """Give a setting as JSON can hold it: NumPy's numbers and arrays, tuples, paths and encoders are turned into it."""
    if isinstance(value, Encoder):
        return described(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value


def from_description(config: Any) -> Encoder:
    """Make an encoder with these settings. Raises an ElmanError or a built-in error where there is none."""
    kind, parameters = config["kind"], config["parameters"]
    if kind not in KINDS:
        raise ModelFolderError(f'"kind" is {kind!r}, this Elman knows {", ".join(KINDS)}')
    return KINDS[kind]().set_params(**{name: _given(value) for name, value in parameters.items()})


def _given(value: Any) -> Any:
    """Give a setting as it was before `plain`, lists as the tuples that settings are."""
    if isinstance(value, dict):
        return from_description(value)
    return tuple(map(_given, value)) if isinstance(value, list) else value


def save(encoder: Encoder, path: "str | os.PathLike[str]") -> None:
    """Write a fitted encoder as a folder. Raises InputError if a setting of use is not what it must be."""
    config = {
        "elman_version": __version__,
        **described(encoder),
        "tokenizer": encoder.tokenizer_.to_config(),
        "facts": encoder.facts(),
    }
    read = from_description(config)
    read.check_params()  # or `load` would refuse the folder
    card = (
        f"# {type(encoder).__name__}\n\nAn encoder of texts, by Elman {__version__}, of "
        f"{len(encoder.vocabulary_):,} words. `elman.load(folder)` reads it.\n\n    {read!r}\n"
    )
    check_replaced(path, encoder=True)
    write_model_folder(path, ModelFolder(config, encoder.arrays(), {"vocabulary": encoder.vocabulary_.words}, card))


def check_replaced(path: "str | os.PathLike[str]", encoder: bool) -> None:
    """Raise ModelFolderError where an encoder would replace a model, or a model an encoder."""
    kind = kind_of(path)
    if kind is not None and (kind in KINDS) != encoder:
        old, new = ("a model", "an encoder") if encoder else ("an encoder", "a model")
        raise ModelFolderError(
            f"{path}: holds {old}, {kind:.60}, which {new} does not replace; name another folder, or remove it"
        )


def load(path: "str | os.PathLike[str]") -> Encoder:
    """Read a folder that `save` wrote.

    Raises
    ------
    ModelFolderError
        The folder is missing or damaged, or holds a model and no encoder; names what is wrong with it.
    """
    folder = read_model_folder(path)
    kind = folder.config.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(KINDS)
        raise ModelFolderError(f"{path}: holds a {kind!s:.60}, which is no encoder that this Elman knows: {known}")
    try:
        return restored(folder)
    except (ElmanError, TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise ModelFolderError(f"{path}: is damaged: {error}; fit or copy it again") from error


def restored(folder: ModelFolder) -> Encoder:
    """Make an encoder of what a folder holds. Raises an ElmanError or a built-in error where that is damaged."""
    config = folder.config
    encoder = from_description(config)
    tokenizer = Tokenizer.from_config(config.get("tokenizer"))
    encoder.take_up(Vocabulary(folder.lists["vocabulary"]), tokenizer, folder.arrays, config["facts"])
    return encoder
