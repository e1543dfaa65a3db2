"""Pairs of texts, to learn to turn one into the other."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import DataError
from .columns import SOURCE_NAMES, TARGET_NAMES
from .labelled import Texts
from .reading import column_at, open_table, read_texts_of, text_of

__all__ = ["PairedTexts", "read_pairs", "read_sources"]


@dataclass(frozen=True)
class PairedTexts:
    """Texts with what each is to become.

    sources, targets : lists of equal length
    source : where they come from, as it was asked for
    rows_left_out : rows that were left out because one of the two is empty
    """

    sources: list[str]
    targets: list[str]
    source: str
    rows_left_out: int = 0
    unit: ClassVar[str] = "pair"
    labelled: ClassVar[str] = "texts"

    @property
    def size(self) -> str:
        """How much it is, in words."""
        return f"{len(self.sources)} {'pair' if len(self.sources) == 1 else 'pairs'}"

    @property
    def left_out(self) -> str:
        """What was not read, in words."""
        count = self.rows_left_out
        return f"{count} {'row' if count == 1 else 'rows'} without source or target" if count else ""

    def facts(self) -> dict[str, Any]:
        """Give what a model's card says about them."""
        return {"source": self.source, "pairs": len(self.sources), "rows left out": self.rows_left_out}

    def class_counts(self) -> dict[Any, int]:
        """Give nothing: pairs have no classes."""
        return {}

    def __iter__(self) -> Iterator[list[str]]:
        """Unpack as `sources, targets`, so that `model.fit(*pairs)` works."""
        return iter((self.sources, self.targets))


def read_pairs(
    source: str | os.PathLike[str],
    source_column: str | None = None,
    target_column: str | None = None,
    classes: Any = None,
) -> PairedTexts:
    """Read pairs of texts from two columns.

    Parameters
    ----------
    source : str or os.PathLike
        A file of named columns, as `read_labelled` reads it: CSV, TSV, JSON lines, Parquet; "-" is stdin.
    source_column, target_column : str, optional
        Names of the columns; usual names are found (`SOURCE_NAMES`, `TARGET_NAMES`).
    classes : not used; pairs have none

    Returns
    -------
    PairedTexts
        Rows in which one of the two is empty are left out and counted.

    Raises
    ------
    DataError
        The file is missing, damaged, cut off, of an unknown format or without named columns; a column is not there;
        a row is broken; nothing is left to read. Names the file, the line or row, and what to do.
    """
    source = os.fspath(source)
    table = open_table(source, True, source_column, SOURCE_NAMES, "source")
    if not table.named:
        raise DataError(
            f"{source}: its lines have no named columns, but pairs need two, such as source and target: save them as "
            ".csv, .tsv, .jsonl or .parquet"
        )
    wanted = ((source_column, SOURCE_NAMES, "source"), (target_column, TARGET_NAMES, "target"))
    at = [column_at(table, name, usual, role, source) for name, usual, role in wanted]
    if at[0] == at[1]:
        raise DataError(f"{source}: column {table.columns[at[0]]!r} cannot be both the source and the target")
    pairs = [
        tuple(text_of(row[i], f"{source}, {place}", role) for i, role in zip(at, ("source", "target"), strict=True))
        for place, row in table.rows
    ]
    kept = [pair for pair in pairs if all(text.strip() for text in pair)]
    if not kept:
        detail = "no row has both a source and a target" if pairs else "it has no rows"
        raise DataError(f"{source}: nothing to read, {detail}")
    return PairedTexts([a for a, _ in kept], [b for _, b in kept], source, len(pairs) - len(kept))


def read_sources(source: str | os.PathLike[str], source_column: str | None = None) -> Texts:
    """Read sources alone, from any file that `read_texts` reads. Parameters and errors as of `read_pairs`."""
    return read_texts_of(os.fspath(source), source_column, SOURCE_NAMES, "source")
