"""A model folder is whole at every instant, and damage is seen."""

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elman.errors import InputError, ModelFolderError
from elman.modelfolder import (
    Card,
    ModelFolder,
    check_target,
    kind_of,
    read_model_folder,
    render_card,
    write_model_folder,
)
from elman.modelfolder import writing as module


def make(number: int = 0) -> ModelFolder:
    arrays = {"dense/kernel": np.full((3, 2), number, "f4"), "dense/bias": np.arange(4.0)}
    return ModelFolder(
        {"kind": "Test", "number": number}, arrays, {"vocabulary": ("good", "bad", "日本")}, f"# card {number}\n"
    )


def number_of(path: Path) -> Any:
    folder = read_model_folder(path)
    assert (folder.arrays["dense/kernel"] == folder.config["number"]).all()
    assert folder.card == f"# card {folder.config['number']}\n"
    return folder.config["number"]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_model_folder(tmp_path / "a" / "m", make(3))
    folder = read_model_folder(tmp_path / "a" / "m")
    assert folder.config["number"] == 3
    assert folder.lists == {"vocabulary": ("good", "bad", "日本")}
    assert {name: (a.dtype.name, a.tolist()) for name, a in folder.arrays.items()} == {
        "dense/kernel": ("float32", [[3, 3]] * 3),
        "dense/bias": ("float64", [0, 1, 2, 3]),
    }
    assert sorted(os.listdir(tmp_path / "a")) == ["m"]
    assert sorted(os.listdir(tmp_path / "a" / "m")) == [
        "README.md",
        "config.json",
        "model.safetensors",
        "vocabulary.txt",
    ]


def test_numeric_models_have_no_vocabulary(tmp_path: Path) -> None:
    write_model_folder(tmp_path / "m", ModelFolder({}, {"a": np.ones(2)}, {}, ""))
    assert read_model_folder(tmp_path / "m").lists == {}
    assert not (tmp_path / "m" / "vocabulary.txt").exists()


def test_same_content_same_bytes(tmp_path: Path) -> None:
    one = make()
    turned = ModelFolder(one.config, dict(reversed(one.arrays.items())), one.lists, one.card)
    write_model_folder(tmp_path / "a", one)
    write_model_folder(tmp_path / "b", turned)
    for name in os.listdir(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_replaces_a_model_folder_and_nothing_else(tmp_path: Path) -> None:
    write_model_folder(tmp_path / "m", make(1))
    write_model_folder(tmp_path / "m", make(2))
    assert number_of(tmp_path / "m") == 2
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "precious.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    for name, message in (
        ("other", "not of an Elman model"),
        ("file", "is a file"),
        ("file/m", "is a file, so no folder"),
    ):
        for attempt in (check_target, lambda path: write_model_folder(path, make())):
            with pytest.raises(ModelFolderError, match=message):
                attempt(tmp_path / name)
    assert (tmp_path / "other" / "precious.txt").read_text() == "x"
    (tmp_path / "empty").mkdir()
    write_model_folder(tmp_path / "empty", make(5))
    assert number_of(tmp_path / "empty") == 5


def test_the_folder_one_is_in_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_model_folder(tmp_path / "m", make(1))
    monkeypatch.chdir(tmp_path / "m")
    for path in (".", "../m", ".."):
        with pytest.raises(ModelFolderError, match="you are in this folder"):
            write_model_folder(path, make(2))
    assert number_of(tmp_path / "m") == 1
    write_model_folder("../other", make(3))
    assert number_of(tmp_path / "other") == 3


def test_files_of_the_user_in_a_model_folder_are_never_lost(tmp_path: Path) -> None:
    write_model_folder(tmp_path / "m", make(1))
    (tmp_path / "m" / "notes.txt").write_text("mine")
    (tmp_path / "m" / "plots").mkdir()
    for save in (check_target, lambda path: write_model_folder(path, make(2))):
        with pytest.raises(ModelFolderError, match=r"would be lost: notes\.txt, plots; move them elsewhere"):
            save(tmp_path / "m")
    assert (tmp_path / "m" / "notes.txt").read_text() == "mine"
    assert number_of(tmp_path / "m") == 1
    (tmp_path / "m" / "plots").rmdir()
    (tmp_path / "m" / "notes.txt").rename(tmp_path / "notes.txt")
    write_model_folder(tmp_path / "m", make(2))
    assert number_of(tmp_path / "m") == 2


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder that permissions say can be written, by root")
def test_a_place_that_cannot_be_written_is_seen_before_anything_is_computed() -> None:
    with pytest.raises(ModelFolderError, match=r"/proc/q: no folder can be made in /proc: .*; name another folder"):
        check_target("/proc/q")


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    check_target(tmp_path / "a" / "m")
    assert os.listdir(tmp_path) == []


def test_a_link_is_followed(tmp_path: Path) -> None:
    write_model_folder(tmp_path / "real", make(1))
    (tmp_path / "link").symlink_to("real")
    write_model_folder(tmp_path / "link", make(2))
    assert (tmp_path / "link").is_symlink()
    assert number_of(tmp_path / "real") == 2


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_model_folder(tmp_path / "m", make())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "m").stat().st_mode) == 0o750
    assert stat.S_IMODE((tmp_path / "m" / "config.json").stat().st_mode) == 0o640


