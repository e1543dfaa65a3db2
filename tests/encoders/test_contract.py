"""What all encoders promise: one contract, folders, odd texts, threads, scikit-learn's tools."""

import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import elman
from elman import encoders
from elman.data import order_reviews
from elman.encoders import (
    Doc2Vec,
    ELMo,
    GloVe,
    MeanOfVectors,
    OneHotEncoder,
    Pretrained,
    PublishedELMo,
    TextEncoder,
    TfidfEncoder,
    TfidfTokenEncoder,
    TokenEncoder,
    Word2Vec,
    WordVectors,
    mean_of_vectors,
    text_vectors,
    write_encoded,
)
from elman.errors import InputError, ModelFolderError, NotFittedError
from elman.sequences import Sequences

TEXTS = [*order_reviews(30, 1).texts, "", "the"]
ODD = ["", "good", "zzz qqq", "😀 👩‍👩‍👧 good", "שלום עולם the", "e\u0301te\u0301 good", "the movie was good " * 200]
KNOWN = WordVectors(["the", "movie", "was", "good"], np.arange(12).reshape(4, 3))

CASES: dict[str, Any] = {
    "one-hot": OneHotEncoder(),
    "tfidf": TfidfEncoder(max_vocabulary=9),
    "tfidf of tokens": TfidfTokenEncoder(),
    "word2vec": Word2Vec(dimensions=6, min_count=1, epochs=2),
    "cbow": Word2Vec(architecture="cbow", dimensions=6, min_count=2, epochs=2),
    "doc2vec": Doc2Vec(dimensions=6, min_count=1, epochs=2),
    "glove": GloVe(dimensions=6, epochs=2),
    "elmo": ELMo(units=6, layers=1, epochs=1),
    "elmo of characters": ELMo(level="character", units=6, filters=((1, 4), (2, 5)), character_dim=3, epochs=1),
    "mean": MeanOfVectors(encoder=Word2Vec(dimensions=5, min_count=1, epochs=1)),
    "pretrained": Pretrained(vectors=KNOWN),
}
FITTED: dict[str, Any] = {}
every = pytest.mark.parametrize("name", CASES)


def new(name: str) -> Any:
    return clone(CASES[name])


def rows(encoded: Any) -> list[bytes]:
    """Give what each text became, byte for byte."""
    if isinstance(encoded, Sequences):
        return [encoded[number].tobytes() for number in range(len(encoded))]
    dense = encoded.toarray() if hasattr(encoded, "toarray") else encoded
    return [row.tobytes() for row in dense]


def test_every_encoder_is_held_to_the_contract() -> None:
    # One does not learn from texts, but is read from files; tests/encoders/test_published_elmo.py.
    assert {type(case) for case in CASES.values()} == set(encoders.ENCODERS) - {PublishedELMo}


