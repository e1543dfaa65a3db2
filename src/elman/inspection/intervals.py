"""The interval of a share of words, which within a row hang together."""

import numpy as np
from numpy.typing import ArrayLike

from .confidence import Share, share

__all__ = ["share_of_rows"]


def share_of_rows(hits: ArrayLike, n: ArrayLike, level: float = 0.05) -> Share:
    """Give the share of what is right, with its interval, where rows are a sample and their words are not.

    It is Wilson's interval for so many independent words as would make the share as uncertain as the differences
    between rows do, times (z / t)^2 since these are themselves known from few rows, with the quantiles of the normal
    distribution and of Student's with a degree of freedom less than rows (Korn & Graubard 1998, "Confidence intervals
    for proportions with small expected number of positive counts estimated from survey data"), rounded down. A single
    row counts as one word.

    Parameters
    ----------
    hits, n : (rows,) int
        Right ones and all, of each row; at least one of all.
    level : how often such an interval misses

    Examples
    --------
    >>> found = share_of_rows([9, 5, 10, 10], [10, 10, 10, 10])
    >>> f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
    '0.850 (0.321 to 0.985)'
    """
    right, counts = np.asarray(hits, np.float64), np.asarray(n, np.float64)
    rows, total = int((counts > 0).sum()), float(counts.sum())
    if rows == total:
        return share(float(right.sum()), rows, level)
    part = float(right.sum()) / total
    spread = rows / max(1, rows - 1) * float(((right - part * counts) ** 2).sum()) / total**2
    # Where all is right, or all is wrong, nothing tells how words hang together: then a row counts once.
    if part in (0.0, 1.0) or rows == 1:
        return share(part * rows, rows, level)
    whole = max(1, int(min(total, part * (1 - part) / max(spread, 1e-300)) * _known_from(rows, level)))
    return share(part * whole, whole, level)


def _known_from(rows: int, level: float) -> float:
    """Give (z / t)^2: 1 where the spread of rows is known, less the fewer they are."""
    from scipy import stats  # late: it takes half a second

    z, t = stats.norm.ppf(level / 2), stats.t.ppf(level / 2, rows - 1)
    return float((z / t) ** 2)
