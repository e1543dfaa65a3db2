"""WordVectors: look-ups beside plain NumPy and beside gensim's."""

import copy
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from elman.encoders import WordVectors
from elman.errors import InputError, UnknownWordError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def drawn() -> WordVectors:
    vectors = np.random.default_rng(0).standard_normal((40, 7)).astype("f")
    return WordVectors([f"word{number}" for number in range(40)], vectors)


class TestLookUps:
    def test_vectors(self, drawn: WordVectors) -> None:
        assert len(drawn) == 40
        assert drawn.vector_size == 7
        assert "word3" in drawn
        assert "word40" not in drawn
        assert (drawn["word3"] == drawn.vectors[3]).all()
        assert (drawn[["word5", "word2"]] == drawn.vectors[[5, 2]]).all()
        assert (drawn.get_vector("word3") == drawn.vectors[3]).all()
        expected = drawn.vectors[3] / np.linalg.norm(drawn.vectors[3])
        np.testing.assert_allclose(drawn.get_vector("word3", norm=True), expected, rtol=1e-6)

    def test_cosines(self, drawn: WordVectors) -> None:
        a, b = drawn["word1"].astype(float), drawn["word2"].astype(float)
        expected = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        assert drawn.similarity("word1", "word2") == pytest.approx(expected, abs=1e-6)

    @pytest.mark.parametrize(
        ("positive", "negative"), [("word1", None), (["word1", "word2"], "word3"), ([], ["word1"]), (["word0"] * 2, [])]
    )
    def test_most_similar_as_plain_numpy_finds_them(
        self, drawn: WordVectors, positive: list[str], negative: list[str]
    ) -> None:
        plus, minus = ([x] if isinstance(x, str) else x or [] for x in (positive, negative))
        unit = drawn.vectors.astype(float) / np.linalg.norm(drawn.vectors.astype(float), axis=1, keepdims=True)
        mean = sum(unit[drawn.key_to_index[w]] for w in plus) - sum(unit[drawn.key_to_index[w]] for w in minus)
        cosines = unit @ (mean / np.linalg.norm(mean))
        order = [i for i in np.argsort(-cosines) if drawn.index_to_key[i] not in {*plus, *minus}][:10]
        found = drawn.most_similar(positive, negative)
        assert [word for word, _ in found] == [drawn.index_to_key[i] for i in order]
        np.testing.assert_allclose([cosine for _, cosine in found], cosines[order], atol=1e-6)

    def test_equal_vectors_stand_in_the_words_order(self) -> None:
        vector = np.random.default_rng(1).standard_normal((1, 33))
        table = WordVectors([str(number) for number in range(100)], np.repeat(vector, 100, axis=0))
        found = table.most_similar("7", topn=200)
        assert [word for word, _ in found] == [str(number) for number in range(100) if number != 7]
        assert len({cosine for _, cosine in found}) == 1

    def test_zeros_are_like_nothing(self) -> None:
        table = WordVectors(["zero", "one"], [[0, 0], [1e-30, 0]])
        assert table.similarity("zero", "one") == 0
        assert table.similarity("one", "one") == pytest.approx(1)
        assert table.most_similar("zero") == [("one", 0.0)]

    def test_words_that_cancel_give_no_direction(self) -> None:
        table = WordVectors(["a", "b", "c"], [[1, 2, 3], [0.3, 0.1, 0.7], [5, 1, 1]])
        for words in ("a", ["a", "b", "c"]):
            with pytest.raises(InputError, match="cancels itself"):
                table.most_similar(words, words)
        assert table.most_similar(["a", "b"], "a")[0][0] == "c"

    def test_unknown_words(self) -> None:
        table = WordVectors(["movie", "Movie", "rain"], np.eye(3))
        for call in (table.__getitem__, table.get_vector, table.most_similar, lambda w: table.similarity("rain", w)):
            with pytest.raises(UnknownWordError, match=r"the word 'movei' has no vector.* 'movie', 'Movie'"):
                call("movei")
        with pytest.raises(KeyError, match=r"^the word 'xyz' has no vector among 3 words; none is spelled"):
            table["xyz"]
        for key in (3, -1, True, 0.5, b"movie", None, [3], [b"x"], [["movie"]]):
            with pytest.raises(
                UnknownWordError, match="a word must be a string, or its place, an integer from 0 to 2, "
            ):
                table[key]  # type: ignore[index]
        for key in (b"x", 0.5, [b"x"], ("movie", 0.5)):
            with pytest.raises(UnknownWordError, match="a word must be a string, or its place"):
                table.most_similar(key)  # type: ignore[arg-type]

    def test_wrong_arguments(self) -> None:
        table = WordVectors(["a", "b"], np.eye(2))
        for nothing in ([], None):
            with pytest.raises(InputError, match=r"positive or negative must be a word, or a list of .* got none"):
                table.most_similar(nothing, nothing)
        for weight in ("b", np.nan, np.inf, True, None):
            with pytest.raises(InputError, match="a weight must be a finite number, got"):
                table.most_similar([("a", weight)])  # type: ignore[list-item]
        for vector in (np.ones(3), np.array([1, np.nan]), np.array([1, 1e39]), np.ones(()), [np.array(["a", "b"])]):
            with pytest.raises(InputError, match=r"a vector must be finite numbers in float32, of shape \(2,\), got"):
                table.most_similar(vector)
        for large in ([np.array([3e38, 0])] * 2, [("a", 1e300)]):
            with pytest.raises(InputError, match="too large to be added"):
                table.most_similar(large)
        for path in (None, 3, b"t.vec"):
            for call in (WordVectors.load, table.save):
                with pytest.raises(InputError, match=r"path must be a path, a string or os\.PathLike, got"):
                    call(path)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="topn must be a positive integer, got 0"):
            table.most_similar("a", topn=0)
        for words_, vectors in ((["a"], np.eye(2)), ([], np.ones((0, 2))), (["a"], [1.0]), (["a"], np.ones((1, 0)))):
            with pytest.raises(InputError, match="vectors must be of shape"):
                WordVectors(words_, vectors)
        with pytest.raises(InputError, match="stands there before"):
            WordVectors(["a", "a"], np.eye(2))
        for number in (np.nan, np.inf, 1e39):
            with pytest.raises(InputError, match="finite in float32, but that of word 2 is not"):
                WordVectors(["a", "b"], [[1.0], [number]])
        with pytest.raises(InputError, match="vectors must be an array of numbers"):
            WordVectors(["a"], [["x"]])

    def test_nothing_changes_them(self, drawn: WordVectors) -> None:
        with pytest.raises(ValueError, match="read-only"):
            drawn.vectors[0, 0] = 1
        for name in ("vectors", "index_to_key", "key_to_index"):
            with pytest.raises(AttributeError):
                setattr(drawn, name, getattr(drawn, name))
        with pytest.raises(TypeError):
            drawn.key_to_index["word0"] = 1  # type: ignore[index]
        assert isinstance(drawn.index_to_key, tuple)
        assert copy.deepcopy(drawn) is drawn

    def test_what_was_given_stays_its_owners(self) -> None:
        own = np.ones((1, 2), np.float32)
        table = WordVectors(["a"], own)
        own[0, 0] = 2
        assert table["a"].tolist() == [1, 1]
        own.flags.writeable = False
        assert np.shares_memory(WordVectors(["a"], own).vectors, own)  # as a file that is mapped into memory

    def test_a_file_is_held_once(self, folder: Path, drawn: WordVectors) -> None:
        drawn.save(folder / "t.bin")
        vectors = WordVectors.load(folder / "t.bin").vectors
        assert vectors.base is None and not vectors.flags.writeable

    def test_pickled_they_are_as_they_were(self, drawn: WordVectors) -> None:
        nearest = drawn.most_similar("word1")
        for other in (pickle.loads(pickle.dumps(drawn)), copy.copy(drawn)):
            assert other.index_to_key == drawn.index_to_key
            assert other.vectors.tobytes() == drawn.vectors.tobytes()
            assert other.most_similar("word1") == nearest
            with pytest.raises(ValueError, match="read-only"):
                other.vectors[0, 0] = 1


