"""The trace of a text: the engine's own numbers, on every kind of model and text."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

import elman
from elman.engine import GRU, LSTM, BagOfWords, Bidirectional, Dense, Input, Network, OneHot, SimpleRNN, Softmax
from elman.engine.layers._inputs import OneHotRows
from elman.errors import DataError, InputError
from elman.inspection import Trace, attribute, bptt, running, trace
from elman.inspection.tables import cell, shown

TEXTS, LABELS = ["movie was good", "movie was bad", "movie was not good"] * 4, ["good", "bad", "bad"] * 4
SMALL: dict[str, Any] = {"units": 4, "epochs": 1}
MODELS: dict[str, dict[str, Any]] = {
    "max": {"embedding_dim": 4},
    "one-hot": {"encoder": "one-hot", "cell": "simple-rnn", "pooling": "last"},
    "bidirectional": {"embedding_dim": 4, "cell": "gru", "bidirectional": True, "units": (4, 3)},
    "backwards": {"embedding_dim": 4, "cell": "lstm", "go_backwards": True, "pooling": "last", "hidden": 3},
    "attention": {"embedding_dim": 4, "cell": "gru", "reset_after": False, "pooling": ("attention", "last")},
    "tfidf": {"encoder": "tfidf"},
    "doc2vec": {"encoder": elman.Doc2Vec(dimensions=4, epochs=1), "embedding_dim": 4},
    "no memory": {"embedding_dim": 4, "layers": 0, "units": 128},
}
STRANGE = ["good", "", "Movie was horribly GOOD!", "zzz 🙂 movie", "موفي was", "good " * 40]


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    return {name: elman.TextClassifier(**{**SMALL, **more}).fit(TEXTS, LABELS) for name, more in MODELS.items()}


@pytest.fixture(scope="module")
def elmo() -> Any:
    return elman.TextClassifier(encoder=elman.ELMo(units=4, epochs=1), **SMALL).fit(TEXTS, LABELS)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("text", STRANGE)
def test_it_ends_with_the_answer(models: dict[str, Any], name: str, text: str) -> None:
    model = models[name]
    found = trace(model, text)
    assert found.running is not None and len(found.running) == len(found.reading.tokens)
    if found.reading.tokens:
        assert (found.running[-1] == model.predict_proba([text])[0]).all()
    for layer in found.layers:
        assert len(layer.h) == len(layer.x) == len(found.reading.tokens)
    assert found.table() and json.dumps(found.to_json(), allow_nan=False)


@pytest.mark.parametrize("name", MODELS)
def test_each_beginning_is_answered_as_a_text(models: dict[str, Any], name: str) -> None:
    model, text = models[name], "movie was not good zzz"
    beginnings = [" ".join(text.split()[:end]) for end in range(1, 6)]
    assert (trace(model, text).running == model.predict_proba(beginnings)).all()


def test_beginnings_in_pieces(elmo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "AT_ONCE", 5)
    text = "movie was not good zzz good"
    beginnings = [" ".join(text.split()[:end]) for end in range(1, 7)]
    assert (trace(elmo, text).running == elmo.predict_proba(beginnings)).all()


@pytest.mark.parametrize("cell", [SimpleRNN, LSTM, GRU])
def test_states_are_the_networks_own(cell: Any) -> None:
    network = Network([OneHot(5), cell(3), Dense(1, "sigmoid")])
    found = trace(network, [0, 1, 4, 2], tokens=["movie", "was", "not", "good"])
    (layer,) = found.layers
    for end in range(1, 5):
        _, state = network.predict([[0, 1, 4, 2][:end]], return_state=True)
        assert (layer.h[end - 1] == state.arrays[f"{network.names[1]}/h"][0]).all()
        if layer.c is not None:
            assert (layer.c[end - 1] == state.arrays["lstm/c"][0]).all()
    assert layer.kind == cell.__name__ and set(layer.gates) == set({"LSTM": "ifgo", "GRU": "rzn"}.get(layer.kind, ""))
    assert (layer.x == np.eye(5)[[0, 1, 4, 2]]).all()
    assert (layer.from_input == layer.weights.W_xh[[0, 1, 4, 2]]).all()


def test_backward_rows_stand_beside_their_words() -> None:
    network = Network([OneHot(5), Bidirectional(SimpleRNN(3)), Dense(1, "sigmoid")])
    there, back = trace(network, [0, 1, 2]).layers
    mirrored = trace(network, [2, 1, 0]).layers[1]
    assert (there.direction, back.direction, back.step) == ("forward", "backward", -1)
    assert (back.x == there.x).all()
    assert (back.h_prev[:-1] == back.h[1:]).all() and not back.h_prev[-1].any()
    assert (mirrored.h[0] != back.h[0]).any()


@pytest.mark.parametrize("cell", [SimpleRNN, LSTM, GRU])
def test_a_layer_that_reads_from_the_end_mirrors_one_that_does_not(cell: Any) -> None:
    ahead = Network([OneHot(5), cell(3), Dense(1, "sigmoid")], dtype="float64", random_state=1)
    back = Network([OneHot(5), cell(3, go_backwards=True), Dense(1, "sigmoid")], dtype="float64", random_state=1)
    (one,), (other,) = trace(ahead, [2, 4, 1, 0]).layers, trace(back, [0, 1, 4, 2]).layers
    pairs = list(zip(one.quantities(), other.quantities(), strict=True))
    assert len(pairs) == {"SimpleRNN": 5, "LSTM": 19, "GRU": 14}[one.kind]
    for (name, values), (also, mirrored) in [*pairs, (("", one.h_prev), ("", other.h_prev))]:
        assert name == also and (values == mirrored[::-1]).all() and (values != mirrored).any(), name


def test_a_tagger_answers_at_each_word() -> None:
    model = elman.Tagger(units=4, embedding_dim=4, epochs=1).fit([["a", "B"]], [["X", "Y"]])
    found = trace(model, ["a", "c", "B"])
    assert (found.running == model.predict_proba([["a", "c", "B"]])[0]).all()
    assert "answers at each word" in str(found)


@pytest.mark.parametrize("at_once", [2**22, 1])
def test_a_generator_expects_words(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LOGITS_AT_ONCE", at_once)
    model = elman.TextGenerator(units=4, embedding_dim=4, epochs=1).fit(TEXTS)
    found = trace(model, "movie was zzz")
    assert found.running is None and found.next_words is not None
    p = model.network_.predict(found.reading.sequences).values
    ids = found.reading.sequences.values
    assert (found.next_words.probabilities[:-1] == p[np.arange(3), ids[1:]]).all()
    assert np.isnan(found.next_words.probabilities[-1])
    assert (found.next_words.of_likeliest[:, 0] == p.max(axis=1)).all()
    assert found.to_json()["next_word"][-1] is None
    assert "the next word" in str(found)


def test_the_likeliest_words_are_those_of_a_whole_sort() -> None:
    p = np.random.default_rng(0).integers(0, 6, (200, 9)) / 5  # many are equal
    for few in (1, 3, 9):
        assert (running._first(p, few) == (-p).argsort(axis=1, kind="stable")[:, :few]).all()


def writer(*layers: Any, words: int = 5) -> Network:
    return Network([OneHot(5), *layers, Softmax(words)], random_state=1)


def test_a_language_network_of_any_row() -> None:
    network = writer(LSTM(3, return_sequences=True))
    for row in ([0, 5], [5, 0], [5], []):
        found = trace(network, row)
        words = found.next_words
        assert words is not None and words.probabilities.shape == (len(row),) and found.table()
        assert words.likeliest.shape == words.of_likeliest.shape == (len(row), 3)
        assert json.dumps(found.to_json(), allow_nan=False)
    words = trace(network, [5, 0, 5, 1]).next_words
    assert words is not None and np.isnan(words.probabilities).tolist() == [False, True, False, True]
    assert words.probabilities[0] == network.predict([[5]]).values[0, 0]


def test_refuses_next_words_that_have_been_read() -> None:
    back = LSTM(3, return_sequences=True, go_backwards=True)
    for layers in ([Bidirectional(LSTM(3, return_sequences=True))], [back, back]):
        with pytest.raises(InputError, match="has read the next word before it is predicted"):
            trace(writer(*layers), [0, 1, 2])


def test_refuses_answers_in_another_order_than_the_words() -> None:
    layer, message = SimpleRNN(3, return_sequences=True, go_backwards=True), "from the last word to the first"
    network = Network([OneHot(5), layer, Dense(1, "sigmoid")])
    for refused in (
        lambda: trace(network, [0, 1, 4, 2]),
        lambda: trace(writer(layer), [0, 1]),
        lambda: bptt(network, [0, 1], [1, 0]),
        lambda: attribute(network, [0, 1], position=0),
    ):
        with pytest.raises(InputError, match=message):
            refused()
    turned_twice = Network([OneHot(5), layer, layer, Dense(1, "sigmoid")], random_state=1)
    found = trace(turned_twice, [0, 1, 4, 2])
    answers = found.layers[1].h @ turned_twice.parameters["dense/kernel"] + turned_twice.parameters["dense/bias"]
    np.testing.assert_allclose(found.running[:, 1], 1 / (1 + np.exp(-answers[:, 0])), rtol=1e-5)  # type: ignore[index]


def test_refuses_next_words_of_vectors() -> None:
    with pytest.raises(InputError, match="reads no ids"):
        trace(Network([Input(3), LSTM(3, return_sequences=True), Softmax(5)]), np.eye(3))


def test_words_that_answer_once_are_classes() -> None:
    network = writer(LSTM(3))
    found = trace(network, [0, 1, 2])
    assert found.next_words is None and found.running is not None
    assert (found.running == network.predict([[0], [0, 1], [0, 1, 2]])).all()


def test_networks_and_rows_of_numbers() -> None:
    vectors = elman.SequenceClassifier(units=3, bidirectional=True, epochs=1).fit([np.eye(3), np.eye(3)[:2]], [0, 1])
    found = trace(vectors, np.eye(3))
    assert found.running is not None and found.layers[0].x.shape == (3, 3)
    assert (found.running[-1] == vectors.predict_proba([np.eye(3)])[0]).all()
    values = Network([OneHot(5), SimpleRNN(3), Dense(2)])
    assert trace(values, [0, 1]).running.shape == (2, 2)  # type: ignore[union-attr]


def test_several_sigmoids_are_answers_of_their_own() -> None:
    network = Network([OneHot(5), SimpleRNN(3), Dense(3, "sigmoid")])
    found = trace(network, [0, 1])
    assert found.reading.answers == (0, 1, 2) and found.table()
    assert found.running is not None and (found.running[-1] == network.predict([[0, 1]])[0]).all()
    assert [row.unit for row in found.to_rows() if row.quantity == "answer"] == [0, 1, 2] * 2


def test_numbers_that_grew_beyond_all_bounds() -> None:
    network = Network([OneHot(5), SimpleRNN(3, activation="relu"), Dense(2)])
    for value in network.parameters.values():
        value[...] = 3
    row = [0, 1, 2] * 60
    found = trace(network, row)
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert found.table() and plain["running"][0][0] > 0 and plain["running"][-1] == [None, None]
    for method in ("telescoping", "leave-one-out", "gradient-x-input", "integrated-gradients"):
        with pytest.raises(InputError, match="beyond all numbers"):
            attribute(network, row, method)
    for dtype in ("float32", "float64"):
        with pytest.raises(InputError, match="beyond all numbers"):
            bptt(network, row * 10, [[1.0, 2.0]], dtype=dtype)


def test_refuses_texts_without_time_steps() -> None:
    model = elman.TextClassifier(encoder="tfidf", layers=0, epochs=1).fit(TEXTS, LABELS)
    with pytest.raises(InputError, match=r"as one vector, through BagOfWords.*word by word"):
        trace(model, "movie was good")
    with pytest.raises(InputError, match="through BagOfWords"):
        trace(Network([BagOfWords(5), Dense(1, "sigmoid")]), [0, 1])


@pytest.fixture(scope="module")
def lecture() -> Trace:
    network = Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")])
    return trace(network, [0, 1, 4, 2], tokens=["movie", "was", "=not", "go\nod"])


def test_rows_and_csv(lecture: Trace, tmp_path: Path) -> None:
    rows = list(lecture.to_rows())
    (layer,) = lecture.layers
    assert len(rows) == 4 * (1 + 4 * 3 + 2)  # of x_t the single one
    by_place = {row[:6]: row.value for row in rows}
    assert by_place["simple_rnn", "forward", 3, "=not", "h_t", 2] == layer.h[2, 1]
    assert by_place["simple_rnn", "forward", 3, "=not", "x_t", 5] == 1
    assert by_place["", "", 4, "go\nod", "answer", 1] == lecture.running[3, 1]  # type: ignore[index]
    lecture.write_csv(tmp_path / "t.csv")
    with open(tmp_path / "t.csv", newline="") as file:
        read = list(csv.DictReader(file))
    assert [float(row["value"]) for row in read] == [row.value for row in rows]
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
    with pytest.raises(DataError, match="is a folder"):
        lecture.write_csv(tmp_path)


def test_json_holds_the_numbers(lecture: Trace) -> None:
    found = json.loads(json.dumps(lecture.to_json()))
    assert found["layers"][0]["h_t"] == lecture.layers[0].h.tolist()
    assert found["answers"] == [0, 1] and found["tokens"][3] == "go\nod"


@pytest.mark.parametrize("back", [False, True])
def test_a_table_builds_the_vectors_that_it_shows(back: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network([OneHot(3000), SimpleRNN(3, go_backwards=back), Dense(1, "sigmoid")])
    found, built = trace(network, range(100, 200)), list[int]()
    dense = OneHotRows.dense
    monkeypatch.setattr(OneHotRows, "dense", lambda self: built.append(len(self.slots)) or dense(self))
    table = found.table(words=5)
    assert "1 at 101, of 3,000" in table and "1 at 200, of 3,000" in table and "1 at 104, of" not in table
    assert sum(built) <= 5
    for (_, some), (_, every) in zip(found.layers[0].quantities([0, 99]), found.layers[0].quantities(), strict=True):
        assert (some == every[[0, 99]]).all()


def test_wide_one_hot_vectors_are_listed_by_what_is_in_them() -> None:
    network = Network([OneHot(3000), SimpleRNN(3), Dense(1, "sigmoid")])
    found = trace(network, [7, 3000])
    assert found.to_json()["layers"][0]["x_t"] == [{"8": 1.0}, {}]
    assert "1 at 8, of 3,000 features" in str(found) and "nothing, of 3,000 features" in str(found)


def test_tables_fit_80_columns(models: dict[str, Any]) -> None:
    for model in models.values():
        for text in STRANGE:
            assert max(map(len, trace(model, text).table().splitlines())) <= 80


WIDE = ["extraordinarily incomprehensible institutionalization", "日本語の単語 中国語の単語 韓国語の単語"]


@pytest.mark.parametrize("text", WIDE)
def test_tables_of_long_words_fit_80_columns(text: str) -> None:
    writer = elman.TextGenerator(units=4, embedding_dim=4, epochs=1).fit([text] * 6)
    lines = trace(writer, text).table().splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert all(len(re.findall(r" 0\.\d{4}", line)) >= 3 for line in lines[1:4])  # that which came, and the likeliest
    named = elman.TextClassifier(units=4, embedding_dim=4, epochs=1).fit(TEXTS, [*text.split()] * 4)
    assert max(map(cell_len, trace(named, "movie was").table().splitlines())) <= 80


def test_names_of_answers_are_whole() -> None:
    labels = ["好", "坏", "a\nb"] * 4
    model = elman.TextClassifier(units=4, embedding_dim=4, epochs=1).fit(TEXTS, labels)
    line = trace(model, "movie").table().splitlines()[1]
    assert all(f"{name} 0." in line for name in ("好", "坏", "a\\nb"))
    writer = elman.TextGenerator(level="char", units=4, embedding_dim=4, epochs=1).fit(["a b\tc\n"] * 3)
    words = [line[5:6] for line in trace(writer, "a b\t").table().splitlines()[2:6]]
    assert words == ["a", "␣", "b", "⇥"]


def test_tables_say_what_they_leave_out(models: dict[str, Any]) -> None:
    found = trace(models["no memory"], "good " * 40)
    assert "28 words" in found.table()
    wide = trace(elman.TextClassifier(units=9, embedding_dim=4, epochs=1).fit(TEXTS, LABELS), "movie was good")
    assert "the first 4 of 9 units" in wide.table() and "x_t W_xh  " not in wide.table()
    assert "the first 2 of 9 units" in wide.table(units=2) and "h_prev W_hh" in wide.table(units=2)
    for wrong in ({"units": 0}, {"words": 0}, {"units": 1.5}):
        with pytest.raises(InputError, match="must be a positive integer"):
            wide.table(**wrong)


def test_numbers_and_tokens_in_their_columns() -> None:
    for value in (0.0, -0.12345, 999.0, -12345.6, 1e-9, -1e-300, float("inf"), float("nan")):
        assert len(cell(value)) == 9
    assert shown("movie") == "movie     " and shown("a\nb").startswith("a\\nb")
    assert shown("horriblyhorribly") == "horriblyh…"
    assert shown("日本語日本語") == "日本語日 …"