def count_steps(path: Path, monkeypatch: pytest.MonkeyPatch, fail_at: int | None) -> int:
    """Save over `path`; let the step with that number fail, and every later one too, as on a full disk."""
    done = 0

    def counted(function: Any) -> Any:
        def step(*arguments: Any, **options: Any) -> Any:
            nonlocal done
            done += 1
            if fail_at is not None and done == fail_at:
                raise OSError(28, "No space left on device")
            return function(*arguments, **options)

        return step

    with monkeypatch.context() as patch:
        patch.setattr(module.os, "rename", counted(os.rename))
        patch.setattr(module.os, "fsync", counted(os.fsync))
        patch.setattr(module, "open", counted(open), raising=False)
        patch.setattr(module.Path, "mkdir", counted(Path.mkdir))
        write_model_folder(path, make(2))
    return done


def test_a_failing_step_leaves_the_old_or_the_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_model_folder(tmp_path / "m", make(1))
    steps = count_steps(tmp_path / "m", monkeypatch, None)
    assert steps > 10
    for k in range(1, steps + 1):
        shutil.rmtree(tmp_path / "m")
        write_model_folder(tmp_path / "m", make(1))
        try:
            count_steps(tmp_path / "m", monkeypatch, k)
        except ModelFolderError as error:
            assert "No space left" in str(error)  # noqa: PT017
        assert number_of(tmp_path / "m") in (1, 2), k
        assert os.listdir(tmp_path) == ["m"], k


CRASH = """
import os, pathlib, shutil, sys
import numpy as np
from elman.modelfolder import ModelFolder, write_model_folder, writing
path, fail_at, done = sys.argv[1], int(sys.argv[2]), 0
def counted(function):
    def step(*arguments, **options):
        global done
        done += 1
        if done == fail_at:
            os._exit(9)
        return function(*arguments, **options)
    return step
writing.os.rename, writing.os.fsync, writing.open = counted(os.rename), counted(os.fsync), counted(open)
writing.shutil.rmtree = counted(shutil.rmtree)
arrays = {"dense/kernel": np.full((3, 2), 2, "f4"), "dense/bias": np.arange(4.0)}
lists = {"vocabulary": ("good", "bad")}
write_model_folder(path, ModelFolder({"kind": "Test", "number": 2}, arrays, lists, "# card 2\\n"))
print(done)
"""


def test_a_killed_save_leaves_the_old_or_the_new_folder(tmp_path: Path) -> None:
    def crash(k: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", CRASH, tmp_path / "m", str(k)], capture_output=True, text=True)

    write_model_folder(tmp_path / "m", make(1))
    steps = int(crash(-1).stdout)
    assert steps >= 12
    seen = set()
    for k in range(1, steps + 1):
        for place in tmp_path.iterdir():
            shutil.rmtree(place)
        write_model_folder(tmp_path / "m", make(1))
        assert crash(k).returncode == 9
        seen.add(number_of(tmp_path / "m"))
        write_model_folder(tmp_path / "m", make(3))
        assert number_of(tmp_path / "m") == 3, k
    assert seen == {1, 2}


def test_what_a_crash_left_is_deleted_once_it_is_old(tmp_path: Path) -> None:
    write_model_folder(tmp_path / "m", make(1))
    for name in (".m.0a0a0a0a.saving", ".m.0b0b0b0b.old", ".n.0c0c0c0c.old"):
        shutil.copytree(tmp_path / "m", tmp_path / name)
    write_model_folder(tmp_path / "m", make(2))
    assert len(os.listdir(tmp_path)) == 4
    for name in os.listdir(tmp_path):
        os.utime(tmp_path / name, (0, time.time() - 2 * module.LEFTOVER_SECONDS))
    write_model_folder(tmp_path / "m", make(3))
    assert sorted(os.listdir(tmp_path)) == [".n.0c0c0c0c.old", "m"]


def test_savers_and_readers_at_once(tmp_path: Path) -> None:
    write_model_folder(tmp_path / "m", make(0))
    errors: list[BaseException] = []
    stop = threading.Event()

    def guarded(work: Any) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    def save(first: int) -> None:
        for i in range(20):
            write_model_folder(tmp_path / "m", make(first + i))

    def read() -> None:
        while not stop.is_set():
            number_of(tmp_path / "m")

    savers = [threading.Thread(target=guarded, args=(lambda first=n: save(first),)) for n in (100, 200)]
    reader = threading.Thread(target=guarded, args=(read,))
    for thread in (*savers, reader):
        thread.start()
    for thread in savers:
        thread.join()
    stop.set()
    reader.join()
    assert errors == []
    assert number_of(tmp_path / "m") in (119, 219)
    assert os.listdir(tmp_path) == ["m"]


FILES = ["config.json", "model.safetensors", "vocabulary.txt"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "m"
    write_model_folder(path, make(7))
    return path


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(FILES), where=st.floats(0, 1, exclude_max=True), new=st.integers(0, 255), cut=st.booleans())
def test_damaged_bytes_are_seen(whole: Path, name: str, where: float, new: int, cut: bool) -> None:
    content = (whole / name).read_bytes()
    at = int(where * len(content))
    damaged = content[:at] if cut else content[:at] + bytes([new]) + content[at + 1 :]
    try:
        (whole / name).write_bytes(damaged)
        if damaged != content and name != "config.json":
            with pytest.raises(ModelFolderError, match=name.replace(".", r"\.")):
                read_model_folder(whole)
        else:
            try:
                read_model_folder(whole)
            except ModelFolderError as error:
                assert "config.json" in str(error) or "model.safetensors" in str(error)  # noqa: PT017
    finally:
        (whole / name).write_bytes(content)


def rewrite(path: Path, **changes: Any) -> None:
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(config | changes))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: rewrite(p, format="other"), "not an Elman model"),
        (lambda p: rewrite(p, format_version=2), "newer Elman: upgrade"),
        (lambda p: rewrite(p, format_version="1"), "damaged"),
        (lambda p: rewrite(p, files=[]), '"files" must list'),
        (lambda p: rewrite(p, files={"model.safetensors": 3}), "SHA-256"),
        (lambda p: rewrite(p, files={"../../secret": {}, "model.safetensors": {}}), '"files" must list'),
        (lambda p: (p / "config.json").write_text("{"), "cannot be read"),
        (lambda p: (p / "config.json").write_text("[" * 100_000), "cannot be read"),
        (lambda p: (p / "config.json").write_text("[1]"), "not an Elman model"),
        (lambda p: (p / "config.json").unlink(), "holds no config.json"),
        (lambda p: (p / "model.safetensors").unlink(), "model.safetensors: cannot be read"),
        (lambda p: (p / "vocabulary.txt").write_text("x\n"), "vocabulary.txt: is damaged"),
    ],
)
def test_damage_has_one_clear_error(damage: Any, message: str, tmp_path: Path) -> None:
    write_model_folder(tmp_path / "m", make())
    damage(tmp_path / "m")
    with pytest.raises(ModelFolderError, match=message) as error:
        read_model_folder(tmp_path / "m")
    assert str(tmp_path / "m") in str(error.value)


