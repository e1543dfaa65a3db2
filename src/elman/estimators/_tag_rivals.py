"""What cheap methods reach on tagged sentences: none of them remembers anything."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import Any

from ..text.tokenizer import folded
from .evaluation import Rival, measure_rival

__all__ = ["commonest_tag", "window_of_words"]

REACH = 2
"""Words that the window holds on each side."""
LONGEST_END = 3
"""Characters of the ends of the word in the middle that are read."""

Words = list[list[str]]
Tags = list[list[Any]]


def commonest_tag(sentences: Words, tags: Tags, dev_sentences: Words, dev_tags: Tags) -> Rival:
    """Answer with the tag that each word had most often, and an unknown word with the commonest of all."""
    counts: defaultdict[str, Counter[Any]] = defaultdict(Counter)
    for word, tag in zip(chain.from_iterable(sentences), chain.from_iterable(tags), strict=True):
        counts[word][tag] += 1
    usual = sum(counts.values(), Counter()).most_common(1)[0][0]
    best = {word: found.most_common(1)[0][0] for word, found in counts.items()}
    answers = [[best.get(word, usual) for word in sentence] for sentence in dev_sentences]
    return measure_rival("commonest tag of the word", dev_tags, answers, 0.0)


def window_of_words(sentences: Words, tags: Tags, dev_sentences: Words, dev_tags: Tags) -> Rival:
    """Logistic regression on a window of words, in which each place has weights of its own: a fixed length, no memory.

    The word and two on each side, in lower case; of the word in the middle also its ends and whether it begins with a
    capital.
    """
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline

    begin = time.perf_counter()
    rival = make_pipeline(
        FeatureHasher(2**18, input_type="string", alternate_sign=False),
        SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=10, tol=None, random_state=0),
    )
    rival.fit(list(_windows(sentences)), list(chain.from_iterable(tags)))
    flat = iter(rival.predict(list(_windows(dev_sentences))).tolist())
    answers = [[next(flat) for _ in sentence] for sentence in dev_sentences]
    return measure_rival("window of words", dev_tags, answers, time.perf_counter() - begin)


def _windows(sentences: Words) -> Iterator[list[str]]:
    """Give what is read at each word, as strings."""
    for sentence in sentences:
        padded = [*[""] * REACH, *map(folded, sentence), *[""] * REACH]
        for at, word in enumerate(sentence):
            found = [f"{place} {padded[at + place]}" for place in range(2 * REACH + 1)]
            found += [f"end {word[-length:]}" for length in range(1, LONGEST_END + 1)]
            yield [*found, f"capital {word[:1].isupper()}"]
