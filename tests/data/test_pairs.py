"""Pairs of texts: from files, and those that are made."""

import datetime
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from elman.data import read_pairs, read_sources, reversals, sortings, written_dates
from elman.errors import DataError, InputError


def write(folder: Path, name: str, content: str) -> Path:
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


class TestReading:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.tsv", "source\ttarget\nab c\tc ab\nx\ty\n"),
            ("a.csv", "id,tgt,SRC\n1,c ab,ab c\n2,y,x\n"),
            ("a.jsonl", '{"input": "ab c", "output": "c ab"}\n{"input": "x", "output": "y"}\n'),
            ("a.txt", "source\ttarget\nab c\tc ab\nx\ty\n"),
        ],
    )
    def test_two_columns_of_usual_names(self, name: str, content: str, tmp_path: Path) -> None:
        pairs = read_pairs(write(tmp_path, name, content))
        assert (pairs.sources, pairs.targets) == (["ab c", "x"], ["c ab", "y"])
        sources, targets = pairs
        assert (sources, targets) == (pairs.sources, pairs.targets)
        assert (pairs.size, pairs.left_out) == ("2 pairs", "")

    def test_columns_that_are_named(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.csv", "en,de\nred,rot\n")
        assert list(read_pairs(path, "de", "en")) == [["rot"], ["red"]]
        with pytest.raises(DataError, match=r"no column has a usual name for the source.*--source-column"):
            read_pairs(path)
        with pytest.raises(DataError, match="no column is called 'fr'; the columns are: en, de"):
            read_pairs(path, "en", "fr")
        with pytest.raises(DataError, match="'en' cannot be both the source and the target"):
            read_pairs(path, "en", "en")

    def test_rows_without_a_side_are_left_out_and_counted(self, tmp_path: Path) -> None:
        pairs = read_pairs(write(tmp_path, "a.csv", "source,target\na,b\n,c\nd, \n"))
        assert (pairs.sources, pairs.left_out) == (["a"], "2 rows without source or target")
        with pytest.raises(DataError, match="no row has both"):
            read_pairs(write(tmp_path, "b.csv", "source,target\n,c\n"))
        with pytest.raises(DataError, match="it has no rows"):
            read_pairs(write(tmp_path, "c.csv", "source,target\n"))

    def test_lines_without_columns_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="have no named columns, but pairs need two"):
            read_pairs(write(tmp_path, "a.txt", "__label__a b\n"))
        with pytest.raises(DataError, match=r"usual name for the source.*--source-column"):
            read_pairs(write(tmp_path, "b.txt", "some line\n"))
        row = json.dumps({"source": 3.5, "target": "b"})
        with pytest.raises(DataError, match=r"line 1: the source must be a string or a whole number.*--source-column"):
            read_pairs(write(tmp_path, "a.jsonl", row))

    def test_what_is_no_header_is_said_in_the_words_of_pairs(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.txt", "some line\n")
        with pytest.raises(
            DataError, match=r"with a usual name for the source.*name the source with --source-column"
        ) as e:
            read_pairs(path)
        assert "__label__" not in str(e.value)
        assert "--task" not in str(e.value)
        with pytest.raises(DataError, match=r"with the name 'foo' for the source: correct --source-column"):
            read_pairs(path, "foo")

    def test_whole_numbers_are_texts(self, tmp_path: Path) -> None:
        import polars

        rows = [json.dumps({"source": word, "target": number}) for word, number in (("one", 1), ("minus two", -2))]
        pairs = read_pairs(write(tmp_path, "a.jsonl", "\n".join(rows)))
        assert pairs.targets == ["1", "-2"]
        polars.DataFrame({"source": [1, 22], "target": ["one", "two"]}).write_parquet(tmp_path / "a.parquet")
        assert read_pairs(tmp_path / "a.parquet").sources == read_sources(tmp_path / "a.parquet").texts == ["1", "22"]
        with pytest.raises(DataError, match="must be a string or a whole number, got bool True"):
            read_pairs(write(tmp_path, "b.jsonl", '{"source": "a", "target": true}'))

    def test_sources_alone(self, tmp_path: Path) -> None:
        assert read_sources(write(tmp_path, "a.tsv", "target\tsource\nb\ta\n\t\n")).texts == ["a", ""]
        assert read_sources(write(tmp_path, "a.csv", "whatever\na\n")).texts == ["a"]
        assert read_sources(write(tmp_path, "a.txt", "a b\n\nc\n")).texts == ["a b", "", "c"]
        assert read_sources(write(tmp_path, "b.csv", "de,en\na,b\n"), "en").texts == ["b"]

    def test_a_column_that_is_named_makes_a_table_of_lines(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.txt", "en\tde\nred\trot\n")
        assert read_pairs(path, "en", "de").sources == read_sources(path, "en").texts == ["red"]
        assert read_sources(path).texts == ["en\tde", "red\trot"]
        with pytest.raises(DataError, match="its lines have no named columns, got 'fr'"):
            read_sources(path, "fr")


class TestMade:
    def test_reversals_and_sortings(self) -> None:
        for make, change in ((reversals, lambda row: row[::-1]), (sortings, sorted)):
            pairs = make(500, random_state=3, symbols="abc")
            for source, target in zip(*pairs, strict=True):
                assert target.split() == change(source.split())
            lengths = Counter(len(source.split()) for source in pairs.sources)
            assert set(lengths) == set(range(1, 21))
            assert make(9, 1) == make(9, 1)
            assert make(9, 1).sources != make(9, 2).sources

    def test_dates_say_what_they_are(self) -> None:
        pairs = written_dates(3000)
        months = dict.fromkeys(datetime.date(2000, month, 1).strftime("%B").lower() for month in range(1, 13))
        years = set()
        for source, target in zip(*pairs, strict=True):
            date = datetime.date.fromisoformat(target)
            (named,) = [number for number, name in enumerate(months, 1) if re.search(rf"\b{name}\b", source.lower())]
            assert named == date.month
            years.add(date.year)
        assert len(years) == 200
        assert len({source.lower() for source in pairs.sources}) > 2900

    def test_each_spelling_means_one_date(self) -> None:
        pairs = written_dates(20000, random_state=5)
        found: dict[str, str] = {}
        for source, target in zip(*pairs, strict=True):
            assert found.setdefault(source.lower(), target) == target
            assert source == " ".join(source.split())

    @pytest.mark.parametrize("n", [0, -1, 2.0, True, None])
    def test_counts_that_are_none(self, n: Any) -> None:
        for make in (reversals, sortings, written_dates):
            with pytest.raises(InputError, match="n must be a positive integer"):
                make(n)
        with pytest.raises(InputError, match="longest must be"):
            reversals(3, longest=n)
        with pytest.raises(InputError, match="symbols must be"):
            sortings(3, symbols="")
