"""What diagrams are drawn of: neurons, boxes, arrows that bend, loops."""

from typing import Any

import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from ._lettering import FAMILY
from ._page import SIZE, Page
from ._style import blended

__all__ = ["RADIUS", "Diagram", "Point"]

Point = tuple[float, float]
"""Inches from the lower left corner."""
RADIUS = 0.17
"""Of a neuron."""


class Diagram(Page):
    """A page with one board over all of it, whose units are inches."""

    def __init__(self, width: float, height: float, dark: bool) -> None:
        super().__init__(width, height, dark)
        self.board = self.canvas()

    def write(self, at: Point, text: object, size: float = SIZE, **more: Any) -> None:
        """Put a line of text with its middle somewhere."""
        settings: dict[str, Any] = {"ha": "center", "va": "center", "color": self.theme.ink, "zorder": 5} | more
        self.board.text(*at, str(text), fontsize=size, family=FAMILY, parse_math=False, **settings)

    def neuron(self, at: Point, colour: str, text: object = "") -> None:
        """Draw a circle, with a sign in it."""
        ground = blended(colour, self.theme.paper, 0.25)
        self.board.add_patch(Circle(at, RADIUS, facecolor=ground, edgecolor=colour, linewidth=1.3, zorder=4))
        if text:
            self.write(at, text, SIZE - 1.5)

    def box(self, at: Point, width: float, height: float, colour: str, text: object = "", share: float = 0.25) -> None:
        """Draw a box around its middle; `share` is how much of the colour fills it."""
        corner = (at[0] - width / 2, at[1] - height / 2)
        shape = FancyBboxPatch(corner, width, height, "round,pad=0,rounding_size=0.06", linewidth=1.2)
        ground = blended(colour, self.theme.paper, share)
        shape.set(facecolor=ground, edgecolor=blended(colour, self.theme.paper, max(share, 0.5) if share < 0.2 else 1))
        shape.set_zorder(2 if share < 0.2 else 4)
        self.board.add_patch(shape)
        if text:
            self.write(at, text)

    def line(self, begin: Point, end: Point, colour: Any, width: float = 0.7) -> None:
        """Draw a straight line without a head, behind everything."""
        self.board.plot([begin[0], end[0]], [begin[1], end[1]], color=colour, linewidth=width, zorder=1)

    def arrow(self, begin: Point, end: Point, colour: str, width: float = 1.3, **more: Any) -> None:
        """Draw a straight arrow."""
        self._along(Path([begin, end]), colour, width, **more)

    def bent(self, begin: Point, end: Point, bulge: float, colour: str, width: float = 1.5) -> None:
        """Draw an arrow between two neurons, one above the other, that bulges so far to the right."""
        middle = ((begin[0] + end[0]) / 2 + 2 * bulge, (begin[1] + end[1]) / 2)
        path = [_at_rim(begin, middle), middle, _at_rim(end, middle)]
        self._along(Path(path, [Path.MOVETO, Path.CURVE3, Path.CURVE3]), colour, width)

    def loop(self, at: Point, colour: str, width: float = 1.5) -> None:
        """Draw an arrow from a neuron over its head back to itself."""
        x, y = at
        begin, end = _at_rim(at, (x + 0.17, y + 0.3)), _at_rim(at, (x - 0.17, y + 0.3))
        path = [begin, (x + 0.26, y + 0.5), (x - 0.26, y + 0.5), end]
        self._along(Path(path, [Path.MOVETO, *[Path.CURVE4] * 3]), colour, width)

    def _along(self, path: Path, colour: str, width: float, **more: Any) -> None:
        settings: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 8, "zorder": 3} | more
        self.board.add_patch(FancyArrowPatch(path=path, color=colour, linewidth=width, **settings))


def _at_rim(centre: Point, towards: Point) -> Point:
    """Give where the way from a neuron's centre leaves it."""
    way = np.subtract(towards, centre)
    x, y = np.add(centre, (RADIUS + 0.02) * way / np.hypot(*way))
    return float(x), float(y)
