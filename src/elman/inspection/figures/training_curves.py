"""Training curves: how loss and accuracy went from epoch to epoch, and which epoch was kept."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...errors import InputError
from ...training import Epoch, History
from ._lettering import height_of
from ._page import SIZE, Page
from ._spread import spread

__all__ = ["training_curves"]

WIDTH, HEIGHT = 3.6, 2.3
BESIDE = 1.2
"""Inches for the names of the lines."""

Line = tuple[str, list[Epoch], str]
"""A line's name, its epochs, and the figure of each that it shows."""


def training_curves(history: History, title: str = "Training", dark: bool = False) -> Figure:
    """Draw the loss on the training and the held-back part, and the accuracy on the latter, by the epoch.

    Losses that are not finite are left out. An upright line stands at the epoch that did best, whose weights were kept;
    a third loss is that of training anew on all rows, where that was done.

    Raises
    ------
    InputError
        A history without an epoch, or without a finite loss.

    Examples
    --------
    >>> from elman.training import Epoch
    >>> epochs = [Epoch(1, 0.7, 0.6, 0.8), Epoch(2, 0.4, 0.5, 0.9), Epoch(3, 0.2, 0.6, 0.9)]
    >>> figure = training_curves(History(epochs, best=2))
    >>> figure.axes[1].get_lines()[0].get_ydata().tolist()
    [0.8, 0.9, 0.9]
    """
    if not history.epochs:
        raise InputError("there must be an epoch to draw, got a history of none")
    losses: list[Line] = [("training", history.epochs, "loss"), ("held back", history.epochs, "dev_loss")]
    losses += [("all rows", history.refit, "loss")]
    panels = [("loss, nats", losses), ("accuracy", [("held back", history.epochs, "dev_accuracy")])]
    panels = [(name, drawn) for name, lines in panels if (drawn := [line for line in lines if _points(line)])]
    if not panels:
        raise InputError("there must be a finite loss to draw, got none: training went astray; lower its learning_rate")
    page = Page(len(panels) * (0.75 + WIDTH + BESIDE), HEIGHT + 1.5, dark)
    page.title(title, _said(history))
    for number, (name, drawn) in enumerate(panels):
        left = 0.75 + number * (0.75 + WIDTH + BESIDE)
        axes = page.axes(left, 0.6, WIDTH, HEIGHT)
        _draw(page, axes, drawn, history, accuracy=name == "accuracy")
        page.label(axes, "epoch", name)
    return page.figure


def _points(line: Line) -> list[tuple[int, float]]:
    """Give epochs with their figure, where they have one that is finite."""
    _, epochs, figure = line
    values = [(epoch.number, getattr(epoch, figure)) for epoch in epochs]
    return [(number, value) for number, value in values if value is not None and np.isfinite(value)]


def _said(history: History) -> str:
    best = next((epoch for epoch in history.epochs if epoch.number == history.best), history.epochs[-1])
    count = len(history.epochs)
    if best.dev_loss is None:
        return f"{count} {'epoch' if count == 1 else 'epochs'}; nothing was held back, the last weights were kept"
    accuracy = "" if best.dev_accuracy is None else f", accuracy {best.dev_accuracy:.4f}"
    anew = f"; then {len(history.refit)} anew on all rows" if history.refit else ""
    return f"best epoch of {count}: {best.number}, held-back loss {best.dev_loss:.4g}{accuracy}{anew}"


def _draw(page: Page, axes: Axes, lines: list[Line], history: History, accuracy: bool) -> None:
    colours = dict(zip(("training", "held back", "all rows"), page.theme.series, strict=False))
    for line in lines:
        name, epochs, _ = line
        numbers, values = zip(*_points(line), strict=True)
        style = "--" if epochs is history.refit else "-"
        axes.plot(numbers, values, style, color=colours[name], marker="o", markersize=3, linewidth=1.5)
    every = [value for line in lines for _, value in _points(line)]
    low, high = min(every), max(every)
    room = 0.08 * (high - low or abs(high) or 1)
    axes.set_ylim(max(0.0, low - room), min(high + room, 1.01) if accuracy else high + room)
    _epochs_below(page, axes, history)
    page.grid(axes)
    ends = [(line[0], _points(line)[-1][1]) for line in lines]
    _name_lines(page, axes, ends, colours)


def _epochs_below(page: Page, axes: Axes, history: History) -> None:
    last = max(len(history.epochs), len(history.refit))
    every = max(1, -(-last // 8))
    page.ticks(axes, "x", range(every, last + 1, every), range(every, last + 1, every))
    axes.set_xlim(0.7, last + 0.3)
    if any(epoch.dev_loss is not None for epoch in history.epochs):
        axes.axvline(history.best, color=page.theme.muted, linewidth=0.9, linestyle=":")
        box = axes.get_position()
        x = np.clip((history.best - 0.7) / (last - 0.4), 0.05, 0.95) * box.width + box.x0
        page.text(x * page.width, box.y1 * page.height + 0.04, "best", SIZE - 1, ha="center", color=page.theme.muted)


def _name_lines(page: Page, axes: Axes, ends: list[tuple[str, float]], colours: dict[str, str]) -> None:
    box, (low, high) = axes.get_position(), axes.get_ylim()
    heights = [(box.y0 + box.height * (end - low) / (high - low)) * page.height for _, end in ends]
    for (name, end), y in zip(ends, spread(heights, height_of(SIZE) + 0.03), strict=True):
        page.text(box.x1 * page.width + 0.07, y, f"{name} {end:.3g}", va="center", color=colours[name])
