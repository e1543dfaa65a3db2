"""The engine: recurrent networks on packed sequences, arrays in, arrays out.

Takes  Sequences: ids of words, or a vector at each time step.
Gives  a Network's logits, losses and gradients, the same bits whatever the batch or the number of threads.
Next   training/ moves the weights; estimators/ put texts in front.
"""

from .encoder_decoder import EncoderDecoder, Pairs
from .layers import (
    GRU,
    LSTM,
    AdaptiveSoftmax,
    BagOfWords,
    Beside,
    Bidirectional,
    BidirectionalSoftmax,
    CharacterConvolution,
    ContextualEmbedding,
    CrossAttention,
    Dense,
    Dropout,
    Embedding,
    Input,
    OneHot,
    Pooling,
    SideBySide,
    SimpleRNN,
    Softmax,
    SubwordEmbedding,
)
from .network import Network
from .state import State

__all__ = [
    "GRU",
    "LSTM",
    "AdaptiveSoftmax",
    "BagOfWords",
    "Beside",
    "Bidirectional",
    "BidirectionalSoftmax",
    "CharacterConvolution",
    "ContextualEmbedding",
    "CrossAttention",
    "Dense",
    "Dropout",
    "Embedding",
    "EncoderDecoder",
    "Input",
    "Network",
    "OneHot",
    "Pairs",
    "Pooling",
    "SideBySide",
    "SimpleRNN",
    "Softmax",
    "State",
    "SubwordEmbedding",
]
