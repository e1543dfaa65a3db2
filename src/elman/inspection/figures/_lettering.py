"""Words as they can be drawn: in any script, without what would break a line, and how wide they are."""

import unicodedata
from functools import lru_cache

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

__all__ = ["FAMILY", "POINTS", "fitting", "height_of", "printable", "shortened", "width_of"]

OWN, LAST_RESORT = "DejaVu Sans", "Last Resort High-Efficiency"
HAS_LAST_RESORT = any(font.name == LAST_RESORT for font in fontManager.ttflist)
FAMILY = [OWN, LAST_RESORT, "sans-serif"] if HAS_LAST_RESORT else [OWN, "sans-serif"]
"""The last resort draws a sign of the script in the place of a letter that the font lacks. A browser that shows an SVG,
where text is text, takes its own fonts."""
POINTS = 72.0
"""Of an inch."""
SHOWN = {"\n": "⏎", "\r": "⏎", "\t": "⇥", " ": "␣"}
MISSING = "\N{WHITE VERTICAL RECTANGLE}"
JOINERS = "\u200c\u200d"


def printable(text: object) -> str:
    """Give a word with a sign for each character that has none of its own: breaks, controls, halves of characters."""
    word = str(text)
    if word.isspace():
        return "".join(SHOWN.get(sign, "␣") for sign in word)
    return "".join(map(_shown, word))


def _shown(sign: str) -> str:
    if sign in SHOWN and sign != " ":
        return SHOWN[sign]
    unseen = unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and sign not in JOINERS
    return MISSING if unseen or not (HAS_LAST_RESORT or ord(sign) in _glyphs()) else sign


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    return frozenset(get_font(findfont(OWN)).get_charmap())


def shortened(text: object, most: int = 18) -> str:
    """Give a word that can be drawn, and of one that is longer than so many characters its beginning and end."""
    word = printable(text)
    if len(word) <= most:
        return word
    end = (most - 1) // 3
    return f"{word[: most - 1 - end]}…{word[len(word) - end :]}"


def fitting(text: object, inches: float, size: float) -> str:
    """Give a word, shortened until it is no wider than this."""
    word, most = printable(text), 200
    while width_of(short := shortened(word, most), size) > inches and most > 3:
        most = min(most, len(short)) - 1
    return short


@lru_cache(maxsize=1)
def _renderer() -> FigureCanvasAgg:
    return FigureCanvasAgg(Figure(dpi=POINTS))


@lru_cache(maxsize=100_000)
def _extent(text: str, size: float, weight: str) -> tuple[float, float]:
    font = FontProperties(family=FAMILY, size=size, weight=weight)
    renderer = _renderer().get_renderer()  # type: ignore[no-untyped-call]
    width, height, _ = renderer.get_text_width_height_descent(text, font, ismath=False)
    return width / POINTS, height / POINTS


def width_of(text: str, size: float, weight: str = "normal") -> float:
    """Give the width of a line of text in inches; `size` in points."""
    return _extent(text, size, weight)[0] if text else 0.0


def height_of(size: float) -> float:
    """Give the height of a line of text in inches, from the top of its highest letter to the foot of its lowest."""
    return _extent("Ågj|", size, "normal")[1]
