"""Examples that come with the package: the lecture's reviews, and reviews whose label hangs on word order."""

import random
from collections.abc import Callable

from ..errors import InputError
from .labelled import LabelledTexts

__all__ = ["lecture_reviews", "order_reviews"]


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
