"""Encoders: texts into numbers, each a scikit-learn transformer.

Takes  texts, or lists of tokens.
Gives  one vector a token (`TokenEncoder`: Sequences of (time, features)) or one a text (`TextEncoder`: (texts,
       features)).
Next   estimators/ begin networks with them; cli/ writes them to files.
"""

from ._encoder import Encoder, TextEncoder, TokenEncoder, check_texts
from ._vector_encoder import VectorEncoder
from .mean_of_vectors import MeanOfVectors
from .one_hot import OneHotEncoder
from .pretrained import Pretrained
from .tfidf import TfidfEncoder, TfidfTokenEncoder
from .word_vectors import WordVectors
from .writing import text_vectors, write_encoded

__all__ = [
    "ENCODERS",
    "NAMED",
    "NAMED_FOR_TEXTS",
    "Encoder",
    "MeanOfVectors",
    "OneHotEncoder",
    "Pretrained",
    "TextEncoder",
    "TfidfEncoder",
    "TfidfTokenEncoder",
    "TokenEncoder",
    "VectorEncoder",
    "WordVectors",
    "check_texts",
    "text_vectors",
    "write_encoded",
]

ENCODERS: tuple[type[Encoder], ...] = (MeanOfVectors, OneHotEncoder, Pretrained, TfidfEncoder, TfidfTokenEncoder)
"""Every encoder that can be fitted."""

NAMED: dict[str, type[Encoder]] = {"one-hot": OneHotEncoder, "tfidf": TfidfTokenEncoder}
"""Those that a model can begin with, by the names of its setting `encoder`."""

NAMED_FOR_TEXTS: dict[str, type[Encoder]] = NAMED | {"tfidf": TfidfEncoder}
"""Those that give a vector a text, where a name stands for two encoders."""
