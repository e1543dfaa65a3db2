from dataclasses import replace

import numpy as np
import pytest

from elman.engine import Dense, Embedding, Network, SimpleRNN
from elman.engine.optimizers import SGD, Adam
from elman.errors import NonFiniteError
from elman.training import Data, Progress, Recipe, train


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
    logits = network.logits(other.sequences)
    kept = network.losses(logits, other.targets, np.full(len(other), 1 / len(other), "f"))[0].sum()
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


def test_averaged_weights_are_the_mean_of_the_last_epochs_samples() -> None:
    """Of 8 batches an epoch every one is sampled; the average after the first epoch is their plain mean."""
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
    np.testing.assert_allclose(network.parameters["dense/kernel"], np.mean(seen, axis=0), rtol=1e-4, atol=1e-6)
    assert (network.parameters["dense/kernel"] != seen[-1]).all()


def test_averaging_leaves_the_course_of_training_alone() -> None:
    one, data = first_word_tells()
    two, _ = first_word_tells()
    losses = [
        [epoch.loss for epoch in train(network, data, Adam(0.02), recipe(average=average), data).epochs]
        for network, average in ((one, False), (two, True))
    ]
    assert losses[0] == losses[1]
