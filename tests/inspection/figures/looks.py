"""What is asked of every picture: it draws without a warning, and no text lies over another or is cut off."""

from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

SLACK = 0.5
"""Dots by which boxes may touch: heights of letters are rounded to whole dots."""


def texts_of(figure: Figure) -> list[Text]:
    """Give all texts that are seen: of the names of ticks those that matplotlib draws."""
    unseen: set[Text] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            drawn = {tick for tick in axis._update_ticks() if axes.axison}  # type: ignore[attr-defined]
            unseen |= {text for tick in axis.get_major_ticks() if tick not in drawn for text in tick.findobj(Text)}
    found = [item for item in figure.findobj(Text) if item.get_visible() and item.get_text().strip()]
    return [item for item in found if item not in unseen]


def check_looks(figure: Figure) -> None:
    """Fail for text over text, or outside of the figure."""
    figure.draw_without_rendering()  # type: ignore[no-untyped-call]
    texts = texts_of(figure)
    low, high = np.array([item.get_window_extent().get_points() for item in texts]).transpose(1, 0, 2)
    cut_off = ((low < -SLACK) | (high > figure.bbox.max + SLACK)).any(axis=1)
    assert not cut_off.any(), f"{texts[cut_off.argmax()].get_text()!r} is cut off"
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    over = np.argwhere(np.triu((shared > SLACK).all(axis=2), 1))
    assert not len(over), " lies over ".join(repr(texts[place].get_text()) for place in over[0])


def words_of(figure: Figure) -> list[str]:
    return [item.get_text() for item in texts_of(figure)]


def relative_luminance(colour: Any) -> float:
    """As WCAG has it."""
    c = np.asarray(to_rgb(colour))
    return float(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722))
