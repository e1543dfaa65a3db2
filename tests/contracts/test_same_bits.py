"""Same bits, by ==: whatever the batch, its order, the padding, the number of threads."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elman.engine import (
    GRU,
    LSTM,
    AdaptiveSoftmax,
    BagOfWords,
    Bidirectional,
    CharacterConvolution,
    ContextualEmbedding,
    Dense,
    Dropout,
    Embedding,
    Network,
    OneHot,
    Pooling,
    SideBySide,
    SimpleRNN,
    Softmax,
    SubwordEmbedding,
)
from elman.engine.layers import Layer
from elman.engine.optimizers import Adam
from elman.sequences import Sequences
from elman.training import Data, Recipe, train
from tests.processors import OTHERS, output_on, x86_alone

WORDS = 40
STACKS: dict[str, list[Layer]] = {
    "last": [Embedding(WORDS, 9), SimpleRNN(17), Dense(1, "sigmoid")],
    "one_hot": [OneHot(WORDS), SimpleRNN(33, initial_state="random"), Dense(3, "softmax")],
    "lstm": [Embedding(WORDS, 9), LSTM(17, return_sequences=True), LSTM(5), Dense(1, "sigmoid")],
    "gru": [Embedding(WORDS, 9), GRU(18, return_sequences=True), Pooling("max"), Dense(3, "softmax")],
    "pooled": [
        Embedding(WORDS, 16, word_dropout=0.2),
        SimpleRNN(32, return_sequences=True),
        SimpleRNN(20, return_sequences=True),
        Pooling(("last", "max", "mean")),
        Dropout(0.3),
        Dense(3, "softmax"),
    ],
    "both_ways": [
        Embedding(WORDS, 9),
        Dropout(0.3),
        Bidirectional(GRU(18, return_sequences=True, initial_state="learned")),
        Dropout(0.3, shared=True),
        LSTM(7, return_sequences=True, go_backwards=True),
        Bidirectional(GRU(9, return_sequences=True, reset_after=False), merge="mul"),
        Pooling(("attention", "last")),
        Dense(3, "softmax"),
    ],
    "weighted": [OneHot(WORDS, weighted=True), GRU(9), Dense(3, "softmax")],
    "bag": [BagOfWords(WORDS, word_dropout=0.2), Dense(7, "tanh"), Dropout(0.2), Dense(3, "softmax")],
    "without_memory": [Embedding(WORDS, 16), Pooling("mean"), Dense(1, "sigmoid")],
    "tied": [Embedding(WORDS, 9), GRU(9), Softmax(WORDS + 1, tied=True)],
    "sampled": [Embedding(WORDS, 9, word_dropout=0.1), LSTM(7), Dropout(0.3), Softmax(50, samples=20)],
    "adaptive": [Embedding(WORDS, 9), SimpleRNN(17), AdaptiveSoftmax(50, (10, 30), factor=2)],
    "apart": [
        Embedding(WORDS, 18),
        Bidirectional(GRU(9, return_sequences=True), residual=True),
        Dropout(0.3),
        Bidirectional(LSTM(9, return_sequences=True), apart=True, residual=True),
        Pooling("max"),
        Dense(3, "softmax"),
    ],
    "characters": [
        CharacterConvolution(WORDS + 1, 9, 4, ((1, 5), (3, 17)), longest=5),
        LSTM(9, return_sequences=True),
        Pooling("mean"),
        Dense(1, "sigmoid"),
    ],
    "contextual": [
        ContextualEmbedding(
            (
                CharacterConvolution(WORDS + 1, 9, 4, ((1, 5), (3, 17)), longest=5),
                Bidirectional(LSTM(9, return_sequences=True)),
                Bidirectional(LSTM(9, return_sequences=True), apart=True, residual=True),
            ),
            boundary=0,
            unknown=WORDS,
            word_dropout=0.2,
        ),
        SimpleRNN(17),
        Dense(3, "softmax"),
    ],
    "side_by_side": [
        SideBySide((SubwordEmbedding(WORDS, 25, 9, word_dropout=0.2), Embedding(WORDS, 5, 0.2, trainable=False))),
        LSTM(9),
        Dense(3, "softmax"),
    ],
    "spelled": [
        SubwordEmbedding(WORDS, 25, 9, word_dropout=0.2),
        SimpleRNN(17, return_sequences=True),
        Pooling("max"),
        Dense(1, "sigmoid"),
    ],
}


def some_rows(count: int, longest: int = 30) -> list[Any]:
    draw = np.random.default_rng(0)
    return [draw.integers(0, WORDS + 1, draw.integers(0, longest)) for _ in range(count)]


def spelled(count: int) -> Sequences:
    """Spell words by their ids and up to six subwords."""
    draw = np.random.default_rng(2)
    return Sequences.from_rows([[word, *draw.integers(0, 25, draw.integers(0, 7))] for word in range(count)])


SPELLINGS = spelled(WORDS + 1)


def given_to(network: Network, rows: list[Any]) -> Any:
    """Give the rows as the network's first layer reads them."""
    if not isinstance(network.layers[0], (SubwordEmbedding, CharacterConvolution, ContextualEmbedding, SideBySide)):
        return rows
    ids = Sequences.from_rows(rows)
    return Sequences(ids.values, ids.offsets, SPELLINGS)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("stack", STACKS)
