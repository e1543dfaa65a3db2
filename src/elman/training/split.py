"""Holding a part of the rows back, every class in its share."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..engine.random import derive, permutation
from ..errors import InputError

__all__ = ["held_back"]


def held_back(
    labels: Sequence[Hashable], fraction: float, random_state: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split rows in two, stratified by label.

    Of a class with n rows, round(n * fraction) are held back, but at least one, and at least one is kept;
    a class with a single row keeps it.

    Parameters
    ----------
    labels : of the rows
    fraction : float
        Share that is held back, between 0 and 1.
    random_state : int
        The same seed holds back the same rows on every machine.

    Returns
    -------
    kept, held : (rows,) int64
        Row numbers, rising.

    Raises
    ------
    InputError
        No class has two rows, so nothing can be held back; a fraction outside (0, 1).
    """
    if not 0 < fraction < 1:
        raise InputError(f"the part held back must be between 0 and 1, got {fraction!r}")
    by_label: dict[Hashable, list[int]] = {}
    for row, label in enumerate(labels):
        by_label.setdefault(label, []).append(row)
    held: list[int] = []
    for number, rows in enumerate(by_label.values()):
        count = min(max(round(len(rows) * fraction), 1), len(rows) - 1)
        order = permutation(derive(random_state, f"held back {number}"), len(rows))
        held += [rows[i] for i in order[:count]]
    if not held:
        raise InputError(
            f"no class has two rows among {len(labels)}, so none can be held back: give dev, rows to choose the epoch "
            "by, or early_stopping=False"
        )
    mask = np.zeros(len(labels), bool)
    mask[held] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)
