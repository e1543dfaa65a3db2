"""Make the golden files: what PyTorch and Keras give for random recurrent layers, with every gradient.

    python -m venv golden
    golden/bin/pip install torch==2.13.0 keras==3.15.1 tensorflow-cpu==2.21.0 safetensors
    golden/bin/python tests/golden/make_golden.py

A build of torch for the CPU is enough. Keras runs on TensorFlow, whose products stay in float64: on PyTorch Keras makes
float32 of the product of two float64 matrices, without a word, and on JAX it stops there. Nothing of Elman is imported,
so that nothing of it can slip into what it is checked against.

Everything is computed in float64. What is given (inputs, weights, initial states, gradients from above) is a multiple
of 2**-16, exact in float32, and stored in it, so that a run in float32 is judged on its arithmetic alone. What comes
out is stored in float64.

A file holds arrays named "case/array", weights in the framework's own layout. `d_name` is the derivative of the loss by
`name`; the loss is the sum of d_output * output and of d_state * state for each final state, all of these random.
Time steps that are not real hold random numbers, so that reading them would be noticed. The metadata,
JSON under "made_by", hold the versions and each case's settings.
"""

import json
import os
import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

os.environ |= {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}

import keras
import numpy as np
import tensorflow as tf
import torch
from safetensors.numpy import save_file

FOLDER = Path(__file__).parent
VERSIONS = {module.__name__: module.__version__ for module in (torch, keras, tf, np)}
GRAIN = 2.0**16
"""Numbers below 128 of this grain, and the sums of two, fit into the 24 bits of a float32."""
TIME = 6

Arrays = dict[str, Any]
Case = tuple[str, dict[str, Any], Arrays]
"""Name, settings, arrays."""


class Draw:
    """Random numbers, other ones for every case, that do not change when a case is added."""

    def __init__(self, case: str) -> None:
        self.generator = np.random.default_rng(zlib.crc32(case.encode()))

    def some(self, *shape: int, scale: float = 1.0) -> Any:
        return np.round(self.generator.standard_normal(shape) * scale * GRAIN) / GRAIN

    def weight(self, *shape: int) -> Any:
        """Give weights neither so small that memory is short nor so large that everything saturates."""
        return self.some(*shape, scale=0.6)

    def lengths(self, rows: int) -> Any:
        """Give lengths in no order, the longest TIME, at least two of them 1."""
        lengths = self.generator.integers(2, TIME, rows)
        lengths[self.generator.permutation(rows)[:3]] = 1, TIME, 1
        return lengths

    def mask(self, rows: int) -> Any:
        """Give a mask with holes anywhere: at the beginning, in the middle, at the end; no row is empty."""
        mask = self.generator.random((rows, TIME)) < 0.6
        mask[:, 2] = True
        mask[0] = [True, True, False, False, True, True]
        mask[1] = [False, True, True, False, True, False]
        return mask


def from_above(draw: Draw, results: Arrays, real: Any = True) -> Arrays:
    """Draw the derivative of the loss by each result; by an output for each time step, zero where that is not real."""
    above = {f"d_{name}": draw.some(*value.shape) for name, value in results.items()}
    if above["d_output"].ndim == 3:
        above["d_output"] = above["d_output"] * np.broadcast_to(real, above["d_output"].shape[:2])[..., None]
    return above


def stored(given: Arrays, rounded: Arrays) -> Arrays:
    """Give float32 of what was drawn, which is exact in it, and float64 of what was computed.

    In C's order: safetensors writes memory as it lies, and PyTorch's and Keras' arrays may lie transposed.
    """
    exact = {name: np.ascontiguousarray(value, np.float32) for name, value in given.items()}
    assert all((exact[name] == value).all() for name, value in given.items())
    assert {value.dtype for value in rounded.values()} == {np.dtype(np.float64)}
    return exact | {name: np.ascontiguousarray(value) for name, value in rounded.items()}


# PyTorch

PYTORCH = {
    "rnn_tanh": (torch.nn.RNN, {"nonlinearity": "tanh"}),
    "rnn_relu": (torch.nn.RNN, {"nonlinearity": "relu"}),
    "lstm": (torch.nn.LSTM, {}),
    "gru": (torch.nn.GRU, {}),
}


