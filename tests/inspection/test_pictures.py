"""Pictures by their kind, of models of each kind; where a kind makes no sense, a line says so."""

from typing import Any

import numpy as np
import pytest

import elman
from elman.cli import plot
from elman.errors import InputError
from elman.inspection import attribute, bptt, outcomes_of, trace
from elman.inspection.attribution import METHODS
from elman.inspection.pictures import KINDS, Subject, picture

from .figures.looks import check_looks, words_of
from .models import TAGGED, model

TEXT = "the movie was not good but superb"


def subject(kind: str, **fields: Any) -> Subject:
    return Subject(model=model(kind), **fields)


def test_the_command_knows_the_same_kinds_and_methods() -> None:
    assert tuple(KINDS) == plot.KINDS
    assert tuple(METHODS) == plot.METHODS


@pytest.mark.parametrize("kind", ["simple-rnn", "lstm", "many", "tagger", "generator"])
@pytest.mark.parametrize("drawn", ["unrolled", "states", "running", "gradient"])
def test_texts_are_drawn_by_models_of_each_kind(drawn: str, kind: str) -> None:
    check_looks(picture(drawn, subject(kind, text=TEXT)))


@pytest.mark.parametrize("text", ["good", "zzz 😀 שלום", "word " * 50], ids=["one", "unknown", "long"])
@pytest.mark.parametrize("drawn", ["unrolled", "states", "running", "gradient", "explain"])
def test_texts_of_any_kind_are_drawn(drawn: str, text: str) -> None:
    check_looks(picture(drawn, subject("lstm", text=text)))


@pytest.mark.parametrize("kind", ["lstm", "many", "tagger", "generator", "no memory", "doc2vec"])
def test_words_are_coloured_by_what_they_did(kind: str) -> None:
    fields: dict[str, Any] = {"position": 0} if kind == "tagger" else {}
    if kind == "doc2vec":
        fields["method"] = "leave-one-out"
    figure = picture("explain", subject(kind, text="the cat sat", **fields))
    check_looks(figure)
    assert {"the", "cat", "sat"} <= set(words_of(figure))


@pytest.mark.parametrize("kind", ["lecture", "many", "tagger", "generator", "no memory", "doc2vec", "tfidf"])
@pytest.mark.parametrize("drawn", ["network", "training", "shapes"])
def test_what_needs_no_text_is_drawn(drawn: str, kind: str) -> None:
    check_looks(picture(drawn, subject(kind)))


def test_the_numbers_are_those_of_trace_bptt_and_attribute() -> None:
    given = subject("lstm", text=TEXT, label=1)
    found = trace(given.model, TEXT)
    image = picture("states", given).axes[0].get_images()[0]
    assert (found.layers[0].h == np.asarray(image.get_array()).T).all()
    line = picture("running", given).axes[0].get_lines()[0]
    assert found.running is not None
    assert (line.get_ydata() == found.running[:, 1].astype(float)).all()
    line = picture("gradient", given).axes[0].get_lines()[0]
    assert (line.get_ydata() == bptt(given.model, TEXT, 1).layers[0].norms).all()
    scores = attribute(given.model, TEXT).scores
    best = int(np.abs(scores).argmax())
    assert any(w.startswith(f"most: {found.reading.tokens[best]} ") for w in words_of(picture("explain", given)))


def test_a_language_models_running_picture_is_how_expected_each_word_was() -> None:
    given = subject("generator", text="the cat sat")
    found = trace(given.model, "the cat sat").next_words
    assert found is not None
    line = picture("running", given).axes[0].get_lines()[0]
    np.testing.assert_allclose(line.get_ydata(), found.probabilities[:-1])


def test_layers_are_chosen_by_name_and_direction() -> None:
    given = {
        name: picture("states", subject("many", text=TEXT, layer=name))
        for name in (None, "bidirectional", "bidirectional/backward", "bidirectional_1", "bidirectional_1/forward")
    }
    shown = {name: np.asarray(figure.axes[0].get_images()[0].get_array()).tolist() for name, figure in given.items()}
    assert shown[None] == shown["bidirectional_1"] == shown["bidirectional_1/forward"]
    assert len({str(values) for values in shown.values()}) == 3
    with pytest.raises(InputError, match=r"layer must be one of bidirectional/forward, bidirectional/backward, .* 'x'"):
        picture("states", subject("many", text=TEXT, layer="x"))


def test_gradients_of_several_models_stand_in_one_picture() -> None:
    given = subject("lstm", name="one", text=TEXT, beside={"other": model("simple-rnn")})
    assert {"one: LSTM", "other: SimpleRNN"} <= set(words_of(picture("gradient", given)))


