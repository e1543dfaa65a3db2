"""Memory: vectors that each row of a batch can look at, such as an encoder's outputs."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Memory"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Memory:
    """Vectors of rows, each row's one behind the other; nothing is padded.

    Build it with `Memory.of`. Taking rows copies no vector.

    values : (vectors, features)
    turned : (vectors * features,), the same with each row's block transposed: all of its vectors' first feature, ...
    begins : (rows,) int64, where each row's first vector lies
    lengths : (rows,) int64, vectors of each row, 0 or more
    """

    values: Array
    turned: Array
    begins: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @classmethod
    def of(cls, values: Array, lengths: NDArray[np.int64]) -> "Memory":
        """Lay rows of these lengths out, whose vectors lie in `values` one row behind the other."""
        begins = np.cumsum(lengths) - lengths
        blocks = [values[begin : begin + n].T.reshape(-1) for begin, n in zip(begins, lengths, strict=True)]
        turned = np.concatenate([np.empty(0, values.dtype), *blocks])
        return cls(values, turned, begins, lengths)

    def take(self, rows: NDArray[np.int64]) -> "Memory":
        """Give what these rows look at, in this order."""
        return replace(self, begins=self.begins[rows], lengths=self.lengths[rows])

    def __len__(self) -> int:
        return len(self.lengths)
