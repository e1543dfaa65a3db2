"""Reading labelled texts, and texts alone, from whatever file they are in."""

import itertools
import json
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import DataError, ElmanWarning
from .columns import LABEL_NAMES, TEXT_NAMES, find_column
from .formats import (
    FASTTEXT,
    Table,
    fasttext_table,
    json_table,
    parquet_table,
    plain_table,
    polars_table,
    separated_table,
)
from .labelled import LabelledTexts, Texts
from .sources import STDIN, is_remote, open_bytes, open_lines, suffix_of

__all__ = ["column_at", "open_table", "read_labelled", "read_texts", "read_texts_of", "stream_texts", "text_of"]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
FORMATS = ".csv, .tsv, .jsonl, .parquet, .txt; the text forms also as .gz or .zst"
PLAIN = (".txt", ".text", ".ft", ".tokens")
_INTEGER = re.compile(r"0|[+-]?[1-9]\d{0,17}")  # 007 is a name, not a number
WRITTEN = ("source", "target")
"""Roles of columns in which a whole number is a text: "one" can become 1, while numbers to classify are no texts."""


def read_labelled(
    source: str | os.PathLike[str],
    text_column: str | None = None,
    label_column: str | None = None,
    need_two_classes: bool = True,
    classes: Sequence[str | int] | None = None,
) -> LabelledTexts:
    """Read texts with a label each.

    Parameters
    ----------
    source : str or os.PathLike
        A file: CSV, TSV (quotes mean nothing), JSON lines, Parquet, fastText's `__label__x text` lines; the
        text forms also compressed with gzip or zstd. The ending tells the format; that of .txt, of a file without
        ending, and of "-", which is stdin, is told by the first line. hf://, s3:// and the like are handed to polars
        as they are; give them as str.
    text_column, label_column : str, optional
        Names of the columns; usual names are found (`TEXT_NAMES`, `LABEL_NAMES`). fastText's lines have none.
    need_two_classes : bool
        Whether a single class is an error, as it is for training.
    classes : sequence of str or int, optional
        The classes that a model knows: every label must be one of them, as it is written, and becomes that one. A
        single class is no error then.

    Returns
    -------
    LabelledTexts
        Labels are those of `classes`; without it, integers if every one of them is written as one, else strings.
        Rows without text are left out and counted.

    Raises
    ------
    DataError
        The file is missing, damaged, cut off or of an unknown format; a column that was named is not there, or
        the format has none; a row is broken, has no label or one that is not among `classes`; nothing is left to
        read, or a single class. Names the file, the line or row, and what to do.
    """
    source = os.fspath(source)
    table = open_table(source, True, text_column)
    known = None if classes is None else {_written(_plain_label(label, "classes")): label for label in classes}
    text_at = column_at(table, text_column, TEXT_NAMES, "text", source)
    label_at = column_at(table, label_column, LABEL_NAMES, "label", source)
    if text_at == label_at:
        raise DataError(f"{source}: column {table.columns[text_at]!r} cannot be both the text and the label")
    texts, labels, without = [], [], 0
    for place, row in table.rows:
        text = text_of(row[text_at], f"{source}, {place}")
        if not text.strip():
            without += 1
            continue
        texts.append(text)
        labels.append(_label(row[label_at], f"{source}, {place}", known))
    _check_classes(texts, labels, without, source, need_two_classes and classes is None)
    named = (table.columns[text_at], table.columns[label_at]) if table.named else (None, None)
    return LabelledTexts(texts, labels if known else _integers_or_strings(labels), source, without, *named)


def read_texts(source: str | os.PathLike[str], text_column: str | None = None) -> Texts:
    """Read texts alone, labels or none.

    Parameters
    ----------
    source, text_column
        As in `read_labelled`, but for .txt, files without ending and stdin, whose lines may be texts that begin in any
        way. They are plain lines, a text each, which have no columns, unless the column is named, and so a table or
        JSON lines are meant. fastText's labels are left out; and without ending, or from stdin, JSON lines
        are told by a first line that is an object with a text under a usual name. A row without text is an empty
        text, so that results match rows.

    Warns
    -----
    ElmanWarning
        The first of such lines, which is read as a text, looks like the header of a table.

    Raises
    ------
    DataError
        The file is missing, damaged, cut off or of an unknown format; the column that was named is not there, or
        the format has none; a row is broken.
    """
    return read_texts_of(os.fspath(source), text_column, TEXT_NAMES, "text")


