"""One logit of a network, as a function of what is read: its value, its slope, and how it moves along a row.

A network whose last layer is narrowed to one column computes that logit in the same bits, since each element of a
product is a sum of its own. Prefixes of a row are read once where nothing that comes later could change what was made
of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..sequences import Sequences
from .layers import BagOfWords, Dense, Input, Pooling, Softmax
from .layers._layer import Run, Shard
from .layers._recurrent import Recurrent
from .network import Network
from .parallel import in_order
from .stack import Step, states_along
from .state import State

__all__ = ["OneLogit"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class OneLogit:
    """One logit of a network.

    network : that it is of
    steps : the network's layers, the last of them narrowed to this logit
    place : number of the time step whose answer it is, where each of them has one; None for the answer after all
    threads : that read rows side by side; they change no bit
    """

    network: Network
    steps: tuple[Step, ...]
    place: int | None = None
    threads: int = 1

    @classmethod
    def of(cls, network: Network, column: int, place: int | None = None, threads: int = 1) -> "OneLogit":
        """Give the logit of a column of the last layer; of a network that answers at every time step, at this one.

        place : None for the answer after the last time step

        Raises InputError for a last layer that does not give its logits by one product.
        """
        *below, last = network.begin()
        if network.shapes[-1].sequence and place is None:
            below = _answering_once(below)
        run = replace(last.run, sequence=place is not None)
        return cls(network, (*below, _narrowed(last._replace(run=run), column)), place, threads)

    # Reading

    def values(self, sequences: Sequences, state: State | None = None) -> NDArray[np.float64]:
        """Give the logit of each row, (rows,) float64, begun with these states."""
        return self._values(self.steps, sequences, state)

    def values_above(self, number: int, vectors: Sequences) -> NDArray[np.float64]:
        """Give the logit of rows of vectors, (time, features), as they come out of so many first layers."""
        return self._values(self._from(number, vectors), vectors)

    def outputs(self, number: int, sequences: Sequences, state: State | None = None) -> Array:
        """Give what comes out of so many first layers at each time step, (tokens, features)."""
        return self._run(self.steps[:number], sequences, state, per_step=True)

    def _values(self, steps: Sequence[Step], sequences: Sequences, state: State | None = None) -> NDArray[np.float64]:
        out = self._run(steps, sequences, state, per_step=self.place is not None)[:, 0].astype(np.float64)
        return out if self.place is None else out[sequences.offsets[:-1] + self.place]

    def _run(self, steps: Sequence[Step], sequences: Sequences, state: State | None, per_step: bool) -> Array:
        def one(shard: Shard) -> tuple[Array, Array]:
            x, _ = self.network.run(shard, steps)
            return shard.places if per_step else shard.rows, x.dense()

        parts = in_order(one, self.network.shards(sequences, state=state), self.threads)
        if not parts:
            return np.empty((0, 1), self.network.dtype)
        out = np.empty((len(sequences.values) if per_step else len(sequences), parts[0][1].shape[1]), parts[0][1].dtype)
        for numbers, values in parts:
            out[numbers] = values
        return out

    def _from(self, number: int, vectors: Sequences) -> list[Step]:
        """Give the layers above so many first ones, behind one that takes vectors as they are."""
        first = Input(vectors.values.shape[1])
        return [Step("input", first, {}, Run(self.network.dtype)), *self.steps[number:]]

    # Along a row

    @cached_property
    def depth(self) -> int:
        """How many first layers give at each time step what hangs on nothing that comes later."""
        for number, step in enumerate(self.steps):
            if not step.run.sequence or step.layer.needs_whole_rows or isinstance(step.layer, BagOfWords):
                return number
        return len(self.steps)

    @property
    def of_last_state(self) -> bool:
        """Whether it is made of the state after the last time step, and of nothing else."""
        return self.depth > 1 and not any(step.run.sequence for step in self.steps[self.depth :])

    @property
    def reads_prefixes_anew(self) -> bool:
        """Whether nothing recurrent that was made of a prefix of a row can be kept for the next one."""
        above = self.steps[self.depth :]
        return bool(above) and not self.of_last_state and not isinstance(above[0].layer, (Pooling, BagOfWords))

    def along(self, row: Sequences) -> NDArray[np.float64]:
        """Give the logit after each time step of a single row, (time,) float64, where it is `of_last_state`."""
        recurrent = _returning(self.steps[self.depth - 1], sequences=True)
        steps = (*self.steps[: self.depth - 1], recurrent, *self.steps[self.depth :])
        return self._run(steps, row, None, per_step=True)[:, 0].astype(np.float64)

    def states_before(self, row: Sequences) -> State:
        """Give the states before each time step of a single row, as many rows as there are time steps.

        Layers above `depth`, which read each row whole, begin with their first state.
        """
        first = self.network.initial_state(len(row.values)).arrays
        steps = self.steps[: self.depth]
        (shard,) = self.network.shards(row)
        _, tapes = self.network.run(shard, steps)
        along = states_along(steps, tapes)
        before = {name: np.concatenate([first[name][:1], value[:-1]]) for name, value in along.items()}
        return State({**first, **before})

    # Going back

    def slopes(self, vectors: Sequences) -> tuple[NDArray[np.float64], Array]:
        """Give the logit of rows of vectors, as the first layer gives them, and its derivatives by them.

        Returns
        -------
        values : (rows,) float64
        slopes : (tokens, features), d logit / d vector
        """
        steps = self._from(1, vectors)
        values, slopes = np.empty(len(vectors)), np.empty(vectors.values.shape, self.network.dtype)

        def one(shard: Shard) -> None:
            y, tapes = self.network.run(shard, steps)
            logits, asked = y.dense()[:, 0], self._asked(shard)
            values[shard.rows] = logits if asked is None else logits[asked]
            d = np.ones((len(logits), 1), logits.dtype) if asked is None else asked[:, None].astype(logits.dtype)
            slopes[shard.places] = self.network.run_back(d, tapes, shard, steps).below

        in_order(one, self.network.shards(vectors), self.threads)
        return values, slopes

    def _asked(self, shard: Shard) -> NDArray[np.bool_] | None:
        """Mark the packed positions whose answers these are; None where each row has one."""
        return None if self.place is None else np.asarray(shard.packing.positions()[1] == self.place)


def _answering_once(below: list[Step]) -> list[Step]:
    """Let layers that give something at every time step give what they have after the last one alone."""
    places = [number for number, step in enumerate(below) if isinstance(step.layer, Recurrent)]
    if not places or any(step.layer.needs_whole_rows for step in below):
        last = Step("pooling", Pooling("last"), None, below[-1].run)
        return [*below, last]
    top = places[-1]
    above = [step._replace(run=replace(step.run, sequence=False)) for step in below[top + 1 :]]
    return [*below[:top], _returning(below[top], sequences=False), *above]


def _returning(recurrent: Step, sequences: bool) -> Step:
    """Let a recurrent layer give its outputs after every time step, or after the last one."""
    layer = replace(cast("Recurrent", recurrent.layer), return_sequences=sequences)
    return recurrent._replace(layer=layer)


def _narrowed(head: Step, column: int) -> Step:
    """Give a last layer with one output, linear, in the place of one with many."""
    kernel, bias = _kernel_and_bias(head)
    part = {"kernel": np.ascontiguousarray(kernel[:, [column]]), "bias": bias[[column]]}
    layer = Dense(1)
    return Step(head.name, layer, layer.prepare(part), head.run)


def _kernel_and_bias(head: Step) -> tuple[Array, Array]:
    if not isinstance(head.layer, (Dense, Softmax)):
        raise InputError(
            f"{type(head.layer).__name__} does not give a word's logit by one product, so it is not explained: "
            "train with Softmax, that is without cutoffs"
        )
    return head.weights.kernel.value, head.weights.bias
