"""Inspection: every number of a fitted network, shown.

Takes  a fitted model, and a text or labelled texts.
Gives  ledgers, traces, attributions and audits, as objects, tables and files.
Next   cli/ prints them, the figures draw them.
"""

from .outcomes import Outcomes, PrecisionRecall, Reliability, outcomes_of, precision_recall_of, reliability_of

__all__ = ["Outcomes", "PrecisionRecall", "Reliability", "outcomes_of", "precision_recall_of", "reliability_of"]
