"""A network as the stages that diagrams draw: what each layer is, how wide, which way it reads, and its weights."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...engine.layers import Beside, Bidirectional, Dense, Dropout, OneHot, Pooling
from ...engine.layers._head import Head
from ...engine.layers._layer import Layer, Shape
from ...engine.layers._recurrent import Recurrent
from ...engine.network import Network
from ...errors import InputError

__all__ = ["Stage", "stages_of"]


@dataclass(frozen=True)
class Stage:
    """One layer, or the input, as it is drawn.

    kind : "input", "recurrent", "pooling", "dense" or "other"
    name : what it is called, such as "LSTM"
    width : numbers that flow out of it, or units of one direction
    directions : 1 forward, -1 backward, of each time that the layer reads
    sequence : whether it gives a vector a time step
    terms : the lines of its parameters, such as "5*3 + 3 = 18 between input and hidden layer"
    begins : the state before the first time step: "= 0", "random", "learned" or "given"
    """

    kind: str
    name: str
    width: int
    directions: tuple[int, ...]
    sequence: bool
    terms: tuple[str, ...]
    begins: str = "= 0"


def stages_of(network: Network) -> list[Stage]:
    """Give the stages of a network from its input up; dropout, which acts in training alone, is none.

    Raises InputError for what is not one network, such as an encoder-decoder.
    """
    if not isinstance(network, Network):
        raise InputError(f"network must be a Network, got a {type(network).__name__}: draw its parts")
    terms: dict[str, list[str]] = {}
    for line in network.ledger():
        terms.setdefault(line.layer, []).append(f"{' + '.join(line.terms)} = {line.count:,}")
    parts = zip(network.layers, network.names, network.shapes[1:], strict=True)
    return [
        _stage(layer, shape, tuple(terms.get(name, ())), first=number == 0)
        for number, (layer, name, shape) in enumerate(parts)
        if not isinstance(layer, Dropout)
    ]


def _stage(layer: Layer, shape: Shape, terms: Sequence[str], first: bool) -> Stage:
    width, name = shape.features or 0, type(layer).__name__
    directions: tuple[int, ...] = (1,)
    kind = "input" if first else "other"
    if isinstance(layer, Recurrent):
        kind, width, directions = "recurrent", layer.units, (-1 if layer.go_backwards else 1,)
    elif isinstance(layer, Bidirectional):
        kind, width, directions = "recurrent", layer.layer.units, (1, -1)
        name = f"{type(layer.layer).__name__}, both ways"
    elif isinstance(layer, Pooling):
        kind, name = "pooling", " + ".join(layer.kinds)
    elif isinstance(layer, Beside):
        name = "beside: the text's vector"
    elif isinstance(layer, Head):
        kind, name = "dense", layer.activation if isinstance(layer, Dense) else name
    if isinstance(layer, OneHot):
        name = "one-hot"
    return Stage(kind, name, width, directions, shape.sequence, tuple(terms), _begins(layer))


def _begins(layer: Layer) -> str:
    recurrent = layer.layer if isinstance(layer, Bidirectional) else layer
    state = recurrent.initial_state if isinstance(recurrent, Recurrent) else "zeros"
    return "= 0" if state == "zeros" else state if isinstance(state, str) else "given"