def read_texts_of(source: str, text_column: str | None, usual: Sequence[str], role: str) -> Texts:
    """Read texts from the column that was asked for, or that has a usual name for its role; see `read_texts`."""
    texts, column = _open_texts(source, text_column, usual, role)
    return Texts(list(texts), source, column)


def stream_texts(source: str, text_column: str | None = None) -> Iterator[str]:
    """Read as `read_texts` does, one text after the other, so that a file may be of any size."""
    yield from _open_texts(source, text_column, TEXT_NAMES, "text")[0]


def _open_texts(
    source: str, text_column: str | None, usual: Sequence[str], role: str
) -> tuple[Iterator[str], str | None]:
    """Give the texts of a file as they are read, and the name of their column."""
    table = open_table(source, False, text_column, usual, role)
    one = len(table.columns) == 1 and text_column is None
    at = 0 if one else column_at(table, text_column, usual, role, source)
    texts = (text_of(row[at], f"{source}, {place}", role) for place, row in table.rows)
    return texts, table.columns[at] if table.named else None


def column_at(table: Table, wanted: str | None, usual: Sequence[str], role: str, source: str) -> int:
    """Give the place of a column, by the name that was asked for or a usual one. Raises DataError."""
    if wanted is not None and not table.named:
        raise DataError(
            f"{source}: its lines have no named columns, got {wanted!r} for the {role}; leave --{role}-column out, "
            "or give a file that has columns (.csv, .tsv, .jsonl, .parquet)"
        )
    return find_column(table.columns, wanted, usual, role, source)


def open_table(
    source: str,
    labelled: bool,
    text_column: str | None,
    usual: Sequence[str] = TEXT_NAMES,
    role: str = "text",
) -> Table:
    """Open a file as rows under columns; the column of texts, by this name or a usual one, tells a header from texts.

    labelled : whether texts alone will not do, as they do to predict
    role : what the column is called in errors and options

    Raises DataError for what cannot be opened, or is of an unknown format.
    """
    suffix = suffix_of(source)
    if is_remote(source):
        return polars_table(source, suffix)
    if suffix in (".parquet", ".pq"):
        with open_bytes(source) as file:
            return parquet_table(file, source)
    lines = open_lines(source)
    if suffix == ".csv":
        return separated_table(lines, source, ",")
    if suffix in (".tsv", ".tab"):
        return separated_table(lines, source, "\t")
    if suffix in (".jsonl", ".ndjson", ".json"):
        return json_table(lines, source)
    if suffix in (*PLAIN, "") or source == STDIN:
        if labelled:
            return _told_by_first_line(lines, source, text_column, usual, role)
        return _texts_by_first_line(lines, source, text_column, () if suffix in PLAIN else usual, role)
    raise DataError(
        f"{source}: unknown ending {suffix!r}; known are {FORMATS}. Name it after what it holds, or give it to stdin, "
        "as -"
    )


def _told_by_first_line(
    lines: Iterator[str], source: str, text_column: str | None, usual: Sequence[str], role: str
) -> Table:
    """Tell the format of rows with labels by the first line that is not empty: fastText's, JSON, or a header."""
    first, whole = _first_line(lines)
    names = (*usual, *filter(None, [text_column]))
    if (table := _labelled_or_table(first, whole, source, names)) is not None:
        return table
    if not first:
        raise DataError(f"{source}: is empty")
    raise DataError(f"{source}: {_no_format(text_column, usual, role)}")


def _texts_by_first_line(
    lines: Iterator[str], source: str, text_column: str | None, usual: Sequence[str], role: str
) -> Table:
    """Tell the format of texts alone, which are plain lines wherever that is possible; see `read_texts`.

    usual : names by which JSON lines are told; where there are none, nothing but a named column tells them
    """
    first, whole = _first_line(lines)
    if (table := _labelled_or_table(first, whole, source, tuple(filter(None, [text_column])))) is not None:
        return table
    if _is_object_with(first, usual):
        return json_table(whole, source)
    if (separator := _header_separator(first, usual)) and separator in first:
        _warn_of_header(first, source, role)
    return plain_table(whole)


