"""Golden files, read into Elman's names and layouts. Foreign layouts are converted here, in one function each."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from elman.engine import GRU, LSTM, Bidirectional, SimpleRNN
from elman.engine.layers import Layer

Arrays = dict[str, Any]

FOLDER = Path(__file__).parent
LAYERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "rnn_tanh": (SimpleRNN, {}),
    "rnn_relu": (SimpleRNN, {"activation": "relu"}),
    "simple_rnn": (SimpleRNN, {}),
    "lstm": (LSTM, {}),
    "gru": (GRU, {}),
    "gru_reset_before": (GRU, {"reset_after": False}),
}
BOTH = ("forward_", "backward_")
"""What names of weights and states begin with in a layer of two directions."""


@dataclass(frozen=True, eq=False)
class Raw:
    """A case as it lies in its file. make_golden.py says what the arrays are."""

    framework: str
    settings: dict[str, Any]
    arrays: Arrays


@dataclass(frozen=True, eq=False)
class Golden:
    """A case in Elman's terms. Names of weights and states begin with the number of their layer: 0/kernel, 1/forward_h.

    x : (rows, time, features); which time steps are real say `lengths` or `mask`, or all are
    weights : by name
    initial : (rows, units), initial states by name
    above : derivative of the loss by "output" and by each final state
    expected : what must come out: "output", "last 0/h" for final states; derivatives "d x", "d 0/kernel",
        "d initial 0/h"
    """

    layers: list[Layer]
    x: Any
    lengths: Any
    mask: Any
    weights: Arrays
    initial: Arrays
    above: Arrays
    expected: Arrays

    @property
    def longest(self) -> int:
        """T of the table of tolerances: time steps of the longest row."""
        return int(self.x.shape[1])

    @property
    def product_length(self) -> int:
        """K of the table of tolerances: features + units of the widest layer."""
        recurrent = [name for name in self.weights if name.endswith("recurrent_kernel")]
        return max(len(self.weights[name]) + len(self.weights[name.replace("recurrent_", "")]) for name in recurrent)


def read_cases() -> dict[str, Raw]:
    """Give every case of both frameworks, by a name such as "keras/lstm-mul-every"."""
    cases = {}
    for framework in CONVERSIONS:
        with safe_open(FOLDER / f"{framework}.safetensors", "numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            settings = json.loads(file.metadata()["made_by"])["cases"]
        for name, own in settings.items():
            mine = {key.removeprefix(f"{name}/"): a for key, a in arrays.items() if key.startswith(f"{name}/")}
            cases[f"{framework}/{name}"] = Raw(framework, own, mine)
    return cases


def convert(raw: Raw) -> Golden:
    """Turn a case into Elman's terms; what was stored in float32 becomes float64 again."""
    arrays = {name: a.astype(np.float64) if a.dtype == np.float32 else a for name, a in raw.arrays.items()}
    return CONVERSIONS[raw.framework](raw.settings, arrays)


def expectation(output: Any, last: Arrays, d_x: Any, d_weights: Arrays, d_initial: Arrays) -> Arrays:
    return (
        {"output": output, "d x": d_x}
        | {f"last {name}": a for name, a in last.items()}
        | {f"d {name}": a for name, a in d_weights.items()}
        | {f"d initial {name}": a for name, a in d_initial.items()}
    )


# PyTorch


def from_pytorch(settings: dict[str, Any], arrays: Arrays) -> Golden:
    make, options = LAYERS[settings["cell"]]
    layer = make(settings["units"], return_sequences=True, **options)
    layer = Bidirectional(layer) if settings["bidirectional"] else layer
    real = np.arange(arrays["x"].shape[1]) < arrays["lengths"][:, None]
    states = {at: pytorch_states(settings, arrays, at) for at in ("{}_0", "{}_n", "d_{}_0", "d_{}_n")}
    return Golden(
        layers=[layer] * settings["layers"],
        x=arrays["x"],
        lengths=arrays["lengths"],
        mask=None,
        weights=pytorch_weights(settings, arrays),
        initial=states["{}_0"],
        above={"output": arrays["d_output"][real]} | states["d_{}_n"],
        expected=expectation(
            arrays["output"][real],
            states["{}_n"],
            arrays["d_x"][real],
            pytorch_weights(settings, arrays, "d_"),
            states["d_{}_0"],
        ),
    )


