import bz2
import gzip
import io
import json
import lzma
import random
import sys
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from elman.data import LabelledTexts, read_corpus, read_labelled, read_sources, read_texts
from elman.errors import DataError, ElmanWarning

TEXTS = ["movie was good", 'he said "no", twice', "çà et là 😀", "two\nlines"]
LABELS = [1, 0, 1, 0]
NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no * or ? in a name")


def csv_of(rows: list[tuple[str, object]]) -> str:
    return "text,label\n" + "".join('"' + text.replace('"', '""') + f'",{label}\n' for text, label in rows)


CONTENT = {
    "a.csv": csv_of(list(zip(TEXTS, LABELS, strict=True))),
    "a.jsonl": "".join(json.dumps({"text": t, "label": y}) + "\n" for t, y in zip(TEXTS, LABELS, strict=True)),
}
ONE_LINE = [t.replace("\n", " ") for t in TEXTS]
CONTENT_ONE_LINE = {
    "a.tsv": "text\tlabel\n" + "".join(f"{t}\t{y}\n" for t, y in zip(ONE_LINE, LABELS, strict=True)),
    "a.txt": "".join(f"__label__{y} {t}\n" for t, y in zip(ONE_LINE, LABELS, strict=True)),
}


@pytest.mark.parametrize("name", CONTENT | CONTENT_ONE_LINE)
@pytest.mark.parametrize("compression", ["", ".gz", ".zst"])
def test_every_text_form_gives_the_same_rows(name: str, compression: str, tmp_path: Path) -> None:
    content = (CONTENT | CONTENT_ONE_LINE)[name].encode()
    squeeze = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}[compression]
    path = tmp_path / (name + compression)
    path.write_bytes(squeeze(content))
    rows = read_labelled(str(path))
    assert rows.texts == (TEXTS if name in CONTENT else ONE_LINE)
    assert rows.labels == LABELS
    assert read_texts(str(path)).texts == rows.texts


FRAMES = [zstandard.compress(csv_of([(text, 1)])[at:].encode()) for text, at in (("good", 0), ("bad", 11), ("", 11))]
SQUEEZED = {
    "a.csv.gz": gzip.compress(CONTENT["a.csv"].encode()),
    "a.csv.zst": zstandard.compress(CONTENT["a.csv"].encode()),
    "unsized.csv.zst": zstandard.ZstdCompressor(write_content_size=False, write_checksum=True).compress(
        CONTENT["a.csv"].encode()
    ),
}


@pytest.mark.parametrize("name", SQUEEZED)
def test_no_row_is_lost_silently_wherever_a_compressed_file_is_cut_off(name: str, tmp_path: Path) -> None:
    path, whole = tmp_path / name, SQUEEZED[name]
    path.write_bytes(whole)
    assert read_texts(str(path)).texts == TEXTS
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match="is damaged") as error:
            read_texts(str(path))
        assert str(error.value).startswith(str(path))


def test_a_zstd_file_larger_than_one_read_that_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.zst"
    texts = [random.Random(seed).randbytes(30).hex() for seed in range(10_000)]
    whole = zstandard.compress("\n".join(texts).encode())
    assert len(whole) > 2 * zstandard.DECOMPRESSION_RECOMMENDED_INPUT_SIZE
    path.write_bytes(whole)
    assert read_texts(str(path)).texts == texts
    for length in (0, zstandard.DECOMPRESSION_RECOMMENDED_INPUT_SIZE, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match="cut off before the end of its zstd data"):
            read_texts(str(path))


def test_zstd_frames_are_read_one_after_the_other_and_the_last_may_not_be_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.zst"
    skippable = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
    path.write_bytes(FRAMES[0] + skippable + FRAMES[1] + FRAMES[2])
    assert read_texts(str(path)).texts == ["good", "bad", ""]
    path.write_bytes(FRAMES[0] + FRAMES[1] + FRAMES[2][:-1])
    with pytest.raises(DataError, match="cut off"):
        read_texts(str(path))
    path.write_bytes(FRAMES[0] + b"text,label\n")
    with pytest.raises(DataError, match="is damaged, or not zstd"):
        read_texts(str(path))


