"""Looking into a pass over one row: what each cell went through, and how the derivatives went back through time.

Takes  a Network and a single row, as it accepts it.
Gives  the passages of its recurrent layers, each with the order in which it read; their ways back from a loss.
Next   inspection/ puts names to the numbers.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..sequences import Sequences
from .assembly import name_layers
from .doors import check_targets
from .layers import Beside, Input, Pooling
from .layers._layer import Layer, Shard
from .layers._recurrent import Recurrent
from .network import Network
from .passage import Passage
from .row_gradient import Gradients
from .unroll import WayBack

__all__ = ["BackPass", "Place", "answers_from_the_end", "go_back", "logits_of_beginnings", "pass_through"]

Array = NDArray[Any]
AT_ONCE = 2**16
"""Vectors of beginnings that are held at a time, about."""


class Place(NamedTuple):
    """Where a cell stands in a network.

    layer : name of its layer
    prefix : what the full names of its parameters begin with
    backward : whether it reads the row from its end
    """

    layer: str
    prefix: str
    backward: bool


def _places(name: str, layer: Layer, directions: Any, reversed_below: bool) -> Iterator[tuple[Place, Any]]:
    """Give the places of a layer's cells, with what they are given by direction."""
    for direction, item in directions.items():
        prefix = f"{name}/{direction}_" if direction else f"{name}/"
        backward = direction == "backward" or getattr(layer, "go_backwards", False)
        yield Place(name, prefix, backward != reversed_below), item


def _reversed_below(network: Network) -> list[bool]:
    """Tell of each layer whether what flows in stands in the reverse order, as `go_backwards` leaves it."""
    out, turned = [], False
    for layer in network.layers:
        out.append(turned)
        turned ^= isinstance(layer, Recurrent) and layer.go_backwards and layer.return_sequences
    return out


def answers_from_the_end(network: Network) -> bool:
    """Tell whether the answers at each time step stand in the reverse order of the row, as `go_backwards` leaves it."""
    return network.shapes[-1].sequence and _reversed_below(network)[-1]


def _only_shard(network: Network, row: Sequences) -> Shard:
    (shard,) = network.shards(row)
    return shard


def pass_through(network: Network, row: Sequences) -> list[tuple[Place, Passage]]:
    """Give what the cells of all recurrent layers went through, from the first layer up.

    Examples
    --------
    >>> from elman.engine import Dense, OneHot, SimpleRNN
    >>> network = Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")])
    >>> [(place, passage)] = pass_through(network, network.accept([[0, 1, 2]]))
    >>> place.layer, passage.h.shape
    ('simple_rnn', (3, 3))
    """
    shard, steps = _only_shard(network, row), network.begin()
    _, tapes = network.forward(shard, steps)
    below = _reversed_below(network)
    return [
        found
        for step, tape, turned in zip(steps, tapes, below, strict=False)
        for found in _places(step.name, step.layer, step.layer.passages(step.weights, tape, shard), turned)
    ]


class BackPass(NamedTuple):
    """What going back over a row gives.

    loss : the mean over the outputs
    gradients : of all trainable parameters, as `network.differentiate` gives them
    ways : through the cells of all recurrent layers, from the first layer up
    """

    loss: float
    gradients: Gradients
    ways: list[tuple[Place, WayBack]]


def go_back(network: Network, row: Sequences, targets: ArrayLike) -> BackPass:
    """Go back from the mean loss of a row through the readable twin; `targets`: as for `network.differentiate`."""
    shard, steps = _only_shard(network, row), network.begin(backend="reference")
    x, tapes = network.forward(shard, steps)
    last, outputs = steps[-1], len(network.outputs(shard))
    wanted = check_targets(np.asarray(targets), outputs, network.head)
    counts = np.full(outputs, 1 / max(1, outputs)).astype(network.dtype)
    losses, back = network.head.learn(last.weights, x, wanted, counts, shard, last.run)
    gradients: Gradients = {}
    network.collect(gradients, last.name, back)
    ways, below = list[tuple[Place, WayBack]](), _reversed_below(network)
    for number in reversed(range(len(tapes))):
        name, layer, weights, run = steps[number]
        directions = layer.ways_back(weights, back.below, tapes[number], shard, run)
        ways[:0] = _places(name, layer, directions, below[number])
        back = layer.backward(weights, back.below, tapes[number], shard, run)
        network.collect(gradients, name, back)
    return BackPass(sum(losses.astype(np.float64).tolist()), gradients, ways)


def logits_of_beginnings(network: Network, row: Sequences) -> Array | None:
    """Give the logits, (time, units), of a row that ends after its 1st, 2nd, ... time step, in the same bits.

    The recurrent layers go over the row once. None where that cannot do, as what stands at a time step hangs on later
    ones (Bidirectional, ELMo), something stands beside the row, or numbers grow beyond all bounds, which rows of
    vectors do not hold: then each beginning is to be read by itself. None, too, for a network that answers at every
    time step.
    """
    if network.shapes[-1].sequence:
        return None
    at = next(i for i, shape in enumerate(network.shapes[1:]) if not shape.sequence)
    below, above = network.layers[:at], network.layers[at + 1 :]
    if any(layer.needs_whole_rows for layer in below) or any(isinstance(layer, Beside) for layer in above):
        return None
    steps, layer = network.begin()[: at + 1], network.layers[at]
    if isinstance(layer, Recurrent) and not layer.go_backwards:
        steps[at] = steps[at]._replace(layer=replace(layer, return_sequences=True))
        layer = Pooling("last")
    elif isinstance(layer, Pooling):
        steps = steps[:at]
    else:
        return None
    flowing, _ = network.run(_only_shard(network, row), steps)
    values, new = flowing.dense(), 2 if layer is not network.layers[at] else 1
    if not np.isfinite(values).all():
        return None
    upper = _upper(network, [Input(values.shape[1]), layer, *above], new)
    parts = [upper.logits(part) for part in _beginnings(values, needed=1 if layer == Pooling("last") else None)]
    return np.concatenate([np.empty((0, network.shapes[-1].features or 0), network.dtype), *parts])


def _upper(network: Network, layers: list[Layer], new: int) -> Network:
    """Give a network of these layers, of which all but the first so many are the last ones of another network."""
    own = name_layers(layers)[new:]
    parameters = {
        f"{new}/{name.removeprefix(old + '/')}": value
        for old, new in zip(network.names[-len(own) :], own, strict=True)
        for name, value in network.parameters.items()
        if name.startswith(old + "/")
    }
    return Network(layers, dtype=np.dtype(network.dtype).name, parameters=parameters)


def _beginnings(values: Array, needed: int | None) -> Iterator[Sequences]:
    """Give the first 1, 2, ... vectors as rows, so many rows at a time that they are `AT_ONCE` vectors, about.

    needed : of each row its last so many vectors; all by default
    """
    lengths = np.arange(1, len(values) + 1) if needed is None else np.full(len(values), needed)
    ends = np.arange(1, len(values) + 1)
    for part in np.split(ends, np.flatnonzero(np.diff(lengths.cumsum() // AT_ONCE)) + 1):
        rows = [values[end - lengths[end - 1] : end] for end in part.tolist()]
        if rows:
            yield Sequences.from_rows(rows)
