"""The mistakes that say most: those that the model was surest of, and the words that mistakes have in common."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...estimators.reading import tokens_of
from ..attribution import Attribution, attribute, reads_prefixes_anew
from ..outcomes import Outcomes

__all__ = ["Mistake", "WordOfMistakes", "answers_each_word", "confused_pairs", "surest_mistakes", "words_of_mistakes"]

LEAST, SIGNIFICANT = 5, 2.0
"""How often a word must come, and how many standard deviations its mistakes must lie above the mean, to be named."""

LONG = 300
"""Words of a text from which on it is not read anew for each of its words."""
GRADIENTS = "gradient-x-input"


@dataclass(frozen=True, eq=False)
class Mistake:
    """A wrong answer.

    row : number of the text in the data, from 0
    word : of a model that answers at each word, which one, from 0; else None
    tokens : of the text
    label, answer : what is right, and what the model said
    confidence : probability of the answer
    attribution : what each word did to the answer; None of an empty text, and of models of which it is not known
    """

    row: int
    word: int | None
    tokens: tuple[str, ...]
    label: Any
    answer: Any
    confidence: float
    attribution: Attribution | None


@dataclass(frozen=True)
class WordOfMistakes:
    """A word that comes in texts that the model errs on more often than on others; or as one, where each is answered.

    n, wrong : how many there are with the word, and how many of these are wrong
    """

    word: str
    n: int
    wrong: int


def answers_each_word(model: Any) -> bool:
    """Tell whether a classifier answers at each word, as a tagger does."""
    return bool(model.network_.shapes[-1].sequence)


def surest_mistakes(model: Any, rows: Sequence[Any], found: Outcomes, most: int) -> tuple[Mistake, ...]:
    """Give the wrong answers of the highest probability: one a row at most, and none that is like another."""
    wrong = np.flatnonzero(~found.right)
    owners = np.repeat(np.arange(len(found.lengths)), found.lengths)
    starts = np.cumsum(found.lengths) - found.lengths
    chosen: list[Mistake] = []
    seen: set[Any] = set()
    for output in wrong[np.argsort(-found.confidence[wrong], kind="stable")].tolist():
        if len(chosen) == most:
            break
        row = int(owners[output])
        tokens = tuple(tokens_of(model, rows[row]))
        if row not in seen and tokens not in seen:
            chosen.append(_mistake(model, rows[row], tokens, found, output, row, output - int(starts[row])))
            seen |= {row, tokens}
    return tuple(chosen)


def _mistake(
    model: Any, text: Any, tokens: tuple[str, ...], found: Outcomes, output: int, row: int, word: int
) -> Mistake:
    answer, position = found.classes[found.predicted[output]], word if answers_each_word(model) else None
    return Mistake(
        row,
        position,
        tokens,
        found.classes[found.truth[output]],
        answer,
        float(found.confidence[output]),
        _attributed(model, text, answer, position, len(tokens)),
    )


def _attributed(model: Any, text: Any, answer: Any, position: int | None, words: int) -> Attribution | None:
    """Attribute by what words change as they are read; without each word, where that is not what a model does.

    Of a long text, of which both would read about as many others as it has words, by gradients, which read it thrice.
    """
    methods = ["leave-one-out"] if position is not None else ["telescoping", "leave-one-out"]
    if words > LONG and (position is not None or reads_prefixes_anew(model, text)):
        methods.insert(0, GRADIENTS)
    for method in methods:
        try:
            found = attribute(model, text, method, answer, position=position)
        except InputError:
            continue
        return found if found.tokens else None
    return None


def confused_pairs(found: Outcomes, most: int = 5) -> list[tuple[Any, Any, int]]:
    """Give which labels are taken for which answers most often: label, answer, how often."""
    counts = found.confusion()
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:most]
    pairs = [(int(place) // len(counts), int(place) % len(counts)) for place in order]
    return [
        (found.classes[row], found.classes[column], int(counts[row, column]))
        for row, column in pairs
        if counts[row, column]
    ]


def words_of_mistakes(model: Any, rows: Sequence[Any], found: Outcomes, most: int = 12) -> tuple[WordOfMistakes, ...]:
    """Give the words that mistakes share: those whose texts are wrong more often than texts are, by more than chance
    would have it, the most striking first. Where each word has an answer, it counts for itself.
    """
    tokens = [[token.lower() for token in tokens_of(model, row)] for row in rows]
    words: Iterable[Iterable[str]] = tokens
    if answers_each_word(model):
        words = ([token] for row in tokens for token in row)
    n: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for those, right in zip(words, found.right.tolist(), strict=True):
        once = list(dict.fromkeys(those))  # in the order of the text, so that ties are broken alike in every process
        n.update(once)
        wrong.update([] if right else once)
    return _striking(n, wrong, float((~found.right).mean()), most)


def _striking(n: Counter[str], wrong: Counter[str], mean: float, most: int) -> tuple[WordOfMistakes, ...]:
    names = [word for word, count in n.items() if count >= LEAST and wrong[word] > 1]
    counts, errors = (np.array([each[word] for word in names], np.float64) for each in (n, wrong))
    above: NDArray[np.float64] = (errors - counts * mean) / np.sqrt(counts * max(mean * (1 - mean), 1e-300))
    order = [place for place in np.argsort(-above, kind="stable").tolist() if above[place] > SIGNIFICANT]
    return tuple(WordOfMistakes(names[place], n[names[place]], wrong[names[place]]) for place in order[:most])
