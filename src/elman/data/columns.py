"""Which column holds the text, and which the label."""

from collections.abc import Sequence

from ..errors import DataError

__all__ = ["LABEL_NAMES", "SOURCE_NAMES", "TARGET_NAMES", "TEXT_NAMES", "find_column"]

TEXT_NAMES = ("text", "review", "sentence", "content", "comment", "body", "message", "tweet", "question", "document")
LABEL_NAMES = ("label", "sentiment", "class", "category", "target", "labels", "polarity", "y")
SOURCE_NAMES = ("source", "src", "input", "from", "question", "x", "text")
TARGET_NAMES = ("target", "tgt", "output", "to", "answer", "translation", "y")
"""Names that are found without being asked for, whatever their letter case; where several are there, the first
in this order is taken."""


def find_column(columns: Sequence[str], wanted: str | None, usual: Sequence[str], role: str, source: str) -> int:
    """Give the place of the column that was asked for, or of a usual one.

    Parameters
    ----------
    role : "text", "label", "source" or "target", for the error and the option's name

    Raises
    ------
    DataError
        No such column; names those that are there.
    """
    listed = ", ".join(columns)
    if wanted is not None:
        if wanted not in columns:
            raise DataError(f"{source}: no column is called {wanted!r}; the columns are: {listed}")
        return list(columns).index(wanted)
    lowered = [column.strip().lower() for column in columns]
    for name in usual:
        if name in lowered:
            return lowered.index(name)
    raise DataError(
        f"{source}: no column has a usual name for the {role} ({', '.join(usual[:4])}, ...); the columns are: "
        f"{listed}. Name one with --{role}-column"
    )
