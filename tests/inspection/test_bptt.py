"""The ledger of a training step: shares that add up to the engine's gradient, bit for bit."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.engine import GRU, LSTM, Bidirectional, Dense, Embedding, Network, OneHot, Pooling, SimpleRNN
from elman.errors import InputError
from elman.inspection import BPTTLedger, LayerLedger, bptt, trace

TEXTS, LABELS = ["movie was good", "movie was bad", "movie was not good"] * 4, ["good", "bad", "worse"] * 4
SMALL: dict[str, Any] = {"units": 4, "embedding_dim": 4, "epochs": 1}
CELLS: dict[str, Any] = {
    "simple_rnn": SimpleRNN,
    "lstm": LSTM,
    "gru": GRU,
    "reset_before": lambda units, **more: GRU(units, reset_after=False, **more),
}


def check_sums(ledger: BPTTLedger) -> None:
    """Shares, in the engine's order, are its gradient."""
    network = ledger.reading.network
    found = network.differentiate(ledger.reading.sequences, ledger.targets, backend="reference")
    assert ledger.loss == found.loss
    for layer in ledger.layers:
        for name, total in layer.added_up().items():
            assert (total == ledger.gradients[name]).all()
            assert (total == found.gradients[name]).all()
    for name, value in ledger.differences["float64"].items():
        assert value < 1e-12, name
    for name, value in ledger.differences["float32"].items():
        assert 0 <= value < 1e-2, name


@pytest.mark.parametrize("cell", ["simple-rnn", "lstm", "gru"])
@pytest.mark.parametrize(
    "more",
    [
        {"pooling": "last"},
        {"pooling": ("max", "mean"), "units": (4, 3)},
        {"bidirectional": True, "pooling": "attention", "hidden": 3},
        {"go_backwards": True, "pooling": "last"},
        {"encoder": "one-hot", "embedding_dim": 200},
    ],
    ids=["last", "stacked", "bidirectional", "backwards", "one-hot"],
)
def test_shares_are_the_gradient(cell: str, more: dict[str, Any]) -> None:
    model = elman.TextClassifier(**{**SMALL, "cell": cell, **more}).fit(TEXTS, LABELS)
    ledger = bptt(model, "movie zzz not good", "worse")
    check_sums(ledger)
    assert json.dumps(ledger.to_json(), allow_nan=False) and max(map(len, str(ledger).splitlines())) <= 80


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_taggers_and_generators(dtype: str) -> None:
    tagger = elman.Tagger(units=4, embedding_dim=4, epochs=1).fit([["a", "B"]], [["X", "Y"]])
    found = bptt(tagger, ["a", "c", "B"], ["X", "X", "Y"], dtype=dtype)
    assert found.layers[0].dh_above.any(axis=1).all()  # each word has a loss
    writer = elman.TextGenerator(units=4, embedding_dim=4, epochs=1).fit(TEXTS)
    written = bptt(writer, "movie was", dtype=dtype)
    assert [written.reading.answers[i] for i in written.targets] == ["movie", "was", "<eos>"]
    for ledger in (found, written):
        for layer in ledger.layers:
            for name, total in layer.added_up().items():
                assert (total == ledger.gradients[name]).all() and total.dtype == dtype
    with pytest.raises(InputError, match="learns the text itself"):
        bptt(writer, "movie was", "good")


@pytest.mark.parametrize("name", CELLS)
def test_signals_are_derivatives_by_states(name: str) -> None:
    """dL/dh_t is what moves the loss when the state after word t is moved: a text read on from a state shows it."""
    network = Network([OneHot(5), CELLS[name](3), Dense(1, "sigmoid")], dtype="float64", random_state=2)
    ids = [0, 1, 4, 2]
    (layer,) = bptt(network, ids, 1).layers
    for end in range(1, 4):
        _, state = network.predict([ids[:end]], return_state=True)
        found = network.differentiate([ids[end:]], [1], state=state).initial.arrays
        np.testing.assert_allclose(layer.dh[end - 1], found[f"{network.names[1]}/h"][0], rtol=1e-12)
        if layer.dc is not None:
            np.testing.assert_allclose(layer.dc[end - 1], found["lstm/c"][0], rtol=1e-12)
    start = network.differentiate([ids], [1]).initial.arrays[f"{network.names[1]}/h"][0]
    np.testing.assert_allclose(layer.dh_start, start, rtol=1e-12)
    assert (layer.norms == np.linalg.norm(layer.dh, axis=1)).all()
    assert not layer.dh_above[:-1].any() and (layer.dh_above[-1] == layer.dh[-1]).all()
    shares = list(layer.shares())
    assert [share.t for share in shares] == [3, 2, 1, 0]
    for share in shares:
        assert (share.bias.reshape(-1, layer.da.shape[1])[0] == layer.da[share.t]).all()
        for part, lengths in layer.share_norms.items():
            assert lengths[share.t] == pytest.approx(np.linalg.norm(getattr(share, part)))


