"""Softmax: a probability for each of many words, as the last layer of a language model."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.activations import LOG, apply_activation
from ..kernels.product import Factor, multiply
from ..random import uniform
from ..row_gradient import Gradients, RowGradient, distinct
from ._head import WordHead, learn_words
from ._inputs import gather
from ._layer import Array, Back, Connection, Parameter, Run, Shape, Shard, check_count, check_flag, check_samples

__all__ = ["Softmax"]

NEVER = -1e30
"""Added to the logit of a word that was not sampled: its probability is none."""


@dataclass(frozen=True, eq=False)
class _Prepared:
    """kernel: Factor of (features, units), a view of the table; bias: (units,)."""

    kernel: Factor
    bias: Array


@dataclass(frozen=True)
class Softmax(WordHead):
    """Last layer over many words: softmax(x W.T + b), W (units, features) with a row for each word.

    It is what `Dense(units, "softmax")` is, made for a vocabulary: loss and gradients are computed in pieces, so that
    (time steps, units) are never in memory at once, and rows can be shared and sampled.

    Parameters
    ----------
    units : int
        Words.
    tied : bool
        W is the table of the Embedding that the network begins with (Press & Wolf 2017), the last row of which stands
        for every unknown word: so `units` are its `input_dim` + 1, and what flows in is as wide as its vectors.
    samples : int
        Train on about so many words instead of all, drawn anew for each shard of a batch and each update: importance
        sampling (Bengio & Senecal 2008) for words in the order of falling frequency, the unknown one first. The word
        of rank r is in with probability min(1, s / r), where s makes the expected number `samples`, and then counts
        for the inverse of it in the sum over all words. Frequent words are always in, and so is the word that came.
        0 takes all words, as measuring and predicting do.
    """

    units: int
    tied: bool = False
    samples: int = 0

    def __post_init__(self) -> None:
        check_count("Softmax", "units", self.units)
        check_flag("Softmax", "tied", self.tied)
        check_samples("Softmax", self.samples, self.units)

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        assert shape.features is not None
        bias = Parameter("bias", (self.units,), "zeros")
        if self.tied:
            return (Connection("to the words, beside the table of the embedding", (bias,)),)
        return (
            Connection("to the words", (Parameter("kernel", (self.units, shape.features), "glorot_uniform"), bias)),
        )

    def shared(self) -> Mapping[str, str]:
        return {"kernel": "embeddings"} if self.tied else {}

    def prepare(self, weights: Mapping[str, Array]) -> _Prepared:
        return _Prepared(Factor(weights["kernel"].T), weights["bias"])

    def logits(self, weights: _Prepared, x: Any) -> Array:
        return multiply(x.dense(), weights.kernel.forward, weights.bias)

    def learn(
        self, weights: _Prepared, x: Any, targets: Array, counts: Array, shard: Shard, run: Run
    ) -> tuple[Array, Back]:
        if self.samples and run.noise is not None:
            return self._learn_sampled(weights, x, targets, counts, shard, run)
        learned = learn_words(x.dense(), targets, counts, weights.kernel, weights.bias, run)
        return learned.losses, Back(x.collect(learned.dx), {"kernel": learned.kernel, "bias": learned.bias})

    def _learn_sampled(
        self, weights: _Prepared, x: Any, targets: Array, counts: Array, shard: Shard, run: Run
    ) -> tuple[Array, Back]:
        drawn, shifts = self._draw(int(shard.rows[0]), run)
        words, slots = distinct(np.concatenate([drawn, targets]))
        beside = np.full(len(words) - len(drawn), NEVER)  # targets that were not drawn count for themselves alone
        kernel, wanted = Factor(gather(weights.kernel.value.T, words).T), slots[len(drawn) :]
        shifts = np.concatenate([shifts, beside]).astype(weights.bias.dtype)
        learned = learn_words(x.dense(), wanted, counts, kernel, weights.bias[words], run, shifts)
        bias = np.zeros_like(weights.bias)
        bias[words] = learned.bias
        gradients: Gradients = {"kernel": RowGradient(words, learned.kernel), "bias": bias}
        return learned.losses, Back(x.collect(learned.dx), gradients)

    def _draw(self, first_row: int, run: Run) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Give the words that are in, and minus the logarithm of the probability that they are."""
        assert run.noise is not None
        share = inclusion(self.units, self.samples)
        words = np.flatnonzero(uniform(run.noise, first_row, np.arange(self.units)) < share)
        logarithms = share[words]
        apply_activation(logarithms, LOG)
        return words, -logarithms


@cache
def inclusion(units: int, samples: int) -> NDArray[np.float64]:
    """Give the probability that each word is in a sample, (units,): min(1, s / rank), `samples` in all."""
    rank = (np.arange(units) + 1) % units + 1.0  # the last one, which is unknown, is among the most frequent
    low, high = 0.0, float(units)
    for _ in range(60):
        middle = (low + high) / 2
        expected = np.add.accumulate(np.minimum(1, middle / rank))[-1]
        low, high = (middle, high) if expected < samples else (low, middle)
    return np.asarray(np.minimum(1, high / rank))
