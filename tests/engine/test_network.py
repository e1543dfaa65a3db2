import copy
import json
import pickle

import numpy as np
import pytest

from elman.engine import (
    GRU,
    LSTM,
    AdaptiveSoftmax,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    Input,
    Network,
    OneHot,
    Pooling,
    SimpleRNN,
    Softmax,
)
from elman.engine.gradcheck import check_network, numeric_gradient, relative_error
from elman.engine.layers import LAYERS, Layer
from elman.engine.optimizers import SGD
from elman.engine.row_gradient import RowGradient
from elman.errors import InputError
from elman.sequences import Sequences

IDS = [[0, 1, 2], [0, 1, 3], [0, 1, 4, 2]]
RAGGED = [
    np.random.default_rng(n).integers(0, 8, n) for n in (5, 1, 0, 7, 3, 3, 12, 2, 9, 4, 6, 1, 2, 3, 4, 5, 6, 7, 8)
]

STACKS: dict[str, list[Layer]] = {
    "one_hot_last": [OneHot(7, word_dropout=0.2), SimpleRNN(4, initial_state="random"), Dense(1, "sigmoid")],
    "given_state": [Embedding(7, 5), SimpleRNN(3, initial_state=(0.5, -0.2, 0.9)), Dense(3, "softmax")],
    "stacked_pooled": [
        Embedding(7, 5, word_dropout=0.2),
        SimpleRNN(4, return_sequences=True),
        SimpleRNN(3, return_sequences=True),
        Pooling(("last", "max", "mean")),
        Dropout(0.3),
        Dense(5, "tanh"),
        Dense(3, "softmax"),
    ],
    "lstm": [Embedding(7, 5), LSTM(4, return_sequences=True), LSTM(3, initial_state="random"), Dense(3, "softmax")],
    "gru": [OneHot(7), GRU(4, return_sequences=True), GRU(3, initial_state=(0.1, 0.2, 0.3)), Dense(1, "sigmoid")],
    "both_ways": [
        Embedding(7, 5),
        Dropout(0.3),
        Bidirectional(GRU(3, return_sequences=True, reset_after=False, initial_state="learned")),
        Dropout(0.3, shared=True),
        Bidirectional(LSTM(4, initial_state="learned"), merge="mul"),
        Dense(1, "sigmoid"),
    ],
    "attention": [
        Embedding(7, 5),
        Bidirectional(SimpleRNN(3, return_sequences=True, activation="relu"), merge="ave"),
        LSTM(4, return_sequences=True, go_backwards=True),
        Bidirectional(GRU(4, return_sequences=True), merge="sum"),
        Pooling(("attention", "max")),
        Dense(3, "softmax"),
    ],
    "apart": [
        Embedding(7, 6),
        Bidirectional(LSTM(3, return_sequences=True), apart=True, residual=True),
        Dropout(0.3),
        Bidirectional(GRU(3, return_sequences=True), residual=True),
        Bidirectional(SimpleRNN(4), apart=True),
        Dense(3, "softmax"),
    ],
    "without_memory": [Embedding(7, 5), Pooling("mean"), Dense(4, "tanh"), Dense(2, "sigmoid"), Dense(3, "softmax")],
    "words": [Embedding(7, 5), SimpleRNN(4), Softmax(9)],
    "tied": [Embedding(7, 5), GRU(5), Dropout(0.3), Softmax(8, tied=True)],
    "tied_and_sampled": [Embedding(7, 5, word_dropout=0.2), SimpleRNN(5), Softmax(8, tied=True, samples=4)],
    "adaptive": [Embedding(7, 5), SimpleRNN(4), AdaptiveSoftmax(9, (2, 5), factor=2)],
}


def lecture(**settings: object) -> Network:
    return Network([OneHot(5), SimpleRNN(3), Dense(1, activation="sigmoid")], **settings)  # type: ignore[arg-type]


def _as_float64(parameters: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: value.astype(np.float64) for name, value in parameters.items()}


class TestLedger:
    def test_lecture_has_31_parameters(self) -> None:
        network = lecture()
        assert network.count_params() == 31
        assert sum(p.size for p in network.parameters.values()) == 31
        assert [str(line) for line in network.ledger()] == [
            "5*3 + 3 = 18 between input and hidden layer",
            "3*3 = 9 in the feedback loop",
            "3*1 + 1 = 4 to the output",
        ]

    def test_summary_prints_each_term(self, capsys: pytest.CaptureFixture[str]) -> None:
        lecture().summary()
        summary = capsys.readouterr().out
        assert summary == f"{lecture()}\n"
        for part in ("5*3 + 3 = 18", "3*3 = 9", "3*1 + 1 = 4", "31 parameters", "simple_rnn"):
            assert part in summary

    @pytest.mark.parametrize("stack", STACKS)
    def test_ledger_adds_up_to_the_weights_that_are_trained(self, stack: str) -> None:
        network = Network(STACKS[stack])
        learned = stack == "both_ways"
        fixed = [name for name in network.parameters if "initial_" in name and not learned]
        weights = sum(p.size for name, p in network.parameters.items() if name not in fixed)
        assert network.count_params() == weights


