"""Pictures of a fitted model by their kind, as they are asked for by name.

Takes  a fitted model, and what a kind needs: a text, or labelled rows.
Gives  a matplotlib Figure.
Next   cli/plot.py writes it; the report shows some.
"""

from .kinds import KINDS, Kind, picture
from .of_data import classwise_curves
from .subject import Subject

__all__ = ["KINDS", "Kind", "Subject", "classwise_curves", "picture"]
