"""Last layers over many words: what they compute, what they hold in memory, what they share."""

import tracemalloc

import numpy as np
import pytest

from elman.engine import (
    AdaptiveSoftmax,
    Bidirectional,
    BidirectionalSoftmax,
    Dense,
    Embedding,
    Input,
    Network,
    SimpleRNN,
    Softmax,
)
from elman.engine.gradcheck import check_network
from elman.engine.layers import _head, bidirectional_softmax
from elman.engine.layers.softmax import inclusion
from elman.engine.optimizers import Adam
from elman.engine.row_gradient import RowGradient
from elman.errors import InputError
from elman.training import Data, Recipe, measure, train

DRAW = np.random.default_rng(0)
ROWS = [DRAW.integers(0, 20, n) for n in (40, 3, 0, 300, 1)]
COUNT = sum(map(len, ROWS))
TARGETS = DRAW.integers(0, 21, COUNT)


def language_model(head: object, width: int = 6, dtype: str = "float64") -> Network:
    return Network([Embedding(20, 6), SimpleRNN(width, return_sequences=True), head], dtype=dtype)  # type: ignore[list-item]


def log_softmax(z: np.ndarray) -> np.ndarray:
    z = z - z.max(axis=1, keepdims=True)
    return np.asarray(z - np.log(np.exp(z).sum(axis=1, keepdims=True)))