def test_gated_layers_have_keras_number_of_parameters() -> None:
    for layer, gates, biases in ((LSTM(3), 4, 1), (GRU(3), 3, 2)):
        network = Network([Input(5), layer, Dense(1, "sigmoid")])
        assert network.count_params() == gates * (5 * 3 + 3 * 3 + biases * 3) + 4


def test_each_gate_of_a_recurrent_kernel_starts_orthogonal_by_itself() -> None:
    kernel = Network([Input(5), LSTM(6), Dense(1)], dtype="float64").parameters["lstm/recurrent_kernel"]
    for block in np.split(kernel, 4, axis=1):
        np.testing.assert_allclose(block @ block.T, np.eye(6), atol=1e-14)


def test_forget_gates_begin_open() -> None:
    bias = Network([Input(5), LSTM(2), Dense(1)]).parameters["lstm/bias"]
    assert bias.tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


def enlarge(network: Network) -> None:
    """Make what flows large, so that no gradient is lost in the rounding of a loss that is near 1."""
    for name, value in network.parameters.items():
        if name.endswith("embeddings"):
            value *= 20
        elif name.endswith("kernel") and not name.endswith("recurrent_kernel"):
            value *= 3


class TestGradients:
    @pytest.mark.parametrize("backend", ["kernel", "reference"])
    @pytest.mark.parametrize("stack", STACKS)
    def test_agree_with_finite_differences(self, stack: str, backend: str) -> None:
        network = Network(STACKS[stack], random_state=3, dtype="float64")
        enlarge(network)
        if "pooling/attention" in network.parameters:
            network.parameters["pooling/attention"][:, 0] = np.linspace(-2, 2, 4)  # zeros would hide a term
        classes = max(2, network.shapes[-1].features or 0)
        rows = RAGGED if backend == "kernel" else RAGGED[:4]  # more than a shard; the readable one takes its time
        targets = np.arange(len(rows)) % classes
        errors = check_network(network, rows, targets, backend, noise=5)
        assert set(errors) >= {name for name in network.parameters if "initial_" not in name}
        assert max(errors.values()) < 1e-7, errors

    @pytest.mark.parametrize("stack", STACKS)
    def test_reference_and_kernels_agree(self, stack: str) -> None:
        network = Network(STACKS[stack], dtype="float64")
        sequences = network.accept(RAGGED)
        targets, weights = np.arange(len(RAGGED)) % 2, np.full(len(RAGGED), 0.1)
        results = [
            network.loss_and_gradients(network.shards(sequences), targets, weights, 7, backend=backend)
            for backend in ("kernel", "reference")
        ]
        assert results[0][0] == pytest.approx(results[1][0], rel=1e-12)
        for name, value in network.parameters.items():
            if name in results[0][1]:
                a, b = (r[1][name] for r in results)
                a, b = (g.dense(value.shape) if isinstance(g, RowGradient) else g for g in (a, b))
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-13, err_msg=name)

    def test_finite_differences_refuse_float32(self) -> None:
        with pytest.raises(InputError, match="float64"):
            numeric_gradient(lambda: 0.0, np.zeros(2, np.float32))


def test_going_back_takes_derivatives_of_any_precision() -> None:
    network = Network(STACKS["lstm"])
    shard, steps = network.shards(network.accept(RAGGED[:9]))[0], network.begin()
    found = []
    for dtype in ("float32", "float64"):
        x, tapes = network.forward(shard, steps)
        _, head, weights, _ = steps[-1]
        logits = head.logits(weights, x)  # type: ignore[attr-defined]
        back = head._backward_from_logits(weights, np.ones_like(logits, dtype), x)  # type: ignore[attr-defined]
        found.append(network.backward(back, tapes, shard, steps).gradients)
    for name in ("dense/kernel", "lstm/kernel", "lstm_1/recurrent_kernel"):
        assert found[1][name].dtype == np.float32
        assert (found[0][name] == found[1][name]).all()


