"""scikit-learn's faces: estimators that fit, predict, score, save.

Takes  texts or sequences, and labels.
Gives  fitted models, figures, model folders.
Next   cli/ calls these, and nothing below them.
"""

from ._entities import Entity, entities, entity_figures
from .comparison import Comparison, fit_and_compare
from .encoder_comparison import EncoderFigures, compare_encoders
from .evaluation import Evaluation, Rival, evaluate
from .perplexity import Perplexity
from .saving import load
from .sequence_classifier import SequenceClassifier
from .tagger import Tagger
from .text_classifier import TextClassifier
from .text_generator import TextGenerator
from .transducer import Transducer, Transductions
from .word_vectors import word_vectors

__all__ = [
    "Comparison",
    "EncoderFigures",
    "Entity",
    "Evaluation",
    "Perplexity",
    "Rival",
    "SequenceClassifier",
    "Tagger",
    "TextClassifier",
    "TextGenerator",
    "Transducer",
    "Transductions",
    "compare_encoders",
    "entities",
    "entity_figures",
    "evaluate",
    "fit_and_compare",
    "load",
    "word_vectors",
]
