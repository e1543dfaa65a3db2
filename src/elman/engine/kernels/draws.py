"""The hash behind every draw: the compiled twin of random.bits and random.uniform, one counter at a time."""

import numpy as np

from ._compile import kernel

__all__ = ["fold", "mix", "uniform"]

_GOLDEN, _MIX1, _MIX2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@kernel
def mix(x):
    """The 64 bits of splitmix64's finalizer. x: uint64."""
    x = (x ^ (x >> _30)) * _MIX1
    x = (x ^ (x >> _27)) * _MIX2
    return x ^ (x >> _31)


@kernel
def fold(key, counter):
    """random.bits(seed, ..., counter), where `key` is random.bits(seed, ...)."""
    return mix(key ^ mix(np.uint64(counter) + _GOLDEN))


@kernel
def uniform(key, counter):
    """random.uniform(seed, ..., counter), where `key` is random.bits(seed, ...)."""
    return np.float64(fold(key, counter) >> _11) * 2.0**-53
