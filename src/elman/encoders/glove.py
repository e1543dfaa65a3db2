"""GloVe: vectors of words from how often they stand near each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..checks import check_positive, is_number
from ..engine import random
from ..engine.parallel import check_threads
from ..errors import InputError, ModelFolderError
from ._cooccurrence import LONGEST_WINDOW, count_cooccurrences
from ._encoder import Array
from ._glove_training import Parameters, block_entries, train_epoch
from ._vector_encoder import VectorEncoder

__all__ = ["GloVe"]


@dataclass(kw_only=True, eq=False, repr=False)
class GloVe(VectorEncoder):
    """Vectors such that w_i . c_j + b_i + d_j is near log X_ij (Pennington, Socher & Manning 2014, equation 8).

    X_ij is how often the words i and j stand near each other, each time 1/d for a distance of d words. A word's vector
    is the sum of what it learned as a word and as a context. The method, its defaults and its AdaGrad are those of
    Stanford's program, but the bits do not depend on the number of threads.

    Parameters
    ----------
    dimensions : int
        Features of a vector.
    window : int
        Words to either side, from 1 to 20, that count as near. Unknown ones are left out first, and keep no distance.
    x_max, alpha : float
        A pair weighs (X_ij / x_max)^alpha, 1 from x_max on (equation 9).
    learning_rate : float
        AdaGrad's, at the beginning.
    epochs : int
        How often each pair is learned from.
    memory_mb : int
        MiB for counting, 4 and more; what does not fit is sorted in a temporary folder. Changes no bit. Learning takes
        18 bytes a pair that occurs, either way round, 16 a word and feature, and about 50 MiB.

    Fitted: `vocabulary_`, `vectors_`, and `losses_`, for each epoch the mean cost of its pairs, f(X) (w . c + b + d -
    log X)^2 / 2, each before its step, as Stanford's program prints it.

    Examples
    --------
    >>> texts = ["the movie was good", "the film was good", "the movie was bad", "the film was bad"]
    >>> encoder = GloVe(dimensions=5, epochs=3).fit(texts)
    >>> encoder.transform(["good film"])[0].shape
    (2, 5)
    >>> encoder.losses_[0] > encoder.losses_[1] > encoder.losses_[2]
    True
    """

    dimensions: int = 100
    window: int = 10
    x_max: float = 100.0
    alpha: float = 0.75
    learning_rate: float = 0.05
    epochs: int = 25
    memory_mb: int = 512

    losses_: list[float] = field(init=False)

    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""
        super().check_params()
        for name in ("dimensions", "window", "epochs", "memory_mb"):
            check_positive(name, getattr(self, name))
        for name in ("x_max", "learning_rate", "alpha"):
            _check_positive_number(name, getattr(self, name))
        if self.window > LONGEST_WINDOW:
            raise InputError(f"window must be at most {LONGEST_WINDOW}, so that counts are exact, got {self.window}")
        if self.memory_mb < 4:
            raise InputError(f"memory_mb must be 4 or more, got {self.memory_mb}")

    def _learn(self, tokens: list[list[str]]) -> None:
        self.vocabulary_ = self._learn_vocabulary(tokens)
        words, dimensions, seed = len(self.vocabulary_), int(self.dimensions), int(self.random_state)
        threads = check_threads(self.threads)
        pairs = count_cooccurrences(self.numbers(tokens), words, int(self.window), int(self.memory_mb))
        shuffle = random.derive(seed, "entries")
        blocks = block_entries(pairs, float(self.x_max), float(self.alpha), shuffle, threads)
        parameters = Parameters.draw(words, dimensions, seed)
        rate = float(self.learning_rate)
        self.losses_ = [
            train_epoch(blocks, parameters, rate, seed, epoch, threads) for epoch in range(1, int(self.epochs) + 1)
        ]
        self.vectors_ = parameters.vectors(dimensions)

    def facts(self) -> dict[str, Any]:
        """Give the losses."""
        return {"losses": self.losses_}

    def _restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        super()._restore(arrays, facts)
        losses = facts.get("losses")
        if not isinstance(losses, list) or not all(is_number(loss) and np.isfinite(loss) for loss in losses):
            raise ModelFolderError(f"losses must be numbers, got {losses!r:.80}")
        self.losses_ = [float(loss) for loss in losses]


def _check_positive_number(name: str, value: Any) -> None:
    if not (is_number(value) and 0 < value < np.inf):
        raise InputError(f"{name} must be a positive number, got {value!r:.80}")
