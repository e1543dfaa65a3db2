"""Files that are written whole or not at all, and what is no file."""

import os
import stat
import threading
from pathlib import Path

import pytest

from elman.errors import DataError
from elman.replacing import check_replaceable, replaced


def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        read: list[bytes] = []
        reader = threading.Thread(target=lambda read=read: read.append(pipe.read_bytes()))
        reader.start()
        check_replaceable(path)
        with replaced(path) as file:
            file.write(b"whole")
        reader.join(timeout=20)
        assert read == [b"whole"]
        assert stat.S_ISFIFO(pipe.stat().st_mode) and link.is_symlink()
    assert sorted(tmp_path.iterdir()) == [link, pipe]


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="needs /dev/fd")
def test_an_open_descriptor(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as reader:
        with replaced(f"/dev/fd/{writing}") as file:
            file.write(b"whole")
        os.close(writing)
        assert reader.read() == b"whole"


def test_a_file_is_replaced_when_all_is_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"before")

    class UnluckyError(Exception):
        pass

    def fail() -> None:
        with replaced(file) as begun:
            begun.write(b"half")
            raise UnluckyError

    with pytest.raises(UnluckyError):
        fail()
    assert file.read_bytes() == b"before"
    with replaced(file) as begun:
        begun.write(b"after")
    assert file.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a folder"):
        check_replaceable(tmp_path)
