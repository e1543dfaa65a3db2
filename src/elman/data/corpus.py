"""Texts to learn a language from: with a label each, or none."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import DataError
from .formats import FASTTEXT, fasttext_table
from .labelled import Label, TextRows
from .reading import PLAIN, read_labelled, read_texts, stream_texts
from .sources import STDIN, is_remote, open_lines, suffix_of

__all__ = ["Corpus", "read_corpus"]


@dataclass(frozen=True)
class TextsInFile:
    """The texts of a file, read anew whenever they are gone through, and never all in memory."""

    source: str
    text_column: str | None = None

    def __iter__(self) -> Iterator[str]:
        return stream_texts(self.source, self.text_column)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True)
class Corpus(TextRows):
    """Texts in their order.

    labels : one for each text, or None
    source : where they come from, as it was asked for
    rows_without_text : rows that were left out because they hold no text
    """

    texts: "list[str] | TextsInFile"  # type: ignore[assignment]
    labels: Sequence[Label] | None
    source: str
    rows_without_text: int = 0

    def facts(self) -> dict[str, Any]:
        """Give what a model's card says about them."""
        return {"source": self.source, "texts": len(self.texts), "characters": sum(map(len, self.texts))}

    def class_counts(self) -> dict[Label, int]:
        """Give how many texts each label has, in the labels' order; none without labels."""
        return dict(sorted(Counter(self.labels or ()).items()))

    def __iter__(self) -> Iterator[Any]:
        """Unpack as `texts, labels`."""
        return iter((self.texts, self.labels))


def read_corpus(
    source: str | os.PathLike[str],
    text_column: str | None = None,
    label_column: str | None = None,
    whole: bool = False,
    classes: Sequence[Label] | None = None,
) -> Corpus:
    """Read texts to learn a language from, or to measure a language model by.

    Parameters
    ----------
    source, text_column : as in `read_texts`
    label_column : str, optional
        Name of the column of labels that lead texts. Without it labels are read for `classes` alone.
    whole : bool
        Whether a file of plain text is one text, line breaks and all, and not one a line.
    classes : sequence of str or int, optional
        The labels that a model knows, if any, which is to be measured: then texts without labels are read when they
        are gone through, so that a file may be of any size.

    Raises
    ------
    DataError
        As `read_texts` and `read_labelled`; the file holds no text.
    """
    source = os.fspath(source)
    if label_column is not None or classes:
        rows = read_labelled(source, text_column, label_column, need_two_classes=False, classes=classes or None)
        return Corpus(rows.texts, rows.labels, source, rows.rows_without_text)
    plain = not is_remote(source) and suffix_of(source) in (*PLAIN, "")
    lines = list(open_lines(source)) if whole and plain and text_column is None else []
    texts: list[str] | TextsInFile
    if lines and lines[0].startswith(FASTTEXT):
        texts = [text for _, (text, _) in fasttext_table(lines, source).rows]
    elif lines:
        texts = ["".join(lines)]
    elif classes is not None and source != STDIN:
        texts = TextsInFile(source, text_column)
    else:
        texts = read_texts(source, text_column).texts
    if not any(text.strip() for text in texts):
        raise DataError(f"{source}: nothing to read, it holds no text")
    return Corpus(texts, None, source)
