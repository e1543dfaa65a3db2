"""The site, for Sphinx: `make docs`. Its source is the repository, so that links between pages are the same in both."""

import re
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import desc_annotation, pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).parents[1]
RENDERED = ROOT / "build" / "notebooks"  # `make notebook`
sys.path.insert(0, str(ROOT / "src"))

import elman  # noqa: E402

project, author, release = "Elman", "the Elman authors", elman.__version__
root_doc = "docs/index"
include_patterns = ["*.md", "docs/*.md", "docs/*/*.md", "benchmarks/*.md"]
exclude_patterns = [".*", "build", "dist", "notebooks", "requirements", "src", "tests"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
notebooks = sorted(page.stem for page in RENDERED.glob("*.html"))
default_role = "py:obj"  # `name` in a docstring is code, and leads to what it names where that is public

html_theme, html_title, html_show_copyright = "furo", "Elman", False
html_copy_source = html_show_sourcelink = False

autosummary_generate = False
autodoc_default_options = {
    "members": True,
    "inherited-members": "BaseException, dict, object, tuple",
    "member-order": "bysource",
}
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
maximum_signature_line_length = 120
add_module_names = False
napoleon_google_docstring = False
napoleon_use_param = napoleon_use_rtype = False  # parameters that are described together stay together
napoleon_custom_sections = [("Attributes", "params_style")]


def setup(app: Sphinx) -> None:
    """Tell Sphinx what the functions below do."""
    app.add_config_value("notebooks", [], "env")
    app.connect("source-read", close_up_blocks)
    app.connect("source-read", lead_to_rendered_notebooks)
    app.connect("autodoc-skip-member", skip_fields_of_tuples)
    app.connect("autodoc-process-docstring", read_informal_parts, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", lead_to_pages)
    app.connect("object-description-transform", shorten_annotations)
    app.connect("autodoc-process-signature", shorten_signature)
    app.connect("missing-reference", find_by_public_name)
    app.connect("build-finished", write_start)


def close_up_blocks(app: Sphinx, name: str, source: list[str]) -> None:
    """Take away the empty last line of blocks of Python."""
    source[0] = source[0].replace("\n\n```\n", "\n```\n")


def lead_to_rendered_notebooks(app: Sphinx, name: str, source: list[str]) -> None:
    """Let links to notebooks lead to what `make notebook` made of them, where it did; else they download the file."""

    def link(found: re.Match[str]) -> str:
        title, notebook = found.groups()
        if notebook not in app.config.notebooks:
            return found[0]
        return f'<a href="{"../" * name.count("/")}notebooks/{notebook}.html">{title}</a>'

    source[0] = re.sub(r"\[([^]]+)\]\((?:\.\./)*notebooks/(\w+)\.ipynb\)", link, source[0])


def skip_fields_of_tuples(app: Sphinx, what: str, name: str, item: Any, skip: bool, options: object) -> bool | None:
    """Leave out what Python says of a named tuple's fields, "Alias for field number 0"."""
    return True if str(item.__doc__).startswith("Alias for field") else None


HEADING = re.compile(r"-{3,}$")
SENTENCE = re.compile(r"[A-Z](?!.* : )")
DRAWING = re.compile(r" {4}[^ >]")
ROOM = re.compile(r"(Takes|Gives|Next) {1,3}")
FIELD = re.compile(r"([a-z_][\w, ]*) : (?=\S)")


def read_informal_parts(app: Sphinx, what: str, name: str, item: object, options: object, lines: list[str]) -> None:
    """Turn what docstrings hold beside numpydoc's sections into reStructuredText.

    That is the three lines of a package, a list of fields without a heading, and a paragraph behind the sections,
    such as "Fitted: ...", which a second empty line keeps apart from them.
    """
    if what == "module":
        lines[:] = [ROOM.sub(r":\1: ", line) for line in lines]
    if what in ("attribute", "data", "property"):
        lines[:0] = ["..", ""]  # an empty comment, else napoleon takes what stands before a colon for a type
        return
    inside, field, read = False, False, [""]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        inside = inside or bool(HEADING.match(line))
        field = not inside and bool(FIELD.match(line) or (field and line.startswith(" ")))
        if DRAWING.match(line) and not inside and not read[-1]:
            read += ["::", ""]
        if inside and not read[-1] and SENTENCE.match(line) and not HEADING.match(following):
            read.append("")
        elif field:
            line = FIELD.sub(r"- ``\1``: ", line, count=1) if FIELD.match(line) else f"  {line.strip()}"
        read.append(line)
    lines[:] = read[1:]


def lead_to_pages(app: Sphinx, what: str, name: str, item: object, options: object, lines: list[str]) -> None:
    """Make links of pages that docstrings name, such as docs/networks.md, and leave |x|, a size, as it is."""
    for number, line in enumerate(lines):
        line = re.sub(r"\bdocs/([\w/]+)\.md", r":doc:`docs/\1.md </docs/\1>`", line)
        lines[number] = re.sub(r"(?<![\w`])\|(?=[^\s|][^|]*\|)", r"\\|", line)


OF = r"~?(?:\w+\.)*"
TYPES = {
    rf"{OF}ndarray\[{OF}tuple\[{OF}Any, \.\.\.\], {OF}dtype\[{OF}(\w+)(?:\[{OF}Any\])?\]\]": r"NDArray[\1]",
    rf"{OF}_Buffer \| .*? \| {OF}_NestedSequence\[complex \| bytes \| str\]": "ArrayLike",
    r"(?<== )([\"'])(?:(?!\1).){60,}\1": "...",
    r"(?<== )<(?:factory|function <lambda>)>": "...",
    rf": {OF}Any = ": "=",
    rf": {OF}Any(?=[,)])": "",
}
"""How types look when Python has taken their names apart, and what the source says; defaults that say nothing."""


def shorten_signature(
    app: Sphinx, what: str, name: str, item: object, options: object, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Write types as the source has them, and leave out what tells a reader nothing."""
    return tuple(part and shorten(part) for part in (signature, returned))  # type: ignore[return-value]


def shorten_annotations(app: Sphinx, domain: str, kind: str, content: nodes.Element) -> None:
    """Do the same to the types of properties and attributes."""
    assert content.parent is not None
    for annotation in content.parent.findall(desc_annotation):
        # Each name is there twice, short for where it is found and a link, and in full.
        text = "".join(t for t in annotation.findall(nodes.Text) if t.parent.get("condition") != "*")  # type: ignore[union-attr]
        if (short := shorten(text)) != text:
            annotation.clear()
            annotation += nodes.Text(short)


def shorten(signature: str) -> str:
    """Give a signature with NumPy's types by their names, and without Any."""
    for pattern, name in TYPES.items():
        signature = re.sub(pattern, name, signature)
    return signature


def find_by_public_name(app: Sphinx, env: BuildEnvironment, node: pending_xref, inner: nodes.Node) -> Any:
    """Lead a name that docstrings use, such as `TextClassifier` or `elman.load`, to where its module is documented."""
    if node.get("refdomain") != "py":
        return None
    name, *rest = node["reftarget"].removeprefix("elman.").split(".")
    home = elman._HOMES.get(name)
    target = ".".join(["elman", home, name, *rest]) if home else ""
    found = env.get_domain("py").objects.get(target)  # type: ignore[attr-defined]
    if found is None:
        return None
    uri = app.builder.get_relative_uri(node["refdoc"], found.docname)
    return nodes.reference("", "", inner, internal=True, refuri=f"{uri}#{found.node_id}")


def write_start(app: Sphinx, failure: Exception | None) -> None:
    """Let the site begin where a browser looks first, and take rendered notebooks along."""
    if failure is not None:
        return
    start = f'<!doctype html><meta http-equiv="refresh" content="0; url={root_doc}.html"><title>{project}</title>\n'
    (Path(app.outdir) / "index.html").write_text(start, "utf-8")
    (Path(app.outdir) / "notebooks").mkdir(exist_ok=True)
    for page in RENDERED.glob("*.html"):
        (Path(app.outdir) / "notebooks" / page.name).write_text(lead_to_site(page.read_text("utf-8")), "utf-8")


def lead_to_site(html: str) -> str:
    """Let links of a rendered notebook, to pages and notebooks of the repository, lead to those of the site."""
    return re.sub(r'href="(?!\w+:)([\w./-]+)\.(?:md|ipynb)(#[^"]*)?"', r'href="\1.html\2"', html)
