"""Passes: what training and measuring do with a network of any make: forward to the losses of shards, and back."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..sequences import Sequences, as_array
from .assembly import LedgerLine, check_integer
from .doors import check_targets
from .layers._head import Head
from .layers._layer import Back, Shard
from .parallel import in_order, one_by_one
from .row_gradient import Gradients, add_gradients
from .stack import Step
from .state import State

__all__ = ["Derivatives", "Part", "Passes", "Rows"]

Array = NDArray[Any]
Part = tuple[float, Back, dict[str, Array]]
"""What a pass over a shard gives: the sum of its losses, its derivatives, and the last states."""
PREDICTION_ROWS = 256
"""Rows that are cut into shards together when predicting: enough to keep threads busy, few to hold in memory."""


class Rows(Protocol):
    """What a network reads, of which it knows how many rows there are and how long each is, (rows,) int64."""

    @property
    def lengths(self) -> NDArray[np.int64]: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, eq=False)
class Derivatives:
    """What a pass forward and back over a batch gives.

    loss : sum of the rows' weighted losses, float64
    gradients : of that sum, by each trainable parameter
    inputs : Sequences of (time, features), by each input; None where words are read
    initial : State, by each row's initial states
    state : State after each row's last time step, to go on from
    """

    loss: float
    gradients: Gradients
    inputs: Sequences | None
    initial: State
    state: State


class Passes(ABC):
    """What training, measuring and saving ask of a network, whatever it is made of."""

    dtype: Any
    parameters: dict[str, Array]

    @property
    @abstractmethod
    def head(self) -> Head:
        """The last layer, which gives the loss."""

    @abstractmethod
    def ledger(self) -> list[LedgerLine]:
        """Give the trainable parameters as products, a line for each connection."""

    @abstractmethod
    def to_config(self) -> dict[str, Any]:
        """Give the settings as JSON can hold them. The weights are `parameters`."""

    @abstractmethod
    def shards(self, sequences: Any, rows: NDArray[np.int64] | None = None, state: Any = None) -> Sequence[Shard]:
        """Cut rows of accepted data into packed shards."""

    @abstractmethod
    def outputs(self, shard: Shard) -> NDArray[np.int64]:
        """Give where a shard's outputs lie among all rows, or all time steps."""

    @abstractmethod
    def begin(self, noise: int | None = None, backend: str = "kernel") -> Any:
        """Prepare a pass: what all its shards share. `noise` seeds the random draws of training."""

    @abstractmethod
    def ready(self) -> Any:
        """Give what `begin` gives, or what was kept of it."""

    @abstractmethod
    def last_step(self, steps: Any) -> Step:
        """Give the step of the last layer, of what `begin` gave."""

    @abstractmethod
    def forward(self, shard: Any, steps: Any) -> tuple[Any, Any]:
        """Give what the last layer reads, in the shard's order, and what going back needs."""

    @abstractmethod
    def backward(self, back: Back, tapes: Any, shard: Any, steps: Any) -> Back:
        """From what the last layer gives going back: the derivative by inputs, parameters and states, by full names."""

    @abstractmethod
    def last_states(self, steps: Any, tapes: Any) -> dict[str, Array]:
        """Give the states after each row's last time step, by full names."""

    @abstractmethod
    def find_non_finite_in(self, shard: Any, steps: Any) -> str | None:
        """Name the first layer that gives NaN or infinity for a shard, None if none does."""

    def anneal(self, done: float) -> None:  # noqa: B027 - most networks have nothing to change
        """Be told what share of training is done, for whatever changes in its course; nothing by default."""

    def groups(self, sequences: Rows) -> list[NDArray[np.int64]]:
        """Cut rows into groups of `PREDICTION_ROWS`, of about one length each, to be read group by group."""
        if len(sequences) <= PREDICTION_ROWS:
            return [np.arange(len(sequences))]
        order = sequences.lengths.argsort(kind="stable")
        return [order[begin : begin + PREDICTION_ROWS] for begin in range(0, len(order), PREDICTION_ROWS)]

    def count_params(self) -> int:
        """Give the number of trainable parameters; the sum of the ledger."""
        return sum(line.count for line in self.ledger())

    def summary(self) -> None:
        """Print the layers and the parameter ledger, each term of it; `str(network)` gives the same text."""
        print(self)

    def _pass(
        self, shards: Sequence[Shard], targets: Array, weights: Array, noise: int | None, threads: int, backend: str
    ) -> Iterator[Part]:
        """Go forward and back over shards; give loss, derivatives and last states of each, as they come.

        The loss is the one that goes with the last layer's activation: cross-entropies for "sigmoid" and "softmax",
        squared error for "linear". Raises InputError for the others, and for targets that are no classes of this
        network, or do not go with a linear output.
        """
        self.head.check_loss()
        steps = self.begin(noise, backend)
        last = self.last_step(steps)

        def one(shard: Shard) -> Part:
            x, tapes = self.forward(shard, steps)
            numbers = self.outputs(shard)
            wanted = check_targets(targets[numbers], len(numbers), self.head)
            counts = weights[numbers].astype(self.dtype)
            losses, back = self.head.learn(last.weights, x, wanted, counts, shard, last.run)
            return _ordered_sum(losses), self.backward(back, tapes, shard, steps), self.last_states(steps, tapes)

        return one_by_one(one, shards, threads)

    def measure(
        self, shards: Sequence[Shard], targets: Array, threads: int = 1, steps: Any = None
    ) -> list[tuple[Array, NDArray[np.int64], dict[str, Array]]]:
        """Give of each shard the loss of each output, its likeliest class, (outputs,) both, and the last states.

        Nothing is dropped, and all classes are looked at. `steps` are what `begin` gave, for many calls; for the others
        see `loss_and_gradients`.
        """
        self.head.check_loss()
        steps = steps or self.ready()
        last = self.last_step(steps)

        def one(shard: Shard) -> tuple[Array, NDArray[np.int64], dict[str, Array]]:
            x, tapes = self.forward(shard, steps)
            numbers = self.outputs(shard)
            wanted = check_targets(targets[numbers], len(numbers), self.head)
            losses, best = self.head.measure(last.weights, x, wanted, shard, last.run)
            return losses, best, self.last_states(steps, tapes)

        return in_order(one, shards, threads)

    def loss_and_gradients(
        self,
        shards: Sequence[Shard],
        targets: Array,
        weights: Array,
        noise: int | None = None,
        threads: int = 1,
        backend: str = "kernel",
    ) -> tuple[float, Gradients]:
        """One pass forward and back over a batch.

        Parameters
        ----------
        shards : of the batch
        targets : (rows of the whole data,), found by the shards' row numbers: int64 classes, or numbers for a
            last layer that is linear. Where the output is a sequence, (time steps of the whole data,).
        weights : as the targets, what each loss counts; a mean has 1 / rows of the batch

        Returns
        -------
        loss : sum of the weighted losses, float64
        gradients : of that sum, added up in the order of the shards
        """
        return self.loss_gradients_and_states(shards, targets, weights, noise, threads, backend)[:2]

    def loss_gradients_and_states(
        self,
        shards: Sequence[Shard],
        targets: Array,
        weights: Array,
        noise: int | None = None,
        threads: int = 1,
        backend: str = "kernel",
    ) -> tuple[float, Gradients, list[dict[str, Array]]]:
        """Give what `loss_and_gradients` gives, and of each shard the states after each row's last time step."""
        losses, states = [], []

        def gradients() -> Iterator[Gradients]:
            for loss, back, last in self._pass(shards, targets, weights, noise, threads, backend):
                losses.append(loss)
                states.append(last)
                yield back.gradients

        total = add_gradients(gradients())
        return sum(losses), total, states

    def find_non_finite(self, shards: Sequence[Shard], noise: int | None = None) -> str | None:
        """Name the first layer that gives NaN or infinity, None if none does."""
        steps = self.begin(noise)
        found = (self.find_non_finite_in(shard, steps) for shard in shards)
        return next((name for name in found if name is not None), None)

    def _pass_over(
        self,
        shards: Sequence[Shard],
        count: int,
        targets: ArrayLike,
        weights: ArrayLike | None,
        noise: int | None,
        threads: int,
        backend: str,
    ) -> list[Part]:
        """Check what comes from outside, for so many outputs, and make a pass; weights give the mean by default."""
        if not isinstance(backend, str) or backend not in ("kernel", "reference"):
            raise InputError(f"backend must be 'kernel' or 'reference', got {backend!r:.80}")
        noise = None if noise is None else check_integer("noise", noise)
        targets = as_array("targets", targets)
        weights = np.full(count, 1 / max(1, count)) if weights is None else as_array("weights", weights)
        if weights.dtype.kind not in "biuf" or not np.isfinite(weights).all():
            raise InputError(f"weights must be finite numbers, got {weights.dtype}: {weights.tolist()!r:.80}")
        if targets.shape[:1] != (count,) or weights.shape != (count,):
            raise InputError(
                f"there must be {count} targets and weights, one for each output, "
                f"got {targets.shape} and {weights.shape}"
            )
        return list(self._pass(shards, targets, weights.astype(np.float64), noise, threads, backend))


def _ordered_sum(losses: Array) -> float:
    """Sum in float64, one after the other."""
    return float(np.add.accumulate(losses.astype(np.float64))[-1]) if len(losses) else 0.0
