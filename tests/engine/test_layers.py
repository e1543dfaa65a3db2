"""Layers against their one-line NumPy, on ragged rows; and the three forms of inputs against each other."""

from typing import Any

import numpy as np
import pytest

from elman.engine import (
    BagOfWords,
    Beside,
    Dense,
    Embedding,
    Network,
    OneHot,
    Pooling,
    SimpleRNN,
    Softmax,
    SubwordEmbedding,
)
from elman.engine.gradcheck import check_network
from elman.engine.kernels.product import Factor
from elman.engine.layers._inputs import Features, Lookup, OneHotRows
from elman.engine.layers._layer import Run, Shard
from elman.engine.packing import Packing
from elman.engine.row_gradient import RowGradient, distinct
from elman.errors import InputError
from elman.sequences import Sequences

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


class TestBagOfWords:
    IDS = Sequences.from_rows([[0, 1, 0, 5, 4], [], [5, 5], [3], [1, 2]])
    """5 is unknown."""

    def network(self, word_dropout: float = 0.0) -> Network:
        network = Network([BagOfWords(5, word_dropout), Dense(4, "tanh"), Dense(1, "sigmoid")], dtype="float64")
        network.parameters["bag_of_words/weights"] = np.array([1.5, 1, 2, 3, 0.5])
        return network

    def vectors(self, network: Network, noise: int | None = None) -> Any:
        (shard,) = network.shards(network.accept(self.IDS))
        step = network.begin(noise)[0]
        x, _ = step.layer.forward(step.weights, shard.values, shard, step.run)
        out = np.empty((len(self.IDS), 5))
        out[shard.rows] = x.dense()
        return out

    def test_counts_times_weights_to_length_one(self) -> None:
        raw = np.array([[3, 1, 0, 0, 0.5], [0] * 5, [0] * 5, [0, 0, 0, 3, 0], [0, 1, 2, 0, 0]])
        lengths = np.linalg.norm(raw, axis=1, keepdims=True)
        np.testing.assert_allclose(self.vectors(self.network()), raw / np.where(lengths, lengths, 1), rtol=1e-14)

    @pytest.mark.parametrize("noise", [None, 5])
    def test_gradients_are_finite_differences(self, noise: int | None) -> None:
        errors = check_network(self.network(word_dropout=0.4), self.IDS, [0, 1, 1, 0, 1], noise=noise)
        assert set(errors) == {"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"}
        assert max(errors.values()) < 1e-6

    def test_dropped_words_are_left_out(self) -> None:
        network = self.network(word_dropout=0.5)
        whole, some = self.vectors(network), self.vectors(network, noise=3)
        assert ((some != 0) <= (whole != 0)).all()
        assert (some != whole).any()

    def test_the_weights_are_no_parameters(self) -> None:
        assert self.network().count_params() == 5 * 4 + 4 + 4 + 1


def test_a_weighted_one_hot_is_the_plain_one_with_weighted_rows() -> None:
    draw = np.random.default_rng(3)
    weights, rows = draw.uniform(0.5, 2, 6), [[0, 1, 6, 2], [], [5, 5, 3]]
    weighted = Network([OneHot(6, weighted=True), SimpleRNN(3), Dense(1, "sigmoid")], dtype="float64")
    plain = Network([OneHot(6), SimpleRNN(3), Dense(1, "sigmoid")], dtype="float64")
    weighted.parameters["one_hot/weights"] = weights
    for name in plain.parameters:
        plain.parameters[name] = weighted.parameters[name].copy()
    plain.parameters["simple_rnn/kernel"] *= weights[:, None]
    np.testing.assert_allclose(weighted.predict(rows), plain.predict(rows), rtol=1e-14)
    errors = check_network(weighted, Sequences.from_rows(rows), [0, 1, 1])
    assert max(errors.values()) < 1e-6
    (shard,) = weighted.shards(weighted.accept(rows))
    step = weighted.begin()[0]
    x, _ = step.layer.forward(step.weights, shard.values, shard, step.run)
    np.testing.assert_array_equal(x.dense(), (np.eye(7)[:, :6] * weights)[shard.values])


class TestBeside:
    def sequences(self) -> Sequences:
        ids = Sequences.from_rows([[0, 1], [], [2, 3, 1]])
        return Sequences(ids.values, ids.offsets, beside=np.random.default_rng(4).standard_normal((3, 2)))

    def network(self) -> Network:
        return Network([Embedding(4, 3), SimpleRNN(3), Beside(2), Dense(1, "sigmoid")], dtype="float64")

    def test_it_stands_behind_the_state(self) -> None:
        sequences, network = self.sequences(), self.network()
        without = Network(network.layers[:2] + network.layers[3:], dtype="float64")
        for name, value in network.parameters.items():
            without.parameters[name] = value[:3] if name == "dense/kernel" else value
        beside = sequences.beside
        assert beside is not None
        plain = Sequences(sequences.values, sequences.offsets)
        expected = without.logits(plain) + beside @ network.parameters["dense/kernel"][3:]
        np.testing.assert_allclose(network.logits(sequences), expected, rtol=1e-12)

    def test_gradients_are_finite_differences(self) -> None:
        errors = check_network(self.network(), self.sequences(), [0, 1, 1])
        assert max(errors.values()) < 1e-6

    def test_rows_keep_theirs_in_any_order_and_company(self) -> None:
        network, sequences = self.network(), self.sequences()
        together = network.predict(sequences)
        assert (network.predict(sequences.take([2, 0])) == together[[2, 0]]).all()

    def test_what_does_not_go_together_is_refused(self) -> None:
        plain, three = Sequences.from_rows([[0]]), Sequences(np.array([0]), np.array([0, 1]), beside=np.zeros((1, 3)))
        for given, got in ((plain, "nothing"), (three, "3 numbers")):
            with pytest.raises(InputError, match=f"must come with 2 numbers beside each row, got {got}"):
                self.network().predict(given)
        with pytest.raises(InputError, match="must come with nothing beside each row, got 3 numbers"):
            Network([Embedding(4, 3), SimpleRNN(3), Dense(1)]).predict(three)
        with pytest.raises(InputError, match="a vector for each of 1 rows"):
            Sequences(np.array([0]), np.array([0, 1]), beside=np.zeros((2, 3)))
        with pytest.raises(InputError, match="stand it above Pooling"):
            Network([Embedding(4, 3), Beside(2), Dense(1)])


