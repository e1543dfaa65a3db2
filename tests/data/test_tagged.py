"""Tagged sentences: columns, CoNLL-U, and what is said of lines that are neither."""

import gzip
from pathlib import Path
from typing import Any

import pytest
import zstandard

from elman.data import TaggedSentences, read_sentences, read_tagged
from elman.errors import DataError

COLUMNS = "The DT B-NP\ncat NN I-NP\n\n\nsat VBD B-VP\n"
SENTENCES, TAGS = [["The", "cat"], ["sat"]], [["B-NP", "I-NP"], ["B-VP"]]
CONLLU = """# sent_id = 1
# text = Vámonos al mar
1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tVamos\tir\tVERB\tV\t_\t0\troot\t_\t_
2\tnos\tnosotros\tPRON\tP\t_\t1\tobj\t_\t_
2.1\tfue\tir\tVERB\tV\t_\t_\t_\t_\t_
3\tNew York\tmar\tPROPN\tN\t_\t1\tobl\t_\tSpaceAfter=No

# sent_id = 2
1\t#\t#\tSYM\tS\t_\t0\troot\t_\t_
"""


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8", newline="")
    return path


def parts(rows: TaggedSentences) -> tuple[list[list[str]], list[list[Any]]]:
    sentences, tags = rows
    return sentences, tags


@pytest.mark.parametrize("compression", ["", ".gz", ".zst"])
@pytest.mark.parametrize("content", [COLUMNS, COLUMNS.replace("\n", "\r\n"), COLUMNS.replace(" ", "   ") + " \n\n"])
def test_the_first_column_is_the_word_and_the_last_its_tag(content: str, compression: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.txt{compression}"
    squeeze = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}[compression]
    path.write_bytes(squeeze(content.encode()))
    assert parts(read_tagged(path)) == (SENTENCES, TAGS)
    assert read_sentences(str(path)).sentences == SENTENCES
    assert read_tagged(path).source == str(path)


def test_what_was_read_says_how_much_it_is(tmp_path: Path) -> None:
    rows = read_tagged(write(tmp_path / "a.conll", COLUMNS))
    assert rows.size == "2 sentences of 3 words"
    assert rows.class_counts() == {"B-NP": 1, "B-VP": 1, "I-NP": 1}
    assert rows.facts() == {"source": rows.source, "sentences": 2, "words": 3}


@pytest.mark.parametrize(
    ("word", "tag", "words", "tags"),
    [
        (2, 3, ["DT", "NN", "VBD"], ["B-NP", "I-NP", "B-VP"]),
        (None, 2, ["The", "cat", "sat"], ["DT", "NN", "VBD"]),
        ("1", "-2", ["The", "cat", "sat"], ["DT", "NN", "VBD"]),
        (-3, -1, ["The", "cat", "sat"], ["B-NP", "I-NP", "B-VP"]),
    ],
)
def test_columns_are_chosen_by_number(word: Any, tag: Any, words: list[str], tags: list[str], tmp_path: Path) -> None:
    rows = read_tagged(write(tmp_path / "a.txt", COLUMNS), word, tag)
    assert [word for row in rows.sentences for word in row] == words
    assert [tag for row in rows.tags for tag in row] == tags


def test_tabs_separate_where_the_first_line_has_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "New York\t B-LOC\nis\tO \n")
    assert parts(read_tagged(path)) == ([["New York", "is"]], [["B-LOC", "O"]])


def test_starts_of_documents_are_left_out_and_hashes_are_words(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "-DOCSTART- -X- O O\n\n# # B-NP I\n-X- y O I\n\n-DOCSTART- -X- O O\n\nsat V O O\n")
    assert read_tagged(path, tag_column=3).sentences == [["#", "-X-"], ["sat"]]


def test_a_word_without_other_columns_can_be_read(tmp_path: Path) -> None:
    assert read_sentences(write(tmp_path / "a.txt", "The\ncat\n\nsat")).sentences == SENTENCES


