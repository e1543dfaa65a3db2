"""The kinds of pictures by name, and what each needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import InputError
from .of_data import draw_calibration, draw_confusion, draw_precision_recall
from .of_networks import draw_folded, draw_shapes, draw_training, draw_unrolled, draw_words
from .of_texts import draw_attribution, draw_gradient, draw_running, draw_states
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KINDS", "Kind", "picture"]


@dataclass(frozen=True)
class Kind:
    """A kind of picture.

    draw : gives it of a subject, and whether it is dark
    needs : fields of the subject that must be there, beside the model
    takes : fields that may be there
    """

    draw: Callable[[Subject, bool], "Figure"]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


TEXT, DATA = ("text",), ("rows", "labels")
KINDS: dict[str, Kind] = {
    "network": Kind(draw_folded),
    "unrolled": Kind(draw_unrolled, TEXT, ("about",)),
    "states": Kind(draw_states, TEXT, ("about", "layer")),
    "running": Kind(draw_running, TEXT, ("about",)),
    "gradient": Kind(draw_gradient, TEXT, ("about", "layer", "label", "beside")),
    "explain": Kind(draw_attribution, TEXT, ("about", "method", "answer", "position")),
    "training": Kind(draw_training),
    "confusion": Kind(draw_confusion, DATA),
    "calibration": Kind(draw_calibration, DATA),
    "precision-recall": Kind(draw_precision_recall, DATA),
    "words": Kind(draw_words, (), ("text", "neighbors")),
    "shapes": Kind(draw_shapes),
}
"""By name, in the order in which they are listed."""


def picture(kind: str, subject: Subject, dark: bool = False) -> "Figure":
    """Draw a kind of picture of a model.

    Parameters
    ----------
    kind : one of `KINDS`

    Raises
    ------
    InputError
        Another kind; what the kind needs is missing; it makes no sense for this model; matplotlib is not installed.
    NotFittedError

    Examples
    --------
    >>> import elman
    >>> model = elman.TextClassifier(epochs=5).fit(["movie was good", "movie was bad"], [1, 0])
    >>> figure = picture("running", Subject(model=model, text="movie was good"))
    >>> len(figure.axes[0].get_lines()[0].get_ydata())
    3
    """
    if kind not in KINDS:
        raise InputError(f"kind must be one of {', '.join(KINDS)}, got {kind!r:.60}")
    for name in KINDS[kind].needs:
        if getattr(subject, name) is None:
            raise InputError(f"a picture of kind {kind!r} needs {name}, which is missing")
    return KINDS[kind].draw(subject, dark)
