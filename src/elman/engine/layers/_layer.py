"""What every layer is: settings, declared parameters, `forward` and `backward`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...sequences import Sequences
from ..memory import Memory
from ..packing import Packing
from ..passage import Passage
from ..row_gradient import Gradients
from ..unroll import WayBack

__all__ = [
    "Back",
    "Connection",
    "Layer",
    "Parameter",
    "Run",
    "Shape",
    "Shard",
    "check_choice",
    "check_count",
    "check_flag",
    "check_positive",
    "check_rate",
    "check_samples",
]

Array = NDArray[Any]
LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class Shape:
    """What flows between two layers: a vector of `features` a row, or one for each time step; ids have None."""

    features: int | None
    sequence: bool

    def __str__(self) -> str:
        inner = "" if self.features is None else str(self.features)
        return f"(time, {inner})".replace(", )", ")") if self.sequence else f"({inner})"


@dataclass(frozen=True)
class Parameter:
    """One array of weights: its Keras name, its shape, how it starts (initializers.INITIALIZERS, times `gain`)."""

    name: str
    shape: tuple[int, ...]
    initializer: str
    trainable: bool = True
    gain: float = 1.0
    blocks: int = 1
    """Drawn as so many matrices side by side, each by itself: the gates of a recurrent kernel."""
    value: tuple[float, ...] | None = None
    """Start from these numbers instead."""

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass(frozen=True)
class Connection:
    """Parameters that join two places of the network: a line of the ledger, such as 5*3 + 3 = 18."""

    between: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Run:
    """How a pass is made.

    dtype : of weights and states, float32 or float64
    noise : seed of the random draws of this pass and layer, different for every epoch; None when nothing is drawn
    backend : "kernel" runs compiled code, "reference" the readable NumPy that it is checked against
    prefix : what the names of the layer's states begin with in `Shard.states`
    sequence : whether a vector a time step flows in, and not one a row
    folded : whether an embedding's vectors are wanted by number alone, since the layer above has folded them
    """

    dtype: Any = np.float32
    noise: int | None = None
    backend: Literal["kernel", "reference"] = "kernel"
    prefix: str = ""
    sequence: bool = True
    folded: bool = False


@dataclass(frozen=True, eq=False)
class Shard:
    """A few rows of a batch, packed.

    values : (tokens,) int64 ids or (tokens, features), in packed order
    rows : (rows,) int64, their numbers in the whole data, which random draws count by
    places : (tokens,) int64, where each time step lies in the whole data
    states : (rows, units) each, given initial states by name such as "lstm/h"; what has none begins as its layer says
    spellings : see `Sequences`; of the whole data
    ends : (rows, units) each, by the names that `states` has: derivative of the loss by the states after each row's
        last time step, for going back; what is missing moves no loss
    memory : what each row can look at beside its own time steps, such as an encoder's outputs
    beside : (rows, features), what is known of each row as a whole
    """

    values: Array
    packing: Packing
    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    states: Mapping[str, Array] = field(default_factory=dict)
    spellings: Sequences | None = None
    ends: Mapping[str, Array] = field(default_factory=dict)
    memory: Memory | None = None
    beside: Array | None = None

    @classmethod
    def of(
        cls,
        sequences: Sequences,
        rows: NDArray[np.int64],
        dtype: Any,
        states: Mapping[str, Array] = MappingProxyType({}),
        memory: Memory | None = None,
        **more: Any,
    ) -> Self:
        """Pack rows with these numbers, of falling lengths; `states` and `memory` are of all sequences.

        dtype : of vectors; ids keep theirs
        more : fields of a subclass
        """
        packing = Packing.from_lengths(sequences.lengths[rows])
        places = packing.places(sequences.offsets[rows])
        values = sequences.values[places]
        return cls(
            values if values.ndim == 1 else values.astype(dtype, copy=False),
            packing,
            rows,
            places,
            {name: array[rows] for name, array in states.items()},
            sequences.spellings,
            memory=None if memory is None else memory.take(rows),
            beside=None if sequences.beside is None else sequences.beside[rows].astype(dtype, copy=False),
            **more,
        )


class Back(NamedTuple):
    """What a layer gives going back.

    below : derivative of the loss by what flowed in, None if nothing below needs it
    gradients : by each parameter, by name
    states : (rows, units) each, by each initial state, by name
    memory : by each vector of the shard's memory, as these lie there; None where the layer does not look at it
    """

    below: Any
    gradients: Gradients
    states: Mapping[str, Array] = MappingProxyType({})
    memory: Array | None = None


class Layer(ABC):
    """One layer. Subclasses are frozen dataclasses whose fields are the settings, under Keras' names.

    A layer holds no weights: `forward` and `backward` are given them by name, so that threads can share a layer.
    """

    first: ClassVar[bool] = False
    """Whether it stands first, and only there, and takes the shard's values as they are."""

    @property
    def needs_whole_rows(self) -> bool:
        """Whether rows that are read in pieces, the states carried over, would give something else."""
        return bool(getattr(self, "go_backwards", False))

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """Give what flows out when `shape` flows in. Raises InputError where the layer cannot read that."""

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        """Declare the parameters, in the ledger's order."""
        return ()

    def prepare(self, weights: Mapping[str, Array]) -> Any:
        """Make of the weights, by name, what all shards of a pass share."""
        return weights

    @abstractmethod
    def forward(self, weights: Any, x: Any, shard: Shard, run: Run) -> tuple[Any, Any]:
        """Give what flows out, and the tape that `backward` needs. `weights` are what `prepare` made."""

    @abstractmethod
    def backward(self, weights: Any, dy: Array, tape: Any, shard: Shard, run: Run) -> Back:
        """From the derivative of the loss by what flowed out give that by everything else."""

    def states(self) -> Mapping[str, int]:
        """Name the states that the layer carries from one time step to the next, with their widths."""
        return {}

    def last_states(self, tape: Any) -> Mapping[str, Array]:
        """Give each state after the last time step of each row, (rows, units), by name."""
        return {}

    def passages(self, weights: Any, tape: Any, shard: Shard) -> Mapping[str, Passage]:
        """Give what the layer's cells went through in a compiled pass, by direction; none where nothing recurs."""
        return {}

    def ways_back(self, weights: Any, dy: Array, tape: Any, shard: Shard, run: Run) -> Mapping[str, WayBack]:
        """Give how the layer's cells go back through a readable pass; arguments of `backward`, keys of `passages`."""
        return {}

    def more_biases(self) -> int:
        """Count what the cells of PyTorch and ONNX have on top, which add a bias to each of their two products."""
        return 0

    def states_along(self, tape: Any) -> Mapping[str, Array]:
        """Give each state after every time step, (tokens, units) in packed order, by name, of a compiled pass."""
        return {}

    def to_config(self) -> dict[str, Any]:
        """Give the settings as JSON can hold them, with the class's name."""
        settings = {setting.name: getattr(self, setting.name) for setting in fields(self)}  # type: ignore[arg-type]
        plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in settings.items()}
        return {"class": type(self).__name__, **plain}


