"""Loading a model for commands that read texts."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError, ModelFolderError

if TYPE_CHECKING:
    from ..estimators.tasks import Task

__all__ = ["load_model", "load_model_for"]


def load_model(path: Path, threads: int | None) -> "tuple[Any, Task]":
    """Load a model folder, and give its task. Raises ModelFolderError for an encoder, and for a model that
    reads numbers instead of texts.
    """
    from ..encoders import Encoder
    from ..estimators import load
    from ..estimators.tasks import task_of

    model = load(path)
    if isinstance(model, Encoder):
        raise ModelFolderError(
            f"{path}: holds an encoder, {type(model).__name__}, and no model; `elman embed DATA --encoder {path}` uses "
            "it, and `elman neighbors` where it has vectors of words"
        )
    try:
        task = task_of(model)
    except InputError as mistake:
        raise ModelFolderError(f"{path}: is {mistake}") from None
    return model.set_params(threads=threads), task


def load_model_for(command: str, path: Path, threads: int | None) -> Any:
    """Load the model folder of a task that has this command. Raises ModelFolderError that names the right one."""
    model, task = load_model(path, threads)
    if task.command != command:
        raise ModelFolderError(
            f"{path}: is a {type(model).__name__}, which `elman {command}` does not use; call `elman {task.command} "
            f"{path}`"
        )
    return model
