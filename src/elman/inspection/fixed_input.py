"""A network without recurrence, beside a recurrent one: what a fixed number of inputs costs.

Such a network reads all words of a text at once, each at inputs of its own: 15 for 3 words of 5 numbers. So another
length does not fit, and, the true loss, positions share nothing: what is learned of a word at one place is not
known at the next (`shifted_phrases.py` measures it). A recurrent layer reads every word with the same weights. This is
where Elman (1990), "Finding Structure in Time", begins: laid out in space, patterns that differ in their place alone
have nothing in common.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import check_flag, check_positive
from ..engine import Dense, Input, Network, OneHot, Pooling, SimpleRNN
from ..errors import InputError
from ..sequences import Sequences

__all__ = ["LengthCounts", "count_by_length", "fixed_input_network", "one_shot"]


def fixed_input_network(
    words: int, features: int, hidden: int = 3, random_state: int = 0, dtype: str = "float64"
) -> Network:
    """Build a network that reads exactly so many words, all at once: inputs, a hidden layer with tanh, a sigmoid.

    It is made of the engine's own layers: the whole text is the vector of a single time step. `one_shot` gives
    texts as it reads them.

    Parameters
    ----------
    words : int
        Words of a text.
    features : int
        Numbers a word; the size of the vocabulary if words are one-hot.
    hidden : int
        Units of the hidden layer.
    random_state : int
        Seed of the weights.
    dtype : "float32" or "float64"

    Raises
    ------
    InputError
        An argument is not a positive integer, or the dtype another one.

    Examples
    --------
    >>> fixed_input_network(3, 5).summary()
    input    Input -> (time, 15)
    dense    Dense -> (time, 3)
               15*3 + 3 = 48 to the output
    pooling  Pooling -> (3)
    dense_1  Dense -> (1)
               3*1 + 1 = 4 to the output
    total    52 parameters
    """
    check_positive("words", words)
    check_positive("features", features)
    layers = [Input(words * features), Dense(hidden, "tanh"), Pooling("last"), Dense(1, "sigmoid")]
    return Network(layers, random_state, dtype)


def one_shot(rows: Any, words: int, features: int, pad: bool = False) -> NDArray[np.float64]:
    """Give texts as a network built for `words` words reads them: the words' vectors joined to one.

    Parameters
    ----------
    rows : list of (time,) ids, which become one-hot vectors; list of (time, features) vectors; or Sequences
    words : int
        Words that the network was built for.
    features : int
        Numbers a word.
    pad : bool
        Whether a shorter text is filled up with zeros. A longer one is never cut.

    Returns
    -------
    (rows, 1, words * features) float64
        A single time step a text.

    Raises
    ------
    InputError
        A text of another length, or a longer one with `pad`; words of other widths, or ids beyond `features`.

    Examples
    --------
    The lecture's third review does not fit the network that was built for the first one:

    >>> movie, was, good, bad, not_ = range(5)
    >>> one_shot([[movie, was, good]], words=3, features=5).shape
    (1, 1, 15)
    >>> one_shot([[movie, was, not_, good]], words=3, features=5)
    Traceback (most recent call last):
    elman.errors.InputError: row 0 has 4 words of 5 numbers, 20 inputs, but the network was built for 3*5 = 15: ...
    >>> one_shot([[movie, was, good], [movie, was, not_, good]], words=4, features=5, pad=True).shape
    (2, 1, 20)
    """
    check_positive("words", words)
    check_positive("features", features)
    check_flag("pad", pad)
    sequences = Sequences.coerce(rows)
    vectors = _vectors(sequences, features)
    _check_lengths(sequences.lengths, words, features, pad)
    dense, _ = Sequences(vectors, sequences.offsets).to_dense(time=words)
    return np.asarray(dense.reshape(len(sequences), 1, words * features))


def _vectors(sequences: Sequences, features: int) -> NDArray[np.float64]:
    values = sequences.values
    if sequences.features is None:
        wrong = values[(values < 0) | (values >= features)]
        if len(wrong):
            raise InputError(f"ids must be 0 to {features - 1}, one for each of {features} features, got {wrong[0]}")
        vectors = np.zeros((len(values), features))
        vectors[np.arange(len(values)), values] = 1
        return vectors
    if sequences.features != features:
        raise InputError(f"words must have {features} numbers each, got {sequences.features}")
    return values.astype(np.float64)


def _check_lengths(lengths: NDArray[np.int64], words: int, features: int, pad: bool) -> None:
    wrong = np.flatnonzero(lengths > words if pad else lengths != words)
    if len(wrong) == 0:
        return
    length, longest = int(lengths[wrong[0]]), max(words, int(lengths.max()))
    raise InputError(
        f"row {wrong[0]} has {length} words of {features} numbers, {length * features} inputs, but the network was "
        f"built for {words}*{features} = {words * features}: it reads all words at once, so another length is another "
        f"network. Build it for {longest} words and give pad=True, or take a recurrent layer, which reads word by word"
    )


@dataclass(frozen=True)
class LengthCounts:
    """Parameters of both networks for texts of so many words."""

    words: int
    fixed: int
    recurrent: int


def count_by_length(lengths: Iterable[int], features: int = 5, hidden: int = 3) -> list[LengthCounts]:
    """Count the parameters of a network with fixed inputs and of a recurrent one, as texts become longer.

    Parameters
    ----------
    lengths : words of a text, one or more numbers
    features, hidden : int
        Numbers a word, and units of the hidden layer of both.

    Raises
    ------
    InputError
        A number is not a positive integer.

    Examples
    --------
    >>> for count in count_by_length([1, 3, 4, 100]):
    ...     print(count.words, count.fixed, count.recurrent)
    1 22 31
    3 52 31
    4 67 31
    100 1507 31
    """
    recurrent = Network([OneHot(features), SimpleRNN(hidden), Dense(1, "sigmoid")]).count_params()
    return [
        LengthCounts(words, fixed_input_network(words, features, hidden).count_params(), recurrent) for words in lengths
    ]
