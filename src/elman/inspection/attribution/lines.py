"""An attribution as lines for a terminal: what was answered, the text with its strongest words marked, a table."""

from collections.abc import Iterable
from textwrap import wrap

import numpy as np

from ..tables import VISIBLE, printable
from .result import METHODS, Attribution

__all__ = ["marked", "of", "sentences", "shown", "summary", "table"]

MOST = 20
"""Words in the table, at most: the strongest ones."""
MARKS = {2: ("[++", "]"), 1: ("[+", "]"), 0: ("", ""), -1: ("[-", "]"), -2: ("[--", "]")}
WIDEST = 24
"""Of a word, in columns of the terminal."""


def of(attribution: Attribution, width: int = 80) -> list[str]:
    """Give all of it, at most `width` wide."""
    if not attribution.tokens:
        return summary(attribution, width)
    return [*summary(attribution, width), "", *marked(attribution, width), "", *table(attribution, width)]


def summary(attribution: Attribution, width: int = 80) -> list[str]:
    """Say what was answered, what the numbers are, and how well they add up, in lines of `width`."""
    return [line for sentence in sentences(attribution) for line in wrap(sentence, width)]


def sentences(attribution: Attribution) -> list[str]:
    """Say what was answered, what the numbers are, and how well they add up."""
    a = attribution
    how = f"{100 * a.probability:.2f} %, logit {a.logit:.4f}" if a.probability is not None else f"{a.logit:.4f}"
    at = "" if a.position is None else f" for word {a.position + 1}"
    found = [f"answer {shown(str(a.answer))}{at}: {how}"]
    if not a.tokens:
        return [*found, "The text is empty: no word did anything, and the logit is what the model begins with."]
    what = METHODS[a.method]
    if a.replaced:
        what = "logit less that of the text with the unknown word in its place"
    if a.steps is not None:
        many = "1 step" if a.steps == 1 else f"{a.steps} steps"
        what += f": {'zero vectors' if a.baseline == 'zero' else 'unknown words'}, {many}"
    found.append(f"{a.method}: {what}")
    if a.error is not None:
        off = "" if a.error < 1e-12 else f", {a.error:.2g} off"
        begun = "of unknown words" if a.baseline == "unknown" else "without words"
        found.append(f"logit {a.base:.4f} {begun}, {a.scores.sum():+.4f} by the words{off}")
    return found


def marked(attribution: Attribution, width: int = 80) -> list[str]:
    """Give the text in lines of `width`, its strong words in brackets with their sign, and what these mean."""
    words = zip(attribution.tokens, attribution.marks.tolist(), strict=True)
    pieces = [f"{MARKS[mark][0]}{shown(word, width - 4)}{MARKS[mark][1]}" for word, mark in words]
    return _filled(pieces, width)


def shown(word: str, widest: int = WIDEST) -> str:
    """Give a token as it can be seen on one line: control characters written out, very long ones cut."""
    from rich.cells import cell_len, set_cell_size

    visible = VISIBLE.get(word) or printable(word)
    widest = min(widest, WIDEST)
    return visible if cell_len(visible) <= widest else set_cell_size(visible, widest - 1) + "…"


def table(attribution: Attribution, width: int = 80) -> list[str]:
    """Give the strongest words in the order of the text: place, word, score, and a bar to the left or right."""
    from rich.cells import cell_len

    size = abs(attribution.scores)
    chosen = sorted(sorted(range(len(size)), key=lambda number: (-size[number], number))[:MOST])
    room = max(2, width - 32)
    words = [shown(attribution.tokens[number], room) + ("" if attribution.known[number] else " ?") for number in chosen]
    widest = max(map(cell_len, words))
    place = len(str(chosen[-1] + 1))
    half = max(1, min(20, (width - place - widest - 16) // 2))
    lines = wrap(_title(attribution, len(chosen)), width)
    for number, word in zip(chosen, words, strict=True):
        score = attribution.scores[number]
        padded = word + " " * (widest - cell_len(word))
        count = number + 1 - attribution.lead
        bar = _bar(score / max(size.max(), np.finfo(float).tiny), half)
        lines.append(f"{count if count > 0 else '':>{place}}  {padded}  {score:+9.4f}  {bar}")
    return [line.rstrip() for line in lines]


def _title(attribution: Attribution, shown_words: int) -> str:
    count = len(attribution.tokens)
    which = "Each word" if shown_words == count else f"The {shown_words} strongest of {count} words"
    unknown = "" if attribution.known.all() else "; ? is a word that the model does not know"
    return f"{which}; + speaks for the answer {shown(str(attribution.answer))}, - against it{unknown}"


def _bar(share: float, half: int) -> str:
    """Draw -1 .. 1 as a bar of `half` signs to the left or right of a line."""
    filled = round(abs(share) * half)
    left = ("-" * filled if share < 0 else "").rjust(half)
    return f"{left}|{'+' * filled if share > 0 else ''}"


def _filled(pieces: Iterable[str], width: int) -> list[str]:
    """Put pieces on lines with spaces between them; no piece is cut."""
    from rich.cells import cell_len

    lines, taken = [""], 0
    for piece in pieces:
        size = cell_len(piece)
        if taken and taken + 1 + size > width:
            lines.append("")
            taken = 0
        lines[-1] += (" " if taken else "") + piece
        taken += size + (1 if taken else 0)
    return lines
