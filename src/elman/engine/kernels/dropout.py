"""Dropout: the compiled twin of random.uniform, drawn and used in one pass."""

import numpy as np

from ._compile import kernel
from .draws import mix

__all__ = ["drop"]

_GOLDEN, _11 = np.uint64(0x9E3779B97F4A7C15), np.uint64(11)


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
        columns[j] = mix(np.uint64(j) + _GOLDEN)
    zero = values.dtype.type(0)
    for i in range(len(keys)):
        value, target, key = values[i], out[i], keys[i]
        for j in range(features):
            kept = mix(key ^ columns[j]) >> _11 >= threshold
            target[j] = value[j] * (scale if kept else zero)
