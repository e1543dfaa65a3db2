"""State: what the recurrent layers of a network remember of each row, to go on from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ..errors import InputError
from ..sequences import as_array

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
        if not isinstance(self.arrays, Mapping) or not all(isinstance(name, str) for name in self.arrays):
            raise InputError(f"a state holds a mapping of names to arrays, got {self.arrays!r:.80}")
        arrays = {name: as_array(f"state {name}", value) for name, value in self.arrays.items()}
        if any(value.ndim != 2 for value in arrays.values()) or len({len(value) for value in arrays.values()}) > 1:
            shapes = {name: value.shape for name, value in arrays.items()}
            raise InputError(f"a state holds (rows, units) arrays of equally many rows, got {shapes}")
        if any(value.dtype not in (np.float32, np.float64) for value in arrays.values()):
            dtypes = {name: str(value.dtype) for name, value in arrays.items()}
            raise InputError(f"a state holds float32 or float64, got {dtypes}")
        object.__setattr__(self, "arrays", arrays)

    def __len__(self) -> int:
        """Rows."""
        return len(next(iter(self.arrays.values()), ()))

    def take(self, rows: ArrayLike) -> "State":
        """Give the states of these rows, in this order; `rows` are numbers or a mask. Raises InputError for others.

        Of a network without memory every row's state is nothing.
        """
        if not self.arrays:
            return self
        places = self._places(rows)
        return State({name: value[places] for name, value in self.arrays.items()})

    def put(self, rows: ArrayLike, other: "State") -> "State":
        """Give a copy in which these rows have the states of `other`, which has as many rows or one for all.

        Raises InputError for other numbers of rows than there are, and for the state of another network.
        """
        if not isinstance(other, State) or self._kinds() != other._kinds():
            kinds = other._kinds() if isinstance(other, State) else type(other).__name__
            raise InputError(f"other must be a state of the same network, {self._kinds()}, got {kinds}")
        places = self._places(rows)
        if len(other) not in (1, len(places)):
            raise InputError(f"other must have {len(places)} rows, as many as are named, or 1, got {len(other)}")
        arrays = {name: value.copy() for name, value in self.arrays.items()}
        for name, value in arrays.items():
            value[places] = other.arrays[name]
        return State(arrays)

    def _kinds(self) -> dict[str, tuple[str, int]]:
        return {name: (str(value.dtype), value.shape[1]) for name, value in self.arrays.items()}

    def _places(self, rows: ArrayLike) -> NDArray[np.int64]:
        """Give the numbers of rows that are named by numbers or by a mask."""
        given, count = as_array("rows", rows), len(self)
        if given.shape == (count,) and given.dtype == bool:
            return np.flatnonzero(given)
        integers = given.dtype.kind in ("iuf" if given.size == 0 else "iu")  # an empty list is one of float64
        if given.ndim != 1 or not integers or (given.size and (given.min() < -count or given.max() >= count)):
            raise InputError(f"rows must be integers from 0 to {count - 1}, or a mask of {count}, got {rows!r:.80}")
        return given.astype(np.int64)

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