def test_the_backward_direction_goes_back_to_the_last_word() -> None:
    network = Network([Embedding(5, 4), Bidirectional(LSTM(3)), Dense(1, "sigmoid")], dtype="float64")
    there, back = bptt(network, [0, 1, 4, 2], 0).layers
    assert [share.t for share in back.shares()] == [0, 1, 2, 3]
    assert there.dh_above.any(axis=1).tolist() == [False, False, False, True]
    assert back.dh_above.any(axis=1).tolist() == [True, False, False, False]
    assert (there.prefix, back.prefix) == ("bidirectional/forward_", "bidirectional/backward_")


@pytest.mark.parametrize("name", CELLS)
def test_a_layer_that_reads_from_the_end_mirrors_one_that_does_not(name: str) -> None:
    def ledger(row: list[int], **more: Any) -> LayerLedger:
        network = Network([OneHot(5), CELLS[name](3, **more), Dense(1, "sigmoid")], dtype="float64", random_state=1)
        return bptt(network, row, 1).layers[0]

    one, other = ledger([2, 4, 1, 0]), ledger([0, 1, 4, 2], go_backwards=True)
    mine, theirs = [*one.quantities(), *one.lengths()], [*other.quantities(), *other.lengths()]
    for (name, values), (also, mirrored) in zip(mine, theirs, strict=True):
        assert name == also and (values == mirrored[::-1]).all() and (values != mirrored).any(), name
    assert (one.dh_start == other.dh_start).all()


def test_pooling_gives_each_word_a_share() -> None:
    network = Network([Embedding(5, 4), LSTM(3, return_sequences=True), Pooling("mean"), Dense(1, "sigmoid")])
    (layer,) = bptt(network, [0, 1, 4, 2], 0).layers
    assert layer.dh_above.any(axis=1).all() and (layer.dh_above[0] == layer.dh_above[3]).all()


def test_vanishing_and_what_holds_it() -> None:
    """A SimpleRNN loses the signal over a long text; an LSTM whose gates stand open keeps it."""
    long = [int(i) for i in np.random.default_rng(0).integers(0, 5, 100)]
    first = {}
    for cell in (SimpleRNN(8, recurrent_gain=0.5), LSTM(8)):
        network = Network([OneHot(5), cell, Dense(1, "sigmoid")])
        for name, value in network.parameters.items():
            if name == "lstm/bias":
                value[8:16] = 5.0
        (layer,) = bptt(network, long, 1).layers
        first[layer.kind] = layer.norms[0] / layer.norms[-1]
        if layer.dc is not None:
            first["cell"] = np.linalg.norm(layer.dc[0]) / np.linalg.norm(layer.dc[-2])
    assert first["SimpleRNN"] < 1e-20 and first["LSTM"] > 1e-3 and first["cell"] > 0.05


def test_clipping() -> None:
    model = elman.TextClassifier(**SMALL).fit(TEXTS, LABELS)
    ledger = bptt(model, "movie was good", "worse")
    assert ledger.clip_norm == model.clip_norm
    struck = bptt(model, "movie was good", "worse", clip_norm=ledger.norm / 4)
    assert struck.struck and struck.scale == pytest.approx(0.25) and "clipped to" in str(struck)
    assert all((struck.clipped[name] == value * struck.scale).all() for name, value in struck.gradients.items())
    free = bptt(model, "movie was good", "worse", clip_norm=None)
    assert not free.struck and free.scale == 1 and "nothing is clipped" in str(free)
    assert "did not strike" in str(bptt(model, "movie was good", "worse", clip_norm=1e9))


