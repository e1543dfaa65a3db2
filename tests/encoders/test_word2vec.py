"""word2vec: same bits, gensim's quality, texts of all kinds, saving."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from elman.encoders import Word2Vec
from elman.errors import InputError, ModelFolderError, NonFiniteError, NotFittedError
from elman.modelfolder import read_model_folder, write_model_folder

from .neighbours import TOPICS, among, between, corpus, correlation, nearest, overlap, wikitext

ARCHITECTURES = ["skip-gram", "cbow"]
TEXTS = ["A good movie", "the movie was bad", "", "good good movie 🎬 👩‍👩‍👧"]
SEEDS = (1, 2, 3)
SHARE = 0.9
"""Of gensim's agreement with itself under another seed, which ours with gensim's has to reach."""


def small(**settings: Any) -> Word2Vec:
    return Word2Vec(**{"dimensions": 10, "min_count": 1, "epochs": 3, "subsampling": None} | settings)


# Same bits


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_threads_change_no_bit(architecture: str) -> None:
    texts = corpus(1500)  # several blocks
    first, *others = (
        small(architecture=architecture, subsampling=0.01, threads=threads).fit(texts).vectors_ for threads in (1, 2, 4)
    )
    assert len({other.tobytes() for other in others} | {first.tobytes()}) == 1
    assert np.abs(first).max() > 0.1  # they have left where they began


def test_fit_again_gives_the_same_and_another_seed_does_not() -> None:
    texts, encoder = corpus(100), small()
    first = encoder.fit(texts).vectors_
    assert first.tobytes() == encoder.fit(texts).vectors_.tobytes()
    assert first.tobytes() == small().fit(iter(texts)).vectors_.tobytes()
    assert not (first == small(random_state=1).fit(texts).vectors_).any()


# Quality


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_words_of_a_topic_are_neighbours(architecture: str) -> None:
    encoder = Word2Vec(architecture=architecture, dimensions=50, epochs=15, learning_rate=0.05).fit(corpus(2400))
    words = encoder.vocabulary_.words
    of_topics = [number for number, word in enumerate(words) if word[0] == "t"]
    topics = np.array([word.split("w")[0] for word in words])
    near = nearest(encoder.vectors_[of_topics], len(of_topics))
    assert (topics[of_topics][near] == topics[of_topics][:, None]).mean() > 0.95 > 5 / TOPICS


def models_of(texts: list[list[str]], architecture: str, epochs: int, rate: float) -> list[Any]:
    """gensim's models, a seed each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = pytest.importorskip("gensim.models")
    settings = {"vector_size": 100, "window": 5, "negative": 5, "min_count": 5, "workers": 1}
    sg = int(architecture == "skip-gram")
    return [models.Word2Vec(texts, sg=sg, seed=seed, epochs=epochs, alpha=rate, **settings) for seed in SEEDS]


