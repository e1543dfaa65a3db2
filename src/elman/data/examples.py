"""Examples that come with the package: the lecture's reviews, reviews whose label hangs on word order, reviews in which
the words alone tell it, pairs of texts.

The pairs are tasks for an encoder-decoder: to reverse, to sort, to write dates in words as ISO 8601 has them.
"""

import datetime
import random
from collections.abc import Callable, Iterable

from ..checks import check_flag, is_number
from ..errors import InputError
from .labelled import LabelledTexts
from .pairs import PairedTexts

__all__ = ["lecture_reviews", "order_reviews", "reversals", "sortings", "word_reviews", "written_dates"]


def lecture_reviews() -> LabelledTexts:
    """Give the three reviews of the lecture, 1 for good and 0 for bad.

    Examples
    --------
    >>> lecture_reviews().texts
    ['movie was good', 'movie was bad', 'movie was not good']
    """
    return LabelledTexts(["movie was good", "movie was bad", "movie was not good"], [1, 0, 0], "lecture_reviews()")


SUBJECTS = ("movie", "film", "story", "plot", "show", "ending", "script", "scene")
GOOD = ("good", "funny", "clever", "moving", "lovely", "fresh", "charming", "gripping")
BAD = ("bad", "dull", "boring", "silly", "weak", "poor", "flat", "tedious")
MODEST = ("good", "fine", "nice", "decent")
GREAT = ("great", "brilliant", "superb", "excellent")
BEGINNINGS = ("", "well , ", "honestly , ", "in short , ", "my verdict : ")
ENDINGS = ("", " overall", " for me", " , that is all", " , to be fair")

TEMPLATES = (
    "the {s} was not {a} , it was {b}",
    "i expected a {a} {s} but it was {b}",
    "the {s} was {a} at first but {b} in the end",
    "the {s} was never {a} and always {b}",
    "the {s} was more {b} than {a}",
    "they say the {s} is {a} yet i found it {b}",
    "a {b} {s} , not a {a} one",
    "nothing {a} here , the {s} was {b}",
)
"""The label is that of {b}: the other word is negated, expected, past, denied, or somebody else's."""


def _contrast(pick: Callable[..., str]) -> tuple[str, str]:
    """Give a good review and a bad one of the same words: two adjectives change places."""
    template, subject = pick(TEMPLATES), pick(SUBJECTS)
    good, bad = pick(GOOD), pick(BAD)
    return template.format(s=subject, a=bad, b=good), template.format(s=subject, a=good, b=bad)


def _praise(pick: Callable[..., str]) -> tuple[str, str]:
    """The same by the scope of a negation: "not good but great" against "good but not great"."""
    subject, modest, great = pick(SUBJECTS), pick(MODEST), pick(GREAT)
    return f"the {subject} was not {modest} but {great}", f"the {subject} was {modest} but not {great}"


