"""Tasks that hang on derivatives over a hundred time steps: a network whose derivatives do not get there cannot learn.

Recalling a symbol, and adding two marked numbers (Hochreiter & Schmidhuber 1997, sections 5.1 and 5.4). Gates begin
as open as the distance asks for (Tallec & Ollivier 2018), so that a few hundred updates are enough.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from elman.engine import GRU, LSTM, Dense, Input, Network, OneHot
from elman.engine.layers import Layer
from elman.engine.optimizers import Adam, clip_scale, global_norm
from elman.gates import GRU_GATES, LSTM_GATES

TIME_STEPS = 100
CUT = 50
"""Time steps that derivatives reach back over in the runs that must fail; what counts lies before these."""
SYMBOLS = 4
UNITS = 12
UPDATES = 300
GUESSING = 1 / 6
"""Variance of the sum of two numbers from [0, 1): the squared error of always answering 1."""

Task = Callable[[np.random.Generator, int], tuple[Any, Any]]


def recall(draw: np.random.Generator, rows: int) -> tuple[Any, Any]:
    """The first of 101 words is one of four symbols; the others are noise from other words. Which symbol was it?"""
    ids = draw.integers(SYMBOLS, 2 * SYMBOLS, (rows, TIME_STEPS + 1))
    ids[:, 0] = symbols = draw.integers(0, SYMBOLS, rows)
    return ids, symbols


def adding(draw: np.random.Generator, rows: int) -> tuple[Any, Any]:
    """One hundred numbers, two of them marked, one among the first ten and one before the middle. Their sum?"""
    numbers, marks, row = draw.random((rows, TIME_STEPS)), np.zeros((rows, TIME_STEPS)), np.arange(rows)
    first, second = draw.integers(0, 10, rows), draw.integers(10, TIME_STEPS - CUT, rows)
    marks[row, first] = marks[row, second] = 1
    return np.stack([numbers, marks], axis=2), numbers[row, first] + numbers[row, second]


def open_gates(network: Network, cell: str) -> None:
    """Let a state keep what it holds for about as many time steps as there are."""
    openness = np.log(TIME_STEPS)
    bias = network.parameters[f"{cell}/bias"]
    if cell == "gru":
        bias[0].reshape(3, UNITS)[GRU_GATES.index("z")] = openness
    else:
        bias.reshape(4, UNITS)[LSTM_GATES.index("f")] = openness
        bias.reshape(4, UNITS)[LSTM_GATES.index("i")] = -openness


def trained(task: Task, cell: str, reach: int | None = None) -> Network:
    """Train on batches that are drawn anew; derivatives go back over the last `reach` time steps, or over all."""
    layer: Layer = {"gru": GRU(UNITS), "lstm": LSTM(UNITS)}[cell]
    ends: list[Layer] = [OneHot(2 * SYMBOLS), Dense(SYMBOLS, "softmax")] if task is recall else [Input(2), Dense(1)]
    network = Network([ends[0], layer, ends[1]])
    open_gates(network, cell)
    draw, optimizer = np.random.default_rng(0), Adam(0.02)
    for _ in range(UPDATES):
        x, targets = task(draw, 32)
        state = None
        if reach is not None:
            _, state = network.predict(x[:, :-reach], return_state=True)
            x = x[:, -reach:]
        found = network.differentiate(x, targets, state=state)
        optimizer.update(network.parameters, found.gradients, clip_scale(global_norm(found.gradients), 1.0))
    return network


def accuracy(network: Network) -> float:
    ids, symbols = recall(np.random.default_rng(99), 500)
    return float((network.predict(ids).argmax(axis=1) == symbols).mean())


def squared_error(network: Network) -> float:
    x, sums = adding(np.random.default_rng(99), 500)
    return float(np.square(network.predict(x)[:, 0] - sums).mean())


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_recalls_a_symbol_across_100_time_steps(cell: str) -> None:
    assert accuracy(trained(recall, cell)) > 0.99


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_adds_two_marked_numbers_among_100(cell: str) -> None:
    assert squared_error(trained(adding, cell)) < 0.1 * GUESSING


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_neither_is_learned_where_derivatives_stop_on_the_way(cell: str) -> None:
    """So the tests above can fail: the same training, with states that are carried on and derivatives that are not."""
    assert accuracy(trained(recall, cell, CUT)) < 0.5
    assert squared_error(trained(adding, cell, CUT)) > 0.5 * GUESSING
