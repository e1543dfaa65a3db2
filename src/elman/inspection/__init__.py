"""Inspection: every number of a fitted network, shown.

Takes  a fitted model, and a text or labelled texts.
Gives  ledgers, traces, attributions and audits, as objects, tables and files.
Next   cli/ prints them, the figures draw them.
"""

from .attribution import Attribution, attribute
from .audit import Audit, Method, audit
from .bptt import bptt
from .bptt_ledger import BPTTLedger, LayerLedger
from .fixed_input import LengthCounts, count_by_length, fixed_input_network, one_shot
from .outcomes import Outcomes, PrecisionRecall, Reliability, outcomes_of, precision_recall_of, reliability_of
from .parameters import ParameterLedger, parameter_ledger
from .shifted_phrases import ShiftDemo, Shifted, demonstrate_shift
from .short_audit import ShortAudit, short_audit
from .trace import LayerTrace, Trace, trace

__all__ = [
    "Attribution",
    "Audit",
    "BPTTLedger",
    "LayerLedger",
    "LayerTrace",
    "LengthCounts",
    "Method",
    "Outcomes",
    "ParameterLedger",
    "PrecisionRecall",
    "Reliability",
    "ShiftDemo",
    "Shifted",
    "ShortAudit",
    "Trace",
    "attribute",
    "audit",
    "bptt",
    "count_by_length",
    "demonstrate_shift",
    "fixed_input_network",
    "one_shot",
    "outcomes_of",
    "parameter_ledger",
    "precision_recall_of",
    "reliability_of",
    "short_audit",
    "trace",
]
