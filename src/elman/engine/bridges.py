"""Bridges: what an encoder and a decoder must be to go together, and which states of one begin those of the other."""

from collections.abc import Sequence
from typing import Any

from ..errors import InputError
from .layers import Bidirectional, CrossAttention, Embedding, OneHot
from .layers._recurrent import Recurrent
from .network import Network
from .stack import Stack

__all__ = ["bridges", "check_reads_itself"]


def bridges(encoder: Stack, decoder: Network) -> dict[str, list[str]]:
    """Name for each of the decoder's states the states of the encoder that it begins with.

    Raises InputError for a decoder that does not fit its encoder.
    """
    theirs, own = _recurrent(encoder, "encoder"), _recurrent(decoder, "decoder")
    if len(theirs) != len(own) or not own:
        raise InputError(
            "encoder and decoder must have equally many recurrent layers, 1 or more, as each begins with what another "
            f"remembers, got {len(theirs)} and {len(own)}"
        )
    _check_encoder(encoder)
    _check_decoder(decoder, own, encoder.shapes[-1].features or 0)
    found: dict[str, list[str]] = {}
    for (name, layer), (below, reader) in zip(own, theirs, strict=True):
        found |= _bridge(name, layer, below, reader)
    return found


def _recurrent(stack: Stack, part: str) -> list[tuple[str, Any]]:
    """Give the recurrent layers of a stack with their names, all of which answer at every time step."""
    for name, shape in zip(stack.names, stack.shapes[1:], strict=True):
        if not shape.sequence:
            raise InputError(
                f"the {part} must give an output at every time step, but layer {name} gives one a row: give it "
                "return_sequences=True, or take the pooling away"
            )
    layers = zip(stack.names, stack.layers, strict=True)
    return [(name, layer) for name, layer in layers if isinstance(layer, (Recurrent, Bidirectional))]


def _check_encoder(encoder: Stack) -> None:
    for name, layer in zip(encoder.names, encoder.layers, strict=True):
        if isinstance(layer, CrossAttention):
            raise InputError(
                f"layer {name} looks at an encoder's outputs, as only a decoder can: take it out of the encoder"
            )


def check_reads_itself(decoder: Network) -> None:
    """Raise InputError unless whatever the decoder finds likeliest is an id that its first layer reads."""
    first, head = decoder.layers[0], decoder.head
    if not isinstance(first, (Embedding, OneHot)) or head.activation != "softmax":
        raise InputError(
            "with teacher_forcing below 1 the decoder reads its own answers, so it must begin with Embedding or OneHot "
            f"and end in a softmax, got {type(first).__name__} and {type(head).__name__} with {head.activation}: give "
            "teacher_forcing=1"
        )
    if head.units > first.input_dim + 1:
        raise InputError(
            f"with teacher_forcing below 1 the decoder reads its own answers, ids up to {head.units - 1}, but "
            f"{decoder.names[0]} knows {first.input_dim}, and one that is unknown: give it input_dim={head.units - 1}, "
            "or teacher_forcing=1"
        )


def _check_decoder(decoder: Network, recurrent: Sequence[tuple[str, Any]], source: int) -> None:
    for name, layer in recurrent:
        if isinstance(layer, Bidirectional) or layer.go_backwards:
            raise InputError(f"the decoder must read forward, as it writes, but layer {name} begins at the end")
        if layer.initial_state != "zeros":
            raise InputError(
                f"the decoder begins with what the encoder remembers, so initial_state={layer.initial_state!r:.40} of "
                f"layer {name} has no effect: leave it out"
            )
    for name, layer in zip(decoder.names, decoder.layers, strict=True):
        if isinstance(layer, CrossAttention) and layer.source != source:
            raise InputError(
                f"layer {name} of the decoder must have source={source}, as many as the encoder's outputs have "
                f"features, got {layer.source}"
            )


def _bridge(name: str, layer: Recurrent, below: str, reader: Any) -> dict[str, list[str]]:
    """Give what each state of a decoder's layer begins with."""
    own = layer.states()
    directions = ("forward_", "backward_") if isinstance(reader, Bidirectional) else ("",)
    theirs = {part: [f"{direction}{part}" for direction in directions] for part in own}
    widths, given = reader.states(), type(reader.layer if isinstance(reader, Bidirectional) else reader)
    if given is not type(layer):
        raise InputError(
            f"{name} of the decoder must be of the cell of {below}, with whose state it begins, a {given.__name__}, "
            f"got {type(layer).__name__}"
        )
    if sum(widths[part] for part in theirs["h"]) != layer.units:
        raise InputError(
            f"{name} of the decoder begins with the state of {below}, so it must have "
            f"{' + '.join(str(widths[part]) for part in theirs['h'])} units, got {layer.units}"
        )
    return {f"{name}/{part}": [f"{below}/{other}" for other in others] for part, others in theirs.items()}
