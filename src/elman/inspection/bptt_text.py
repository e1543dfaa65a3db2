"""The ledger of a training step as text and JSON."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .tables import NUMBER, PLACE, TOKEN, block_lines, cell, columns_of, places_shown, shown, shown_words
from .trace_files import numbers

if TYPE_CHECKING:
    from .bptt_ledger import BPTTLedger, LayerLedger

__all__ = ["ledger_json", "ledger_table"]


def ledger_table(ledger: "BPTTLedger", units: int | None, words: int) -> str:
    """See `BPTTLedger.table`."""
    lines = list(_loss(ledger))
    tokens = ledger.reading.tokens
    for layer in ledger.layers:
        lines += ["", *_layer(layer, tokens, words)]
        width = layer.dh.shape[1]
        if tokens and (units is not None or columns_of(width, None) == width):
            parts = [item for item in layer.quantities() if item[0] != "dL/da_t"]
            places = places_shown(len(tokens), words)
            at_words = [(name, values[places]) for name, values in [*parts, *_da(layer)]]
            lines += ["", *block_lines(tokens, at_words, units, words)]
    return "\n".join([*lines, "", *_gradients(ledger)])


def _loss(ledger: "BPTTLedger") -> Iterator[str]:
    yield f"loss {ledger.loss:.6f}; derivatives in {np.dtype(ledger.reading.network.dtype).name}"
    if ledger.clip_norm is None:
        yield f"norm of all gradients {ledger.norm:.4g}; nothing is clipped"
    elif ledger.struck:
        yield f"norm of all gradients {ledger.norm:.4g}, clipped to {ledger.clip_norm:g}: all times {ledger.scale:.4g}"
    else:
        yield f"norm of all gradients {ledger.norm:.4g}; clipping, above {ledger.clip_norm:g}, did not strike"


def _layer(layer: "LayerLedger", tokens: tuple[str, ...], words: int) -> Iterator[str]:
    back = "last word up" if layer.direction == "forward" else "first word down"
    yield f"{layer.name}: {layer.kind}, reads {layer.direction}"
    yield f"signal, from the {back}: its length, and those of each word's shares"
    lengths = [values for _, values in layer.lengths()]
    heads = ("|dL/dh_t|", "|dW_xh|", "|dW_hh|", "|db|")
    yield f"{'t':>{PLACE}} {'word':<{TOKEN}} " + "".join(f"{head:>{NUMBER + 2}}" for head in heads)
    for t in shown_words(len(tokens), words):
        if t is None:
            yield f"{'…':>{PLACE}} {len(tokens) - words:,} words"
        else:
            row = "".join(f"  {cell(float(values[t]))}" for values in lengths)
            yield f"{t + 1:>{PLACE}} {shown(tokens[t])} {row}"


def _da(layer: "LayerLedger") -> Iterator[tuple[str, Any]]:
    """Give dL/da_t by gate."""
    gates = {"SimpleRNN": ("t",), "LSTM": tuple("ifgo"), "GRU": tuple("rzn")}[layer.kind]
    parts = np.split(layer.da, len(gates), axis=1)
    return ((f"dL/da_{name}", part) for name, part in zip(gates, parts, strict=True))


def _gradients(ledger: "BPTTLedger") -> Iterator[str]:
    width = max(map(len, ledger.gradients), default=0)
    yield "gradients, and how far the compiled engine's are from them"
    yield f"{'':<{width}}{'norm':>{NUMBER}}    float64    float32"
    for name, gradient in ledger.gradients.items():
        apart = "".join(f"  {ledger.differences[kind][name]:>9.1e}" for kind in ("float64", "float32"))
        yield f"{name:<{width}}{cell(float(np.linalg.norm(gradient)))}{apart}"


def ledger_json(ledger: "BPTTLedger") -> dict[str, Any]:
    """See `BPTTLedger.to_json`."""
    return {
        "tokens": list(ledger.reading.tokens),
        "loss": ledger.loss,
        "dtype": np.dtype(ledger.reading.network.dtype).name,
        "norm": ledger.norm,
        "clip_norm": ledger.clip_norm,
        "scale": ledger.scale,
        "layers": [_layer_json(layer) for layer in ledger.layers],
        "gradient_norms": {name: float(np.linalg.norm(value)) for name, value in ledger.gradients.items()},
        "differences": {kind: dict(by_name) for kind, by_name in ledger.differences.items()},
    }


def _layer_json(layer: "LayerLedger") -> dict[str, Any]:
    named = {name: numbers(values) for name, values in (*layer.quantities(), *layer.lengths())}
    return {"name": layer.name, "kind": layer.kind, "direction": layer.direction, **named}
