"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

__all__ = [
    "Activation",
    "Cell",
    "InitialState",
    "Json",
    "LabelColumn",
    "Merge",
    "ModelFolderArgument",
    "Pooling",
    "Schedule",
    "Seed",
    "TextColumn",
    "Threads",
    "Units",
]

ModelFolderArgument = Annotated[Path, typer.Argument(metavar="MODEL", help="A model folder.")]
TextColumn = Annotated[str | None, typer.Option(help="Name of the column of texts; usual names are found.")]
LabelColumn = Annotated[str | None, typer.Option(help="Name of the column of labels; usual names are found.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for programs.")]
Seed = Annotated[int, typer.Option(help="Seed of weights, order and dropout.")]
Threads = Annotated[
    int | None, typer.Option(min=1, help="Threads; as many as processors by default. They change no result.")
]


def _listed(kind: type, what: str) -> Callable[[str], Any]:
    """Give a parser of "a,b,c": one item as it is, several as a tuple."""

    def parse(text: str) -> Any:
        try:
            items = tuple(kind(item.strip()) for item in text.split(","))
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not {what}") from None
        return items[0] if len(items) == 1 else items

    return parse


Cell = Literal["simple-rnn", "gru", "lstm"]
Merge = Literal["concat", "sum", "mul", "ave"]
Activation = Literal["tanh", "relu", "sigmoid"]
InitialState = Literal["zeros", "random", "learned"]
Schedule = Literal["linear", "constant"]
Units = Annotated[
    Any,
    typer.Option(
        parser=_listed(int, "a width such as 128, or widths such as 128,64"),
        metavar="N[,N...]",
        help="Width of the recurrent layers, or of each.",
    ),
]
Pooling = Annotated[
    Any,
    typer.Option(
        parser=_listed(str, "a kind of pooling"),
        metavar="KIND[,KIND...]",
        help="How states become one vector: last, max, mean, attention.",
    ),
]
