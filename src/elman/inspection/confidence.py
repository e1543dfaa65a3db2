"""How sure a figure is: intervals of a share and of a difference of two, and whether that is more than chance."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

__all__ = ["Difference", "Share", "compare", "mcnemar", "share"]


@dataclass(frozen=True)
class Share:
    """A share of texts, with its interval.

    value : from 0 to 1
    low, high : the share of all texts of this kind, of which these are a sample, lies between them
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """How much larger one share is than another, of the same texts.

    value : from -1 to 1
    low, high : the interval of the difference
    gained, lost : texts that the first has and the second has not, and the other way round; the texts that tell the two
        apart. Not whole where one of them is a mean over several readings of each text
    p : how likely a difference at least so large is, to either side, were the two alike
    """

    value: float
    low: float
    high: float
    gained: float
    lost: float
    p: float

    def is_more(self, level: float) -> bool:
        """Tell whether the first is larger by more than chance: the interval and the exact test both say so."""
        return self.low > 0 and self.p <= level


def share(part: float, n: int, level: float) -> Share:
    """Give the share of `part` in `n` texts with its interval by Wilson's score (1927).

    Parameters
    ----------
    part : 0 to `n`; a mean of several counts may be fractional
    level : how often such an interval misses, such as 0.05

    Examples
    --------
    >>> found = share(45, 50, level=0.05)
    >>> f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
    '0.900 (0.786 to 0.957)'
    """
    z2, p = _z(level / 2) ** 2, part / n
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Share(p, min(max(0.0, middle - half), p), max(min(1.0, middle + half), p))


def compare(gained: float, lost: float, n: int, side: float, p: float | None = None) -> Difference:
    """Give how much larger one share of `n` texts is than another of the same texts.

    The interval is Tango's (1998, "Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design"): all differences that a score test does not reject. It is an interval where nothing tells the
    two apart, too, and for few texts. `p` is McNemar's test, exact: of the texts that tell the two apart, a fair coin
    would give each half.

    Parameters
    ----------
    gained, lost : texts that the first alone has, and that the second alone has
    side : how often the difference lies above such an interval, and how often below
    p : of the test; by default it is made of `gained` and `lost`, which must be whole for that

    Examples
    --------
    >>> found = compare(gained=30, lost=12, n=200, side=0.025)
    >>> f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f}), p {found.p:.4f}"
    '0.090 (0.028 to 0.155), p 0.0079'
    """
    z = _z(side)
    value = (gained - lost) / n
    low = _root(lambda delta: _score(gained, lost, n, delta) - z, -1.0, value)
    high = _root(lambda delta: _score(gained, lost, n, delta) + z, value, 1.0)
    return Difference(value, low, high, gained, lost, mcnemar(int(gained), int(lost)) if p is None else p)


def mcnemar(gained: int, lost: int) -> float:
    """Give the probability, to either side, of so unequal a split, or a more unequal one, of tosses of a fair coin.

    McNemar's test, exact: whole numbers are counted, and divided once.

    Examples
    --------
    >>> mcnemar(5, 0) == 2 / 2**5
    True
    """
    tosses, ways, tail = gained + lost, 1, 0
    for number in range(min(gained, lost) + 1):
        tail += ways
        ways = ways * (tosses - number) // (number + 1)
    return min(1.0, 2 * tail / (1 << tosses))


def _score(gained: float, lost: float, n: int, delta: float) -> float:
    """How far the difference is from `delta`, in standard errors as they were if that were the true one."""
    # The likeliest share of texts that the second alone has, given delta: a root of a x^2 + b x + c.
    a, b, c = 2 * n, (2 * n - gained + lost) * delta - gained - lost, -lost * delta * (1 - delta)
    q = (math.sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
    variance = n * (2 * q + delta * (1 - delta))
    distance = gained - lost - n * delta
    if variance <= 0:
        return 0.0 if distance == 0 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Halve what holds the place where the function, which falls, is 0, until nothing lies between."""
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return middle


def _z(tail: float) -> float:
    """Give beyond how many standard deviations this share of a normal distribution lies, on one side."""
    return -NormalDist().inv_cdf(tail)
