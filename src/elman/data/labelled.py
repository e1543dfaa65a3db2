"""What reading gives."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

__all__ = ["Labelled", "LabelledTexts", "TextRows", "Texts"]

Label = str | int


class Labelled(Protocol):
    """What every reader of rows with labels gives, whatever the rows are: it unpacks as `rows, labels`.

    unit, labelled : what a row is called, and what has labels
    source : where they come from, as it was asked for
    size : how much it is, in words
    left_out : what of it was not read, in words; empty where nothing was left out
    """

    unit: ClassVar[str]
    labelled: ClassVar[str]

    @property
    def source(self) -> str: ...

    @property
    def size(self) -> str: ...

    @property
    def left_out(self) -> str: ...

    def facts(self) -> dict[str, Any]:
        """Give what a model's card says about them."""

    def class_counts(self) -> dict[Any, int]:
        """Give how often each label comes, in the labels' order."""

    def __iter__(self) -> Iterator[Any]: ...


class TextRows:
    """What is said about rows that are texts, whether they have labels or not."""

    unit: ClassVar[str] = "text"
    labelled: ClassVar[str] = "texts"
    texts: list[str]
    rows_without_text: int

    @property
    def size(self) -> str:
        """How much it is, in words."""
        return f"{len(self.texts)} {'text' if len(self.texts) == 1 else 'texts'}"

    @property
    def left_out(self) -> str:
        """What was not read, in words."""
        count = self.rows_without_text
        return f"{count} {'row' if count == 1 else 'rows'} without text" if count else ""


@dataclass(frozen=True)
class LabelledTexts(TextRows):
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

    def facts(self) -> dict[str, Any]:
        """Give what a model's card says about them."""
        return {"source": self.source, "texts": len(self.texts), "rows without text, left out": self.rows_without_text}

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
