"""The audit's short form: what a model that was just trained loses where words are shuffled."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.random import derive, permutation
from .confidence import Difference, Share, compare, share
from .shuffles import shuffled

__all__ = ["ShortAudit", "short_audit"]

PASSES = 2
"""Each text is read as it is, and shuffled once."""


@dataclass(frozen=True)
class ShortAudit:
    """How a model does on shuffled words.

    n : texts that were shuffled
    in_order, shuffled : how often it is right on them
    loss : by how much less often on shuffled words
    commonest : share of the label that comes most often among them, which no model is needed for
    """

    n: int
    in_order: Share
    shuffled: Share
    loss: Difference
    commonest: float

    @property
    def sentence(self) -> str:
        """What that says, and what it leaves open."""
        texts = f"{self.n} {'text' if self.n == 1 else 'texts'}"
        low, value, high = (100 * part for part in (self.loss.low, self.loss.value, self.loss.high))
        change = f"{value:.1f} points less ({low:.1f} to {high:.1f})"
        if value < 0:
            change = f"{-value:.1f} points more ({-high:.1f} to {-low:.1f})"
        figures = f"{self.shuffled.value:.1%} of {texts} right instead of {self.in_order.value:.1%}, {change}"
        if self.in_order.low <= self.commonest:
            return (
                f"words shuffled: {figures}; the model is not surely better than the commonest label: too early to ask"
            )
        if self.loss.low > 0:
            return f"words shuffled: {figures}; the model reads their order, and `elman audit` tells whether that pays"
        return f"words shuffled: {figures}; that may be chance, and a bag of words may do: see `elman audit`"


def short_audit(
    model: Any, rows: Any, labels: Any, most_readings: int | None = None, seed: int = 0, level: float = 0.05
) -> ShortAudit | None:
    """Measure a fitted classifier on texts as they are, and with their words shuffled.

    Parameters
    ----------
    model : TextClassifier or SequenceClassifier
    rows, labels : as for `fit`
    most_readings : int, optional
        How often a text may be read; of more than that allows some are taken.
    seed : int
        Of the shuffles.
    level : float
        How often the intervals miss.

    Returns
    -------
    None where `most_readings` allows no text.

    Examples
    --------
    >>> from elman import TextClassifier, order_reviews
    >>> small = {"units": 16, "embedding_dim": 16, "pooling": "last", "word_dropout": 0, "dropout": 0}
    >>> model = TextClassifier(**small, epochs=12, learning_rate=0.02, early_stopping=False)
    >>> found = short_audit(model.fit(*order_reviews(500, 1)), *order_reviews(200, 2))
    >>> found.in_order.value > 0.9, found.shuffled.value < 0.6
    (True, True)
    """
    n = len(rows) if most_readings is None else min(len(rows), most_readings // PASSES)
    if not n:
        return None
    numbers = np.sort(permutation(derive(seed, "texts to shuffle"), len(rows))[:n])
    chosen, truth = [rows[number] for number in numbers], np.asarray(labels)[numbers]
    right, after = (model.predict(each) == truth for each in (chosen, shuffled(chosen, derive(seed, "shuffle 0"))))
    loss = compare(int((right & ~after).sum()), int((~right & after).sum()), n, level / 2)
    commonest = float(np.unique(truth, return_counts=True)[1].max()) / n
    return ShortAudit(n, share(int(right.sum()), n, level), share(int(after.sum()), n, level), loss, commonest)
