"""SequenceClassifier: classes of numeric sequences, in scikit-learn's manner."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.layers import Embedding, Input, Layer
from ..engine.network import Network
from ..errors import InputError
from ..sequences import Sequences
from ..training import Progress
from ._classifier import Classifier, fits_classes
from ._layers import recurrent_layers

__all__ = ["SequenceClassifier"]


class SequenceClassifier(Classifier):
    """Train a recurrent network on sequences of vectors, or of ids.

    Parameters
    ----------
    network : Network, optional
        Training starts from a copy of it. By default one is built: Input, or an Embedding for ids, SimpleRNN
        layers, Pooling, Dense.
    units, layers, recurrent_gain, embedding_dim, pooling, dropout
        Of the network that is built: width and number of the recurrent layers, how strongly their feedback
        starts (see `SimpleRNN`), width of the vectors of ids, how the states are read ("last", "max", "mean",
        or several), share of silent features.
    epochs, batch_size, learning_rate, schedule, clip_norm
        Adam's passes over the data, rows an update, peak rate, its course ("linear", "constant"), the global
        norm that gradients are brought down to.
    weight_averaging : bool
        Keep an average of the weights over about the last epoch (Polyak averaging) instead of the last ones.
    class_weight : None, "balanced", or dict by label
    early_stopping : bool or "auto"
        Hold back `validation_fraction` of the rows, keep the epoch that does best on them, stop `patience`
        epochs after it. "auto": from 100 rows on.
    random_state : int
        Seed of weights, order and dropout.
    threads : int, optional
        As many as there are processors by default; changes no bit.
    report : callable, optional
        Called with a `Progress` after each batch.

    Examples
    --------
    The lecture's three reviews, one-hot encoded:

    >>> eye = np.eye(5)
    >>> reviews = [eye[[0, 1, 2]], eye[[0, 1, 3]], eye[[0, 1, 4, 2]]]
    >>> model = SequenceClassifier(units=3, epochs=300, learning_rate=0.05).fit(reviews, [1, 0, 0])
    >>> model.predict(reviews).tolist()
    [1, 0, 0]
    """

    def __init__(
        self,
        network: Network | None = None,
        *,
        units: int = 64,
        layers: int = 1,
        recurrent_gain: float = 1.0,
        embedding_dim: int = 64,
        pooling: str | Sequence[str] = ("max", "mean"),
        dropout: float = 0.0,
        epochs: int = 20,
        batch_size: int = 64,
        learning_rate: float = 0.002,
        schedule: str = "linear",
        clip_norm: float | None = 1.0,
        weight_averaging: bool = True,
        class_weight: Any = None,
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        patience: int = 5,
        random_state: int = 0,
        threads: int | None = None,
        report: Callable[[Progress], None] | None = None,
    ) -> None:
        self.network = network
        self.units = units
        self.layers = layers
        self.recurrent_gain = recurrent_gain
        self.embedding_dim = embedding_dim
        self.pooling = pooling
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.clip_norm = clip_norm
        self.weight_averaging = weight_averaging
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.threads = threads
        self.report = report

    def _check_rows(self, x: Any) -> Sequences:
        return Sequences.coerce(x)

    def _take(self, rows: Sequences, numbers: NDArray[np.int64]) -> Sequences:
        return rows.take(numbers)

    def _encode(self, rows: Sequences) -> Sequences:
        return rows

    def _prepare(self, rows: Sequences) -> Sequences:
        self.network_ = self._untrained(rows)
        return rows

    def _untrained(self, rows: Sequences) -> Network:
        classes = len(self.classes_)
        if self.network is None:
            above = recurrent_layers(self.units, self.layers, self.recurrent_gain, self.pooling, self.dropout, classes)
            return Network([self._first_layer(rows), *above], random_state=int(self.random_state))
        if not fits_classes(self.network, classes):
            raise InputError(
                f"labels hold {classes} classes, but the network ends with {self.network.layers[-1]}: end it with "
                + ('Dense(1, "sigmoid")' if classes == 2 else f'Dense({classes}, "softmax")')
            )
        return copy.deepcopy(self.network)

    def _first_layer(self, rows: Sequences) -> Layer:
        if rows.features is not None:
            return Input(rows.features)
        return Embedding(int(rows.values.max(initial=0)) + 1, self.embedding_dim)
