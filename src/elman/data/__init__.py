"""Labelled texts, tagged sentences and pairs of texts from files, and examples that come with the package.

Takes  the name of a file, - for stdin, or an address that polars can read.
Gives  texts and labels, or words and tags, as Python lists; one clear error for what cannot be read.
Next   estimators/ fit on them.
"""

from .columns import LABEL_NAMES, SOURCE_NAMES, TARGET_NAMES, TEXT_NAMES
from .corpus import Corpus, read_corpus
from .examples import lecture_reviews, order_reviews, reversals, sortings, word_reviews, written_dates
from .labelled import Labelled, LabelledTexts, Texts
from .pairs import PairedTexts, read_pairs, read_sources
from .reading import read_labelled, read_texts
from .tagged import Sentences, TaggedSentences, read_sentences, read_tagged

__all__ = [
    "LABEL_NAMES",
    "SOURCE_NAMES",
    "TARGET_NAMES",
    "TEXT_NAMES",
    "Corpus",
    "Labelled",
    "LabelledTexts",
    "PairedTexts",
    "Sentences",
    "TaggedSentences",
    "Texts",
    "lecture_reviews",
    "order_reviews",
    "read_corpus",
    "read_labelled",
    "read_pairs",
    "read_sentences",
    "read_sources",
    "read_tagged",
    "read_texts",
    "reversals",
    "sortings",
    "word_reviews",
    "written_dates",
]
