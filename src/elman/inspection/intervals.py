"""Confidence intervals of shares."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Z", "share_of_rows", "wilson"]

Z = 1.959963984540054
"""Quantile of the normal distribution for 95 % between two bounds."""


def wilson(hits: float, n: float) -> tuple[float, float]:
    """Give the 95 % interval of a share (Wilson 1927), which stays between 0 and 1 and has a width at 0 and 1, too.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(90, 100)]
    [0.826, 0.945]
    """
    share, square = hits / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * np.sqrt(share * (1 - share) / n + square / (4 * n * n))
    # Rounding must not move a bound past the share itself.
    return min(max(0.0, float(middle - half)), share), max(min(1.0, float(middle + half)), share)


def share_of_rows(hits: ArrayLike, n: ArrayLike) -> tuple[float, float]:
    """Give the 95 % interval of a share of words, which within a row hang together: Wilson's for so many independent
    words as would make the share as uncertain as the differences between rows do (Korn & Graubard 1998).

    Parameters
    ----------
    hits, n : (rows,) int
        Of each row. With one a row it is Wilson's interval of one row less.

    Examples
    --------
    >>> [round(bound, 2) for bound in share_of_rows([9, 5, 10, 10], [10, 10, 10, 10])]
    [0.53, 0.97]
    """
    right, counts = np.asarray(hits, np.float64), np.asarray(n, np.float64)
    rows, total = int((counts > 0).sum()), float(counts.sum())
    share = float(right.sum()) / total
    spread = rows / max(1, rows - 1)
    variance = spread * float(((right - share * counts) ** 2).sum()) / total**2
    # Where all is right, or all is wrong, nothing tells how words hang together: then a row counts once.
    independent = float(rows) if share in (0.0, 1.0) else min(total, share * (1 - share) / max(variance, 1e-300))
    return wilson(share * independent, independent)
