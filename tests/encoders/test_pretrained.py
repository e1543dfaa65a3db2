"""Vectors learned elsewhere: which words get one, what the others get, saving, scikit-learn's tools."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from elman.encoders import Pretrained, WordVectors
from elman.engine import Network
from elman.engine.layers import Dense, Pooling
from elman.errors import DataError, InputError, ModelFolderError, NotFittedError
from elman.modelfolder import read_model_folder, write_model_folder

TEXTS = ["A good movie", "the movie was bad", "good good"]


@pytest.fixture
def known() -> WordVectors:
    words = ["the", "movie", "good", "bad", "rain", "Paris"]
    return WordVectors(words, np.random.default_rng(0).standard_normal((6, 5)))


def test_words_that_are_found_get_their_vectors_in_the_order_of_the_vocabulary(known: WordVectors) -> None:
    encoder = Pretrained(vectors=known).fit(TEXTS)
    assert encoder.vocabulary_.words == ("good", "movie", "the", "bad")
    assert (encoder.found_, encoder.sought_) == (4, 6)
    assert encoder.features_ == 5
    assert (encoder.vectors_ == known[["good", "movie", "the", "bad"]]).all()
    assert encoder.get_feature_names_out().tolist() == [f"pretrained{number}" for number in range(5)]


def test_unknown_words_share_one_last_row(known: WordVectors) -> None:
    """Words of the texts without a vector, words with a vector that are not in the texts, and any others."""
    encoder = Pretrained(vectors=known).fit(TEXTS)
    encoded = encoder.transform(["was rain bad qqq 🎬", "", ["the"]])
    assert encoded.lengths.tolist() == [5, 0, 1]
    assert (encoded[0] == np.array([np.zeros(5), np.zeros(5), known["bad"], np.zeros(5), np.zeros(5)])).all()
    assert (encoded[2] == known["the"]).all()
    ids = encoder.numbers([["was", "rain", "bad", "qqq"]])
    assert ids.values.tolist() == [4, 4, 3, 4]
    assert (encoder.weights()["embeddings"][:4] == encoder.vectors_).all()
    assert not encoder.weights()["embeddings"][4].any()


def test_a_word_that_a_file_lacks_is_found_by_its_lower_case_or_else_by_the_first_that_is_written_otherwise() -> None:
    known = WordVectors(["US", "us", "good", "Good", "NATO", "Nato", "paris", "Paris"], np.eye(8))
    sought = ["US", "us", "Us", "GOOD", "nato", "Nato", "Paris", "Rome"]
    encoder = Pretrained(vectors=known).fit([sought])
    assert encoder.vocabulary_.words == tuple(sought[:-1])
    assert (encoder.vectors_ == known[["US", "us", "us", "good", "NATO", "Nato", "Paris"]]).all()
    assert (encoder.found_, encoder.sought_) == (7, 8)


def test_limits_of_the_vocabulary(known: WordVectors) -> None:
    assert Pretrained(vectors=known, min_count=2).fit(TEXTS).vocabulary_.words == ("good", "movie")
    assert Pretrained(vectors=known, max_vocabulary=1).fit(TEXTS).vocabulary_.words == ("good",)


def test_a_file_reads_as_what_it_holds(known: WordVectors, tmp_path: Path) -> None:
    known.save(tmp_path / "known.bin")
    for path in (tmp_path / "known.bin", str(tmp_path / "known.bin")):
        encoder = Pretrained(vectors=path).fit(TEXTS)
        assert encoder.vectors_.tobytes() == Pretrained(vectors=known).fit(TEXTS).vectors_.tobytes()


def test_vectors_do_not_hang_on_those_they_came_from(known: WordVectors) -> None:
    encoder = Pretrained(vectors=known).fit(TEXTS)
    encoder.vectors_[0] = 1
    assert known["good"].tolist() != [1] * 5


@pytest.mark.parametrize("as_file", [True, False])
def test_saved_and_loaded(known: WordVectors, tmp_path: Path, as_file: bool) -> None:
    known.save(tmp_path / "known.vec")
    encoder = Pretrained(vectors=tmp_path / "known.vec" if as_file else known, trainable=False).fit(TEXTS)
    encoder.save(tmp_path / "folder")
    loaded = Pretrained.load(tmp_path / "folder")
    assert loaded.transform(TEXTS).values.tobytes() == encoder.transform(TEXTS).values.tobytes()
    assert (loaded.found_, loaded.sought_, loaded.trainable) == (4, 6, False)
    if as_file:
        assert loaded.vectors == str(tmp_path / "known.vec")
        assert loaded.fit(TEXTS).found_ == 4
    else:
        with pytest.raises(InputError, match="vectors must be a path, a name or WordVectors to learn from, got None"):
            loaded.fit(TEXTS)
        assert loaded.found_ == 4  # as it was before
    loaded.save(tmp_path / "again")
    again = Pretrained.load(tmp_path / "again")
    assert again.transform(TEXTS).values.tobytes() == encoder.transform(TEXTS).values.tobytes()


@pytest.mark.parametrize(
    "facts", [{}, {"found": 3, "sought": 6}, {"found": 4, "sought": 3}, {"found": 4, "sought": "6"}, {"sought": 6}]
)
def test_a_damaged_folder_is_refused(known: WordVectors, tmp_path: Path, facts: dict[str, object]) -> None:
    Pretrained(vectors=known).fit(TEXTS).save(tmp_path / "folder")
    folder = read_model_folder(tmp_path / "folder")
    write_model_folder(
        tmp_path / "folder", type(folder)({**folder.config, "facts": facts}, folder.arrays, folder.lists, "")
    )
    with pytest.raises(ModelFolderError, match="words found"):
        Pretrained.load(tmp_path / "folder")


def test_clone_copies_settings_and_not_vectors(known: WordVectors) -> None:
    encoder = Pretrained(vectors=known, min_count=2).fit(TEXTS)
    copied = clone(encoder)
    assert copied.vectors is known
    assert copied.min_count == 2
    assert repr(copied) == "Pretrained(min_count=2, vectors=WordVectors(6 words, 5 features))"
    with pytest.raises(NotFittedError, match="this Pretrained is not fitted yet"):
        copied.transform(TEXTS)


def test_what_cannot_be_learned_from(known: WordVectors, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the 2 words of the texts has a vector among WordVectors"):
        Pretrained(vectors=known).fit(["qqq zzz"])
    with pytest.raises(InputError, match="texts must hold words to learn from, but all are empty"):
        Pretrained(vectors=known).fit(["", ""])
    with pytest.raises(InputError, match="vectors must be a path, a name or WordVectors, got int 3"):
        Pretrained(vectors=3).fit(TEXTS)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="no such file"):
        Pretrained(vectors=tmp_path / "none").fit(TEXTS)


def test_long_and_odd_texts(known: WordVectors) -> None:
    encoder = Pretrained(vectors=known).fit(["good", "", "🎬 👩‍👩‍👧"])
    assert encoder.vocabulary_.words == ("good",)
    assert encoder.transform(["good " * 100_000]).values.shape == (100_000, 5)
    assert encoder.transform([]).values.shape == (0, 5)


def test_a_network_begins_with_them(known: WordVectors) -> None:
    encoder = Pretrained(vectors=known, trainable=False).fit(TEXTS)
    network = Network([encoder.layer(), Pooling("mean"), Dense(1, "sigmoid")])
    assert network.layers[0].input_dim == 4
    assert network.layers[0].output_dim == 5
    assert not network.layers[0].trainable
