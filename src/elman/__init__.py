"""Elman: recurrent networks on text, exact and fast on the CPU you already have.

    >>> import elman
    >>> model = elman.TextClassifier(epochs=5).fit(["movie was good", "movie was bad"], [1, 0])
    >>> model.predict(["movie was good"]).shape
    (1,)

Names are imported when they are first asked for, so that `import elman` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from .data import lecture_reviews as lecture_reviews
    from .data import order_reviews as order_reviews
    from .data import read_labelled as read_labelled
    from .data import read_pairs as read_pairs
    from .data import read_tagged as read_tagged
    from .data import word_reviews as word_reviews
    from .encoders import Doc2Vec as Doc2Vec
    from .encoders import ELMo as ELMo
    from .encoders import GloVe as GloVe
    from .encoders import MeanOfVectors as MeanOfVectors
    from .encoders import OneHotEncoder as OneHotEncoder
    from .encoders import Pretrained as Pretrained
    from .encoders import PublishedELMo as PublishedELMo
    from .encoders import TfidfEncoder as TfidfEncoder
    from .encoders import TfidfTokenEncoder as TfidfTokenEncoder
    from .encoders import Word2Vec as Word2Vec
    from .encoders import WordVectors as WordVectors
    from .engine import GRU as GRU
    from .engine import LSTM as LSTM
    from .engine import AdaptiveSoftmax as AdaptiveSoftmax
    from .engine import BagOfWords as BagOfWords
    from .engine import Beside as Beside
    from .engine import Bidirectional as Bidirectional
    from .engine import BidirectionalSoftmax as BidirectionalSoftmax
    from .engine import CharacterConvolution as CharacterConvolution
    from .engine import ContextualEmbedding as ContextualEmbedding
    from .engine import CrossAttention as CrossAttention
    from .engine import Dense as Dense
    from .engine import Dropout as Dropout
    from .engine import Embedding as Embedding
    from .engine import EncoderDecoder as EncoderDecoder
    from .engine import Input as Input
    from .engine import Network as Network
    from .engine import OneHot as OneHot
    from .engine import Pairs as Pairs
    from .engine import Pooling as Pooling
    from .engine import SideBySide as SideBySide
    from .engine import SimpleRNN as SimpleRNN
    from .engine import Softmax as Softmax
    from .engine import State as State
    from .engine import SubwordEmbedding as SubwordEmbedding
    from .errors import ElmanError as ElmanError
    from .estimators import SequenceClassifier as SequenceClassifier
    from .estimators import Tagger as Tagger
    from .estimators import TextClassifier as TextClassifier
    from .estimators import TextGenerator as TextGenerator
    from .estimators import Transducer as Transducer
    from .estimators import compare_encoders as compare_encoders
    from .estimators import entities as entities
    from .estimators import evaluate as evaluate
    from .estimators import load as load
    from .estimators import word_vectors as word_vectors
    from .sequences import Sequences as Sequences
    from .text import Affixes as Affixes
    from .text import Tokenizer as Tokenizer
    from .text import Vocabulary as Vocabulary

_HOMES = {
    "AdaptiveSoftmax": "engine",
    "Affixes": "text",
    "BagOfWords": "engine",
    "Beside": "engine",
    "Bidirectional": "engine",
    "BidirectionalSoftmax": "engine",
    "CharacterConvolution": "engine",
    "ContextualEmbedding": "engine",
    "CrossAttention": "engine",
    "Dense": "engine",
    "Doc2Vec": "encoders",
    "Dropout": "engine",
    "ELMo": "encoders",
    "ElmanError": "errors",
    "Embedding": "engine",
    "EncoderDecoder": "engine",
    "GRU": "engine",
    "GloVe": "encoders",
    "Input": "engine",
    "LSTM": "engine",
    "MeanOfVectors": "encoders",
    "Network": "engine",
    "OneHot": "engine",
    "OneHotEncoder": "encoders",
    "Pairs": "engine",
    "Pooling": "engine",
    "Pretrained": "encoders",
    "PublishedELMo": "encoders",
    "SequenceClassifier": "estimators",
    "Sequences": "sequences",
    "SideBySide": "engine",
    "SimpleRNN": "engine",
    "Softmax": "engine",
    "State": "engine",
    "SubwordEmbedding": "engine",
    "Tagger": "estimators",
    "TextClassifier": "estimators",
    "TextGenerator": "estimators",
    "TfidfEncoder": "encoders",
    "TfidfTokenEncoder": "encoders",
    "Tokenizer": "text",
    "Transducer": "estimators",
    "Vocabulary": "text",
    "Word2Vec": "encoders",
    "WordVectors": "encoders",
    "compare_encoders": "estimators",
    "entities": "estimators",
    "evaluate": "estimators",
    "lecture_reviews": "data",
    "load": "estimators",
    "order_reviews": "data",
    "read_labelled": "data",
    "read_pairs": "data",
    "read_tagged": "data",
    "word_reviews": "data",
    "word_vectors": "estimators",
}

__all__ = [
    "GRU",
    "LSTM",
    "AdaptiveSoftmax",
    "Affixes",
    "BagOfWords",
    "Beside",
    "Bidirectional",
    "BidirectionalSoftmax",
    "CharacterConvolution",
    "ContextualEmbedding",
    "CrossAttention",
    "Dense",
    "Doc2Vec",
    "Dropout",
    "ELMo",
    "ElmanError",
    "Embedding",
    "EncoderDecoder",
    "GloVe",
    "Input",
    "MeanOfVectors",
    "Network",
    "OneHot",
    "OneHotEncoder",
    "Pairs",
    "Pooling",
    "Pretrained",
    "PublishedELMo",
    "SequenceClassifier",
    "Sequences",
    "SideBySide",
    "SimpleRNN",
    "Softmax",
    "State",
    "SubwordEmbedding",
    "Tagger",
    "TextClassifier",
    "TextGenerator",
    "TfidfEncoder",
    "TfidfTokenEncoder",
    "Tokenizer",
    "Transducer",
    "Vocabulary",
    "Word2Vec",
    "WordVectors",
    "__version__",
    "compare_encoders",
    "entities",
    "evaluate",
    "lecture_reviews",
    "load",
    "order_reviews",
    "read_labelled",
    "read_pairs",
    "read_tagged",
    "word_reviews",
    "word_vectors",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'elman' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
