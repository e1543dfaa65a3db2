"""What the weights are before training, float64, from a seed alone.

Nothing here calls LAPACK or a C library's transcendental functions, so that the same seed gives the same
bits on every machine.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .random import normal, uniform

__all__ = ["INITIALIZERS", "glorot_uniform", "ones", "orthogonal", "uniform_small", "zeros"]

Initializer = Callable[[tuple[int, ...], int], NDArray[np.float64]]


def zeros(shape: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    """All zero."""
    return np.zeros(shape)


def ones(shape: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    """All one."""
    return np.ones(shape)


def uniform_small(shape: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    """Uniform in [-0.05, 0.05), as Keras' embeddings."""
    return (uniform(seed, *np.indices(shape)) - 0.5) * 0.1


def uniform_unit(shape: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    """Uniform in [-1, 1): a random initial state, anywhere in tanh's range."""
    return uniform(seed, *np.indices(shape)) * 2 - 1


def glorot_uniform(shape: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    """Uniform in +-sqrt(6 / (rows + columns)) (Glorot & Bengio 2010, eq. 16)."""
    limit = np.sqrt(6 / (shape[0] + shape[-1]))
    return np.asarray((uniform(seed, *np.indices(shape)) * 2 - 1) * limit)


def orthogonal(shape: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    """Orthonormal rows, or columns where there are fewer of them (Saxe, McClelland & Ganguli 2014).

    Gram-Schmidt on normal numbers, each vector cleared twice of those before it ("twice is enough",
    Giraud et al. 2005), every sum taken in the order of its elements.
    """
    rows, columns = shape
    if rows > columns:
        return np.ascontiguousarray(orthogonal((columns, rows), seed).T)
    q = normal(seed, shape)
    for i in range(rows):
        for _ in range(2):
            if i > 0:
                overlaps = _ordered_sum((q[:i] * q[i]).T)
                q[i] -= _ordered_sum(q[:i] * overlaps[:, None])
        q[i] /= np.sqrt(_ordered_sum(q[i] * q[i]))
    return q


def _ordered_sum(terms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over the first axis one after the other: `sum` is free to regroup, `accumulate` is not."""
    total: NDArray[np.float64] = np.add.accumulate(terms, axis=0)[-1]
    return total


INITIALIZERS: dict[str, Initializer] = {
    "zeros": zeros,
    "ones": ones,
    "uniform_small": uniform_small,
    "uniform_unit": uniform_unit,
    "glorot_uniform": glorot_uniform,
    "orthogonal": orthogonal,
}
