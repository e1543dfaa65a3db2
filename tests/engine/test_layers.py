"""Layers against their one-line NumPy, on ragged rows; and the three forms of inputs against each other."""

import json
from typing import Any

import numpy as np
import pytest

from elman.engine import (
    LSTM,
    Bidirectional,
    CharacterConvolution,
    ContextualEmbedding,
    Dense,
    Embedding,
    Input,
    Network,
    OneHot,
    Pooling,
    SimpleRNN,
)
from elman.engine.gradcheck import check_network
from elman.engine.kernels.product import Factor
from elman.engine.layers import character_convolution
from elman.engine.layers._inputs import Features, Lookup, OneHotRows
from elman.engine.layers._layer import Run, Shard
from elman.engine.optimizers import Adam
from elman.engine.packing import Packing
from elman.engine.row_gradient import RowGradient, distinct
from elman.errors import InputError
from elman.sequences import Sequences
from elman.training import Data, Recipe, train

from .conftest import LENGTHS

DRAW = np.random.default_rng(0)
PACKING = Packing.from_lengths(np.array(LENGTHS))
RUN = Run(np.float64)


def shard(values: Any) -> Shard:
    return Shard(values, PACKING, np.arange(PACKING.rows), np.arange(PACKING.tokens))


def rows_of(values: Any) -> list[Any]:
    """Give each row's time steps, (time, features)."""
    row, _ = PACKING.positions()
    return [values[row == r] for r in range(PACKING.rows)]


class TestPooling:
    def test_equals_numpy_row_by_row(self) -> None:
        values = DRAW.standard_normal((PACKING.tokens, 5))
        out, _ = Pooling(("last", "max", "mean")).forward(None, Features(values), shard(values), RUN)
        for r, row in enumerate(rows_of(values)):
            expected = np.concatenate([row[-1], row.max(axis=0), row.mean(axis=0)]) if len(row) else np.zeros(15)
            np.testing.assert_allclose(out.values[r], expected, rtol=1e-14)

    def test_of_equal_values_the_first_takes_the_gradient(self) -> None:
        values = np.ones((PACKING.tokens, 2))
        layer = Pooling("max")
        _, tape = layer.forward(None, Features(values), shard(values), RUN)
        d = layer.backward(None, np.ones((PACKING.rows, 2)), tape, shard(values), RUN).below
        for row in rows_of(d):
            assert row.tolist() == [[1, 1]] * min(1, len(row)) + [[0, 0]] * (len(row) - 1)

    def test_what_is_not_a_number_is_kept(self) -> None:
        values = DRAW.standard_normal((PACKING.tokens, 2))
        values[PACKING.starts[2], 0] = np.nan  # the third time step of the first row
        out, _ = Pooling(("max", "mean")).forward(None, Features(values), shard(values), RUN)
        assert np.isnan(out.values).tolist() == [[r == 0, False, r == 0, False] for r in range(PACKING.rows)]


def forms(kind: str) -> tuple[Any, Any, Any]:
    """Give inputs in a compact form, the same as plain vectors, and the ids behind them."""
    ids = DRAW.integers(0, 7, PACKING.tokens)
    words, slots = distinct(ids)
    if kind == "lookup":
        table = DRAW.standard_normal((7, 5))
        return Lookup(table[words], slots), Features(table[ids]), words
    return OneHotRows(6, words, slots, np.float64), Features(np.eye(7)[ids][:, :6].copy()), words


