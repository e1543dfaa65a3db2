"""GloVe in readable NumPy (Pennington, Socher & Manning 2014): what is minimized, its derivatives, the way down.

    J = sum_ij f(X_ij) (w_i . c_j + b_i + d_j - log X_ij)^2                                    (the paper's equation 8)
    f(x) = (x / x_max)^alpha where x < x_max, else 1                                           (equation 9)

X_ij is how often the word j stands near the word i, w_i the vector of a word, c_j that of a context, b_i and d_j their
biases; where X_ij is 0 so is f, and the term. The sum is over the entries that are left, each one's cost half its term,
as in Stanford's program, so that the derivative has no factor 2.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Weights", "costs", "costs_backward", "train_entries", "weigh"]

Array = NDArray[Any]


class Weights(NamedTuple):
    """words, contexts : (words, features), w and c; word_biases, context_biases : (words,), b and d."""

    words: Array
    contexts: Array
    word_biases: Array
    context_biases: Array


def weigh(x: ArrayLike, x_max: float, alpha: float) -> Array:
    """f(x), equation 9."""
    x = np.asarray(x)
    return np.where(x < x_max, (x / x_max) ** alpha, 1.0)


def _differences(at: Weights, rows: Array, columns: Array, logs: Array) -> Array:
    products = (at.words[rows] * at.contexts[columns]).sum(axis=1)
    differences: Array = products + at.word_biases[rows] + at.context_biases[columns] - logs
    return differences


def costs(at: Weights, rows: Array, columns: Array, logs: Array, weights: Array) -> Array:
    """Half of each entry's term of J, (n,). rows, columns : (n,) ids; logs, weights : (n,), log X_ij and f(X_ij)."""
    each: Array = 0.5 * weights * _differences(at, rows, columns, logs) ** 2
    return each


def costs_backward(at: Weights, rows: Array, columns: Array, logs: Array, weights: Array) -> Weights:
    """Derivatives of the sum of `costs`."""
    weighted = weights * _differences(at, rows, columns, logs)
    back = Weights(*(np.zeros_like(value) for value in at))
    np.add.at(back.words, rows, weighted[:, None] * at.contexts[columns])
    np.add.at(back.contexts, columns, weighted[:, None] * at.words[rows])
    np.add.at(back.word_biases, rows, weighted)
    np.add.at(back.context_biases, columns, weighted)
    return back


def train_entries(
    rows: Array,
    columns: Array,
    logs: Array,
    weights: Array,
    words: Array,
    contexts: Array,
    word_biases: Array,
    context_biases: Array,
    rate: Any,
) -> float:
    """AdaGrad (Duchi, Hazan & Singer 2011), entry by entry; give the sum of their costs, each before its step.

    Twin of `kernels.glove.train_entries`; see there for the arrays. As in Stanford's program AdaGrad's sums begin at 1
    and add up the squares of the steps, that is of the derivatives times the rate.
    """
    total = 0.0
    for i, j, log, weight in zip(rows, columns, logs, weights, strict=True):
        w, c = words[i, 0].copy(), contexts[j, 0].copy()
        difference = (w * c).sum() + word_biases[i, 0] + context_biases[j, 0] - log
        total += 0.5 * float(weight * difference) * float(difference)
        step = rate * (weight * difference)
        _adagrad(words[i], step * c)
        _adagrad(contexts[j], step * w)
        _adagrad(word_biases[i], step)
        _adagrad(context_biases[j], step)
    return total


def _adagrad(parameter: Array, steps: Array) -> None:
    """Move a parameter. parameter : (2, ...), its values and AdaGrad's sums."""
    parameter[0] -= steps / np.sqrt(parameter[1])
    parameter[1] += steps * steps
