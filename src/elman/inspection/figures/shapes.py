"""One to many, many to one, many to many, stacked: what recurrent networks read and give."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from ...errors import InputError
from ._diagram import Diagram, Point
from ._lettering import width_of
from ._page import MARGIN, SIZE

__all__ = ["SHAPES", "network_shapes"]

ACROSS, UP = 0.75, 0.72
"""Inches between two boxes."""
BOX = 0.42
APART = 0.6
"""Inches between two diagrams."""
ACROSS_PAGE = 3
"""Diagrams of a line."""


@dataclass(frozen=True)
class Kind:
    """One diagram.

    name, example : what it is called, and what it is for
    reads, gives : the time steps with an input, and with an output
    layers : recurrent layers above each other
    cut : the time step with which another network begins, which writes; 0 where there is one network
    """

    name: str
    example: str
    reads: tuple[int, ...]
    gives: tuple[int, ...]
    layers: int = 1
    cut: int = 0

    @property
    def steps(self) -> int:
        """How many time steps are drawn."""
        return 1 + max(*self.reads, *self.gives)

    @property
    def width(self) -> float:
        """Inches, with the gap to the next diagram."""
        words = max(width_of(self.name, SIZE + 2), width_of(self.example, SIZE))
        return max(words, BOX + ACROSS * (self.steps - 1)) + APART

    @property
    def height(self) -> float:
        """Inches, with the gap to the diagram below."""
        return 0.55 + BOX + UP * (self.layers + 1) + 0.45


SHAPES: dict[str, Kind] = {
    "one-to-many": Kind("one to many", "a label becomes a text", (0,), (0, 1, 2)),
    "many-to-one": Kind("many to one", "a text gets a label", (0, 1, 2), (2,)),
    "many-to-many": Kind("many to many, aligned", "a tag for each word", (0, 1, 2), (0, 1, 2)),
    "encoder-decoder": Kind("many to many, one after the other", "a text becomes another", (0, 1, 2), (3, 4), 1, 3),
    "stacked": Kind("stacked", "each layer reads the states below it", (0, 1, 2), (2,), 3),
}
"""By their names."""


def network_shapes(
    kinds: Sequence[str] = tuple(SHAPES), title: str = "What flows in and out", dark: bool = False
) -> Figure:
    """Draw what recurrent networks read and give, a small diagram a kind: time goes to the right, signals go up.

    Parameters
    ----------
    kinds : of "one-to-many", "many-to-one", "many-to-many", "encoder-decoder", "stacked"

    Raises
    ------
    InputError
        No kind, or one that there is not.

    Examples
    --------
    >>> [text.get_text() for text in network_shapes(["many-to-one"]).axes[0].texts][:2]
    ['many to one', 'a text gets a label']
    """
    unknown = [kind for kind in kinds if kind not in SHAPES]
    if unknown or not kinds:
        raise InputError(f"kinds must be some of {', '.join(SHAPES)}, got {list(kinds)!r:.100}")
    chosen = [SHAPES[kind] for kind in kinds]
    lines = [chosen[begin : begin + ACROSS_PAGE] for begin in range(0, len(chosen), ACROSS_PAGE)]
    heights = [max(kind.height for kind in line) for line in lines]
    widths = [sum(kind.width for kind in line) for line in lines]
    page = Diagram(max(5.5, *widths) + 2 * MARGIN - APART, sum(heights) + 0.85, dark)
    page.title(title, "green: what is read; orange: states; blue: what is given")
    top = page.height - 0.8
    for line, height in zip(lines, heights, strict=True):
        left = MARGIN
        for kind in line:
            _draw(page, kind, (left, top))
            left += kind.width
        top -= height
    return page.figure


def _draw(page: Diagram, kind: Kind, corner: Point) -> None:
    """Draw one diagram below and to the right of its upper left corner."""
    left, top = corner
    page.write((left, top - 0.1), kind.name, SIZE + 2, ha="left")
    page.write((left, top - 0.33), kind.example, ha="left", color=page.theme.muted)
    places = [left + BOX / 2 + ACROSS * step for step in range(kind.steps)]
    given = top - 0.55 - BOX / 2
    floors = [given - UP * (kind.layers - layer) for layer in range(kind.layers)]
    _draw_states(page, kind, places, floors)
    for number, step in enumerate(kind.reads, start=1):
        _flow(page, places[step], floors[0] - UP, floors[0], page.theme.series[2])
        page.box((places[step], floors[0] - UP), BOX, BOX, page.theme.series[2], _numbered("x", number, kind.reads))
    for number, step in enumerate(kind.gives, start=1):
        _flow(page, places[step], floors[-1], given, page.theme.series[0])
        page.box((places[step], given), BOX, BOX, page.theme.series[0], _numbered("y", number, kind.gives))


def _draw_states(page: Diagram, kind: Kind, places: Sequence[float], floors: Sequence[float]) -> None:
    writing = page.theme.feedback[1]
    for layer, floor in enumerate(floors):
        for step, x in enumerate(places):
            colour = writing if kind.cut and step >= kind.cut else page.theme.feedback[0]
            page.box((x, floor), BOX, BOX, colour, "h")
            if step:
                page.arrow((places[step - 1] + BOX / 2, floor), (x - BOX / 2 - 0.02, floor), page.theme.feedback[0])
            if layer:
                _flow(page, x, floors[layer - 1], floor, page.theme.series[2])
    if kind.cut:
        middle = (places[kind.cut] + places[-1]) / 2
        page.write((middle, floors[0] - BOX / 2 - 0.14), "decoder", SIZE - 1, color=page.theme.muted)


def _flow(page: Diagram, x: float, low: float, high: float, colour: str) -> None:
    page.arrow((x, low + BOX / 2), (x, high - BOX / 2 - 0.02), colour)


def _numbered(sign: str, number: int, steps: Sequence[int]) -> str:
    return sign + "₁₂₃₄₅₆₇₈₉"[number - 1] if len(steps) > 1 else sign
