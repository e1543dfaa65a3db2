"""What comes into a network from outside: sequences, states and targets that fit it, or one clear error."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..sequences import Sequences
from .layers import (
    Beside,
    CharacterConvolution,
    ContextualEmbedding,
    Input,
    Layer,
    OneHot,
    SideBySide,
    SubwordEmbedding,
)
from .layers._head import Head
from .state import State

__all__ = ["check_beside", "check_state", "check_targets", "fit_first"]

Array = NDArray[Any]


def fit_first(sequences: Sequences, first: Layer) -> Sequences:
    """Give the sequences as the first layer reads them; raises InputError where it cannot."""
    if isinstance(first, Input):
        if sequences.features is None and len(sequences.values) == 0:
            return replace(sequences, values=np.empty((0, first.features)))
        if sequences.features != first.features:
            raise InputError(
                f"Input({first.features}) reads (time, {first.features}) a row, got "
                + ("ids" if sequences.features is None else f"{sequences.features} features")
            )
        return sequences
    if isinstance(first, SideBySide):
        for layer, own in first.each(sequences):
            fit_first(own, layer)
        return sequences
    if isinstance(first, ContextualEmbedding):
        first.check(sequences)
        return fit_first(sequences, first.layers[0])
    if isinstance(first, (SubwordEmbedding, CharacterConvolution)):
        if len(sequences):
            first.check(sequences)
        return sequences
    if sequences.spellings is not None:
        raise InputError(
            f"{type(first).__name__} reads words by one id each, but these have spellings: begin the network with "
            "SubwordEmbedding, or leave the spellings out"
        )
    if sequences.features is not None:
        sequences = _ids_of_one_hot(sequences, first)
    _check_ids(sequences.values, first)
    return sequences


def check_beside(sequences: Sequences, layers: Sequence[Layer]) -> None:
    """Raise InputError unless each row comes with the vector that the layers join to it, if they do."""
    given = 0 if sequences.beside is None else sequences.beside.shape[1]
    wanted = [layer.features for layer in layers if isinstance(layer, Beside)]
    if any(features != given for features in wanted) or (given and not wanted):
        raise InputError(
            f"sequences must come with {f'{wanted[0]} numbers' if wanted else 'nothing'} beside each row, got "
            f"{f'{given} numbers' if given else 'nothing'}: give Sequences(values, offsets, beside=...) for a network "
            "with Beside, and only for one"
        )


def check_state(state: Any, states: Mapping[str, int], rows: int, dtype: Any) -> State:
    """Give the state, if it holds `rows` rows of each of the `states`, named with their widths."""
    if not isinstance(state, State):
        raise InputError(f"state must be a State, as predict gives with return_state=True, got {state!r:.80}")
    wanted = {name: (rows, units) for name, units in states.items()}
    given = {name: array.shape for name, array in state.arrays.items()}
    if given != wanted or any(array.dtype != dtype for array in state.arrays.values()):
        raise InputError(
            f"state must hold {np.dtype(dtype)} arrays {wanted}, got "
            f"{ {name: (str(array.dtype), *array.shape) for name, array in state.arrays.items()} }"
        )
    if not all(np.isfinite(array).all() for array in state.arrays.values()):
        raise InputError("state must be finite, but holds NaN or infinity: begin these rows anew with State.put")
    return state


def check_targets(targets: Any, outputs: int, head: Head) -> Array:
    """Give targets that go with so many outputs of a last layer; kernels trust them."""
    units, activation = head.units, head.activation
    if activation == "sigmoid" and units != 1:
        raise InputError(f"a last layer with sigmoid must have 1 unit to have a loss, got {units}: take softmax")
    if len(targets) == outputs == 0:  # an empty list has no integers to show
        return np.zeros((0, units) if activation == "linear" else 0, np.int64)
    if activation == "linear":
        if targets.dtype.kind not in "iuf" or targets.size != outputs * units or not np.isfinite(targets).all():
            raise InputError(f"targets must be {units} finite numbers an output, got {targets.tolist()!r:.80}")
        return np.asarray(targets)
    classes = max(2, units)
    if targets.shape != (outputs,) or targets.dtype.kind not in "iub" or targets.min() < 0 or targets.max() >= classes:
        raise InputError(
            f"targets must be integers from 0 to {classes - 1}, one an output, got {targets.tolist()!r:.80}"
        )
    return np.asarray(targets, np.int64)


def _ids_of_one_hot(sequences: Sequences, first: Layer) -> Sequences:
    vectors = sequences.values
    if not isinstance(first, OneHot) or vectors.shape[1] != first.input_dim:
        raise InputError(
            f"{type(first).__name__}({first.input_dim}) reads ids, (time,) a row, "  # type: ignore[attr-defined]
            f"got vectors of width {vectors.shape[1]}"
        )
    known = vectors.any(axis=1)
    if not ((vectors == 0) | (vectors == 1)).all() or (vectors.sum(axis=1) > 1).any():
        raise InputError(
            f"OneHot({first.input_dim}) takes vectors with a single one; for other vectors begin the network "
            f"with Input({first.input_dim})"
        )
    return replace(sequences, values=np.where(known, vectors.argmax(axis=1), first.input_dim))


def _check_ids(ids: NDArray[np.int64], first: Layer) -> None:
    known = first.input_dim  # type: ignore[attr-defined]
    if ids.size and int(ids.view(np.uint64).max()) > known:  # a negative number, read as one without sign, is large
        wrong = ids[(ids < 0) | (ids > known)][0]
        raise InputError(
            f"ids must be 0 to {known - 1}, or {known} for an unknown word, got {wrong}; "
            "padding has no id: leave it out, or give lengths or a mask"
        )
