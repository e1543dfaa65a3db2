"""How a network is put together: layers that fit on each other, their names, shapes and weights, the ledger."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .initializers import INITIALIZERS
from .layers import LAYERS, Dense, Embedding, Layer
from .layers._head import Head
from .layers._layer import Connection, Parameter, Shape
from .random import derive

__all__ = [
    "LedgerLine",
    "check_dtype",
    "check_integer",
    "check_layers",
    "check_stack",
    "connect",
    "declare",
    "draw",
    "flow",
    "layer_from",
    "layers_from",
    "ledger",
    "name_layers",
    "share",
    "take",
]

Array = NDArray[Any]
FIRST = [name for name, layer in LAYERS.items() if layer.first]
"""Layers that begin a network."""


@dataclass(frozen=True)
class LedgerLine:
    """A line of the parameter ledger: `terms` such as ("5*3", "3") and what they add up to."""

    layer: str
    between: str
    terms: tuple[str, ...]
    count: int

    def __str__(self) -> str:
        return f"{' + '.join(self.terms)} = {self.count} {self.between}"


def check_integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InputError(f"{name} must be an integer, got {value!r:.80}")
    return int(value)


def check_stack(given: Sequence[Layer]) -> tuple[Layer, ...]:
    """Give layers of which the first one begins a network, and no other; raises InputError for others."""
    if not isinstance(given, (list, tuple)):
        raise InputError(f"layers must be a list of layers, got {given!r:.80}")
    layers: tuple[Any, ...] = tuple(given)
    if not layers:
        raise InputError("there must be a first layer, got none: begin with Embedding, OneHot, BagOfWords or Input")
    for number, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise InputError(f"layers[{number}] must be a layer such as SimpleRNN(32), got {layer!r:.80}")
        if layer.first != (number == 0):
            place = "must be" if number == 0 else "may only be"
            raise InputError(
                f"the first layer {place} one of {', '.join(sorted(FIRST))}, "
                f"got {type(layer).__name__} as layers[{number}]"
            )
    return layers


def check_layers(given: Sequence[Layer]) -> tuple[Layer, ...]:
    """Give layers of which the first one begins a network and the last one can give a loss; raises InputError."""
    empty = isinstance(given, (list, tuple)) and not given
    layers = () if empty else check_stack(given)
    if len(layers) < 2 or not isinstance(layers[-1], Head):
        raise InputError(
            "a network needs a first layer and, as its last one, Dense, Softmax, AdaptiveSoftmax or "
            "BidirectionalSoftmax"
        )
    for layer in layers[:-1]:
        if isinstance(layer, Head) and (layer.last or layer.activation == "softmax"):
            what = "Dense with softmax" if isinstance(layer, Dense) else type(layer).__name__
            raise InputError(f"{what} can only be the last layer")
    return layers


def share(names: Sequence[str], layers: Sequence[Layer], shapes: Sequence[Shape]) -> dict[str, str]:
    """Give the full names of parameters that the last layer shares with the first, and the first layer's for each.

    Raises InputError where the first layer has no table that would fit.
    """
    first, head = layers[0], layers[-1]
    shared = head.shared() if isinstance(head, Head) else {}
    if not shared:
        return {}
    assert isinstance(head, Head)
    features = head.read(shapes[-2]).features
    if not isinstance(first, Embedding) or (first.input_dim + 1, first.output_dim) != (head.units, features):
        raise InputError(
            f"{type(head).__name__}({head.units}, tied=True) that reads {features} features needs "
            f"Embedding({head.units - 1}, {features}) as first layer, whose table it shares, got {first}"
        )
    if not first.trainable:
        raise InputError(f"{type(head).__name__}({head.units}, tied=True) learns the table that it shares, but {first}")
    return {f"{names[-1]}/{own}": f"{names[0]}/{theirs}" for own, theirs in shared.items()}


def check_dtype(dtype: Any) -> Any:
    named = isinstance(dtype, (str, type, np.dtype))
    if not named or dtype not in ("float32", "float64", np.float32, np.float64):
        raise InputError(f"dtype must be 'float32' or 'float64', got {dtype!r}")
    return np.dtype(dtype).type


def name_layers(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Name layers as Keras does: simple_rnn, simple_rnn_1, ..."""
    names: list[str] = []
    for layer in layers:
        base = re.sub("(?<=[a-z])(?=[A-Z])", "_", type(layer).__name__).lower()
        taken = sum(name == base or name.rsplit("_", 1)[0] == base for name in names)
        names.append(f"{base}_{taken}" if taken else base)
    return tuple(names)