@every
class TestEncoder:
    def test_kinds_of_output_are_told_apart_by_type(self, name: str) -> None:
        encoder = new(name).fit(TEXTS)
        encoded = encoder.transform(TEXTS)
        assert len(encoder.get_feature_names_out()) == encoder.features_
        if isinstance(encoder, TokenEncoder):
            assert isinstance(encoded, Sequences)
            assert encoded.features == encoder.features_
            assert encoded.lengths.tolist() == [len(elman.Tokenizer().tokenize(text)) for text in TEXTS]
        else:
            assert isinstance(encoder, TextEncoder)
            assert encoded.shape == (len(TEXTS), encoder.features_)

    def test_a_text_gives_the_same_bits_alone_as_among_others(self, name: str) -> None:
        encoder = new(name).fit(TEXTS)
        together = rows(encoder.transform(ODD))
        assert [rows(encoder.transform([text]))[0] for text in ODD] == together
        assert rows(encoder.transform(ODD[::-1])) == together[::-1]

    def test_neither_threads_nor_a_second_fit_change_a_bit(self, name: str) -> None:
        expected = rows(new(name).set_params(**self.threads(name, 1)).fit_transform(TEXTS))
        for threads in (2, 4):
            encoder = new(name).set_params(**self.threads(name, threads))
            assert rows(encoder.fit_transform(TEXTS)) == expected
            assert rows(encoder.fit(TEXTS).transform(TEXTS)) == expected

    def threads(self, name: str, threads: int) -> dict[str, int]:
        return {"encoder__threads" if name == "mean" else "threads": threads}

    def test_texts_and_their_tokens_are_the_same(self, name: str) -> None:
        tokens = [elman.Tokenizer().tokenize(text) for text in TEXTS]
        encoder = new(name).fit(tokens)
        assert rows(encoder.transform(tokens)) == rows(new(name).fit(TEXTS).transform(TEXTS))

    def test_a_folder_gives_it_back(self, name: str, tmp_path: Path) -> None:
        encoder = new(name).fit(TEXTS)
        encoder.save(tmp_path / "e")
        loaded = [type(encoder).load(tmp_path / "e"), elman.load(tmp_path / "e")]
        for again in (*loaded, pickle.loads(pickle.dumps(encoder))):
            assert rows(again.transform(ODD)) == rows(encoder.transform(ODD))
            assert again.vocabulary_ == encoder.vocabulary_
        again.save(tmp_path / "e")
        other = Doc2Vec if name != "doc2vec" else TfidfEncoder
        with pytest.raises(ModelFolderError, match=f"holds a {type(encoder).__name__}, not a {other.__name__}"):
            other.load(tmp_path / "e")

    def test_a_fit_that_fails_leaves_it_as_it_was(self, name: str) -> None:
        encoder = new(name).fit(TEXTS)
        before = rows(encoder.transform(ODD))
        with pytest.raises(InputError, match="all are empty"):
            encoder.fit(["", " "])
        with pytest.raises(InputError, match="text 1 is int"):
            encoder.fit(["a", 3])
        with pytest.raises(InputError, match=r"for one text give \[text\]"):
            encoder.fit("a text")
        assert rows(encoder.transform(ODD)) == before

    def test_it_must_be_fitted_first(self, name: str, tmp_path: Path) -> None:
        uses = (
            lambda encoder: encoder.transform(["a"]),
            lambda encoder: encoder.save(tmp_path / "e"),
            lambda encoder: encoder.get_feature_names_out(),
            lambda encoder: encoder.features_,
            lambda encoder: encoder.vocabulary_,
        )
        for use in uses:
            with pytest.raises(NotFittedError, match="call fit"):
                use(new(name))
        assert not (tmp_path / "e").exists()

    def test_nothing_that_is_learned_is_given_before(self, name: str) -> None:
        for use in ("layer", "weights", "arrays", "facts"):
            with suppress(NotFittedError):  # some have nothing to give, whatever they learned
                assert not getattr(new(name), use, dict)()
        assert not hasattr(new(name), "vocabulary_")

    def test_no_texts(self, name: str) -> None:
        encoder = new(name).fit(TEXTS)
        encoded = encoder.transform([])
        assert len(encoded) == 0 if isinstance(encoded, Sequences) else encoded.shape == (0, encoder.features_)
        assert text_vectors(encoder, []).shape == (0, encoder.features_)

    @settings(max_examples=25, deadline=None)
    @given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
    def test_any_text_is_encoded(self, name: str, text: str) -> None:
        encoder = FITTED[name] = FITTED.get(name) or new(name).fit(TEXTS)
        encoded = encoder.transform([text, "the"])
        values = encoded.values if isinstance(encoded, Sequences) else encoded
        values = values.toarray() if hasattr(values, "toarray") else values
        assert np.isfinite(values).all()
        assert rows(encoded)[1] == rows(encoder.transform(["the"]))[0]

    def test_a_text_of_many_tokens(self, name: str) -> None:
        encoder = new(name).fit(["the movie was good " * 25_000, "the movie"])
        long = encoder.transform(["good movie " * 50_000])
        if isinstance(long, Sequences):
            assert long.values.shape == (100_000, encoder.features_)
            assert np.isfinite(long.values).all()
        else:
            assert long.shape == (1, encoder.features_)


class TestSettings:
    def test_numbers_of_numpy_are_saved(self, tmp_path: Path) -> None:
        filters: Any = [(np.int64(1), np.int64(4)), (np.int64(2), np.int64(5))]
        for encoder in (
            OneHotEncoder(min_count=np.int64(1)),
            Word2Vec(dimensions=np.int64(3), min_count=np.int8(1), epochs=np.int64(1), learning_rate=np.float32(0.5)),
            ELMo(level="character", units=np.int64(4), samples=np.int64(3), filters=filters, epochs=1, layers=1),
            MeanOfVectors(encoder=OneHotEncoder(max_vocabulary=np.int64(4))),
        ):
            encoder.fit(TEXTS).save(tmp_path / "e")
            again: Any = elman.load(tmp_path / "e")
            assert rows(again.transform(ODD)) == rows(encoder.transform(ODD))
            assert again.get_params(deep=False).keys() == encoder.get_params(deep=False).keys()

    def test_settings_are_shown_and_come_back_as_they_were(self, tmp_path: Path) -> None:
        encoder = ELMo(filters=np.array([[1, 4]]), level="character", units=4, epochs=1)  # type: ignore[arg-type]
        assert repr(encoder).startswith("ELMo(epochs=1, filters=array([[1, 4]]), level='character'")
        with pytest.raises(InputError, match="filters must be pairs"):
            encoder.fit(TEXTS)
        encoder.set_params(filters=((1, 4),)).fit(TEXTS).save(tmp_path / "e")
        assert repr(ELMo.load(tmp_path / "e")) == repr(encoder)

    def test_a_model_is_no_encoder(self, tmp_path: Path) -> None:
        elman.TextClassifier(units=2, epochs=1).fit(["a b", "b c"], [0, 1]).save(tmp_path / "m")
        with pytest.raises(ModelFolderError, match="holds a TextClassifier, which is no encoder"):
            Word2Vec.load(tmp_path / "m")


