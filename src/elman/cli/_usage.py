"""Wrong usage: what cannot be meant, said in the words of the command line."""

import re
from typing import TYPE_CHECKING, Any

import typer

from ..errors import InputError

if TYPE_CHECKING:
    from ..estimators.tasks import Task

__all__ = ["StoppedError", "WrongUsageError", "as_option", "as_typed", "check_settings", "columns_of", "given_options"]


class WrongUsageError(Exception):
    """Options or arguments that do not go together; the command ends with status 2."""


class StoppedError(Exception):
    """The user pressed Ctrl-C; the message says what is left, and the command ends with status 130."""


def given_options(context: typer.Context) -> list[str]:
    """Name the parameters that were typed, whatever their value."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]


def columns_of(task: "Task", context: typer.Context, of_a: str) -> dict[str, Any]:
    """Give the options that choose the columns of a task's data. Raises WrongUsageError for those of other tasks."""
    from ..estimators.tasks import TASKS

    foreign = {name for other in TASKS.values() for name in other.columns} - set(task.columns)
    for name in given_options(context):
        if name in foreign:
            raise WrongUsageError(f"{as_option(name)} has no effect {of_a}: leave it out")
    return {name: context.params[name] for name in task.columns}


def as_option(name: str) -> str:
    """Give a parameter as it is typed."""
    return f"--{name.replace('_', '-')}"


def check_settings(model: Any, context: typer.Context) -> None:
    """Raise WrongUsageError for settings that are not what they must be, or that were typed and change nothing."""
    try:
        useless = model.without_use()
        for name in given_options(context):
            if name in useless:
                raise InputError(f"{name}={getattr(model, name)!r} has no effect {useless[name]}")
        model.check_params()
    except InputError as mistake:
        raise WrongUsageError(as_typed(str(mistake), context)) from None


def as_typed(message: str, context: typer.Context) -> str:
    """Turn the parameters that an estimator's message names into the command's options.

    That is where a message has a name with an underscore, `name=value`, "name must", "give name," or "leave
    name out"; elsewhere "units" or "layers" are plain words. What no option says is left out.
    """
    for parameter in context.command.params:
        name, option = parameter.name or "", parameter.opts[0]
        off = parameter.secondary_opts[0] if parameter.secondary_opts else f"no {option}"
        message = re.sub(rf"\b{name}=True\b", option, message)
        message = re.sub(rf"\b{name}=False\b", off, message)
        message = re.sub(rf"\b{name}=(['\"]?)([^\s:;,]+)\1(?=[\s:;,]|$)", rf"{option} \2", message)
        message = re.sub(rf"^(?:\w+: )?{name}(?= must\b)", option, message)
        message = re.sub(rf"\bgive {name},", f"give {option},", message)
        message = re.sub(rf"\bleave {name} out\b", f"leave {option} out", message)
        if "_" in name:
            message = re.sub(rf"(?<!['\"\w/]){name}(?!['\"\w])", option, message)
    return message.replace(", or None,", ",").replace(", or early_stopping=False", "")
