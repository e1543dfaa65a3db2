"""One reader for each format: from lines, or through polars, to rows of values with their place."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ..errors import DataError

__all__ = ["Table", "fasttext_table", "json_table", "parquet_table", "plain_table", "polars_table", "separated_table"]

FASTTEXT = "__label__"
SIGNS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
"""What separates columns in files that people save, by name."""


@dataclass(frozen=True)
class Table:
    """Rows under named columns.

    rows : pairs of a row's place ("line 7", "row 3") and its values, one for each column
    named : False where the format itself says which column is which (fastText, plain lines)
    """

    columns: list[str]
    rows: Iterator[tuple[str, list[Any]]]
    named: bool = True


def separated_table(lines: Iterable[str], source: str, separator: str) -> Table:
    """Read CSV (RFC 4180, quotes may span lines) or TSV (tabs alone separate; quotes mean nothing)."""
    csv.field_size_limit(2**31 - 1)  # the default refuses texts of 128 KB
    if separator == ",":
        reader = csv.reader(lines, strict=True)
    else:
        reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    header = _next_row(reader, source, 1)
    if header is None:
        raise DataError(f"{source}: is empty")
    _check_header(header, source, separator)
    return Table(header, _separated_rows(reader, len(header), source))


def _check_header(header: list[str], source: str, separator: str) -> None:
    if not header:
        raise DataError(f"{source}, line 1: is empty, but must name the columns; take it out")
    if len(set(header)) != len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise DataError(f"{source}, line 1: two columns are called {twice!r}; rename one")
    others = [sign for sign in SIGNS if sign != separator and sign in "".join(header)]
    if len(header) == 1 and others:
        raise DataError(
            f"{source}, line 1: the header {header[0]!r:.60} seems to be separated by {SIGNS[others[0]]}, not by "
            f"{SIGNS[separator]}; save the file with commas as .csv, or with tabs as .tsv"
        )


def _next_row(reader: Any, source: str, begin: int) -> list[str] | None:
    try:
        row: list[str] | None = next(reader, None)
    except csv.Error as error:
        raise DataError(f"{source}: the row that begins on line {begin} is broken: {error}; check its quotes") from None
    return row


def _separated_rows(reader: Any, width: int, source: str) -> Iterator[tuple[str, list[Any]]]:
    begin = reader.line_num + 1
    while (row := _next_row(reader, source, begin)) is not None:
        if row:
            if len(row) != width:
                raise DataError(
                    f"{source}, line {begin}: has {len(row)} fields where the header has {width}; "
                    "quote texts that hold the separator"
                )
            yield f"line {begin}", list(row)
        begin = reader.line_num + 1


def json_table(lines: Iterable[str], source: str) -> Table:
    """Read JSON lines: an object a line. The columns are the keys of all objects."""
    rows = [
        (f"line {number}", _parse_object(line, number, source)) for number, line in enumerate(lines, 1) if line.strip()
    ]
    if not rows:
        raise DataError(f"{source}: is empty")
    columns = list(dict.fromkeys(key for _, row in rows for key in row))
    return Table(columns, ((place, [row.get(column) for column in columns]) for place, row in rows))


def _parse_object(line: str, number: int, source: str) -> dict[str, Any]:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{source}, line {number}: is no JSON: {error}; each line must hold one object") from None
    if not isinstance(item, dict):
        raise DataError(f'{source}, line {number}: must hold an object such as {{"text": ..., "label": ...}}')
    return item


def fasttext_table(lines: Iterable[str], source: str) -> Table:
    """Read fastText's lines: `__label__x text`, with any white space between the two."""

    def rows() -> Iterator[tuple[str, list[Any]]]:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            first = line.split(maxsplit=1)[0]
            text = line.strip().removeprefix(first).lstrip()
            if not first.startswith(FASTTEXT) or first == FASTTEXT:
                raise DataError(f"{source}, line {number}: must begin with {FASTTEXT} and a label, got {first[:40]!r}")
            if text.startswith(FASTTEXT):
                raise DataError(f"{source}, line {number}: has several labels; one a text can be learned")
            yield f"line {number}", [text, first[len(FASTTEXT) :]]

    return Table(["text", "label"], rows(), named=False)


def plain_table(lines: Iterable[str]) -> Table:
    """Read plain lines, a text each, empty ones kept."""
    rows = ((f"line {number}", [line.rstrip("\r\n")]) for number, line in enumerate(lines, 1))
    return Table(["text"], rows, named=False)


def parquet_table(file: BinaryIO, source: str) -> Table:
    """Read Parquet from an open file: given a name, polars would expand `*`, `[`, `~` and folders in it."""
    import polars

    return _frame_table(lambda: polars.read_parquet(file), source)


def polars_table(source: str, suffix: str) -> Table:
    """Read what stands at an address that polars knows."""
    import polars

    readers = {
        ".csv": polars.scan_csv,
        ".jsonl": polars.scan_ndjson,
        ".ndjson": polars.scan_ndjson,
        ".json": polars.scan_ndjson,
    }
    if suffix == ".tsv":
        read: Any = lambda address: polars.scan_csv(address, separator="\t", quote_char=None)  # noqa: E731
    else:
        read = readers.get(suffix, polars.scan_parquet)
    return _frame_table(lambda: read(source).collect(), source)


def _frame_table(read_frame: Callable[[], Any], source: str) -> Table:
    import polars

    try:
        frame = read_frame()
    except FileNotFoundError:
        raise DataError(f"{source}: no such file") from None
    # A panic, which some damaged files set off, is no Exception.
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(f"{source}: polars cannot read it: {reason}") from None
    rows = ((f"row {number}", list(row)) for number, row in enumerate(frame.iter_rows(), 1))
    return Table(frame.columns, rows)