def flow(layers: Sequence[Layer]) -> tuple[Shape, ...]:
    """Give the shapes between the layers, what flows in first."""
    shapes = [Shape(None, sequence=True)]
    for layer in layers:
        shapes.append(layer.output_shape(shapes[-1]))
    return tuple(shapes)


def connect(names: Sequence[str], layers: Sequence[Layer], shapes: Sequence[Shape]) -> list[tuple[str, Connection]]:
    """Give the connections of each layer, with its name."""
    return [
        (name, connection)
        for name, layer, shape in zip(names, layers, shapes, strict=False)
        for connection in layer.connections(shape)
    ]


def declare(connections: Sequence[tuple[str, Connection]]) -> dict[str, Parameter]:
    """Give the parameters under their full names, such as "simple_rnn/kernel"."""
    return {f"{name}/{p.name}": p for name, connection in connections for p in connection.parameters}


def ledger(connections: Sequence[tuple[str, Connection]]) -> list[LedgerLine]:
    """Give the trainable parameters as products, a line for each connection."""
    lines = []
    for name, connection in connections:
        learned = [p for p in connection.parameters if p.trainable]
        if learned:
            terms = tuple("*".join(map(str, p.shape)) for p in learned)
            lines.append(LedgerLine(name, connection.between, terms, sum(p.size for p in learned)))
    return lines


def draw(declared: Mapping[str, Parameter], seed: int, dtype: Any) -> dict[str, Array]:
    """Draw the first weights, each from a seed of its own."""
    return {name: _rounded(name, _initial(p, derive(seed, name)), dtype) for name, p in declared.items()}


def take(declared: Mapping[str, Parameter], given: Any, dtype: Any) -> dict[str, Array]:
    """Copy given weights that fit what is declared; raises InputError naming what does not."""
    if not isinstance(given, Mapping) or not all(isinstance(value, np.ndarray) for value in given.values()):
        raise InputError(f"parameters must be a mapping of names to arrays, got {given!r:.80}")
    missing, foreign = declared.keys() - given.keys(), given.keys() - declared.keys()
    if missing or foreign:
        raise InputError(
            f"the layers need other weights: missing {sorted(missing)}, not needed {sorted(map(str, foreign))}"
        )
    for name, p in declared.items():
        if given[name].shape != p.shape or given[name].dtype != dtype:
            raise InputError(
                f"weights {name} must be {np.dtype(dtype)} of shape {p.shape}, "
                f"got {given[name].dtype} of {given[name].shape}"
            )
    return {name: np.array(given[name], order="C") for name in declared}


def _rounded(name: str, values: NDArray[np.float64], dtype: Any) -> Array:
    with np.errstate(over="ignore"):
        rounded = values.astype(dtype)
    if not np.isfinite(rounded).all():
        raise InputError(
            f"weights {name} would begin at {values.flat[np.abs(values).argmax()]:.3g}, more than "
            f"{np.dtype(dtype)} holds: lower recurrent_gain or initial_state"
        )
    return rounded


def _initial(parameter: Parameter, seed: int) -> NDArray[np.float64]:
    if parameter.value is not None:
        return np.asarray(parameter.value, np.float64)
    draw, blocks = INITIALIZERS[parameter.initializer], parameter.blocks
    if blocks == 1:
        return draw(parameter.shape, seed) * parameter.gain
    rows, columns = parameter.shape
    parts = [draw((rows, columns // blocks), derive(seed, f"block {number}")) for number in range(blocks)]
    return np.hstack(parts) * parameter.gain


def layers_from(config: Any, name: str) -> list[Layer]:
    """Make the layers that a config lists under a name. Raises InputError naming what is no layer."""
    if not isinstance(config, Mapping) or not isinstance(config.get(name), (list, tuple)):
        raise InputError(f"config must be what to_config() gives, with a list of {name}, got {config!r:.80}")
    return [layer_from(item, number) for number, item in enumerate(config[name])]


def layer_from(item: dict[str, Any], number: int) -> Layer:
    if not isinstance(item, Mapping):
        raise InputError(f"layers[{number}] must be a mapping of settings, got {item!r:.80}")
    settings = dict(item)
    name = settings.pop("class", None)
    if not isinstance(name, str) or name not in LAYERS:
        raise InputError(f"layers[{number}]: no layer is called {name!r}; known are {', '.join(sorted(LAYERS))}")
    if isinstance(settings.get("layer"), dict):
        settings["layer"] = layer_from(settings["layer"], number)
    if isinstance(settings.get("layers"), list):
        settings["layers"] = tuple(layer_from(item, number) for item in settings["layers"])
    try:
        return LAYERS[name](**settings)
    except TypeError as error:
        raise InputError(f"layers[{number}]: {error}") from None
