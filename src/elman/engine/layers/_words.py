"""What layers that read ids share: word dropout, and given weights of words."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..random import uniform
from ._layer import Connection, Parameter, Run, Shard

__all__ = ["drop_words", "given_weights"]


def drop_words(ids: NDArray[np.int64], unknown: int, rate: float, shard: Shard, run: Run) -> NDArray[Any]:
    """Replace a share of the ids by `unknown` while training (Iyyer et al. 2015, "deep averaging network").

    Whether a word is dropped hangs on the pass, its row in the data and its time step, not on its batch.
    """
    if run.noise is None or rate == 0:
        return ids
    row, time = shard.packing.positions()
    dropped = uniform(run.noise, shard.rows[row], time) < rate
    return np.where(dropped, unknown, ids)


def given_weights(words: int) -> Connection:
    """Declare a number for each word that is given and not learned, `weights`."""
    return Connection("weights of the words", (Parameter("weights", (words,), "ones", trainable=False),))
