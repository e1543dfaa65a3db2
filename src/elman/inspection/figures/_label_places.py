"""Labels beside points, none over another: each takes the first place that is free, in the order of importance."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["place_labels"]

SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Where a label may stand, seen from its point: the better ones first."""
GAPS = (0.06, 0.16, 0.3)
"""Inches between a point and its label; the nearer ones first."""


def place_labels(
    points: NDArray[np.float64], sizes: Sequence[tuple[float, float]], bounds: tuple[float, float]
) -> list[tuple[float, float] | None]:
    """Give the lower left corner of each label; None where nothing is free.

    Parameters
    ----------
    points : (labels, 2) float, in inches, the most important first
    sizes : width and height of each label, in inches
    bounds : width and height of what must hold all of them

    Examples
    --------
    >>> import numpy as np
    >>> place_labels(np.array([[1.0, 1.0], [1.1, 1.0]]), [(0.5, 0.1), (0.5, 0.1)], (2, 2))
    [(0.44, 0.95), (1.16, 0.95)]
    """
    taken: NDArray[np.float64] = np.empty((0, 4))
    found: list[tuple[float, float] | None] = []
    dots = np.hstack([points - 0.03, points + 0.03])
    for number, (point, size) in enumerate(zip(points, sizes, strict=True)):
        blocked = np.vstack([taken, np.delete(dots, number, axis=0)])
        corner = _first_free(point, np.asarray(size), blocked, np.asarray(bounds))
        found.append(None if corner is None else (round(float(corner[0]), 4), round(float(corner[1]), 4)))
        if corner is not None:
            taken = np.vstack([taken, [*corner, *(corner + size)]])
    return found


def _first_free(
    point: NDArray[np.float64], size: NDArray[np.float64], blocked: NDArray[np.float64], bounds: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    for gap in GAPS:
        for side in SIDES:
            corner = point + np.asarray(side) * (gap + size / 2) - size / 2
            inside = (corner >= 0).all() and (corner + size <= bounds).all()
            apart = (blocked[:, :2] >= corner + size) | (blocked[:, 2:] <= corner)
            if inside and apart.any(axis=1).all():
                return np.asarray(corner)
    return None
