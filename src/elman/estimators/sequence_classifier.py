"""SequenceClassifier: classes of numeric sequences, in scikit-learn's manner."""

import copy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import check_choice, check_flag, check_positive
from ..engine.layers import Embedding, Input, Layer
from ..engine.network import Network
from ..errors import InputError
from ..sequences import Sequences
from ._checks import check_sequences, check_step_labels
from ._classifier import Classifier
from ._layers import fits_classes

__all__ = ["SequenceClassifier"]

LARGEST_ID = 2**24 - 1
"""A table of so many vectors of the default width takes 4 GiB; an id beyond is one that nobody has counted."""


@dataclass(kw_only=True, eq=False, repr=False)
class SequenceClassifier(Classifier):
    """Train a recurrent network on sequences of vectors, or of ids.

    Parameters
    ----------
    network : Network, optional
        Training starts from a copy of it. By default one is built: Input, or an Embedding for ids, recurrent
        layers, Pooling, Dense.
    cell, units, layers, bidirectional, merge, go_backwards, activation, reset_after, initial_state, recurrent_gain
        The recurrent layers: "simple-rnn", "gru" or "lstm", a width or one for each layer, how many (0 makes a
        network without memory), direction and how two become one, details; see docs/networks.md.
    pooling : "last", "max", "mean", "attention", or several
        How the top layer's states become one vector. "last" alone is the state after all words, of each direction.
    hidden : int, or several
        Widths of dense layers with tanh below the answer; 0 for none.
    embedding_dim, word_dropout
        For ids: width of their vectors, share of them that training replaces by the unknown word.
    input_dropout, dropout, shared_dropout
        Share of silent features while training: of the vectors that are read, of the outputs of each recurrent
        layer and the pooling; whether they are silent at all time steps of a row or at none.
    return_sequences : bool
        Answer at every time step: `y` is a list of (time,) labels, and `predict` gives one.
    truncation : int, optional
        With an answer at every time step: train on pieces of at most so many time steps, an update each, the
        state carried over (truncated backpropagation through time).
    dtype : "float32", "float64", optional
        What a network that is built computes in; by default as the numbers of `x` are, float32 for ids.
    epochs, batch_size, learning_rate, schedule, clip_norm
        Adam's passes over the data at most ("auto": 20, for few rows so many that there are 320 updates), rows an
        update, peak rate, its course ("linear", "constant"), the global norm that gradients are brought down to.
    weight_averaging : bool
        Keep an average of the weights over about the last two epochs (Polyak averaging) instead of the last ones.
    class_weight : None, "balanced", or dict by label
    early_stopping : bool or "auto"
        Hold back `validation_fraction` of the rows, keep the epoch that does best on them, stop `patience`
        epochs after it, with more than 20 epochs by "auto" as much longer. "auto": from 1,000 rows on.
    refit : bool or "auto"
        Where a part was held back, train anew on all rows for as many epochs as did best. "auto": up to 10,000 rows.
    random_state : int
        Seed of weights, order and dropout.
    threads : int, optional
        As many as there are processors by default; changes no bit.
    report : callable, optional
        Called with a `Progress` after each batch.

    Fitted: `epochs_`, as "auto" was settled; `classes_`, `network_`, `history_`, `seconds_`, and for numbers
    `n_features_in_`.

    Notes
    -----
    `x` is a list of arrays, `Sequences`, or an array. (rows, time, features) are vectors; with one value a time
    step, (rows, time) or a list of (time,), the dtype decides: integers are ids, floats are numbers. A 2-D array
    of numbers is a table, and `predict` takes tables of as many columns only; rows of other lengths are a list.

    Examples
    --------
    The lecture's three reviews, one-hot encoded:

    >>> eye = np.eye(5)
    >>> reviews = [eye[[0, 1, 2]], eye[[0, 1, 3]], eye[[0, 1, 4, 2]]]
    >>> model = SequenceClassifier(units=3, epochs=300, learning_rate=0.05).fit(reviews, [1, 0, 0])
    >>> model.predict(reviews).tolist()
    [1, 0, 0]

    A label for each time step, here whether an id came before:

    >>> x = [[0, 1, 0, 0], [2, 2, 1], [1, 0, 1, 0, 2]]
    >>> y = [[0, 0, 1, 1], [0, 1, 0], [0, 0, 1, 1, 0]]
    >>> model = SequenceClassifier(cell="gru", units=16, return_sequences=True, epochs=200, learning_rate=0.02)
    >>> [row.tolist() for row in model.fit(x, y).predict(x)] == y
    True
    """

    network: Network | None = field(default=None, kw_only=False)
    return_sequences: bool = False
    truncation: int | None = None
    dtype: str | None = None

    n_features_in_: int = field(init=False)

    def check_params(self) -> None:
        super().check_params()
        if self.dtype is not None:
            check_choice("dtype", self.dtype, ("float32", "float64"))
        check_flag("return_sequences", self.return_sequences)
        if self.truncation is not None:
            check_positive("truncation", self.truncation)
        if not isinstance(self.network, (Network, type(None))):
            raise InputError(f"network must be a Network or None, got {self.network!r:.80}")
        if self.network is not None:
            self._check_beside_network(self.network)
        elif self.return_sequences and self.go_backwards:
            raise InputError(
                "return_sequences=True goes with go_backwards=False: outputs would stand in the order of reading; "
                "take bidirectional=True to know what comes after"
            )

    def _check_beside_network(self, network: Network) -> None:
        given = [*self._changed(), *(["dtype"] if self.dtype is not None else [])]
        if given:
            raise InputError(
                f"{given[0]}={getattr(self, given[0])!r:.60} has no effect on a network that is given: leave it out, "
                "or build the network with it"
            )
        if self.return_sequences and not network.shapes[-1].sequence:
            raise InputError("return_sequences=True needs a network whose last layer reads a sequence: no pooling")

    def without_use(self) -> dict[str, str]:
        if not self.return_sequences:
            return super().without_use()
        pooling = "with return_sequences=True, where every time step has its own answer: leave one of the two out"
        return {"pooling": pooling, **super().without_use()}

    def _reads(self) -> dict[str, bool]:
        return {"two_d_array": True, "three_d_array": True}

    def _check_rows(self, x: Any, fitting: bool = False) -> Sequences:
        rows, columns = check_sequences(x)
        if fitting:
            self._set_features(rows, columns)
        elif columns not in (None, getattr(self, "n_features_in_", columns)):
            raise InputError(
                f"X has {columns} features, but {type(self).__name__} is expecting {self.n_features_in_} features "
                "as input: give sequences of other lengths than those of training as a list of arrays"
            )
        elif columns is not None and columns > 1 and self._reads_vectors_of(columns):
            raise InputError(f"x of shape {np.shape(x)} is a single row of {columns} features: give [x]")
        return rows

    def _reads_vectors_of(self, columns: int) -> bool:
        network = getattr(self, "network_", self.network)
        return network is not None and network.layers[0] == Input(columns)

    def _set_features(self, rows: Sequences, columns: int | None) -> None:
        """Count features as scikit-learn does: columns of a table, which may be a list, or what a vector is wide."""
        vars(self).pop("n_features_in_", None)  # ids have none
        lengths = rows.lengths
        if columns is None and rows.features == 1 and len(rows) and (lengths == lengths[0]).all():
            columns = int(lengths[0])
        if rows.features is not None:
            self.n_features_in_ = columns or rows.features

    def _check_targets(self, y: Any, rows: Sequences) -> tuple[NDArray[Any], NDArray[np.int64]]:
        if not self._answers_every_step():
            self._refuse_step_labels(y, rows.lengths)
            return super()._check_targets(y, rows)
        return check_step_labels(y, rows.lengths), np.repeat(np.arange(len(rows)), rows.lengths)

    def _refuse_step_labels(self, y: Any, lengths: NDArray[np.int64]) -> None:
        """Raise InputError where labels are as many as time steps, but the network answers once a row."""
        if not isinstance(y, (list, tuple, np.ndarray)) or not all(map(_has_length, y)) or (lengths == 1).all():
            return
        if len(y) == len(lengths) and all(len(row) == length for row, length in zip(y, lengths, strict=True)):
            remedy = (
                "give return_sequences=True"
                if self.network is None
                else "end the network with layers that keep time, without pooling"
            )
            raise InputError(f"y holds a label for each time step, but the network answers once a row: {remedy}")

    def _answers_every_step(self) -> bool:
        network = getattr(self, "network_", self.network)
        return self.return_sequences if network is None else network.shapes[-1].sequence

    def _truncation(self) -> int | None:
        return self.truncation

    def _take(self, rows: Sequences, numbers: NDArray[np.int64]) -> Sequences:
        return rows.take(numbers)

    def _encode(self, rows: Sequences) -> Sequences:
        first = self.network_.layers[0]
        if self.network is not None or not isinstance(first, Embedding) or rows.features is not None:
            return rows
        # Ids above those of training are words that it did not know.
        return replace(rows, values=np.minimum(rows.values, first.input_dim))

    def _prepare(self, rows: Sequences) -> Sequences:
        self.network_ = self._untrained(rows)
        return rows

    def _untrained(self, rows: Sequences) -> Network:
        classes = len(self.classes_)
        if self.network is None:
            layers = [self._first_layer(rows), *self._above(classes, self.return_sequences)]
            return Network(layers, int(self.random_state), self.dtype or _precision(rows))
        if not fits_classes(self.network.layers[-1], classes):
            raise InputError(
                f"labels hold {classes} classes, but the network ends with {self.network.layers[-1]}: end it with "
                + ('Dense(1, "sigmoid")' if classes == 2 else f'Dense({classes}, "softmax")')
            )
        return copy.deepcopy(self.network)

    def _first_layer(self, rows: Sequences) -> Layer:
        if rows.features is None:
            return self._words(_count_ids(rows))
        for name in {"word_dropout", "embedding_dim"}.intersection(self._changed()):
            raise InputError(
                f"{name}={getattr(self, name)!r} goes with ids, but rows are vectors: leave it out; input_dropout "
                "is the dropout of vectors"
            )
        return Input(rows.features)


def _count_ids(rows: Sequences) -> int:
    """Give how many ids there are. Raises InputError for so large ones that a vector for each would fill the memory."""
    largest = int(rows.values.max(initial=0))
    if largest > LARGEST_ID:
        raise InputError(
            f"ids must be {LARGEST_ID:,} at most, got {largest:,}: each number from 0 to it has a vector; "
            "number the ids that come from 0 on, as np.unique(ids, return_inverse=True) does"
        )
    return largest + 1


def _has_length(row: Any) -> bool:
    return isinstance(row, (list, tuple)) or (isinstance(row, np.ndarray) and row.ndim > 0)


def _precision(rows: Sequences) -> str:
    """Compute with numbers as precisely as they are given."""
    return "float64" if rows.values.dtype == np.float64 else "float32"
