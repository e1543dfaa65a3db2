"""Labels at the ends of lines, moved apart as little as it takes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["spread"]


def spread(places: ArrayLike, gap: float) -> NDArray[np.float64]:
    """Move numbers apart until no two are nearer than `gap`; their order stays, and groups keep their middle.

    Examples
    --------
    >>> spread([1.0, 1.0, 5.0], 0.5).tolist()
    [0.75, 1.25, 5.0]
    """
    wanted = np.asarray(places, np.float64)
    order = np.argsort(wanted, kind="stable")
    # Less what a place must lie above the first one anyway, they only have to rise: a regression by merging
    # neighbours that fall (pool adjacent violators).
    offsets = gap * np.arange(len(order))
    groups: list[tuple[float, int]] = []
    for value in wanted[order] - offsets:
        groups.append((float(value), 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            groups[-2:] = [_joined(groups[-2:])]
    found = np.empty(len(order))
    found[order] = np.repeat([mean for mean, _ in groups], [count for _, count in groups]) + offsets
    return found


def _joined(groups: Sequence[tuple[float, int]]) -> tuple[float, int]:
    count = sum(size for _, size in groups)
    return sum(mean * size for mean, size in groups) / count, count