class TestAsGensim:
    """The same look-ups give the same, word by word."""

    @pytest.fixture
    def both(self, drawn: WordVectors) -> tuple[WordVectors, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            models = pytest.importorskip("gensim.models")
        peer = models.KeyedVectors(drawn.vector_size)
        peer.add_vectors(list(drawn.index_to_key), np.array(drawn.vectors))
        return drawn, peer

    VECTOR = np.arange(-3.0, 4)

    @pytest.mark.parametrize(
        ("positive", "negative"),
        [
            ("word1", None),
            (None, "word1"),
            (None, ["word1", "word2"]),
            (["word1", "word2"], ["word3"]),
            ([("word1", 1.0), ("word2", 0.5)], None),
            (["word1"], [("word2", 0.5), ("word3", -2)]),
            (VECTOR, None),
            ([VECTOR, "word1"], [VECTOR[::-1] / 9, "word4"]),
            ([(VECTOR, 0.1), 3, ("word5", np.float32(2))], None),
            (np.stack([VECTOR, VECTOR**2]), [7]),
            (0, ["word1"]),
        ],
        ids=repr,
    )
    def test_most_similar(self, both: tuple[WordVectors, Any], positive: Any, negative: Any) -> None:
        ours, theirs = (table.most_similar(positive=positive, negative=negative, topn=12) for table in both)
        assert [word for word, _ in ours] == [word for word, _ in theirs]
        np.testing.assert_allclose([x for _, x in ours], [x for _, x in theirs], atol=1e-6)

    @pytest.mark.parametrize("form", [".vec", ".txt", ".bin"])
    def test_files(self, both: tuple[WordVectors, Any], folder: Path, form: str) -> None:
        ours, peer = both
        ours = WordVectors(["3", "nan", '"', "a\r", "\t", "\xa0", "\u2028", "日本", *list(ours)[8:]], ours.vectors)
        ours.save(folder / f"t{form}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # it leaves the file open
            theirs = peer.load_word2vec_format(
                str(folder / f"t{form}"), binary=form == ".bin", no_header=form == ".txt"
            )
        assert theirs.index_to_key == list(ours)
        assert theirs.vectors.tobytes() == ours.vectors.tobytes()
        theirs.save_word2vec_format(str(folder / "again"), binary=form == ".bin", write_header=form != ".txt")
        assert list(WordVectors.load(folder / "again")) == list(ours)

    def test_look_ups(self, both: tuple[WordVectors, Any]) -> None:
        for key in ("word3", 3, np.int64(39), ["word3", 4], [0], np.array([2, 5])):
            ours, theirs = (table[key] for table in both)
            assert ours.shape == theirs.shape and (ours == theirs).all()
        ours, theirs = both
        assert len(ours) == len(theirs) and list(ours.index_to_key) == theirs.index_to_key
        assert dict(ours.key_to_index) == theirs.key_to_index
        assert list(ours) == theirs.index_to_key
        for a, b in (("word1", "word2"), (0, "word9")):
            assert ours.similarity(a, b) == pytest.approx(theirs.similarity(a, b), abs=1e-6)
        np.testing.assert_allclose(ours.get_vector(2, norm=True), theirs.get_vector(2, norm=True), rtol=1e-6)


def test_types() -> None:
    vectors: NDArray[np.float32] = WordVectors(["a"], [[1, 2]]).vectors
    assert vectors.dtype == np.float32
