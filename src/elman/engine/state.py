"""State: what the recurrent layers of a network remember of each row, to go on from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ..errors import InputError

__all__ = ["State"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class State:
    """The states of all recurrent layers after some time steps. Nothing in it is changed in place.

    Parameters
    ----------
    arrays : mapping of (rows, units) arrays
        By layer and state, such as "lstm/h" and "lstm/c"; with directions, "bidirectional/forward_h".

    Examples
    --------
    >>> from elman.engine import Dense, Network, OneHot, SimpleRNN
    >>> network = Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")])
    >>> whole = network.predict([[0, 1, 2, 3]])
    >>> _, state = network.predict([[0, 1]], return_state=True)
    >>> bool((network.predict([[2, 3]], state=state) == whole).all())
    True
    """

    arrays: Mapping[str, Array]

    def __post_init__(self) -> None:
        arrays = {name: np.asarray(value) for name, value in self.arrays.items()}
        if any(value.ndim != 2 for value in arrays.values()) or len({len(value) for value in arrays.values()}) > 1:
            shapes = {name: value.shape for name, value in arrays.items()}
            raise InputError(f"a state holds (rows, units) arrays of equally many rows, got {shapes}")
        object.__setattr__(self, "arrays", arrays)

    def __len__(self) -> int:
        """Rows."""
        return len(next(iter(self.arrays.values()), ()))

    def take(self, rows: ArrayLike) -> "State":
        """Give the states of these rows, in this order; `rows` are numbers or a mask."""
        return State({name: value[np.asarray(rows)] for name, value in self.arrays.items()})

    def put(self, rows: ArrayLike, other: "State") -> "State":
        """Give a copy in which these rows have the states of `other`, which has as many rows or one for all."""
        if self.arrays.keys() != other.arrays.keys():
            raise InputError(f"states of different networks: {sorted(self.arrays)} and {sorted(other.arrays)}")
        arrays = {name: value.copy() for name, value in self.arrays.items()}
        for name, value in arrays.items():
            value[np.asarray(rows)] = other.arrays[name]
        return State(arrays)

    def to_bytes(self) -> bytes:
        """Give the arrays in the safetensors format."""
        return bytes(save({name: np.ascontiguousarray(value) for name, value in self.arrays.items()}))

    @classmethod
    def from_bytes(cls, data: bytes) -> "State":
        """Read what `to_bytes` gave. Raises InputError for anything else."""
        try:
            return cls(load(data))
        except (SafetensorError, TypeError, ValueError) as error:
            raise InputError(f"these bytes hold no state: {error}") from None
