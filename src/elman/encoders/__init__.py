"""Encoders: texts into numbers, each a scikit-learn transformer.

Takes  texts, or lists of tokens.
Gives  one vector a token (`TokenEncoder`: Sequences of (time, features)) or one a text (`TextEncoder`: (texts,
       features)).
Next   estimators/ begin networks with them; cli/ writes them to files.
"""

from ._encoder import Encoder, TextEncoder, TokenEncoder, check_column, check_texts
from ._vector_encoder import VectorEncoder
from .doc2vec import Doc2Vec
from .elmo import ELMo
from .glove import GloVe
from .mean_of_vectors import MeanOfVectors
from .one_hot import OneHotEncoder
from .pretrained import Pretrained
from .published_elmo import PublishedELMo
from .tfidf import TfidfEncoder, TfidfTokenEncoder
from .word2vec import Word2Vec
from .word_vectors import WordVectors
from .writing import text_vectors, write_encoded

__all__ = [
    "ENCODERS",
    "NAMED",
    "NAMED_FOR_TEXTS",
    "Doc2Vec",
    "ELMo",
    "Encoder",
    "GloVe",
    "MeanOfVectors",
    "OneHotEncoder",
    "Pretrained",
    "PublishedELMo",
    "TextEncoder",
    "TfidfEncoder",
    "TfidfTokenEncoder",
    "TokenEncoder",
    "VectorEncoder",
    "Word2Vec",
    "WordVectors",
    "check_column",
    "check_texts",
    "text_vectors",
    "write_encoded",
]

ENCODERS: tuple[type[Encoder], ...] = (
    Doc2Vec,
    ELMo,
    GloVe,
    MeanOfVectors,
    OneHotEncoder,
    Pretrained,
    PublishedELMo,
    TfidfEncoder,
    TfidfTokenEncoder,
    Word2Vec,
)
"""Every encoder that can be fitted."""

NAMED: dict[str, type[Encoder]] = {
    "one-hot": OneHotEncoder,
    "tfidf": TfidfTokenEncoder,
    "word2vec": Word2Vec,
    "glove": GloVe,
    "doc2vec": Doc2Vec,
    "elmo": ELMo,
}
"""Those that a model can begin with, by the names of its setting `encoder`."""

NAMED_FOR_TEXTS: dict[str, type[Encoder]] = NAMED | {"tfidf": TfidfEncoder}
"""Those that give a vector a text, where a name stands for two encoders."""