def check_count(layer: str, name: str, value: Any) -> None:
    """Raise InputError unless `value` is a positive integer that an array could have as a width."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 < value < 2**31:
        raise InputError(f"{layer}: {name} must be a positive integer, got {value!r:.80}; at most 2147483647")


def check_positive(layer: str, name: str, value: Any) -> None:
    """Raise InputError unless `value` is a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= LARGEST:
        raise InputError(f"{layer}: {name} must be a positive number, got {value!r}")


def check_rate(layer: str, name: str, value: Any) -> None:
    """Raise InputError unless `value` is a number in [0, 1)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise InputError(f"{layer}: {name} must be a number from 0 up to, not including, 1, got {value!r}")


def check_samples(layer: str, value: Any, units: int) -> None:
    """Raise InputError unless `value` is a number of words below `units`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < units:
        raise InputError(f"{layer}: samples must be an integer from 0 to units - 1, {units - 1}, got {value!r:.80}")


def check_choice(layer: str, name: str, value: Any, choices: Any) -> None:
    """Raise InputError unless `value` is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"{layer}: {name} must be one of {', '.join(sorted(choices))}, got {value!r}")


def check_flag(layer: str, name: str, value: Any) -> None:
    """Raise InputError unless `value` is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise InputError(f"{layer}: {name} must be True or False, got {value!r}")
