"""Word dropout, which every layer that reads ids offers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..random import uniform
from ._layer import Run, Shard

__all__ = ["drop_words"]


def drop_words(ids: NDArray[np.int64], unknown: int, rate: float, shard: Shard, run: Run) -> NDArray[Any]:
    """Replace a share of the ids by `unknown` while training (Iyyer et al. 2015, "deep averaging network").

    Whether a word is dropped hangs on the pass, its row in the data and its time step, not on its batch.
    """
    if run.noise is None or rate == 0:
        return ids
    row, time = shard.packing.positions()
    dropped = uniform(run.noise, shard.rows[row], time) < rate
    return np.where(dropped, unknown, ids)
