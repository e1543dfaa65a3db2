"""The layers of a network, one file each.

Takes  what a layer below gives for one shard: packed sequences, or one vector a row.
Gives  the same for the layer above; and, going back, gradients.
Next   assembly.py puts layers in order, network.py runs them.
"""

from ._layer import Layer as Layer
from .adaptive_softmax import AdaptiveSoftmax as AdaptiveSoftmax
from .bag_of_words import BagOfWords as BagOfWords
from .beside import Beside as Beside
from .bidirectional import Bidirectional as Bidirectional
from .bidirectional_softmax import BidirectionalSoftmax as BidirectionalSoftmax
from .character_convolution import CharacterConvolution as CharacterConvolution
from .contextual_embedding import ContextualEmbedding as ContextualEmbedding
from .cross_attention import CrossAttention as CrossAttention
from .dense import Dense as Dense
from .dropout import Dropout as Dropout
from .embedding import Embedding as Embedding
from .gru import GRU as GRU
from .input import Input as Input
from .lstm import LSTM as LSTM
from .one_hot import OneHot as OneHot
from .pooling import Pooling as Pooling
from .side_by_side import SideBySide as SideBySide
from .simple_rnn import SimpleRNN as SimpleRNN
from .softmax import Softmax as Softmax
from .subword_embedding import SubwordEmbedding as SubwordEmbedding

__all__ = [
    "GRU",
    "LAYERS",
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
    "Input",
    "Layer",
    "OneHot",
    "Pooling",
    "SideBySide",
    "SimpleRNN",
    "Softmax",
    "SubwordEmbedding",
]

LAYERS: dict[str, type[Layer]] = {
    layer.__name__: layer
    for layer in (
        *(GRU, LSTM, Bidirectional, Dense, Dropout, Embedding, Input, OneHot, Pooling, SimpleRNN),
        *(AdaptiveSoftmax, BagOfWords, Beside, BidirectionalSoftmax, CharacterConvolution, ContextualEmbedding),
        *(CrossAttention, SideBySide, Softmax, SubwordEmbedding),
    )
}
"""Every layer by the name that stands in a model's config.json."""