def pytorch_weights(settings: dict[str, Any], arrays: Arrays, d: str = "") -> Arrays:
    """Convert weights, or with d="d_" their gradients: (gates * units, width), gates in Elman's order, two biases."""
    directions = {"forward_": "", "backward_": "_reverse"} if settings["bidirectional"] else {"": ""}
    out = {}
    for number in range(settings["layers"]):
        for direction, suffix in directions.items():
            kernel, recurrent, of_input, of_state = (
                arrays[f"{d}{name}_l{number}{suffix}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            out[f"{number}/{direction}kernel"] = kernel.T
            out[f"{number}/{direction}recurrent_kernel"] = recurrent.T
            if settings["cell"] == "gru":
                bias = np.stack([of_input, of_state])
            else:  # the loss depends on their sum alone, whose derivative each of the two has
                bias = of_input if d else of_input + of_state
            out[f"{number}/{direction}bias"] = bias
    return out


def pytorch_states(settings: dict[str, Any], arrays: Arrays, named: str) -> Arrays:
    """Convert states or their gradients, (layers * directions, rows, units); `named` is as "{}_0" for h_0, c_0."""
    places = [f"{k}/{way}" for k in range(settings["layers"]) for way in (BOTH if settings["bidirectional"] else [""])]
    parts = ("h", "c") if settings["cell"] == "lstm" else ("h",)
    return {f"{place}{part}": arrays[named.format(part)][i] for part in parts for i, place in enumerate(places)}


# Keras


def from_keras(settings: dict[str, Any], arrays: Arrays) -> Golden:
    x, mask, layers = arrays["x"], arrays.get("mask"), settings["layers"]
    real = np.ones(x.shape[:2], bool) if mask is None else mask
    # What goes backwards gives its outputs in the order of reading.
    order = real[:, ::-1] if layers[-1]["direction"] == "backwards" else real
    outputs = {name: arrays[name][order] if arrays[name].ndim == 3 else arrays[name] for name in ("output", "d_output")}
    return Golden(
        layers=[keras_layer(**layer) for layer in layers],
        x=x,
        lengths=None,
        mask=mask,
        weights=keras_weights(layers, arrays),
        initial=keras_states(arrays, "initial_"),
        above={"output": outputs["d_output"]} | keras_states(arrays, "last_", "d_"),
        expected=expectation(
            outputs["output"],
            keras_states(arrays, "last_"),
            arrays["d_x"][real],
            keras_weights(layers, arrays, "d_"),
            keras_states(arrays, "initial_", "d_"),
        ),
    )


def keras_layer(cell: str, direction: str, units: int, return_sequences: bool) -> Layer:
    make, options = LAYERS[cell]
    layer: Any = make(units, return_sequences=return_sequences, go_backwards=direction == "backwards", **options)
    return layer if direction in ("forwards", "backwards") else Bidirectional(layer, merge=direction)


def keras_weights(layers: list[dict[str, Any]], arrays: Arrays, d: str = "") -> Arrays:
    """Convert weights, or with d="d_" their gradients: Elman's layout, but for GRU's gates, which are z r h."""
    out = {}
    for number, layer in enumerate(layers):
        for name, array in arrays.items():
            if name.startswith(f"{d}{number}/") and name.endswith(("kernel", "bias")):
                blocks = np.split(array, 3, axis=-1) if layer["cell"].startswith("gru") else []
                value = np.concatenate([blocks[1], blocks[0], blocks[2]], axis=-1) if blocks else array
                out[name.removeprefix(d)] = value
    return out


def keras_states(arrays: Arrays, which: str, d: str = "") -> Arrays:
    """Convert states or their gradients; only their names differ. `which` is "initial_" or "last_"."""
    found = {name: a for name, a in arrays.items() if f"/{which}" in name and name.startswith("d_") == bool(d)}
    return {name.removeprefix(d).replace(which, ""): a for name, a in found.items()}


CONVERSIONS = {"pytorch": from_pytorch, "keras": from_keras}
