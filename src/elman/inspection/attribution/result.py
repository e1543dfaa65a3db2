"""Attribution: what each word did to an answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...estimators.reading import Reading

__all__ = ["METHODS", "Attribution"]

METHODS = {
    "telescoping": "change of the logit as each word is read",
    "leave-one-out": "logit less that of the text without the word",
    "gradient-x-input": "the word's vector times the logit's gradient by it",
    "integrated-gradients": "the logit's gradient by the word's vector, integrated from a baseline",
}
"""What can be asked for, and what its scores are."""
STRONG, SOME = 2 / 3, 1 / 3
"""Shares of the strongest score from which on a word is marked twice, and once."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each word of a text did to the logit of one answer; `lines` shows it in a terminal, `to_html` as a page.

    reading : the text as the model reads it, up to the word that is explained where that is of a language model
    scores : (tokens,) float64, of each token; above 0 it spoke for the answer, below 0 against it
    answer : a class, a tag, or the word that comes next
    probability : of the answer; None of a network whose last layer gives numbers
    logit : of the answer, the value before sigmoid or softmax; of the first of two classes minus that of the second
    base : logit without any word: of the empty text, or of the baseline of integrated gradients
    method : one of `METHODS`
    error : |base + sum of the scores - logit|, where a method promises that this is 0; else None
    position : number of the word in the text, from 0, whose answer it is, where each word has one; else None
    steps, baseline : of integrated gradients; else None
    lead : how many tokens stand before the text's own, as what begins the texts of a language model
    replaced : whether leave-one-out put the unknown word, or zeros, in a word's place, as it does where each word
        has an answer
    """

    reading: Reading
    scores: NDArray[np.float64]
    answer: Any
    probability: float | None
    logit: float
    base: float
    method: str
    error: float | None = None
    position: int | None = None
    steps: int | None = None
    baseline: str | None = None
    lead: int = 0
    replaced: bool = False

    @property
    def tokens(self) -> tuple[str, ...]:
        """What the text was cut into."""
        return self.reading.tokens

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether the model knows each token, (tokens,)."""
        return self.reading.known

    @property
    def marks(self) -> NDArray[np.int64]:
        """How strong each score is beside the strongest one, (tokens,): 2 or 1 for the answer, 0, -1 or -2 against."""
        strongest = np.abs(self.scores).max(initial=0)
        if not strongest:
            return np.zeros(len(self.scores), np.int64)
        size = np.abs(self.scores) / strongest
        strength = (size >= SOME).astype(np.int64) + (size >= STRONG)
        return np.asarray(np.where(self.scores < 0, -strength, strength))

    def to_json(self) -> dict[str, Any]:
        """Give everything as JSON can hold it, by the names of the fields; `position` counts from 0, too."""
        words = zip(self.tokens, self.known.tolist(), self.scores.tolist(), strict=True)
        return {
            "method": self.method,
            "answer": self.answer,
            "position": self.position,
            "probability": self.probability,
            "logit": self.logit,
            "base": self.base,
            "error": self.error,
            "steps": self.steps,
            "baseline": self.baseline,
            "replaced": self.replaced,
            "lead": self.lead,
            "words": [{"word": word, "known": known, "score": score} for word, known, score in words],
        }

    def lines(self, width: int = 80) -> list[str]:
        """Give a summary, the text with its strongest words marked, and a table of them, at most `width` wide."""
        from .lines import of

        return of(self, width)

    def to_html(self) -> str:
        """Give a page that needs no other file: the text with its words coloured, and a table of all numbers."""
        from .page import of

        return of(self)
