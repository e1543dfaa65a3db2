"""Batches of rows of about equal length, in a new random order each epoch."""

import numpy as np
from numpy.typing import NDArray

from ..engine.random import derive, permutation

__all__ = ["POOL_BATCHES", "length_batches"]

POOL_BATCHES = 50
"""Batches whose rows are sorted by length together: more make lengths more alike, fewer mix rows better."""


def length_batches(lengths: NDArray[np.int64], batch_size: int, seed: int) -> list[NDArray[np.int64]]:
    """Cut all rows into batches.

    Rows are put in random order, cut into pools, sorted by length within each, and cut into batches, which
    are put in random order. The last batch of a pool may be smaller.

    Parameters
    ----------
    lengths : (rows,) int64
    seed : int
        One for each epoch; the batches hang on nothing else.

    Returns
    -------
    list of (at most batch_size,) int64
        Row numbers; each row once.
    """
    order = permutation(derive(seed, "rows"), len(lengths))
    batches = []
    for begin in range(0, len(order), POOL_BATCHES * batch_size):
        pool = order[begin : begin + POOL_BATCHES * batch_size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[i : i + batch_size] for i in range(0, len(pool), batch_size)]
    return [batches[i] for i in permutation(derive(seed, "batches"), len(batches))]
