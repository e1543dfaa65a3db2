"""An attribution as a page: the text with its words coloured, and a table of all numbers. It needs no other file."""

from html import escape

import numpy as np

from ..tables import VISIBLE
from .lines import sentences
from .result import Attribution

__all__ = ["of"]

STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1b1b1b; --quiet: #5c5c5c; --line: #d4d4d4;
  --for: 0 114 178; --against: 230 120 0; }
@media (prefers-color-scheme: dark) { :root { --ground: #16181c; --ink: #ececec; --quiet: #a6a6a6; --line: #3a3d44;
  --for: 60 150 235; --against: 235 140 40; } }
body { background: var(--ground); color: var(--ink); font: 16px/1.6 system-ui, sans-serif; margin: 2rem auto;
  max-width: 52rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; overflow-wrap: anywhere; } p { margin: .3rem 0; color: var(--quiet); }
.text { border: 1px solid var(--line); border-radius: .5rem; font-size: 1.1rem; line-height: 2.1; margin: 1.2rem 0;
  padding: .8rem 1rem; overflow-wrap: anywhere; }
.text span { border-radius: .25rem; padding: .12rem .25rem; }
.for { background: rgb(var(--for) / var(--share)); } .against { background: rgb(var(--against) / var(--share)); }
.strong.for { border-bottom: 3px solid rgb(var(--for)); }
.strong.against { border-bottom: 3px dashed rgb(var(--against)); }
.unknown { font-style: italic; }
.legend { display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; font-size: .9rem; color: var(--quiet); }
.legend span { border-radius: .25rem; color: var(--ink); padding: .1rem .4rem; }
table { border-collapse: collapse; font-size: .95rem; margin-top: .6rem; }
th, td { border-bottom: 1px solid var(--line); padding: .15rem .8rem .15rem 0; text-align: start; }
td.number, th.number { font-variant-numeric: tabular-nums; text-align: end; }
details { margin-top: 1.2rem; } summary { cursor: pointer; }
"""
DARKEST = 0.6
"""Opacity of the strongest word's ground: ink stays readable on it in light and dark."""


def of(attribution: Attribution) -> str:
    """Give the page, in UTF-8, of HTML alone."""
    first, *others = map(escape, sentences(attribution))
    body = [f"<h1>{first}</h1>", *(f"<p>{line}</p>" for line in others)]
    if attribution.tokens:
        body += [_text(attribution), _legend(attribution), _table(attribution)]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{first}</title>",
            f"<style>{STYLE}</style></head><body>",
            *body,
            "</body></html>\n",
        ]
    )


def _text(attribution: Attribution) -> str:
    """Give the words, each with its numbers on hover; `dir=auto` lets what is written from the right run so."""
    strongest = np.abs(attribution.scores).max() or 1.0
    rows = zip(attribution.tokens, attribution.known.tolist(), attribution.scores, attribution.marks, strict=True)
    words = [_word(word, known, score, score / strongest, mark) for word, known, score, mark in rows]
    return f'<div class="text" dir="auto">{" ".join(words)}</div>'


def _word(word: str, known: bool, score: float, share: float, mark: int) -> str:
    kinds = ["for" if share > 0 else "against"] if share else []
    kinds += (["strong"] if abs(mark) == 2 else []) + ([] if known else ["unknown"])
    title = f"{score:+.4f}" + ("" if known else ", a word that the model does not know")
    return (
        f'<span class="{" ".join(kinds)}" style="--share: {abs(share) * DARKEST:.3f}" title="{title}">'
        f"<bdi>{_shown(word)}</bdi></span>"
    )


def _shown(word: str) -> str:
    return escape(VISIBLE.get(word, word))


def _legend(attribution: Attribution) -> str:
    answer, style = escape(str(attribution.answer)), f'style="--share: {DARKEST}"'
    unknown = "" if attribution.known.all() else '<div><span class="unknown">word</span> not known to the model</div>'
    return (
        f'<div class="legend"><div><span class="for strong" {style}>word</span> for {answer}</div>'
        f'<div><span class="against strong" {style}>word</span> against {answer}</div>{unknown}'
        "<div>the stronger, the darker; hover for the numbers</div></div>"
    )


def _table(attribution: Attribution) -> str:
    rows = zip(attribution.tokens, attribution.known.tolist(), attribution.scores, strict=True)
    lines = [_row(number, *row) for number, row in enumerate(rows, start=1 - attribution.lead)]
    head = '<tr><th class="number">place</th><th>word</th><th class="number">score</th><th></th></tr>'
    return f"<details><summary>All numbers</summary><table>{head}{''.join(lines)}</table></details>"


def _row(number: int, word: str, known: bool, score: float) -> str:
    place = number if number > 0 else ""
    return (
        f'<tr><td class="number">{place}</td><td><bdi>{_shown(word)}</bdi></td>'
        f'<td class="number">{score:+.4f}</td><td>{"" if known else "not known"}</td></tr>'
    )
