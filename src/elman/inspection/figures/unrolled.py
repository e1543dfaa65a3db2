"""The network unrolled through time: the same layers at each word, with the same weights."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.figure import Figure

from ...engine.network import Network
from ...errors import InputError
from ._diagram import Diagram
from ._lettering import fitting, width_of
from ._page import MARGIN, SIZE
from ._stages import Stage, stages_of

__all__ = ["unrolled_network"]

MOST, FIRST, LAST = 8, 5, 2
"""Time steps, up to which all are drawn; of more, how many of the first and of the last ones."""
STEP = 1.25
"""Inches from one time step to the next."""
BOX, TALL = 0.62, 0.34
"""Inches of a box."""
ROW, FLOOR = 0.48, 1.25
"""Inches of a direction of a layer; of the words' row from below."""
CLEAR = 0.42
"""Inches between two layers, for an arrow."""


@dataclass(frozen=True)
class Row:
    """A stage where it is drawn.

    heights : of its directions' boxes, from below
    at : where its box stands, if it comes once a text and not at each time step
    """

    stage: Stage
    heights: tuple[float, ...]
    at: float

    @property
    def middle(self) -> float:
        """Between its directions."""
        return sum(self.heights) / len(self.heights)

    @property
    def half(self) -> float:
        """From its middle to its upper or lower edge."""
        return (max(self.heights) - min(self.heights) + TALL) / 2 + (0.07 if len(self.heights) > 1 else 0)


def unrolled_network(
    network: Network,
    tokens: Sequence[str],
    answer: str | Sequence[str] = "",
    title: str = "The network, unrolled through time",
    dark: bool = False,
) -> Figure:
    """Draw each layer once for each word, and what flows between: up from layer to layer, along from word to word.

    Arrows of one colour in one row stand for the same weights. Of more than 8 words the first and the last ones are
    drawn.

    Parameters
    ----------
    tokens : (time,) str
    answer : what the network says, written above it; one for each word where it answers at each

    Raises
    ------
    InputError
        No words, or a network that reads a text as a single vector.

    Examples
    --------
    >>> from elman.engine import Dense, OneHot, SimpleRNN
    >>> network = Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")])
    >>> figure = unrolled_network(network, ["movie", "was", "good"])
    >>> [text.get_text() for text in figure.axes[0].texts if text.get_text()[0] in "hx"]
    ['x₁', 'x₂', 'x₃', 'h₁', 'h₂', 'h₃', 'h₀ = 0']
    """
    stages = stages_of(network)
    if not len(tokens) or not stages[0].sequence:
        raise InputError("there must be time steps to unroll, got none: a text with a word, read word by word")
    shown = _shown(len(tokens))
    left = MARGIN + max(width_of(line, SIZE) for stage in stages for line in _said(stage)) + 0.3
    both = any(-1 in stage.directions for stage in stages)
    width = left + 0.75 + STEP * len(shown) + (0.9 if both else 0.2) + MARGIN
    columns = _Columns(left + 0.9 + STEP / 2, shown)
    rows = _rows(stages, columns)
    page = Diagram(max(width, 6.0), rows[-1].heights[0] + 1.3, dark)
    weights = "the same weights at every time step"
    page.title(title, weights if len(shown) == len(tokens) else f"{weights}; {len(tokens)} of them")
    _draw_words(page, columns, tokens)
    for number, row in enumerate(rows):
        _draw_row(page, columns, row, rows[number - 1] if number else None)
        for place, line in enumerate(_said(row.stage)):
            page.write((MARGIN, row.middle + 0.09 - 0.18 * place), line, ha="left", color=page.theme.muted)
    _draw_answer(page, columns, rows[-1], [answer] if isinstance(answer, str) else list(answer))
    return page.figure


@dataclass(frozen=True)
class _Columns:
    """Where time steps stand; None among them for those that are left out."""

    first: float
    steps: tuple[int | None, ...]

    def __iter__(self) -> Iterator[tuple[int | None, float]]:
        return ((step, self.first + STEP * place) for place, step in enumerate(self.steps))

    @property
    def ends(self) -> tuple[float, float]:
        """Where the first and the last time step stand."""
        return self.first, self.first + STEP * (len(self.steps) - 1)

    def ends_of_reading(self, stage: Stage) -> list[float]:
        """Where each direction of a layer has read everything."""
        first, last = self.ends
        return [last if direction > 0 else first for direction in stage.directions]


def _shown(count: int) -> tuple[int | None, ...]:
    return tuple(range(count)) if count <= MOST else (*range(FIRST), None, *range(count - LAST, count))


def _said(stage: Stage) -> tuple[str, str]:
    plural = "" if stage.width == 1 else "s"
    return stage.name, f"{stage.width:,} {'unit' if stage.kind == 'recurrent' else 'number'}{plural}"


