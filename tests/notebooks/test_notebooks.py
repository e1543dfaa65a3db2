"""The notebooks run from a clean kernel, and are kept as they must be."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

import elman

FOLDER = Path(__file__).parents[2] / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
CELL_SECONDS = 120


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def run(notebook: Any) -> None:
    nbclient.NotebookClient(
        notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    ).execute()


def headings(notebook: Any) -> list[str]:
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.findall(r"^## .*", text, re.MULTILINE)


def test_both_are_there() -> None:
    assert [path.stem for path in PATHS] == ["lecture", "own_data"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_kept_without_outputs_and_in_one_form(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.source.strip()
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert [cell.id for cell in notebook.cells] == [f"cell-{n + 1:03d}" for n in range(len(notebook.cells))]
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert path.read_text("utf-8") == nbformat.writes(notebook) + "\n"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_sections_are_numbered_in_order(path: Path) -> None:
    numbers = [int(line.split()[1]) for line in headings(read(path)) if line.split()[1].isdigit()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 5


def test_each_section_of_the_lecture_ends_with_an_exercise_and_a_folded_solution() -> None:
    cells = read(FOLDER / "lecture.ipynb").cells
    asked = {}
    for number, cell in enumerate(cells):
        for exercise in re.findall(r"^\*\*Exercise (\d+)\.\*\*", cell.source, re.MULTILINE):
            asked[int(exercise)] = number
    assert list(asked) == list(range(1, 15))
    for number in asked.values():
        assert cells[number + 1].metadata == {"jupyter": {"source_hidden": True}, "tags": ["solution"]}
        assert cells[number + 2].source.startswith("## ")
    assert sum("tags" in cell.metadata for cell in cells) == len(asked)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_most_cells_assert_what_they_show(path: Path) -> None:
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    assert sum("assert" in source for source in code) > len(code) / 3


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_links_and_commands_of_the_text_exist(path: Path) -> None:
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (FOLDER / target).exists(), target
    commands = (FOLDER.parent / "docs" / "commands.md").read_text("utf-8")
    for command in re.findall(r"\belman ([a-z]+) ", text):
        assert f"## elman {command}\n" in commands, command


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_runs_whole(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ELMAN_DATA", str(tmp_path))  # no reviews there
    run(read(path))


@pytest.mark.slow
def test_the_commands_beside_own_data_run(tmp_path: Path) -> None:
    cells = read(FOLDER / "own_data.ipynb").cells
    blocks = re.findall(r"```sh\n(.*?)```", "\n".join(cell.source for cell in cells), re.DOTALL)
    texts, labels = elman.order_reviews(120, 1)
    for name, rows in (("train.csv", slice(0, 80)), ("test.csv", slice(80, None))):
        lines = [f'"{text}",{label}' for text, label in zip(texts[rows], labels[rows], strict=True)]
        (tmp_path / name).write_text("\n".join(["text,label", *lines, ""]), "utf-8")
    (tmp_path / "new_texts.txt").write_text("\n".join(texts[:3]) + "\n", "utf-8")
    commands = [line for block in blocks for line in block.replace("\\\n", "").splitlines()]
    assert len(commands) > 7
    for command in commands:
        program = [sys.executable, "-m", *shlex.split(command)]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stderr}"


@pytest.mark.slow
def test_the_lecture_runs_whole_on_real_reviews(monkeypatch: pytest.MonkeyPatch, real_data: Path) -> None:
    monkeypatch.setenv("ELMAN_DATA", str(real_data))
    run(read(FOLDER / "lecture.ipynb"))
