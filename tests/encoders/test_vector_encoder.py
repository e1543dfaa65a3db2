"""Encoders that know a vector for each word: their folders; the mean of their vectors."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import elman
from elman.encoders import MeanOfVectors, OneHotEncoder, PublishedELMo, TfidfTokenEncoder, Word2Vec, text_vectors
from elman.errors import ModelFolderError
from elman.modelfolder import read_model_folder, write_model_folder

from .test_published_elmo import OPTIONS, write_weights

SMALL: dict[str, Any] = {"dimensions": 4, "min_count": 1, "epochs": 1}
MANY = ["rain falls on the old town", "the old dog sleeps in the rain", "a good movie"] * 3
FEW = ["the dog", "a town"]


@pytest.mark.parametrize(
    ("encoder", "name", "other"),
    [(Word2Vec(**SMALL), "vectors", np.float64), (TfidfTokenEncoder(), "idf", np.float32)],
    ids=["word2vec", "tfidf"],
)
def test_arrays_of_another_kind_are_refused(encoder: Any, name: str, other: Any, tmp_path: Path) -> None:
    encoder.fit(MANY).save(tmp_path / "e")
    folder = read_model_folder(tmp_path / "e")
    arrays = {name: folder.arrays[name].astype(other)}
    write_model_folder(tmp_path / "e", type(folder)(folder.config, arrays, folder.lists, ""))
    with pytest.raises(ModelFolderError, match=rf"words do not go with .* of shape .*, {other.__name__}"):
        elman.load(tmp_path / "e")


def test_the_mean_takes_a_fitted_encoder_as_it_is() -> None:
    learned = Word2Vec(**SMALL).fit(MANY)
    mean = MeanOfVectors(encoder=learned).fit(FEW)
    assert mean.vocabulary_ == learned.vocabulary_
    assert (mean.transform(MANY) == text_vectors(learned, MANY)).all()
    assert mean.encoder_ is not learned
    anew = clone(mean).fit(FEW)
    assert sorted(anew.vocabulary_.words) == ["a", "dog", "the", "town"]


def test_the_mean_of_an_unfitted_encoder_learns_at_each_fit() -> None:
    given = OneHotEncoder()
    mean = MeanOfVectors(encoder=given).fit(MANY).fit(FEW)
    assert not given.is_fitted
    assert sorted(mean.vocabulary_.words) == ["a", "dog", "the", "town"]


def test_the_mean_cuts_texts_as_its_encoder_does(tmp_path: Path) -> None:
    """The published ELMo reads letter case."""
    (tmp_path / "options.json").write_text(json.dumps(OPTIONS))
    weights = write_weights(tmp_path / "weights.hdf5", OPTIONS)
    elmo = PublishedELMo(options_file=str(tmp_path / "options.json"), weight_file=str(weights))
    mean = MeanOfVectors(encoder=elmo).fit(FEW)
    mean.save(tmp_path / "mean")
    for encoder in (mean, MeanOfVectors.load(tmp_path / "mean")):
        upper, lower = encoder.transform(["The Film", "the film"])
        assert not (upper == lower).any()
        assert (upper == text_vectors(elmo.fit(), ["The Film"])[0]).all()
