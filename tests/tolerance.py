"""How near two results of one computation must be: one table, by dtype, for golden files and other peers.

Relative to the largest magnitude of the tensor that is expected: an element that cancelled to nearly nothing keeps the
rounding errors of the numbers that it was made from.
"""

import math
from typing import Any

import numpy as np

__all__ = ["TOLERANCE", "assert_close"]


def _float32(K: int, T: int) -> float:
    """Rounding errors of a well ordered sum of K products, carried through T time steps, grow as their logarithm."""
    return 4 * math.ceil(math.log2(K * T)) * float(np.finfo(np.float32).eps)


TOLERANCE = {"float64": lambda K, T: 1e-12, "float32": _float32}
"""By dtype, a function of K and T.

K, the length of the longest product, is features + units of the recurrent layer where that is largest: as much as one
of its pre-activations adds up, x W_xh + h W_hh. T is the number of time steps of the longest row.
"""


def assert_close(found: Any, expected: Any, dtype: str, K: int, T: int, name: str) -> None:
    """Assert that `found` has this dtype, the shape of `expected`, and its values within the table's tolerance.

    Parameters
    ----------
    found, expected : arrays of one shape, `expected` in float64
    dtype : "float32" or "float64"
        Of `found`.
    K, T : int
        See `TOLERANCE`.
    name : str
        What to call the tensor in the message.
    """
    assert found.dtype == dtype, f"{name} must be {dtype}, got {found.dtype}"
    assert found.shape == expected.shape, f"{name} must have shape {expected.shape}, got {found.shape}"
    assert np.isfinite(found).all(), f"{name} is not finite"
    scale = float(np.abs(expected).max(initial=0))
    error = float(np.abs(found - expected).max(initial=0))
    allowed = TOLERANCE[dtype](K, T) * scale
    assert error <= allowed, f"{name} is off by {error:.3g}, allowed are {allowed:.3g} at magnitude {scale:.3g}"