def check_beside_gensim(texts: list[list[str]], architecture: str, epochs: int, rate: float) -> None:
    models = models_of(texts, architecture, epochs, rate)
    fitted = [
        Word2Vec(architecture=architecture, epochs=epochs, learning_rate=rate, random_state=seed).fit(texts)
        for seed in SEEDS
    ]
    words = list(fitted[0].vocabulary_.words)
    ours, peers = [encoder.vectors_ for encoder in fitted], [model.wv[words] for model in models]
    for measure in (overlap, correlation):
        assert among(measure, peers) > 0.15  # more than chance, or nothing would be shown
        assert between(measure, ours, peers) >= SHARE * among(measure, peers)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_neighbours_are_gensims(architecture: str) -> None:
    check_beside_gensim(corpus(2000), architecture, epochs=10, rate=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_neighbours_are_gensims_on_real_text(architecture: str, real_data: Path) -> None:
    check_beside_gensim(wikitext(real_data), architecture, epochs=5, rate=0.025)


# Texts of all kinds


def test_vectors_of_tokens() -> None:
    encoder = small().fit(TEXTS)
    assert encoder.vocabulary_.words[:2] == ("good", "movie")
    assert encoder.features_ == encoder.vectors_.shape[1] == 10
    assert encoder.vectors_.dtype == np.float32 and encoder.vectors_.flags.c_contiguous
    encoded = encoder.transform(["good rain movie", "", ["good"], "🎬"])
    assert encoded.lengths.tolist() == [3, 0, 1, 1]
    good, movie = encoder.vectors_[:2]
    assert (encoded.values[:4] == np.stack([good, np.zeros(10, np.float32), movie, good])).all()
    assert (encoded[3] == encoder.vectors_[encoder.vocabulary_.to_ids(["🎬"])]).all() and encoded[3].any()
    assert encoder.get_feature_names_out()[[0, 9]].tolist() == ["word2vec0", "word2vec9"]
    assert small().fit_transform(TEXTS).values.tobytes() == encoder.transform(TEXTS).values.tobytes()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("dimensions", [1, 16, 17])
def test_few_words(architecture: str, dimensions: int) -> None:
    """One word has no neighbour and stays where it began; two have each other."""
    one = small(architecture=architecture, dimensions=dimensions).fit(["movie", "", "movie"])
    assert one.vectors_.shape == (1, dimensions)
    assert np.abs(one.vectors_).max() <= 1 / dimensions
    two = small(architecture=architecture, dimensions=dimensions).fit(["movie good"])
    assert two.vectors_.shape == (2, dimensions)
    assert not (two.vectors_ == small(architecture=architecture, dimensions=dimensions, epochs=1).fit(
        ["movie good"]).vectors_).all()  # fmt: skip


def test_a_long_text_is_cut_and_learned_from() -> None:
    words = [f"w{number}" for number in np.random.default_rng(0).integers(0, 50, 100_000)]
    encoder = small(epochs=1).fit([words])
    assert encoder.vectors_.shape == (50, 10)
    assert (np.abs(encoder.vectors_).max(axis=1) > 0.1).all()
    assert np.isfinite(encoder.vectors_).all()


def test_unknown_words_stand_in_no_window() -> None:
    """They are left out before windows are formed, so they change nothing but the places of the others."""
    with_unknown = small(min_count=2).fit([["a", "b", "rare", "a", "b"]])
    assert with_unknown.vocabulary_.words == ("a", "b")
    with pytest.raises(InputError, match="no word comes 3 times or more in the texts: lower min_count"):
        small(min_count=3).fit([["a", "b", "a"]])
    with pytest.raises(InputError, match="texts must hold words to learn from, but all are empty"):
        small().fit(["", []])


# Settings


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("architecture", "glove", "architecture must be one of skip-gram, cbow, got 'glove'"),
        ("dimensions", 0, "dimensions must be a positive integer, got 0"),
        ("window", 2.5, "window must be a positive integer, got 2.5"),
        ("negative", 0, "negative must be a positive integer, got 0"),
        ("epochs", -1, "epochs must be a positive integer, got -1"),
        ("learning_rate", 0, "learning_rate must be a number greater than 0, at most 1, got 0"),
        ("learning_rate", float("nan"), "learning_rate must be a number greater than 0, at most 1, got nan"),
        ("least_rate", 0.5, "least_rate must be a number from 0 to learning_rate, got 0.5"),
        ("least_rate", "0", "least_rate must be a number from 0 to learning_rate, got '0'"),
        ("power", 2, "power must be a number from -1 to 1, got 2"),
        ("subsampling", 0.0, "subsampling must be a number greater than 0, at most 1, got 0.0"),
        ("min_count", 0, "min_count must be a positive integer, got 0"),
    ],
)
def test_settings_that_cannot_be_are_named(name: str, value: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        small(**{name: value}).fit(TEXTS)
    assert str(caught.value) == message


def test_defaults_are_gensims() -> None:
    defaults = {
        "dimensions": 100, "window": 5, "negative": 5, "subsampling": 1e-3, "power": 0.75, "epochs": 5,
        "learning_rate": 0.025, "least_rate": 0.0001, "min_count": 5, "architecture": "skip-gram",
    }  # fmt: skip
    assert defaults.items() <= Word2Vec().get_params().items()


def test_clone_copies_settings_and_not_what_was_learned() -> None:
    encoder = small(architecture="cbow", random_state=3).fit(TEXTS)
    copied = clone(encoder)
    assert copied.get_params() == encoder.get_params()
    with pytest.raises(NotFittedError, match="this Word2Vec is not fitted yet"):
        copied.transform(TEXTS)
    assert copied.fit(TEXTS).vectors_.tobytes() == encoder.vectors_.tobytes()


def test_what_cannot_be_learned_leaves_the_encoder_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = small().fit(TEXTS)
    before = encoder.vectors_.tobytes()
    monkeypatch.setattr("elman.encoders._negative_sampling.learn_examples", lambda *given: given[4].fill(np.inf))
    with pytest.raises(NonFiniteError, match="lower learning_rate"):
        encoder.fit(["the movie"])
    assert encoder.vectors_.tobytes() == before


# Saving


def test_saved_and_loaded(tmp_path: Path) -> None:
    encoder = small(architecture="cbow", trainable=False).fit(TEXTS)
    encoder.save(tmp_path / "folder")
    loaded = Word2Vec.load(tmp_path / "folder")
    assert loaded.transform(TEXTS).values.tobytes() == encoder.transform(TEXTS).values.tobytes()
    assert loaded.get_params() == encoder.get_params()
    loaded.save(tmp_path / "again")
    assert Word2Vec.load(tmp_path / "again").vectors_.tobytes() == encoder.vectors_.tobytes()


@pytest.mark.parametrize("damage", ["missing", "rows", "flat", "setting"])
def test_a_damaged_folder_is_refused(tmp_path: Path, damage: str) -> None:
    small().fit(TEXTS).save(tmp_path / "folder")
    folder = read_model_folder(tmp_path / "folder")
    vectors = folder.arrays["vectors"]
    arrays = {
        "missing": {},
        "rows": {"vectors": vectors[:-1].copy()},
        "flat": {"vectors": vectors.reshape(-1)},
        "setting": {"vectors": vectors},
    }[damage]
    config = folder.config
    if damage == "setting":
        config = {**config, "parameters": {**config["parameters"], "window": 0}}
    write_model_folder(tmp_path / "folder", type(folder)(config, arrays, folder.lists, ""))
    with pytest.raises(ModelFolderError):
        Word2Vec.load(tmp_path / "folder")
