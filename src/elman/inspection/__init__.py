"""Inspection: every number of a fitted network, shown.

Takes  a fitted model, and a text or labelled texts.
Gives  ledgers, traces, attributions and audits, as objects, tables and files.
Next   cli/ prints them, the figures draw them.
"""

from .attribution import Attribution, attribute
from .bptt import bptt
from .bptt_ledger import BPTTLedger, LayerLedger
from .parameters import ParameterLedger, parameter_ledger
from .trace import LayerTrace, Trace, trace

__all__ = [
    "Attribution",
    "BPTTLedger",
    "LayerLedger",
    "LayerTrace",
    "ParameterLedger",
    "Trace",
    "attribute",
    "bptt",
    "parameter_ledger",
    "trace",
]