@pytest.mark.parametrize(
    ("arrays", "words", "message"),
    [
        ({"w": np.array([np.nan])}, (), "w holds NaN"),
        ({"w": np.array([1])}, (), "w must be float32 or float64, got int64"),
        ({"w": np.ones(1)}, ("a", ""), "one word a line"),
        ({"w": np.ones(1)}, ("a", "a"), "one word a line"),
    ],
)
def test_content_that_cannot_be_a_model_is_refused(arrays: Any, words: Any, message: str, tmp_path: Path) -> None:
    write_model_folder(tmp_path / "m", ModelFolder({}, arrays, {"affixes": words}, ""))
    with pytest.raises(ModelFolderError, match=message):
        read_model_folder(tmp_path / "m")


def test_missing_folders_and_files(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="no such model folder"):
        read_model_folder(tmp_path / "m")
    (tmp_path / "f").write_text("x")
    with pytest.raises(ModelFolderError, match="is a file, not a model folder; name the folder") as error:
        read_model_folder(tmp_path / "f")
    assert "--out" not in str(error.value)  # which would put a model in the place of that file


@pytest.mark.parametrize("path", [None, 3, b"m", "m\0"])
def test_what_is_no_path(path: Any) -> None:
    for call in (read_model_folder, check_target, kind_of, lambda path: write_model_folder(path, make())):
        with pytest.raises(InputError, match="path must be a path"):
            call(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ModelFolderError, match="no folder can be made in"):
        write_model_folder(tmp_path / "m", make())


def test_an_edited_card_is_no_damage(tmp_path: Path) -> None:
    write_model_folder(tmp_path / "m", make())
    (tmp_path / "m" / "README.md").write_text("mine")
    assert read_model_folder(tmp_path / "m").card == "mine"


def test_card_shows_what_it_is_given_and_escapes_it() -> None:
    card = render_card(
        Card(
            kind="TextClassifier",
            version="1.2",
            data={"source": "a|b<script>.csv", "texts": 3, "_under__score_": "x_y ~~z~~ &lt; $a$"},
            classes={"good | *bold*": 2, 0: 1},
            figures={"elman": {"accuracy": 0.91234, "seconds": 3.2}, "rival": {"accuracy": 0.8}},
            measured_on="3 texts, dev.csv",
            recipe={"units": 128},
            network="total 31",
        )
    )
    for part in (
        "Elman 1.2",
        r"a\|b\<script\>.csv",
        r"good \| \*bold\*",
        r"| \_under\_\_score\_ | x_y \~\~z\~\~ \&lt; \$a\$ |",
        "| elman | 0.9123 | 3.2 |",
        "| units | 128 |",
    ):
        assert part in card
    assert "| rival | 0.8 |  |" in card
    assert "elman predict" in card
    assert "elman.load" in render_card(Card(kind="SequenceClassifier", version="1"))
