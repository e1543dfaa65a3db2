"""One logit of a network: the network's own bits, and slopes that finite differences agree with."""

from typing import Any

import numpy as np
import pytest

from elman.engine import (
    GRU,
    LSTM,
    AdaptiveSoftmax,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    Input,
    Network,
    Pooling,
    SimpleRNN,
    Softmax,
)
from elman.engine.one_logit import OneLogit
from elman.errors import InputError
from elman.sequences import Sequences

DRAW = np.random.default_rng(0)
ABOVE: dict[str, list[Any]] = {
    "last": [LSTM(5), Dense(3, "softmax")],
    "initial": [GRU(4, initial_state="random"), Dense(4, "tanh"), Dense(1, "sigmoid")],
    "stacked": [SimpleRNN(4, return_sequences=True), Dropout(0.5), GRU(5, reset_after=False), Dense(3, "softmax")],
    "pooled": [LSTM(4, return_sequences=True), Pooling(("max", "mean", "last")), Dense(1, "sigmoid")],
    "attention": [GRU(4, return_sequences=True), Pooling("attention"), Dense(3, "softmax")],
    "both": [Bidirectional(LSTM(4)), Dense(3, "softmax")],
    "stacked-both": [
        Bidirectional(GRU(3, return_sequences=True), "mul"),
        Bidirectional(SimpleRNN(3, return_sequences=True)),
        Pooling("max"),
        Dense(3, "softmax"),
    ],
    "backwards": [GRU(4, go_backwards=True), Dense(1, "sigmoid")],
    "none": [Pooling("mean"), Dense(3, "softmax")],
}
CAUSAL = {"last", "initial", "stacked", "pooled", "attention", "none"}
EVERY_STEP: dict[str, list[Any]] = {
    "tagger": [Bidirectional(LSTM(3, return_sequences=True)), Dense(3, "softmax")],
    "forward": [GRU(3, return_sequences=True), Dense(1, "sigmoid")],
}


def drawn(layers: list[Any], dtype: str = "float32") -> Network:
    network = Network(layers, dtype=dtype)
    for value in network.parameters.values():
        value[...] = DRAW.normal(0, 0.6, value.shape)
    return network


def vectors(*lengths: int) -> Sequences:
    return Sequences(DRAW.normal(size=(sum(lengths), 3)), np.cumsum([0, *lengths]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ABOVE)
def test_values_are_the_networks_own_bits(name: str, dtype: str) -> None:
    network, x = drawn([Input(3), *ABOVE[name]], dtype), vectors(5, 0, 1, 33, 5)
    logits = network.logits(x)
    for column in range(logits.shape[1]):
        assert (OneLogit.of(network, column).values(x) == logits[:, column]).all()


@pytest.mark.parametrize("head", [Softmax(8, tied=True), Softmax(8), Dense(8, "softmax")])
@pytest.mark.parametrize("cell", [LSTM(4, return_sequences=True), Dropout(0.5)])
def test_after_the_last_time_step_of_a_network_that_answers_at_each(head: Any, cell: Any) -> None:
    network, x = drawn([Embedding(7, 4), cell, head]), Sequences.from_rows([[0, 1, 7], [3], [6, 6, 1, 2, 0]])
    expected, _ = network.advance(x)
    for column in range(8):
        assert (OneLogit.of(network, column).values(x) == expected[:, column]).all()


@pytest.mark.parametrize("name", EVERY_STEP)
def test_the_answer_at_a_time_step(name: str) -> None:
    network, x = drawn([Input(3), *EVERY_STEP[name]]), vectors(4, 3, 6)
    for column in range(network.shapes[-1].features or 0):
        logit = OneLogit.of(network, column, place=2, threads=2)
        assert (logit.values(x) == network.logits(x)[x.offsets[:-1] + 2, column]).all()


@pytest.mark.parametrize("name", [*ABOVE, *EVERY_STEP])
def test_slopes_are_those_of_finite_differences(name: str) -> None:
    layers, place = (ABOVE[name], None) if name in ABOVE else (EVERY_STEP[name], 1)
    network, x, step = drawn([Input(3), *layers], "float64"), vectors(4, 3), 1e-6
    logit = OneLogit.of(network, 0, place)
    values, slopes = logit.slopes(x)
    assert (values == logit.values(x)).all()
    for token, feature in np.ndindex(x.values.shape):
        moved = [x.values.copy(), x.values.copy()]
        moved[0][token, feature] -= step
        moved[1][token, feature] += step
        low, high = (logit.values(Sequences(value, x.offsets)) for value in moved)
        assert slopes[token, feature] == pytest.approx(((high - low) / (2 * step)).sum(), abs=1e-7)


@pytest.mark.parametrize("name", ABOVE)
def test_how_deep_prefixes_stand_for_themselves(name: str) -> None:
    network, x = drawn([Embedding(6, 3), *ABOVE[name]]), Sequences.from_rows([[1, 2, 6, 0, 2]])
    logit = OneLogit.of(network, 0)
    assert (logit.depth > 1 or name == "none") == (name in CAUSAL)
    assert logit.of_last_state == (name in {"last", "initial", "stacked"})
    whole = logit.outputs(logit.depth, x) if not logit.of_last_state and logit.depth else None
    for end in range(1, 6):
        part = Sequences.from_rows([x.values[:end]])
        if logit.of_last_state:
            assert logit.along(x)[end - 1] == logit.values(part)[0]
        elif whole is not None:
            assert (logit.outputs(logit.depth, part) == whole[:end]).all()
            assert logit.values_above(logit.depth, Sequences(whole[:end], np.array([0, end]))) == logit.values(part)


@pytest.mark.parametrize("name", ["last", "initial", "stacked"])
def test_states_before_each_time_step_are_those_to_go_on_from(name: str) -> None:
    network, x = drawn([Input(3), *ABOVE[name]]), vectors(6)
    logit = OneLogit.of(network, 0)
    states, whole = logit.states_before(x), logit.values(x)
    for begin in range(6):
        rest = Sequences(x.values[begin:], np.array([0, 6 - begin]))
        assert logit.values(rest, states.take([begin])) == whole


def test_refuses_logits_that_are_no_single_product() -> None:
    network = Network([Embedding(7, 4), LSTM(4, return_sequences=True), AdaptiveSoftmax(8, (3,))])
    with pytest.raises(InputError, match="AdaptiveSoftmax"):
        OneLogit.of(network, 0)