def _rows(stages: Sequence[Stage], columns: _Columns) -> list[Row]:
    rows: list[Row] = []
    bottom, at = FLOOR, columns.ends[1]
    for stage in stages:
        if stage.kind in ("recurrent", "pooling"):
            ends = columns.ends if stage.kind == "pooling" else columns.ends_of_reading(stage)
            at = sum(ends) / len(ends)
        count = len(stage.directions)
        heights = tuple(bottom + TALL / 2 + ROW * place for place in range(count))
        rows.append(Row(stage, heights, at))
        bottom = heights[-1] + TALL / 2 + CLEAR + (0.07 if count > 1 else 0)
    return rows


def _draw_words(page: Diagram, columns: _Columns, tokens: Sequence[str]) -> None:
    for step, x in columns:
        word = "…" if step is None else fitting(tokens[step], STEP - 0.12, SIZE + 1)
        page.write((x, 0.72), word, SIZE + 1)
        if step is not None:
            page.write((x, 0.47), f"t = {step + 1}", SIZE - 1, color=page.theme.muted)
            page.arrow((x, 0.86), (x, FLOOR - 0.02), page.theme.muted, 1.0)


def _draw_row(page: Diagram, columns: _Columns, row: Row, below: Row | None) -> None:
    stage, first, last = row.stage, *columns.ends
    if not stage.sequence and stage.kind != "recurrent":
        _draw_whole(page, columns, row, below)
        return
    for step, x in columns:
        if below is not None and step is not None:
            colour = page.theme.series[2] if stage.kind == "recurrent" else page.theme.series[0]
            page.arrow((x, below.middle + below.half + 0.02), (x, row.middle - row.half - 0.02), colour)
        for height in row.heights:
            if step is None:
                page.write((x, height), "…", 13, color=page.theme.muted)
            else:
                sign = {"input": "x", "recurrent": "h"}.get(stage.kind, "y")
                page.box((x, height), BOX, TALL, _colour(page, stage), f"{sign}{_subscript(step + 1)}")
        if step is not None and len(row.heights) > 1:
            page.box((x, row.middle), BOX + 0.14, 2 * row.half, page.theme.muted, "", 0.08)
    if stage.kind == "recurrent":
        for height, direction in zip(row.heights, stage.directions, strict=True):
            begins = f"h₀ {stage.begins}"
            _feed_back(page, columns, height, direction, first if direction > 0 else last, begins)


def _feed_back(page: Diagram, columns: _Columns, height: float, direction: int, start: float, begins: str) -> None:
    """Draw what flows from one time step to the next, and the state that the first begins with."""
    colour = page.theme.feedback[0]
    begin = start - direction * 0.95
    page.write((begin, height), begins, SIZE - 1, color=page.theme.muted)
    side = max(0.3, width_of(begins, SIZE - 1) / 2 + 0.06)
    page.arrow((begin + direction * side, height), (start - direction * (BOX / 2 + 0.02), height), colour)
    places = [x for _, x in columns]
    for x, following in pairwise(places if direction > 0 else places[::-1]):
        page.arrow((x + direction * BOX / 2, height), (following - direction * (BOX / 2 + 0.02), height), colour)


def _draw_whole(page: Diagram, columns: _Columns, row: Row, below: Row | None) -> None:
    """Draw a stage that comes once a text: over all time steps where it pools, above the last states elsewhere."""
    assert below is not None
    foot, top = row.middle - TALL / 2 - 0.02, below.middle + below.half + 0.02
    colour, (first, last) = page.theme.series[0], columns.ends
    if row.stage.kind == "pooling":
        page.box((row.at, row.middle), last - first + BOX, TALL, _colour(page, row.stage), row.stage.name)
        for step, x in columns:
            if step is not None:
                page.arrow((x, top), (x, foot), colour)
        return
    page.box((row.at, row.middle), max(BOX, width_of(row.stage.name, SIZE) + 0.2), TALL, colour, row.stage.name)
    reads = below.stage.kind == "recurrent"
    for x in columns.ends_of_reading(below.stage) if reads else [row.at]:
        page.arrow((x, top), (row.at, foot), colour)


def _draw_answer(page: Diagram, columns: _Columns, top: Row, answers: list[str]) -> None:
    height = top.heights[-1] + TALL / 2 + 0.2
    if not top.stage.sequence and answers[0]:
        room = 2 * min(1.2, page.width - MARGIN - top.at)
        page.write((top.at, height), fitting(answers[0], room, SIZE + 1), SIZE + 1)
    for step, x in columns:
        if top.stage.sequence and step is not None and step < len(answers):
            page.write((x, height), fitting(answers[step], STEP - 0.1, SIZE))


def _colour(page: Diagram, stage: Stage) -> str:
    return {"input": page.theme.muted, "recurrent": page.theme.feedback[0]}.get(stage.kind, page.theme.series[0])


def _subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
