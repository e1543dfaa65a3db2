"""What was to come out: the label of a text as numbers that a network's loss takes."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.network import Network
from ..errors import InputError
from ..estimators import TextGenerator
from ..estimators.reading import Reading
from .running import writes_words

__all__ = ["one_of", "targets_of"]

Array = NDArray[Any]
SHOWN = 10
"""Answers that an error names."""


def one_of(answers: Iterable[str]) -> str:
    """Say in an error what may be given: all answers, or the first ones and how many others there are."""
    names = list(answers)
    more = f" and {len(names) - SHOWN:,} others" if len(names) > SHOWN else ""
    return f"one of {', '.join(f'{name:.40}' for name in names[:SHOWN])}{more}"


def targets_of(model: Any, reading: Reading, label: Any) -> Array:
    """Give the targets of one text, (outputs,). Raises InputError for what is none of the model's labels."""
    if isinstance(model, TextGenerator):
        return _next_ids(model, reading, label)
    if label is None:
        raise InputError("label is missing: give what the text is, so that there is a loss")
    if isinstance(model, Network):
        return np.atleast_1d(np.asarray(label))
    if not reading.answers_every_step:
        return np.asarray([_place(reading, label)], np.int64)
    if isinstance(label, str) or not isinstance(label, Iterable):
        raise InputError(f"label must be a list with one for each word, got {label!r:.80}")
    labels = list(label)
    if len(labels) != len(reading.tokens):
        raise InputError(f"there must be {len(reading.tokens)} labels, one for each word, got {len(labels)}")
    if not labels:
        raise InputError("the text has no words, so there is nothing to learn from")
    return np.asarray([_place(reading, one) for one in labels], np.int64)


def _next_ids(model: TextGenerator, reading: Reading, label: Any) -> Array:
    """Give what is to be written after each word: the next one, and at last the end."""
    if label is not None:
        raise InputError("label has no effect on a TextGenerator, which learns the text itself: leave it out")
    assert writes_words(reading.network)
    end = model.vocabulary_.to_ids(model.special_tokens()[:1])
    return np.concatenate([reading.sequences.values[1:], end])


def _place(reading: Reading, label: Any) -> int:
    try:
        return reading.answers.index(label)
    except ValueError:
        raise InputError(f"label must be {one_of(map(repr, reading.answers))}, got {label!r:.80}") from None
