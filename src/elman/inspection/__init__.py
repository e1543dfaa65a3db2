"""Inspection: every number of a fitted network, shown.

Takes  a fitted model, and a text or labelled texts.
Gives  ledgers, traces, attributions and audits, as objects, tables and files.
Next   cli/ prints them, the figures draw them.
"""

from .attribution import Attribution, attribute
from .bptt import BPTTLedger, LayerLedger, bptt
from .outcomes import Outcomes, PrecisionRecall, Reliability, outcomes_of, precision_recall_of, reliability_of
from .parameters import ParameterLedger, parameter_ledger
from .trace import LayerTrace, Trace, trace

__all__ = [
    "Attribution",
    "BPTTLedger",
    "LayerLedger",
    "LayerTrace",
    "Outcomes",
    "ParameterLedger",
    "PrecisionRecall",
    "Reliability",
    "Trace",
    "attribute",
    "bptt",
    "outcomes_of",
    "parameter_ledger",
    "precision_recall_of",
    "reliability_of",
    "trace",
]
