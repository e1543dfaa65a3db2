"""First layers that read words, and what joins them: against their one-line NumPy, and finite differences."""

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
    SideBySide,
    SimpleRNN,
    Softmax,
    SubwordEmbedding,
)
from elman.engine.gradcheck import check_network
from elman.errors import InputError
from elman.sequences import Sequences


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


def test_vectors_that_are_not_trainable_have_no_gradient() -> None:
    network = Network([Embedding(5, 3, trainable=False), SimpleRNN(3), Dense(1, "sigmoid")], dtype="float64")
    errors = check_network(network, Sequences.from_rows([[0, 4], [2, 5]]), [0, 1])
    assert set(errors) == {name for name in network.parameters if name != "embedding/embeddings"}
    assert max(errors.values()) < 1e-6
    assert network.count_params() == 3 * 3 + 3 + 3 * 3 + 3 + 1
    with pytest.raises(InputError, match="learns the table that it shares"):
        Network([Embedding(5, 3, trainable=False), SimpleRNN(3), Softmax(6, tied=True)])


class TestSideBySide:
    SPELLINGS = Sequences.from_rows([[0, 1], [1, 0, 3], [2], [3], [4], [5, 2]])

    def network(self, spelled: bool = True, word_dropout: float = 0.0) -> Network:
        own: Any = SubwordEmbedding(5, 4, 3, word_dropout) if spelled else Embedding(5, 3, word_dropout)
        first = SideBySide((own, Embedding(5, 2, word_dropout, trainable=False), OneHot(5, word_dropout)))
        return Network([first, SimpleRNN(3), Dense(1, "sigmoid")], dtype="float64", random_state=3)

    def sequences(self, spelled: bool = True) -> Sequences:
        rows = Sequences.from_rows([[0, 1, 2, 0, 5], [], [5, 5], [3]])
        return Sequences(rows.values, rows.offsets, self.SPELLINGS if spelled else None)

    @pytest.mark.parametrize("spelled", [True, False])
    def test_each_layer_reads_the_same_words(self, spelled: bool) -> None:
        network, sequences = self.network(spelled), self.sequences(spelled)
        (shard,) = network.shards(network.accept(sequences))
        step = network.begin()[0]
        x, _ = step.layer.forward(step.weights, shard.values, shard, step.run)
        assert isinstance(step.layer, SideBySide)
        tables = [network.parameters[f"side_by_side/{i}/embeddings"] for i in (0, 1)]
        ids = shard.values
        if spelled:
            parts = network.parameters["side_by_side/0/subwords"]
            spelled_by = np.zeros((6, 4))
            spelled_by[0, 1] = spelled_by[5, 2] = 1
            spelled_by[1, [0, 3]] = 2**-0.5
            tables[0] = tables[0] + spelled_by @ parts
        expected = np.concatenate([tables[0][ids], tables[1][ids], np.eye(6)[:, :5][ids]], axis=1)
        np.testing.assert_allclose(x.dense(), expected, rtol=1e-14)

    @pytest.mark.parametrize("noise", [None, 5])
    @pytest.mark.parametrize("spelled", [True, False])
    def test_gradients_are_finite_differences(self, spelled: bool, noise: int | None) -> None:
        network = self.network(spelled, word_dropout=0.4)
        errors = check_network(network, self.sequences(spelled), [0, 1, 1, 0], noise=noise)
        assert set(errors) == set(network.parameters) - {"side_by_side/1/embeddings"}
        assert max(errors.values()) < 1e-6

    def test_a_word_is_dropped_from_all_or_none(self) -> None:
        network, sequences = self.network(word_dropout=0.5), self.sequences().take([0] * 16)
        (shard,) = network.shards(network.accept(sequences))
        step = network.begin(noise=1)[0]
        x, _ = step.layer.forward(step.weights, shard.values, shard, step.run)
        known, one_hot = shard.values < 5, x.dense()[:, 5:].any(axis=1)
        unknown = network.parameters["side_by_side/1/embeddings"][5]
        assert ((x.dense()[:, 3:5] == unknown).all(axis=1) == ~one_hot).all()
        assert 0.3 < one_hot[known].mean() < 0.7

    def test_it_is_made_again_from_its_settings(self) -> None:
        network = self.network()
        again = Network.from_config(network.to_config(), network.parameters)
        assert (again.predict(self.sequences()) == network.predict(self.sequences())).all()

    def test_what_cannot_stand_side_by_side_is_refused(self) -> None:
        for layers in ((), (SimpleRNN(3),), 3):
            with pytest.raises(InputError, match="layers must be first layers"):
                SideBySide(layers)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="must give a vector a time step"):
            Network([SideBySide((Embedding(5, 3), BagOfWords(5))), SimpleRNN(3), Dense(1)])
        with pytest.raises(InputError, match="ids must be 0 to 1, or 2 for an unknown word"):
            Network([SideBySide((Embedding(5, 3), Embedding(2, 2))), SimpleRNN(3), Dense(1)]).predict([[4]])


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
