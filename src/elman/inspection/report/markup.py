"""HTML in small pieces. Whatever comes from users is escaped here, and nowhere else."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ...errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

__all__ = ["Html", "both_grounds", "item", "page", "paragraph", "section", "table", "text"]

STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1f2328; --quiet: #5b636d; --line: #d0d7de;
  --for: 0 114 178; --against: 213 94 0; }
.dark { display: none; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171c; --ink: #e6e9ee; --quiet: #9aa4b0; --line: #3a424d;
  --for: 86 180 233; --against: 240 136 62; } .light { display: none; } .dark { display: inline; } }
* { box-sizing: border-box; }
body { background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; margin: 2rem auto;
  max-width: 62rem; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
p { margin: .4rem 0; max-width: 46rem; } .quiet, figcaption { color: var(--quiet); font-size: .92rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .95rem; margin: .5rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .2rem 1rem .2rem 0; text-align: start; vertical-align: top;
  overflow-wrap: break-word; }
th { font-weight: 600; } .number { font-variant-numeric: tabular-nums; text-align: end; }
.figures { display: grid; gap: .8rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); margin: 1.2rem 0; }
.figures div { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.figures b { display: block; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
figure { margin: 0; max-width: 100%; } svg { height: auto; max-width: 100%; }
.mistake { border: 1px solid var(--line); border-radius: .5rem; margin: .7rem 0; padding: .6rem .9rem; }
.text { font-size: 1.05rem; line-height: 2; margin-top: .3rem; }
.text span { border-radius: .25rem; padding: .1rem .22rem; }
.for { background: rgb(var(--for) / var(--share)); } .against { background: rgb(var(--against) / var(--share)); }
.here { outline: 2px solid var(--ink); } pre { font-size: .85rem; overflow-x: auto; }
"""


class Html(str):
    """Markup, which goes into the page as it is; every other string is escaped."""

    __slots__ = ()


def text(value: object) -> Html:
    """Give something as markup: what is markup already stays, everything else is escaped, lone surrogates replaced."""
    if isinstance(value, Html):
        return value
    return Html(escape(str(value).encode("utf-8", "replace").decode()))


def item(tag: str, *parts: object, **attributes: object) -> Html:
    """Give an element; `class_` stands for class."""
    said = "".join(f' {name.rstrip("_").replace("_", "-")}="{text(value)}"' for name, value in attributes.items())
    return Html(f"<{tag}{said}>{''.join(map(text, parts))}</{tag}>")


def paragraph(*parts: object, quiet: bool = False) -> Html:
    """Give a paragraph."""
    return item("p", *parts, **({"class_": "quiet"} if quiet else {}))


def section(title: str, *parts: object) -> Html:
    """Give a heading and what stands below it; nothing where there is nothing below."""
    return Html(item("h2", title) + "".join(map(text, parts))) if any(parts) else Html("")


def table(header: Sequence[str], rows: Iterable[Sequence[object]], words: int = 1) -> Html:
    """Give a table whose first columns, so many of them, hold words, and the others numbers."""

    def line(tag: str, cells: Sequence[object]) -> Html:
        kinds: list[dict[str, Any]] = [{} if place < words else {"class_": "number"} for place in range(len(cells))]
        return item("tr", *(item(tag, cell, **kind) for cell, kind in zip(cells, kinds, strict=True)))

    body = [line("td", row) for row in rows]
    return item("div", item("table", line("th", header), *body), class_="scroll")


def both_grounds(draw: "Callable[[bool], Figure]", caption: str, name: str) -> Html:
    """Give a picture for light and for dark ground, of which the page shows one; none where it cannot be drawn."""
    from ..figures import rendered

    try:
        drawn = [rendered(draw(dark)).decode() for dark in (False, True)]
    except InputError as reason:
        return paragraph(f"{caption}: {reason}", quiet=True)
    parts = [_inlined(svg, f"{name}-{ground}", ground) for svg, ground in zip(drawn, ("light", "dark"), strict=True)]
    return item("figure", *parts, role="img", aria_label=caption)


def _inlined(svg: str, name: str, ground: str) -> Html:
    """Take an SVG into a page: without its head, and its ids made its own, or a picture would use those of another."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<[^>]*>", lambda tag: re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", tag[0]), body)
    return Html(body.replace("<svg", f'<svg class="{ground}"', 1))


def page(title: str, parts: Iterable[object]) -> str:
    """Give a whole page."""
    head = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{STYLE}</style></head><body>\n"
    )
    return head + "\n".join(map(text, parts)) + "\n</body></html>\n"
