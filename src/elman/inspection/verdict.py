"""What an audit concludes: a rule over intervals, a sentence, and which model to take."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .answers import BAG, BIGRAMS, COMMONEST, DEEP_BAG, RECURRENT, SHUFFLED, SHUFFLED_TWIN, WORDS
from .confidence import Difference, Share

__all__ = ["MATTERS", "MATTERS_NOT", "ORDER_FREE", "UNDECIDED", "Findings", "advise", "decide"]

MATTERS, MATTERS_NOT, UNDECIDED = "matters", "does not matter", "undecided"
ORDER_FREE = (BAG, DEEP_BAG, WORDS, SHUFFLED_TWIN)
"""What reads words as if they had no order."""
HOW = {
    BAG: "`--layers 0 --pooling mean`",
    DEEP_BAG: "`--layers 0 --pooling mean,max --hidden N`",
    WORDS: "scikit-learn's TF-IDF and logistic regression",
    BIGRAMS: "scikit-learn's TF-IDF and logistic regression",
}
"""What is cheaper, and how it is trained."""


@dataclass(frozen=True)
class Findings:
    """What the rule looks at.

    accuracy, ahead : of each method; by how much the recurrent model is more often right than each other
    neighbours : by how much the linear bag of bigrams is more often right than that of words; None without texts
    level : how often order may be said to matter where it does not
    margin : what the recurrent model must be ahead by to be worth it
    """

    n: int
    accuracy: Mapping[str, Share]
    ahead: Mapping[str, Difference]
    neighbours: Difference | None
    level: float
    margin: float

    @property
    def order_free(self) -> list[str]:
        """Name the readers that know no order."""
        return [name for name in ORDER_FREE if name in self.ahead]

    @property
    def closest(self) -> str:
        """Name the order-free reader that the recurrent model is least ahead of."""
        return min(self.order_free, key=lambda name: self.ahead[name].high)

    def as_good(self, name: str) -> bool:
        """Tell whether a method is as good as the recurrent model, or not worse by as much as the margin."""
        return self.ahead[name].high < self.margin

    def in_words(self, name: str) -> str:
        """Say how far the recurrent model is ahead of a method."""
        found = self.ahead[name]
        return f"{_points(found.value)} points ({_points(found.low)} to {_points(found.high)})"


def decide(found: Findings) -> tuple[str, str]:
    """Give the verdict, and a sentence that says why.

    Order matters where the recurrent model is ahead of each reader that knows no order, and of itself on shuffled words,
    each by more than chance. It does not where one that knows no order is as good. Else nobody knows.
    """
    if found.as_good(found.closest):
        return _as_good(found)
    if not all(found.ahead[name].is_more(found.level) for name in found.order_free):
        return UNDECIDED, f"Undecided: {_ahead_of_closest(found)}, which may be chance{_how_many(found)}."
    own = found.ahead[SHUFFLED]
    if not own.is_more(found.level):
        return UNDECIDED, (
            f"Undecided: {_ahead_of_closest(found)}, but its own words shuffled cost it no more than chance, "
            f"{found.in_words(SHUFFLED)}."
        )
    return MATTERS, (
        f"Word order matters: {_ahead_of_closest(found)}; its own words shuffled, it loses {_points(own.value)} points."
    )


def _as_good(found: Findings) -> tuple[str, str]:
    """Say that order does not matter, unless there is a reason to doubt it."""
    rival = found.closest
    if _nothing_learned(found):
        return UNDECIDED, "Undecided: nothing that was trained is more often right than the commonest label."
    if found.neighbours is not None and found.neighbours.is_more(found.level):
        return UNDECIDED, (
            f"Undecided: the {rival} is as good as the recurrent model, but pairs of neighbours tell something that "
            f"this model has not learned: the {BIGRAMS} is {_points(found.neighbours.value)} points ahead of one of "
            "words."
        )
    return MATTERS_NOT, (
        f"Word order does not matter here: the {rival} is as good as the recurrent model, which is ahead by "
        f"{found.in_words(rival)}, less than {_points(found.margin)}."
    )


def _nothing_learned(found: Findings) -> bool:
    """Tell whether neither the recurrent model nor a bag is above the interval of the commonest label."""
    best = max(found.accuracy[name].low for name in (RECURRENT, *found.order_free))
    return best <= found.accuracy[COMMONEST].value


def advise(found: Findings, verdict: str, seconds: Mapping[str, float]) -> str:
    """Say which model to take."""
    cheap = [name for name in HOW if name in found.ahead and found.as_good(name)]
    if verdict == UNDECIDED:
        return "Audit with more texts, or keep the model that you have."
    if not cheap:
        kept = "Keep the recurrent model"
        return f"{kept}." if verdict == MATTERS else f"{kept}: what is cheaper is worse, as the words hang together."
    best = max(cheap, key=lambda name: found.accuracy[name].value)
    why = "neighbours are all the order that pays: " if verdict == MATTERS else ""
    return f"Take what is cheaper: {why}the {best} ({HOW[best]}){_in_seconds(best, seconds)}."


def _in_seconds(name: str, seconds: Mapping[str, float]) -> str:
    own, other = seconds.get(RECURRENT, math.nan), seconds.get(name, math.nan)
    return f" is trained in {other:.1f} s instead of {own:.1f}" if other < own else ""


def _ahead_of_closest(found: Findings) -> str:
    return f"the recurrent model is ahead of the {found.closest} by {found.in_words(found.closest)}"


def _how_many(found: Findings) -> str:
    """Say how many texts would tell, if the difference stays as it is, where that is a number to be had."""
    nearest = found.ahead[found.closest]
    half, gaps = (nearest.high - nearest.low) / 2, (nearest.value, found.margin - nearest.value)
    widest = max(gaps)
    if widest <= 0.002:
        return ""
    needed = found.n * (half / widest) ** 2 * 1.2
    digits = 10 ** max(0, math.floor(math.log10(max(needed, 1))) - 1)
    return f"; about {math.ceil(needed / digits) * digits:,} texts would tell" if needed > found.n else ""


def _points(share: float) -> str:
    return f"{share * 100:.1f}"
