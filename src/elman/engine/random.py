"""Random numbers by counter: each draw is a hash of a seed and of what it is for.

A draw for (epoch 3, row 17, time step 5) is the same whatever batch the row is in, whatever thread asks,
and on every machine: the hash is integer arithmetic, splitmix64's finalizer (Steele, Lea & Flood 2014)
folded over the counters.
"""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["derive", "normal", "permutation", "uniform"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


def derive(seed: int, name: str) -> int:
    """Give a seed for the stream called `name`, unrelated to those of other names; a non-negative int64."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "little") >> 1


def bits(seed: int, *counters: ArrayLike) -> NDArray[np.uint64]:
    """Give 64 random bits for each element of the counters, which are broadcast together."""
    state = _mix(np.asarray(np.uint64(seed)) + _GOLDEN)
    with np.errstate(over="ignore"):
        for counter in counters:
            state = _mix(state ^ _mix(np.asarray(counter).astype(np.uint64) + _GOLDEN))
    return state


def _mix(x: NDArray[Any]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * _MIX1
        x = (x ^ (x >> np.uint64(27))) * _MIX2
        return np.asarray(x ^ (x >> np.uint64(31)))


def uniform(seed: int, *counters: ArrayLike) -> NDArray[np.float64]:
    """Give a number in [0, 1) for each element of the counters, multiples of 2^-53."""
    return (bits(seed, *counters) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(seed: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Give nearly normal numbers: the sum of twelve uniform ones, less six (mean 0, variance 1).

    Exact transforms need a logarithm, whose bits differ between C libraries.
    """
    elements = np.arange(int(np.prod(shape, dtype=np.int64)))
    total = np.zeros(elements.shape)
    for part in range(12):
        total += uniform(seed, part, elements)
    return (total - 6).reshape(shape)


def permutation(seed: int, size: int) -> NDArray[np.int64]:
    """Give 0 .. size - 1 in random order."""
    return np.argsort(bits(seed, np.arange(size)), kind="stable").astype(np.int64)
