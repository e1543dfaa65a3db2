"""Encoders: texts into numbers, each a scikit-learn transformer.

Takes  texts, or lists of tokens.
Gives  one vector a token (`TokenEncoder`: Sequences of (time, features)) or one a text (`TextEncoder`: (texts,
       features)).
Next   estimators/ begin networks with them; cli/ writes them to files.
"""

from ._encoder import Encoder, TextEncoder, TokenEncoder
from ._vector_encoder import VectorEncoder
from .mean_of_vectors import MeanOfVectors
from .one_hot import OneHotEncoder
from .tfidf import TfidfEncoder, TfidfTokenEncoder

__all__ = [
    "ENCODERS",
    "Encoder",
    "MeanOfVectors",
    "OneHotEncoder",
    "TextEncoder",
    "TfidfEncoder",
    "TfidfTokenEncoder",
    "TokenEncoder",
    "VectorEncoder",
]

ENCODERS: tuple[type[Encoder], ...] = (MeanOfVectors, OneHotEncoder, TfidfEncoder, TfidfTokenEncoder)
"""Every encoder that can be fitted."""