def pytorch_cases() -> Iterator[Case]:
    """Every cell with 1, 2 and 3 layers in one direction and in both, over packed rows of unequal lengths."""
    for cell, layers, both in product(PYTORCH, (1, 2, 3), (False, True)):
        # The rows of the flat ones are more than one shard of Elman's.
        sizes = {"rows": 17, "features": 3, "units": 2} if layers == 1 else {"rows": 5, "features": 2, "units": 3}
        yield pytorch_case(f"{cell}-{layers}{'-both' if both else ''}", cell, layers, both, **sizes)
    for cell in PYTORCH:  # units for whole vectors of a processor, and some over
        yield pytorch_case(f"{cell}-wide", cell, 1, False, rows=5, features=5, units=19)


def pytorch_case(name: str, cell: str, layers: int, both: bool, rows: int, features: int, units: int) -> Case:
    settings = {"cell": cell, "layers": layers, "bidirectional": both, "units": units}
    return name, settings, pytorch_arrays(Draw(name), settings, rows, features)


def pytorch_arrays(draw: Draw, settings: dict[str, Any], rows: int, features: int) -> Arrays:
    """Run one case. x and output are (batch, time, width), states (layers * directions, batch, units)."""
    make, options = PYTORCH[settings["cell"]]
    layers, both, units = settings["layers"], settings["bidirectional"], settings["units"]
    module = make(features, units, layers, bidirectional=both, batch_first=True, dtype=torch.float64, **options)
    lengths, parts = draw.lengths(rows), ("h", "c") if settings["cell"] == "lstm" else ("h",)
    given = {"x": draw.some(rows, TIME, features)}
    given |= {f"{part}_0": draw.some(layers * (1 + both), rows, units, scale=0.5) for part in parts}
    given |= {name: draw.weight(*p.shape) for name, p in module.named_parameters()}
    if settings["cell"] == "rnn_relu":  # units whose bias is negative would mostly give zeros, with gradients of zero
        given |= {name: np.abs(bias) for name, bias in given.items() if name.startswith("bias")}
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in given.items()}
    results = pytorch_results(module, leaves, lengths, parts)
    above = from_above(draw, results)
    d_results = [torch.tensor(above[f"d_{name}"]) for name in results]
    derivatives = torch.autograd.grad(list(results.values()), list(leaves.values()), d_results)
    rounded = results | {f"d_{name}": value for name, value in zip(leaves, derivatives, strict=True)}
    rounded = {name: value.detach().numpy() for name, value in rounded.items()}
    return stored(given | above, rounded) | {"lengths": lengths}


def pytorch_results(module: Any, leaves: Arrays, lengths: Any, parts: tuple[str, ...]) -> Arrays:
    """Run a module with these weights over packed rows; give output, h_n and, for LSTM, c_n."""
    x, first = leaves["x"], [leaves[f"{part}_0"] for part in parts]
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    weights = {name: leaves[name] for name, _ in module.named_parameters()}
    start = tuple(first) if len(parts) == 2 else first[0]
    output, last = torch.func.functional_call(module, weights, (packed, start))
    output, _ = torch.nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
    ends = last if len(parts) == 2 else [last]
    return {"output": output} | {f"{part}_n": value for part, value in zip(parts, ends, strict=True)}


# Keras

KERAS = {
    "simple_rnn": (keras.layers.SimpleRNN, {}),
    "lstm": (keras.layers.LSTM, {}),
    "gru": (keras.layers.GRU, {"reset_after": True}),
    "gru_reset_before": (keras.layers.GRU, {"reset_after": False}),
}
MERGES = ("concat", "sum", "mul", "ave")


def keras_cases() -> Iterator[Case]:
    """Every cell forwards, backwards and under every merge, every output and the last, with holes in the rows.

    And stacks of unequal widths without a mask. Merges take turns in giving every output or the last.
    """
    directions = [*product(("forwards", "backwards"), (True, False)), *zip(MERGES, (True, False) * 2, strict=True)]
    for turn, cell in enumerate(KERAS):
        for direction, every in directions:
            sequences = every != (direction in MERGES and turn % 2 == 1)
            name = f"{cell}-{direction}-{'every' if sequences else 'last'}"
            layer = {"cell": cell, "direction": direction, "units": 2, "return_sequences": sequences}
            yield name, {"layers": [layer]}, keras_arrays(Draw(name), [layer], masked=True)
    for lower, upper in zip(KERAS, ["gru", "gru_reset_before", "simple_rnn", "lstm"], strict=True):
        layers = [
            {"cell": lower, "direction": "concat", "units": 2, "return_sequences": True},
            {"cell": upper, "direction": "forwards", "units": 3, "return_sequences": True},
            {"cell": lower, "direction": "backwards", "units": 1, "return_sequences": False},
        ]
        name = f"{lower}-under-{upper}"
        yield name, {"layers": layers}, keras_arrays(Draw(name), layers, masked=False)


