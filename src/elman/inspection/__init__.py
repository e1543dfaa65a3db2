"""Inspection: every number of a fitted network, shown.

Takes  a fitted model, and a text or labelled texts.
Gives  ledgers, traces, attributions and audits, as objects, tables and files.
Next   cli/ prints them, the figures draw them.
"""

from .fixed_input import LengthCounts, count_by_length, fixed_input_network, one_shot
from .shifted_phrases import ShiftDemo, Shifted, demonstrate_shift

__all__ = [
    "LengthCounts",
    "ShiftDemo",
    "Shifted",
    "count_by_length",
    "demonstrate_shift",
    "fixed_input_network",
    "one_shot",
]