class TestPredict:
    def test_takes_every_form_of_sequence_with_one_result(self) -> None:
        network, eye = lecture(), np.eye(5)
        expected = network.predict(IDS)
        dense = np.zeros((3, 4, 5))
        ids = np.zeros((3, 4), int)
        mask = np.zeros((3, 4), bool)
        for i, row in enumerate(IDS):
            dense[i, : len(row)], ids[i, : len(row)], mask[i, : len(row)] = eye[row], row, True
        lengths = [3, 3, 4]
        for got in (
            network.predict(Sequences.from_rows(IDS)),
            network.predict([eye[row] for row in IDS]),
            network.predict(dense, lengths=lengths),
            network.predict(dense, mask=mask),
            network.predict(ids, lengths=lengths),
        ):
            assert (got == expected).all()

    def test_mask_in_the_middle_skips_time_steps(self) -> None:
        network = lecture()
        mask = np.array([[True, False, True, True]])
        assert (network.predict(np.array([[0, 3, 1, 2]]), mask=mask) == network.predict([[0, 1, 2]])).all()

    def test_unknown_word_is_the_zero_vector(self) -> None:
        network = lecture()
        assert (
            network.predict([[0, 5, 2]]) == network.predict([np.array([np.eye(5)[0], np.zeros(5), np.eye(5)[2]])])
        ).all()

    def test_empty_row_ends_in_its_initial_state(self) -> None:
        network = Network(
            [OneHot(5), SimpleRNN(3, initial_state=(1.0, 2.0, 3.0)), Dense(1, "sigmoid")], dtype="float64"
        )
        logit = np.array([1.0, 2.0, 3.0]) @ network.parameters["dense/kernel"][:, 0]
        assert network.predict([[]])[0, 0] == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-14)
        assert lecture().predict([[], []]).tolist() == [[0.5], [0.5]]

    def test_no_rows_give_no_rows(self) -> None:
        assert lecture().predict([]).shape == (0, 1)

    def test_initial_state_matters(self) -> None:
        plain = lecture(random_state=1).predict(IDS)
        random = Network([OneHot(5), SimpleRNN(3, initial_state="random"), Dense(1, "sigmoid")], random_state=1)
        assert (plain != random.predict(IDS)).all()

    def test_softmax_rows_are_probabilities(self) -> None:
        p = Network(STACKS["stacked_pooled"]).predict(RAGGED)
        assert p.shape == (len(RAGGED), 3)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
        assert (p > 0).all()


class TestFrozen:
    def test_copies_are_not_frozen(self) -> None:
        frozen = Network([Embedding(5, 4), LSTM(3), Dense(1, "sigmoid")]).freeze()
        expected = frozen.predict(IDS)
        for copied in (copy.copy(frozen), copy.deepcopy(frozen), pickle.loads(pickle.dumps(frozen))):
            assert (copied.predict(IDS) == expected).all()
            copied.parameters["dense/bias"] += 1
            assert (copied.predict(IDS) != expected).all()
            assert (frozen.predict(IDS) == expected).all()

    def test_is_not_trained(self) -> None:
        frozen = Network([Embedding(5, 4), LSTM(3), Dense(1, "sigmoid")]).freeze()
        gradients = frozen.differentiate(IDS, [0, 1, 1]).gradients
        with pytest.raises(InputError, match="is read-only, as a frozen network's are: train the network"):
            SGD(0.1).update(frozen.parameters, gradients)


class TestConfig:
    def test_numbers_of_numpy_are_written_as_json(self) -> None:
        layers = [Embedding(np.int64(5), 4), GRU(np.int32(3), reset_after=np.bool_(False)), Dense(np.uint8(1))]
        config = json.loads(json.dumps(Network(layers).to_config()))
        assert config == Network([Embedding(5, 4), GRU(3, reset_after=False), Dense(1)]).to_config()

    @pytest.mark.parametrize("stack", ["lstm", "both_ways", "attention"])
    @pytest.mark.parametrize("backend", ["kernel", "reference"])
    def test_float32_stays_float32(self, stack: str, backend: str) -> None:
        network, targets = Network(STACKS[stack]), np.zeros(len(RAGGED), int)
        exact = Network(STACKS[stack], dtype="float64", parameters=_as_float64(network.parameters))
        d, expected = (n.differentiate(RAGGED, targets, backend=backend) for n in (network, exact))
        for name, gradient in d.gradients.items():
            values, exact_values = (
                g.values if isinstance(g, RowGradient) else g for g in (gradient, expected.gradients[name])
            )
            assert values.dtype == np.float32
            assert relative_error(values, exact_values) < 1e-4

    @pytest.mark.parametrize("stack", STACKS)
    def test_round_trip_gives_the_same_network(self, stack: str) -> None:
        network = Network(STACKS[stack], random_state=9)
        again = Network.from_config(network.to_config(), network.parameters)
        assert again.layers == network.layers
        assert (again.predict(RAGGED) == network.predict(RAGGED)).all()

    def test_every_layer_can_be_named(self) -> None:
        assert set(LAYERS) == {
            "AdaptiveSoftmax",
            "BagOfWords",
            "Beside",
            "Bidirectional",
            "BidirectionalSoftmax",
            "CharacterConvolution",
            "ContextualEmbedding",
            "CrossAttention",
            "Dense",
            "Dropout",
            "Embedding",
            "GRU",
            "Input",
            "LSTM",
            "OneHot",
            "Pooling",
            "SideBySide",
            "SimpleRNN",
            "Softmax",
            "SubwordEmbedding",
        }

    def test_weights_that_do_not_fit_are_refused(self) -> None:
        network = lecture()
        with pytest.raises(InputError, match="missing"):
            Network.from_config(network.to_config(), {})
        with pytest.raises(InputError, match=r"\(5, 3\)"):
            Network.from_config(network.to_config(), network.parameters | {"simple_rnn/kernel": np.zeros((3, 5), "f")})
        with pytest.raises(InputError, match="called 'Foo'"):
            Network.from_config({"layers": [{"class": "Foo"}], "dtype": "float32"}, {})
        with pytest.raises(InputError, match=r"layers\[0\]"):
            Network.from_config({"layers": [{"class": "OneHot", "size": 5}], "dtype": "float32"}, {})


