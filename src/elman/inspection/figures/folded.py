"""The network folded: neurons, and the feedback loops through which each hidden neuron feeds each hidden neuron."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from matplotlib.figure import Figure

from ...engine.network import Network
from ._diagram import RADIUS, Diagram, Point
from ._lettering import fitting, width_of
from ._page import MARGIN, SIZE
from ._stages import Stage, stages_of
from ._style import blended

__all__ = ["folded_network"]

FEW = {"recurrent": 4}
"""Neurons of a layer, up to which all are drawn; of more two, dots, and the last."""
FEW_OTHERS = 6
APART = {"recurrent": 0.95}
"""Inches between two neurons, with room for the curves."""
APART_OTHERS = 0.5
BETWEEN = 1.5
"""Inches between two layers, at least."""
NAMED = 1.3
"""Inches for names of inputs or answers, at most."""


NARROWEST = 6.1
"""Inches of the page."""
FEEDBACK = "each hidden neuron feeds each hidden neuron of its layer at the next time step"
BOX = 0.3
"""Half the width of the box of a layer without neurons."""

Group = tuple[tuple[int | None, Point], ...]
"""Neurons from above, number and place; None for dots in the place of many."""


@dataclass(frozen=True)
class Column:
    """A stage where it is drawn: around (x, middle), with a group of neurons for each direction."""

    stage: Stage
    x: float
    middle: float
    groups: tuple[Group, ...]

    @property
    def neurons(self) -> list[Point]:
        """Where all neurons are that are drawn."""
        return [at for group in self.groups for number, at in group if number is not None]

    @property
    def ends(self) -> list[Point]:
        """Where lines end: at all neurons, or at the box."""
        return self.neurons or [(self.x, self.middle)]

    @property
    def reach(self) -> float:
        """How far from there."""
        return RADIUS if self.neurons else BOX


def folded_network(
    network: Network,
    inputs: Sequence[object] = (),
    answers: Sequence[object] = (),
    title: str = "The network, folded",
    dark: bool = False,
) -> Figure:
    """Draw a network's layers as neurons, from the input at the left to the answer at the right.

    The curves are the feedback: what a hidden neuron gives goes into all neurons of its layer at the next time step,
    itself among them; each neuron's curves have its colour, the lecture's orange, red and blue. Of wide layers some
    neurons are drawn. Below each layer stands what its weights add up to, as in the parameter ledger.

    Parameters
    ----------
    inputs, answers : names of the input's and the output's neurons, if all of them are drawn

    Raises
    ------
    InputError
        What is not one network.

    Examples
    --------
    >>> from elman.engine import Dense, OneHot, SimpleRNN
    >>> network = Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")])
    >>> figure = folded_network(network, ["movie", "was", "good", "bad", "not"])
    >>> [text.get_text() for text in figure.axes[0].texts if "=" in text.get_text()]
    ['5*3 + 3 = 18', '3*3 = 9', '3*1 + 1 = 4']
    """
    stages = stages_of(network)
    places, width = _places(stages, _widest(inputs, stages[0]), _widest(answers, stages[-1]))
    height = max(_height(stage) for stage in stages)
    below = 0.75 + 0.2 * max(len(stage.terms) for stage in stages)
    page = Diagram(width, 0.9 + height + below, dark)
    loops = any(stage.kind == "recurrent" for stage in stages)
    page.title(title, FEEDBACK if loops else "no feedback: this network has no memory")
    middle = below + height / 2
    columns = [_column(stage, x, middle) for stage, x in zip(stages, places, strict=True)]
    for column, following in pairwise(columns):
        _connect(page, column, following)
    for column in columns:
        _draw(page, column, below)
    _name(page, columns[0], inputs, -1)
    _name(page, columns[-1], answers, 1)
    total = f"{network.count_params():,} parameters"
    page.text(page.width - MARGIN, page.height - MARGIN, total, SIZE + 1, ha="right", va="top")
    return page.figure


def _shown(stage: Stage) -> list[int | None]:
    """Give the numbers of the neurons that are drawn, from above; None where there are more."""
    if stage.kind in ("pooling", "other"):
        return []
    few = FEW.get(stage.kind, FEW_OTHERS)
    return list(range(stage.width)) if stage.width <= few else [0, 1, None, stage.width - 1]


def _height(stage: Stage) -> float:
    apart = APART.get(stage.kind, APART_OTHERS)
    one = max(1, len(_shown(stage))) * apart
    return len(stage.directions) * one + 0.35 * (len(stage.directions) - 1) + 0.3


def _half(stage: Stage) -> float:
    """Inches from the middle of a stage to its edge, with all that is written below it."""
    lines = (stage.name, _width_said(stage), *stage.terms)
    return max(0.75 if stage.kind == "recurrent" else 0.3, max(width_of(line, SIZE) for line in lines) / 2)


def _places(stages: Sequence[Stage], left: float, right: float) -> tuple[list[float], float]:
    """Give where stages stand from left to right, between names of so many inches, and the width of the page."""
    gaps = [max(BETWEEN, _half(stage) + _half(following) + 0.25) for stage, following in pairwise(stages)]
    sides = 2 * MARGIN + left + _half(stages[0]) + _half(stages[-1]) + right
    spare = max(0.0, NARROWEST - sides - sum(gaps)) / max(1, len(gaps))
    begin = MARGIN + left + _half(stages[0])
    places = list(accumulate((gap + spare for gap in gaps), initial=begin))
    return places, max(NARROWEST, sides + sum(gaps))


def _column(stage: Stage, x: float, middle: float) -> Column:
    shown, apart = _shown(stage), APART.get(stage.kind, APART_OTHERS)
    tall = len(shown) * apart
    whole = tall * len(stage.directions) + 0.35 * (len(stage.directions) - 1)
    groups = []
    for number, _ in enumerate(stage.directions):
        top = middle + whole / 2 - number * (tall + 0.35) - apart / 2
        groups.append(tuple((unit, (x, top - place * apart)) for place, unit in enumerate(shown)))
    return Column(stage, x, middle, tuple(groups))


def _connect(page: Diagram, column: Column, following: Column) -> None:
    """Draw the weights between two layers: from each neuron to each."""
    for x, y in column.ends:
        for end_x, end_y in following.ends:
            begin, end = (x + column.reach, y), (end_x - following.reach, end_y)
            page.line(begin, end, blended(page.theme.muted, page.theme.paper, 0.55))


def _draw(page: Diagram, column: Column, below: float) -> None:
    """Draw the neurons or the box of a stage, its feedback, and what is said below it."""
    stage = column.stage
    if not column.neurons:
        page.box((column.x, column.middle), 2 * BOX, 0.5, page.theme.muted, "", 0.15)
        kinds = stage.name.split(" + ") if stage.kind == "pooling" else ["·"]
        for number, kind in enumerate(kinds):
            size = SIZE + 2 if kind == "·" else SIZE - 1 if width_of(kind, SIZE - 1) < 2 * BOX - 0.06 else SIZE - 3
            page.write((column.x, column.middle + 0.14 * ((len(kinds) - 1) / 2 - number)), kind, size)
    for group, direction in zip(column.groups, stage.directions, strict=True):
        _draw_group(page, stage, group)
        if len(stage.directions) > 1 or direction < 0:
            words = "reads forward" if direction > 0 else "reads backward"
            page.write((column.x, group[-1][1][1] - 0.32), words, SIZE - 1, color=page.theme.muted)
    lines = [(stage.name, page.theme.ink), (_width_said(stage), page.theme.muted)]
    lines += [(term, page.theme.muted) for term in stage.terms]
    for number, (line, colour) in enumerate(lines):
        page.write((column.x, below - 0.1 - 0.19 * number), line, color=colour)


def _draw_group(page: Diagram, stage: Stage, group: Group) -> None:
    colours = page.theme.feedback if stage.kind == "recurrent" else (page.theme.muted,)
    neurons = [(number, at) for number, at in group if number is not None]
    for place, (number, at) in enumerate(neurons):
        colour = colours[place % len(colours)]
        page.neuron(at, colour, number + 1 if stage.width > len(neurons) else "")
        if stage.kind == "recurrent":
            page.loop(at, colour)
            for _, other in neurons[:place] + neurons[place + 1 :]:
                page.bent(at, other, (0.22 if other[1] < at[1] else -0.22) * abs(other[1] - at[1]) ** 0.7, colour)
    for unit, at in group:
        if unit is None:
            page.write(at, "⋮", 14, color=page.theme.muted)


def _width_said(stage: Stage) -> str:
    if stage.kind == "recurrent":
        units = f"{stage.width:,} {'unit' if stage.width == 1 else 'units'}"
        return units if len(stage.directions) == 1 else f"2 x {units}"
    return f"{stage.width:,} {'number' if stage.width == 1 else 'numbers'}"


def _all_drawn(stage: Stage, names: Sequence[object]) -> bool:
    return len(names) == len(_shown(stage)) == stage.width


def _widest(names: Sequence[object], stage: Stage) -> float:
    """Give the inches that names take beside a stage; none where some of its neurons are not drawn."""
    if not _all_drawn(stage, names):
        return 0.0
    return max(width_of(fitting(name, NAMED, SIZE), SIZE) for name in names) + 0.1


def _name(page: Diagram, column: Column, names: Sequence[object], side: int) -> None:
    if _all_drawn(column.stage, names):
        for name, (x, y) in zip(names, column.neurons, strict=True):
            place = (x + side * (RADIUS + 0.1), y)
            page.write(place, fitting(name, NAMED, SIZE), ha="right" if side < 0 else "left")