@pytest.mark.parametrize("name", ["a.conllu", "a.txt", "a", "a.conllu.gz"])
def test_conllu_is_told_by_its_ending_or_first_line(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(CONLLU.encode()) if name.endswith(".gz") else CONLLU.encode())
    rows = read_tagged(path)
    assert parts(rows) == ([["Vamos", "nos", "New York"], ["#"]], [["VERB", "PRON", "PROPN"], ["SYM"]])
    assert read_sentences(path).sentences == rows.sentences
    for column, tags in (("xpos", ["V", "P", "N"]), ("DEPREL", ["root", "obj", "obl"]), (5, ["V", "P", "N"])):
        assert read_tagged(path, "form", column).tags[0] == tags
    assert read_tagged(path, "lemma").sentences[0] == ["ir", "nosotros", "mar"]


def test_tags_become_the_classes_that_they_are_written_as(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "The 0\ncat 1\nsat X\n")
    assert read_tagged(path, classes=[0, 1]).tags == [[0, 1, "X"]]
    assert read_tagged(path).tags == [["0", "1", "X"]]
    with pytest.raises(DataError, match=r"none of its tags, 0, 1, X, was among those of training, A, B; choose"):
        read_tagged(path, classes=["A", "B"])


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, "holds no sentence"),
        ("\n \n-DOCSTART- O\n", {}, "holds no sentence"),
        ("The\ncat\n", {}, r"line 1: has one column for both the word and the tag; give columns with --word-column"),
        ("The DT B\ncat I\n", {}, "line 2: has 2 columns where 3 are expected; a line holds one word"),
        ("The DT B\nThe cat sat there\n", {}, "line 2: has 4 columns where 3 are expected"),
        ("The DT B\ncat\n", {}, "line 2: has 1 column where 3"),
        ("\nThe DT B\n", {"tag_column": 4}, "line 2: has no column 4 for the tag; the columns are 1 to 3; .*--tag-col"),
        ("The DT B\n", {"word_column": 0}, "line 1: has no column 0 for the word.*change --word-column"),
        ("The DT B\n", {"word_column": "-4"}, "no column -4"),
        ("The DT B\n", {"tag_column": "upos"}, "has no column upos for the tag; .*only those of CoNLL-U have names"),
        (CONLLU, {"tag_column": "pos"}, "no column pos for the tag; the columns are 1 to 10, id, form, lemma, upos"),
        ("The DT B\n", {"tag_column": 1}, "has column 1 for both the word and the tag"),
        ("The\tB\n\tI\n", {}, "line 2: column 1 is empty"),
        ("The\tB\ncat\t \n", {}, "line 2: column 2 is empty"),
        ("The O\ncat O\n", {}, "every word has the tag 'O'; a tagger needs two or more"),
        (CONLLU.replace("3\tNew", "x\tNew"), {}, "line 7: a line of CoNLL-U begins with the number of its word, got"),
        (CONLLU + "2\tshort\n", {}, "line 11: has 2 columns where 10 are expected"),
        ("The \0 O\n", {}, "line 1: holds a zero byte"),
    ],
)
def test_mistakes_name_the_line(content: str, options: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", content)
    with pytest.raises(DataError, match=message) as error:
        read_tagged(path, **options)
    assert str(error.value).startswith(str(path))


def test_files_that_are_not_there_and_addresses(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_tagged(tmp_path / "no.txt")
    with pytest.raises(DataError, match="not read from an address; fetch the file first"):
        read_sentences("hf://some/where.conllu")


def test_chunks_of_conll_2000(real_data: Path) -> None:
    rows = read_tagged(real_data / "conll2000" / "train.txt")
    assert rows.size == "8936 sentences of 211727 words"
    assert len(rows.class_counts()) == 22
    assert (rows.sentences[0][:3], rows.tags[0][:3]) == (["Confidence", "in", "the"], ["B-NP", "B-PP", "B-NP"])
