"""The ledger of parameters, and what others count."""

from typing import Any

import numpy as np
import pytest

import elman
from elman.engine import GRU, LSTM, Bidirectional, Dense, Embedding, Network, OneHot, Pooling, SimpleRNN
from elman.errors import InputError, NotFittedError
from elman.inspection import parameter_ledger

LECTURE = ["movie was good", "movie was bad", "movie was not good"], ["good", "bad", "bad"]


def test_the_lectures_31_out_of_the_text_pipeline() -> None:
    model = elman.TextClassifier(encoder="one-hot", cell="simple-rnn", units=3, pooling="last", epochs=1).fit(*LECTURE)
    ledger = parameter_ledger(model)
    assert [term for line in ledger.lines for term in line.terms] == ["5*3", "3", "3*3", "3*1", "1"]
    assert [line.count for line in ledger.lines] == [18, 9, 4]
    assert (ledger.total, ledger.pytorch.count, ledger.onnx.count) == (31, 34, 34)
    assert "two biases: 3 more" in str(ledger)
    assert ledger.to_json()["pytorch"] == {"count": 34, "reason": ledger.pytorch.reason}


@pytest.mark.parametrize(
    ("layer", "more"),
    [
        (SimpleRNN(4), 4),
        (LSTM(4), 16),
        (GRU(4), 0),
        (GRU(4, reset_after=False), 12),
        (Bidirectional(LSTM(4)), 32),
        (Bidirectional(GRU(4)), 0),
    ],
)
def test_biases_of_others(layer: Any, more: int) -> None:
    ledger = parameter_ledger(Network([OneHot(6), layer, Dense(2, "softmax")]))
    width = 6 * layer.cell.gates if hasattr(layer, "cell") else None
    assert width is None or ledger.lines[0].terms[0] == f"6*{4 * layer.cell.gates}"
    assert ledger.pytorch.count - ledger.total == ledger.onnx.count - ledger.total == more
    assert (ledger.pytorch.reason == "the same") == (more == 0)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_gru_that_pytorch_does_not_have_is_named(wrapped: bool) -> None:
    layer = GRU(4, reset_after=False)
    ledger = parameter_ledger(Network([OneHot(6), Bidirectional(layer) if wrapped else layer, Dense(1, "sigmoid")]))
    assert ledger.pytorch.reason.endswith("more; nn.GRU resets after the product alone, and cannot hold this one")
    assert ledger.onnx.reason.endswith("more")


def pytorch_cell(gates: int, features: int, units: int, directions: int = 1) -> int:
    """Count the parameters of nn.RNN and its kin: weight_ih, weight_hh, bias_ih, bias_hh."""
    return directions * gates * units * (features + units + 2)


def test_counts_of_pytorch_add_up_from_its_own_shapes() -> None:
    network = Network(
        [Embedding(9, 5), Bidirectional(LSTM(4, return_sequences=True)), GRU(3), Dense(6, "tanh"), Dense(1, "sigmoid")]
    )
    wanted = 10 * 5 + pytorch_cell(4, 5, 4, 2) + pytorch_cell(3, 8, 3) + (3 * 6 + 6) + (6 + 1)
    assert parameter_ledger(network).pytorch.count == wanted


def test_onnx_stores_what_is_not_trained() -> None:
    network = Network([Embedding(9, 5, trainable=False), SimpleRNN(3), Dense(1, "sigmoid")])
    ledger = parameter_ledger(network)
    assert ledger.onnx.count == ledger.total + 3 + 50
    assert "50 more" in ledger.onnx.reason and "50" not in ledger.pytorch.reason


def test_models_of_each_kind() -> None:
    texts = ["a b c", "c b a"] * 3
    for model in (
        elman.TextGenerator(units=4, embedding_dim=4, epochs=1).fit(texts),
        elman.Tagger(units=4, embedding_dim=4, epochs=1).fit([["a", "b"]], [["X", "Y"]]),
        elman.TextClassifier(layers=0, embedding_dim=4, epochs=1).fit(texts, [0, 1] * 3),
        elman.Transducer(units=4, embedding_dim=4, epochs=1).fit(texts, texts),
    ):
        ledger = parameter_ledger(model)
        assert ledger.total == model.network_.count_params() == sum(line.count for line in ledger.lines)
        assert ledger.pytorch.count >= ledger.total
    both: Any = elman.Transducer(units=4, embedding_dim=4, epochs=1).fit(texts, texts).network_
    parts = [both.encoder, both.decoder]
    more = sum(layer.more_biases() for part in parts for layer in part.layers)
    assert more > 0 and parameter_ledger(both).pytorch.count == both.count_params() + more


def test_a_language_model_inside_is_stored_with_two_biases() -> None:
    model = elman.TextClassifier(encoder=elman.ELMo(units=4, epochs=1), units=4, epochs=1).fit(*LECTURE)
    ledger = parameter_ledger(model)
    stored = sum(value.size for value in model.network_.parameters.values())
    own = ledger.pytorch.count - ledger.total
    inside = ledger.onnx.count - stored - own
    assert (own, inside) == (4, 64)  # SimpleRNN's; of two LSTMs in both directions, four gates of four units each


def test_refuses_what_has_no_network() -> None:
    with pytest.raises(InputError, match="model must be"):
        parameter_ledger(np.zeros(3))
    with pytest.raises(NotFittedError):
        parameter_ledger(elman.TextClassifier())


def test_pooling_and_dense_alone_count_alike() -> None:
    ledger = parameter_ledger(Network([Embedding(9, 5), Pooling("attention"), Dense(1, "sigmoid")]))
    assert ledger.total == ledger.pytorch.count == ledger.onnx.count == 50 + 5 + 6
