"""Pictures of networks and of what they do, by matplotlib (`pip install "elman[plot]"`).

Takes  a network, or plain arrays beside the words that they belong to.
Gives  one matplotlib Figure a function, for light or dark ground; `save_figure` writes it as SVG or PNG.
Next   cli/ and the report call these.
"""

from ...errors import InputError

try:
    import matplotlib as _matplotlib  # noqa: F401
except ImportError:
    raise InputError('pictures need matplotlib: pip install "elman[plot]"') from None

from ..picture_files import ENDINGS, check_figure_path
from ._page import rendered, save_figure
from .calibration import calibration
from .coloured_text import coloured_text
from .confusion import confusion_matrix
from .folded import folded_network
from .gradients import gradient_flow
from .precision_recall import precision_recall
from .running import running_answer
from .shapes import SHAPES, network_shapes
from .states import hidden_states
from .training_curves import training_curves
from .unrolled import unrolled_network
from .word_map import principal_directions, word_map

__all__ = [
    "ENDINGS",
    "SHAPES",
    "calibration",
    "check_figure_path",
    "coloured_text",
    "confusion_matrix",
    "folded_network",
    "gradient_flow",
    "hidden_states",
    "network_shapes",
    "precision_recall",
    "principal_directions",
    "rendered",
    "running_answer",
    "save_figure",
    "training_curves",
    "unrolled_network",
    "word_map",
]
