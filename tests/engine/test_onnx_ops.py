"""ONNX's operators: against the specification's equations, row by row in NumPy, and against onnxruntime."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from elman.engine.onnx_ops import gru, lstm, rnn
from elman.errors import InputError

from ..tolerance import assert_close

OPERATORS: dict[str, Callable[..., tuple[Any, ...]]] = {"RNN": rnn, "GRU": gru, "LSTM": lstm}
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
DEFAULTS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: (1 + np.tanh(x / 2)) / 2,
}
SEEDS = range(60)


@dataclass
class Call:
    """A call of an operator; `arrays` and `attributes` hold what is given."""

    operator: str
    arrays: dict[str, Any]
    attributes: dict[str, Any] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        names = ("Y", "Y_h", "Y_c")
        results = OPERATORS[self.operator](**self.arrays, **self.attributes)
        assert len(results) == (3 if self.operator == "LSTM" else 2)
        return dict(zip(names, results, strict=False))

    @property
    def directions(self) -> int:
        return 2 if self.attributes.get("direction") == "bidirectional" else 1

    @property
    def size(self) -> tuple[int, int]:
        """Length of the longest product and of the longest row, for the table of tolerances."""
        (time, _, features), units = self.arrays["X"].shape, self.arrays["R"].shape[2]
        return features + units, max(2, time)


def some_call(operator: str, seed: int, dtype: str = "float32", usual: bool = False) -> Call:
    """Draw unequal sizes, and whether each optional argument is given; `usual` gives all but activations."""
    draw = np.random.default_rng([seed, GATES[operator]])
    time, rows, features, units = (int(n) for n in draw.integers(1, (13, 9, 8, 21)))
    direction = str(draw.choice(["forward", "reverse", "bidirectional"]))
    directions, gates = (2 if direction == "bidirectional" else 1), GATES[operator] * units

    def some(*shape: int) -> Any:
        return (draw.standard_normal(shape) / 3).astype(dtype)

    def weight(*shape: int) -> Any:  # with relu for gates a state can grow at each time step; these keep it small
        return some(*shape) / np.dtype(dtype).type(np.sqrt(shape[-1]))

    arrays = {"X": some(time, rows, features), "W": weight(directions, gates, features)}
    arrays |= {"R": weight(directions, gates, units)}
    optional = {
        "B": some(directions, 2 * gates),
        "sequence_lens": np.where(draw.random(rows) < 0.2, 0, draw.integers(1, time + 1, rows)).astype(np.int32),
        "initial_h": some(directions, rows, units),
        "initial_c": some(directions, rows, units),
    }
    if operator != "LSTM":
        del optional["initial_c"]
    arrays |= {name: array for name, array in optional.items() if usual or draw.random() < 0.7}
    attributes: dict[str, Any] = {"direction": direction}
    if not usual and draw.random() < 0.7:
        chosen = draw.choice(["Tanh", "Sigmoid", "Relu"], len(DEFAULTS[operator]) * directions)
        attributes["activations"] = [str(name) for name in chosen]
    if operator == "GRU":
        attributes["linear_before_reset"] = int(draw.integers(2))
    return Call(operator, arrays, attributes)


def rnn_step(x: Any, h: Any, c: Any, W: Any, R: Any, Wb: Any, Rb: Any, f: Any, **_: Any) -> tuple[Any, Any]:
    return f(x @ W.T + h @ R.T + Wb + Rb), c


def gru_step(
    x: Any, h: Any, c: Any, W: Any, R: Any, Wb: Any, Rb: Any, f: Any, g: Any, linear_before_reset: int
) -> tuple[Any, Any]:
    (Wz, Wr, Wh), (Rz, Rr, Rh) = np.split(W, 3), np.split(R, 3)
    (Wbz, Wbr, Wbh), (Rbz, Rbr, Rbh) = np.split(Wb, 3), np.split(Rb, 3)
    z = f(x @ Wz.T + h @ Rz.T + Wbz + Rbz)
    r = f(x @ Wr.T + h @ Rr.T + Wbr + Rbr)
    recurrent = r * (h @ Rh.T + Rbh) if linear_before_reset else (r * h) @ Rh.T + Rbh
    return (1 - z) * g(x @ Wh.T + recurrent + Wbh) + z * h, c


def lstm_step(x: Any, h: Any, c: Any, W: Any, R: Any, Wb: Any, Rb: Any, f: Any, g: Any, k: Any) -> tuple[Any, Any]:
    i, o, forget, candidate = np.split(x @ W.T + h @ R.T + Wb + Rb, 4)
    c = f(forget) * c + f(i) * g(candidate)
    return f(o) * k(c), c


STEPS: dict[str, Callable[..., tuple[Any, Any]]] = {"RNN": rnn_step, "GRU": gru_step, "LSTM": lstm_step}


def specified(call: Call) -> dict[str, Any]:
    """Follow the specification's equations in float64, one row and one time step at a time."""
    a = {name: array.astype(np.float64) for name, array in call.arrays.items() if name != "sequence_lens"}
    (time, rows, _), (directions, gates, units) = a["X"].shape, a["R"].shape
    lengths = call.arrays.get("sequence_lens", np.full(rows, time))
    B = a.get("B", np.zeros((directions, 2 * gates)))
    names = call.attributes.get("activations", DEFAULTS[call.operator] * directions)
    attributes = {k: v for k, v in call.attributes.items() if k == "linear_before_reset"}
    Y, last = np.zeros((time, directions, rows, units)), np.zeros((2, directions, rows, units))
    for d in range(directions):
        each = len(names) // directions
        functions = dict(zip("fgk", (ACTIVATIONS[n.lower()] for n in names[d * each : (d + 1) * each]), strict=False))
        backwards = call.attributes["direction"] == "reverse" or d == 1
        for row in range(rows):
            h, c = (a.get(name, np.zeros(last.shape[1:]))[d, row] for name in ("initial_h", "initial_c"))
            times = range(lengths[row])
            for t in reversed(times) if backwards else times:
                weights = (a["W"][d], a["R"][d], B[d, :gates], B[d, gates:])
                h, c = STEPS[call.operator](a["X"][t, row], h, c, *weights, **functions, **attributes)
                Y[t, d, row], last[0, d, row], last[1, d, row] = h, h, c
    results = {"Y": Y, "Y_h": last[0], "Y_c": last[1]}
    return results if call.operator == "LSTM" else {name: results[name] for name in ("Y", "Y_h")}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_as_specified(operator: str, dtype: str) -> None:
    for seed in SEEDS:
        call = some_call(operator, seed, dtype)
        for name, expected in specified(call).items():
            assert_close(call.run()[name], expected, dtype, *call.size, f"{operator} {seed} {name}")


