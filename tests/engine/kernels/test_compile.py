"""The cache of compiled kernels: never stale, never in the way. Each case is a program of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import elman

PROGRAM = """
import numpy as np
from elman.engine.kernels.activations import CODES, apply_activation
x = np.array([0.5])
apply_activation(x, CODES["tanh"])
print(x[0])
"""
TANH = "0.46211715726000"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package that may be edited."""
    shutil.copytree(
        Path(elman.__file__).parent, tmp_path / "site" / "elman", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path / "site"


def start(package: Path, cache: Path | str, **more: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "ELMAN_CACHE_DIR")}
    environment |= {"PYTHONPATH": str(package), "ELMAN_CACHE_DIR": str(cache), "PYTHONDONTWRITEBYTECODE": "1", **more}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def run(package: Path, cache: Path | str, **more: str) -> tuple[str, str]:
    process = start(package, cache, **more)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out.strip(), err


def test_second_process_loads_what_the_first_compiled(package: Path, tmp_path: Path) -> None:
    first, said = run(package, tmp_path / "cache")
    second, silent = run(package, tmp_path / "cache")
    assert first == second
    assert first.startswith(TANH)
    assert said.count("compiling kernels") == 1
    assert silent == ""


def test_an_edited_callee_takes_effect(package: Path, tmp_path: Path) -> None:
    """The kernel stands in one file, the fused multiply-add that it calls in another."""
    before, _ = run(package, tmp_path / "cache")
    source = package / "elman/engine/kernels/lanes.py"
    text = source.read_text().replace('return _call("fma", a, b, c)', "return a * b")
    assert text != source.read_text()
    source.write_text(text)
    after, said = run(package, tmp_path / "cache")
    assert after != before
    assert "compiling kernels" in said


def test_nothing_is_kept_once_sources_have_changed_under_a_process(package: Path, tmp_path: Path) -> None:
    source = package / "elman/engine/kernels/lanes.py"
    changed = f"import elman.engine; open({str(source)!r}, 'a').write('# more')\n"
    environment = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "ELMAN_CACHE_DIR")}
    environment |= {"PYTHONPATH": str(package), "ELMAN_CACHE_DIR": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", changed + PROGRAM], env=environment, check=True, capture_output=True)
    assert not list((tmp_path / "cache").rglob("*.bin"))
    _, said = run(package, tmp_path / "cache")
    assert "compiling kernels" in said


def test_other_processor_has_its_own_folder(package: Path, tmp_path: Path) -> None:
    run(package, tmp_path / "cache")
    out, said = run(package, tmp_path / "cache", NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="")
    assert "compiling kernels" in said
    assert out.startswith(TANH)
    assert len(list((tmp_path / "cache" / "kernels").iterdir())) == 2


def test_without_a_folder_that_can_be_written_it_compiles_and_warns_once(package: Path) -> None:
    out, said = run(package, "/dev/null/nowhere")
    assert out.startswith(TANH)
    assert said.count("RuntimeWarning") == 1
    assert "ELMAN_CACHE_DIR" in said


def test_two_processes_that_start_together_do_no_harm(package: Path, tmp_path: Path) -> None:
    processes = [start(package, tmp_path / "cache") for _ in range(2)]
    results = [process.communicate(timeout=300) for process in processes]
    assert [out.strip()[: len(TANH)] for out, _ in results] == [TANH, TANH]
    assert run(package, tmp_path / "cache")[1] == ""


def test_a_damaged_file_is_compiled_anew(package: Path, tmp_path: Path) -> None:
    before, _ = run(package, tmp_path / "cache")
    for file in (tmp_path / "cache").rglob("*.bin"):
        file.write_bytes(file.read_bytes()[:100])
    after, said = run(package, tmp_path / "cache")
    assert after == before
    assert "compiling kernels" in said
    assert run(package, tmp_path / "cache")[1] == ""
