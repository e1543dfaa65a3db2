"""doc2vec: same bits, inferring a text alone and among others, gensim's quality, saving."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from elman.encoders import Doc2Vec
from elman.errors import InputError, ModelFolderError, NotFittedError
from elman.modelfolder import read_model_folder, write_model_folder

from .neighbours import TOPICS, Array, among, between, corpus, correlation, nearest, overlap, wikitext

SETTINGS = {"pv-dm": {"architecture": "pv-dm"}, "pv-dbow": {"architecture": "pv-dbow"}}
ALL = SETTINGS | {"with words": {"architecture": "pv-dbow", "words": True}}
TEXTS = ["A good movie", "the movie was bad", "", "good good movie 🎬 👩‍👩‍👧", "rain"]
SEEDS = (1, 2, 3)
SHARE = 0.9
"""Of gensim's agreement with itself under another seed, which ours with gensim's has to reach."""


def small(**settings: Any) -> Doc2Vec:
    return Doc2Vec(**{"dimensions": 10, "min_count": 1, "epochs": 3, "subsampling": None} | settings)


@pytest.fixture(scope="module", params=ALL)
def fitted(request: pytest.FixtureRequest) -> Doc2Vec:
    return small(**ALL[request.param], subsampling=0.01, threads=2).fit(corpus(1500))


# Same bits


def test_threads_change_no_bit(fitted: Doc2Vec) -> None:
    texts = corpus(1500)  # several blocks, several shards
    inferred = fitted.transform(texts)
    for threads in (1, 4):
        other = Doc2Vec(**fitted.get_params()).set_params(threads=threads).fit(texts)
        assert {name: array.tobytes() for name, array in other.arrays().items()} == {
            name: array.tobytes() for name, array in fitted.arrays().items()
        }
        assert other.transform(texts).tobytes() == inferred.tobytes()


def test_a_text_has_the_same_vector_alone_as_among_others(fitted: Doc2Vec) -> None:
    texts = corpus(600, seed=5)
    among_others = fitted.transform(texts)
    assert among_others.shape == (600, 10) and among_others.dtype == np.float32
    assert fitted.transform(texts).tobytes() == among_others.tobytes()
    assert fitted.transform(texts[::-1])[::-1].tobytes() == among_others.tobytes()
    for number in (0, 17, 599):
        assert fitted.transform([texts[number]]).tobytes() == among_others[number].tobytes()
    twice = fitted.transform([texts[3], texts[4], texts[3]])
    assert (twice[0] == twice[2]).all() and not (twice[0] == twice[1]).any()


def test_inferring_leaves_what_was_learned(fitted: Doc2Vec) -> None:
    before = {name: array.tobytes() for name, array in fitted.arrays().items()}
    fitted.transform(corpus(100, seed=6))
    assert {name: array.tobytes() for name, array in fitted.arrays().items()} == before


def test_fit_transform_is_fit_and_transform() -> None:
    encoder = small()
    assert encoder.fit_transform(TEXTS).tobytes() == small().fit(TEXTS).transform(TEXTS).tobytes()
    assert not (encoder.transform(TEXTS[:1]) == encoder.document_vectors_[:1]).any()
    assert not (encoder.document_vectors_[:2] == small(random_state=1).fit(TEXTS).document_vectors_[:2]).any()


# Quality


@pytest.mark.parametrize("name", ALL)
def test_texts_of_a_topic_are_neighbours(name: str) -> None:
    texts = corpus(600, length=30)
    encoder = Doc2Vec(**ALL[name], dimensions=50, epochs=20, learning_rate=0.05).fit(texts)
    new = encoder.transform(corpus(600, length=30, seed=7))
    topics = np.arange(600) % TOPICS
    for vectors in (encoder.document_vectors_, new):
        assert (topics[nearest(vectors, 600)] == topics[:, None]).mean() > 0.9
    both = nearest(np.concatenate([new, encoder.document_vectors_]), 600)  # new ones lie among those of fit
    assert (topics[both % 600] == topics[:, None]).mean() > 0.9 and (both >= 600).mean() > 0.2


def models_of(texts: list[list[str]], architecture: str, epochs: int, rate: float) -> list[Any]:
    """gensim's models, a seed each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        doc2vec = pytest.importorskip("gensim.models.doc2vec")
    tagged = [doc2vec.TaggedDocument(text, [number]) for number, text in enumerate(texts)]
    settings = {"vector_size": 100, "window": 5, "negative": 5, "min_count": 5, "workers": 1}
    dm = int(architecture == "pv-dm")
    return [doc2vec.Doc2Vec(tagged, dm=dm, seed=seed, epochs=epochs, alpha=rate, **settings) for seed in SEEDS]


