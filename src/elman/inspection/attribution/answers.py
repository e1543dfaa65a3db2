"""Which answer of a model to a text is explained, and which logit it is."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...estimators import TextGenerator
from ...estimators.reading import Reading, read_tokens, tokens_of
from ...text import UNKNOWN
from ..labels import one_of
from ..trace import check_answers_in_order

__all__ = ["Answer", "answer_to"]


@dataclass(frozen=True, eq=False)
class Answer:
    """One answer of a model to a text.

    reading : the text, up to the word that is predicted where the model is a language model
    column, sign : which logit it is, and -1 where it is minus that one, as of the first of two classes
    place : number of the time step that answers; None where the answer comes after the last one
    position : number of the word whose answer it is, from 0, where it was asked for
    lead : tokens that stand before the text's own
    probability : of the answer; None where the last layer gives numbers
    """

    model: Any
    reading: Reading
    answer: Any
    column: int
    sign: int
    place: int | None
    position: int | None
    lead: int
    probability: float | None


def answer_to(model: Any, reading: Reading, answer: Any, about: Any, position: int | None) -> Answer:
    """Find the answer that is asked for; see `attribute`. Raises InputError for one that the model does not have."""
    place, lead = position, 0
    if isinstance(model, TextGenerator):
        place, lead = None, len(tokens_of(model, "", about))
        if position is not None:
            reading, came = _before(model, reading, lead, position)
            answer = came if answer is None else answer
    elif reading.answers_every_step:
        check_answers_in_order(reading)
        _check_position(position, len(reading.tokens))
    elif position is not None:
        raise InputError(f"position={position!r:.60} has no effect on a model that answers once: leave position out")
    p = _outputs(reading, place)
    answers, head = reading.answers, reading.network.head
    if head.activation not in ("sigmoid", "softmax"):
        answers = answers[: head.units]
    number = int(p.argmax()) if answer is None else _number(answer, answers)
    one = head.activation == "sigmoid" and head.units == 1
    column, sign = (0, 1 if number else -1) if one else (number, 1)
    probability = float(p[number]) if head.activation in ("sigmoid", "softmax") else None
    return Answer(model, reading, answers[number], column, sign, place, position, lead, probability)


def _check_position(position: Any, words: int) -> None:
    if not words:
        raise InputError("each word has an answer, but the text has no word to explain")
    whole = isinstance(position, (int, np.integer)) and not isinstance(position, bool)
    if not whole or not 0 <= position < words:
        raise InputError(
            f"position must say which word's answer is explained, from 0 to {words - 1}, got {position!r:.60}"
        )


def _before(model: TextGenerator, reading: Reading, lead: int, position: int) -> tuple[Reading, str]:
    """Give what a language model reads before a word of the text, and that word as it can predict it."""
    _check_position(position, len(reading.tokens) - lead)
    end = lead + int(position)
    came = reading.tokens[end] if reading.known[end] else UNKNOWN
    tokens = reading.tokens[:end]
    sequences = read_tokens(model, [list(tokens)])
    return replace(reading, tokens=tokens, known=reading.known[:end], sequences=sequences), came


def _number(answer: Any, answers: tuple[Any, ...]) -> int:
    for number, known in enumerate(answers):
        if known == answer:
            return number
    raise InputError(f"answer must be {one_of(map(str, answers))}, got {answer!r:.80}")


def _outputs(reading: Reading, place: int | None) -> NDArray[Any]:
    """Give the probabilities of all answers, (answers,), as the model gives them; numbers of a last layer without."""
    network, row = reading.network, reading.sequences
    if not reading.answers_every_step:
        p = network.predict(row)[0]
    elif place is None:
        logits, _ = network.advance(row)
        p = network.activate(logits)[0]
    else:
        p = network.predict(row).values[place]
    binary = network.head.activation == "sigmoid" and len(p) == 1
    return np.concatenate([1 - p, p]) if binary else np.asarray(p)
