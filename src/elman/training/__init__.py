"""Training: the loop over epochs and batches, and what it records.

Takes  a Network, accepted Sequences and the class of each row.
Gives  the network with the weights that did best on the held-back part, and a History.
Next   estimators/ wrap this in scikit-learn's `fit`.
"""

from .batches import length_batches
from .history import Epoch, History
from .loop import REMEDY, Progress, Recipe, train
from .measuring import Data, measure, measure_on
from .pieces import check_pieces
from .split import held_back

__all__ = [
    "REMEDY",
    "Data",
    "Epoch",
    "History",
    "Progress",
    "Recipe",
    "check_pieces",
    "held_back",
    "length_batches",
    "measure",
    "measure_on",
    "train",
]
