"""Outputs, final states and every gradient against what PyTorch and Keras gave (make_golden.py)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from elman import Sequences
from elman.engine import Dense, Input, Network, State
from elman.engine.row_gradient import add_gradients

from ..tolerance import assert_close
from .golden import Arrays, Golden, Raw, convert, read_cases

CASES = read_cases()


def build(golden: Golden, dtype: str) -> tuple[Network, State]:
    """Give a network of the golden layers under a head that changes no bit, and the initial states."""
    width = golden.above["output"].shape[1]
    layers = [Input(golden.x.shape[2]), *golden.layers, Dense(width)]
    names = Network(layers).names[1:]
    head = {f"{names[-1]}/kernel": np.eye(width), f"{names[-1]}/bias": np.zeros(width)}
    weights = head | {in_network(name, names): w for name, w in golden.weights.items()}
    initial = {in_network(name, names): a.astype(dtype) for name, a in golden.initial.items()}
    return Network(layers, dtype=dtype, parameters={k: w.astype(dtype) for k, w in weights.items()}), State(initial)


def in_network(name: str, names: Any) -> str:
    """Turn 1/kernel into lstm_1/kernel."""
    number, _, rest = name.partition("/")
    return f"{names[int(number)]}/{rest}"


def to_golden(name: str, names: Any) -> str:
    """Turn lstm_1/kernel into 1/kernel."""
    layer, _, rest = name.partition("/")
    return f"{names.index(layer)}/{rest}"


def differentiate(golden: Golden, backend: str, dtype: str) -> Arrays:
    """Go forward and back; give everything under the names of `Golden.expected`."""
    network, state = build(golden, dtype)
    sequences, names = Sequences.from_dense(golden.x, golden.lengths, golden.mask), network.names[1:]
    found = {
        name: np.zeros(a.shape, dtype)
        for name, a in golden.expected.items()
        if name.startswith(("output", "last ", "d x", "d initial "))
    }
    steps, gradients = network.begin(backend=backend), []
    for shard in network.shards(sequences, state=state):
        numbers = shard.places if network.shapes[-1].sequence else shard.rows
        x, tapes = network.forward(shard, steps)
        _, head, weights, run = steps[-1]
        output, of_head = head.forward(weights, x, shard, run)
        found["output"][numbers] = output.values
        for number, (step, tape) in enumerate(zip(steps[1:-1], tapes[1:], strict=True)):
            for name, last in step.layer.last_states(tape).items():
                found[f"last {number}/{name}"][shard.rows] = last
        ends = {in_network(n, names): d[shard.rows].astype(dtype) for n, d in golden.above.items() if n != "output"}
        back = head.backward(weights, golden.above["output"][numbers].astype(dtype), of_head, shard, run)
        back = network.backward(back, tapes, replace(shard, ends=ends), steps)
        found["d x"][shard.places] = back.below
        gradients.append(back.gradients)
        for name, d in back.states.items():
            found[f"d initial {to_golden(name, names)}"][shard.rows] = d
    total = {to_golden(name, names): gradient for name, gradient in add_gradients(gradients).items()}
    return found | {f"d {name}": total[name] for name in golden.weights}


def check(golden: Golden, backend: str, dtype: str) -> None:
    found = differentiate(golden, backend, dtype)
    assert found.keys() == golden.expected.keys()
    for name, value in golden.expected.items():
        assert_close(found[name], value, dtype, golden.product_length, golden.longest, name)


@pytest.mark.parametrize(("backend", "dtype"), [("kernel", "float64"), ("kernel", "float32"), ("reference", "float64")])
@pytest.mark.parametrize("case", CASES)
def test_outputs_and_gradients(case: str, backend: str, dtype: str) -> None:
    check(convert(CASES[case]), backend, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_prediction_with_states(case: str, dtype: str) -> None:
    golden = convert(CASES[case])
    network, state = build(golden, dtype)
    output, last = network.predict(golden.x, golden.lengths, golden.mask, state=state, return_state=True)
    found = {"output": output.values if isinstance(output, Sequences) else output}
    found |= {f"last {to_golden(name, network.names[1:])}": a for name, a in last.arrays.items()}
    for name, value in found.items():
        assert_close(value, golden.expected[name], dtype, golden.product_length, golden.longest, name)


# What the check must reject: cases of which one thing in the file was changed


def split_gates(array: Any, raw: Raw) -> tuple[list[Any], int]:
    """Give each gate's block of weights, and the axis along which they lie."""
    cell, axis = (raw.settings["cell"], 0) if "cell" in raw.settings else (raw.settings["layers"][0]["cell"], -1)
    return np.split(array, {"lstm": 4, "gru": 3}[cell], axis=axis), axis


