"""One to many, many to one, many to many, stacked: what recurrent networks read and give."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from ...errors import InputError
from ._diagram import Diagram, Point
from ._page import MARGIN, SIZE

__all__ = ["SHAPES", "network_shapes"]

ACROSS, UP = 0.75, 0.72
"""Inches between two boxes."""
BOX = 0.42
WIDTH, HEIGHT = 4.35, 3.05
"""Inches of a diagram."""


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


SHAPES: dict[str, Kind] = {
    "one-to-many": Kind("one to many", "a label becomes a text", (0,), (0, 1, 2)),
    "many-to-one": Kind("many to one", "a text gets a label", (0, 1, 2), (2,)),
    "many-to-many": Kind("many to many, aligned", "a tag for each word", (0, 1, 2), (0, 1, 2)),
    "encoder-decoder": Kind("many to many, one after the other", "a text becomes another", (0, 1, 2), (3, 4), 1, 3),
    "stacked": Kind("stacked", "each layer reads the states below it", (0, 1, 2), (2,), 3),
}
"""By their names."""


def network_shapes(kinds: Sequence[str] = tuple(SHAPES), title: str = "What flows in and out", dark: bool = False) -> Figure:
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
    across = min(2, len(kinds))
    lines = [list(kinds[begin : begin + across]) for begin in range(0, len(kinds), across)]
    heights = [max(HEIGHT + UP * (SHAPES[kind].layers - 1) for kind in line) for line in lines]
    page = Diagram(across * WIDTH + MARGIN, sum(heights) + 1.1, dark)
    page.title(title, "green: what is read; orange: states; blue: what is given")
    bottom = sum(heights) + 0.3
    for line, height in zip(lines, heights, strict=True):
        bottom -= height
        for place, kind in enumerate(line):
            _draw(page, SHAPES[kind], (MARGIN + 0.1 + place * WIDTH, bottom), height)
    return page.figure


def _draw(page: Diagram, kind: Kind, corner: Point, height: float) -> None:
    left, bottom = corner
    page.write((left, bottom + height - 0.15), kind.name, SIZE + 2, ha="left")
    page.write((left, bottom + height - 0.38), kind.example, ha="left", color=page.theme.muted)
    count = 1 + max(*kind.reads, *kind.gives)
    places = [left + BOX / 2 + ACROSS * step for step in range(count)]
    floors = [bottom + BOX / 2 + 0.15 + UP * (1 + layer) for layer in range(kind.layers)]
    _draw_states(page, kind, places, floors)
    read, given = page.theme.series[2], page.theme.series[0]
    for step in kind.reads:
        _flow(page, places[step], floors[0] - UP, floors[0], read)
        page.box((places[step], floors[0] - UP), BOX, BOX, read, f"x{_subscript(step)}")
    for number, step in enumerate(kind.gives):
        _flow(page, places[step], floors[-1], floors[-1] + UP, given)
        page.box((places[step], floors[-1] + UP), BOX, BOX, given, f"y{_subscript(number) if len(kind.gives) > 1 else ''}")


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
        for begin, end, words in _halves(kind, places):
            page.write(((begin + end) / 2, floors[0] - BOX / 2 - 0.14), words, SIZE - 1, color=page.theme.muted)


def _halves(kind: Kind, places: Sequence[float]) -> Iterator[tuple[float, float, str]]:
    yield places[kind.cut], places[-1], "decoder"


def _flow(page: Diagram, x: float, low: float, high: float, colour: str) -> None:
    page.arrow((x, low + BOX / 2), (x, high - BOX / 2 - 0.02), colour)


def _subscript(step: int) -> str:
    return "₁₂₃₄₅₆₇₈₉"[step]
