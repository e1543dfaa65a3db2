"""Settings decide about the next `fit`: what was fitted answers, and is saved, as it was fitted."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import elman
from elman.data import order_reviews
from elman.encoders import (
    Doc2Vec,
    ELMo,
    GloVe,
    MeanOfVectors,
    OneHotEncoder,
    Pretrained,
    PublishedELMo,
    TfidfEncoder,
    TfidfTokenEncoder,
    Word2Vec,
    WordVectors,
)
from elman.errors import InputError
from elman.sequences import Sequences

from .test_published_elmo import OPTIONS, write_weights

TEXTS = [*order_reviews(12, 1).texts, "", "the"]
SMALL: dict[str, Any] = {"dimensions": 6, "min_count": 1, "epochs": 2}
ELMO: dict[str, Any] = {"units": 6, "layers": 1, "epochs": 1, "filters": ((1, 4), (2, 5)), "character_dim": 3}

CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "one-hot": (OneHotEncoder(), {"max_vocabulary": -3, "min_count": 4}),
    "tfidf": (TfidfEncoder(), {"min_count": 0, "random_state": "x"}),
    "tfidf of tokens": (TfidfTokenEncoder(), {"min_count": 0}),
    "word2vec": (Word2Vec(**SMALL), {"window": 0, "dimensions": 9, "architecture": "cbow"}),
    "glove": (GloVe(dimensions=6, epochs=2), {"memory_mb": 1, "dimensions": 9}),
    "pretrained": (Pretrained(vectors=WordVectors(["the", "movie"], np.eye(2))), {"vectors": 3, "min_count": 0}),
    "mean": (MeanOfVectors(encoder=Word2Vec(**SMALL)), {"encoder__window": 0, "encoder__dimensions": 9}),
    "mean of another": (MeanOfVectors(encoder=Word2Vec(**SMALL)), {"encoder": OneHotEncoder()}),
    "elmo": (ELMo(**ELMO), {"level": "character", "units": 9, "tied": 3}),
    "elmo of characters": (ELMo(level="character", **ELMO), {"level": "word", "filters": 3}),
    "negative": (Doc2Vec(**SMALL), {"negative": -1}),
    "no window": (Doc2Vec(**SMALL), {"window": 0, "learning_rate": 9, "least_rate": None}),
    "dimensions": (Doc2Vec(**SMALL), {"dimensions": 9, "power": 7, "subsampling": 3}),
    "epochs": (Doc2Vec(**SMALL), {"epochs": 7, "random_state": 3, "negative": 2}),
    "to pv-dbow": (Doc2Vec(**SMALL), {"architecture": "pv-dbow"}),
    "to pv-dm": (Doc2Vec(architecture="pv-dbow", **SMALL), {"architecture": "pv-dm"}),
    "words": (Doc2Vec(architecture="pv-dbow", **SMALL), {"words": True}),
}
"""An encoder, and what is changed after `fit`: much of it could not be fitted by."""


def vectors(encoder: Any) -> bytes:
    encoded = encoder.transform(TEXTS)
    values = encoded.values if isinstance(encoded, Sequences) else encoded
    return bytes((values.toarray() if hasattr(values, "toarray") else values).tobytes())


@pytest.mark.parametrize("name", CASES)
def test_it_answers_and_is_saved_as_it_was_fitted(name: str, tmp_path: Path) -> None:
    unfitted, changed = CASES[name]
    encoder = clone(unfitted).fit(TEXTS)
    encoder.save(tmp_path / "before")
    before = vectors(encoder)
    encoder.set_params(**changed)
    assert vectors(encoder) == before
    assert encoder.get_params().items() >= changed.items()
    encoder.save(tmp_path / "after")
    assert vectors(elman.load(tmp_path / "after")) == before
    for file in (tmp_path / "before").iterdir():
        assert (tmp_path / "after" / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_loaded_one_answers_as_it_was_fitted(tmp_path: Path) -> None:
    encoder = Doc2Vec(architecture="pv-dbow", **SMALL).fit(TEXTS)
    encoder.save(tmp_path / "e")
    loaded = Doc2Vec.load(tmp_path / "e").set_params(architecture="pv-dm", negative=-1, epochs=9)
    assert vectors(loaded) == vectors(encoder)


def test_the_next_fit_goes_by_them() -> None:
    encoder = Doc2Vec(architecture="pv-dbow", **SMALL).fit(TEXTS)
    again = encoder.set_params(architecture="pv-dm", dimensions=4).fit(TEXTS)
    assert vectors(again) == vectors(Doc2Vec(architecture="pv-dm", **SMALL | {"dimensions": 4}).fit(TEXTS))
    with pytest.raises(InputError, match="negative must be a positive integer, got -1"):
        encoder.set_params(negative=-1).fit(TEXTS)
    assert vectors(encoder) == vectors(again)


def test_a_fit_that_fails_keeps_the_settings_before() -> None:
    encoder = ELMo(**ELMO).fit(TEXTS)
    before = vectors(encoder)
    with pytest.raises(InputError, match="all are empty"):
        encoder.set_params(level="character").fit([""])
    assert vectors(encoder) == before


def test_whether_vectors_are_trained_further_holds_at_once(tmp_path: Path) -> None:
    encoder = Word2Vec(**SMALL).fit(TEXTS).set_params(trainable=False)
    assert not encoder.layer().trainable  # type: ignore[attr-defined]
    encoder.save(tmp_path / "e")
    assert Word2Vec.load(tmp_path / "e").trainable is False
    with pytest.raises(InputError, match="trainable must be True or False, got 3"):
        encoder.set_params(trainable=3).save(tmp_path / "f")
    assert not (tmp_path / "f").exists()
    with pytest.raises(InputError, match="trainable must be True or False, got 3"):
        encoder.fit(TEXTS)


def test_files_that_are_named_later_are_not_those_that_were_read(tmp_path: Path) -> None:
    (tmp_path / "options.json").write_text(json.dumps(OPTIONS))
    weights = write_weights(tmp_path / "weights.hdf5", OPTIONS)
    files = {"options_file": str(tmp_path / "options.json"), "weight_file": str(weights)}
    encoder = PublishedELMo(**files).fit().set_params(options_file=3)
    encoder.save(tmp_path / "e")
    loaded = PublishedELMo.load(tmp_path / "e")
    assert vectors(loaded) == vectors(encoder)
    assert loaded.options_file == files["options_file"]


def test_a_model_keeps_an_encoder_as_it_was_fitted(tmp_path: Path) -> None:
    encoder = Doc2Vec(**SMALL).fit(TEXTS).set_params(negative=-1, architecture="pv-dbow")
    encoder.set_params(negative=5)  # a model checks the settings as they are
    model = elman.TextClassifier(encoder=encoder, epochs=1, units=3).fit(TEXTS[:12], [0, 1] * 6)
    model.save(tmp_path / "m")
    loaded = elman.load(tmp_path / "m")
    assert (loaded.predict_proba(TEXTS) == model.predict_proba(TEXTS)).all()
    assert loaded.encoder.architecture == "pv-dm"