def check_alike(ours: list[Array], peers: list[Array]) -> None:
    for measure in (overlap, correlation):
        assert among(measure, peers) > 0.1  # more than chance, or nothing would be shown
        assert between(measure, ours, peers) >= SHARE * among(measure, peers)


def check_beside_gensim(texts: list[list[str]], architecture: str, epochs: int, rate: float, new: int) -> None:
    peers = models_of(texts, architecture, epochs, rate)
    ours = [
        Doc2Vec(architecture=architecture, epochs=epochs, learning_rate=rate, random_state=seed).fit(texts)
        for seed in SEEDS
    ]
    words = set(ours[0].vocabulary_.words)  # a text of none of them has no vector: zeros here, a draw there
    known = [number for number, text in enumerate(texts) if not words.isdisjoint(text)]
    check_alike([o.document_vectors_[known] for o in ours], [peer.dv.vectors[known] for peer in peers])
    inferred = [np.stack([peer.infer_vector(text) for text in texts[:new]]) for peer in peers]
    check_alike([o.transform(texts[:new]) for o in ours], inferred)
    if architecture == "pv-dm":
        check_alike([o.vectors_ for o in ours], [peer.wv[ours[0].vocabulary_.words] for peer in peers])


@pytest.mark.parametrize("architecture", SETTINGS)
def test_neighbours_are_gensims(architecture: str) -> None:
    check_beside_gensim(corpus(300, length=60), architecture, epochs=20, rate=0.05, new=100)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", SETTINGS)
def test_neighbours_are_gensims_on_real_text(architecture: str, real_data: Path) -> None:
    check_beside_gensim(wikitext(real_data), architecture, epochs=10, rate=0.025, new=500)


# Texts of all kinds


@pytest.mark.parametrize("name", ALL)
def test_texts_of_all_kinds(name: str) -> None:
    encoder = small(**ALL[name]).fit(TEXTS)
    assert encoder.features_ == 10
    assert encoder.document_vectors_.shape == (5, 10)
    assert hasattr(encoder, "vectors_") == (name != "pv-dbow")
    assert not encoder.document_vectors_[2].any() and encoder.document_vectors_[[0, 1, 3, 4]].all()
    found = encoder.transform(["", "qqq zzz", "good", "qqq good", "🎬", ["good"], "good " * 100_000])
    assert not found[:2].any() and np.isfinite(found).all()
    assert found[2:].any(axis=1).all()
    assert (found[2] == found[5]).all() and not (found[2] == found[4]).any()
    assert encoder.transform([]).shape == (0, 10)
    assert encoder.get_feature_names_out()[9] == "doc2vec9"


@pytest.mark.parametrize("name", ALL)
def test_one_text_of_one_word(name: str) -> None:
    encoder = small(**ALL[name], dimensions=1).fit(["movie"])
    assert encoder.document_vectors_.shape == encoder.transform(["movie"]).shape == (1, 1)


def test_a_long_text_is_inferred_as_whole() -> None:
    """What comes after the first cut counts, and so does how much of the rate is left there."""
    encoder = small(architecture="pv-dbow").fit(corpus(300))
    draw = np.random.default_rng(0)
    first = [f"t0w{number}" for number in draw.integers(0, 20, 10_000)]
    second = [f"t1w{number}" for number in draw.integers(0, 20, 10_000)]
    alone, followed = encoder.transform([first, first + second])
    assert not (alone == followed).any()