def test_a_row_alone_and_in_any_batch(stack: str, dtype: str) -> None:
    network, rows = Network(STACKS[stack], dtype=dtype), some_rows(70)
    together = network.predict(given_to(network, rows))
    for i, row in enumerate(rows):
        assert (network.predict(given_to(network, [row]))[0] == together[i]).all()
    order = np.random.default_rng(1).permutation(len(rows))
    assert (network.predict(given_to(network, [rows[i] for i in order])) == together[order]).all()


@settings(max_examples=25)
@given(picked=st.lists(st.integers(0, 49), min_size=1, max_size=50), threads=st.sampled_from([1, 2, 4]))
def test_any_company_and_any_threads(picked: list[int], threads: int) -> None:
    network, rows = Network(STACKS["pooled"]), some_rows(50)
    together = network.predict(rows, threads=1)
    assert (network.predict([rows[i] for i in picked], threads=threads) == together[picked]).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("stack", STACKS)
def test_frozen_weights_give_the_same(stack: str, dtype: str) -> None:
    network, rows = Network(STACKS[stack], dtype=dtype, random_state=2), some_rows(40)
    together, frozen = network.predict(given_to(network, rows)), network.freeze()
    for _ in range(2):  # words come for the first time, and again
        for i, row in enumerate(rows):
            assert (frozen.predict(given_to(network, [row]))[0] == together[i]).all()
        assert (frozen.predict(given_to(network, rows), threads=2) == together).all()
    assert not any(value.flags.writeable for value in frozen.parameters.values())


@pytest.mark.parametrize("units", [1, 8, 31, 32, 40])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "layer",
    [
        lambda n: SimpleRNN(n, activation="relu"),
        lambda n: GRU(n, activation="relu", recurrent_activation="tanh"),
        lambda n: LSTM(n, initial_state="random"),
    ],
    ids=["simple_rnn", "gru", "lstm"],
)
def test_frozen_weights_carry_the_same_state(layer: Any, dtype: str, units: int) -> None:
    network = Network([Embedding(WORDS, 9), layer(units), Dense(2)], dtype=dtype)
    draw = np.random.default_rng(0)
    for value in network.parameters.values():  # zeros as biases would hide where they are added
        value += draw.normal(0, 0.2, value.shape).astype(dtype)
    row, frozen = some_rows(1, 60)[0], network.freeze()
    expected, end = network.predict([row], return_state=True)
    _, middle = frozen.predict([row[:5]], return_state=True)
    found, last = frozen.predict([row[5:]], state=middle, return_state=True)
    assert (found == expected).all()
    assert len(row) > 5 and all((last.arrays[name] == end.arrays[name]).all() for name in end.arrays)