def keras_layer(cell: str, direction: str, units: int, return_sequences: bool) -> Any:
    """Give the Keras layer of these settings, of which all return their final states."""
    make, options = KERAS[cell]
    backwards = direction == "backwards"
    layer = make(units, return_sequences=return_sequences, return_state=True, go_backwards=backwards, **options)
    return keras.layers.Bidirectional(layer, merge_mode=direction) if direction in MERGES else layer


def keras_arrays(draw: Draw, settings: list[dict[str, Any]], masked: bool) -> Arrays:
    """Run one case; names of weights and states begin with the layer's number: 0/forward_kernel, 0/last_h."""
    rows, features = 4, 3
    mask = draw.mask(rows) if masked else np.ones((rows, TIME), bool)
    given, leaves = {"x": draw.some(rows, TIME, features)}, {}
    layers, shape = [keras_layer(**one) for one in settings], (rows, TIME, features)
    for number, (layer, one) in enumerate(zip(layers, settings, strict=True)):
        layer.build(shape)
        shape = (*shape[:2], one["units"] * (2 if one["direction"] == "concat" else 1))
        leaves |= set_weights(draw, layer, one, number, given)
        given |= {f"{number}/initial_{part}": draw.some(rows, one["units"], scale=0.5) for part in state_names(one)}
    leaves |= {name: tf.constant(value) for name, value in given.items() if name not in leaves}
    with tf.GradientTape() as tape:
        tape.watch(list(leaves.values()))
        results = keras_results(layers, settings, leaves, mask if masked else None)
    # A masked time step repeats the output before it, so a derivative by it would count for that one. What goes
    # backwards gives its outputs in the order of reading.
    above = from_above(draw, results, mask[:, ::-1] if settings[-1]["direction"] == "backwards" else mask)
    d_results = [tf.constant(above[f"d_{name}"]) for name in results]
    derivatives = tape.gradient(list(results.values()), list(leaves.values()), d_results)
    rounded = results | {f"d_{name}": value for name, value in zip(leaves, derivatives, strict=True)}
    arrays = stored(given | above, {name: value.numpy() for name, value in rounded.items()})
    return arrays | {"mask": mask} if masked else arrays


def keras_results(layers: list[Any], settings: list[dict[str, Any]], leaves: Arrays, mask: Any) -> Arrays:
    """Run layers one after the other; give the output of the last one, and the final states of all."""
    value, ends = leaves["x"], {}
    for number, (layer, one) in enumerate(zip(layers, settings, strict=True)):
        first = [leaves[f"{number}/initial_{part}"] for part in state_names(one)]
        value, *last = layer(value, mask=mask, initial_state=first)
        ends |= {f"{number}/last_{part}": end for part, end in zip(state_names(one), last, strict=True)}
    return {"output": value, **ends}


def prefixes(settings: dict[str, Any]) -> tuple[str, ...]:
    """Give what the names of a layer's directions begin with."""
    return ("forward_", "backward_") if settings["direction"] in MERGES else ("",)


def state_names(settings: dict[str, Any]) -> list[str]:
    """Name a layer's states in Keras' order."""
    parts = ("h", "c") if settings["cell"] == "lstm" else ("h",)
    return [prefix + part for prefix in prefixes(settings) for part in parts]


def set_weights(draw: Draw, layer: Any, settings: dict[str, Any], number: int, given: Arrays) -> Arrays:
    """Draw the weights of a layer that is built, into it and into `given`; give its variables by name."""
    variables = iter(layer.trainable_weights)
    leaves = {}
    for prefix in prefixes(settings):
        for name in ("kernel", "recurrent_kernel", "bias"):
            variable, full = next(variables), f"{number}/{prefix}{name}"
            assert prefix in variable.path and variable.path.endswith("/" + name), variable.path
            given[full] = draw.weight(*variable.shape)
            variable.assign(given[full])
            leaves[full] = variable.value
    return leaves


def write(file: str, cases: Iterator[Case]) -> None:
    """Write one golden file, in which the cases stand in the metadata."""
    arrays, settings = {}, {}
    for name, own, of_case in cases:
        settings[name] = own
        arrays |= {f"{name}/{key}": value for key, value in of_case.items()}
    save_file(arrays, FOLDER / file, {"made_by": json.dumps({"versions": VERSIONS, "cases": settings})})
    print(f"{file}: {len(settings)} cases, {(FOLDER / file).stat().st_size:,} bytes")


if __name__ == "__main__":
    keras.config.set_floatx("float64")
    write("pytorch.safetensors", pytorch_cases())
    write("keras.safetensors", keras_cases())
