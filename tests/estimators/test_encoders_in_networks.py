"""What an encoder has learned is what a network reads: its weights, its vectors of words, its vectors of texts."""

import tracemalloc
from typing import Any

import numpy as np
import pytest

from elman import TextClassifier
from elman.encoders import (
    Doc2Vec,
    ELMo,
    GloVe,
    MeanOfVectors,
    OneHotEncoder,
    TfidfEncoder,
    TfidfTokenEncoder,
    Word2Vec,
)

TEXTS = ["a good movie", "a bad movie", "not a good movie", "not bad at all"] * 15
LABELS = [1, 0, 0, 1] * 15
SMALL: dict[str, Any] = {"epochs": 2, "units": 4, "early_stopping": False}
ALONE: dict[str, Any] = {"epochs": 2, "layers": 0, "early_stopping": False}


@pytest.mark.parametrize(
    ("encoder", "settings"),
    [
        (TfidfTokenEncoder(), SMALL),
        (TfidfEncoder(), ALONE),
        (ELMo(units=5, layers=1, epochs=1), SMALL | {"embedding_dim": 4}),
        (ELMo(level="character", units=5, layers=1, filters=((2, 5),), character_dim=3, epochs=1), SMALL),
    ],
)
def test_a_network_reads_with_the_weights_that_its_encoder_learned(encoder: Any, settings: dict[str, Any]) -> None:
    model: Any = TextClassifier(encoder=encoder, **settings).fit(TEXTS, LABELS)
    first, learned = model.network_.names[0], model.encoding_.encoder.weights()
    part = f"{first}/1" if first == "side_by_side" else first
    assert learned
    for name, value in learned.items():
        assert value.std() > 0
        assert (model.network_.parameters[f"{part}/{name}"] == value).all()


@pytest.mark.parametrize("settings", [{}, {"affixes": 0}, {"frozen": True}])
def test_words_begin_with_the_vectors_that_the_encoder_learned(settings: dict[str, Any]) -> None:
    encoder = Word2Vec(dimensions=6, min_count=1, epochs=1)
    model: Any = TextClassifier(encoder=encoder, learning_rate=1e-9, **SMALL, **settings).fit(TEXTS, LABELS)
    first, learned = model.network_.names[0], model.encoding_.encoder.word_vectors()
    table = model.network_.parameters[f"{first}/1/embeddings" if "frozen" in settings else f"{first}/embeddings"]
    assert len(model.vocabulary_) == 7
    for number, word in enumerate(model.vocabulary_.words):
        np.testing.assert_allclose(table[number], learned[word], atol=1e-6)


OF_TEXTS = {
    "tfidf": TfidfEncoder(),
    "doc2vec": Doc2Vec(dimensions=5, min_count=1, epochs=2),
    "mean": MeanOfVectors(encoder=OneHotEncoder()),
}
RARE = [*TEXTS, "a movie upstairs", "a movie downstairs"]
"""With two words that are unknown to a model with min_count=2, but not to its encoder."""


@pytest.mark.parametrize("name", OF_TEXTS)
class TestVectorsOfTexts:
    def model(self, name: str, **settings: Any) -> Any:
        model = TextClassifier(encoder=OF_TEXTS[name], **settings)
        return model.fit(RARE, [*LABELS, 1, 0])

    def test_what_joins_a_text_is_what_the_encoder_gives(self, name: str) -> None:
        model = self.model(name, min_count=2, affixes=0, **SMALL)
        texts = ["a movie upstairs", "not bad", "", "unheard"]
        beside, encoded = model._encode(texts).beside, model.encoding_.encoder.transform(texts)
        assert beside.dtype == np.float32
        assert (beside == np.asarray(encoded.toarray() if name == "tfidf" else encoded, np.float32)).all()
        assert beside[:2].any(axis=1).all()

    def test_texts_of_equal_words_and_other_vectors_have_other_answers(self, name: str) -> None:
        model = self.model(name, min_count=2, affixes=0, **SMALL)
        texts = ["a movie upstairs", "a movie downstairs"]
        words = model._encode(texts)
        assert words[0].tolist() == words[1].tolist()
        p = model.predict_proba(texts)
        assert (p[0] != p[1]).all()

    def test_they_are_all_that_is_read_where_nothing_is_recurrent(self, name: str) -> None:
        model = self.model(name, **ALONE)
        p = model.predict_proba(["a movie upstairs", "a movie downstairs"])
        assert (p[0] != p[1]).all()


def test_sparse_vectors_of_texts_are_narrow_before_they_are_dense() -> None:
    texts = [" ".join(f"w{10 * text + number}" for number in range(10)) for text in range(400)]
    model: Any = TextClassifier(encoder=TfidfEncoder(), affixes=0, **SMALL | {"epochs": 1}).fit(texts, [0, 1] * 200)
    words, rows = model._encode(texts), [*model._tokens(texts)]
    tracemalloc.start()
    try:
        held = model.encoding_.joined(words, rows).beside.nbytes
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held == 400 * 4000 * 4
    assert peak < 2 * held


@pytest.mark.parametrize(
    ("name", "kind", "fast"),
    [("word2vec", Word2Vec, {"min_count": 1}), ("glove", GloVe, {}), ("doc2vec", Doc2Vec, {"min_count": 1})],
)
def test_the_seed_of_a_model_is_that_of_the_encoder_it_names(name: str, kind: Any, fast: dict[str, Any]) -> None:
    model: Any = TextClassifier(encoder=name, random_state=3, embedding_dim=4, **SMALL, **fast).fit(TEXTS, LABELS)
    by_seed = [kind(dimensions=4, random_state=seed, **fast).fit(TEXTS).transform(["a good movie"]) for seed in (3, 0)]
    own, other = (encoded if name == "doc2vec" else encoded.values for encoded in by_seed)
    found = model.encoding_.encoder.transform(["a good movie"])
    found = found if name == "doc2vec" else found.values
    assert (found == own).all()
    assert (found != other).any()