@pytest.mark.parametrize("kind", ["lookup", "one_hot"])
class TestInputs:
    def test_vectors_and_products_agree(self, kind: str) -> None:
        compact, plain, _ = forms(kind)
        W, b = DRAW.standard_normal((plain.values.shape[1], 4)), DRAW.standard_normal(4)
        assert (compact.dense() == plain.dense()).all()
        np.testing.assert_allclose(compact.project(Factor(W), b), plain.project(Factor(W), b), rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(plain.project(Factor(W), b), b + plain.values @ W, rtol=1e-13, atol=1e-14)

    def test_gradients_agree(self, kind: str) -> None:
        compact, plain, words = forms(kind)
        W, da = DRAW.standard_normal((plain.values.shape[1], 4)), DRAW.standard_normal((PACKING.tokens, 4))
        dW, db, dx = compact.project_backward(da, Factor(W))
        dW_plain, db_plain, dx_plain = plain.project_backward(da, Factor(W))
        dW = dW.dense(W.shape) if isinstance(dW, RowGradient) else dW
        np.testing.assert_allclose(dW, dW_plain, atol=1e-13)
        np.testing.assert_allclose(dW_plain, plain.values.T @ da, atol=1e-13)
        np.testing.assert_allclose(db, da.sum(axis=0), atol=1e-13)
        np.testing.assert_allclose(db_plain, da.sum(axis=0), atol=1e-13)
        np.testing.assert_allclose(dx_plain, da @ W.T, atol=1e-13)
        if kind == "lookup":
            assert dx.shape == (len(words), 5)
            np.testing.assert_allclose(dx, compact.collect(dx_plain), atol=1e-13)


def test_distinct_numbers_ids_by_first_appearance() -> None:
    ids = np.array([5, 900_000_000, 5, 0, 900_000_000])
    words, slots = distinct(ids)
    assert words.tolist() == [5, 900_000_000, 0]
    assert slots.tolist() == [0, 1, 0, 2, 1]
    many = DRAW.integers(0, 3000, 20_000)
    words, slots = distinct(many)
    assert (words[slots] == many).all()
    assert len(set(words.tolist())) == len(words)
    assert distinct(np.empty(0, np.int64))[0].size == 0


@pytest.mark.parametrize("layer", [Embedding(6, 3, word_dropout=0.5), OneHot(6, word_dropout=0.5)])
def test_word_dropout_replaces_its_share_by_the_unknown_word(layer: Any) -> None:
    packing = Packing.from_lengths(np.full(50, 40))
    ids = DRAW.integers(0, 6, packing.tokens)
    weights = {"embeddings": np.arange(21.0).reshape(7, 3)}
    x, _ = layer.forward(
        weights, ids, Shard(ids, packing, np.arange(50), np.arange(packing.tokens)), Run(np.float64, noise=3)
    )
    plain, _ = layer.forward(
        weights, ids, Shard(ids, packing, np.arange(50), np.arange(packing.tokens)), Run(np.float64)
    )
    dropped = (x.dense() != plain.dense()).any(axis=1)
    unknown = weights["embeddings"][6] if isinstance(layer, Embedding) else np.zeros(6)
    assert (x.dense()[dropped] == unknown).all()
    assert abs(dropped.mean() - 0.5) < 0.04


def moved(network: Network, seed: int = 1) -> Network:
    """Move all weights, as zeros would hide where they are added."""
    draw = np.random.default_rng(seed)
    for value in network.parameters.values():
        value += draw.normal(0, 0.4, value.shape).astype(value.dtype)
    return network


class TestCharacterConvolution:
    SPELLINGS = Sequences.from_rows([[0, 1, 2], [], [3, 0, 2, 2, 1, 0, 3, 3], [2, 2, 2, 1], [3]])
    """Longer than is read, shorter than the widest filter, and empty."""

    def sequences(self) -> Sequences:
        rows = Sequences.from_rows([[0, 1, 2, 0, 4], [3], [], [2, 2]])
        return Sequences(rows.values, rows.offsets, self.SPELLINGS)

    def network(self, activation: str = "relu", highways: int = 2) -> Network:
        first = CharacterConvolution(4, 5, 3, ((1, 2), (2, 3), (4, 2)), highways, longest=6, activation=activation)
        return moved(Network([first, SimpleRNN(3), Dense(1, "sigmoid")], dtype="float64", random_state=3))

    @pytest.mark.parametrize("activation", ["relu", "tanh"])
    def test_a_word_is_what_the_equations_say(self, activation: str) -> None:
        network = self.network(activation)
        w = {name.removeprefix("character_convolution/"): value for name, value in network.parameters.items()}
        (shard,) = network.shards(network.accept(self.sequences()))
        step = network.begin()[0]
        found, _ = step.layer.forward(step.weights, shard.values, shard, step.run)
        for place, word in enumerate(shard.values):
            ids = [*self.SPELLINGS[word][:6], *[4] * 6][:6]
            v, y = w["characters"][ids], []
            for i, width in enumerate((1, 2, 4)):
                kernel = w[f"filter_{i}_kernel"].reshape(width, 3, -1)
                windows = [np.einsum("kd,kdj->j", v[t : t + width], kernel) for t in range(6 - width + 1)]
                y.append(np.max(windows, axis=0) + w[f"filter_{i}_bias"])
            x = np.concatenate(y)
            x = np.maximum(x, 0) if activation == "relu" else np.tanh(x)
            for i in range(2):
                g = 1 / (1 + np.exp(-(x @ w[f"gate_{i}_kernel"] + w[f"gate_{i}_bias"])))
                x = g * np.maximum(x @ w[f"highway_{i}_kernel"] + w[f"highway_{i}_bias"], 0) + (1 - g) * x
            expected = x @ w["projection_kernel"] + w["projection_bias"]
            np.testing.assert_allclose(found.dense()[place], expected, rtol=1e-12)

    @pytest.mark.parametrize("activation", ["relu", "tanh"])
    @pytest.mark.parametrize("highways", [0, 2])
    def test_gradients_are_finite_differences(self, activation: str, highways: int) -> None:
        network = self.network(activation, highways)
        errors = check_network(network, self.sequences(), [0, 1, 1, 0])
        assert set(errors) == set(network.parameters)
        assert max(errors.values()) < 1e-6

    def test_a_gradient_of_another_window_is_caught(self, monkeypatch: pytest.MonkeyPatch) -> None:
        right = character_convolution.convolve_backward

        def first_window(d: Any, characters: Any, begins: Any, ids: Any, column: Any, winners: Any, out: Any) -> None:
            right(d, characters, begins, ids, column, winners * 0, out)

        monkeypatch.setattr(character_convolution, "convolve_backward", first_window)
        errors = check_network(self.network(), self.sequences(), [0, 1, 1, 0])
        assert errors["character_convolution/filter_1_kernel"] > 1e-2
        assert errors["character_convolution/characters"] > 1e-2

    def test_what_is_not_a_number_is_kept(self) -> None:
        network = self.network()
        network.parameters["character_convolution/characters"][1] = np.nan
        out = network.logits(self.sequences().take([0, 1, 2]))
        assert np.isnan(out[:, 0]).tolist() == [True, True, False]

    @pytest.mark.parametrize(
        ("spellings", "message"),
        [(None, "give Sequences"), ([[0], [4]], "must be 0 to 3, got 4"), ([[0], [-1]], "must be 0 to 3, got -1")],
    )
    def test_spellings_that_it_does_not_know_are_refused(self, spellings: Any, message: str) -> None:
        words = None if spellings is None else Sequences.from_rows(spellings)
        with pytest.raises(InputError, match=message):
            self.network().predict(Sequences(np.array([0, 1, 1]), np.array([0, 3]), words))

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"characters": 0}, "characters must be a positive integer"),
            ({"filters": ()}, "filters must be pairs"),
            ({"filters": ((1, 2, 3),)}, "filters must be pairs"),
            ({"filters": ((60, 2),)}, "with longest=50"),
            ({"filters": 3}, "filters must be pairs"),
            ({"highways": -1}, "highways must be an integer, 0 or more"),
            ({"activation": "sigmoid"}, "activation must be one of relu, tanh"),
        ],
    )
    def test_settings_are_checked(self, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(InputError, match=f"CharacterConvolution: .*{message}"):
            CharacterConvolution(**{"characters": 4, "output_dim": 3} | settings)

    def test_no_rows_give_no_answers(self) -> None:
        assert self.network().predict([]).shape == (0, 1)
        assert self.network().predict(self.sequences().take([])).shape == (0, 1)

    def test_a_config_gives_it_again(self) -> None:
        network = self.network()
        again = Network.from_config(json.loads(json.dumps(network.to_config())), network.parameters)
        assert again.layers == network.layers
        assert (again.predict(self.sequences()) == network.predict(self.sequences())).all()


class TestDirectionsApart:
    ROWS = tuple(DRAW.normal(size=(n, 6)) for n in (5, 1, 0, 7, 2))

    def network(self, **settings: Any) -> Network:
        below = Bidirectional(LSTM(3, return_sequences=True))
        layers = [Input(6), below, Bidirectional(LSTM(3, return_sequences=True), **settings), Dense(1)]
        return moved(Network(layers, dtype="float64"))

    def hidden(self, network: Network, rows: Any) -> list[Any]:
        sequences, out = network.accept(rows), np.empty((sum(map(len, rows)), 6))
        for shard in network.shards(sequences):
            out[shard.places] = network.forward(shard, network.begin())[0].dense()
        return [Sequences(out, sequences.offsets)[i] for i in range(len(rows))]

    def test_each_direction_reads_its_own_half_and_nothing_of_the_other_side(self) -> None:
        network = self.network(apart=True, residual=True)
        before = self.hidden(network, self.ROWS)[3]
        changed = [row.copy() for row in self.ROWS]
        changed[3][4] += 1
        after = self.hidden(network, changed)[3]
        same = before == after
        assert same[:4, :3].all() and same[5:, 3:].all()
        assert not same[4:, :3].any() and not same[:5, 3:].any()

    def test_a_direction_that_reads_all_is_seen(self) -> None:
        network = self.network(apart=False, residual=True)
        changed = [row.copy() for row in self.ROWS]
        changed[3][4] += 1
        before, after = self.hidden(network, self.ROWS)[3], self.hidden(network, changed)[3]
        assert (before[:4, :3] != after[:4, :3]).all()

    def test_is_two_networks_of_one_direction_each(self) -> None:
        network, w = self.network(apart=True, residual=True), {}
        for number, (own, back) in enumerate((("forward", False), ("backward", True))):
            read = LSTM(3, return_sequences=True, go_backwards=back)
            layers = [Input(6), read, LSTM(3, return_sequences=True), Dense(1)]  # which gives the order of reading
            w = {
                f"lstm{end}/{part}": network.parameters[f"bidirectional{end}/{own}_{part}"]
                for end in ("", "_1") for part in ("kernel", "recurrent_kernel", "bias")
            }  # fmt: skip
            rest = {"dense/kernel": np.ones((3, 1)), "dense/bias": np.zeros(1)}
            alone = Network(layers, dtype="float64", parameters=w | rest)
            lower = {name: value for name, value in w.items() if "_1" not in name}
            inner = Network([*layers[:2], Dense(1)], dtype="float64", parameters=lower | rest)
            h_2, h_1 = self.reading(alone), self.reading(inner)
            for i, row in enumerate(self.hidden(network, self.ROWS)):
                expected = (h_2[i] + h_1[i])[:: -1 if back else 1]
                assert (row[:, 3 * number : 3 * number + 3] == expected).all()

    def reading(self, network: Network) -> list[Any]:
        sequences, out = network.accept(self.ROWS), np.empty((sum(map(len, self.ROWS)), 3))
        for shard in network.shards(sequences):
            out[shard.places] = network.forward(shard, network.begin())[0].dense()
        return [Sequences(out, sequences.offsets)[i] for i in range(len(self.ROWS))]

    @pytest.mark.parametrize(
        ("settings", "backend"),
        [
            ({"apart": True}, "kernel"),
            ({"residual": True}, "kernel"),
            ({"apart": True, "residual": True}, "reference"),
            ({"apart": True, "merge": "mul"}, "kernel"),
        ],
        ids=str,
    )
    def test_gradients_are_finite_differences(self, settings: dict[str, Any], backend: str) -> None:
        targets = DRAW.normal(size=sum(map(len, self.ROWS)))
        errors = check_network(self.network(**settings), self.ROWS, targets, backend=backend)
        assert {"inputs", "bidirectional_1/backward_kernel"} <= set(errors)
        assert max(errors.values()) < 1e-6

    def test_a_gradient_without_what_was_added_is_caught(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = Bidirectional._below
        monkeypatch.setattr(Bidirectional, "_below", lambda self, parts, dy, x: whole(self, parts, dy * 0, x))
        targets = DRAW.normal(size=sum(map(len, self.ROWS)))
        assert check_network(self.network(residual=True), self.ROWS, targets)["inputs"] > 1e-2

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"apart": 1}, "apart must be True or False"),
            ({"residual": None}, "residual must be True or False"),
            ({"residual": True, "merge": "sum"}, "adds what flows in"),
        ],
    )
    def test_settings_are_checked(self, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(InputError, match=f"Bidirectional: .*{message}"):
            self.network(**settings)
        with pytest.raises(InputError, match="apart=True needs two halves"):
            Network([Input(5), Bidirectional(LSTM(3), apart=True), Dense(1)])


class TestContextualEmbedding:
    ROWS = tuple(DRAW.integers(0, 7, n) for n in (4, 1, 0, 6, 2, 4))
    LAYERS = (
        Embedding(6, 4),
        Bidirectional(LSTM(4, return_sequences=True)),
        Bidirectional(LSTM(4, return_sequences=True), apart=True, residual=True),
    )

    def network(self, word_dropout: float = 0.0, **settings: Any) -> Network:
        first = ContextualEmbedding(self.LAYERS, boundary=5, unknown=6, word_dropout=word_dropout)
        layers = [first, SimpleRNN(3, return_sequences=True), Dense(1, "sigmoid")]
        return moved(Network(layers, **{"dtype": "float64"} | settings))

    def first(self, network: Network, rows: Any, noise: int | None = None) -> Any:
        sequences = network.accept(rows)
        out, step = np.empty((len(sequences.values), 8), network.dtype), network.begin(noise)[0]
        for shard in network.shards(sequences):
            out[shard.places] = step.layer.forward(step.weights, shard.values, shard, step.run)[0].dense()
        return out

    def test_mixes_what_the_layers_give_between_boundaries(self) -> None:
        network = self.network()
        w = {name.removeprefix("contextual_embedding/"): value for name, value in network.parameters.items()}
        shares = np.exp(w["mix"]) / np.exp(w["mix"]).sum()
        lower = Network([*self.LAYERS, Dense(1)], dtype="float64")
        for name, number in zip(lower.names, range(3), strict=False):
            for key in lower.parameters:
                if key.startswith(f"{name}/"):
                    lower.parameters[key][...] = w[f"{number}/{key.partition('/')[2]}"]
        expected = []
        for row in self.ROWS:
            (shard,) = lower.shards(lower.accept([[5, *row, 5]]))
            x, made = shard.values, []
            for step in lower.begin()[:3]:
                x, _ = step.layer.forward(step.weights, x, shard, step.run)
                made.append(x.dense())
            layers = [np.hstack([made[0], made[0]]), *made[1:]]
            mixed = w["scale"] * sum(share * h for share, h in zip(shares, layers, strict=True))
            expected.append(mixed[1:-1])
        np.testing.assert_allclose(self.first(network, self.ROWS), np.concatenate(expected), rtol=1e-12, atol=1e-15)

    @pytest.mark.parametrize("noise", [None, 3])
    def test_gradients_are_finite_differences_and_the_layers_have_none(self, noise: int | None) -> None:
        targets = np.arange(sum(map(len, self.ROWS))) % 2
        errors = check_network(self.network(0.3), self.ROWS, targets, noise=noise)
        assert {name for name in errors if "contextual" in name} == {
            "contextual_embedding/mix", "contextual_embedding/scale",
        }  # fmt: skip
        assert max(errors.values()) < 1e-6

    def test_a_mix_whose_shares_are_taken_for_independent_is_caught(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = ContextualEmbedding.backward

        def wrong(self: Any, weights: Any, dy: Any, tape: Any, *rest: Any) -> Any:
            back = whole(self, weights, dy, tape, *rest)
            mean = back.gradients["scale"][0]
            return back._replace(gradients=back.gradients | {"mix": back.gradients["mix"] + weights.shares * mean})

        monkeypatch.setattr(ContextualEmbedding, "backward", wrong)
        targets = np.arange(sum(map(len, self.ROWS))) % 2
        assert check_network(self.network(), self.ROWS, targets)["contextual_embedding/mix"] > 1e-2

    def test_training_moves_the_mix_alone(self) -> None:
        network = self.network(dtype="float32")
        before = {name: value.copy() for name, value in network.parameters.items()}
        count = sum(map(len, self.ROWS))
        data = Data(network.accept(self.ROWS), np.arange(count) % 2, np.ones(count))
        train(network, data, Adam(0.01), Recipe(2, 4, "linear", 1.0, 9, True, 0, 1))
        moved = {name for name, value in network.parameters.items() if (value != before[name]).any()}
        assert moved >= {"contextual_embedding/mix", "contextual_embedding/scale", "dense/kernel"}
        assert not any(name.startswith(("contextual_embedding/0", "contextual_embedding/1")) for name in moved)

    def test_dropped_words_are_the_unknown_one(self) -> None:
        network = self.network(word_dropout=0.999999)
        unknown = [[6] * len(row) for row in self.ROWS]
        assert (self.first(network, self.ROWS, noise=1) == self.first(network, unknown)).all()

    def test_a_config_gives_it_again(self) -> None:
        network = self.network()
        again = Network.from_config(json.loads(json.dumps(network.to_config())), network.parameters)
        assert again.layers == network.layers
        assert (again.predict(self.ROWS).values == network.predict(self.ROWS).values).all()

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"layers": ()}, "must be a first layer and others above it"),
            ({"layers": LAYERS[1:]}, "must be a first layer and others above it"),
            ({"layers": (LAYERS[0], LAYERS[0])}, "must be a first layer and others above it"),
            ({"boundary": 7}, "boundary must be an id from 0 to 6, got 7"),
            ({"unknown": -1}, "unknown must be an id from 0 to 6, got -1"),
            ({"layers": (LAYERS[0], LSTM(4, return_sequences=True))}, "to be mixed"),
            ({"word_dropout": 1}, "word_dropout must be a number from 0"),
        ],
    )
    def test_settings_are_checked(self, settings: dict[str, Any], message: str) -> None:
        given = {"layers": self.LAYERS, "boundary": 5, "unknown": 6} | settings
        with pytest.raises(InputError, match=message):
            Network([ContextualEmbedding(**given), SimpleRNN(2), Dense(1)])

    def test_spelled_words_need_a_boundary(self) -> None:
        first = CharacterConvolution(4, 4, 3, ((1, 2),))
        network = Network([ContextualEmbedding((first, *self.LAYERS[1:]), 0, 2), SimpleRNN(2), Dense(1)])
        words = Sequences.from_rows([[1], [2, 3], []])
        assert network.predict(Sequences(np.array([1, 2]), np.array([0, 2]), words)).shape == (1, 1)
        with pytest.raises(InputError, match=r"must have rows 0 and 2, .* but there are 2"):
            network.predict(Sequences(np.array([1]), np.array([0, 1]), words.take([0, 1])))
