"""What a last layer is: logits, the loss of each output, and the way back from it.

A pass asks its last layer for the loss and not for an output, since the two are computed together: from the logits, and
for many words in pieces, so that (outputs, words) are never in memory at once.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..kernels.losses import softmax
from ..kernels.product import BLOCK, NO_NUMBERS, Factor, add_outers, add_rows_up, multiply
from ..losses import LOSSES, reference_softmax_cross_entropy, softmax_cross_entropy
from ._layer import Array, Back, Layer, Run, Shape, Shard

__all__ = ["Head", "Learned", "WordHead", "learn_words"]

PIECE = 2**22
"""Logits that are held at a time, about: 16 MiB in float32. A few classes are all in one piece."""


class Head(Layer):
    """A layer that can stand last. `units` are its outputs, `activation` says what its logits become."""

    last: ClassVar[bool] = False
    """Whether it can stand nowhere else."""
    units: int
    activation: str

    @abstractmethod
    def logits(self, weights: Any, x: Any) -> Array:
        """Values before the activation, (outputs, units)."""

    @abstractmethod
    def activate(self, logits: Array) -> Array:
        """activation(logits), in new memory."""

    @abstractmethod
    def learn(self, weights: Any, x: Any, targets: Array, counts: Array, shard: Shard, run: Run) -> tuple[Array, Back]:
        """Give the loss of each output, (outputs,), and the derivatives of their sum.

        targets, counts : (outputs,), what is to come out, and how much each loss counts
        """

    def shared(self) -> Mapping[str, str]:
        """Name the parameters that are the first layer's, and what they are called there."""
        return {}

    def check_loss(self) -> None:
        """Raise InputError where no loss goes with the activation."""
        if self.activation not in LOSSES:
            raise InputError(
                f"the last layer's activation must be one of {', '.join(LOSSES)} to have a loss, "
                f"got {self.activation!r}"
            )

    def read(self, shape: Shape) -> Shape:
        """Give what of the vectors that flow in one output is made of."""
        return shape

    def measure(self, weights: Any, x: Any, targets: Array, shard: Shard, run: Run) -> tuple[Array, NDArray[np.int64]]:
        """Give the loss of each output and its likeliest class, (outputs,) both."""
        losses, best = np.empty(len(targets), run.dtype), np.empty(len(targets), np.int64)
        loss, ones = LOSSES[self.activation][run.backend == "reference"], np.ones(len(targets), run.dtype)
        for part in self._pieces(len(targets)):
            logits = self.logits(weights, x.take(part))
            best[part] = self._best(logits)
            losses[part] = loss(logits, targets[part], ones[part])[0]
        return losses, best

    def likeliest(self, weights: Any, x: Any, outputs: int, below: int) -> NDArray[np.int64]:
        """Give the likeliest class below this one of each of so many outputs, (outputs,)."""
        best = np.empty(outputs, np.int64)
        for part in self._pieces(outputs):
            best[part] = self.logits(weights, x.take(part))[:, :below].argmax(axis=1)
        return best

    def _best(self, logits: Array) -> NDArray[np.int64]:
        return np.asarray((logits[:, 0] > 0) if self.units == 1 else logits.argmax(axis=1))

    def is_finite(self, weights: Any, x: Any, outputs: int) -> bool:
        """Tell whether all logits are finite."""
        return all(np.isfinite(self.logits(weights, x.take(part))).all() for part in self._pieces(outputs))

    def _pieces(self, outputs: int) -> Iterator[NDArray[np.int64]]:
        size = max(BLOCK, PIECE // self.units)
        for begin in range(0, outputs, size):
            yield np.arange(begin, min(begin + size, outputs))


class WordHead(Head):
    """A head over many words: softmax, and nowhere else than last, so that a network asks for the loss alone."""

    last: ClassVar[bool] = True
    activation: ClassVar[str] = "softmax"  # type: ignore[misc]

    def output_shape(self, shape: Shape) -> Shape:
        return Shape(self.units, sequence=shape.sequence)

    def activate(self, logits: Array) -> Array:
        y = logits.copy()
        softmax(y, y)
        return y

    def forward(self, weights: Any, x: Any, shard: Shard, run: Run) -> tuple[Any, Any]:
        raise TypeError(f"{type(self).__name__} stands last, where `learn` and `logits` are asked for")

    def backward(self, weights: Any, dy: Array, tape: Any, shard: Shard, run: Run) -> Back:
        raise TypeError(f"{type(self).__name__} stands last, where `learn` is asked for")


class Learned(NamedTuple):
    """losses : (n,); dx : (n, features); kernel : (words, features) and bias : (words,), the gradients by these."""

    losses: Array
    dx: Array
    kernel: Array
    bias: Array


def learn_words(
    x: Array, targets: Array, counts: Array, kernel: Factor, bias: Array, run: Run, shifts: Array | None = None
) -> Learned:
    """Softmax, cross-entropy and the way back, fused: of (n, words) only `BLOCK` rows are there at a time.

    Parameters
    ----------
    x : (n, features)
    targets, counts : (n,), the word that came, and how much each loss counts
    kernel : of (features, words)
    bias : (words,)
    shifts : (words,), optional
        Added to the logits of all words but the target.
    """
    cross_entropy = reference_softmax_cross_entropy if run.backend == "reference" else softmax_cross_entropy
    features, words = kernel.value.shape
    out = Learned(
        np.empty(len(x), x.dtype), np.empty_like(x), np.zeros((words, features), x.dtype), np.zeros(words, x.dtype)
    )
    for begin in range(0, len(x), BLOCK):
        part = slice(begin, begin + BLOCK)
        logits = multiply(x[part], kernel.forward, bias)
        out.losses[part], d = cross_entropy(logits, targets[part], counts[part], shifts)
        out.dx[part] = multiply(d, kernel.backward)
        add_outers(d, out.kernel, d, NO_NUMBERS, out.kernel[:0], x[part], 0, len(d), 0, features)
        add_rows_up(d, 0, len(d), out.bias)
    return out