class TestSoftmax:
    def test_is_dense_with_softmax(self) -> None:
        """The same bits, though it goes through more than one piece of time steps."""
        ours, dense = language_model(Softmax(21)), language_model(Dense(21, "softmax"))
        for name in ("embedding/embeddings", "simple_rnn/kernel", "simple_rnn/recurrent_kernel"):
            ours.parameters[name][...] = dense.parameters[name]
        ours.parameters["softmax/kernel"][...] = dense.parameters["dense/kernel"].T
        assert (ours.predict(ROWS).values == dense.predict(ROWS).values).all()
        a, b = ours.differentiate(ROWS, TARGETS), dense.differentiate(ROWS, TARGETS)
        assert a.loss == b.loss
        np.testing.assert_allclose(a.gradients["softmax/kernel"], b.gradients["dense/kernel"].T, atol=1e-15)  # type: ignore[union-attr]
        np.testing.assert_allclose(a.gradients["softmax/bias"], b.gradients["dense/bias"], atol=1e-15)  # type: ignore[arg-type]

    def test_tied_rows_are_the_embeddings(self) -> None:
        network = language_model(Softmax(21, tied=True))
        assert [name for name in network.parameters if "simple_rnn" not in name] == [
            "embedding/embeddings",
            "softmax/bias",
        ]
        apart = language_model(Softmax(21))
        for name, value in network.parameters.items():
            apart.parameters[name][...] = value
        apart.parameters["softmax/kernel"][...] = network.parameters["embedding/embeddings"]
        assert (network.predict(ROWS).values == apart.predict(ROWS).values).all()
        a, b = (n.differentiate(ROWS, TARGETS).gradients for n in (network, apart))
        read = b["embedding/embeddings"]
        assert isinstance(read, RowGradient)
        both = read.dense((21, 6)) + b["softmax/kernel"]
        np.testing.assert_allclose(a["embedding/embeddings"], both, atol=1e-15)  # type: ignore[arg-type]

    def test_a_gradient_that_leaves_the_shared_table_out_is_caught(self, monkeypatch: pytest.MonkeyPatch) -> None:
        network, rows = language_model(Softmax(21, tied=True)), ROWS[:2]
        network.parameters["embedding/embeddings"] *= 20
        right = check_network(network, rows, TARGETS[:43])
        assert max(right.values()) < 1e-7
        whole = _head.learn_words
        monkeypatch.setattr(
            "elman.engine.layers.softmax.learn_words",
            lambda *given, **more: (out := whole(*given, **more))._replace(kernel=out.kernel * 0),
        )
        assert check_network(network, rows, TARGETS[:43])["embedding/embeddings"] > 1e-2

    @pytest.mark.parametrize("samples", [1, 7, 19])
    def test_so_many_words_are_expected_in_a_sample(self, samples: int) -> None:
        share = inclusion(21, samples)
        assert share.sum() == pytest.approx(samples)
        assert share[20] == share.max()  # the unknown word is the most frequent
        assert (np.diff(share[:20]) <= 0).all()

    def test_the_sum_over_a_sample_is_right_in_the_mean(self) -> None:
        """E[sum of e^z over the sample, each over its probability] is the sum over all words."""
        network = language_model(Softmax(21, samples=6))
        row, target = [ROWS[0][:1]], np.array([3])
        network.parameters["softmax/bias"][...] = np.linspace(-1, 1, 21)
        logits = network.logits(row)[0]
        sums = [np.exp(network.differentiate(row, target, noise=seed).loss + logits[3]) for seed in range(2000)]
        wanted, error = np.exp(logits).sum(), np.std(sums) / np.sqrt(len(sums))
        assert error < 0.05 * wanted
        assert abs(np.mean(sums) - wanted) < 4 * error

    def test_each_shard_and_each_update_have_a_sample_of_their_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[bytes] = []
        whole = Softmax._draw
        monkeypatch.setattr(
            Softmax, "_draw", lambda *given: (found := whole(*given), seen.append(found[0].tobytes()))[0]
        )
        network = language_model(Softmax(21, samples=10), dtype="float32")
        rows = [DRAW.integers(0, 21, 8) for _ in range(64)]
        data = Data(network.accept(rows), DRAW.integers(0, 21, 512), np.ones(512))
        train(network, data, Adam(0.01), Recipe(2, 32, "linear", 1.0, 9, False, 0, 1, truncation=4))
        assert len(seen) == 2 * 2 * 2 * 2  # epochs, batches, pieces, shards
        assert len(set(seen)) == len(seen)

    def test_measuring_and_predicting_look_at_all_words(self) -> None:
        sampled, whole = language_model(Softmax(21, samples=6)), language_model(Softmax(21))
        assert (sampled.predict(ROWS).values == whole.predict(ROWS).values).all()
        data = Data(whole.accept(ROWS), TARGETS, np.ones(COUNT))
        assert (measure(sampled, data, 1)[0] == measure(whole, data, 1)[0]).all()
        assert whole.differentiate(ROWS, TARGETS).loss == sampled.differentiate(ROWS, TARGETS).loss
        assert whole.differentiate(ROWS, TARGETS).loss != sampled.differentiate(ROWS, TARGETS, noise=1).loss

    def test_only_rows_that_were_sampled_or_came_move(self) -> None:
        network = Network([Embedding(999, 4), SimpleRNN(4), Softmax(1000, samples=50)])
        gradient = network.differentiate([[1, 2], [3]], [700, 800], noise=2).gradients["softmax/kernel"]
        assert isinstance(gradient, RowGradient)
        assert {700, 800} <= set(gradient.rows.tolist())
        assert 20 < len(gradient.rows) < 100

    def test_learns_from_samples(self) -> None:
        rows = [(np.arange(30) + begin) % 20 for begin in range(40)]
        x, y = [row[:-1] for row in rows], np.concatenate([row[1:] for row in rows])
        network = language_model(Softmax(21, tied=True, samples=14), dtype="float32")
        data = Data(network.accept(x), y, np.ones(len(y)))
        assert measure(network, data, 1)[0].mean() > 2.5
        history = train(network, data, Adam(0.03), Recipe(30, 16, "linear", 1.0, 9, True, 0, 1, truncation=10), data)
        assert history.epochs[-1].dev_loss is not None
        assert history.epochs[-1].dev_loss < 0.5

    def test_words_for_all_time_steps_are_never_in_memory(self) -> None:
        words, steps = 20_000, 2000
        network = Network([Input(4), SimpleRNN(4, return_sequences=True), Softmax(words)])
        sequences = network.accept([DRAW.normal(size=(steps, 4))])
        targets, weights = DRAW.integers(0, words, steps), np.ones(steps)
        whole, peaks = steps * words * 4, []
        data = Data(sequences, targets, weights)
        shards = network.shards(sequences)
        for job in (lambda: network.loss_and_gradients(shards, targets, weights), lambda: measure(network, data, 1)):
            job()
            tracemalloc.start()
            job()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert max(peaks) < 0.4 * whole

    @pytest.mark.parametrize(
        ("layers", "message"),
        [
            ([Embedding(20, 6), SimpleRNN(5), Softmax(21, tied=True)], r"needs Embedding\(20, 5\) as first layer"),
            ([Embedding(20, 6), SimpleRNN(6), Softmax(20, tied=True)], r"needs Embedding\(19, 6\) as first layer"),
            ([Input(6), SimpleRNN(6), Softmax(20, tied=True)], "whose table it shares, got Input"),
            ([Embedding(20, 6), Softmax(20), Dense(1)], "Softmax can only be the last layer"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, layers: list[object], message: str) -> None:
        with pytest.raises(InputError, match=message):
            Network(layers)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "settings", [{"units": 0}, {"samples": 21}, {"samples": -1}, {"samples": 1.5}, {"tied": 1}]
    )
    def test_settings_are_checked(self, settings: dict[str, object]) -> None:
        with pytest.raises(InputError, match=f"Softmax: {next(iter(settings))} must be"):
            Softmax(**({"units": 21} | settings))  # type: ignore[arg-type]


class TestBidirectionalSoftmax:
    LENGTHS = (7, 1, 0, 4, 2, 7)
    ROWS = tuple(np.random.default_rng(5).integers(0, 20, n) for n in LENGTHS)
    WORDS = np.concatenate(ROWS)
    ENDS = np.array([1.0 if 0 < t < n - 1 else 0.5 * (n > 1) for n in LENGTHS for t in range(n)])
    """What each loss counts in the mean over both directions: half at both ends."""

    def network(self, dtype: str = "float64", **settings: object) -> Network:
        layers = [Embedding(20, 6), Bidirectional(SimpleRNN(6, return_sequences=True))]
        network = Network([*layers, BidirectionalSoftmax(21, **settings)], dtype=dtype)  # type: ignore[arg-type, list-item]
        draw = np.random.default_rng(3)
        for value in network.parameters.values():
            value += draw.normal(0, 0.4, value.shape).astype(dtype)
        return network

    def expected(self, network: Network) -> np.ndarray:
        """Loss of each word, word by word in plain NumPy."""
        kernel, bias = (network.parameters[f"bidirectional_softmax/{name}"] for name in ("kernel", "bias"))
        below = Network([*network.layers[:-1], Dense(1)], dtype="float64")
        for name in below.parameters.keys() & network.parameters.keys():
            below.parameters[name][...] = network.parameters[name]
        losses = []
        for row in self.ROWS:
            (shard,) = below.shards(below.accept([row]))
            h = below.forward(shard, below.begin())[0].dense()
            for t, word in enumerate(row):
                halves = ([h[t - 1, :6]] if t > 0 else []) + ([h[t + 1, 6:]] if t < len(row) - 1 else [])
                both = [-log_softmax((half @ kernel.T + bias)[None])[0, word] for half in halves]
                losses.append(np.mean(both) if both else 0.0)
        return np.array(losses)

    def test_loss_is_the_mean_of_both_sides(self) -> None:
        network = self.network()
        expected = self.expected(network)
        found = network.differentiate(self.ROWS, self.WORDS, self.ENDS).loss
        assert found == pytest.approx((expected * self.ENDS).sum(), rel=1e-12)
        data = Data(network.accept(self.ROWS), self.WORDS, self.ENDS)
        losses, best = measure(network, data, 1)
        np.testing.assert_allclose(losses, expected, rtol=1e-12)
        assert (best[losses > 0] >= 0).all()

    def test_ends_count_half_so_that_it_is_the_mean_over_both_directions(self) -> None:
        assert self.ENDS.tolist()[:9] == [0.5, 1, 1, 1, 1, 1, 0.5, 0, 0.5]
        assert self.ENDS.sum() == sum(max(0, n - 1) for n in self.LENGTHS)

    @pytest.mark.parametrize(
        ("settings", "backend"),
        [
            ({}, "reference"),
            ({"tied": True}, "kernel"),
            ({"samples": 9}, "kernel"),
            ({"tied": True, "samples": 9}, "kernel"),
        ],
        ids=str,
    )
    def test_gradients_are_finite_differences(self, settings: dict[str, object], backend: str) -> None:
        network = self.network(**settings)
        noise = 3 if "samples" in settings else None
        errors = check_network(network, self.ROWS, self.WORDS, backend=backend, noise=noise)
        assert set(errors) == set(network.parameters)
        assert max(errors.values()) < 1e-6

    def test_halves_that_are_swapped_are_caught(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = bidirectional_softmax._parts

        def swapped(made: object, features: int) -> list[tuple[slice, slice]]:
            (ahead, first), (behind, second) = whole(made, features)  # type: ignore[arg-type]
            return [(ahead, second), (behind, first)]

        monkeypatch.setattr(bidirectional_softmax, "_parts", swapped)
        assert check_network(self.network(), self.ROWS, self.WORDS)["bidirectional/forward_kernel"] > 1e-2

    def test_a_word_is_not_predicted_from_itself(self) -> None:
        network, row = self.network(), self.ROWS[0]
        other = np.where(np.arange(7) == 3, (row + 1) % 20, row)
        before, after = (measure(network, Data(network.accept([x]), row, np.ones(7)), 1)[0] for x in (row, other))
        assert before[3] == after[3]
        assert (before != after)[[0, 1, 2, 4, 5, 6]].all()

    @pytest.mark.parametrize("settings", [{}, {"tied": True, "samples": 9}], ids=str)
    def test_threads_change_no_bit(self, settings: dict[str, object]) -> None:
        rows = [DRAW.integers(0, 21, n) for n in DRAW.integers(0, 9, 90)]
        words, trained = np.concatenate(rows), []
        for threads in (1, 2):
            network = self.network("float32", **settings)
            data = Data(network.accept(rows), words, np.ones(len(words)))
            history = train(network, data, Adam(0.02), Recipe(3, 40, "linear", 1.0, 9, False, 0, threads), data)
            trained.append({name: value.tobytes() for name, value in network.parameters.items()})
            assert history.epochs[-1].loss < history.epochs[0].loss
        assert trained[0] == trained[1]

    def test_what_is_not_finite_is_found(self) -> None:
        network = self.network()
        shards = network.shards(network.accept(self.ROWS))
        assert network.find_non_finite(shards) is None
        network.parameters["bidirectional_softmax/bias"][3] = np.inf
        assert network.find_non_finite(shards) == "bidirectional_softmax"

    @pytest.mark.parametrize(
        ("layers", "message"),
        [
            ([Input(5), BidirectionalSoftmax(4)], "two halves"),
            ([Input(6), SimpleRNN(6), BidirectionalSoftmax(4)], "reads a sequence"),
            (
                [Embedding(20, 5), Bidirectional(SimpleRNN(6, return_sequences=True)), BidirectionalSoftmax(21, True)],
                r"needs Embedding\(20, 6\)",
            ),
        ],
    )
    def test_what_does_not_fit_is_refused(self, layers: list[object], message: str) -> None:
        with pytest.raises(InputError, match=message):
            Network(layers)  # type: ignore[arg-type]


class TestAdaptiveSoftmax:
    def test_is_grave_and_others_equations(self) -> None:
        network = language_model(AdaptiveSoftmax(21, (4, 9), factor=2), width=8)
        weights = {name.partition("/")[2]: value for name, value in network.parameters.items() if "adaptive" in name}
        weights["bias"][...] = np.linspace(-1, 1, 6)
        hidden = Network(
            [*network.layers[:-1], Dense(8)], dtype="float64",
            parameters={k: v for k, v in network.parameters.items() if "adaptive" not in k}
            | {"dense/kernel": np.eye(8), "dense/bias": np.zeros(8)},
        ).predict(ROWS).values  # fmt: skip
        head = log_softmax(hidden @ weights["kernel"].T + weights["bias"])
        tails = [
            log_softmax(hidden @ weights[f"cluster_{n}_projection"] @ weights[f"cluster_{n}_kernel"].T) for n in (1, 2)
        ]
        by_rank = np.hstack([head[:, :4], tails[0] + head[:, 4:5], tails[1] + head[:, 5:6]])
        wanted = np.roll(by_rank, -1, axis=1)  # the last word, the unknown one, is the most frequent
        p = network.predict(ROWS).values
        np.testing.assert_allclose(p, np.exp(wanted), rtol=1e-12)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
        loss = network.differentiate(ROWS, TARGETS, np.ones(COUNT)).loss
        assert loss == pytest.approx(-wanted[np.arange(COUNT), TARGETS].sum(), rel=1e-12)

    def test_clusters_narrow(self) -> None:
        network = Network([Input(64), SimpleRNN(64), AdaptiveSoftmax(1000, (100, 300))])
        shapes = {name.partition("/")[2]: value.shape for name, value in network.parameters.items()}
        assert shapes["kernel"] == (102, 64)
        assert (shapes["cluster_1_projection"], shapes["cluster_1_kernel"]) == ((64, 16), (200, 16))
        assert (shapes["cluster_2_projection"], shapes["cluster_2_kernel"]) == ((64, 4), (700, 4))

    @pytest.mark.parametrize("cutoffs", [(), (0, 5), (5, 5), (5, 21), (5.0,), "5", 5])
    def test_cutoffs_are_checked(self, cutoffs: object) -> None:
        with pytest.raises(InputError, match="cutoffs must be rising"):
            AdaptiveSoftmax(21, cutoffs)  # type: ignore[arg-type]
