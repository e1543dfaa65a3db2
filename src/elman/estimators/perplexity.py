"""How well a language model predicts texts."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["Perplexity", "Tally", "finite_or_none"]


def finite_or_none(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Put None, which JSON has, in the place of numbers that are not finite, which it has not."""
    return {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in figures.items()}


@dataclass(frozen=True)
class Perplexity:
    """How well a language model predicts texts.

    texts : how many there are
    tokens : that were predicted, the end of each text among them
    characters : of the texts as they were given, with one for the end of each
    unknown : tokens that the model does not know; they are easy to predict, all being one, and cost nothing to spell
    loss : mean over the tokens of -ln p, in nats
    """

    texts: int
    tokens: int
    characters: int
    unknown: int
    loss: float

    @property
    def perplexity(self) -> float:
        """e^loss: as if so many tokens were equally likely each time."""
        with np.errstate(over="ignore"):
            return float(np.exp(self.loss))

    @property
    def bits_per_character(self) -> float:
        """All -log2 p over the characters of the texts as they were given, so that levels can be compared."""
        return float(self.loss * self.tokens / np.log(2) / max(1, self.characters))

    def figures(self) -> dict[str, float]:
        """Give the headline ones by name, in the order of a table's columns."""
        unknown = {"unknown": self.unknown / self.tokens} if self.unknown else {}
        return {"perplexity": self.perplexity, "bits_per_character": self.bits_per_character, **unknown}

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it: a perplexity beyond all numbers is None."""
        return finite_or_none({**self.figures(), **asdict(self)})


@dataclass
class Tally:
    """What has been measured so far; the sum of the losses goes on in their order, so that parts change no bit."""

    texts: int = 0
    tokens: int = 0
    characters: int = 0
    unknown: int = 0
    total: float = 0.0

    def add(self, losses: NDArray[np.float64]) -> None:
        """Add the losses of tokens that count."""
        self.tokens += len(losses)
        self.total = float(np.add.accumulate(np.concatenate([[self.total], losses]))[-1])

    def result(self) -> Perplexity:
        """Give the means. Raises InputError where there was no text."""
        if not self.texts:
            raise InputError("x must hold texts to measure by, got none")
        return Perplexity(self.texts, self.tokens, self.characters, self.unknown, self.total / self.tokens)