# Settings


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("architecture", "dm", "architecture must be one of pv-dm, pv-dbow, got 'dm'"),
        ("words", 1, "words must be True or False, got 1"),
        ("dimensions", 0, "dimensions must be a positive integer, got 0"),
    ],
)
def test_settings_that_cannot_be_are_named(name: str, value: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        small(**{name: value}).fit(TEXTS)
    assert str(caught.value) == message


def test_clone_copies_settings_and_not_what_was_learned() -> None:
    encoder = small(architecture="pv-dbow", words=True).fit(TEXTS)
    copied = clone(encoder)
    assert copied.get_params() == encoder.get_params()
    with pytest.raises(NotFittedError, match="this Doc2Vec is not fitted yet"):
        copied.transform(TEXTS)


# Saving


@pytest.mark.parametrize("name", ALL)
def test_saved_and_loaded(name: str, tmp_path: Path) -> None:
    encoder = small(**ALL[name], subsampling=0.1, random_state=4).fit(TEXTS)
    encoder.save(tmp_path / "folder")
    loaded = Doc2Vec.load(tmp_path / "folder")
    assert loaded.transform(TEXTS).tobytes() == encoder.transform(TEXTS).tobytes()
    assert loaded.document_vectors_.tobytes() == encoder.document_vectors_.tobytes()
    loaded.save(tmp_path / "again")
    assert Doc2Vec.load(tmp_path / "again").transform(TEXTS).tobytes() == encoder.transform(TEXTS).tobytes()


DAMAGES: dict[str, Any] = {
    "outputs": lambda array: array[:-1].copy(),
    "counts": lambda array: array * 0,
    "vectors": lambda array: array[:, :-1].copy(),
    "document_vectors": lambda array: array[0],
}


@pytest.mark.parametrize("how", ["missing", "damaged", "not finite"])
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_folder_is_refused(tmp_path: Path, name: str, how: str) -> None:
    small().fit(TEXTS).save(tmp_path / "folder")
    folder = read_model_folder(tmp_path / "folder")
    arrays = dict(folder.arrays)
    if how == "missing":
        del arrays[name]
    else:
        arrays[name] = DAMAGES[name](arrays[name]) if how == "damaged" else np.full_like(arrays[name], np.nan)
    write_model_folder(tmp_path / "folder", type(folder)(folder.config, arrays, folder.lists, ""))
    with pytest.raises(ModelFolderError):
        Doc2Vec.load(tmp_path / "folder")


@pytest.mark.parametrize("name", ["outputs", "vectors", "document_vectors", "counts"])
def test_arrays_of_another_kind_are_refused(tmp_path: Path, name: str) -> None:
    small().fit(TEXTS).save(tmp_path / "folder")
    folder = read_model_folder(tmp_path / "folder")
    other = np.float32 if name == "counts" else np.float64
    arrays = folder.arrays | {name: folder.arrays[name].astype(other)}
    write_model_folder(tmp_path / "folder", type(folder)(folder.config, arrays, folder.lists, ""))
    with pytest.raises(ModelFolderError, match=f"{name} must be finite numbers of float.., got {other.__name__}"):
        Doc2Vec.load(tmp_path / "folder")


# Vectors of words


@pytest.mark.parametrize("name", ["pv-dm", "with words"])
def test_words_have_vectors_to_look_up(name: str) -> None:
    encoder = small(**ALL[name]).fit(corpus(60))
    words = encoder.word_vectors()
    assert words.index_to_key == encoder.vocabulary_.words
    assert (words.vectors == encoder.vectors_).all()


def test_where_no_words_are_learned_that_is_said() -> None:
    encoder = small(architecture="pv-dbow")
    with pytest.raises(NotFittedError, match="call fit"):
        encoder.word_vectors()
    with pytest.raises(InputError, match="PV-DBOW learned no vectors of words: fit with words=True, or with archi"):
        encoder.fit(TEXTS).set_params(words=True).word_vectors()
