"""Sentences with a tag for each word: columns with a word a line, and CoNLL-U."""

import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ..errors import DataError
from .sources import is_remote, open_lines, suffix_of

__all__ = ["CONLLU_COLUMNS", "Sentences", "TaggedSentences", "read_sentences", "read_tagged"]

CONLLU_COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
"""The columns of CoNLL-U, which always are these ten with tabs between."""
DOCUMENT = "-DOCSTART-"
"""What stands in place of a word where a document of CoNLL-2003 begins."""
_BLANK = " \t\r\n"
_WORD_ID = re.compile(r"[1-9]\d*")
_OTHER_ID = re.compile(r"[1-9]\d*-\d+|\d+\.\d+")
"""CoNLL-U's ids of what is no word: 1-2 a token of several words, 1.1 an empty node."""

Column = int | str | None


@dataclass(frozen=True)
class TaggedSentences:
    """Sentences with a tag for each word.

    sentences, tags : lists of equal length, of lists of equal length
    source : where they come from, as it was asked for
    """

    sentences: list[list[str]]
    tags: list[list[Any]]
    source: str
    unit: ClassVar[str] = "sentence"
    labelled: ClassVar[str] = "words"
    left_out: ClassVar[str] = ""

    @property
    def words(self) -> int:
        """How many words the sentences have."""
        return sum(map(len, self.sentences))

    @property
    def size(self) -> str:
        """How much it is, in words."""
        return f"{len(self.sentences)} {'sentence' if len(self.sentences) == 1 else 'sentences'} of {self.words} words"

    def facts(self) -> dict[str, Any]:
        """Give what a model's card says about them."""
        return {"source": self.source, "sentences": len(self.sentences), "words": self.words}

    def class_counts(self) -> dict[Any, int]:
        """Give how many words each tag has, in the tags' order."""
        counts = Counter(itertools.chain.from_iterable(self.tags))
        return dict(sorted(counts.items(), key=lambda item: (isinstance(item[0], str), item[0])))

    def __iter__(self) -> Iterator[list[list[Any]]]:
        """Unpack as `sentences, tags`, so that `model.fit(*rows)` works."""
        return iter((self.sentences, self.tags))


@dataclass(frozen=True)
class Sentences:
    """Sentences without tags; `source` as in `TaggedSentences`; columns: that the first line had, 0 for CoNLL-U's."""

    sentences: list[list[str]]
    source: str
    columns: int = 0


@dataclass(frozen=True)
class _Form:
    """How a file is laid out: `separator` is None for white space; `names` are those of columns, if they have any.

    columns : that the first line has, of those without names
    """

    separator: str | None
    names: tuple[str, ...] = ()
    columns: int = 0

    def cells(self, line: str) -> list[str]:
        if self.separator is None:
            return re.split(r"[ \t]+", line.strip(_BLANK))
        return [cell.strip(_BLANK) for cell in line.strip("\r\n").split(self.separator)]


CONLLU = _Form("\t", CONLLU_COLUMNS)


def read_tagged(
    source: str | os.PathLike[str],
    word_column: Column = None,
    tag_column: Column = None,
    classes: Sequence[str | int] | None = None,
) -> TaggedSentences:
    """Read sentences with a tag for each word.

    Parameters
    ----------
    source : str or os.PathLike
        A file, or "-" for stdin, with a word a line in columns, and blank lines between sentences: columns of white
        space, or, where the first line holds a tab, of single tabs; or CoNLL-U, told by the ending .conllu or by its
        first line. Also compressed with gzip or zstd. Lines that begin with -DOCSTART-, and CoNLL-U's comments,
        tokens of several words and empty nodes are left out.
    word_column, tag_column : int or str, optional
        Number of a column from 1 on, or from the last, -1, back; in CoNLL-U also its name, such as "xpos". By default
        the first and the last, in CoNLL-U "form" and "upos".
    classes : sequence of str or int, optional
        The tags that a model knows, as which those that are written alike are read. Others are left as they are, and
        a single tag is no error, but one tag at least must be known.

    Raises
    ------
    DataError
        The file is missing, damaged or cut off; it holds no sentence, or a single tag; a line has other columns than
        those before, none of that number or name, or an empty word or tag; no tag is among `classes`. Names the file,
        the line, and what to do.
    """
    source = os.fspath(source)
    lines, form = _open(source)
    known = {str(label): label for label in classes or ()}
    sentences: list[list[str]] = []
    tags: list[list[Any]] = []
    for rows in _sentences(lines, form, source, (word_column, "word"), (tag_column, "tag")):
        sentences.append([word for word, _ in rows])
        tags.append([known.get(tag, tag) for _, tag in rows])
    _check(sentences, tags, source, classes)
    return TaggedSentences(sentences, tags, source)


def read_sentences(source: str | os.PathLike[str], word_column: Column = None) -> Sentences:
    """Read the words of such a file alone; it may have no other column. Parameters and errors as of `read_tagged`."""
    source = os.fspath(source)
    lines, form = _open(source)
    found = _sentences(lines, form, source, (word_column, "word"))
    return Sentences([[word for (word,) in rows] for rows in found], source, form.columns)