def swap_gates(array: Any, raw: Raw) -> Any:
    (first, second, *others), axis = split_gates(array, raw)
    return np.concatenate([second, first, *others], axis=axis)


def transpose_blocks(array: Any, raw: Raw) -> Any:
    blocks, axis = split_gates(array, raw)
    return np.concatenate([block.T for block in blocks], axis=axis)


FAULTS: dict[str, tuple[str, Callable[[Any, Raw], Any]]] = {
    "swapped gates": (r"(weight|bias)_.*|\d/.*(kernel|bias)", swap_gates),
    "transposed recurrent kernel": (r"weight_hh.*|\d/.*recurrent_kernel", transpose_blocks),
    "biases of the two products exchanged": (r"\d/.*bias", lambda bias, _: bias[::-1]),
    "shifted time": (r"output", lambda output, _: np.roll(output, 1, axis=1)),
    "halves of the output exchanged": (r"output", lambda output, _: np.roll(output, output.shape[2] // 2, axis=2)),
    "ignored lengths": (r"lengths", lambda lengths, _: np.full_like(lengths, lengths.max())),
    "ignored mask": (r"mask", lambda mask, _: np.ones_like(mask)),
    "ignored initial state": (r"h_0|\d/initial_.*h", lambda state, _: 0 * state),
    "ignored derivative by the last output": (r"d_h_n|d_\d/last_.*h", lambda d, _: 0 * d),
    "ignored derivative by the last cell state": (r"d_c_n|d_\d/last_.*c", lambda d, _: 0 * d),
    "zero gradient": (r"d_weight_hh.*|d_\d/.*recurrent_kernel", lambda d, _: 0 * d),
}
"""Which arrays of a file, and what is made of them."""


def spoil(raw: Raw, fault: str) -> Raw:
    names, change = FAULTS[fault]
    arrays = {name: change(a, raw) if re.fullmatch(names, name) else a for name, a in raw.arrays.items()}
    return replace(raw, arrays=arrays)


def faulty_cases() -> Iterator[tuple[str, str]]:
    cases = ("pytorch/lstm-2-both", "pytorch/gru-1-both", "keras/lstm-backwards-every", "keras/gru-concat-every")
    for case, (fault, (names, _)) in product(cases, FAULTS.items()):
        of_gru = fault == "biases of the two products exchanged"
        if any(re.fullmatch(names, name) for name in CASES[case].arrays) and not (of_gru and "lstm" in case):
            yield case, fault


@pytest.mark.parametrize(("case", "fault"), list(faulty_cases()))
def test_a_corrupted_golden_is_rejected(case: str, fault: str) -> None:
    check(convert(CASES[case]), "kernel", "float32")
    with pytest.raises(AssertionError, match="is off by"):
        check(convert(spoil(CASES[case], fault)), "kernel", "float32")


@pytest.mark.parametrize(("right", "wrong"), [("sum", "mul"), ("ave", "sum"), ("mul", "ave")])
def test_another_merge_is_rejected(right: str, wrong: str) -> None:
    raw = next(raw for name, raw in CASES.items() if name.startswith(f"keras/gru-{right}"))
    layer = raw.settings["layers"][0] | {"direction": wrong}
    with pytest.raises(AssertionError, match="is off by"):
        check(convert(replace(raw, settings={"layers": [layer]})), "kernel", "float32")


def test_no_case_is_trivial() -> None:
    """Full rows, or states and derivatives of zero, would hide faults; relu gives some zeros."""
    for name, raw in CASES.items():
        golden = convert(raw)
        assert all(np.abs(a).max() > 0.1 for a in (*golden.initial.values(), *golden.above.values())), name
        assert all((a != 0).mean() > 0.3 for a in golden.expected.values()), name
        assert name.startswith("keras") or ((golden.lengths == 1).sum() >= 2 and len(set(golden.lengths)) > 2), name
        if golden.mask is not None:  # some row is real, not real, and real again
            assert ((np.diff(golden.mask.astype(int), prepend=0) == 1).sum(axis=1) > 1).any(), name
