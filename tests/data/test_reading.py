import gzip
import io
import json
import sys
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from elman.data import LabelledTexts, read_labelled, read_texts
from elman.errors import DataError

TEXTS = ["movie was good", 'he said "no", twice', "çà et là 😀", "two\nlines"]
LABELS = [1, 0, 1, 0]


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


def test_parquet(tmp_path: Path) -> None:
    import polars

    path = tmp_path / "a.parquet"
    polars.DataFrame({"id": [1, 2], "Review": ["good", None], "sentiment": ["pos", "neg"]}).write_parquet(path)
    assert read_texts(str(path)).texts == ["good", ""]
    with pytest.raises(DataError, match="all 1 rows have the label 'pos'"):
        read_labelled(str(path))


@pytest.mark.parametrize("name", CONTENT | CONTENT_ONE_LINE)
def test_stdin_is_told_by_its_first_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (CONTENT | CONTENT_ONE_LINE)[name].encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert read_labelled("-").labels == LABELS


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
    "header.csv": (b"text,label\n", "nothing to read, it has no rows"),
    "blank.csv": (b"text,label\n,1\n,0\n", "none of its 2 rows has a text"),
    "one_class.csv": (b"text,label\na,1\nb,1\n", "all 2 rows have the label"),
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
    "plain.txt": (b"just a text\n", "first line is neither"),
    "nothing.txt": (b"\n\n", "is empty"),
    "damaged.csv.gz": (gzip.compress(b"text,label\n" * 50)[:-9], "is damaged"),
    "other.csv.gz": (b"text,label\na,1\n", "is damaged, or not gzip"),
    "other.csv.zst": (b"text,label\na,1\n", "is damaged, or not zstd"),
    "other.parquet": (b"PAR1 is not enough", "polars cannot read it"),
    "a.xlsx": (b"", "unknown ending '.xlsx'"),
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
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(DataError, match="is a folder"):
        read_labelled(str(tmp_path / "b.csv"))


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
