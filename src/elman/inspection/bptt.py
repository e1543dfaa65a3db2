"""The ledger of one text's step: how the loss goes back through time, and what each word adds to each gradient."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engine.assembly import check_dtype
from ..engine.network import Network
from ..engine.optimizers import clip_scale, global_norm
from ..engine.row_gradient import RowGradient
from ..engine.tracing import Place, go_back
from ..engine.unroll import WayBack
from ..errors import InputError
from ..estimators.reading import read
from .bptt_ledger import BPTTLedger, LayerLedger, Share
from .labels import targets_of
from .trace import check_by_token

__all__ = ["bptt"]

Array = NDArray[Any]


def bptt(
    model: Any,
    text: Any,
    label: Any = None,
    *,
    about: Any = None,
    tokens: Sequence[str] | None = None,
    dtype: str = "float64",
    clip_norm: float | str | None = "model",
) -> BPTTLedger:
    """Differentiate the loss of one text, and keep how the derivative went back through time (Werbos 1990).

    That is a training step without dropout, weights of classes, truncation and sampling: the exact derivative of this
    one text's loss.

    The network is copied in `dtype` and goes forward and back by the readable equations of engine/cells, whose loop
    over time gives the shares. The compiled engine, which trains, adds up the same shares in another order (blocks of
    128 time steps) and rounds a product and its sum once: `differences` says how far both are apart, in float64 and in
    float32.

    Parameters
    ----------
    model, text, about, tokens
        As of `trace`.
    label
        What the text is: a class; where there is an answer at each word, a list of them; of a Network its class's
        number, or numbers where its output is linear. None for a TextGenerator, which is to write the text itself, and
        its end.
    dtype : "float64" or "float32"
    clip_norm : float, None or "model"
        Global norm that gradients are brought down to; "model" is the model's own setting, none of a Network.

    Raises
    ------
    InputError
        As `trace`; a label that the model does not have, no word to learn from, other settings; a loss or gradients
        that are not finite.
    NotFittedError

    Examples
    --------
    >>> from elman.engine import Dense, Network, OneHot, SimpleRNN
    >>> network = Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")])
    >>> ledger = bptt(network, [0, 1, 4, 2], 0)
    >>> layer, = ledger.layers
    >>> layer.norms.shape, [share.t for share in layer.shares()]
    ((4,), [3, 2, 1, 0])
    >>> all((total == ledger.gradients[name]).all() for name, total in layer.added_up().items())
    True
    """
    reading = read(model, text, about, tokens)
    check_by_token(reading)
    targets, row = targets_of(model, reading, label), reading.sequences
    network = _copied(reading.network, check_dtype(dtype))
    own = replace(reading, network=network)
    with np.errstate(over="ignore", invalid="ignore"):
        back = go_back(network, row, targets)
        norm, limit = global_norm(back.gradients), _limit(model, clip_norm)
    _check_finite(back.loss, norm)
    gradients = _dense(back.gradients, network)
    layers = tuple(_layer(place, way) for place, way in back.ways)
    differences = {kind: _differences(network, kind, row, targets, gradients) for kind in ("float64", "float32")}
    return BPTTLedger(own, targets, back.loss, layers, gradients, norm, limit, clip_scale(norm, limit), differences)


def _check_finite(loss: float, norm: float) -> None:
    if not np.isfinite([loss, norm]).all():
        raise InputError(
            f"the loss of this text is {loss:g}, the norm of its gradients {norm:g}: they grew beyond all numbers, so "
            "there is no way back to follow; train the model with a lower learning_rate or clip_norm"
        )


def _limit(model: Any, clip_norm: Any) -> float | None:
    if isinstance(clip_norm, str) and clip_norm == "model":
        clip_norm = getattr(model, "clip_norm", None)
    if clip_norm is None:
        return None
    if isinstance(clip_norm, (bool, str)) or not isinstance(clip_norm, (int, float, np.number)) or not clip_norm > 0:
        raise InputError(f"clip_norm must be a positive number, None or 'model', got {clip_norm!r:.80}")
    return float(clip_norm)


def _copied(network: Network, dtype: Any) -> Network:
    parameters = {name: value.astype(dtype) for name, value in network.parameters.items()}
    return Network(network.layers, dtype=np.dtype(dtype).name, parameters=parameters)


def _dense(gradients: Mapping[str, Any], network: Network) -> dict[str, Array]:
    shapes = {name: value.shape for name, value in network.parameters.items()}
    return {
        name: gradients[name].dense(shape) if isinstance(gradients[name], RowGradient) else gradients[name]
        for name, shape in shapes.items()
        if name in gradients
    }


def _differences(
    network: Network, dtype: str, row: Any, targets: Array, gradients: Mapping[str, Array]
) -> dict[str, float]:
    """Give the compiled engine's largest differences, by the largest gradient of each parameter."""
    compiled = _copied(network, np.dtype(dtype).type)
    found = _dense(compiled.differentiate(row, targets, threads=1).gradients, compiled)
    out = {}
    for name, gradient in gradients.items():
        scale = float(np.abs(gradient).max(initial=0))
        largest = float(np.abs(found[name].astype(np.float64) - gradient).max(initial=0))
        out[name] = largest / scale if scale else largest
    return out


def _layer(place: Place, way: WayBack) -> LayerLedger:
    steps = list(_without_shares(way))[::-1]
    order = -1 if place.backward else 1
    units, width = way.weights.W_hh.shape
    dh = _stacked([step.d_state[0][0] for step in steps], units, way)[::order]
    cells = [step.d_state[1][0] for step in steps if len(step.d_state) > 1]
    lengths = np.asarray([step.lengths for step in steps]).reshape(len(steps), 3)[::order]
    return LayerLedger(
        place.layer,
        type(way.cell).__name__.removesuffix("Cell"),
        "backward" if place.backward else "forward",
        place.prefix,
        dh,
        _from_above(way)[::order],
        _stacked(cells, units, way)[::order] if len(way.d_last) > 1 else None,
        _stacked([step.da for step in steps], width, way)[::order],
        (steps[0].d_before if steps else way.d_last)[0][0],
        np.linalg.norm(dh.astype(np.float64), axis=1),
        dict(zip(Share._fields[1:], lengths.T, strict=True)),
        way,
    )


def _stacked(rows: list[Array], width: int, way: WayBack) -> Array:
    return np.asarray(rows, way.d_h.dtype).reshape(len(rows), width)


def _from_above(way: WayBack) -> Array:
    """Give the part of dL/dh_t that does not come through the loop, (time, units), in the order of reading."""
    above = way.d_h.copy()
    above[len(above) - 1 :] += way.d_last.h[: len(above)]
    return above


class _Step(NamedTuple):
    """A time step of the way back, with the lengths of its shares in their place."""

    d_state: Any
    d_before: Any
    da: Array
    lengths: list[float]


def _without_shares(way: WayBack) -> Iterator[_Step]:
    for step in way:
        bias = step.shares.b_h
        da = bias if bias.ndim == 1 else bias[0]  # of one row the share of the bias is dL/da_t itself
        yield _Step(step.d_state, step.d_before, da, [global_norm({"": share}) for share in step.shares])
