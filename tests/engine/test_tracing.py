"""Looking into a pass gives the numbers that the pass computed with."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from elman.engine import (
    GRU,
    LSTM,
    Beside,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    Input,
    Network,
    OneHot,
    Pooling,
    SimpleRNN,
    compiled,
)
from elman.engine.compiled import CompiledCell, Inputs, compiled_backward, compiled_forward
from elman.engine.kernels.activations import CODES, apply_activation
from elman.engine.kernels.product import BLOCK
from elman.engine.packing import Packing
from elman.engine.tracing import go_back, logits_of_beginnings, pass_through

LAYERS: dict[str, Callable[..., Any]] = {
    "simple_rnn": SimpleRNN,
    "relu": lambda units, **more: SimpleRNN(units, activation="relu", **more),
    "lstm": LSTM,
    "gru": GRU,
    "reset_before": lambda units, **more: GRU(units, reset_after=False, **more),
}
OF_GATES = {"n": "activation", "g": "activation", "h": "activation"}


def random_network(*layers: Any, dtype: str = "float32", words: int = 20) -> Network:
    network = Network([Embedding(words, 7), *layers], dtype=dtype)
    rng = np.random.default_rng(1)
    for value in network.parameters.values():
        value[...] = rng.normal(size=value.shape) * 0.6
    return network


def text(network: Network, length: int = 30) -> Any:
    return network.accept([np.random.default_rng(2).integers(0, 21, length)])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_what_is_activated_is_what_the_pass_activated(name: str, dtype: str) -> None:
    network = random_network(LAYERS[name](5, return_sequences=True), Dense(1, "sigmoid"), dtype=dtype)
    row = text(network)
    ((place, passage),) = pass_through(network, row)
    units, cell = 5, passage.compiled.cell
    for i, (gate, values) in enumerate((passage.gates or {"h": passage.h}).items()):
        a = passage.a[:, i * units : (i + 1) * units].reshape(-1).copy()
        apply_activation(a, CODES[getattr(cell, OF_GATES.get(gate, "recurrent_activation"))])
        assert (a.reshape(-1, units) == values).all(), gate
    assert (passage.h_prev[1:] == passage.h[:-1]).all() and not passage.h_prev[0].any()
    assert (place.layer, place.backward) == (network.names[1], False)
    assert place.prefix + "kernel" in network.parameters


@pytest.mark.parametrize("name", LAYERS)
def test_states_are_those_that_the_layer_above_reads(name: str) -> None:
    network = random_network(LAYERS[name](5, return_sequences=True), LAYERS[name](4), Dense(1, "sigmoid"))
    row = text(network)
    (_, below), (_, above) = pass_through(network, row)
    assert (above.inputs.dense() == below.h).all()
    _, state = network.predict(row, return_state=True)
    assert (above.h[-1] == state.arrays[f"{network.names[2]}/h"][0]).all()


def test_sums_are_of_their_parts() -> None:
    network = random_network(LSTM(5), Dense(1, "sigmoid"), dtype="float64")
    ((_, passage),) = pass_through(network, text(network))
    weights = passage.compiled.weights
    np.testing.assert_allclose(passage.from_input, passage.inputs.dense() @ weights.W_xh, rtol=1e-12)
    np.testing.assert_allclose(passage.from_state, passage.h_prev @ weights.W_hh, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(passage.a, weights.b_h + passage.from_input + passage.from_state, rtol=1e-12)


def test_directions() -> None:
    network = random_network(
        LSTM(4, return_sequences=True, go_backwards=True),
        Bidirectional(LSTM(3, return_sequences=True)),
        GRU(2, go_backwards=True),
        Dense(1, "sigmoid"),
    )
    found = pass_through(network, text(network))
    # What flows out of the first layer stands in reverse order, so above it forward is backward.
    assert [place.backward for place, _ in found] == [True, True, False, False]
    assert [place.prefix for place, _ in found] == [
        "lstm/",
        "bidirectional/forward_",
        "bidirectional/backward_",
        "gru/",
    ]


@pytest.mark.parametrize("pooling", ["last", "max", "mean", "attention", ("last", "max")])
def test_beginnings_are_answered_as_if_they_were_texts(pooling: Any) -> None:
    network = random_network(
        LSTM(5, return_sequences=True), Dense(3, "tanh"), Pooling(pooling), Dropout(0.5), Dense(4, "tanh"), Dense(1)
    )
    row = text(network, 400)
    found = logits_of_beginnings(network, row)
    assert (found == network.logits([row.values[:end] for end in range(1, 401)])).all()
    assert logits_of_beginnings(network, text(network, 0)).shape == (0, 1)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", LAYERS)
def test_beginnings_of_a_last_state(name: str) -> None:
    network = random_network(LAYERS[name](5), Dense(3, "softmax"))
    row = text(network)
    found = logits_of_beginnings(network, row)
    assert (found == network.logits([row.values[:end] for end in range(1, 31)])).all()


def test_no_beginnings_where_later_words_count() -> None:
    for layers in (
        [Bidirectional(LSTM(3)), Dense(1)],
        [LSTM(3, go_backwards=True), Dense(1)],
        [Bidirectional(LSTM(3, return_sequences=True)), Pooling("max"), Dense(1)],
        [LSTM(3, return_sequences=True), Dense(1)],  # answers at every time step anyway
    ):
        network = random_network(*layers)
        assert logits_of_beginnings(network, text(network)) is None
    network = Network([OneHot(5), LSTM(2), Beside(3), Dense(1)])
    row = network.accept(type(text(random_network(Dense(1))))(np.arange(3), np.asarray([0, 3]), beside=np.ones((1, 3))))
    assert logits_of_beginnings(network, row) is None


@pytest.mark.parametrize("name", LAYERS)
def test_shares_of_the_way_back_are_the_gradient(name: str) -> None:
    network = random_network(
        LAYERS[name](5, return_sequences=True), Bidirectional(LAYERS[name](4)), Dense(3, "softmax"), dtype="float64"
    )
    row = text(network)
    back = go_back(network, row, [2])
    found = network.differentiate(row, [2], backend="reference")
    assert back.loss == found.loss and back.gradients.keys() == found.gradients.keys()
    for place, way in back.ways:
        total = [np.zeros_like(weight) for weight in way.weights]
        for step in way:
            total = [a + b for a, b in zip(total, step.shares, strict=True)]
        for own, value in zip(("kernel", "recurrent_kernel", "bias"), total, strict=True):
            assert (found.gradients[place.prefix + own] == value).all()


# The compiled engine's order: stretches of time from the last one on, in each blocks of `BLOCK` time steps.


def fused(a: float, b: float, c: float) -> float:
    """A b + c, rounded once."""
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def added_as_compiled(x: Any, d: Any, stretches: list[tuple[int, int]]) -> Any:
    """Sum over time of x[t].T d[t], in the order of kernels/product.py's add_outers."""
    total = np.zeros((x.shape[1], d.shape[1]))
    for begin, end in reversed(stretches):
        for first in range(begin, end, BLOCK):
            for i, j in np.ndindex(total.shape):
                block = 0.0
                for t in range(first, min(first + BLOCK, end)):
                    block = fused(float(x[t, i]), float(d[t, j]), block)
                total[i, j] += block
    return total


