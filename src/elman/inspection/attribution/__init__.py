"""Attribution: what each word of a text did to an answer.

Takes  a fitted model and a text.
Gives  `Attribution`: a score for each word, as numbers, lines for a terminal, JSON, or a page.
Next   cli/explain.py prints it.
"""

from .result import METHODS, Attribution
from .scoring import BASELINES, attribute, reads_prefixes_anew

__all__ = ["BASELINES", "METHODS", "Attribution", "attribute", "reads_prefixes_anew"]
