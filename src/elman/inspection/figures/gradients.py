"""Gradient flow: how strong the signal still is as it goes back through time."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...errors import InputError
from ._lettering import fitting, height_of, printable, shortened, width_of
from ._page import MARGIN, SIZE, Page
from ._spread import spread

__all__ = ["gradient_flow", "powers_of_ten"]

HEIGHT, WIDTH, BOTTOM, TOP = 2.6, 6.6, 0.55, 0.85
"""Inches."""
WIDEST = 2.6
"""Inches of a network's name."""
NAMED = 36
"""Words of a single text, up to which they are written below."""
LOWEST, HIGHEST = -323, 308
"""Powers of ten that a float can hold."""
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def gradient_flow(
    norms: Mapping[str, NDArray[np.floating]],
    tokens: Sequence[str] | None = None,
    title: str = "The signal as it goes back through time",
    dark: bool = False,
) -> Figure:
    """Draw the norm of dL/dh_t by the time step, on a scale of powers of ten; one line a network.

    Time steps stand in the order of reading, the last ones above each other, at the right. Where a norm is exactly
    zero, the line ends.

    Parameters
    ----------
    norms : by the network's name, (time,) float
        As `bptt` gives them; of a layer that reads backward from the last to the first.
    tokens : (time,) str, optional
        In the order of reading. Written below, if they are few and all networks read as many.

    Raises
    ------
    InputError
        No network or time step, negative norms, or norms that are not finite.

    Examples
    --------
    >>> figure = gradient_flow({"SimpleRNN": [1e-6, 1e-3, 1.0], "LSTM": [0.5, 0.7, 1.0]})
    >>> [line.get_ydata().tolist() for line in figure.axes[0].get_lines()]
    [[1e-06, 0.001, 1.0], [0.5, 0.7, 1.0]]
    """
    lines = {name: _checked(name, values) for name, values in norms.items()}
    if not lines:
        raise InputError("norms must hold a network at least, got none")
    longest = max(map(len, lines.values()))
    named = tokens is not None and len(tokens) == longest <= NAMED and {len(v) for v in lines.values()} == {longest}
    words = [shortened(token) for token in tokens or ()] if named else []
    below = max((width_of(word, SIZE - 1) for word in words), default=0.0)
    beside = max(width_of(fitting(name, WIDEST, SIZE), SIZE) for name in lines) + 0.2
    page = Page(0.75 + WIDTH + beside + MARGIN, HEIGHT + TOP + BOTTOM + below, dark)
    page.title(title, _said(lines))
    axes = page.axes(0.75, BOTTOM + below, WIDTH, HEIGHT)
    _draw(page, axes, lines)
    _name_steps(page, axes, longest, words)
    _name_lines(page, axes, lines)
    return page.figure


def _checked(name: str, values: NDArray[np.floating]) -> NDArray[np.float64]:
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all() or (array < 0).any():
        raise InputError(f"the norms of {name!r:.60} must be numbers from 0 up, one a time step, got {array!r:.80}")
    return array


def _said(lines: Mapping[str, NDArray[np.float64]]) -> str:
    """Say of each network what is left at the word read first of what there was at the last, or the last not zero."""
    if len(lines) > 3:
        return ""
    all_reach = all(values[-1] for values in lines.values())
    of = "of the norm at the word read last" if all_reach else "of the last norm that is not zero"
    parts = [f"{printable(name)} {_left(values)}" for name, values in lines.items()]
    return f"left at the word read first, {of}: {', '.join(parts)}"


def _left(values: NDArray[np.float64]) -> str:
    # As decimals, since a quotient of two floats may be larger or smaller than any float.
    return f"{Decimal(values[0]) / Decimal(values[values > 0][-1]):.1e}" if values[0] else "nothing"


def _draw(page: Page, axes: Axes, lines: Mapping[str, NDArray[np.float64]]) -> None:
    above = [values[values > 0] for values in lines.values()]
    everything = np.concatenate(above) if any(map(len, above)) else np.ones(1)
    low = min(max(np.floor(np.log10(everything.min()) - 0.2), LOWEST), HIGHEST - 1)
    high = min(np.ceil(np.log10(everything.max()) + 0.05), HIGHEST)
    # Before all else, or matplotlib looks for limits itself, beyond what a float can hold.
    axes.set_ylim(10.0**low, 10.0 ** max(high, low + 1))
    axes.set_yscale("log")
    for values, colour in zip(lines.values(), _cycle(page, len(lines)), strict=True):
        steps = np.arange(1 - len(values), 1)
        marker = "o" if len(values) <= NAMED else ""
        shown = np.where(values > 0, values, np.nan)
        axes.plot(steps, shown, color=colour, marker=marker, markersize=3.5, linewidth=1.6)
    axes.minorticks_off()
    powers = powers_of_ten(int(low), int(max(high, low + 1)))
    page.ticks(axes, "y", [10.0**power for power in powers], [f"10{str(power).translate(RAISED)}" for power in powers])
    page.grid(axes)


def powers_of_ten(low: int, high: int, most: int = 7) -> range:
    """Give exponents from the lowest to the highest, at most so many, at equal distances."""
    return range(low, high + 1, max(1, -(-(high - low) // (most - 1))))


def _cycle(page: Page, count: int) -> list[str]:
    colours = page.theme.series
    return [colours[number % len(colours)] for number in range(count)]


def _name_steps(page: Page, axes: Axes, longest: int, words: list[str]) -> None:
    axes.set_xlim(0.5 - longest, 0.5)
    if words:
        page.ticks(axes, "x", range(1 - longest, 1), words, rotation=90)
    else:
        far = max(1, longest // 5)
        page.ticks(axes, "x", range(-(longest - 1) // far * far, 1, far), range(-(longest - 1) // far * far, 1, far))
        axes.set_xlim(0.5 - longest, 0.5)
    page.label(axes, "" if words else "time step, counted from the one read last", "norm of dL/dh at the time step")


def _name_lines(page: Page, axes: Axes, lines: Mapping[str, NDArray[np.float64]]) -> None:
    box, (low, high) = axes.get_position(), np.log10(axes.get_ylim())
    ends = np.log10([max(float(values[-1]), 10.0**low) for values in lines.values()])
    heights = (box.y0 + box.height * (ends - low) / (high - low)) * page.height
    for name, y, colour in zip(lines, spread(heights, height_of(SIZE) + 0.03), _cycle(page, len(lines)), strict=True):
        page.text(box.x1 * page.width + 0.1, y, fitting(name, WIDEST, SIZE), va="center", color=colour)
