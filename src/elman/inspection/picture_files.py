"""Which files pictures are written to; known without matplotlib, so that a wrong name is refused at once."""

import os
from pathlib import Path

from ..errors import InputError

__all__ = ["ENDINGS", "check_figure_path"]

ENDINGS = (".svg", ".png")


def check_figure_path(path: str | os.PathLike[str]) -> str:
    """Give a picture's form by the ending of its name. Raises InputError for another ending, and for none."""
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{os.fspath(path)}: must be a name that ends in {' or '.join(ENDINGS)}")
    return ending
