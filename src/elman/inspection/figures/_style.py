"""What all pictures look like: colours that colour-blind eyes tell apart, on light and on dark, and the font."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from numpy.typing import NDArray

__all__ = ["DARK", "LIGHT", "Theme", "blended", "diverging", "ink_on", "sequential", "theme"]


@dataclass(frozen=True)
class Theme:
    """Colours by what they stand for.

    paper, ink, muted, line : of the ground, of what is read, of what matters less, of frames and grids
    positive, negative : of what speaks for an answer, and of what speaks against it
    series : of things beside each other, in order: those of Okabe & Ito 2008 that stand out from the paper
    feedback : of what each hidden neuron sends on, in the lecture's order: orange, red, blue
    """

    paper: str
    ink: str
    muted: str
    line: str
    positive: str
    negative: str
    series: tuple[str, ...]
    feedback: tuple[str, ...]


LIGHT = Theme(
    paper="#ffffff",
    ink="#1f2328",
    muted="#5b636d",
    line="#d0d7de",
    positive="#0072b2",
    negative="#d55e00",
    series=("#0072b2", "#d55e00", "#009e73", "#b0588b", "#b37a00", "#3a8fc4"),
    feedback=("#e69f00", "#b3151d", "#0072b2", "#009e73"),
)
DARK = Theme(
    paper="#14171c",
    ink="#e6e9ee",
    muted="#9aa4b0",
    line="#3a424d",
    positive="#56b4e9",
    negative="#f0883e",
    series=("#56b4e9", "#f0883e", "#2fc79b", "#e08cba", "#f0e442", "#9db8ff"),
    feedback=("#ffc24b", "#ff5a5f", "#56b4e9", "#2fc79b"),
)


def theme(dark: bool) -> Theme:
    """Give the colours for a light or a dark ground."""
    return DARK if dark else LIGHT


def diverging(colours: Theme) -> LinearSegmentedColormap:
    """Give the colours from the most negative number over zero, which is the paper, to the most positive."""
    return LinearSegmentedColormap.from_list("elman-diverging", (colours.negative, colours.paper, colours.positive))


def sequential(colours: Theme) -> LinearSegmentedColormap:
    """Give the colours from nothing, which is the paper, to all."""
    return LinearSegmentedColormap.from_list("elman-sequential", (colours.paper, colours.positive))


def blended(colour: str, ground: str, share: float) -> tuple[float, float, float]:
    """Give a colour that lets the ground through but for this share."""
    mixed = share * np.asarray(to_rgb(colour)) + (1 - share) * np.asarray(to_rgb(ground))
    return tuple(mixed.tolist())


def ink_on(colour: Any) -> str:
    """Give black or white, whichever stands out more from a colour (WCAG's contrast ratio)."""
    brightness = _luminance(to_rgb(colour))
    return LIGHT.ink if (brightness + 0.05) ** 2 > 1.05 * (_luminance(to_rgb(LIGHT.ink)) + 0.05) else "#ffffff"


def _luminance(rgb: Sequence[float]) -> float:
    channels: NDArray[np.float64] = np.asarray(rgb, np.float64)
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
