"""What is drawn: a model, and what it is shown with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Subject"]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A model, and what a picture may need beside it; each kind says what it uses.

    model : fitted, or a Network
    name : of the model, where others stand beside it
    text : that it reads; or words that are looked up
    about : label that leads the text, of a language model that was trained with labels
    rows, labels : that it is measured by
    beside : other models by name, which read the same text
    layer : name of a recurrent layer, such as "lstm_1" or "lstm/backward"; by default the last one
    label : what the text is, for a loss; by default what the model answers, of a Network none
    method, answer, position : of `attribute`
    neighbors : lines from each word to so many others
    """

    model: Any
    name: str = ""
    text: Any = None
    about: Any = None
    rows: Any = None
    labels: Any = None
    beside: Mapping[str, Any] = field(default_factory=dict)
    layer: str | None = None
    label: Any = None
    method: str | None = None
    answer: Any = None
    position: int | None = None
    neighbors: int | None = None
