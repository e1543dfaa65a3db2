"""Dropout: the compiled twin of random.uniform, drawn and used in one pass."""

import numpy as np

from ._compile import kernel

__all__ = ["drop"]

_GOLDEN, _MIX1, _MIX2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@kernel
def _mix(x):
    x = (x ^ (x >> _30)) * _MIX1
    x = (x ^ (x >> _27)) * _MIX2
    return x ^ (x >> _31)


@kernel
def drop(values, keys, threshold, scale, out):
    """out[i, j] = 0 where a draw for (keys[i], j) is below the threshold, else values[i, j] * scale.

    values, out : (n, features)
    keys : (n,) uint64, `random.bits` of the counters before the feature's
    threshold : uint64, the rate times 2^53
    """
    features = values.shape[1]
    columns = np.empty(features, np.uint64)
    for j in range(features):
        columns[j] = _mix(np.uint64(j) + _GOLDEN)
    zero = values.dtype.type(0)
    for i in range(len(keys)):
        value, target, key = values[i], out[i], keys[i]
        for j in range(features):
            kept = _mix(key ^ columns[j]) >> _11 >= threshold
            target[j] = value[j] * (scale if kept else zero)