def test_padding_and_masks_change_nothing() -> None:
    network, rows = Network(STACKS["last"]), some_rows(20)
    dense = np.full((20, 40), 7)
    for i, row in enumerate(rows):
        dense[i, : len(row)] = row
    lengths = [len(row) for row in rows]
    mask = np.arange(40) < np.array(lengths)[:, None]
    expected = network.predict(rows)
    assert (network.predict(dense, lengths=lengths) == expected).all()
    assert (network.predict(dense, mask=mask) == expected).all()


def trained(stack: str, threads: int) -> Network:
    network, rows = Network(STACKS[stack], random_state=4), some_rows(150)
    sequences = network.accept(given_to(network, rows))
    targets = np.arange(150) % max(2, network.shapes[-1].features or 0)
    recipe = Recipe(
        epochs=3, batch_size=50, schedule="linear", clip_norm=1.0, patience=9, average=True, seed=5, threads=threads
    )
    data = Data(sequences, targets, np.ones(150))
    train(network, data, Adam(0.01), recipe, data)
    return network


@pytest.mark.parametrize("stack", STACKS)
def test_threads_change_no_bit_of_training(stack: str) -> None:
    one = trained(stack, 1)
    assert any(
        (one.parameters[k] != Network(STACKS[stack], random_state=4).parameters[k]).any() for k in one.parameters
    )
    for threads in (2, 4):
        other = trained(stack, threads)
        for name, value in one.parameters.items():
            assert value.tobytes() == other.parameters[name].tobytes(), name


def test_dropout_does_not_depend_on_the_batch() -> None:
    """The noise of a row is its own: gradients of a row alone are those it adds to a batch."""
    network = Network(STACKS["pooled"], dtype="float64")
    sequences = network.accept(some_rows(40))
    targets, weights = np.arange(40) % 3, np.ones(40)

    def pooled(rows: Any) -> dict[int, Any]:
        steps = network.begin(noise=3)
        return {
            int(row): value
            for shard in network.shards(sequences, np.array(rows))
            for row, value in zip(shard.rows, network.forward(shard, steps)[0].dense(), strict=True)
        }

    together = pooled(range(40))
    for row in (0, 17, 39):
        assert (pooled([row])[row] == together[row]).all()
    loss, _ = network.loss_and_gradients(network.shards(sequences), targets, weights, noise=3)
    again, _ = network.loss_and_gradients(network.shards(sequences), targets, weights, noise=4)
    assert loss != again


def test_dropout_on_a_vector_a_row_does_not_depend_on_how_long_the_rows_are() -> None:
    """A shard of rows of one time step each has as many vectors on its way as time steps."""
    network = Network([Embedding(5, 9), SimpleRNN(8), Dropout(0.5), Dense(1, "sigmoid")])

    def first_vector(*others: list[int]) -> Any:
        sequences = network.accept([[1], *others])
        steps = network.begin(noise=3)
        return {
            int(row): value
            for shard in network.shards(sequences)
            for row, value in zip(shard.rows, network.forward(shard, steps)[0].dense(), strict=True)
        }[0]

    assert (first_vector([2]) == first_vector([2, 3, 4])).all()


PROGRAM = """
import hashlib
from tests.contracts.test_same_bits import STACKS, trained
for stack in STACKS:
    weights = trained(stack, 2).parameters
    print(stack, hashlib.sha256(b"".join(weights[name].tobytes() for name in sorted(weights))).hexdigest())
"""


@pytest.mark.slow
@x86_alone
@pytest.mark.parametrize("processor", OTHERS)
def test_other_processors_train_the_same_bits(processor: str) -> None:
    own = output_on(PROGRAM)
    assert own.count("\n") == len(STACKS)
    assert output_on(PROGRAM, processor) == own
