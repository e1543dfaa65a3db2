"""A page to draw on, measured in inches, so that what stands where can be reckoned before anything is drawn."""

import io
import os
from collections.abc import Iterable
from threading import Lock
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from ...errors import InputError
from ...replacing import check_replaceable, replaced
from ..picture_files import ENDINGS, check_figure_path
from ._lettering import FAMILY, fitting
from ._style import theme

__all__ = ["MARGIN", "SIZE", "Page", "rendered", "save_figure"]

MARGIN = 0.25
"""Inches around what is drawn."""
SIZE, LARGE = 9.0, 13.0
"""Points of ordinary text, and of a title."""
DOTS = 150
"""Of a PNG, an inch."""
_ONE_AT_A_TIME = Lock()
"""matplotlib's settings for SVG are the process's."""
SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "elman",
    "svg.image_inline": True,
    "font.sans-serif": ["DejaVu Sans"],
}
"""Text stays text, and the same picture has the same bytes."""


class Page:
    """A figure of so many inches with a ground, on which text and axes are placed by inches from its lower left corner.

    Nothing of pyplot is used: figures belong to nobody but their caller, and may be made in any thread.
    """

    def __init__(self, width: float, height: float, dark: bool) -> None:
        self.width, self.height, self.theme = width, height, theme(dark)
        self.figure = Figure(figsize=(width, height), dpi=DOTS, facecolor=self.theme.paper)
        FigureCanvasAgg(self.figure)

    def text(self, x: float, y: float, text: object, size: float = SIZE, **more: Any) -> Text:
        """Put a line of text somewhere."""
        settings: dict[str, Any] = {"color": self.theme.ink, "family": FAMILY, "parse_math": False} | more
        return self.figure.text(x / self.width, y / self.height, str(text), fontsize=size, **settings)

    def title(self, title: object, below: object = "") -> None:
        """Write a title into the upper left corner, and a line in smaller letters below it; too long ones shortened."""
        top, room = self.height - MARGIN, self.width - 2 * MARGIN
        self.text(MARGIN, top, fitting(title, room, LARGE), LARGE, va="top")
        if below:
            self.text(MARGIN, top - 0.26, fitting(below, room, SIZE), SIZE, va="top", color=self.theme.muted)

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Give axes in the page's colours."""
        place = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        axes = self.figure.add_axes(place, facecolor=self.theme.paper)
        colours: dict[str, Any] = {"color": self.theme.line, "labelcolor": self.theme.ink}
        axes.tick_params(which="both", labelsize=SIZE - 1, labelfontfamily=FAMILY, **colours)
        for side, spine in axes.spines.items():
            spine.set_color(self.theme.line)
            spine.set_visible(side in ("left", "bottom"))
        return axes

    def canvas(self) -> Axes:
        """Give unseen axes over the whole page, whose units are inches."""
        axes = self.axes(0, 0, self.width, self.height)
        axes.set(xlim=(0, self.width), ylim=(0, self.height))
        axes.set_axis_off()
        return axes

    def label(self, axes: Axes, x: str = "", y: str = "") -> None:
        """Say what the axes mean."""
        settings: dict[str, Any] = {"fontsize": SIZE, "family": FAMILY, "color": self.theme.muted, "parse_math": False}
        axes.set_xlabel(x, **settings)
        axes.set_ylabel(y, **settings)

    def ticks(self, axes: Axes, along: str, places: Iterable[float], names: Iterable[object], **more: Any) -> None:
        """Name places along an axis, "x" or "y"; `more` are settings of text."""
        set_ticks = axes.set_xticks if along == "x" else axes.set_yticks
        settings: dict[str, Any] = {"parse_math": False, "family": FAMILY} | more
        set_ticks(list(places), [str(name) for name in names], **settings)

    def grid(self, axes: Axes, along: str = "y") -> None:
        """Draw faint lines behind everything."""
        axes.grid(visible=True, axis=along, color=self.theme.line, linewidth=0.6)  # type: ignore[arg-type]
        axes.set_axisbelow(True)


def rendered(figure: Figure, form: str = ".svg") -> bytes:
    """Give a picture as the bytes of an ".svg" or ".png" file; the same picture always gives the same bytes.

    Raises InputError for another ending.
    """
    if form not in ENDINGS:
        raise InputError(f"a picture must end in {' or '.join(ENDINGS)}, got {form!r:.60}")
    buffer = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if form == ".svg" else {"Software": None}
    with _ONE_AT_A_TIME, matplotlib.rc_context(SETTINGS):
        figure.savefig(buffer, format=form[1:], metadata=metadata, dpi=figure.dpi)
    return buffer.getvalue()


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a picture, crash-safe, in the form that its name's ending says: .svg or .png.

    Raises
    ------
    InputError
        Another ending.
    DataError
        The file cannot be written.
    """
    ending = check_figure_path(path)
    check_replaceable(path)
    content = rendered(figure, ending)
    with replaced(path) as file:
        file.write(content)
