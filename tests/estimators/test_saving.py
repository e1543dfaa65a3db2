"""Classifiers on their way to a folder and back."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman import SequenceClassifier, Tagger, TextClassifier
from elman.data import order_reviews
from elman.encoders import OneHotEncoder, Word2Vec
from elman.errors import ModelFolderError, NotFittedError
from elman.modelfolder import read_model_folder, write_model_folder

from .conftest import FAST


class TestModelFolder:
    def test_loaded_model_gives_the_same_bits(self, fitted: TextClassifier, tmp_path: Path) -> None:
        texts = [*order_reviews(50, 5).texts, "", "unseen"]
        fitted.save(tmp_path / "m")
        loaded = elman.load(tmp_path / "m")
        assert (loaded.predict_proba(texts) == fitted.predict_proba(texts)).all()
        assert loaded.classes_.tolist() == [0, 1]
        assert loaded.get_params() == fitted.get_params()
        loaded.save(tmp_path / "again")
        one, two = read_model_folder(tmp_path / "m"), read_model_folder(tmp_path / "again")
        assert all(one.arrays[name].tobytes() == two.arrays[name].tobytes() for name in one.arrays)

    def test_sequence_models_and_string_classes_round_trip(self, tmp_path: Path) -> None:
        model = SequenceClassifier(epochs=2, class_weight={"b": 2.0}, pooling=("max", "mean"))
        model.fit([np.ones((2, 3)), np.zeros((4, 3))], ["b", "a"]).save(tmp_path / "m")
        loaded = elman.load(tmp_path / "m")
        assert isinstance(loaded, SequenceClassifier)
        assert (loaded.predict_proba([np.ones((3, 3))]) == model.predict_proba([np.ones((3, 3))])).all()
        assert loaded.get_params()["class_weight"] == {"b": 2.0}
        assert loaded.fit([np.ones((2, 3)), np.zeros((4, 3))], ["b", "a"]).classes_.tolist() == ["a", "b"]

    def test_numbers_of_numpy_and_labels_of_every_kind_round_trip(self, tmp_path: Path) -> None:
        x = [[0, 1], [2], [1], [0, 2]]
        for number, labels in enumerate(([0.0, 1.0, 0.0, 1.0], [True, False] * 2, ["a", "b"] * 2, [3, 5] * 2)):
            settings: dict[str, Any] = {"units": [np.int64(3), np.int64(2)], "embedding_dim": np.int64(3), "epochs": 1}
            weights = {np.unique(labels)[0]: np.float32(2)}
            model = SequenceClassifier(**settings, class_weight=weights).fit(x, labels)
            model.save(tmp_path / str(number))
            loaded = elman.load(tmp_path / str(number))
            assert loaded.predict(x).dtype == model.predict(x).dtype
            assert (loaded.predict(x) == model.predict(x)).all()
            assert loaded.get_params() == model.get_params() | {"units": (3, 2)}

    def test_a_model_and_an_encoder_do_not_replace_each_other(self, fitted: TextClassifier, tmp_path: Path) -> None:
        encoder = OneHotEncoder().fit(["a b"])
        fitted.save(tmp_path / "m")
        encoder.save(tmp_path / "e")
        with pytest.raises(
            ModelFolderError, match=r"m: holds a model, TextClassifier, which an encoder does not replace; name"
        ):
            encoder.save(tmp_path / "m")
        with pytest.raises(
            ModelFolderError, match=r"e: holds an encoder, OneHotEncoder, which a model does not replace; name"
        ):
            fitted.save(tmp_path / "e")
        assert isinstance(elman.load(tmp_path / "m"), TextClassifier)
        assert isinstance(elman.load(tmp_path / "e"), OneHotEncoder)
        Word2Vec(min_count=1).fit(["a b"]).save(tmp_path / "e")

    def test_an_unfitted_model_is_not_saved(self, tmp_path: Path) -> None:
        with pytest.raises(NotFittedError):
            TextClassifier().save(tmp_path / "m")
        assert not (tmp_path / "m").exists()

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"kind": "Other"}, '"kind" is'),
            ({"classes": [0]}, '"classes"'),
            ({"classes": [1, 0]}, '"classes"'),
            ({"classes": ["a", 0]}, '"classes"'),
            ({"classes": [0, 1, 2]}, "do not fit"),
            ({"network": {}}, "layers"),
            ({"network": {"layers": [{"class": "OneHot", "input_dim": 2}], "dtype": "float32"}}, "damaged"),
            ({"network": {"layers": 3, "dtype": "float32"}}, "layers"),
            ({"network": {"layers": [3], "dtype": "float32"}}, "damaged"),
            ({"parameters": {"units": 3, "what": 1}}, "no parameter 'what'"),
            ({"parameters": None}, '"parameters"'),
            ({"tokenizer": {"lowercase": 3}}, "damaged"),
            ({"tokenizer": {"lowercase": True, "pattern": None}}, '"case" does not go with'),
            ({"case": "yes"}, "damaged"),
            ({"epochs": "auto"}, '"epochs" must be a positive integer'),
            ({"min_count": None}, '"min_count" must be a positive integer'),
            ({"tokenizer": {"lowercase": True, "pattern": "("}}, "damaged"),
        ],
    )
    def test_settings_that_make_no_model_have_one_clear_error(
        self, change: dict[str, Any], message: str, fitted: TextClassifier, tmp_path: Path
    ) -> None:
        fitted.save(tmp_path / "m")
        folder = read_model_folder(tmp_path / "m")
        folder.config.pop("files", None)
        folder.config.update(change)
        write_model_folder(tmp_path / "m", folder)
        with pytest.raises(ModelFolderError, match=message) as error:
            elman.load(tmp_path / "m")
        assert str(tmp_path / "m") in str(error.value)

    def test_affixes_of_an_elman_that_knew_no_letter_case_are_refused(
        self, fitted: TextClassifier, tmp_path: Path
    ) -> None:
        fitted.save(tmp_path / "m")
        folder = read_model_folder(tmp_path / "m")
        del folder.config["case"]
        write_model_folder(tmp_path / "m", folder)
        with pytest.raises(ModelFolderError, match='"case" is missing'):
            elman.load(tmp_path / "m")

    @pytest.mark.parametrize("case", [True, False])
    def test_letter_case_is_kept(self, case: bool, tmp_path: Path) -> None:
        texts = [f"it was {word}" for word in ("GOOD", "good", "FINE", "fine")] * 5
        model = TextClassifier(**FAST | {"epochs": 3}, case=case).fit(texts, [1, 0] * 10)
        model.save(tmp_path / "m")
        loaded = elman.load(tmp_path / "m")
        assert loaded.affixes_ == model.affixes_
        assert loaded.min_count_ == 1
        assert (loaded.predict_proba([*texts, "BAD Luck"]) == model.predict_proba([*texts, "BAD Luck"])).all()

    @pytest.mark.parametrize("remove", ["dense/bias", "subword_embedding/embeddings"])
    def test_missing_or_misshapen_weights(self, remove: str, fitted: TextClassifier, tmp_path: Path) -> None:
        fitted.save(tmp_path / "m")
        folder = read_model_folder(tmp_path / "m")
        whole = folder.arrays.pop(remove)
        write_model_folder(tmp_path / "m", folder)
        with pytest.raises(ModelFolderError, match="missing"):
            elman.load(tmp_path / "m")
        folder.arrays[remove] = whole[:-1].copy()
        write_model_folder(tmp_path / "m", folder)
        with pytest.raises(ModelFolderError, match="of shape"):
            elman.load(tmp_path / "m")

    @pytest.mark.parametrize("name", ["vocabulary", "affixes"])
    @pytest.mark.parametrize(("kind", "labels"), [(TextClassifier, [0, 1]), (Tagger, [["A", "B"], ["A", "C"]])])
    def test_lists_of_another_size_are_refused(self, name: str, kind: Any, labels: Any, tmp_path: Path) -> None:
        kind(epochs=1).fit(["the movie", "the move"], labels).save(tmp_path / "m")
        folder = read_model_folder(tmp_path / "m")
        folder.lists[name] = (*folder.lists[name], "zebra")
        write_model_folder(tmp_path / "m", folder)
        with pytest.raises(ModelFolderError, match="the network knows"):
            elman.load(tmp_path / "m")