@pytest.mark.parametrize("operator", OPERATORS)
def test_random_calls_cover_what_an_operator_can_do(operator: str) -> None:
    calls = [some_call(operator, seed) for seed in SEEDS]
    assert {call.attributes["direction"] for call in calls} == {"forward", "reverse", "bidirectional"}
    assert len({name for call in calls for name in call.attributes.get("activations", [])}) == 3
    assert {call.attributes.get("linear_before_reset") for call in calls} == ({0, 1} if operator == "GRU" else {None})
    lengths = [call.arrays["sequence_lens"] for call in calls if "sequence_lens" in call.arrays]
    assert any(0 in row and len(set(row.tolist())) > 2 for row in lengths)
    assert {len(call.arrays) for call in calls} >= {3, 4, 5, 6}


def onnxruntime_results(call: Call) -> dict[str, Any]:
    onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    helper, number = onnx.helper, onnx.TensorProto
    order = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c"]
    outputs = ["Y", "Y_h", "Y_c"][: 3 if call.operator == "LSTM" else 2]
    order = order[: 1 + max(order.index(name) for name in call.arrays)]
    names = [name if name in call.arrays else "" for name in order]
    node = helper.make_node(call.operator, names, outputs, hidden_size=call.arrays["R"].shape[2], **call.attributes)
    kinds = {"sequence_lens": number.INT32}
    given = [helper.make_tensor_value_info(name, kinds.get(name, number.FLOAT), None) for name in call.arrays]
    results = [helper.make_tensor_value_info(name, number.FLOAT, None) for name in outputs]
    graph = helper.make_graph([node], "one operator", given, results)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return dict(zip(outputs, session.run(None, call.arrays), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_as_onnxruntime(operator: str, seed: int) -> None:
    call = some_call(operator, seed)
    expected, got = onnxruntime_results(call), call.run()
    for name, value in expected.items():
        assert_close(got[name], value, "float32", *call.size, name)


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_row_of_length_zero_ends_in_zeros(operator: str) -> None:
    call = some_call(operator, 3, usual=True)
    call.arrays["sequence_lens"] = np.zeros_like(call.arrays["sequence_lens"])
    assert call.arrays["initial_h"].all()
    for name, value in call.run().items():
        assert not value.any(), name


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_time_steps_and_no_rows(operator: str) -> None:
    for axis in (0, 1):
        call = some_call(operator, 3)
        call.arrays = {name: call.arrays[name] for name in ("X", "W", "R")}
        call.arrays["X"] = call.arrays["X"].take([], axis=axis)
        (time, rows, _), (directions, _, units) = call.arrays["X"].shape, call.arrays["R"].shape
        results = call.run()
        assert results.pop("Y").shape == (time, directions, rows, units)
        assert all(part.shape == (directions, rows, units) and not part.any() for part in results.values())


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_row_alone_and_in_a_batch_by_equality(operator: str) -> None:
    for seed in range(8):
        call = some_call(operator, seed, usual=True)
        wide = {name: array if array.ndim == 1 else np.concatenate([array] * 5, axis=1) for name, array in
                call.arrays.items() if name in ("X", "initial_h", "initial_c")}  # fmt: skip
        lengths = np.concatenate([np.roll(call.arrays["sequence_lens"], shift) for shift in range(5)])
        batch = Call(operator, call.arrays | wide | {"sequence_lens": lengths}, call.attributes)
        together = batch.run()
        for row in range(len(lengths)):
            own = {name: batch.arrays[name][:, [row]] for name in wide} | {"sequence_lens": lengths[[row]]}
            alone = Call(operator, call.arrays | own, call.attributes).run()
            assert (alone.pop("Y")[:, :, 0] == together["Y"][:, :, row]).all()
            assert all((part[:, 0] == together[name][:, row]).all() for name, part in alone.items())


@pytest.mark.parametrize("operator", OPERATORS)
def test_time_steps_beyond_a_rows_length_are_not_read(operator: str) -> None:
    call = some_call(operator, 5, usual=True)
    expected = call.run()
    beyond = np.arange(len(call.arrays["X"]))[:, None] >= call.arrays["sequence_lens"]
    assert beyond.any()
    call.arrays["X"] = np.where(beyond[:, :, None], np.float32(np.nan), call.arrays["X"])
    assert all((value == expected[name]).all() for name, value in call.run().items())


def test_activations_in_any_case_of_letters_and_arrays_in_any_memory() -> None:
    call = some_call("LSTM", 4, usual=True)
    expected = call.run()
    call.attributes["activations"] = ["SIGMOID", "tanh", "tAnH"] * call.directions
    call.arrays = {name: np.asfortranarray(array) for name, array in call.arrays.items()}
    assert all((value == expected[name]).all() for name, value in call.run().items())


def test_arguments_stand_in_the_order_of_the_specification() -> None:
    call = some_call("LSTM", 4, usual=True)
    names = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c")
    given = [call.arrays[name] for name in names]
    positional = lstm(*given, call.attributes["direction"], ["Sigmoid", "Tanh", "Tanh"] * call.directions)
    assert all((a == b).all() for a, b in zip(positional, call.run().values(), strict=True))


def test_what_is_given_stays_as_it_is() -> None:
    for operator in OPERATORS:
        call = some_call(operator, 7, usual=True)
        before = {name: array.copy() for name, array in call.arrays.items()}
        call.run()
        assert all((call.arrays[name] == array).all() for name, array in before.items())


X, W, R = (np.ones(shape, np.float32) for shape in ((4, 2, 3), (1, 5, 3), (1, 5, 5)))
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "integers": ({"X": X.astype(int)}, "X must be float32 or float64, got int64: convert"),
    "half": ({"X": X.astype(np.float16)}, "X must be float32 or float64, got float16: convert"),
    "objects": ({"X": X.astype(object)}, "X must be float32 or float64, got object"),
    "ragged": ({"X": [[[1.0]], [1.0]]}, "X is not an array, but list"),
    "two axes": ({"X": X[0]}, r"X must be \(seq_length, batch_size, input_size\), got shape \(2, 3\)"),
    "no features": ({"X": X[:, :, :0]}, r"input_size\), got shape \(4, 2, 0\)"),
    "NaN": ({"X": X * np.nan}, "X must be finite, got nan: clean"),
    "no weights": ({"W": None}, "W must be float32, as X is, got object"),
    "mixed dtypes": ({"W": W.astype(np.float64)}, "W must be float32, as X is, got float64: convert"),
    "features": ({"W": W[:, :, :2]}, r"W must have the shape \(1, 5, 3\), .*, got \(1, 5, 2\)"),
    "gates": ({"R": R[:, :4]}, r"R must have the shape \(1, 5, 5\), .*, got \(1, 4, 5\)"),
    "no units": ({"R": R[:, :, :0]}, r"R must be \(directions, .*, got shape \(1, 5, 0\)"),
    "infinite weight": ({"R": R * np.inf}, "R must be finite, got inf"),
    "bias": ({"B": np.ones((1, 5), np.float32)}, r"B must have the shape \(1, 10\), .*, got \(1, 5\)"),
    "state": ({"initial_h": np.ones((1, 5), np.float32)}, r"initial_h must have the shape \(1, 2, 5\)"),
    "state's dtype": ({"initial_h": np.ones((1, 2, 5))}, "initial_h must be float32, as X is, got float64"),
    "directions": ({"direction": "bidirectional"}, r"W must have the shape \(2, 5, 3\)"),
    "direction": (
        {"direction": "backward"},
        "direction must be one of forward, reverse, bidirectional, got 'backward'",
    ),
    "too few lengths": ({"sequence_lens": [4]}, "sequence_lens must be 2 integers from 0 to seq_length, 4, got .*4"),
    "length beyond": ({"sequence_lens": [4, 5]}, "sequence_lens must be 2 integers from 0 to seq_length, 4, got .*5"),
    "length below": ({"sequence_lens": [4, -1]}, "sequence_lens must be 2 integers from 0 .*-1"),
    "length between": ({"sequence_lens": [4, 1.5]}, "sequence_lens must be 2 integers from 0 .*1.5"),
    "activation": (
        {"activations": ["Softsign"]},
        "activations must each be one of Tanh, Relu, Sigmoid, got 'Softsign'",
    ),
    "no activation": ({"activations": [3]}, "activations must each be one of Tanh, Relu, Sigmoid, got 3"),
    "activations": ({"activations": ["Tanh", "Tanh"]}, "activations must be a list of 1 names, got"),
    "letters": ({"activations": "Tanh"}, "activations must be a list of 1 names, got 'Tanh'"),
    "clip": ({"clip": 3.0}, "clip must be None, got 3.0; pre-activations are not clipped"),
    "peepholes": ({"P": W[0, 0]}, "P must be None, .* there are no peepholes"),
    "alpha": ({"activation_alpha": [0.1]}, "activation_alpha must be None"),
    "layout": ({"layout": 1}, "layout must be 0, got 1; time comes first"),
    "coupled": ({"input_forget": 1}, "input_forget must be 0, got 1"),
    "hidden_size": ({"hidden_size": 4}, "hidden_size must be 5, got 4"),
    "unknown": ({"units": 4}, "there is no argument 'units'"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_arguments_are_refused(name: str) -> None:
    arguments, message = BAD[name]
    with pytest.raises(InputError, match=message):
        rnn(**{"X": X, "W": W, "R": R} | arguments)


@pytest.mark.parametrize("value", [2, -1, 0.5, "1", None])
def test_linear_before_reset_is_0_or_1(value: Any) -> None:
    with pytest.raises(InputError, match="linear_before_reset must be 0 or 1, got"):
        gru(X, np.ones((1, 15, 3), np.float32), np.ones((1, 15, 5), np.float32), linear_before_reset=value)


def test_other_arguments_of_onnx_as_they_are_by_default() -> None:
    call = some_call("LSTM", 4, usual=True)
    expected = call.run()
    others = {"clip": None, "P": None, "activation_alpha": None, "activation_beta": None, "layout": 0}
    call.attributes |= others | {"input_forget": 0, "hidden_size": call.arrays["R"].shape[2]}
    assert all((value == expected[name]).all() for name, value in call.run().items())
