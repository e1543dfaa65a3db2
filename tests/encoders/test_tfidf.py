"""TF-IDF: scikit-learn's bits; what a text costs hangs on the text and not on the vocabulary."""

import tracemalloc
from typing import Any

import numpy as np
import pytest

from elman.encoders import TfidfEncoder, TfidfTokenEncoder, Word2Vec

WORDS = [f"w{number}" for number in range(20_000)]


def drawn_texts() -> list[list[str]]:
    draw = np.random.default_rng(0)
    return [draw.choice(WORDS[:300], draw.integers(0, 40)).tolist() for _ in range(60)]


@pytest.mark.parametrize("most", [None, 40])
def test_bits_are_those_of_its_vectorizer(most: int | None) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = drawn_texts()
    encoder = TfidfEncoder(max_vocabulary=most).fit(texts)
    theirs: Any = TfidfVectorizer(analyzer=list, vocabulary=list(encoder.vocabulary_.words)).fit(texts)
    assert (theirs.idf_ == encoder.idf_).all()
    new = [*texts[::-1], [], ["never seen"], ["w1", "w1", "never seen", "w0"]]
    expected, found = theirs.transform(new), encoder.transform(new)
    assert found.has_sorted_indices
    for name in ("data", "indices", "indptr"):
        assert getattr(found, name).tobytes() == getattr(expected, name).tobytes(), name


def peak_of(encoder: Any, texts: list[list[str]]) -> int:
    """Give the most memory that is held while texts are encoded, in bytes."""
    encoder.transform(texts)  # imports, and makes what is made once
    tracemalloc.start()
    try:
        encoder.transform(texts)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "encoder", [TfidfEncoder(), Word2Vec(dimensions=20, min_count=1, epochs=1)], ids=["tfidf", "word2vec"]
)
def test_a_text_does_not_cost_the_vocabulary(encoder: Any) -> None:
    assert peak_of(encoder.fit([WORDS]), [["w3", "w7"]]) < 2 * len(WORDS)


def test_vectors_of_tokens_are_held_once() -> None:
    encoder = TfidfTokenEncoder().fit([WORDS[:1000]])
    text = [WORDS[number % 1000] for number in range(2000)]
    assert peak_of(encoder, [text]) < 1.5 * encoder.transform([text]).values.nbytes


def test_unknown_words_are_zeros_among_known_ones() -> None:
    encoder = Word2Vec(dimensions=3, min_count=1, epochs=1).fit(["a b"])
    encoded = encoder.transform([["b", "zzz", "a"], ["zzz"]])
    assert (encoded[0][[0, 2]] == encoder.vectors_[encoder.vocabulary_.to_ids(["b", "a"])]).all()
    assert not encoded[0][1].any() and not encoded[1].any()
