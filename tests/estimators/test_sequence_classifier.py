"""SequenceClassifier: rows of numbers, and networks that are given."""

from typing import Any

import numpy as np
import pytest

from elman import SequenceClassifier
from elman.engine import Dense, Embedding, Input, Network, OneHot, SimpleRNN
from elman.errors import InputError


class TestSequenceClassifier:
    def test_lectures_reviews_train_through_it(self) -> None:
        eye = np.eye(5)
        reviews = [eye[[0, 1, 2]], eye[[0, 1, 3]], eye[[0, 1, 4, 2]]]
        for network in (
            None,
            Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")]),
            Network([Input(5), SimpleRNN(3), Dense(1, "sigmoid")]),
            Network([Input(5), SimpleRNN(3), Dense(2, "softmax")]),
        ):
            model = SequenceClassifier(network, epochs=300, learning_rate=0.05).fit(reviews, [1, 0, 0])
            assert model.predict(reviews).tolist() == [1, 0, 0]
            assert model.predict_proba(reviews)[0, 1] > 0.9

    def test_given_network_is_left_alone(self) -> None:
        network = Network([Embedding(6, 4), SimpleRNN(3), Dense(1, "sigmoid")])
        before = {name: value.copy() for name, value in network.parameters.items()}
        model = SequenceClassifier(network, epochs=3).fit([[0, 1], [2, 3]], ["a", "b"])
        assert all((network.parameters[name] == value).all() for name, value in before.items())
        assert any((model.network_.parameters[name] != value).any() for name, value in before.items())

    def test_training_begins_from_a_frozen_network_as_from_the_network(self) -> None:
        x, y = [[0, 1], [2, 3]], [0, 1]
        network = Network([Embedding(6, 4), SimpleRNN(3), Dense(1, "sigmoid")])
        plain, frozen = (SequenceClassifier(n, epochs=9).fit(x, y) for n in (network, network.freeze()))
        assert (frozen.predict_proba(x) == plain.predict_proba(x)).all()
        assert (frozen.predict_proba(x)[:, 1:] != network.predict(x)).all()

    def test_what_is_no_network_is_refused(self) -> None:
        with pytest.raises(InputError, match="network must be a Network or None, got 5"):
            SequenceClassifier(5).fit([[0], [1]], [0, 1])  # type: ignore[arg-type]

    @pytest.mark.parametrize("x", [[0, 1, 2], np.array([0, 1, 2])])
    def test_one_row_where_rows_are_expected_gets_a_hint(self, x: Any) -> None:
        model = SequenceClassifier(epochs=1).fit([[0, 1, 2], [2]], [0, 1])
        with pytest.raises(InputError, match=r"for one row give \[row\]|x.reshape\(1, -1\) is one row"):
            model.predict(x)

    def test_one_row_of_vectors_where_rows_are_expected_gets_a_hint(self) -> None:
        model = SequenceClassifier(epochs=1).fit(np.zeros((2, 4, 3)), [0, 1])
        with pytest.raises(InputError, match=r"x of shape \(5, 3\) is a single row of 3 features: give \[x\]"):
            model.predict(np.zeros((5, 3)))
        assert model.predict([np.zeros((5, 3))]).shape == (1,)

    def test_ids_that_nobody_counted_are_refused(self) -> None:
        with pytest.raises(InputError, match=r"ids must be 16,777,215 at most, got 1,000,000,000,000.*return_inverse"):
            SequenceClassifier().fit([[0, 10**12], [1]], [0, 1])

    def test_labels_of_time_steps_want_an_answer_at_every_time_step(self) -> None:
        for x, y in (([[0, 1, 2], [0, 1]], [[0, 0, 1], [0, 1]]), (np.zeros((2, 3)), np.array([[0, 1, 0], [0, 0, 1]]))):
            with pytest.raises(InputError, match=r"y holds a label for each time step.*give return_sequences=True"):
                SequenceClassifier().fit(x, y)
        network = Network([Embedding(3, 2), SimpleRNN(3), Dense(1, "sigmoid")])
        with pytest.raises(InputError, match="end the network with layers that keep time"):
            SequenceClassifier(network).fit([[0, 1, 2], [0, 1]], [[0, 0, 1], [0, 1]])

    def test_no_rows_have_no_answers(self) -> None:
        for per_step, labels in ((True, [[0, 1], [1]]), (False, [0, 1])):
            model = SequenceClassifier(epochs=1, return_sequences=per_step).fit([[0, 1], [1]], labels)
            assert len(model.predict([])) == len(model.predict_proba([])) == 0

    def test_numeric_sequences_with_a_built_network(self) -> None:
        draw = np.random.default_rng(0)
        x = [draw.standard_normal((draw.integers(2, 12), 3)) for _ in range(300)]
        y = np.array([row[-1, 0] > 0 for row in x]).astype(int)
        model = SequenceClassifier(units=24, pooling="last", epochs=60, learning_rate=0.01).fit(x[:250], y[:250])
        assert model.score(x[250:], y[250:]) > 0.8

    def test_a_network_that_does_not_fit_the_labels_is_refused(self) -> None:
        network = Network([Embedding(6, 4), SimpleRNN(3), Dense(1, "sigmoid")])
        with pytest.raises(InputError, match=r'end it with Dense\(3, "softmax"\)'):
            SequenceClassifier(network).fit([[0], [1], [2]], ["a", "b", "c"])
        linear = Network([Embedding(6, 4), SimpleRNN(3), Dense(1)])
        with pytest.raises(InputError, match=r'activation=.linear.*end it with Dense\(1, "sigmoid"\)'):
            SequenceClassifier(linear).fit([[0], [1]], ["a", "b"])
