"""What an audit concludes: a rule over intervals, a sentence, and which model to take."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .answers import BAG, BIGRAMS, BLIND_TWIN, COMMONEST, DEEP_BAG, RECURRENT, SHUFFLED, WORDS
from .confidence import Difference, Share

__all__ = ["MATTERS", "MATTERS_NOT", "ORDER_FREE", "UNDECIDED", "Findings", "advise", "decide"]

MATTERS, MATTERS_NOT, UNDECIDED = "matters", "does not matter", "undecided"
ORDER_FREE = (BAG, DEEP_BAG, WORDS, BLIND_TWIN)
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

    @property
    def in_doubt(self) -> str:
        """Name the order-free reader that the recurrent model is least surely ahead of."""
        doubtful = [name for name in self.order_free if not self.ahead[name].is_more(self.level)]
        return min(doubtful or self.order_free, key=lambda name: self.ahead[name].low)

    def as_good(self, name: str) -> bool:
        """Tell whether a method is as good as the recurrent model, or not worse by as much as the margin."""
        return self.ahead[name].high < self.margin

    def in_words(self, name: str, called: str = "") -> str:
        """Say how far the recurrent model is ahead of a method, or behind."""
        found, other = self.ahead[name], called or f"the {name}"
        if found.value < 0:
            return f"behind {other} by {_points(-found.value)} points ({_points(-found.high)} to {_points(-found.low)})"
        return f"ahead of {other} by {_points(found.value)} points ({_points(found.low)} to {_points(found.high)})"


def decide(found: Findings) -> tuple[str, str]:
    """Give the verdict, and a sentence that says why.

    Order matters where the recurrent model is ahead of each reader that knows no order, and of itself on shuffled
    words, each by more than chance. It does not where one that knows no order is as good. Else nobody knows.
    """
    rival = found.closest
    if found.as_good(rival):
        return _as_good(found, rival)
    doubt = found.in_doubt
    if not found.ahead[doubt].is_more(found.level):
        return UNDECIDED, (
            f"Undecided: the recurrent model is {found.in_words(doubt)}, which may be chance{_how_many(found, doubt)}."
        )
    ahead = f"the recurrent model is {found.in_words(rival)}"
    own = found.ahead[SHUFFLED]
    if not own.is_more(found.level):
        return UNDECIDED, f"Undecided: {ahead}, but where its words are shuffled it loses no more than chance takes."
    return MATTERS, (
        f"Word order matters: {ahead}, and where its words are shuffled it loses {_points(own.value)} points "
        f"({_points(own.low)} to {_points(own.high)})."
    )


def _as_good(found: Findings, rival: str) -> tuple[str, str]:
    """Say that order does not matter, unless there is a reason to doubt it."""
    if _nothing_learned(found):
        return UNDECIDED, "Undecided: nothing that was trained is surely more often right than the commonest label."
    pairs = found.neighbours
    if pairs is not None and pairs.is_more(found.level):
        return UNDECIDED, (
            f"Undecided: the {rival} is as good as the recurrent model, but pairs of neighbours tell what this model "
            f"has not learned: the {BIGRAMS} is ahead of the {WORDS} by {_points(pairs.value)} points "
            f"({_points(pairs.low)} to {_points(pairs.high)})."
        )
    worth = "" if found.ahead[rival].value < 0 else f"; {_points(found.margin)} would be worth it"
    as_good = f"the {rival} is as good; the recurrent model is {found.in_words(rival, 'it')}{worth}"
    own = found.ahead[SHUFFLED]
    if own.is_more(found.level):
        reads = f"the model reads it, and loses {_points(own.value)} points where words are shuffled, but"
        return MATTERS_NOT, f"Word order does not pay here: {reads} {as_good}."
    return MATTERS_NOT, f"Word order does not matter here: {as_good}."


def _nothing_learned(found: Findings) -> bool:
    """Tell whether neither the recurrent model nor a bag is above the interval of the commonest label."""
    best = max(found.accuracy[name].low for name in (RECURRENT, *found.order_free))
    return best <= found.accuracy[COMMONEST].value


def advise(found: Findings, verdict: str, seconds: Mapping[str, float]) -> str:
    """Say which model to take."""
    if verdict == UNDECIDED:
        return "Audit with more texts, or stay with the model that you have."
    cheap = [name for name in HOW if name in found.ahead and found.as_good(name)]
    pairs = found.ahead.get(BIGRAMS)
    if not cheap and verdict == MATTERS and pairs is not None and not pairs.is_more(found.level):
        return (
            f"Keep the recurrent model; whether the {BIGRAMS}, which is cheaper and knows neighbours, is as good, "
            f"{found.n} texts do not tell."
        )
    if not cheap:
        why = "" if verdict == MATTERS else ": what is cheaper is worse, since words go together"
        return f"Keep the recurrent model{why}."
    best = max(cheap, key=lambda name: found.accuracy[name].value)
    neighbours = ", which knows neighbours, is as good" if verdict == MATTERS else ""
    return f"Take what is cheaper: the {best}{neighbours}{_in_seconds(best, seconds)} ({HOW[best]})."


def _in_seconds(name: str, seconds: Mapping[str, float]) -> str:
    own, other = seconds.get(RECURRENT, math.nan), seconds.get(name, math.nan)
    return f", trained in {other:.1f} s instead of {own:.1f}" if other < own else ""


def _how_many(found: Findings, rival: str) -> str:
    """Say about how many texts would tell, if the difference stays as it is; nothing where it lies on the fence."""
    doubtful = found.ahead[rival]
    half, gap = (doubtful.high - doubtful.low) / 2, max(doubtful.value, found.margin - doubtful.value)
    needed = found.n * (half / gap) ** 2
    if needed <= found.n:
        return ""
    unit = 10 ** max(0, len(str(int(needed))) - 2)
    return f"; about {math.ceil(needed / unit) * unit:,} texts would tell"


def _points(share: float) -> str:
    return f"{share * 100:.1f}"
