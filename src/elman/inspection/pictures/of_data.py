"""Pictures of how good a classifier is on labelled rows."""

from typing import TYPE_CHECKING, Any

from ..outcomes import Outcomes, PrecisionRecall, outcomes_of, precision_recall_of, reliability_of
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["classwise_curves", "draw_calibration", "draw_confusion", "draw_precision_recall"]


def _outcomes(subject: Subject) -> Outcomes:
    return outcomes_of(subject.model, subject.rows, subject.labels)


def draw_confusion(subject: Subject, dark: bool) -> "Figure":
    from ..figures import confusion_matrix

    found = _outcomes(subject)
    return confusion_matrix(found.confusion(), found.classes, dark=dark)


def draw_calibration(subject: Subject, dark: bool) -> "Figure":
    from ..figures import calibration

    found = _outcomes(subject)
    return calibration(reliability_of(found.confidence, found.right), dark=dark)


def draw_precision_recall(subject: Subject, dark: bool) -> "Figure":
    from ..figures import precision_recall

    return precision_recall(classwise_curves(_outcomes(subject)), dark=dark)


def classwise_curves(found: Outcomes) -> dict[Any, PrecisionRecall]:
    """Give the precision-recall curve of each class that is there; of two classes that of the second, if it is."""
    there = [place for place in range(len(found.classes)) if (found.truth == place).any()]
    if len(found.classes) == 2 and 1 in there:
        there = [1]
    return {
        found.classes[place]: precision_recall_of(found.probabilities[:, place], found.truth == place)
        for place in there
    }
