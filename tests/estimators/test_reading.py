"""How a model reads a text: the same numbers that it predicts by."""

from typing import Any

import numpy as np
import pytest

import elman
from elman.errors import InputError, NotFittedError
from elman.estimators.reading import read, read_tokens, tokens_of

TEXTS, LABELS = ["movie was good", "movie was bad", "movie was not good"] * 4, ["good", "bad", "bad"] * 4
FEW = {"units": 4, "embedding_dim": 4, "epochs": 1}


@pytest.fixture(scope="module")
def classifier() -> elman.TextClassifier:
    return elman.TextClassifier(**FEW).fit(TEXTS, LABELS)


@pytest.mark.parametrize("text", ["Movie was horribly GOOD!", "good", "", "zzz 🙂", "موفي was"])
@pytest.mark.parametrize("encoder", ["embedding", "one-hot", "tfidf"])
def test_its_network_answers_as_the_model_does(encoder: str, text: str) -> None:
    width = {} if encoder != "embedding" else {"embedding_dim": 4}
    model = elman.TextClassifier(units=4, epochs=1, encoder=encoder, **width).fit(TEXTS, LABELS)
    reading = read(model, text)
    p = reading.network.predict(reading.sequences)[0, 0]
    assert p == model.predict_proba([text])[0, 1]
    assert reading.answers == ("bad", "good")
    assert reading.by_token and not reading.answers_every_step
    assert len(reading.known) == len(reading.tokens) == reading.sequences.lengths[0]


def test_what_is_known(classifier: elman.TextClassifier) -> None:
    reading = read(classifier, "Movie was zzz")
    assert reading.tokens == ("Movie", "was", "zzz")
    assert reading.known.tolist() == [True, True, False]


def test_rows_of_tokens_are_read_together(classifier: elman.TextClassifier) -> None:
    rows = [tokens_of(classifier, text) for text in TEXTS[:3]]
    p = classifier.network_.predict(read_tokens(classifier, rows))[:, 0]
    assert (p == classifier.predict_proba(TEXTS[:3])[:, 1]).all()


def test_a_bag_is_not_read_token_by_token() -> None:
    model = elman.TextClassifier(encoder="tfidf", layers=0, epochs=1).fit(TEXTS, LABELS)
    reading = read(model, "movie was good")
    assert not reading.by_token and reading.as_a_whole
    assert reading.network.predict(reading.sequences)[0, 0] == model.predict_proba(["movie was good"])[0, 1]


def test_a_vector_of_the_whole_text_is_no_token_even_of_one_word() -> None:
    alone = elman.TextClassifier(encoder="doc2vec", layers=0, epochs=1).fit(TEXTS, LABELS)
    assert read(alone, "good").as_a_whole and not read(alone, "good").by_token
    beside = elman.TextClassifier(encoder="doc2vec", units=4, epochs=1).fit(TEXTS, LABELS)
    assert read(beside, "good").as_a_whole and read(beside, "good").by_token


def test_a_tagger_reads_words() -> None:
    model = elman.Tagger(**FEW).fit([["a", "B"]], [["X", "Y"]])
    reading = read(model, ["A", "c"])
    assert reading.answers_every_step and reading.answers == ("X", "Y")
    assert (reading.network.predict(reading.sequences).values[:, 0] == model.predict_proba([["A", "c"]])[0][:, 1]).all()


@pytest.mark.parametrize("labelled", [False, True])
def test_a_language_model_reads_what_leads_a_text(labelled: bool) -> None:
    model = elman.TextGenerator(units=4, embedding_dim=4, epochs=1).fit(TEXTS, LABELS if labelled else None)
    reading = read(model, "movie zzz", about="good" if labelled else None)
    assert reading.tokens == ("<about good>" if labelled else "<eos>", "movie", "zzz")
    assert reading.known.tolist() == [True, True, False]
    assert reading.answers[reading.sequences.values[1]] == "movie"
    assert reading.answers[-1] == "<unk>" and len(reading.answers) == reading.network.shapes[-1].features


def test_numbers_are_their_own_tokens() -> None:
    ids = elman.SequenceClassifier(epochs=1).fit([[0, 1], [1, 1]], [0, 1])
    assert read(ids, [1, 0]).tokens == ("1", "0")
    vectors = elman.SequenceClassifier(epochs=1).fit([np.eye(3), np.eye(3)[:2]], [0, 1])
    assert read(vectors, np.eye(3)).tokens == ("1", "2", "3")


def test_a_network_by_itself() -> None:
    network = elman.Network([elman.OneHot(5), elman.SimpleRNN(3), elman.Dense(1, "sigmoid")])
    reading = read(network, [0, 1, 4, 2], tokens=["movie", "was", "not", "good"])
    assert reading.tokens == ("movie", "was", "not", "good") and reading.answers == (0, 1)
    assert reading.network is network and reading.sequences.lengths.tolist() == [4]
    assert read(network, np.eye(5)[[0, 1]]).tokens == ("0", "1")  # one-hot vectors are ids
    with pytest.raises(InputError, match="tokens must be 2 strings"):
        read(network, [0, 1], tokens=["movie"])


def test_refuses_what_it_cannot_read(classifier: elman.TextClassifier) -> None:
    for model, text, more, message in [
        (elman.Transducer(), "a", {}, "got a Transducer"),
        (classifier, 3, {}, "text 0 is int"),
        (classifier, "a", {"tokens": ["a"]}, "leave tokens out"),
        (classifier, "a", {"about": "good"}, "leave about out"),
    ]:
        with pytest.raises(InputError, match=message):
            read(model, text, **more)
    with pytest.raises(NotFittedError):
        read(elman.TextClassifier(), "a")
    numbers: Any = elman.SequenceClassifier(epochs=1).fit([[0, 1], [1, 1]], [0, 1])
    with pytest.raises(InputError, match="reads numbers"):
        read_tokens(numbers, [["1"]])