def test_a_path_is_read_as_its_name_is(tmp_path: Path) -> None:
    for name, content in (CONTENT | CONTENT_ONE_LINE).items():
        (tmp_path / name).write_text(content, encoding="utf-8", newline="")
        assert read_labelled(tmp_path / name) == read_labelled(str(tmp_path / name))
        assert read_texts(tmp_path / name) == read_texts(str(tmp_path / name))


@pytest.mark.parametrize("between", [" ", "\t", "   ", " \t "])
def test_any_white_space_may_follow_a_fasttext_label(between: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"__label__good{between}one\ttwo  three \n  __label__bad{between}four\n__label__none\n")
    rows = read_labelled(path)
    assert (rows.texts, rows.labels, rows.rows_without_text) == (["one\ttwo  three", "four"], ["good", "bad"], 1)
    path.write_text(f"__label__good{between}__label__bad{between}one\n")
    with pytest.raises(DataError, match="line 1: has several labels"):
        read_labelled(path)


@pytest.mark.parametrize("content", ["__label__1 good\n__label__0 bad\n", "good\nbad\n", ""])
@pytest.mark.parametrize("column", ["text", "review", ""])
def test_a_column_cannot_be_named_where_a_format_has_none(content: str, column: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(content)
    with pytest.raises(DataError, match=r"lines have no named columns.*leave --text-column out"):
        read_texts(path, text_column=column)
    if content.startswith("__label__"):
        assert read_labelled(path).text_column is None
        with pytest.raises(DataError, match=r"lines have no named columns.*leave --text-column out"):
            read_labelled(path, text_column=column)
        with pytest.raises(DataError, match=r"lines have no named columns.*leave --label-column out"):
            read_labelled(path, label_column=column)


def test_parquet(tmp_path: Path) -> None:
    import polars

    path = tmp_path / "a.parquet"
    polars.DataFrame({"id": [1, 2], "Review": ["good", None], "sentiment": ["pos", "neg"]}).write_parquet(path)
    assert read_texts(str(path)).texts == ["good", ""]
    with pytest.raises(DataError, match="every row has the label 'pos'"):
        read_labelled(str(path))


@pytest.mark.parametrize(
    "name",
    ["a[1].parquet", "~.parquet", "year=1/a.pq"]
    + [pytest.param(name, marks=NOT_ON_WINDOWS) for name in ("*.parquet", "a?.parquet")],
)
def test_parquet_is_read_from_the_file_of_exactly_that_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import polars

    monkeypatch.chdir(tmp_path)
    for other in ("a1.parquet", "ab.parquet"):
        polars.DataFrame({"text": ["other"], "label": ["other"]}).write_parquet(tmp_path / other)
    with pytest.raises(DataError, match="no such file"):
        read_labelled(name)
    Path(name).parent.mkdir(exist_ok=True)
    with Path(name).open("wb") as file:
        polars.DataFrame({"text": TEXTS, "label": LABELS}).write_parquet(file)
    rows = read_labelled(name)
    assert (rows.texts, rows.labels, rows.source) == (TEXTS, LABELS, name)


def test_a_panic_in_polars_is_an_error_of_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import polars

    def panic(*_: object) -> None:
        raise polars.exceptions.PanicException("index out of bounds\nbacktrace")

    monkeypatch.setattr(polars, "read_parquet", panic)
    path = tmp_path / "a.parquet"
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"polars cannot read it: index out of bounds$"):
        read_texts(path)


def test_parquet_with_any_byte_changed_is_read_or_refused_by_one_kind_of_error(tmp_path: Path) -> None:
    import polars

    path = tmp_path / "a.parquet"
    polars.DataFrame({"text": ["a", "b"], "label": [0, 1]}).write_parquet(path)
    whole = path.read_bytes()
    refused = 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            read_texts(path)
        except DataError as error:
            assert str(error).startswith(str(path))  # noqa: PT017
            refused += 1
    assert refused > len(whole) // 2


@pytest.mark.parametrize("name", CONTENT | CONTENT_ONE_LINE)
def test_stdin_is_told_by_its_first_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (CONTENT | CONTENT_ONE_LINE)[name].encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert read_labelled("-").labels == LABELS


LINES = ("text\ngood\n", "x\nabc\n", "review\n", "{not json\ngood\n", '{"a": 1}\n', '{"text": 1}\n', "[1]\n", '"', "")


