"""The small files that the commands in the documents read."""

import csv
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

import elman
from elman.data import written_dates

from . import shell

SENTENCES = """The DT B-NP
cat NN I-NP
sat VBD B-VP
on IN B-PP
the DT B-NP
mat NN I-NP
. . O

It PRP B-NP
ran VBD B-VP
. . O

"""
PLAY = """FIRST GHOST:
Who knocks so late upon the door of night ?

SECOND GHOST:
No one but I, who lost the way at noon.

ROMEO:
Be still, and let the moon go down in peace.

"""


def table(path: Path, header: tuple[str, str], rows: Iterable[tuple[str, str]]) -> None:
    """Write a table of two columns, separated as the name of the file says."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",", lineterminator="\n")
        writer.writerows([header, *rows])


def write_files(folder: Path) -> None:
    """Write the files whose names stand for the reader's own."""
    for name, n, seed in (("reviews.csv", 60, 1), ("more_reviews.csv", 40, 2)):
        reviews = elman.order_reviews(n, seed)
        labels = [("bad", "good")[label] for label in reviews.labels]
        table(folder / name, ("text", "label"), zip(reviews.texts, labels, strict=True))
    for name, n, seed in (("dates.tsv", 60, 1), ("more_dates.tsv", 20, 2)):
        table(folder / name, ("source", "target"), zip(*written_dates(n, seed), strict=True))
    texts = elman.order_reviews(60, 3).texts
    (folder / "more_texts.txt").write_text("\n".join(texts) + "\n")
    (folder / "new.txt").write_text("\n".join(texts[:4]) + "\n")
    (folder / "chunks.txt").write_text(SENTENCES * 10)
    (folder / "more_chunks.txt").write_text(SENTENCES * 2)
    (folder / "plays.txt").write_text(PLAY * 4)
    (folder / "more_plays.txt").write_text(PLAY)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with those files."""
    folder = tmp_path_factory.mktemp("documents")
    write_files(folder)
    return folder


@pytest.fixture
def reader(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a reader of a page works in; one of its own for each page, where the test runs."""
    folder = shutil.copytree(written, tmp_path / "reader")
    monkeypatch.chdir(folder)
    for name, value in (("COLUMNS", "80"), ("NO_COLOR", "1")):
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture(scope="session")
def trained(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of `elman train reviews.csv`, for pages that begin with a model."""
    folder = tmp_path_factory.mktemp("trained") / "model"
    ended = shell.run(f"elman train {written / 'reviews.csv'} --out {folder} --no-baseline")
    assert ended.status == 0, ended.shown
    return folder
