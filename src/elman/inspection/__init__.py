"""Inspection: every number of a fitted network, shown.

Takes  a fitted model, and a text or labelled texts.
Gives  ledgers, traces, attributions and audits, as objects, tables and files.
Next   cli/ prints them, the figures draw them.
"""

from .audit import Audit, Method, audit
from .short_audit import ShortAudit, short_audit

__all__ = ["Audit", "Method", "ShortAudit", "audit", "short_audit"]
