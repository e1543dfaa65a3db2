"""Every cell, depth, direction, output and state, through the estimators."""

import hashlib
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman import SequenceClassifier, TextClassifier
from elman.data import order_reviews
from elman.engine import GRU, LSTM, Bidirectional, Dense, Dropout, Embedding, Input, Network, Pooling, SimpleRNN, State
from elman.errors import InputError, NonFiniteError
from elman.estimators import evaluate

QUICK: dict[str, Any] = {"epochs": 1, "units": 5, "embedding_dim": 4}
CELLS = {"simple-rnn": SimpleRNN, "gru": GRU, "lstm": LSTM}


def layers_of(**settings: Any) -> list[Any]:
    """The layers between the words and the output."""
    model = SequenceClassifier(**QUICK | settings).fit([[0, 1], [1, 0]], [0, 1])
    return list(model.network_.layers[1:-1])


class TestArchitecture:
    @pytest.mark.parametrize("cell", CELLS)
    def test_each_cell(self, cell: str) -> None:
        layer = CELLS[cell]
        assert layers_of(cell=cell) == [layer(5, return_sequences=True), Pooling(("max", "mean"))]
        assert layers_of(cell=cell, pooling="last") == [layer(5)]

    def test_a_width_for_each_layer_or_one_for_all(self) -> None:
        two = [LSTM(6, return_sequences=True), LSTM(3)]
        assert layers_of(cell="lstm", units=(6, 3), pooling="last") == two
        assert layers_of(cell="lstm", units=[6, 3], layers=2, pooling="last") == two
        assert layers_of(units=np.int64(4), layers=2, pooling="last") == [
            SimpleRNN(4, return_sequences=True), SimpleRNN(4),
        ]  # fmt: skip
        assert layers_of(layers=0) == [Pooling(("max", "mean"))]
        assert layers_of(layers=0, pooling="last") == [Pooling("last")]

    def test_directions(self) -> None:
        inner = GRU(5, return_sequences=True)
        assert layers_of(cell="gru", bidirectional=True, merge="mul", pooling="attention") == [
            Bidirectional(inner, "mul"), Pooling("attention"),
        ]  # fmt: skip
        assert layers_of(go_backwards=True, layers=2, pooling="last") == [
            SimpleRNN(5, return_sequences=True, go_backwards=True), SimpleRNN(5),
        ]  # fmt: skip

    def test_settings_of_the_cells(self) -> None:
        assert layers_of(cell="gru", reset_after=False, activation="relu", initial_state="learned", pooling="last") == [
            GRU(5, reset_after=False, activation="relu", initial_state="learned")
        ]
        assert layers_of(cell="lstm", recurrent_gain=0.5, initial_state="random", pooling="last") == [
            LSTM(5, recurrent_gain=0.5, initial_state="random")
        ]

    def test_dropout_on_what_is_read_and_on_every_output(self) -> None:
        assert layers_of(layers=2, input_dropout=0.1, dropout=0.2, word_dropout=0.3, shared_dropout=True) == [
            Dropout(0.1, shared=True),
            SimpleRNN(5, return_sequences=True),
            Dropout(0.2, shared=True),
            SimpleRNN(5, return_sequences=True),
            Pooling(("max", "mean")),
            Dropout(0.2, shared=True),
        ]
        assert TextClassifier(word_dropout=0.4, epochs=1).fit(["a", "b"], [0, 1]).network_.layers[0].word_dropout == 0.4

    def test_last_of_both_directions_is_the_state_after_all_words(self) -> None:
        """Each half of the pooled vector must hang on the far end of the row."""
        model = SequenceClassifier(cell="gru", bidirectional=True, pooling="last", **QUICK)
        model.fit([[0, 1, 2], [2, 1, 0]], [0, 1])
        assert model.network_.layers[1:-1] == (Bidirectional(GRU(5)),)
        network = model.network_
        steps = network.begin()

        def pooled(row: list[int]) -> Any:
            (shard,) = network.shards(network.accept([row]))
            x: Any = shard.values
            for step in steps[:-1]:
                x, _ = step.layer.forward(step.weights, x, shard, step.run)
            return x.values[0]

        first, last = pooled([0, 1, 2]) != pooled([1, 1, 2]), pooled([0, 1, 2]) != pooled([0, 1, 1])
        assert first.all()
        assert last.all()

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"cell": "rnn"}, "cell must be one of simple-rnn, gru, lstm, got 'rnn'"),
            ({"cell": None}, "cell must be one of"),
            ({"units": 0}, "units must be a positive integer"),
            ({"units": "64"}, "units must be a positive integer"),
            ({"units": (4, 0)}, "units must be a positive integer"),
            ({"units": ()}, "units must be a width for all layers or one for each"),
            ({"units": (4, 3), "layers": 3}, r"got \[4, 3\] for layers=3: leave layers out"),
            ({"layers": -1}, "layers must be an integer, 0 or more"),
            ({"layers": True}, "layers must be an integer"),
            ({"bidirectional": 1}, "bidirectional must be True or False"),
            ({"units": 2**31}, "units must be a positive integer, got 2147483648; at most"),
            ({"bidirectional": True, "merge": "max"}, "merge must be one of"),
            ({"merge": "max"}, "merge must be one of"),
            ({"bidirectional": True, "go_backwards": True}, "go_backwards=True has no effect with bidirectional=True"),
            ({"merge": "sum"}, "merge='sum' has no effect with one direction: add bidirectional=True"),
            ({"reset_after": False}, 'reset_after=False has no effect with this cell: add cell="gru"'),
            ({"reset_after": False, "cell": "lstm"}, "reset_after=False has no effect"),
            ({"layers": 0, "bidirectional": True}, "bidirectional=True has no effect with layers=0"),
            ({"layers": 0, "go_backwards": True}, "go_backwards=True has no effect with layers=0"),
            ({"shared_dropout": True, "dropout": 0.0}, "shared_dropout=True has no effect without dropout"),
            ({"bidirectional": True, "pooling": ("max", "last")}, "pooling must be 'last' alone"),
            ({"activation": "softmax"}, "activation must be one of"),
            ({"initial_state": "ones"}, "initial_state must be one of"),
            ({"recurrent_gain": 0}, "recurrent_gain must be a positive number"),
            ({"recurrent_gain": 10**400}, "recurrent_gain must be a positive number"),
            ({"pooling": "sum"}, "pooling must be one of last, max, mean, attention, got 'sum'"),
            ({"pooling": ("max", "max")}, "each once"),
            ({"pooling": 3}, "pooling must be a kind"),
            ({"dropout": 1}, "dropout must be a number from 0"),
            ({"input_dropout": -0.1}, "input_dropout must be a number from 0"),
            ({"word_dropout": "a"}, "word_dropout must be a number from 0"),
            ({"shared_dropout": "no"}, "shared_dropout must be True or False"),
            ({"embedding_dim": 0}, "embedding_dim must be a positive integer"),
            ({"reset_after": None}, "reset_after must be True or False"),
        ],
    )
    def test_settings_that_make_no_network(self, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(InputError, match=message):
            TextClassifier(**settings).fit(["a", "b"], [0, 1])

    def test_what_is_of_words_needs_words(self) -> None:
        for name, value in (("word_dropout", 0.1), ("embedding_dim", 5)):
            with pytest.raises(InputError, match=f"{name}={value} goes with ids"):
                SequenceClassifier(**{name: value}).fit(np.zeros((2, 3, 1)), [0, 1])

    @pytest.mark.parametrize(
        "setting",
        [{"units": 3}, {"cell": "gru"}, {"dropout": 0.2}, {"pooling": "max"}, {"dtype": "float64"}, {"layers": 1}],
    )
    def test_a_given_network_has_its_own_settings(self, setting: dict[str, Any]) -> None:
        network = Network([Embedding(3, 4), SimpleRNN(3), Dense(1, "sigmoid")])
        with pytest.raises(InputError, match=f"{next(iter(setting))}=.* has no effect on a network that is given"):
            SequenceClassifier(network, **setting).fit([[0], [1]], [0, 1])

    def test_a_network_shows_its_layers(self) -> None:
        network = Network([Embedding(3, 4), SimpleRNN(3), Dense(1, "sigmoid")])
        assert repr(network) == "Network(Embedding -> SimpleRNN -> Dense; 44 parameters, float32)"
        assert "Network(Embedding -> SimpleRNN" in repr(SequenceClassifier(network))

    def test_answers_at_every_time_step_are_not_pooled(self) -> None:
        with pytest.raises(InputError, match="pooling='max' has no effect with return_sequences=True"):
            SequenceClassifier(return_sequences=True, pooling="max").fit([[0, 1]], [[0, 1]])

    def test_networks_with_and_without_memory_may_be_the_same_for_the_rest(self) -> None:
        """A grid search over `layers` sets the others, too."""
        assert layers_of(layers=0, cell="lstm", activation="relu", recurrent_gain=0.5) == [Pooling(("max", "mean"))]

    def test_a_saved_model_of_every_option_is_read_back(self, tmp_path: Path) -> None:
        model = TextClassifier(
            cell="gru", units=(5, 4), bidirectional=True, merge="sum", reset_after=False, activation="relu",
            initial_state="learned", pooling=("max", "attention"), input_dropout=0.1, shared_dropout=True, epochs=1,
        )  # fmt: skip
        texts = ["a b c", "c b a", "b"]
        model.fit(texts, [0, 1, 0]).save(tmp_path / "m")
        loaded = elman.load(tmp_path / "m")
        assert loaded.get_params() == model.get_params()
        assert (loaded.predict_proba(texts) == model.predict_proba(texts)).all()
        assert (loaded.fit(texts, [0, 1, 0]).predict_proba(texts) == model.predict_proba(texts)).all()


def came_before(rows: int, longest: int = 9, seed: int = 0) -> tuple[list[Any], list[Any]]:
    """Rows of ids; the label of a time step is the id of the time step before it, "none" at the first."""
    draw = np.random.default_rng(seed)
    x = [draw.integers(0, 3, draw.integers(0, longest)) for _ in range(rows)]
    return x, [np.array(["none", *(f"id {i}" for i in row[:-1])])[: len(row)] for row in x]


STEPS: dict[str, Any] = {
    "cell": "gru", "units": 12, "embedding_dim": 6, "return_sequences": True, "epochs": 12, "batch_size": 16,
    "learning_rate": 0.03,
}  # fmt: skip


class TestLabelsOfTimeSteps:
    def test_learns_what_only_the_time_step_before_tells(self) -> None:
        (x, y), (new, truth) = came_before(200), came_before(50, seed=1)
        model = SequenceClassifier(**STEPS).fit(x, y)
        answers = model.predict(new)
        assert [len(row) for row in answers] == [len(row) for row in new]
        right = np.concatenate(answers) == np.concatenate(truth)
        assert model.score(new, truth) == right.mean() > 0.95
        p = model.predict_proba(new)
        assert [row.shape for row in p] == [(len(row), 4) for row in new]
        assert all((model.classes_[a.argmax(axis=1)] == b).all() for a, b in zip(p, answers, strict=True))
        assert evaluate(model, new, truth).accuracy == right.mean()
        assert evaluate(model, new, truth).n == len(right)

    def test_bidirectional_knows_what_comes_after(self) -> None:
        x, _ = came_before(200)
        y = [np.array([*row[1:], 3])[: len(row)] for row in x]
        both, one = (SequenceClassifier(**STEPS | {"bidirectional": b}).fit(x, y).score(x, y) for b in (True, False))
        assert both > 0.95
        assert one < 0.7

    def test_a_given_network_says_by_its_shape_that_it_answers_every_time_step(self, tmp_path: Path) -> None:
        x, y = came_before(60)
        network = Network([Embedding(3, 4), LSTM(6, return_sequences=True), Dense(4, "softmax")])
        model = SequenceClassifier(network, epochs=2).fit(x, y)
        assert [len(row) for row in model.predict(x)] == [len(row) for row in x]
        model.save(tmp_path / "m")
        loaded = elman.load(tmp_path / "m")
        assert loaded.score(x, y) == model.score(x, y)

    def test_weights_of_rows_and_classes_count_at_every_time_step(self) -> None:
        """A network that sees nothing answers with the share of each label."""
        x, y = [np.zeros((4, 1))] * 2, [[0, 0, 0, 1], [1, 1, 1, 1]]
        settings: dict[str, Any] = {"layers": 0, "return_sequences": True, "epochs": 200, "learning_rate": 0.1}
        heavy = SequenceClassifier(**settings).fit(x, y, sample_weight=[3, 1]).predict_proba(x[:1])[0]
        assert heavy[:, 1] == pytest.approx([(3 * 1 + 1 * 4) / 16] * 4, abs=0.01)
        weighted = SequenceClassifier(**settings, class_weight={1: 9}).fit(x, y).predict_proba(x[:1])[0]
        assert weighted[:, 1] == pytest.approx([9 * 5 / (9 * 5 + 3)] * 4, abs=0.01)
        alone = SequenceClassifier(**settings).fit(x, y, sample_weight=[1, 0])
        assert (
            alone.predict_proba(x[:1])[0] == SequenceClassifier(**settings).fit(x[:1], y[:1]).predict_proba(x[:1])[0]
        ).all()

    @pytest.mark.parametrize(
        ("y", "settings", "message"),
        [
            ([[0, 1]], {}, "y must hold one array of labels a row, 2, got 1"),
            ([[0, 1], [0, 1]], {}, "y of row 0 must hold one label a time step"),
            ([0, 1], {}, "y of row 0 must hold one label a time step"),
            ("ab", {}, "y must be a list of arrays"),
            ([[0, 0, 0], [0, 0]], {}, "at least two classes"),
            ([[0, 1, 0.5], [0, 0]], {}, "Unknown label type"),
            ([[0, 1, 0], [0, 0]], {"go_backwards": True}, "return_sequences=True goes with go_backwards=False"),
            ([[0, 1, 0], [0, 0]], {"return_sequences": 1}, "return_sequences must be True or False"),
            ([[0, 1, 0], [0, 0]], {"truncation": 0}, "truncation must be a positive integer"),
            ([[0, 1, 0], [0, 0]], {"truncation": 2, "bidirectional": True}, "truncation reads rows in pieces"),
            ([0, 1], {"truncation": 2, "return_sequences": False}, "truncation=2 needs an output at every time step"),
        ],
    )
    def test_bad_labels_and_settings_are_refused(self, y: Any, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(InputError, match=message):
            SequenceClassifier(**QUICK | {"return_sequences": True} | settings).fit([[0, 1, 2], [0, 1]], y)

    def test_a_network_of_one_answer_a_row_does_not_answer_every_time_step(self) -> None:
        network = Network([Input(1), SimpleRNN(2), Dense(1, "sigmoid")])
        with pytest.raises(InputError, match="return_sequences=True needs a network"):
            SequenceClassifier(network, return_sequences=True).fit([[[0.0]], [[1.0]]], [[0], [1]])


class TestTruncation:
    def test_state_is_carried_over_the_cuts(self) -> None:
        """With pieces of one time step no derivative crosses a cut; what came before is in the state alone."""
        (x, y), (new, truth) = came_before(200), came_before(50, seed=1)
        model = SequenceClassifier(**STEPS | {"truncation": 1, "cell": "lstm", "units": 24, "epochs": 20}).fit(x, y)
        _, counts = np.unique(np.concatenate(truth), return_counts=True)
        guessing = counts.max() / counts.sum()  # the word at hand tells nothing of the one before
        assert guessing < 0.35
        assert model.score(new, truth) > 2 * guessing

    @pytest.mark.parametrize("cell", CELLS)
    def test_threads_change_no_bit(self, cell: str) -> None:
        x, y = came_before(70)
        settings = STEPS | {"cell": cell, "epochs": 2, "truncation": 3, "dropout": 0.2, "input_dropout": 0.1}
        one, two = (SequenceClassifier(**settings, threads=threads).fit(x, y).network_ for threads in (1, 2))
        assert all(one.parameters[name].tobytes() == two.parameters[name].tobytes() for name in one.parameters)


class TestStreaming:
    @pytest.mark.parametrize("cell", CELLS)
    def test_pieces_give_the_bits_of_the_whole(self, cell: str) -> None:
        x, y = came_before(40)
        model = SequenceClassifier(**STEPS | {"cell": cell, "epochs": 1, "units": (7, 5)}).fit(x, y)
        whole, end = model.predict_proba(x, return_state=True)
        first, state = model.predict_proba([row[:3] for row in x], return_state=True)
        state = State.from_bytes(state.to_bytes())
        rest, last = model.predict_proba([row[3:] for row in x], state=state, return_state=True)
        for a, b, c in zip(whole, first, rest, strict=True):
            assert (a == np.concatenate([b, c])).all()
        assert all((last.arrays[name] == value).all() for name, value in end.arrays.items())

    def test_a_text_word_by_word(self) -> None:
        data = order_reviews(60, 1)
        model = TextClassifier(cell="lstm", pooling="last", epochs=2).fit(data.texts, data.labels)
        state = None
        for word in data.texts[0].split():
            p, state = model.predict_proba([word], state=state, return_state=True)
        assert (p == model.predict_proba(data.texts[:1])).all()

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"pooling": "max"}, "layer pooling joins states of the whole row"),
            ({"pooling": "last", "bidirectional": True}, "layer bidirectional begins at the end"),
            ({"pooling": "last", "go_backwards": True}, "layer simple_rnn begins at the end"),
        ],
    )
    def test_networks_that_need_the_whole_row(self, settings: dict[str, Any], message: str) -> None:
        model = SequenceClassifier(**QUICK | settings).fit([[0, 1], [1, 0]], [0, 1])
        with pytest.raises(InputError, match=f"return_state reads rows in pieces, but {message}"):
            model.predict_proba([[0]], return_state=True)

    def test_a_state_of_other_rows_is_refused(self) -> None:
        model = SequenceClassifier(**QUICK, pooling="last").fit([[0, 1], [1, 0]], [0, 1])
        _, state = model.predict_proba([[0]], return_state=True)
        with pytest.raises(InputError, match="state must hold"):
            model.predict_proba([[0], [1]], state=state)


