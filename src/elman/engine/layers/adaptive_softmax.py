"""AdaptiveSoftmax: few numbers for rare words, as the last layer of a language model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ...errors import InputError
from ..kernels.losses import log_softmax
from ..kernels.product import Factor, multiply, outer
from ..row_gradient import Gradients
from ._head import Learned, WordHead, learn_words
from ._inputs import gather
from ._layer import Array, Back, Connection, Parameter, Run, Shape, Shard, check_count

__all__ = ["AdaptiveSoftmax"]


@dataclass(frozen=True, eq=False)
class _Prepared:
    """head, bias: over frequent words and clusters; tails: for each cluster the projection and its words' rows."""

    head: Factor
    bias: Array
    tails: tuple[tuple[Factor, Factor], ...]


@dataclass(frozen=True)
class AdaptiveSoftmax(WordHead):
    """Last layer over many words in the order of falling frequency (Grave, Joulin, Cisse, Grangier & Jegou 2017).

    The head has an output for each frequent word and one for each cluster of rarer ones; a word of a cluster has the
    cluster's probability times its own within it, which is computed from a narrower vector. The probabilities of all
    words add up to 1. The last word, which stands for every unknown one, counts as the most frequent.

    Parameters
    ----------
    units : int
        Words.
    cutoffs : sequence of int
        Rising, below `units`: the number of frequent words, then where each cluster but the last ends.
    factor : int
        The n-th cluster's vectors are narrower by factor^n than what flows in.
    """

    units: int
    cutoffs: Sequence[int] = ()
    factor: int = 4

    def __post_init__(self) -> None:
        check_count("AdaptiveSoftmax", "units", self.units)
        check_count("AdaptiveSoftmax", "factor", self.factor)
        cutoffs = self.cutoffs
        whole = isinstance(cutoffs, (list, tuple)) and all(
            isinstance(cut, (int, np.integer)) and not isinstance(cut, bool) for cut in cutoffs
        )
        if not whole or not cutoffs or any(a >= b for a, b in pairwise((0, *cutoffs, self.units))):
            raise InputError(
                f"AdaptiveSoftmax: cutoffs must be rising numbers of words above 0 and below units, {self.units}, "
                f"got {cutoffs!r:.80}"
            )
        object.__setattr__(self, "cutoffs", tuple(map(int, cutoffs)))

    def _clusters(self) -> list[tuple[int, int]]:
        """Give where each cluster begins and ends, in the order of frequency."""
        return list(pairwise((*self.cutoffs, self.units)))

    def connections(self, shape: Shape) -> tuple[Connection, ...]:
        assert shape.features is not None
        clusters = self._clusters()
        outputs = self.cutoffs[0] + len(clusters)
        parameters = [Parameter("kernel", (outputs, shape.features), "glorot_uniform")]
        parameters.append(Parameter("bias", (outputs,), "zeros"))
        found = [Connection("to frequent words and clusters", tuple(parameters))]
        for number, (begin, end) in enumerate(clusters, start=1):
            width = max(1, shape.features // self.factor**number)
            parts = [Parameter(f"cluster_{number}_projection", (shape.features, width), "glorot_uniform")]
            parts.append(Parameter(f"cluster_{number}_kernel", (end - begin, width), "glorot_uniform"))
            found.append(Connection(f"to the words of cluster {number}", tuple(parts)))
        return tuple(found)

    def prepare(self, weights: Mapping[str, Array]) -> _Prepared:
        tails = [
            (Factor(weights[f"cluster_{number}_projection"]), Factor(weights[f"cluster_{number}_kernel"].T))
            for number in range(1, len(self._clusters()) + 1)
        ]
        return _Prepared(Factor(weights["kernel"].T), weights["bias"], tuple(tails))

    def logits(self, weights: _Prepared, x: Any) -> Array:
        """The logarithms of the probabilities, which are logits as well."""
        x, frequent = x.dense(), self.cutoffs[0]
        head = _log_softmax(multiply(x, weights.head.forward, weights.bias))
        by_rank = np.empty((len(x), self.units), x.dtype)
        by_rank[:, :frequent] = head[:, :frequent]
        for number, (begin, end) in enumerate(self._clusters()):
            projection, kernel = weights.tails[number]
            inside = multiply(multiply(x, projection.forward), kernel.forward)
            by_rank[:, begin:end] = _log_softmax(inside) + head[:, frequent + number, None]
        return np.roll(by_rank, -1, axis=1)

    def learn(
        self, weights: _Prepared, x: Any, targets: Array, counts: Array, shard: Shard, run: Run
    ) -> tuple[Array, Back]:
        vectors, rank, frequent = x.dense(), (targets + 1) % self.units, self.cutoffs[0]
        cluster = np.searchsorted(np.asarray(self.cutoffs), rank, side="right")  # 0 is the head
        outputs = np.where(cluster == 0, rank, frequent + cluster - 1)
        head = learn_words(vectors, outputs, counts, weights.head, weights.bias, run)
        losses, dx = head.losses, head.dx
        gradients: Gradients = {"kernel": head.kernel, "bias": head.bias}
        for number, (begin, _) in enumerate(self._clusters(), start=1):
            here = np.flatnonzero(cluster == number)
            projection, kernel = weights.tails[number - 1]
            read = gather(vectors, here)
            tail = self._learn_tail(read, rank[here] - begin, counts[here], projection, kernel, run)
            losses[here] += tail.losses
            dx[here] += multiply(tail.dx, projection.backward)
            gradients[f"cluster_{number}_projection"] = outer(read, tail.dx)
            gradients[f"cluster_{number}_kernel"] = tail.kernel
        return losses, Back(x.collect(dx), gradients)

    def _learn_tail(
        self, x: Array, targets: Array, counts: Array, projection: Factor, kernel: Factor, run: Run
    ) -> Learned:
        narrow = multiply(x, projection.forward)
        return learn_words(narrow, targets, counts, kernel, np.zeros(kernel.value.shape[1], x.dtype), run)


def _log_softmax(logits: Array) -> Array:
    out = np.empty_like(logits)
    log_softmax(logits, out)
    return out
