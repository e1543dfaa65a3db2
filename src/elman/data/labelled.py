"""What reading gives."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["LabelledTexts", "Texts"]

Label = str | int


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with a label each.

    texts, labels : lists of equal length; labels are all strings or all integers
    source : where they come from, as it was asked for
    rows_without_text : rows that were left out because they hold no text
    text_column, label_column : names of the columns they were found in; None where a format has none
    """

    texts: list[str]
    labels: Sequence[Label]
    source: str
    rows_without_text: int = 0
    text_column: str | None = None
    label_column: str | None = None

    def class_counts(self) -> dict[Label, int]:
        """Give how many texts each label has, in the labels' order."""
        return dict(sorted(Counter(self.labels).items()))

    def __iter__(self) -> Iterator[Sequence[Label]]:
        """Unpack as `texts, labels`, so that `model.fit(*rows)` works."""
        return iter((self.texts, self.labels))


@dataclass(frozen=True)
class Texts:
    """Texts without labels; an empty row is an empty text, so that results match rows.

    source, text_column : as in `LabelledTexts`
    """

    texts: list[str]
    source: str
    text_column: str | None = None
