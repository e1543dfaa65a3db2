"""The site, which `make docs` builds: every public name is in the reference, docstrings are read as they are meant."""

import importlib
from types import ModuleType
from typing import Any

import pytest

import elman

from .fences import ROOT, fences
from .test_docs import load_script

REFERENCE = ROOT / "docs" / "reference"
PACKAGES = ("data", "encoders", "engine", "errors", "estimators", "inspection", "sequences", "text")


def documented() -> set[str]:
    """Give the full names that the pages of the reference ask for; those of a whole module by its `__all__`."""
    names: set[str] = set()
    for page in REFERENCE.glob("*.md"):
        module = ""
        for line in "\n".join(fence.text for fence in fences(page)).splitlines():
            kind, _, name = line.removeprefix(".. ").partition(":: ")
            if kind == "currentmodule":
                module = name
            elif kind == "automodule":
                names |= {f"{name}.{each}" for each in getattr(importlib.import_module(name), "__all__", ())}
            elif kind in ("autoclass", "autofunction"):
                names.add(f"{module}.{name}")
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_the_reference(package: str) -> None:
    module = importlib.import_module(f"elman.{package}")
    public = {name for name in getattr(module, "__all__", ()) if callable(getattr(module, name))}
    missing = {f"elman.{package}.{name}" for name in public} - documented()
    assert missing == set(), "give each a line in docs/reference"


def test_names_of_elman_are_those_of_its_packages() -> None:
    homes = {f"elman.{home}.{name}" for name, home in elman._HOMES.items()}
    assert homes - documented() == set()


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")} - {"index.md"}
    decisions = {page for page in pages if page.startswith("decisions/0")}
    missing = {page for page in pages - decisions if f"]({page})" not in index}
    assert missing == set(), "name them in docs/index.md, in the list for readers and in the toctree for the site"


@pytest.fixture(scope="module")
def conf() -> ModuleType:
    pytest.importorskip("sphinx")
    return load_script(ROOT / "docs" / "conf.py")


class TestDocstrings:
    def read(self, conf: ModuleType, what: str, docstring: str) -> list[str]:
        lines = docstring.splitlines()
        conf.read_informal_parts(None, what, "", None, None, lines)
        return lines

    def test_a_paragraph_ends_a_section(self, conf: ModuleType) -> None:
        lines = ["Parameters", "----------", "x : int", "    What.", "", "Fitted: `x_`."]
        assert self.read(conf, "class", "\n".join(lines)) == [*lines[:5], "", "Fitted: `x_`."]

    def test_a_section_and_a_parameter_do_not(self, conf: ModuleType) -> None:
        lines = "Parameters\n----------\nx : int\n\nX : int\n\nRaises\n------\nInputError\n    Why."
        assert self.read(conf, "class", lines) == lines.splitlines()

    def test_fields_without_a_heading_are_a_list(self, conf: ModuleType) -> None:
        lines = "What.\n\na, b : first\n    and more\nc : last\n\nThen: text."
        listed = ["What.", "", "- ``a, b``: first", "  and more", "- ``c``: last", "", "Then: text."]
        assert self.read(conf, "class", lines) == listed

    def test_what_is_drawn_stays_as_it_is(self, conf: ModuleType) -> None:
        assert self.read(conf, "class", "What.\n\n    y = x W\n\nMore.") == [
            "What.",
            "",
            "::",
            "",
            "    y = x W",
            "",
            "More.",
        ]
        example = "What.\n\n    >>> 1\n    1"
        assert self.read(conf, "module", example) == example.splitlines()

    def test_the_three_lines_of_a_package(self, conf: ModuleType) -> None:
        assert self.read(conf, "module", "Takes  a,\n       b.\nNext   c") == [":Takes: a,", "       b.", ":Next: c"]

    def test_pages_and_sizes(self, conf: ModuleType) -> None:
        lines = ["See docs/networks.md; |a + b| < 1.", "x : int | None", ">>> 1 | 2"]
        conf.lead_to_pages(None, "class", "", None, None, lines)
        first = r"See :doc:`docs/networks.md </docs/networks>`; \|a + b| < 1."
        assert lines == [first, "x : int | None", ">>> 1 | 2"]

    @pytest.mark.parametrize(
        ("signature", "short"),
        [
            ("(x: ~numpy.ndarray[tuple[~typing.Any, ...], ~numpy.dtype[~numpy.float32]])", "(x: NDArray[float32])"),
            ("(x: Any, y: ~typing.Any = None) -> Any", "(x, y=None) -> Any"),
            ("(x: dict[str, Any])", "(x: dict[str, Any])"),
            (f"(x: str = '{'a' * 60}', y: str = 'b')", "(x: str = ..., y: str = 'b')"),
            ("(x: dict = <factory>, y: F = <function <lambda>>)", "(x: dict = ..., y: F = ...)"),
        ],
    )
    def test_types_are_as_in_the_source(self, signature: str, short: str, conf: ModuleType) -> None:
        assert conf.shorten(signature) == short

    def test_links_to_notebooks(self, conf: ModuleType) -> None:
        class App:
            config: Any = type("config", (), {"notebooks": ["lecture"]})

        text = ["[a](../notebooks/lecture.ipynb) [b](../notebooks/other.ipynb)"]
        conf.lead_to_rendered_notebooks(App, "docs/index", text)
        assert text == ['<a href="../notebooks/lecture.html">a</a> [b](../notebooks/other.ipynb)']

    def test_links_of_rendered_notebooks(self, conf: ModuleType) -> None:
        html = (
            '<a href="../docs/a.md#b">a</a> <a href="c.ipynb">c</a> <a href="#d">d</a> <a href="https://e/f.md">e</a>'
        )
        led = (
            '<a href="../docs/a.html#b">a</a> <a href="c.html">c</a> <a href="#d">d</a> <a href="https://e/f.md">e</a>'
        )
        assert conf.lead_to_site(html) == led