class TestOneHot:
    def test_the_lectures_reviews_are_its_arrays(self) -> None:
        encoded = OneHotEncoder().fit_transform(elman.lecture_reviews().texts[:3])
        movie, was, good, bad, not_ = np.eye(5).tolist()
        assert [encoded[number].shape for number in range(3)] == [(3, 5), (3, 5), (4, 5)]
        assert [encoded[number].tolist() for number in range(3)] == [
            [movie, was, good], [movie, was, bad], [movie, was, not_, good],
        ]  # fmt: skip

    def test_a_word_that_is_not_known_is_zeros(self) -> None:
        assert OneHotEncoder().fit(["a b"]).transform(["cool a"])[0].tolist() == [[0, 0], [1, 0]]


class TestTfidf:
    def test_it_is_scikit_learns(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        theirs = TfidfVectorizer(tokenizer=elman.Tokenizer().tokenize, token_pattern=None)
        expected = theirs.fit_transform(TEXTS).toarray()
        encoder = TfidfEncoder().fit(TEXTS)
        order = [theirs.vocabulary_[word] for word in encoder.vocabulary_.words]
        np.testing.assert_allclose(encoder.transform(TEXTS).toarray(), expected[:, order], rtol=1e-14)
        of_tokens = TfidfTokenEncoder().fit(TEXTS)
        np.testing.assert_allclose(of_tokens.idf_, theirs.idf_[order], rtol=1e-14)
        (the,) = of_tokens.vocabulary_.to_ids(["the"])
        assert of_tokens.transform(["the"])[0][0, the] == np.float32(of_tokens.idf_[the])

    def test_a_network_reads_the_same_vectors(self) -> None:
        for encoder in (TfidfEncoder(max_vocabulary=12), TfidfTokenEncoder(max_vocabulary=12)):
            encoder.fit(TEXTS)
            network = elman.Network([encoder.layer(), elman.Dense(3)])
            name = network.names[0]
            network.parameters[f"{name}/weights"] = encoder.weights()["weights"]
            kernel = network.parameters["dense/kernel"]
            found = network.predict(encoder.numbers([elman.Tokenizer().tokenize(text) for text in TEXTS]))
            encoded: Any = encoder.transform(TEXTS)
            dense = encoded.toarray() if hasattr(encoded, "toarray") else encoded.values
            values = found.values if isinstance(found, Sequences) else found
            np.testing.assert_allclose(values, dense @ kernel, rtol=1e-5, atol=1e-6)


class TestMeanOfVectors:
    def test_it_is_the_mean_of_what_the_encoder_gives(self) -> None:
        inner = Word2Vec(dimensions=5, min_count=1, epochs=1)
        encoded, means = inner.fit(TEXTS).transform(TEXTS), MeanOfVectors(encoder=inner).fit(TEXTS).transform(TEXTS)
        expected = [encoded[n].mean(axis=0) if len(encoded[n]) else np.zeros(5) for n in range(len(TEXTS))]
        np.testing.assert_allclose(means, expected, atol=1e-6)

    def test_texts_are_encoded_in_parts_that_fit_in_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        encoder = OneHotEncoder().fit(TEXTS)
        expected, at_once, transform = text_vectors(encoder, ODD), list[int](), OneHotEncoder.transform

        def counted(self: OneHotEncoder, x: Any) -> Sequences:
            encoded = transform(self, x)
            at_once.append(encoded.values.size)
            return encoded

        monkeypatch.setattr(OneHotEncoder, "transform", counted)
        monkeypatch.setattr(mean_of_vectors, "CELLS", 8 * encoder.features_)
        texts = [*ODD[:-1], *TEXTS]
        assert (text_vectors(encoder, ODD) == expected).all()
        assert len(at_once) == 3  # up to 8 tokens, up to 8 tokens, and one text of 800
        at_once.clear()
        monkeypatch.setattr(mean_of_vectors, "CELLS", 30 * encoder.features_)
        inside = MeanOfVectors(encoder=OneHotEncoder()).fit(TEXTS).transform(texts)
        assert (inside == text_vectors(encoder, texts)).all()
        assert max(at_once) <= 30 * encoder.features_
        assert len(at_once) > 2

    def test_it_takes_one_vector_a_token(self) -> None:
        with pytest.raises(InputError, match="encoder must be one that gives a vector a token"):
            MeanOfVectors(encoder=TfidfEncoder()).fit(TEXTS)  # type: ignore[arg-type]

    def test_settings_of_the_encoder_are_its_own(self) -> None:
        mean = MeanOfVectors(encoder=Word2Vec(dimensions=5))
        assert mean.get_params()["encoder__dimensions"] == 5
        assert mean.set_params(encoder__dimensions=7).encoder.get_params()["dimensions"] == 7
        with pytest.raises(InputError, match="no parameter 'nothing'"):
            mean.set_params(encoder__nothing=1)


def test_vectors_of_texts_go_on_to_scikit_learn() -> None:
    texts = order_reviews(200, 1).texts
    labels = ["not" in elman.Tokenizer().tokenize(text) for text in texts]
    assert 20 < sum(labels) < 180
    assert make_pipeline(TfidfEncoder(), LogisticRegression()).fit(texts, labels).score(texts, labels) > 0.95


class TestFiles:
    def test_a_vector_a_text(self, tmp_path: Path) -> None:
        import polars

        for encoder in (TfidfEncoder(), OneHotEncoder()):
            encoder.fit(TEXTS)
            assert "32 texts" in write_encoded(encoder, TEXTS, tmp_path / "v.npy")
            vectors = np.load(tmp_path / "v.npy")
            assert (vectors == text_vectors(encoder, TEXTS)).all()
            write_encoded(encoder, TEXTS, tmp_path / "v.parquet")
            table = polars.read_parquet(tmp_path / "v.parquet")
            assert table["text"].to_list() == TEXTS
            assert (table["vector"].to_numpy() == vectors).all()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["v.npy", "v.parquet"]

    def test_folders_are_made_and_links_followed(self, tmp_path: Path) -> None:
        encoder = Word2Vec(dimensions=4, min_count=1, epochs=1).fit(TEXTS)
        for ending in (".npy", ".parquet", ".vec"):
            write_encoded(encoder, TEXTS, tmp_path / ending[1:] / f"v{ending}")
            link = tmp_path / f"link{ending}"
            link.symlink_to(tmp_path / ending[1:] / f"v{ending}")
            before = link.read_bytes()
            (tmp_path / ending[1:] / f"v{ending}").write_bytes(b"")
            write_encoded(encoder, TEXTS, link)
            assert link.is_symlink()
            assert (tmp_path / ending[1:] / f"v{ending}").read_bytes() == before
            assert len(list((tmp_path / ending[1:]).iterdir())) == 1

    def test_half_a_character(self, tmp_path: Path) -> None:
        encoder = OneHotEncoder().fit(["a b"])
        with pytest.raises(InputError, match=r"text 1 holds '\\ud800', half a character"):
            write_encoded(encoder, ["a", "a\ud800"], tmp_path / "v.parquet")
        assert list(tmp_path.iterdir()) == []
        write_encoded(encoder, ["a", "a\ud800"], tmp_path / "v.npy")

    def test_vectors_of_words_and_folders(self, tmp_path: Path) -> None:
        encoder = Word2Vec(dimensions=4, min_count=1, epochs=1).fit(TEXTS)
        for ending in (".vec", ".bin", ".txt", ".safetensors"):
            write_encoded(encoder, TEXTS, tmp_path / f"v{ending}")
            read = WordVectors.load(tmp_path / f"v{ending}")
            assert read.index_to_key == encoder.vocabulary_.words
            assert (read.vectors == encoder.vectors_).all()
        write_encoded(encoder, TEXTS, tmp_path / "folder")
        assert (elman.load(tmp_path / "folder").vectors_ == encoder.vectors_).all()
        documents = Doc2Vec(dimensions=4, min_count=1, epochs=1).fit(TEXTS)
        write_encoded(documents, TEXTS, tmp_path / "d.vec")
        assert (WordVectors.load(tmp_path / "d.vec").vectors == documents.vectors_).all()
        documents.save(tmp_path / "d")
        assert (elman.word_vectors(tmp_path / "d").vectors == documents.vectors_).all()
        mean = MeanOfVectors(encoder=encoder).fit(TEXTS)
        assert mean.has_word_vectors
        assert (mean.word_vectors().vectors == encoder.vectors_).all()
        assert not MeanOfVectors(encoder=OneHotEncoder()).has_word_vectors
        with pytest.raises(InputError, match="has no vector of its own for each word"):
            write_encoded(Doc2Vec(architecture="pv-dbow", min_count=1).fit(TEXTS), TEXTS, tmp_path / "w.vec")
        with pytest.raises(InputError, match="has no vector of its own for each word"):
            write_encoded(TfidfEncoder().fit(TEXTS), TEXTS, tmp_path / "w.vec")
        assert not (tmp_path / "w.vec").exists()