@pytest.mark.parametrize("layer", [Embedding(5, 3, trainable=False), SubwordEmbedding(5, 2, 3, trainable=False)])
def test_vectors_that_are_not_trainable_have_no_gradient(layer: Any) -> None:
    network = Network([layer, SimpleRNN(3), Dense(1, "sigmoid")], dtype="float64")
    spelled = isinstance(layer, SubwordEmbedding)
    words = Sequences.from_rows([[0, 1], [1, 0], [2], [3], [4]]) if spelled else None
    sequences = Sequences(np.array([0, 4, 2, 3]), np.array([0, 2, 4]), words)
    errors = check_network(network, sequences, [0, 1])
    assert f"{network.names[0]}/embeddings" not in errors
    assert (f"{network.names[0]}/subwords" in errors) == spelled
    assert max(errors.values()) < 1e-6
    assert not any("embeddings" in term for line in network.ledger() for term in line.terms)
    with pytest.raises(InputError, match="learns the table that it shares"):
        Network([Embedding(5, 3, trainable=False), SimpleRNN(3), Softmax(6, tied=True)])


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


class TestSubwordEmbedding:
    SPELLINGS = Sequences.from_rows([[0, 1, 2], [1], [3, 0], [2, 2, 2, 1], [3]])
    """Words 0, 1 and 2 are known, two others are not, one of them without known subwords."""

    def sequences(self) -> Sequences:
        rows = Sequences.from_rows([[0, 1, 2, 0, 4], [3], [], [2, 2]])
        return Sequences(rows.values, rows.offsets, self.SPELLINGS)

    def network(self, word_dropout: float = 0.0) -> Network:
        layers = [SubwordEmbedding(3, 4, 5, word_dropout), SimpleRNN(3), Dense(1, "sigmoid")]
        return Network(layers, dtype="float64", random_state=3)

    def test_a_word_is_its_vector_and_those_of_its_subwords_of_one_size(self) -> None:
        network = self.network()
        own, parts = (network.parameters[f"subword_embedding/{name}"] for name in ("embeddings", "subwords"))
        (shard,) = network.shards(network.accept(self.sequences()))
        step = network.begin()[0]
        x, _ = step.layer.forward(step.weights, shard.values, shard, step.run)
        vectors = [own[0] + (parts[1] + parts[2]) / 2**0.5, own[1], own[3] + parts[0]]
        vectors += [own[2] + (parts[2] + parts[2] + parts[1]) / 3**0.5, own[3]]
        np.testing.assert_allclose(x.dense(), np.array(vectors)[shard.values], rtol=1e-14)

    @pytest.mark.parametrize("noise", [None, 5])
    def test_gradients_are_finite_differences(self, noise: int | None) -> None:
        errors = check_network(self.network(word_dropout=0.4), self.sequences(), [0, 1, 1, 0], noise=noise)
        assert set(errors) >= {"subword_embedding/embeddings", "subword_embedding/subwords"}
        assert max(errors.values()) < 1e-6

    def test_a_dropped_word_is_the_unknown_one_without_subwords(self) -> None:
        network = self.network(word_dropout=0.5)
        (shard,) = network.shards(network.accept(self.sequences().take([0] * 16)))
        step = network.begin(noise=1)[0]
        x, _ = step.layer.forward(step.weights, shard.values, shard, step.run)
        plain, _ = step.layer.forward(step.weights, shard.values, shard, network.begin()[0].run)
        dropped = (x.dense() != plain.dense()).any(axis=1)
        assert (x.dense()[dropped] == network.parameters["subword_embedding/embeddings"][3]).all()
        assert 0.2 < dropped.mean() < 0.6  # a fifth of the words has nothing that could be dropped

    @pytest.mark.parametrize(
        ("spellings", "message"),
        [
            (None, "give Sequences"),
            ([[0], []], "row 1 is empty"),
            ([[0], [4]], "first id of a spelling must be 0 to 3, got 4"),
            ([[0, -1], [1]], "ids of subwords must be 0 to 3, got -1"),
            ([[0, 4], [1]], "ids of subwords must be 0 to 3, got 4"),
        ],
    )
    def test_spellings_that_it_does_not_know_are_refused(self, spellings: Any, message: str) -> None:
        words = None if spellings is None else Sequences.from_rows(spellings)
        with pytest.raises(InputError, match=message):
            self.network().predict(Sequences(np.array([0, 1, 1]), np.array([0, 3]), words))

    def test_no_rows_give_no_answers(self) -> None:
        assert self.network().predict([]).shape == (0, 1)
        assert self.network().predict(self.sequences().take([])).shape == (0, 1)

    def test_other_layers_refuse_spellings(self) -> None:
        with pytest.raises(InputError, match="one id each, but these have spellings"):
            Network([Embedding(9, 2), SimpleRNN(2), Dense(1)]).predict(self.sequences())
