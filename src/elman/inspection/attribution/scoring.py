"""`attribute`: what each word of a text did to an answer, by one of four methods."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import check_choice
from ...engine.layers import Input
from ...engine.one_logit import OneLogit
from ...engine.parallel import check_threads
from ...errors import InputError
from ...estimators.reading import OF_NUMBERS, read, read_tokens
from .answers import Answer, answer_to
from .gradients import gradient_times_input, integrated_gradients
from .leaving_out import left_out, left_out_anew, replaced_by_unknown
from .prefixes import after_each, after_each_anew
from .result import METHODS, Attribution
from .rows import of_places, unknown_row

__all__ = ["BASELINES", "attribute", "reads_prefixes_anew"]

BASELINES = ("zero", "unknown")
INTEGRATED = "integrated-gradients"
TOLERANCE = 0.01
"""Share of what integrated gradients have to explain that their sum may miss, unless they are told otherwise."""


class _Settings(NamedTuple):
    """Of integrated gradients."""

    baseline: str | None
    steps: int | None
    tolerance: float | None


class _Scored(NamedTuple):
    """What a method gives; for the fields see `Attribution`. exact : whether base and scores should add up."""

    scores: NDArray[np.float64]
    base: float
    exact: bool = False
    steps: int | None = None
    baseline: str | None = None


def attribute(
    model: Any,
    text: Any,
    method: str | None = None,
    answer: Any = None,
    about: Any = None,
    position: int | None = None,
    baseline: str | None = None,
    steps: int | None = None,
    tolerance: float | None = None,
    tokens: Any = None,
) -> Attribution:
    """Say what each word of a text did to the logit of an answer.

    "telescoping": how the logit changes as the word is read. The scores add up to what all words did, exactly where
    arithmetic is; what a word says hangs on those before it alone.

    "leave-one-out": the logit less that of the text without the word. Where each word has an answer, the unknown word
    stands in its place, so that the answer that is explained keeps its own.

    "gradient-x-input": x_t . d logit / d x_t, where x_t is what the first layer makes of the word, such as the sum of
    its own vector and those of its affixes.

    "integrated-gradients": the same gradient, in the mean along the way from a baseline to the text (Sundararajan, Taly
    & Yan 2017, "Axiomatic Attribution for Deep Networks", eq. 1), by `steps` midpoints. The scores of an exact integral
    add up to the logit less that of the baseline; how much these miss is `error`.

    Parameters
    ----------
    model : TextClassifier, Tagger, SequenceClassifier or TextGenerator, fitted; or a Network
    text : what `elman.estimators.reading.read` takes
    method : str, optional
        One of the four above; by default telescoping, or leave-one-out where telescoping has no meaning: where each
        word has an answer, and where the network reads one vector of all words.
    answer : optional
        Whose logit: a class, a tag, the next word; by default the likeliest.
    about : optional
        Label that leads the text, of a language model that was trained with labels.
    position : int, optional
        Which word's answer, from 0: needed where each word has one. Of a language model, the word that is predicted
        from those before it, which is then the answer by default; by default the one that follows the text.
    baseline : "zero" or "unknown", optional
        Where integrated gradients begin: zero vectors, the default, or the text made of unknown words.
    steps : int, optional
        Of the integral; by default doubled, from 16 to 1,024 at most, until `error` is within `tolerance`.
    tolerance : float, optional
        Share of the difference of the two logits that `error` may be; 0.01 by default.
    tokens : names for a row of numbers, see `read`

    Returns
    -------
    Attribution

    Raises
    ------
    InputError
        What the model cannot read; an answer, position or method that it does not have; settings of another method; a
        logit that is not finite.
    NotFittedError

    Notes
    -----
    Cost, in readings of the text of T words. Telescoping: one; under a pooling T / 2 poolings besides; T / 2 where a
    layer reads from the end. Leave-one-out: T / 2, from states that are kept; T where a layer reads from the end.
    Gradients: about three; integrated, as many times `steps`. Rows are read in groups, so that memory stays bounded.
    An encoder that makes one vector of a text makes it anew for each text without a word.

    Examples
    --------
    >>> import elman
    >>> from elman.inspection import attribute
    >>> texts = ["movie was good", "movie was bad", "movie was not good"]
    >>> model = elman.TextClassifier(pooling="last", epochs=100, batch_size=3).fit(texts, ["good", "bad", "bad"])
    >>> found = attribute(model, "movie was not good", "leave-one-out")
    >>> found.answer, found.tokens[int(found.scores.argmax())]
    ('bad', 'not')
    >>> found = attribute(model, "movie was not good", "telescoping")
    >>> bool(found.base + found.scores.sum() == found.logit)
    True
    """
    settings = _Settings(baseline, steps, tolerance)
    if method is not None:
        check_choice("method", method, tuple(METHODS))
    asked = answer_to(model, read(model, text, about, tokens), answer, about, position)
    method = method or next(each for each in METHODS if _fault(asked, each) is None)
    _check(method, settings)
    _check_defined(asked, method)
    logit = OneLogit.of(
        asked.reading.network, asked.column, asked.place, check_threads(getattr(model, "threads", None))
    )
    value = float(logit.values(asked.reading.sequences)[0])
    _check_finite(value)
    with np.errstate(over="ignore", invalid="ignore"):
        found = _SCORES[method](asked, logit, value, settings)
    _check_finite(found.base, found.scores)
    sign = asked.sign
    return Attribution(
        reading=asked.reading,
        scores=sign * found.scores + 0.0,  # without a minus before nothing
        answer=asked.answer,
        probability=asked.probability,
        logit=sign * value + 0.0,
        base=sign * found.base + 0.0,
        method=method,
        error=float(abs(found.base + found.scores.sum() - value)) if found.exact else None,
        position=asked.position,
        lead=asked.lead,
        steps=found.steps,
        baseline=found.baseline,
        replaced=method == "leave-one-out" and asked.place is not None,
    )


def reads_prefixes_anew(model: Any, text: Any) -> bool:
    """Tell whether telescoping would read each beginning of a text by itself, time / 2 times as much work as the text.

    So it is where a layer reads from the end, and where an encoder makes other vectors of each beginning.
    """
    asked = answer_to(model, read(model, text), None, None, None)
    return _made_before(asked) or OneLogit.of(asked.reading.network, asked.column).reads_prefixes_anew


def _check(method: str, settings: _Settings) -> None:
    for name, value in settings._asdict().items():
        if value is not None and method != INTEGRATED:
            raise InputError(f"{name}={value!r:.60} has no effect with method={method!r}: leave {name} out")
    baseline, steps, tolerance = settings
    if baseline is not None:
        check_choice("baseline", baseline, BASELINES)
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 1):
        raise InputError(f"steps must be a positive integer, got {steps!r:.60}")
    if steps is not None and tolerance is not None:
        raise InputError("tolerance has no effect beside steps: leave one of the two out")
    if tolerance is not None and not (isinstance(tolerance, (int, float)) and 0 < tolerance < 1):
        raise InputError(f"tolerance must be a number between 0 and 1, got {tolerance!r:.60}")


def _check_finite(*values: ArrayLike) -> None:
    if not all(np.isfinite(value).all() for value in values):
        raise InputError(
            "the logit of this text, or of a part of it, is beyond all numbers, so no word has a share in it: train "
            "the model with a lower learning_rate or clip_norm"
        )


def _check_defined(asked: Answer, method: str) -> None:
    """Raise InputError, with the reason, where a method has no meaning for a model."""
    fault = _fault(asked, method)
    if fault is not None:
        raise InputError(f"{fault}: take leave-one-out")


def _fault(asked: Answer, method: str) -> str | None:
    """Say why a method has no meaning for a model; None where it has one."""
    reading = asked.reading
    if method == "leave-one-out":
        return None
    if not reading.by_token:
        what = "are read as they come" if method == "telescoping" else "have vectors of their own"
        return f"{method} is of words that {what}, but this model makes one vector of all words at once"
    if method == "telescoping":
        own = "telescoping follows one answer through the text, but each word has its own here"
        return None if asked.place is None else own
    beside = f"{method} is of the words' vectors, but this model reads one of all words at once beside them"
    return beside if reading.as_a_whole else None


def _telescoping(asked: Answer, logit: OneLogit, value: float, settings: _Settings) -> _Scored:
    if _made_before(asked):
        values = after_each_anew(logit, asked.model, asked.reading)
    else:
        values = after_each(logit, asked.reading.sequences)
    return _Scored(np.diff(values), float(values[0]), exact=True)


def _leave_one_out(asked: Answer, logit: OneLogit, value: float, settings: _Settings) -> _Scored:
    row = asked.reading.sequences
    if asked.place is not None:
        values = replaced_by_unknown(logit, row)
    elif _made_before(asked):
        values = left_out_anew(logit, asked.model, asked.reading)
    else:
        values = left_out(logit, row)
    return _Scored(value - values, _without_words(asked, logit))


def _gradient_times_input(asked: Answer, logit: OneLogit, value: float, settings: _Settings) -> _Scored:
    return _Scored(gradient_times_input(logit, asked.reading.sequences), _without_words(asked, logit))


def _integrated_gradients(asked: Answer, logit: OneLogit, value: float, settings: _Settings) -> _Scored:
    baseline, tolerance = settings.baseline or BASELINES[0], settings.tolerance or TOLERANCE
    if baseline == "unknown" and isinstance(logit.network.layers[0], Input):
        raise InputError("rows of numbers have no unknown word: leave baseline out, which is zero vectors then")
    found = integrated_gradients(logit, asked.reading.sequences, baseline, settings.steps, tolerance)
    return _Scored(found.scores, found.base, exact=True, steps=found.steps, baseline=baseline)


_SCORES: dict[str, Callable[[Answer, OneLogit, float, _Settings], _Scored]] = {
    "telescoping": _telescoping,
    "leave-one-out": _leave_one_out,
    "gradient-x-input": _gradient_times_input,
    INTEGRATED: _integrated_gradients,
}


def _made_before(asked: Answer) -> bool:
    """Tell whether an encoder makes vectors of the whole text before the network, so that each text is encoded anew."""
    vectors = asked.reading.sequences.features is not None and not isinstance(asked.model, OF_NUMBERS)
    return asked.reading.as_a_whole or vectors


def _without_words(asked: Answer, logit: OneLogit) -> float:
    """Give the logit of the empty text; where a word's answer is explained, of as many unknown words."""
    row = asked.reading.sequences
    if _made_before(asked) and asked.place is None:
        return float(logit.values(read_tokens(asked.model, [[]]))[0])
    nothing = (
        of_places(row, [np.empty(0, np.int64)]) if asked.place is None else unknown_row(row, logit.network.layers[0])
    )
    return float(logit.values(nothing)[0])