def _first_line(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """Give the first line that is not empty, and all lines."""
    head = []
    for line in lines:
        head.append(line)
        if line.strip():
            break
    return head[-1].lstrip() if head else "", itertools.chain(head, lines)


def _labelled_or_table(first: str, whole: Iterator[str], source: str, names: Sequence[str]) -> Table | None:
    """Read fastText's lines, and, given names of the column of texts, JSON lines or a table with one of them."""
    if first.startswith(FASTTEXT):
        return fasttext_table(whole, source)
    if names and first.startswith("{"):
        return json_table(whole, source)
    separator = _header_separator(first, names)
    return separated_table(whole, source, separator) if separator else None


def _is_object_with(line: str, names: Sequence[str]) -> bool:
    """Tell whether a line is a JSON object that has a text under one of these names."""
    if not names or not line.startswith("{"):
        return False
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return any(isinstance(value, str) and key.strip().lower() in names for key, value in item.items())


def _warn_of_header(first: str, source: str, role: str) -> None:
    warnings.warn(
        f"{source}: the first line, {first.rstrip()!r:.60}, is read as a text, as each line is; if it is the header of "
        f"a table, name the column of texts with --{role}-column, or give a file that ends in .csv or .tsv",
        ElmanWarning,
        stacklevel=6,
    )


def _no_format(text_column: str | None, usual: Sequence[str], role: str) -> str:
    """Say why a first line tells no format, and what to do."""
    none, others = "its first line is no JSON object", ""
    if role == "text":
        none += f", does not begin with {FASTTEXT},"
        others = (
            "; words with tags, texts to learn to write, and pairs to translate are read with --task tag, "
            "--task generate and --task translate"
        )
    known = f"a usual name for the {role} ({', '.join(usual[:4])}, ...)"
    name = f"name the {role} with --{role}-column"
    if text_column is not None:
        known, name = f"the name {text_column!r} for the {role}", f"correct --{role}-column"
    return (
        f"{none} and is no header, separated by commas or tabs, with {known}: {name}, or name the file after what it "
        f"holds: .csv, .tsv, .jsonl{others}"
    )


def _header_separator(line: str, names: Sequence[str]) -> str | None:
    """Give the separator of a header that holds one of the names of the text, None for any other line."""
    wanted = {name.lower() for name in names}
    for separator in ("\t", ","):
        columns = [name.strip().strip('"').lower() for name in line.split(separator)]
        if len(columns) > 1 and not wanted.isdisjoint(columns):
            return separator
    return "," if line.strip().lower() in wanted else None


def text_of(value: Any, where: str, role: str = "text") -> str:
    """Give what stands in a column of texts, an empty one for nothing. Raises DataError, naming the place.

    role : what the column is called in errors and options; see `WRITTEN`
    """
    if value is None:
        return ""
    if role in WRITTEN and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        kinds = "a string or a whole number" if role in WRITTEN else "a string"
        raise DataError(f"{where}: the {role} must be {kinds}, got {type(value).__name__} {value!r:.40}; "
                        f"name another column with --{role}-column")  # fmt: skip
    if not value.isascii() and (lone := _LONE_SURROGATE.search(value)):
        raise DataError(f"{where}: the {role} holds half a character (\\u{ord(lone[0]):04x}); write it as UTF-8")
    return value


def _label(value: Any, where: str, known: Mapping[str, str | int] | None) -> str | int:
    label = _plain_label(value, where)
    if known is None:
        return label
    if _written(label) not in known:
        raise DataError(
            f"{where}: the label {label!r:.60} is none of the classes of training, {', '.join(known):.200}; correct "
            "it, or take the row out"
        )
    return known[_written(label)]


def _written(label: str | int) -> str:
    """Give a label as it is compared: +1 is 1."""
    text = str(label)
    return str(int(text)) if _INTEGER.fullmatch(text) else text


def _plain_label(value: Any, where: str) -> str | int:
    if isinstance(value, str):
        value = value.strip()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or value == "" or (isinstance(value, float) and value != value):
        raise DataError(f"{where}: the label is missing; give it one, or take the row out")
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int)):
        raise DataError(f"{where}: a label must be a string or an integer, got {type(value).__name__} {value!r:.40}")
    return value


def _integers_or_strings(labels: list[str | int]) -> list[int] | list[str]:
    """Give integers if every label is written as one, else strings."""
    written = [str(label) for label in labels]
    if all(_INTEGER.fullmatch(label) for label in written):
        return [int(label) for label in written]
    return written


def _check_classes(texts: list[str], labels: list[Any], without: int, source: str, two: bool) -> None:
    if not texts:
        detail = "no row has a text" if without else "it has no rows"
        raise DataError(f"{source}: nothing to read, {detail}")
    if two and len({str(label) for label in labels}) < 2:
        raise DataError(f"{source}: every row has the label {labels[0]!r}; a classifier needs two classes or more")