@pytest.mark.parametrize("stretch", [compiled.STRETCH, 1])
@pytest.mark.parametrize("kind", [SimpleRNN, LSTM])
def test_compiled_gradients_are_the_shares_in_the_engines_order(
    kind: Any, stretch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "STRETCH", stretch)
    rng, time, units = np.random.default_rng(3), 2 * BLOCK + 45, 2
    network = Network([Input(2), kind(units), Dense(1, "sigmoid")], dtype="float64")
    own = network.begin()[1].weights.compiled
    x, packing = rng.normal(size=(time, 2)), Packing.from_lengths(np.asarray([time]))
    cell = CompiledCell(own.cell, own.weights)
    state = own.cell.State(*(np.zeros((1, units)) for _ in own.cell.State._fields))
    going, last = compiled_forward(cell, Inputs(x), state, packing)
    d_last = type(last)(rng.normal(size=(1, units)), *(np.zeros((1, units)) for _ in last[1:]))
    d_h = rng.normal(size=(time, units))
    back = compiled_backward(cell, Inputs(x), d_h, d_last, going, packing)
    da = d_h if kind is SimpleRNN else going.gates  # which the pass leaves there
    stretches = packing.stretches(max(128, stretch // da.shape[1]))
    assert len(stretches) == (1 if stretch > 1 else 3)
    h_prev = going.states[packing.previous]
    assert (back.gradients.W_xh == added_as_compiled(x, da, stretches)).all()
    assert (back.gradients.W_hh == added_as_compiled(h_prev, da, stretches)).all()
    assert (back.gradients.b_h == added_as_compiled(np.ones((time, 1)), da, stretches)[0]).all()
