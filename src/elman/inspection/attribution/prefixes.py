"""Telescoping: how the logit changes as each word is read."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.one_logit import OneLogit
from ...estimators.reading import Reading, read_tokens
from ...sequences import Sequences
from .rows import in_groups, prefixes

__all__ = ["after_each", "after_each_anew"]


def after_each(logit: OneLogit, row: Sequences) -> NDArray[np.float64]:
    """Give the logit of each prefix of a single row, the empty one first, (time + 1,) float64.

    The state after a word is all that a last state needs, so the row is read once. Under a pooling what the layers
    below it made of a word is used in all prefixes that hold it. A layer that reads from the end makes something else
    of each prefix, which is read anew: time / 2 times as much work.
    """
    nothing = logit.values(prefixes(row, np.zeros(1, np.int64)))
    if logit.of_last_state:
        return np.concatenate([nothing, logit.along(row)])
    ends = np.arange(1, len(row.values) + 1)
    if logit.depth == 0:
        later = in_groups(lambda group: logit.values(prefixes(row, ends[group])), ends)
    else:
        vectors = Sequences(logit.outputs(logit.depth, row), row.offsets)
        later = in_groups(lambda group: logit.values_above(logit.depth, prefixes(vectors, ends[group])), ends)
    return np.concatenate([nothing, later])


def after_each_anew(logit: OneLogit, model: Any, reading: Reading) -> NDArray[np.float64]:
    """Give the logit of each prefix of a text, for a model whose encoder makes other vectors of each of them."""
    tokens = list(reading.tokens)
    ends = np.arange(len(tokens) + 1)
    return in_groups(lambda group: logit.values(read_tokens(model, [tokens[:end] for end in group.tolist()])), ends)
