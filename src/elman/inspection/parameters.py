"""The parameter ledger: each trainable term of a network as a product, and why other programs count more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..engine.assembly import LedgerLine
from ..engine.cells import GRUCell
from ..engine.layers import ContextualEmbedding, Layer
from ..errors import InputError

__all__ = ["ForeignCount", "ParameterLedger", "parameter_ledger"]

NO_SUCH_GRU = "nn.GRU resets after the product alone, and cannot hold this one"


@dataclass(frozen=True)
class ForeignCount:
    """How many numbers the same network has elsewhere, and the reason in a sentence."""

    count: int
    reason: str


@dataclass(frozen=True)
class ParameterLedger:
    """The trainable parameters of a network.

    lines : a line for each connection, as the engine computes them: layer, between what, terms such as ("5*3", "3"),
        and their count
    total : their sum
    pytorch : as `sum(p.numel() for p in module.parameters() if p.requires_grad)` counts the same network
    onnx : as the initializers of an ONNX graph of it hold
    """

    lines: tuple[LedgerLine, ...]
    total: int
    pytorch: ForeignCount
    onnx: ForeignCount

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        lines = [{"layer": x.layer, "between": x.between, "terms": list(x.terms), "count": x.count} for x in self.lines]
        others = {name: {"count": x.count, "reason": x.reason} for name, x in self._others()}
        return {"lines": lines, "total": self.total, **others}

    def _others(self) -> tuple[tuple[str, ForeignCount], ...]:
        return ("pytorch", self.pytorch), ("onnx", self.onnx)

    def __str__(self) -> str:
        width = max((len(line.layer) for line in self.lines), default=0)
        lines = [f"{line.layer:<{width}}  {line}" for line in self.lines]
        return "\n".join([*lines, f"{self.total:,} parameters", *self.notes()])

    def notes(self) -> list[str]:
        """Give what others count, a sentence each."""
        return [f"{name}: {x.count:,}, {x.reason}" for name, x in (("PyTorch", self.pytorch), ("ONNX", self.onnx))]


def parameter_ledger(model: Any) -> ParameterLedger:
    """Give the ledger of a fitted model's trainable parameters, with what PyTorch counts and ONNX stores.

    PyTorch (`nn.RNN`, `nn.LSTM`, `nn.GRU`) and ONNX (the operators RNN, LSTM and GRU) have two biases a cell, one for
    each of its products; only their sum matters to SimpleRNN and LSTM, which have one here, as in Keras. GRU with the
    reset after the product has two everywhere.

    Parameters
    ----------
    model : fitted estimator, Network or EncoderDecoder

    Raises
    ------
    InputError
        `model` has no network.
    NotFittedError

    Examples
    --------
    >>> from elman.engine import Dense, Network, OneHot, SimpleRNN
    >>> ledger = parameter_ledger(Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")]))
    >>> print(ledger)
    simple_rnn  5*3 + 3 = 18 between input and hidden layer
    simple_rnn  3*3 = 9 in the feedback loop
    dense       3*1 + 1 = 4 to the output
    31 parameters
    PyTorch: 34, as its recurrent cells have two biases: 3 more
    ONNX: 34, as its recurrent cells have two biases: 3 more
    >>> ledger.total, ledger.pytorch.count, ledger.onnx.count
    (31, 34, 34)
    """
    network = _network(model)
    lines, layers = tuple(network.ledger()), _layers(network)
    total = sum(line.count for line in lines)
    more = sum(layer.more_biases() for layer in layers)
    stored = sum(value.size for value in network.parameters.values())
    inside = sum(layer.more_biases() for layer in _inside(layers))
    return ParameterLedger(
        lines,
        total,
        ForeignCount(total + more, _reason(more, 0) + ("; " + NO_SUCH_GRU if any(map(_resets_before, layers)) else "")),
        ForeignCount(stored + more + inside, _reason(more + inside, stored - total)),
    )


def _resets_before(layer: Layer) -> bool:
    """Tell whether a layer is a GRU whose reset comes before the product, also one that goes both ways."""
    cell = getattr(getattr(layer, "layer", layer), "cell", None)
    return isinstance(cell, GRUCell) and not cell.reset_after


def _reason(biases: int, fixed: int) -> str:
    parts = [f"as its recurrent cells have two biases: {biases:,} more"] if biases else []
    parts += [f"as it stores what is not trained as well: {fixed:,} more"] if fixed else []
    return ", and ".join(parts) or "the same"


def _network(model: Any) -> Any:
    network = model if hasattr(model, "ledger") else model._fitted() if hasattr(model, "_fitted") else None
    if not hasattr(network, "ledger"):
        raise InputError(f"model must be a fitted model or a network, got a {type(model).__name__}")
    return network


def _layers(network: Any) -> list[Layer]:
    """Give the layers of a network, or of both of its parts."""
    parts = [network] if hasattr(network, "layers") else [network.encoder, network.decoder]
    return [layer for part in parts for layer in part.layers]


def _inside(layers: Iterable[Layer]) -> Iterator[Layer]:
    """Give the layers of language models that stand inside others and are not trained."""
    for layer in layers:
        if isinstance(layer, ContextualEmbedding):
            yield from layer.layers
        elif layer.first:
            yield from _inside(getattr(layer, "layers", ()))
