"""Texts to learn a language from: with a label each, or none."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import DataError
from .formats import FASTTEXT, fasttext_table
from .labelled import Label, TextRows
from .reading import PLAIN, read_labelled, read_texts
from .sources import is_remote, open_lines, suffix_of

__all__ = ["Corpus", "read_corpus"]


@dataclass(frozen=True)
class Corpus(TextRows):
    """Texts in their order.

    labels : one for each text, or None
    source : where they come from, as it was asked for
    rows_without_text : rows that were left out because they hold no text
    """

    texts: list[str]
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
        The labels that a model knows, if any.

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
    if lines and lines[0].startswith(FASTTEXT):
        texts = [text for _, (text, _) in fasttext_table(lines, source).rows]
    else:
        texts = ["".join(lines)] if lines else read_texts(source, text_column).texts
    if not any(text.strip() for text in texts):
        raise DataError(f"{source}: nothing to read, it holds no text")
    return Corpus(texts, None, source)
