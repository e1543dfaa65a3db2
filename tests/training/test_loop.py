from dataclasses import replace

import numpy as np
import pytest

from elman.engine import GRU, Bidirectional, Dense, Dropout, Embedding, Network, Pooling, SimpleRNN, State
from elman.engine.layers import Layer
from elman.engine.optimizers import SGD, Adam
from elman.engine.random import derive
from elman.errors import InputError, NonFiniteError
from elman.training import Data, Progress, Recipe, measure, train
from elman.training.averaging import WeightAverage
from elman.training.pieces import cut_rows


def recipe(**changes: object) -> Recipe:
    usual = Recipe(
        epochs=5, batch_size=16, schedule="linear", clip_norm=1.0, patience=9, average=False, seed=0, threads=1
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def first_word_tells(rows: int = 120, seed: int = 0) -> tuple[Network, Data]:
    """The label is the first word's parity; only a state carried to the end can tell."""
    draw = np.random.default_rng(seed)
    network = Network([Embedding(10, 8), SimpleRNN(12), Dense(1, "sigmoid")], random_state=seed)
    x = [draw.integers(0, 10, draw.integers(2, 9)) for _ in range(rows)]
    return network, Data(network.accept(x), np.array([row[0] % 2 for row in x]), np.ones(rows))


def test_learns_what_only_memory_can_tell() -> None:
    network, data = first_word_tells()
    history = train(network, data, Adam(0.02), recipe(epochs=60))
    assert history.epochs[-1].loss < 0.05
    assert (((network.logits(data.sequences) > 0)[:, 0]) == data.targets).all()


def test_keeps_the_weights_of_the_best_epoch_and_stops_after_patience() -> None:
    network, data = first_word_tells()
    _, other = first_word_tells(seed=1)
    history = train(network, data, Adam(0.3), recipe(epochs=30, patience=3, schedule="constant"), other)
    losses = [epoch.dev_loss for epoch in history.epochs]
    assert history.best == int(np.argmin(losses)) + 1  # type: ignore[arg-type]
    assert len(losses) == min(30, history.best + 3)
    kept = measure(network, other, threads=1)[0].mean()
    assert kept == pytest.approx(min(losses), rel=1e-5)  # type: ignore[type-var]


def test_without_a_dev_part_the_last_weights_are_kept() -> None:
    network, data = first_word_tells()
    history = train(network, data, Adam(0.01), recipe(epochs=3))
    assert history.best == 3
    assert history.epochs[0].dev_loss is None


def test_reports_after_every_batch_and_epoch() -> None:
    network, data = first_word_tells()
    seen: list[Progress] = []
    train(network, data, Adam(), recipe(epochs=2), report=seen.append)
    assert len(seen) == 2 * -(-120 // 16)
    assert [p.epoch for p in seen if p.finished] == [1, 2]
    assert seen[-1].seconds_left == pytest.approx(0, abs=1e-9)
    assert all(p.tokens_per_second > 0 and p.loss > 0 for p in seen)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_good_weights() -> None:
    network, data = first_word_tells()
    network.parameters["dense/kernel"][:] = np.inf
    before = {name: value.copy() for name, value in network.parameters.items()}
    with pytest.raises(NonFiniteError, match=r"epoch 1, batch 1.*Lower the learning rate"):
        train(network, data, Adam(), recipe())
    for name, value in before.items():
        assert (network.parameters[name] == value).all()


def test_weights_of_rows_count() -> None:
    """A row of weight 0 teaches nothing."""
    network, data = first_word_tells()
    other, _ = first_word_tells()
    weights = np.where(np.arange(120) < 16, 1.0, 0.0)
    few = Data(data.sequences.take(np.arange(16)), data.targets[:16], np.ones(16))
    step = recipe(epochs=1, batch_size=120, schedule="constant", clip_norm=None)
    train(network, Data(data.sequences, data.targets, weights), SGD(0.1), step)
    train(other, few, SGD(0.1), step)
    for name in network.parameters:
        np.testing.assert_allclose(network.parameters[name], other.parameters[name], atol=1e-6)


def test_averaged_weights_are_a_mean_of_all_samples_in_the_first_epoch() -> None:
    """Of 8 batches an epoch every one is sampled; in the first the n-th counts n times."""
    network, data = first_word_tells(128)
    seen: list[np.ndarray] = []
    train(
        network,
        data,
        Adam(0.02),
        recipe(epochs=1, average=True),
        report=lambda _: seen.append(network.parameters["dense/kernel"].copy()),
    )
    assert len(seen) == 8
    np.testing.assert_allclose(
        network.parameters["dense/kernel"], np.average(seen, axis=0, weights=range(1, 9)), rtol=1e-4, atol=1e-6
    )
    assert (network.parameters["dense/kernel"] != seen[-1]).all()


def test_the_average_reaches_back_two_epochs() -> None:
    """Once the shares are 1 / (samples of two epochs), they fall by that, sample by sample."""
    network, _ = first_word_tells(16)
    average, seen = WeightAverage(network, batches=3), []
    for number in range(30):
        network.parameters["dense/bias"][:] = number == 25
        average.update()
        seen.append(float(average.values["dense/bias"][0]))
    np.testing.assert_allclose(seen[25:], [1 / 6 * (5 / 6) ** k for k in range(5)], rtol=1e-5)


def test_averaging_leaves_the_course_of_training_alone() -> None:
    one, data = first_word_tells()
    two, _ = first_word_tells()
    losses = [
        [epoch.loss for epoch in train(network, data, Adam(0.02), recipe(average=average), data).epochs]
        for network, average in ((one, False), (two, True))
    ]
    assert losses[0] == losses[1]


def test_a_broken_epoch_leaves_the_weights_of_the_best_one() -> None:
    """Averaging is on, so that the weights kept are not those that the run stands at."""
    network, data = first_word_tells()
    kept: dict[str, np.ndarray] = {}

    def spoil(progress: Progress) -> None:
        if progress.finished and progress.epoch == 2:
            network.parameters["embedding/embeddings"][:] = np.inf

    whole, _ = first_word_tells()
    train(whole, data, Adam(0.02), recipe(epochs=2, average=True, schedule="constant"))
    kept.update(whole.parameters)
    with pytest.raises(NonFiniteError, match=r"layer embedding .*epoch 3, batch 1.*the weights of epoch 2 are kept"):
        train(network, data, Adam(0.02), recipe(average=True, schedule="constant"), report=spoil)
    for name, value in kept.items():
        assert (network.parameters[name] == value).all()


def test_a_gradient_that_is_not_finite_names_its_layer() -> None:
    network, data = first_word_tells()
    network.parameters["embedding/embeddings"][:] = 0  # so that every state is 0, and derivatives pass through tanh
    network.parameters["simple_rnn/recurrent_kernel"][:] = 100
    network.parameters["dense/kernel"][:] = 1e35
    before = {name: value.copy() for name, value in network.parameters.items()}
    with pytest.raises(NonFiniteError, match=r"the gradient of simple_rnn/\w+ is not finite \(epoch 1, batch 1"):
        train(network, data, Adam(), recipe())
    assert all((network.parameters[name] == value).all() for name, value in before.items())


def copies(rows: int = 50, longest: int = 12, dropout: float = 0.2) -> tuple[Network, Data]:
    """The label of a time step is the parity of the id before it."""
    draw = np.random.default_rng(0)
    layers = [Embedding(10, 8), SimpleRNN(12, return_sequences=True), Dropout(dropout), Dense(2, "softmax")]
    x = [draw.integers(0, 10, draw.integers(0, longest + 1)) for _ in range(rows)]
    targets = np.concatenate([np.array([0, *(row[:-1] % 2)])[: len(row)] for row in x])
    network = Network(layers)
    return network, Data(network.accept(x), targets, np.ones(len(targets)))


def test_a_piece_as_long_as_the_rows_is_a_whole_row() -> None:
    """Dropout aside, whose seed is each piece's own."""
    one, data = copies(dropout=0)
    two, _ = copies(dropout=0)
    train(one, data, Adam(0.01), recipe(epochs=2))
    train(two, data, Adam(0.01), recipe(epochs=2, truncation=12))
    for name, value in one.parameters.items():
        assert (two.parameters[name] == value).all()


def test_truncated_gradients_are_those_of_pieces_with_their_states() -> None:
    """Two updates of SGD by hand: a piece, then the next one from the states that it ended with."""
    network, data = copies(7, longest=8)
    other, _ = copies(7, longest=8)
    step = recipe(epochs=1, batch_size=9, schedule="constant", clip_norm=None, truncation=4)
    train(network, data, SGD(0.1), step)
    rows, state = np.arange(7), State({"simple_rnn/h": np.zeros((7, 12), "f")})
    for number in range(2):
        sequences, places = data.sequences.cut(rows, 4 * number, 4)
        alive = np.flatnonzero(sequences.lengths)
        (shard,) = other.shards(sequences, alive, state)
        noise = derive(derive(derive(0, "epoch 1"), "noise"), f"piece {number}")
        weights = np.full(len(places), 1 / len(places))
        _, gradients, (last,) = other.loss_gradients_and_states([shard], data.targets[places], weights, noise)
        state.arrays["simple_rnn/h"][shard.rows] = last["simple_rnn/h"]
        SGD(0.1).update(other.parameters, gradients, 1.0)
    assert data.sequences.lengths.max() > 4
    for name, value in other.parameters.items():
        np.testing.assert_allclose(network.parameters[name], value, atol=1e-6)  # rows may lie in another order


def test_dropout_of_pieces_hangs_on_row_and_time_step_alone() -> None:
    """A row's noise is the same whatever rows are in its batch."""
    network, data = copies(30)

    def logits(rows: list[int]) -> dict[tuple[int, int], np.ndarray]:
        out = {}
        steps = [network.begin(derive(5, f"piece {number}")) for number in range(3)]
        for number, (piece, _) in enumerate(cut_rows(data.sequences, np.array(rows), 4)):
            for shard in piece.shards(network, None)[0]:
                values = network.forward(shard, steps[number])[0].dense()
                row, time = shard.packing.positions()
                out |= {(int(shard.rows[r]), 4 * number + int(t)): v for r, t, v in zip(row, time, values, strict=True)}
        return out

    longest = int(data.sequences.lengths.argmax())
    together, alone = logits(list(range(30))), logits([longest])
    assert len(alone) == data.sequences.lengths[longest] > 8
    assert all((together[key] == value).all() for key, value in alone.items())


def test_rows_without_time_steps_teach_nothing() -> None:
    network, _ = copies()
    empty = network.accept([[], []])
    before = {name: value.copy() for name, value in network.parameters.items()}
    for truncation in (None, 3):
        data = Data(empty, np.empty(0, np.int64), np.empty(0))
        train(network, data, Adam(), recipe(truncation=truncation))
    assert all((network.parameters[name] == value).all() for name, value in before.items())


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([SimpleRNN(3)], "truncation=3 needs an output at every time step"),
        ([SimpleRNN(3, return_sequences=True), Pooling("max")], "truncation=3 needs an output at every time step"),
        ([Bidirectional(GRU(3, return_sequences=True))], "layer bidirectional begins at the end of the row"),
        ([SimpleRNN(3, return_sequences=True, go_backwards=True)], "layer simple_rnn begins at the end of the row"),
    ],
)
def test_truncation_is_refused_where_pieces_are_not_the_whole(layers: list[Layer], message: str) -> None:
    network = Network([Embedding(4, 3), *layers, Dense(1, "sigmoid")])
    data = Data(network.accept([[0, 1]]), np.zeros(2, np.int64), np.ones(2))
    with pytest.raises(InputError, match=message):
        train(network, data, Adam(), recipe(truncation=3))
