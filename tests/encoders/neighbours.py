"""A corpus made by rule, and how alike two sets of vectors are by their neighbours."""

from collections.abc import Callable, Sequence
from itertools import combinations, product
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

Array = NDArray[Any]
TOPICS, WORDS = 12, 20


def corpus(texts: int, length: int = 12, seed: int = 0) -> list[list[str]]:
    """Texts of one topic each: three of four words are the topic's, the others are everyone's; some come often."""
    draw = np.random.default_rng(seed)
    shares = 1 / np.arange(1, WORDS + 1)
    numbers = draw.choice(WORDS, (texts, length), p=shares / shares.sum())
    own = draw.random((texts, length)) < 0.75
    topics = np.arange(texts) % TOPICS
    return [
        [f"t{topic}w{number}" if mine else f"all{number}" for number, mine in zip(*row, strict=True)]
        for topic, row in zip(topics, zip(numbers, own, strict=True), strict=True)
    ]


def wikitext(real_data: Path, tokens: int = 500_000) -> list[list[str]]:
    """The first tokens of wikitext2, a text each line that holds any, titles among them."""
    texts, left = [], tokens
    for line in (real_data / "wikitext2" / "wiki.train.tokens").read_text("utf-8").splitlines():
        texts.append(line.split()[:left])
        left -= len(texts[-1])
    return [text for text in texts if text]


def unit(vectors: Array) -> Array:
    """Vectors of length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def nearest(vectors: Array, rows: int, count: int = 10) -> Array:
    """The numbers of the `count` nearest other vectors of the first rows, by cosine."""
    units = unit(vectors)
    cosines = units[:rows] @ units.T
    cosines[np.arange(len(cosines)), np.arange(len(cosines))] = -2
    return np.argsort(-cosines, axis=1)[:, :count]


def overlap(a: Array, b: Array, rows: int = 1000) -> float:
    """What share of the ten nearest, of the first rows, both have, on average."""
    pairs = zip(nearest(a, rows), nearest(b, rows), strict=True)
    return mean(len(set(x) & set(y)) / len(x) for x, y in pairs)


def correlation(a: Array, b: Array, rows: int = 3000) -> float:
    """Spearman's, of the cosines of 2,000 fixed pairs among the first rows."""
    pairs = np.random.default_rng(0).integers(0, min(rows, len(a)), (2000, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    of_a, of_b = ((unit(v)[pairs[:, 0]] * unit(v)[pairs[:, 1]]).sum(axis=1) for v in (a, b))
    return float(spearmanr(of_a, of_b).statistic)


def between(measure: Callable[[Array, Array], float], ours: Sequence[Array], theirs: Sequence[Array]) -> float:
    """The mean over pairs of one of ours and one of theirs."""
    return mean(measure(a, b) for a, b in product(ours, theirs))


def among(measure: Callable[[Array, Array], float], theirs: Sequence[Array]) -> float:
    """The mean over pairs of theirs: how much seeds alone change."""
    return mean(measure(a, b) for a, b in combinations(theirs, 2))
