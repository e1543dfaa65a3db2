"""Twins of a recurrent model: the same settings on the same rows, but without a memory, or with words in any order."""

from collections.abc import Sequence
from typing import Any

from ..encoders import Doc2Vec, ELMo, Encoder, MeanOfVectors, PublishedELMo
from ..errors import InputError
from ..estimators import SequenceClassifier, TextClassifier
from ..estimators._encoding import EMBEDDING

__all__ = ["bag_of", "check_has_twins", "deep_bag_of", "untrained"]

READS_ORDER = ("doc2vec", "elmo")
"""Encoders by name whose vectors hang on the order of the words, even with nothing recurrent above."""
MEMORY = ("units", "bidirectional", "merge", "go_backwards", "reset_after", "initial_state", "activation")
"""Settings that a network without memory has no use for."""
EPOCHS = 2
"""So many times as many has the bag with a hidden layer."""


def check_has_twins(model: Any) -> None:
    """Raise InputError for what no audit can be made of, with the reason."""
    if not isinstance(model, (TextClassifier, SequenceClassifier)):
        raise InputError(
            f"an audit needs a TextClassifier or SequenceClassifier, which gives a text one label, got a "
            f"{type(model).__name__}: what stands at a word, or comes next, hangs on its neighbours in any case"
        )
    if isinstance(model, SequenceClassifier) and (model.return_sequences or model.network is not None):
        raise InputError(
            "an audit needs one label a row, and a network that is built by settings, which its twins share: leave "
            "return_sequences and network out"
        )
    model.check_params()
    if model.layers == 0:
        raise InputError("an audit needs a model that reads order, got one with layers=0, which has no memory")


def untrained(model: Any, **changed: Any) -> Any:
    """Give an estimator with the same settings, but for these."""
    twin = type(model)(**model.get_params(deep=False))
    return twin.set_params(report=None, **changed)


def bag_of(model: Any, **changed: Any) -> Any:
    """Give the twin without memory: the mean of the words' vectors goes to the answer.

    An encoder that reads order by itself has the model's own embedding in its place.
    """
    plain = {name: getattr(type(model), name) for name in MEMORY}
    changed = {"layers": 0, "pooling": "mean", **plain, **changed}
    if reads_order(getattr(model, "encoder", None)):
        changed["encoder"] = EMBEDDING
        changed |= {"frozen": False} if model.vectors is None else {}
    return untrained(model, **changed)


def deep_bag_of(model: Any) -> Any:
    """Give the twin of a fitted model without memory whose words go together as they like: their vectors' mean and
    largest features, and a dense layer as wide as the recurrent one below those that the model has.

    It has about as many weights as one recurrent layer, and it tells what hangs on several words, whatever their order.
    An epoch takes it about half as long, and it has twice as many: with fewer it has often not begun to learn such
    things where the recurrent network has (benchmarks/audit.py).
    """
    widths: Sequence[int] = model.units if isinstance(model.units, (list, tuple)) else (model.units,)
    own = model.hidden if isinstance(model.hidden, (list, tuple)) else (model.hidden,)
    hidden = (widths[-1], *(width for width in own if width))
    return bag_of(model, pooling=("mean", "max"), hidden=hidden, epochs=EPOCHS * model.epochs_)


def reads_order(encoder: Any) -> bool:
    """Tell whether the vectors of an encoder hang on the order of the words."""
    if isinstance(encoder, MeanOfVectors):
        return reads_order(encoder.encoder)
    if isinstance(encoder, Encoder):
        return isinstance(encoder, (Doc2Vec, ELMo, PublishedELMo))
    return encoder in READS_ORDER
