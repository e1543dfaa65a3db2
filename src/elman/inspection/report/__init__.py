"""The report: one page that tells how good a model is on labelled data, and where it errs.

Takes  a fitted model, and data as a reader of `elman.data` gives it.
Gives  a page that needs no other file and no script, for light and dark.
Next   cli/report.py writes it.
"""

from .findings import Findings, findings
from .mistakes import Mistake, WordOfMistakes
from .page import render_report

__all__ = ["Findings", "Mistake", "WordOfMistakes", "findings", "render_report"]
