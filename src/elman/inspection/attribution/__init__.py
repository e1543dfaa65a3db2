"""Attribution: what each word of a text did to an answer.

Takes  a fitted model and a text.
Gives  `Attribution`: a score for each word, as numbers, lines for a terminal, JSON, or a page.
Next   cli/explain.py prints it.
"""

from .scoring import BASELINES, attribute
from .result import METHODS, Attribution

__all__ = ["BASELINES", "METHODS", "Attribution", "attribute"]