@pytest.mark.parametrize("content", LINES)
@pytest.mark.parametrize("name", ["-", "data", "a.txt"])
def test_texts_alone_are_lines_however_they_begin(
    name: str, content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    if name != "-":
        Path(name).write_text(content)
    for read in (read_texts, read_sources):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        assert read(name).texts == content.splitlines()


@pytest.mark.parametrize("content", ["text, a\nabc, c\n", "label\treview\n1\tabc, c\n"])
def test_what_looks_like_a_table_on_stdin_draws_a_warning(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    with pytest.warns(ElmanWarning, match="-: the first line, .*is read as a text.*--text-column"):
        assert read_texts("-").texts == content.splitlines()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    name = "text" if content.startswith("text") else "review"
    assert [text.strip() for text in read_texts("-", name).texts] == ["abc" if name == "text" else "abc, c"]


def test_json_lines_on_stdin_are_told_by_their_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(content: str, column: str | None = None) -> list[str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        return read_texts("-", column).texts

    assert read('{"n": 1, "Text": "a"}\n{"Text": "b"}\n') == ["a", "b"]
    assert read('{"words": "a"}\n', "words") == ["a"]
    with pytest.raises(DataError, match="-, line 2: is no JSON"):
        read('{"text": "a"}\nb\n')


@pytest.mark.parametrize("name", CONTENT | CONTENT_ONE_LINE)
@pytest.mark.parametrize("ending", [".txt", "", ".txt.gz"])
def test_txt_and_no_ending_are_told_by_the_first_line_too(name: str, ending: str, tmp_path: Path) -> None:
    content = (CONTENT | CONTENT_ONE_LINE)[name].encode()
    path = tmp_path / f"data{ending}"
    path.write_bytes(gzip.compress(content) if ending.endswith(".gz") else content)
    assert read_labelled(path).labels == LABELS
    named = None if name == "a.txt" else "text"  # else lines are texts, whatever they look like
    assert read_texts(path, named).texts == read_labelled(path).texts


def test_a_comma_in_the_quoted_name_of_a_single_column_separates_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"what they wrote, cleaned"\nfine\n')
    assert read_texts(path).texts == ["fine"]


def test_a_header_is_also_told_by_the_column_that_was_named(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("stars,what they wrote\n4,fine\n1,poor\n")
    rows = read_labelled(path, text_column="what they wrote", label_column="stars")
    assert (rows.texts, rows.labels) == (["fine", "poor"], [4, 1])
    assert read_texts(path, text_column="what they wrote").texts == ["fine", "poor"]


def test_texts_in_a_txt_file_are_lines_however_they_begin(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for first in ("text", "review, label", "{not json", "text\tlabel"):
        path.write_text(f"{first}\ngood\n")
        assert read_texts(path).texts == [first, "good"]


def test_labels_become_the_classes_that_are_known_or_are_refused_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\na,1\nb,1\n")
    assert read_labelled(path, classes=["1", "x"]).labels == ["1", "1"]
    assert read_labelled(path, classes=[0, 1]).labels == [1, 1]
    path.write_text("text,label\na,1\nb,pos\n")
    with pytest.raises(DataError, match=r"a\.csv, line 3: the label 'pos' is none of the classes of training, 0, 1;"):
        read_labelled(path, classes=[0, 1])


@pytest.mark.parametrize(
    "address", ["hf://datasets/a/b@main/train.parquet", "s3://bucket/train.csv", "s3://bucket/x.tsv"]
)
def test_addresses_are_handed_to_polars_as_they_are(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import polars

    seen: list[str] = []

    def scan(source: str, **_: object) -> polars.LazyFrame:
        seen.append(source)
        return polars.LazyFrame({"text": TEXTS, "label": LABELS})

    for name in ("scan_parquet", "scan_csv"):
        monkeypatch.setattr(polars, name, scan)
    assert read_labelled(address).labels == LABELS
    assert seen == [address]


def test_plain_lines_keep_the_empty_ones(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("one, two\n\n  three \r\nlast")
    assert read_texts(str(path)).texts == ["one, two", "", "  three ", "last"]


def test_columns_are_found_or_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,Review,Sentiment,stars\n1,fine,pos,4\n2,poor,neg,1\n")
    rows = read_labelled(str(path))
    assert (rows.text_column, rows.label_column, rows.labels) == ("Review", "Sentiment", ["pos", "neg"])
    assert read_labelled(str(path), label_column="stars").labels == [4, 1]
    with pytest.raises(DataError, match="no column is called 'x'; the columns are: id, Review, Sentiment, stars"):
        read_labelled(str(path), text_column="x")
    with pytest.raises(DataError, match="cannot be both"):
        read_labelled(str(path), text_column="stars", label_column="stars")


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        (["1", "0"], [1, 0]),
        (["-1", "+1"], [-1, 1]),
        (["1", "x"], ["1", "x"]),
        (["yes", "no"], ["yes", "no"]),
        (["1.5", "2"], ["1.5", "2"]),
        (["007", "7"], ["007", "7"]),
    ],
)
def test_labels_are_integers_if_all_are_written_so(written: list[str], labels: list[object], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(csv_of([("a", written[0]), ("b", written[1])]))
    assert read_labelled(str(path)).labels == labels


def test_json_labels_of_other_types(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a", "label": true}\n{"text": "b", "label": false}\n{"text": "c", "label": true}\n')
    assert read_labelled(str(path)).labels == ["true", "false", "true"]
    path.write_text('{"text": "a", "label": 1.0}\n{"text": "b", "label": 0.0}\n')
    assert read_labelled(str(path)).labels == [1, 0]


def test_rows_without_text_are_counted_not_hidden(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,label\ngood,1\n,0\n"  ",\nbad,0\n')
    rows = read_labelled(str(path))
    assert (len(rows.texts), rows.rows_without_text) == (2, 2)
    assert read_texts(str(path)).texts == ["good", "", "  ", "bad"]


def test_byte_order_mark_carriage_returns_and_long_fields(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    long = "word " * 100_000
    path.write_bytes(b"\xef\xbb\xbftext,label\r\n" + long.encode() + b",1\r\n\r\nb,0\r\n")
    rows = read_labelled(str(path))
    assert rows.texts == [long, "b"]
    assert rows.text_column == "text"


BROKEN = {
    "empty.csv": (b"", "is empty"),
    "lead.csv": (b"\ntext,label\na,1\n", "line 1: is empty, but must name the columns"),
    "header.csv": (b"text,label\n", "nothing to read, it has no rows"),
    "blank.csv": (b"text,label\n,1\n,0\n", "no row has a text"),
    "one_class.csv": (b"text,label\na,1\nb,1\n", "every row has the label"),
    "no_text.csv": (b"a,label\nx,1\n", "no column has a usual name for the text.*--text-column"),
    "no_label.csv": (b"text,b\nx,1\n", "no column has a usual name for the label.*columns are: text, b"),
    "missing.csv": (b"text,label\na,1\nb,\n", "line 3: the label is missing"),
    "fields.csv": (b"text,label\na,1\nb,c,0\n", "line 3: has 3 fields where the header has 2"),
    "quote.csv": (b'text,label\na,1\n"b,0\nc,1\n', "begins on line 3 is broken.*check its quotes"),
    "twice.csv": (b"text,text,label\na,b,1\n", "two columns are called 'text'"),
    "latin.csv": (b"text,label\nok,1\ncaf\xe9,0\n", r"line 3: byte 4 \(0xe9\) is not UTF-8"),
    "utf16.csv": ("text,label\na,1\n".encode("utf-16-le"), "zero byte"),
    "bad.jsonl": (b'{"text": "a", "label": 1}\n{"text": \n', "line 2: is no JSON"),
    "list.jsonl": (b"[1, 2]\n", "line 1: must hold an object"),
    "number.jsonl": (b'{"text": 3, "label": 1}\n', "line 1: the text must be a string, got int"),
    "nested.jsonl": (b'{"text": "a", "label": [1]}\n', "line 1: a label must be a string or an integer, got list"),
    "half.jsonl": (b'{"text": "a \\ud83d", "label": 1}\n', "line 1: the text holds half a character"),
    "null.jsonl": (b'{"text": "a", "label": null}\n', "line 1: the label is missing"),
    "lines.txt": (b"__label__1 good\nbad\n", "line 2: must begin with __label__"),
    "several.txt": (b"__label__1 __label__2 good\n", "line 1: has several labels"),
    "plain.txt": (
        b"just a text\n",
        "is no JSON object, does not begin with __label__.*name the text with --text-column, or name the file",
    ),
    "nothing.txt": (b"\n\n", "is empty"),
    "damaged.csv.gz": (gzip.compress(b"text,label\n" * 50)[:-9], "is damaged"),
    "other.csv.gz": (b"text,label\na,1\n", "is damaged, or not gzip"),
    "other.csv.zst": (b"text,label\na,1\n", "is damaged, or not zstd"),
    "other.csv.bz2": (bz2.compress(b"text,label\n"), "unknown ending '.bz2'"),
    "other.csv.xz": (lzma.compress(b"text,label\n"), "unknown ending '.xz'"),
    "other.parquet": (b"PAR1 is not enough", "polars cannot read it"),
    "empty.parquet": (b"", "polars cannot read it"),
    "a.xlsx": (b"", "unknown ending '.xlsx'.*or give it to stdin, as -"),
    "semicolons.csv": (
        b"text;label\na;1\n",
        "'text;label' seems to be separated by semicolons, not by",
    ),
    "tabs.csv": (
        b"text\tlabel\na\t1\n",
        r"seems to be separated by tabs, not by commas; .* with tabs as \.tsv",
    ),
    "commas.tsv": (
        b"text,label\na,1\n",
        r"seems to be separated by commas, not by tabs; .* commas as \.csv",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_get_one_clear_error(name: str, tmp_path: Path) -> None:
    content, message = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        read_labelled(str(path))
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_labelled(str(tmp_path / "a.csv"))
    with pytest.raises(DataError, match="no such file"):
        read_labelled(str(tmp_path / "a.parquet"))
    for name in ("b.csv", "b.parquet", "b.csv.gz", "b.csv.zst"):
        (tmp_path / name).mkdir()
        with pytest.raises(DataError, match="is a folder"):
            read_labelled(str(tmp_path / name))


@settings(max_examples=200)
@given(content=st.binary(max_size=80), ending=st.sampled_from(["csv", "tsv", "jsonl", "txt", "csv.gz", "txt.zst"]))
def test_any_bytes_are_read_or_refused_by_one_kind_of_error(
    content: bytes, ending: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{ending}"
    path.write_bytes(content)
    for read in (read_labelled, read_texts):
        try:
            rows = read(str(path))
        except DataError:
            continue
        assert all(isinstance(text, str) for text in rows.texts)


@pytest.mark.parametrize(
    ("name", "rows", "classes"),
    [
        ("sst2/train.csv", 6920, 2),
        ("sst2/dev.csv", 872, 2),
        ("sst2/test.csv", 1821, 2),
        ("sst5/train.csv", 8544, 5),
        ("mr/all.tsv", 10662, 2),
        ("trec/train.jsonl", 5452, 6),
        ("imdb/train.parquet", 25000, 2),
    ],
)
def test_real_files_are_read_whole(real_data: Path, name: str, rows: int, classes: int) -> None:
    read = read_labelled(str(real_data / name))
    assert (len(read.texts), len(read.class_counts()), read.rows_without_text) == (rows, classes, 0)


def test_what_reading_gives_counts_its_classes() -> None:
    assert LabelledTexts(["a", "b", "c"], ["y", "x", "y"], "here").class_counts() == {"x": 1, "y": 2}


def test_classes_are_compared_as_numbers_where_they_are_written_as_such(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\ngood,+1\nbad,-1\n")
    assert read_labelled(tmp_path / "a.csv").labels == [1, -1]
    assert read_labelled(tmp_path / "a.csv", classes=[-1, 1]).labels == [1, -1]
    assert read_labelled(tmp_path / "a.csv", classes=[-1.0, 1.0]).labels == [1.0, -1.0]


def test_texts_to_measure_by_are_read_when_they_are_gone_through(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n\ntwo\n")
    corpus = read_corpus(tmp_path / "a.txt", classes=[])
    assert not isinstance(corpus.texts, list)
    assert list(corpus.texts) == list(corpus.texts) == read_corpus(tmp_path / "a.txt").texts == ["one", "", "two"]
    assert len(corpus.texts) == 3
    (tmp_path / "empty.txt").write_text("\n \n")
    with pytest.raises(DataError, match="it holds no text"):
        read_corpus(tmp_path / "empty.txt", classes=[])
