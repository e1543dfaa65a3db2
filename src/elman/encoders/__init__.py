"""Encoders: texts into numbers, each a scikit-learn transformer.

Takes  texts, or lists of tokens.
Gives  one vector a token (`TokenEncoder`: Sequences of (time, features)) or one a text (`TextEncoder`: (texts,
       features)).
Next   estimators/ begin networks with them; cli/ writes them to files.
"""

from ._encoder import Encoder, TextEncoder, TokenEncoder
from ._vector_encoder import VectorEncoder
from .glove import GloVe
from .pretrained import Pretrained
from .word_vectors import WordVectors

__all__ = ["Encoder", "GloVe", "Pretrained", "TextEncoder", "TokenEncoder", "VectorEncoder", "WordVectors"]
