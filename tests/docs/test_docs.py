"""The documents tell what is: help page, equations, links, files."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def load_script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_commands_page_is_the_programs_own_help() -> None:
    script = load_script(ROOT / "docs" / "make_commands.py")
    assert script.PAGE.read_text("utf-8") == script.page(), "run `make docs`"


@pytest.mark.parametrize("name", [path.stem for path in (ROOT / "docs" / "math").glob("*.md")])
def test_equations_and_code_cite_each_other(name: str) -> None:
    page = (ROOT / "docs" / "math" / f"{name}.md").read_text("utf-8")
    code = (ROOT / "src" / "elman" / "engine" / "cells" / f"{name}.py").read_text("utf-8")
    forward, backward = code.split("def step_backward")
    stated = set(re.findall(r"\*\*\((\w+\.\d+)\)\*\*", page))
    derived = set(re.findall(r"\*\*d\((\w+\.\d+)\)\*\*", page))
    assert stated == set(re.findall(r"[#,] \((\w+\.\d+)\)", forward))
    assert derived == set(re.findall(r"[#,] d\((\w+\.\d+)\)", backward))
    assert stated == derived
    assert stated


def test_every_cell_has_its_equations() -> None:
    cells = {path.stem for path in (ROOT / "src/elman/engine/cells").glob("*.py")} - {"__init__", "_cell"}
    assert cells == {path.stem for path in (ROOT / "docs" / "math").glob("*.md")}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def anchors_of(page: Path) -> set[str]:
    """Give what a link may name of a page: its headings, in small letters, with hyphens for blanks."""
    outside = re.sub(r"^(`{3,}).*?^\1", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^#+ (.+)$", outside, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_to_headings_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!http)([^)#]*)#([^)]+)\)", page.read_text("utf-8")):
        assert anchor in anchors_of(page.parent / target if target else page), f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"`((?:src|tests|benchmarks|docs|requirements)/[\w./-]+)`", page.read_text("utf-8"))
    for name in named:
        assert (ROOT / name).exists(), name


def test_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"`make ([a-z-]+)`", page.read_text("utf-8"))) <= targets, page.name
