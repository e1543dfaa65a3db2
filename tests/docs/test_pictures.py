"""The page of pictures, the script that makes it, and the files agree."""

from pathlib import Path

import pytest

from elman.inspection import figures
from elman.inspection.pictures import KINDS

from .test_docs import ROOT, load_script

SCRIPT = load_script(ROOT / "docs" / "make_pictures.py")
MOST_BYTES = 600_000


def test_the_page_is_the_scripts() -> None:
    assert SCRIPT.PAGE.read_text("utf-8") == SCRIPT.page(), "run `make pictures`"


def test_every_picture_of_the_page_is_there_and_no_other() -> None:
    shown = {f"{picture.name}.svg" for picture in SCRIPT.PICTURES}
    assert {path.name for path in SCRIPT.FOLDER.iterdir()} == shown
    assert sum(path.stat().st_size for path in SCRIPT.FOLDER.iterdir()) < MOST_BYTES


def test_every_kind_has_a_picture() -> None:
    drawn = {picture.call.split()[3] for picture in SCRIPT.PICTURES}
    assert drawn == set(KINDS)


@pytest.mark.parametrize("name", ["shapes"])
def test_pictures_are_made_anew_from_seeds(name: str) -> None:
    picture = next(picture for picture in SCRIPT.PICTURES if picture.name == name)
    assert figures.rendered(picture.draw()) == figures.rendered(picture.draw())


def test_pictures_hold_no_date() -> None:
    for path in Path(SCRIPT.FOLDER).iterdir():
        assert b"<dc:date>" not in path.read_bytes(), path.name