def _open(source: str) -> tuple[Iterator[str], _Form]:
    """Give the lines of a file and its form, told by its ending or by its first line that is no comment."""
    if is_remote(source):
        raise DataError(f"{source}: sentences are not read from an address; fetch the file first")
    lines = open_lines(source)
    if suffix_of(source) == ".conllu":
        return lines, CONLLU
    head = []
    for line in lines:
        head.append(line)
        if line.strip(_BLANK) and not line.startswith("#"):
            break
    return itertools.chain(head, lines), _told_by(head[-1] if head else "")


def _told_by(line: str) -> _Form:
    cells = CONLLU.cells(line)
    if len(cells) == len(CONLLU_COLUMNS) and (_WORD_ID.fullmatch(cells[0]) or _OTHER_ID.fullmatch(cells[0])):
        return CONLLU
    form = _Form("\t" if "\t" in line else None)
    return replace(form, columns=len(form.cells(line)))


def _sentences(
    lines: Iterator[str], form: _Form, source: str, *wanted: tuple[Column, str]
) -> Iterator[list[tuple[str, ...]]]:
    """Give sentences as lists of what stands at each word in the columns that are wanted."""
    sentence: list[tuple[str, ...]] = []
    columns: list[int] = []
    width = len(form.names)
    for number, line in enumerate(lines, 1):
        if not line.strip(_BLANK):
            if sentence:
                yield sentence
            sentence = []
        elif not _left_out(line, form):
            place, cells = f"{source}, line {number}", form.cells(line)
            width = width or len(cells)
            _check_width(cells, width, place)
            columns = columns or _find_columns(wanted, form, width, place)
            if not form.names or _is_word(cells[0], place):
                sentence.append(tuple(_cell(cells[at], at, place) for at in columns))
    if sentence:
        yield sentence


def _left_out(line: str, form: _Form) -> bool:
    return line.startswith("#") if form.names else line.lstrip(_BLANK).startswith(DOCUMENT)


def _is_word(identity: str, place: str) -> bool:
    if _WORD_ID.fullmatch(identity):
        return True
    if _OTHER_ID.fullmatch(identity):
        return False
    raise DataError(f"{place}: a line of CoNLL-U begins with the number of its word, got {identity!r:.40}")


def _check_width(cells: list[str], width: int, place: str) -> None:
    if len(cells) != width:
        raise DataError(
            f"{place}: has {len(cells)} {'column' if len(cells) == 1 else 'columns'} where {width} are expected; a "
            "line holds one word, all lines have as many columns, and a blank line ends a sentence; whole texts are "
            "read with --texts by `elman tag`"
        )


def _find_columns(wanted: Sequence[tuple[Column, str]], form: _Form, width: int, place: str) -> list[int]:
    """Give the places of the columns that were asked for, or of the usual ones."""
    usual: dict[str, Column] = {"word": "form", "tag": "upos"} if form.names else {"word": 1, "tag": -1}
    found = [_find_column(usual[role] if asked is None else asked, role, form, width, place) for asked, role in wanted]
    if len(set(found)) < len(found):
        raise DataError(
            f"{place}: has {'one column' if width == 1 else f'column {found[0] + 1}'} for both the word and the tag; "
            "give columns with --word-column and --tag-column, or a file with a tag beside each word"
        )
    return found


def _find_column(asked: Column, role: str, form: _Form, width: int, place: str) -> int:
    name = str(asked).strip().lower()
    if name in form.names:
        return form.names.index(name)
    number = int(name) if re.fullmatch(r"-?[1-9]\d{0,8}", name) else 0
    if number and abs(number) <= width:
        return number - 1 if number > 0 else width + number
    there = f"1 to {width}" + (f", {', '.join(form.names)}" if form.names else "; only those of CoNLL-U have names")
    raise DataError(f"{place}: has no column {asked} for the {role}; the columns are {there}: change --{role}-column")


def _cell(cell: str, at: int, place: str) -> str:
    if not cell:
        raise DataError(f"{place}: column {at + 1} is empty; give each word a line with all its columns")
    return cell


def _check(sentences: list[list[str]], tags: list[list[Any]], source: str, classes: Sequence[Any] | None) -> None:
    if not sentences:
        raise DataError(f"{source}: holds no sentence, which is a word a line, and a blank line after the last")
    different = sorted(set(itertools.chain.from_iterable(tags)), key=str)
    if classes is not None and not set(different) & set(classes):
        raise DataError(
            f"{source}: none of its tags, {', '.join(map(str, different)):.200}, was among those of training, "
            f"{', '.join(map(str, classes)):.200}; choose another column with --tag-column"
        )
    if classes is None and len(different) < 2:
        raise DataError(
            f"{source}: every word has the tag {different[0]!r}; a tagger needs two or more: choose another column "
            "with --tag-column"
        )