def test_gradients_go_back_from_the_word_that_is_read_last() -> None:
    texts, labels = elman.order_reviews(60, 1)
    back = elman.TextClassifier(go_backwards=True, pooling="last", units=4, embedding_dim=4, epochs=1)
    figure = picture("gradient", Subject(model=back.fit(texts, labels), text=TEXT, label=1))
    norms = bptt(back, TEXT, 1).layers[0].norms
    assert (figure.axes[0].get_lines()[0].get_ydata() == norms[::-1]).all()
    named = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert named == list(trace(back, TEXT).reading.tokens)[::-1]
    both = Subject(model=back, name="a", text=TEXT, label=1, beside={"b": model("lstm")})
    assert "time step, counted from the one read last" in words_of(picture("gradient", both))


def test_names_of_words_and_answers_stand_beside_neurons() -> None:
    assert {"movie", "was", "good", "bad", "not", "1", "31 parameters"} <= set(
        words_of(picture("network", subject("lecture")))
    )
    assert {f"class {n}" for n in range(7)}.isdisjoint(words_of(picture("network", subject("many"))))  # 7 are too many


@pytest.mark.parametrize("drawn", ["confusion", "calibration", "precision-recall"])
def test_labelled_data_is_drawn_for_classifiers_and_taggers(drawn: str) -> None:
    texts, labels = elman.order_reviews(20, 2)
    check_looks(picture(drawn, subject("lstm", rows=texts, labels=labels)))
    check_looks(picture(drawn, subject("many", rows=texts, labels=["class 1", "class 2"] * 10)))
    check_looks(picture(drawn, subject("tagger", rows=TAGGED[0], labels=TAGGED[1])))


@pytest.mark.parametrize("drawn", ["network", "unrolled", "states", "running", "gradient", "explain"])
def test_a_network_is_drawn_without_an_estimator(drawn: str) -> None:
    network = elman.Network([elman.OneHot(5), elman.SimpleRNN(3), elman.Dense(1, "sigmoid")])
    check_looks(picture(drawn, Subject(model=network, text=[0, 1, 4], label=1)))


def test_a_language_model_answers_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = words_of(picture("unrolled", subject("generator", text="the cat sat")))
    monkeypatch.setattr("elman.inspection.running.LOGITS_AT_ONCE", 1)
    sizes = []
    predict = elman.Network.predict

    def watched(network: Any, rows: Any, **more: Any) -> Any:
        sizes.append(len(rows[0]))
        return predict(network, rows, **more)

    monkeypatch.setattr(elman.Network, "predict", watched)
    assert words_of(picture("unrolled", subject("generator", text="the cat sat"))) == whole
    assert set(sizes) == {1} and len(sizes) > 2


def test_confusion_is_that_of_the_models_answers() -> None:
    texts, labels = elman.order_reviews(20, 2)
    shown = [
        int(text.get_text()) for text in picture("confusion", subject("lstm", rows=texts, labels=labels)).axes[0].texts
    ]
    assert shown == outcomes_of(model("lstm"), texts, labels).confusion().ravel().tolist()


def test_words_are_the_most_frequent_or_chosen() -> None:
    figure = picture("words", subject("lstm"))
    check_looks(figure)
    assert "the" in words_of(figure) and "," not in words_of(figure)
    assert {"good", "bad"} == {
        text.get_text() for text in picture("words", subject("lstm", text="good bad good")).axes[0].texts
    }


@pytest.mark.parametrize(
    ("drawn", "kind", "fields", "message"),
    [
        ("pie", "lstm", {}, "kind must be one of network, unrolled"),
        ("states", "lstm", {}, "'states' needs text"),
        ("confusion", "lstm", {}, "'confusion' needs rows"),
        ("states", "no memory", {"text": TEXT}, "this network has no memory"),
        ("gradient", "no memory", {"text": TEXT}, "this network has no memory"),
        ("states", "tfidf", {"text": TEXT}, "reads a text as one vector"),
        ("unrolled", "tfidf", {"text": TEXT}, "reads a text as one vector"),
        ("network", "transducer", {}, "made of more than one network"),
        ("explain", "transducer", {"text": TEXT}, "made of more than one network"),
        ("confusion", "generator", {"rows": ["a"], "labels": ["b"]}, "model must be a classifier"),
        ("words", "lstm", {"text": "good"}, "two words at least"),
        ("gradient", "lstm", {"text": TEXT, "label": 7}, "label must be one of 0, 1, got 7"),
        ("unrolled", "lstm", {"text": ""}, "there must be time steps"),
        ("states", "lstm", {"text": ""}, "there must be a time step"),
        ("running", "lstm", {"text": ""}, "there must be a time step"),
        ("gradient", "lstm", {"text": ""}, "there must be a time step"),
        ("explain", "lstm", {"text": ""}, "there must be a time step"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_one_line(drawn: str, kind: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        picture(drawn, subject(kind, **fields))


def test_a_model_without_history_says_so() -> None:
    without = elman.TextClassifier(units=4, epochs=1).fit(["good", "bad"], [1, 0])
    del without.history_
    with pytest.raises(InputError, match="was saved without its history"):
        picture("training", Subject(model=without))
