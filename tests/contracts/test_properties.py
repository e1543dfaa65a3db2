"""Whatever is handed to a public part of the engine, it gives a right result or an ElmanError; nothing else escapes."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elman.engine import (
    GRU,
    LSTM,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    Input,
    Network,
    OneHot,
    Pooling,
    SimpleRNN,
    State,
)
from elman.engine.gradcheck import check_network, numeric_gradient
from elman.engine.layers import Layer
from elman.engine.onnx_ops import gru, lstm, rnn
from elman.engine.optimizers import SGD, Adam
from elman.errors import ElmanError
from elman.sequences import Sequences

FUZZ = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
LAYERS: list[type[Layer]] = [GRU, LSTM, Bidirectional, Dense, Dropout, Embedding, Input, OneHot, Pooling, SimpleRNN]
NETWORKS = {
    "ids": Network([Embedding(5, 3), GRU(4), Dense(2, "softmax")]),
    "one_hot": Network([OneHot(5), SimpleRNN(3, initial_state="learned"), Dense(1, "sigmoid")]),
    "numbers": Network(
        [Input(2), Bidirectional(LSTM(3, return_sequences=True)), Pooling(("max", "attention")), Dense(1)]
    ),
    "time_steps": Network([Input(2), LSTM(3, return_sequences=True), Dense(3, "softmax")], dtype="float64"),
}
NUMBERS = [0, 1, 2, 5, 6, -1, 2**31, 2**62, 2**63, 2**70, -(2**63), 0.5, -0.0, 1e300, np.nan, np.inf, -np.inf, 1j, True]
DTYPES = ["?", "i1", "i8", "u8", "f2", "f4", "f8", ">f4", "c16", "U3", "S2", "O", "M8[s]", "i4,f4"]


def arrays() -> st.SearchStrategy[Any]:
    """Arrays of any rank from 0 to 4, with axes of 0 to 5, of many dtypes, with numbers that fit and that do not."""

    @st.composite
    def draw_array(draw: Any) -> Any:
        shape = draw(st.lists(st.integers(0, 5), max_size=4))
        array = np.zeros(shape, draw(st.sampled_from(DTYPES)))
        if array.size and array.dtype.kind in "iufc":
            with np.errstate(all="ignore"):
                values = draw(st.lists(st.sampled_from(NUMBERS[:-2]), min_size=1, max_size=3))
                array.flat = np.array(values, np.float64).astype(array.dtype)
        return array

    return draw_array()


def anything() -> st.SearchStrategy[Any]:
    leaves = st.sampled_from(
        [*NUMBERS, None, "", "good movie", b"bytes", "tanh", "zeros", "float32", {}, set(), object(), len]
    )
    single = leaves | arrays()
    return (
        single | st.lists(single, max_size=3) | st.lists(st.lists(leaves, max_size=3), max_size=3) | st.tuples(single)
    )


def rows() -> st.SearchStrategy[Any]:
    """Sequences that fit a network of ids or of two numbers a time step, with all lengths from 0."""
    ids = st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=6)
    numbers = st.lists(st.integers(0, 4).map(lambda n: np.linspace(-2, 2, 2 * n).reshape(n, 2)), max_size=6)
    return ids | numbers | numbers.map(lambda parts: [part.astype("f") for part in parts])


def states(network: Network) -> st.SearchStrategy[Any]:
    good = st.integers(0, 6).map(network.initial_state)
    names = st.sampled_from([*network.initial_state(1).arrays, "h", "", "gru/c"])
    wrong = st.dictionaries(names, arrays(), max_size=3).map(lambda parts: attempt(State, parts))
    return st.none() | good | wrong | anything()


def attempt(function: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """Call; give the result, or the ElmanError."""
    try:
        return function(*arguments, **more)
    except ElmanError as error:
        return error


def is_right(output: Any, network: Network, sequences: Any) -> None:
    """Assert shape, dtype and finiteness of what a network gave for sequences that it took."""
    count = len(sequences.values) if network.shapes[-1].sequence else len(sequences)
    values = output.values if isinstance(output, Sequences) else output
    assert values.shape == (count, network.shapes[-1].features)
    assert values.dtype == network.dtype
    assert np.isfinite(values).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_predict(name: str) -> None:
    network = NETWORKS[name]

    @FUZZ
    @given(anything() | rows(), states(network))
    def check(x: Any, state: Any) -> None:
        found = attempt(network.predict, x, state=state, return_state=True, threads=1)
        if not isinstance(found, ElmanError):
            output, last = found
            sequences = network.accept(x)
            is_right(output, network, sequences)
            assert len(last) == len(sequences)
            assert last.arrays.keys() == network.initial_state(1).arrays.keys()
            assert all(part.dtype == network.dtype and np.isfinite(part).all() for part in last.arrays.values())

    check()


@FUZZ
@given(arrays(), st.none() | anything(), st.none() | anything(), anything())
def test_dense_batches_with_lengths_and_masks(array: Any, lengths: Any, mask: Any, threads: Any) -> None:
    network = NETWORKS["one_hot"]
    for x in (array, np.zeros((3, 4), int)):
        found = attempt(network.predict, x, lengths=lengths, mask=mask)
        if not isinstance(found, ElmanError):
            is_right(found, network, network.accept(x, lengths, mask))
    attempt(network.predict, [], threads=threads)


@pytest.mark.parametrize("name", NETWORKS)
def test_differentiate(name: str) -> None:
    network = NETWORKS[name]
    classes = st.lists(st.integers(0, 3), max_size=12) | st.lists(st.floats(-3, 3), max_size=6)

    @FUZZ
    @given(rows(), anything() | classes, st.none() | anything() | classes, states(network), anything(), anything())
    def check(x: Any, targets: Any, weights: Any, state: Any, noise: Any, backend: Any) -> None:
        attempt(network.differentiate, x, targets, noise=noise, backend=backend)
        found = attempt(network.differentiate, x, targets, weights, state, threads=1)
        if not isinstance(found, ElmanError):
            assert np.isfinite(found.loss)
            assert found.loss >= 0 or np.asarray(weights).min() < 0
            for key, gradient in found.gradients.items():
                dense = gradient if isinstance(gradient, np.ndarray) else gradient.dense(network.parameters[key].shape)
                assert dense.shape == network.parameters[key].shape and dense.dtype == network.dtype
                assert np.isfinite(dense).all() or np.abs(np.asarray(weights, float)).max() > 1e30
            assert len(found.initial) == len(found.state) == len(network.accept(x))

    check()


@pytest.mark.parametrize("name", ["ids", "one_hot"])
@pytest.mark.parametrize("kind", ["bool", "uint8", "int32", "uint64"])
def test_targets_may_be_integers_of_any_kind(name: str, kind: str) -> None:
    wanted = NETWORKS[name].differentiate([[1, 2], [0]], np.array([1, 0]))
    assert NETWORKS[name].differentiate([[1, 2], [0]], np.array([1, 0], kind)).loss == wanted.loss


def test_targets_that_are_no_classes_are_refused() -> None:
    """Kernels trust them, and would read beyond their arrays."""
    for name, wrong in (("ids", 2), ("ids", -1), ("one_hot", 2), ("ids", 0.5), ("ids", None), ("numbers", np.nan)):
        x = [np.ones((2, 2))] if name == "numbers" else [[1, 2]]
        found = attempt(NETWORKS[name].differentiate, x, [wrong])
        assert isinstance(found, ElmanError) and "targets must be" in str(found)
    two = Network([OneHot(5), GRU(3), Dense(2, "sigmoid")])
    with pytest.raises(ElmanError, match="must have 1 unit to have a loss, got 2"):
        two.differentiate([[1, 2]], [1])


@FUZZ
@given(
    anything(), anything(), anything(), st.dictionaries(st.sampled_from([*NETWORKS["ids"].parameters, "x"]), anything())
)
def test_making_a_network(layers: Any, seed: Any, dtype: Any, parameters: Any) -> None:
    network = NETWORKS["ids"]
    attempt(Network, layers)
    attempt(Network, [OneHot(2), Dense(1)], random_state=seed)
    attempt(Network, network.layers, dtype=dtype)
    attempt(Network, network.layers, parameters=parameters)
    attempt(Network, network.layers, parameters=layers)
    attempt(Network.from_config, layers, network.parameters)
    attempt(Network.from_config, {"layers": layers, "dtype": dtype}, network.parameters)
    attempt(Network.from_config, {"layers": [{"class": seed}], "dtype": "float32"}, network.parameters)
    if not isinstance(seed, int) or abs(seed) < 1000:  # more rows may be asked for than memory holds
        found = attempt(network.initial_state, seed)
        assert isinstance(found, ElmanError) or found.arrays["gru/h"].shape == (seed, 4)


SETTINGS = {
    GRU: {"units": 3},
    LSTM: {"units": 3},
    SimpleRNN: {"units": 3},
    Bidirectional: {"layer": GRU(3)},
    Dense: {"units": 3},
    Dropout: {"rate": 0.5},
    Embedding: {"input_dim": 3, "output_dim": 2},
    Input: {"features": 2},
    OneHot: {"input_dim": 3},
    Pooling: {"kinds": "max"},
}


@pytest.mark.parametrize("layer", LAYERS)
def test_settings_of_layers(layer: Any) -> None:
    names = [setting.name for setting in fields(layer)]
    fitting = st.sampled_from(["tanh", "relu", "learned", ("max", "last"), GRU(2), "concat", 0.25, (0.1, 0.2, 0.3)])

    @FUZZ
    @given(st.dictionaries(st.sampled_from(names), anything() | fitting, min_size=1, max_size=2))
    def check(changed: Any) -> None:
        made = attempt(layer, **(SETTINGS[layer] | changed))
        sizes = [value for value in changed.values() if isinstance(value, (int, np.integer))]
        if not isinstance(made, ElmanError) and all(abs(int(size)) < 100 for size in sizes):
            first = [made] if made.first else [Embedding(5, 2), made]
            network = attempt(Network, [*first, Dense(1)])
            if not isinstance(network, ElmanError):
                x = [np.ones((2, made.features))] if isinstance(made, Input) else [[0, 1]]
                output = network.predict(x)
                is_right(output, network, network.accept(x))

    check()


@FUZZ
@given(st.binary(max_size=80) | anything(), anything(), st.integers(0, 400), st.integers(0, 255))
def test_states(data: Any, parts: Any, place: int, byte: int) -> None:
    attempt(State, parts)
    attempt(State, {"a": parts})
    attempt(State.from_bytes, data)
    state = NETWORKS["numbers"].initial_state(3)
    whole = state.to_bytes()
    for damaged in (whole[:place], whole[:place] + bytes([byte]) + whole[place + 1 :]):
        found = attempt(State.from_bytes, damaged)
        if isinstance(found, State):
            found = attempt(NETWORKS["numbers"].predict, [[], [], []], state=found, return_state=True)
        assert isinstance(found, ElmanError) or all(np.isfinite(part).all() for part in found[1].arrays.values())


@FUZZ
@given(anything() | st.lists(st.integers(-4, 4), max_size=4) | st.lists(st.booleans(), max_size=4), anything())
def test_rows_of_states(numbers: Any, other: Any) -> None:
    state = NETWORKS["numbers"].initial_state(3)
    taken = attempt(state.take, numbers)
    if isinstance(taken, State):
        kind = bool if np.asarray(numbers).dtype == bool else int
        assert len(taken) == len(np.arange(3)[np.asarray(numbers, kind)])
        assert len(state.put(numbers, taken)) == 3
    for wrong in (other, state, NETWORKS["time_steps"].initial_state(3), State({})):
        put = attempt(state.put, numbers, wrong)
        assert isinstance(put, ElmanError) or (len(put) == 3 and isinstance(wrong, State))


@FUZZ
@given(anything() | rows(), anything(), anything() | st.lists(st.integers(-3, 3), max_size=4), anything())
def test_sequences(values: Any, offsets: Any, numbers: Any, padding: Any) -> None:
    made = [
        attempt(Sequences, values, offsets),
        attempt(Sequences.from_rows, values),
        attempt(Sequences.coerce, values),
    ]
    for sequences in (
        *made,
        attempt(Sequences.from_dense, values, offsets, None),
        attempt(Sequences.from_dense, values),
    ):
        if not isinstance(sequences, ElmanError):
            assert sequences.values.dtype.kind in "if" and np.isfinite(sequences.values).all()
            assert sequences.offsets[0] == 0 and sequences.offsets[-1] == len(sequences.values)
            dense, mask = sequences.to_dense()
            assert dense.shape[:2] == mask.shape and mask.sum() == len(sequences.values)
    sequences = Sequences.from_rows([[1, 2], [], [3]])
    taken = attempt(sequences.take, numbers)
    if not isinstance(taken, ElmanError):
        assert [row.tolist() for row in taken] == [sequences[int(number)].tolist() for number in numbers]
    padded = attempt(sequences.to_dense, padding=padding)
    assert isinstance(padded, ElmanError) or (padded[0][1] == padding).all()
    if not isinstance(numbers, (int, np.integer)) or abs(numbers) < 1000:  # more may be asked for than memory holds
        attempt(sequences.to_dense, numbers)


OPERATORS = {"rnn": (rnn, 1, 2), "gru": (gru, 3, 2), "lstm": (lstm, 4, 3)}
X_SHAPE, UNITS = (4, 2, 3), 5


@pytest.mark.parametrize("name", OPERATORS)
def test_onnx_operators(name: str) -> None:
    operator, gates, results = OPERATORS[name]
    good: dict[str, Any] = {"X": np.ones(X_SHAPE, "f"), "W": np.ones((1, gates * UNITS, 3), "f")}
    good |= {"R": np.ones((1, gates * UNITS, UNITS), "f")}
    more = [
        "B",
        "sequence_lens",
        "initial_h",
        "direction",
        "activations",
        "hidden_size",
        "clip",
        "layout",
        "P",
        "units",
    ]
    fitting = (
        st.lists(st.integers(-1, 5), min_size=2, max_size=2)
        | st.just(np.full((1, 2, UNITS), 0.5, "f"))
        | st.just(np.ones((1, 2 * gates * UNITS), "f"))
        | st.sampled_from(["forward", "reverse", UNITS, ["tanh"], ["RELU", "tanh"], ["Tanh", "Sigmoid", "Relu"]])
    )

    @FUZZ
    @given(st.dictionaries(st.sampled_from([*good, *more]), anything() | fitting, min_size=1, max_size=3))
    def check(changed: Any) -> None:
        arguments = good | changed
        found = attempt(operator, **arguments)
        if not isinstance(found, ElmanError):
            assert len(found) == results
            time, rows, _ = np.shape(arguments["X"])
            assert found[0].shape == (time, 1, rows, UNITS)
            assert all(part.shape == (1, rows, UNITS) for part in found[1:])
            assert all(part.dtype == np.float32 for part in found)
            assert "activations" in changed or all(np.isfinite(part).all() for part in found)

    check()


@FUZZ
@given(anything(), st.sampled_from(["learning_rate", "beta1", "beta2", "epsilon"]), anything(), anything())
def test_optimizers(value: Any, setting: str, gradient: Any, parameter: Any) -> None:
    attempt(SGD, value)
    attempt(Adam, **{setting: value})
    for optimizer in (SGD(0.1), Adam(0.1)):
        weights = {"a": np.ones((2, 3), "f")}
        attempt(optimizer.update, weights, {"a": gradient})
        attempt(optimizer.update, {"a": parameter}, {"a": gradient})
        assert isinstance(attempt(optimizer.update, weights, {"b": gradient}), ElmanError)
        assert weights["a"].shape == (2, 3)


@settings(FUZZ, max_examples=40)
@given(rows(), anything() | st.lists(st.integers(0, 1), max_size=6), states(NETWORKS["time_steps"]))
def test_gradcheck(x: Any, targets: Any, state: Any) -> None:
    attempt(numeric_gradient, lambda: 0.0, targets)
    attempt(check_network, NETWORKS["ids"], x, targets, state=state)
    found = attempt(check_network, NETWORKS["time_steps"], x, targets, state=state)
    assert isinstance(found, ElmanError) or max(found.values(), default=0) < 1e-5