def test_any_weight_is_checked_on_demand() -> None:
    model = elman.TextClassifier(**SMALL, cell="gru").fit(TEXTS, LABELS)
    ledger = bptt(model, "movie was good", "worse")
    before = {name: value.copy() for name, value in ledger.reading.network.parameters.items()}
    for name, gradient in ledger.gradients.items():
        place = np.unravel_index(int(np.abs(gradient).argmax()), gradient.shape)
        found = ledger.check(name, tuple(int(i) for i in place))
        assert found.relative_error < 1e-6 and found.analytic == gradient[place]
    assert all((value == before[name]).all() for name, value in ledger.reading.network.parameters.items())
    for name, index, message in [
        ("gru/nothing", (0, 0), "name must be one of"),
        ("gru/kernel", (0, 99), "index must be"),
        ("gru/kernel", 0, "index must be"),
        ("gru/kernel", (-1, 0), "index must be"),
    ]:
        with pytest.raises(InputError, match=message):
            ledger.check(name, index)
    with pytest.raises(InputError, match="step must be"):
        ledger.check("dense/bias", 0, step=0)
    with pytest.raises(InputError, match="float64"):
        bptt(model, "movie", "good", dtype="float32").check("dense/bias", 0)


def test_an_empty_text_moves_the_output_alone() -> None:
    ledger = bptt(elman.TextClassifier(**SMALL).fit(TEXTS, LABELS), "", "good")
    (layer,) = ledger.layers
    assert layer.norms.shape == (0,) and layer.dh.shape == (0, 4) and str(ledger)
    assert not any(total.any() for total in layer.added_up().values())


def test_it_reads_as_the_trace_does() -> None:
    model = elman.TextClassifier(encoder=elman.Doc2Vec(dimensions=4, epochs=1), **SMALL).fit(TEXTS, LABELS)
    reading = bptt(model, "movie was", "good").reading
    assert reading.as_a_whole and reading.by_token and reading.network.dtype == np.float64


@pytest.mark.parametrize("name", ["gru", "reset_before"])
def test_shares_of_a_candidate_are_of_the_reset_state(name: str) -> None:
    network = Network([OneHot(5), CELLS[name](3), Dense(1, "sigmoid")], dtype="float64", random_state=2)
    (layer,), (seen,) = bptt(network, [0, 1, 4, 2], 1).layers, trace(network, [0, 1, 4, 2]).layers
    for share in layer.shares():
        r, h_prev, da = seen.gates["r"][share.t], seen.h_prev[share.t], layer.da[share.t, 6:]
        wanted = np.outer(h_prev, r * da) if name == "gru" else np.outer(r * h_prev, da)
        np.testing.assert_allclose(share.recurrent_kernel[:, 6:], wanted, rtol=1e-12)


def test_labels() -> None:
    model = elman.TextClassifier(**SMALL).fit(TEXTS, LABELS)
    numbers = elman.SequenceClassifier(units=3, epochs=1).fit([[0, 1], [1, 1]], [3, 7])
    assert bptt(numbers, [0, 1], 7).targets.tolist() == [1]
    values = Network([OneHot(5), SimpleRNN(3), Dense(2)])
    assert bptt(values, [0, 1], [[0.5, 1.0]]).loss > 0
    tagger = elman.Tagger(units=4, embedding_dim=4, epochs=1).fit([["a", "B"]], [["X", "Y"]])
    for of, text, label, message in [
        (model, "movie", None, "label is missing"),
        (model, "movie", "zzz", r"one of 'bad', 'good', 'worse', got 'zzz'"),
        (numbers, [0, 1], 5, "one of 3, 7"),
        (tagger, "a b", ["X"], "must be 2 labels"),
        (tagger, "a b", "X", "must be a list"),
        (tagger, "", [], "no words"),
        (values, [0, 1], "x", "finite numbers"),
        (Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")]), [0, 1], 2, "from 0 to 1"),
    ]:
        with pytest.raises(InputError, match=message):
            bptt(of, text, label)
    for more in ({"dtype": "int"}, {"clip_norm": 0}, {"clip_norm": "x"}, {"clip_norm": True}):
        with pytest.raises(InputError, match="must be"):
            bptt(model, "movie", "good", **more)  # type: ignore[arg-type]


def test_rows_and_csv(tmp_path: Path) -> None:
    ledger = bptt(Network([OneHot(5), LSTM(3), Dense(1, "sigmoid")]), [0, 1, 4], 1)
    rows = list(ledger.to_rows())
    (layer,) = ledger.layers
    assert len(rows) == 3 * (3 * 3 + 12) + 4 * 3
    by_place = {(row.step, row.quantity, row.unit): row.value for row in rows}
    assert by_place[2, "dL/dh_t", 3] == layer.dh[1, 2]
    assert by_place[3, "|share of kernel|", ""] == layer.share_norms["kernel"][2]
    ledger.write_csv(tmp_path / "b.csv")
    with open(tmp_path / "b.csv", newline="") as file:
        assert [float(row["value"]) for row in csv.DictReader(file)] == [row.value for row in rows]
