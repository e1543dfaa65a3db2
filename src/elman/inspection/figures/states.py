"""Hidden states as a heat map: what each unit says after each word."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ._bands import as_rows, by_word
from ._page import SIZE, Page
from ._style import diverging, ink_on

__all__ = ["hidden_states"]

FEW_UNITS, FEW_WORDS = 6, 12
"""Up to so many, each number is written into its place."""
TALLEST = 2.6
"""Inches of a row of words."""


def hidden_states(
    tokens: Sequence[str],
    h: NDArray[np.floating],
    title: str = "Hidden states",
    dark: bool = False,
) -> Figure:
    """Draw the state after each word, a row of colours a unit: orange below zero, blue above.

    Colours reach from the largest magnitude to its opposite, and at least from -1 to 1, between which tanh gives.

    Parameters
    ----------
    tokens : (time,) str
    h : (time, units) float
        As `trace` gives it; cell states and gates are drawn as well.

    Raises
    ------
    InputError
        No time step, or numbers that are not finite or not as many as time steps.

    Examples
    --------
    >>> import numpy as np
    >>> figure = hidden_states(["movie", "was"], np.array([[0.5, -1.0, 0.0], [0.25, 0.0, 1.0]]))
    >>> figure.axes[0].get_images()[0].get_array().T.tolist()
    [[0.5, -1.0, 0.0], [0.25, 0.0, 1.0]]
    """
    states = as_rows("h", h, tokens)
    units = states.shape[1]
    height = min(TALLEST, max(0.5, units * (0.34 if units <= FEW_UNITS else 0.2)))
    page, bands, rows = by_word(tokens, height, dark, right=1.1)
    page.title(title, f"{units} {'unit' if units == 1 else 'units'} after each of {len(tokens)} time steps")
    top = max(1.0, float(np.abs(states).max(initial=0)))
    scale = Normalize(-top, top)
    for axes, band in rows:
        _draw(page, axes, states[band], band, scale)
        if units <= FEW_UNITS and len(tokens) <= FEW_WORDS and bands.cell >= 0.4:
            _write(page, axes, states[band], band, scale)
    _scale_beside(page, rows[0][0], scale, top)
    return page.figure


def _draw(page: Page, axes: Axes, states: NDArray[np.float64], band: slice, scale: Normalize) -> None:
    units = states.shape[1]
    extent = (band.start - 0.5, band.stop - 0.5, units + 0.5, 0.5)
    colours = diverging(page.theme)
    axes.imshow(states.T, cmap=colours, norm=scale, aspect="auto", extent=extent, interpolation="nearest")
    for spine in axes.spines.values():
        spine.set_visible(True)
    shown = range(1, units + 1) if units <= FEW_UNITS else (1, units)
    page.ticks(axes, "y", shown, [f"unit {unit}" for unit in shown])
    axes.tick_params(axis="y", length=0)


def _write(page: Page, axes: Axes, states: NDArray[np.float64], band: slice, scale: Normalize) -> None:
    colours = diverging(page.theme)
    for (step, unit), value in np.ndenumerate(states):
        ink = ink_on(colours(scale(value)))
        place = (band.start + step, unit + 1)
        axes.text(*place, f"{value:.2f}", ha="center", va="center", fontsize=SIZE - 1, color=ink)


def _scale_beside(page: Page, axes: Axes, scale: Normalize, top: float) -> None:
    box = axes.get_position()
    height = min(box.height * page.height, 1.6)
    place = page.axes(page.width - 0.75, box.y1 * page.height - height, 0.12, height)
    bar = page.figure.colorbar(ScalarMappable(scale, diverging(page.theme)), cax=place)
    bar.outline.set_edgecolor(page.theme.line)
    ticks = (-top, 0.0, top)
    page.ticks(place, "y", ticks, [f"{tick:.3g}" for tick in ticks])
