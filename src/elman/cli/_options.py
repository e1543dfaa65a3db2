"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Json", "LabelColumn", "ModelFolderArgument", "Seed", "TextColumn", "Threads"]

ModelFolderArgument = Annotated[Path, typer.Argument(metavar="MODEL", help="A model folder.")]
TextColumn = Annotated[str | None, typer.Option(help="Name of the column of texts; usual names are found.")]
LabelColumn = Annotated[str | None, typer.Option(help="Name of the column of labels; usual names are found.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for programs.")]
Seed = Annotated[int, typer.Option(help="Seed of weights, order and dropout.")]
Threads = Annotated[
    int | None, typer.Option(min=1, help="Threads; as many as processors by default. They change no result.")
]