BAD_LAYERS = {
    "no layers": ([], "needs a first layer"),
    "no first layer": ([SimpleRNN(3), Dense(1)], "must be one of BagOfWords, CharacterConvolution, Con"),
    "first layer twice": ([OneHot(5), OneHot(5), Dense(1)], "may only be"),
    "no Dense": ([OneHot(5), SimpleRNN(3)], "as its last one, Dense"),
    "not a layer": ([OneHot(5), 3, Dense(1)], r"layers\[1\] must be a layer"),
    "recurrent on vectors": ([OneHot(5), SimpleRNN(3), SimpleRNN(3), Dense(1)], "return_sequences=True"),
    "pooling on vectors": ([OneHot(5), SimpleRNN(3), Pooling(), Dense(1)], "return_sequences=True"),
    "softmax inside": ([OneHot(5), SimpleRNN(3), Dense(3, "softmax"), Dense(1)], "only be the last"),
}


@pytest.mark.parametrize("name", BAD_LAYERS)
def test_layers_that_do_not_fit_are_refused(name: str) -> None:
    layers, message = BAD_LAYERS[name]
    with pytest.raises(InputError, match=message):
        Network(layers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SimpleRNN(0), "units must be a positive integer, got 0"),
        (lambda: SimpleRNN(True), "units must be a positive integer, got True"),
        (lambda: SimpleRNN(3, initial_state="ones"), "random, zeros"),
        (lambda: GRU(3, reset_after="no"), "reset_after must be True or False, got 'no'"),
        (lambda: GRU(3, reset_after=np.zeros(0, bool)), "reset_after must be True or False"),
        (
            lambda: Network([OneHot(5), GRU(3, recurrent_gain=1e300), Dense(1)]),
            "weights gru/recurrent_kernel would begin",
        ),
        (lambda: Network([OneHot(5), GRU(1, initial_state=(-1e99,)), Dense(1)]), "would begin at -1e"),
        (lambda: SimpleRNN(3, initial_state=(1.0,)), "3 finite numbers"),
        (lambda: Dense(2, "swish"), "activation must be one of"),
        (lambda: Embedding(5, 2, word_dropout=1.0), "word_dropout must be a number from 0"),
        (lambda: Dropout(-0.1), "rate"),
        (lambda: Pooling(()), "kinds must name"),
        (lambda: Pooling(("max", "max")), "each once"),
        (lambda: Pooling("median"), "kinds must be one of"),
        (lambda: Network([OneHot(5), SimpleRNN(3), Dense(1)], dtype="float16"), "dtype must be"),
    ],
)
def test_bad_settings_are_refused(make: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[0, 6]], "ids must be 0 to 4, or 5 for an unknown word, got 6"),
        ([[-1]], "padding has no id"),
        ([np.ones((3, 4))], "vectors of width 4"),
        ([np.full((3, 5), 0.2)], "begin the network with Input"),
        ("good movie", "got str"),
        (7, "got int"),
    ],
)
def test_input_that_does_not_fit_is_refused(x: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        lecture().predict(x)


def test_numeric_input_checks_its_width() -> None:
    network = Network([Input(2), SimpleRNN(3), Dense(1, "sigmoid")])
    assert network.predict([np.ones((4, 2)), np.ones((1, 2)), []]).shape == (3, 1)
    with pytest.raises(InputError, match="got 3 features"):
        network.predict([np.ones((4, 3))])
    with pytest.raises(InputError, match="got ids"):
        network.predict([[1, 2]])


def test_same_seed_same_weights_other_seed_others() -> None:
    a, b, c = lecture(random_state=1), lecture(random_state=1), lecture(random_state=2)
    for name in a.parameters:
        assert (a.parameters[name] == b.parameters[name]).all()
    assert (a.parameters["simple_rnn/kernel"] != c.parameters["simple_rnn/kernel"]).all()
