"""The texts whose answer changes with the order of their words, and which of them say most."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .answers import Answers, Rows

__all__ = ["Flip", "telling"]

MOST = 5
"""So many are shown."""


@dataclass(frozen=True)
class Flip:
    """A text that was understood in its order, and misunderstood in another.

    row : its number
    text, shuffled : as it is, and with its words in the other order
    label, answer : what it is, and what the shuffled text was said to be
    p, p_shuffled : probability of the true label, of both
    """

    row: int
    text: str
    shuffled: str
    label: str | int
    answer: str | int
    p: float
    p_shuffled: float


def telling(data: Rows, answers: Answers) -> tuple[Flip, ...]:
    """Give the texts whose true label loses most when their words are shuffled so that the answer is wrong, of those
    that were right before.
    """
    wrong = answers.labels[1:] != data.labels
    of_wrong = np.where(wrong, answers.truth[1:], np.inf)
    worst, fallen = of_wrong.argmin(axis=0), answers.truth[0] - of_wrong.min(axis=0)
    changed = (answers.labels[0] == data.labels) & wrong.any(axis=0)
    found = np.flatnonzero(changed)
    best = found[np.argsort(-fallen[found], kind="stable")][:MOST]
    return tuple(_flip(data, answers, int(row), int(worst[row])) for row in best)


def _flip(data: Rows, answers: Answers, row: int, shuffle: int) -> Flip:
    return Flip(
        row,
        _in_words(data.rows[row]),
        _in_words(answers.shuffled[shuffle][row]),
        data.labels.tolist()[row],
        answers.labels[1 + shuffle].tolist()[row],
        float(answers.truth[0, row]),
        float(answers.truth[1 + shuffle, row]),
    )


def _in_words(row: Any) -> str:
    return row if isinstance(row, str) else " ".join(str(step) for step in np.asarray(row).tolist())