def order_reviews(n: int, random_state: int = 0) -> LabelledTexts:
    """Make short reviews in which only the order of the words tells the label, 1 for good and 0 for bad.

    They come in pairs of the same words with opposite labels, so that every bag of words carries both
    labels equally often, and nothing that ignores order can do better than a coin.

    Parameters
    ----------
    n : int
        Reviews; even, 2 at least.
    random_state : int
        The same seed gives the same reviews.

    Raises
    ------
    InputError
        `n` is not an even positive integer.

    Examples
    --------
    >>> reviews = order_reviews(4, random_state=8)
    >>> for label, text in sorted(zip(reviews.labels, reviews.texts, strict=True)):
    ...     print(label, text)
    0 my verdict : the plot was never moving and always dull
    0 the scene was good but not superb overall
    1 my verdict : the plot was never dull and always moving
    1 the scene was not good but superb overall
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 2 or n % 2:
        raise InputError(f"n must be an even integer, 2 or more, since reviews come in pairs; got {n!r}")
    # Of random.Random only random() keeps its numbers from one Python to the next.
    draw = random.Random(random_state).random

    def pick(choices: tuple[str, ...]) -> str:
        return choices[int(draw() * len(choices))]

    reviews = []
    for _ in range(n // 2):
        good, bad = (_praise if draw() < 0.25 else _contrast)(pick)
        before, after = pick(BEGINNINGS), pick(ENDINGS)
        reviews += [(draw(), before + good + after, 1), (draw(), before + bad + after, 0)]
    reviews.sort()
    return LabelledTexts(
        [text for _, text, _ in reviews], [label for *_, label in reviews], f"order_reviews({n}, {random_state})"
    )


OPINIONS = (
    "the {s} was {a} , the {t} {b} and the {u} {c}",
    "a {a} {s} , {b} {t} and {c} {u}",
    "{a} {s} , {b} as a {t} , and the {u} is {c}",
    "i found the {s} {a} , its {t} {b} , the {u} {c}",
)
"""Three opinions that nothing negates: the words count the same wherever they stand."""


def word_reviews(n: int, random_state: int = 0, noise: float = 0.1, interacting: bool = False) -> LabelledTexts:
    """Make short reviews in which the words alone tell the label, 1 or 0, and their order tells nothing more.

    Each has three opinions, good or bad. The label is that of the most, or, of those that interact, whether they are
    unlike: then no single word says anything, and a weight a word is not enough. A share of the labels is turned round
    afterwards, by chance: not even who knows the rule is right in more than the others. In either kind a text's words,
    in any order, tell its label as well as the text does.

    Parameters
    ----------
    n : int
        Reviews, 1 or more.
    random_state : int
        The same seed gives the same reviews.
    noise : float
        Share of the labels that is turned round, 0 to 0.5; at 0.5 nothing tells the label.
    interacting : bool
        Whether the label hangs on how the words go together.

    Raises
    ------
    InputError
        `n` is not a positive integer, or `noise` is not from 0 to 0.5.

    Examples
    --------
    >>> for text, label in zip(*word_reviews(3, random_state=4, noise=0)):
    ...     print(label, text)
    1 charming movie , charming as a plot , and the scene is funny
    1 charming scene , funny as a script , and the script is clever
    0 i found the show dull , its ending silly , the show bad
    """
    _check_counts(n=n)
    if not is_number(noise) or not 0 <= noise <= 0.5:
        raise InputError(f"noise must be from 0 to 0.5, got {noise!r:.80}")
    check_flag("interacting", interacting)
    draw = random.Random(random_state).random

    def pick(choices: tuple[str, ...]) -> str:
        return choices[int(draw() * len(choices))]

    texts, labels = [], []
    for _ in range(n):
        tones = [draw() < 0.5 for _ in range(3)]
        told = len(set(tones)) > 1 if interacting else sum(tones) > 1
        # Drawn whether there is noise or not, so that it changes no text.
        labels.append(int(told != (draw() < noise)))
        words = {"s": pick(SUBJECTS), "t": pick(SUBJECTS), "u": pick(SUBJECTS)}
        words |= {slot: pick(GOOD if tone else BAD) for slot, tone in zip("abc", tones, strict=True)}
        texts.append(pick(OPINIONS).format(**words))
    more = f", {noise}, interacting" if interacting else f", {noise}"
    return LabelledTexts(texts, labels, f"word_reviews({n}, {random_state}{more})")


def reversals(n: int, random_state: int = 0, longest: int = 20, symbols: str = "0123456789") -> PairedTexts:
    """Make sequences of 1 to `longest` symbols, spaces between, whose target is the same from its end.

    Parameters
    ----------
    n : int
        Pairs, 1 or more.
    random_state : int
        The same seed gives the same pairs.
    longest : int
        Symbols of a sequence at most; all lengths come equally often.
    symbols : str
        One character for each symbol.

    Raises
    ------
    InputError
        `n` or `longest` is not a positive integer, or there is no symbol.

    Examples
    --------
    >>> next(zip(*reversals(3, longest=5)))
    ('7 4 2 5 4', '4 5 2 4 7')
    """
    return _rearranged("reversals", lambda row: row[::-1], n, random_state, longest, symbols)


def sortings(n: int, random_state: int = 0, longest: int = 20, symbols: str = "0123456789") -> PairedTexts:
    """Make sequences of 1 to `longest` symbols, spaces between, whose target is the same in order; see `reversals`.

    Examples
    --------
    >>> next(zip(*sortings(3, longest=5)))
    ('7 4 2 5 4', '2 4 4 5 7')
    """
    return _rearranged("sortings", sorted, n, random_state, longest, symbols)


def _rearranged(
    name: str, change: Callable[[list[str]], Iterable[str]], n: int, random_state: int, longest: int, symbols: str
) -> PairedTexts:
    _check_counts(n=n, longest=longest)
    if not isinstance(symbols, str) or not symbols:
        raise InputError(f"symbols must be a string of one or more, got {symbols!r:.80}")
    draw = random.Random(random_state).random
    rows = [[symbols[int(draw() * len(symbols))] for _ in range(1 + int(draw() * longest))] for _ in range(n)]
    targets = [" ".join(change(row)) for row in rows]
    return PairedTexts([" ".join(row) for row in rows], targets, f"{name}({n}, {random_state})")


ONES = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    "December",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
    "twenty": "twentieth",
    "thirty": "thirtieth",
}
"""Those that are not the number and th."""
FIRST_YEAR, YEARS = 1900, 200
DATES = ("{d} of {m} {y}", "the {d} of {m} , {y}", "{m} {d} , {y}", "{m} the {d} , {y}", "{w} , {m} {d} {y}")


def _in_words(number: int) -> str:
    """Give 1 to 99 in words."""
    if number < 20:
        return ONES[number - 1]
    return TENS[number // 10 - 2] + (f"-{ONES[number % 10 - 1]}" if number % 10 else "")


def _ordinal(number: int) -> str:
    before, dash, last = _in_words(number).rpartition("-")
    return before + dash + ORDINALS.get(last, f"{last}th")


def _year(year: int, pick: Callable[..., str]) -> str:
    """Give a year as it is read: nineteen oh five, nineteen hundred and five, two thousand and five, ..."""
    century, rest = divmod(year, 100)
    if century == 20 and (rest < 10 or pick(("", "thousand"))):
        joint = pick(("", " and")) if rest else ""
        return f"two thousand{joint} {_in_words(rest)}" if rest else "two thousand"
    if rest == 0:
        return f"{_in_words(century)} hundred"
    if rest < 10:
        return f"{_in_words(century)} {pick(('oh ', 'hundred and '))}{_in_words(rest)}"
    return f"{_in_words(century)} {_in_words(rest)}"


def written_dates(n: int, random_state: int = 0) -> PairedTexts:
    """Make dates from 1900 to 2099 in English words, in several spellings, whose target is the date in ISO 8601.

    Parameters
    ----------
    n : int
        Pairs, 1 or more.
    random_state : int
        The same seed gives the same pairs.

    Raises
    ------
    InputError
        `n` is not a positive integer.

    Examples
    --------
    >>> for written, iso in zip(*written_dates(3, random_state=1)):
    ...     print(iso, written)
    1926-11-16 tuesday , november sixteenth nineteen twenty-six
    1951-01-06 January sixth , nineteen fifty-one
    2030-04-27 twenty-seventh of april two thousand thirty
    """
    _check_counts(n=n)
    draw, sources, targets = random.Random(random_state).random, [], []

    def pick(choices: tuple[str, ...]) -> str:
        return choices[int(draw() * len(choices))]

    first, end = datetime.date(FIRST_YEAR, 1, 1).toordinal(), datetime.date(FIRST_YEAR + YEARS, 1, 1).toordinal()
    for _ in range(n):
        date = datetime.date.fromordinal(first + int(draw() * (end - first)))
        words = {
            "d": _ordinal(date.day),
            "m": MONTHS[date.month - 1],
            "y": _year(date.year, pick),
            "w": WEEKDAYS[date.weekday()],
        }
        text = pick(DATES).format(**words)
        sources.append(text if draw() < 0.5 else text.lower())
        targets.append(date.isoformat())
    return PairedTexts(sources, targets, f"written_dates({n}, {random_state})")


def _check_counts(**counts: int) -> None:
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(f"{name} must be a positive integer, got {value!r:.80}")