def test_training_that_breaks_keeps_the_weights_of_the_best_epoch() -> None:
    x, y = [[0, 1, 2], [2, 1, 0], [1, 1], [0, 2]] * 8, [0, 1, 1, 0] * 8
    kept: dict[str, Any] = {}

    def break_the_second_epoch(progress: Any) -> None:
        if progress.finished and progress.epoch == 1:
            network = model.network_
            kept.update({name: value.copy() for name, value in network.parameters.items()})
            network.parameters["gru/recurrent_kernel"][0, 0] = np.nan

    model = SequenceClassifier(
        cell="gru", weight_averaging=False, early_stopping=True, report=break_the_second_epoch, **QUICK | {"epochs": 5}
    )
    with pytest.raises(
        NonFiniteError, match=r"layer gru is not finite \(epoch 2, batch 1.*weights of epoch 1 are kept"
    ):
        model.fit(x, y)
    assert all((model.network_.parameters[name] == value).all() for name, value in kept.items())
    assert np.isfinite(model.predict_proba(x)).all()


GRID = list(itertools.product(CELLS, (False, True), ("last", "max", "mean", "attention")))


@pytest.mark.parametrize(("cell", "bidirectional", "pooling"), GRID, ids=lambda value: str(value))
def test_threads_change_no_byte_of_the_model(cell: str, bidirectional: bool, pooling: str, tmp_path: Path) -> None:
    data = order_reviews(90, 1)
    digests = set()
    for threads in (1, 2, 4):
        model = TextClassifier(
            cell=cell, bidirectional=bidirectional, pooling=pooling, units=(9, 6), embedding_dim=5, input_dropout=0.1,
            epochs=2, batch_size=40, learning_rate=0.01, early_stopping=True, threads=threads,
        )  # fmt: skip
        model.fit(data.texts, data.labels).save(tmp_path / "m")
        digests.add(hashlib.sha256((tmp_path / "m" / "model.safetensors").read_bytes()).hexdigest())
    assert len(digests) == 1
