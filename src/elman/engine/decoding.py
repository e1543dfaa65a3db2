"""From a network's logits to sequences of its own: drawing at random, the likeliest, beam search.

Takes a function that reads one id a row and gives the logits of the next; knows neither words nor where logits come
from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .kernels.losses import log_softmax, softmax
from .random import derive, uniform

__all__ = ["Advance", "Carried", "Choice", "beam_search", "check_length_penalty", "draw_sequences"]

Array = NDArray[Any]
SMALLEST = float(np.finfo(np.float64).tiny)
STEEPEST = 10.0
"""Length penalty at most: more would decide by length alone."""


class Carried(Protocol):
    """What is carried from one id to the next, such as a `State`; `take` gives that of some rows, in their order."""

    def take(self, rows: Any) -> Self: ...


C = TypeVar("C", bound=Carried)
Advance = Callable[[NDArray[np.int64], C], tuple[Array, C]]
"""Read one id a row, (rows,), each from its state; give the logits of the next one, (rows, ids), and the states."""


@dataclass(frozen=True)
class Choice:
    """How the next id is chosen.

    Parameters
    ----------
    temperature : float
        Logits are divided by it: below 1 likely ids become likelier. 0 always takes the likeliest.
    top_k : int, optional
        Draw from the k likeliest alone.
    top_p : float, optional
        Draw from the fewest of the likeliest that have this probability together (nucleus sampling, Holtzman et al.
        2020), after `top_k`.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None

    def __post_init__(self) -> None:
        if not _is_number(self.temperature) or not 0 <= self.temperature < np.inf:
            raise InputError(f"temperature must be a number, 0 or more, got {self.temperature!r:.80}")
        if self.top_k is not None and (not _is_whole(self.top_k) or self.top_k < 1):
            raise InputError(f"top_k must be a positive integer or None, got {self.top_k!r:.80}")
        if self.top_p is not None and (not _is_number(self.top_p) or not 0 < self.top_p <= 1):
            raise InputError(f"top_p must be a number above 0, at most 1, or None, got {self.top_p!r:.80}")

    def of(self, logits: Array, chance: NDArray[np.float64]) -> NDArray[np.int64]:
        """Choose an id for each row.

        logits : (rows, ids), minus infinity for what cannot come
        chance : (rows,), uniform in [0, 1)
        """
        if self.temperature == 0:
            return np.asarray(logits.argmax(axis=1))
        p = np.empty_like(logits)
        less = (logits - logits.max(axis=1, keepdims=True)).astype(np.float64)
        with np.errstate(over="ignore"):  # what is far from the likeliest is then infinitely far
            scaled = less / max(self.temperature, SMALLEST)
        softmax(np.maximum(scaled, np.finfo(logits.dtype).min).astype(logits.dtype), p)
        p[np.isneginf(logits)] = 0
        return np.array([self._draw(row, at) for row, at in zip(p, chance, strict=True)], np.int64)

    def _draw(self, p: Array, at: float) -> int:
        order: NDArray[np.int64] = np.argsort(-p, kind="stable")[: self.top_k]
        cumulated = np.add.accumulate(p[order].astype(np.float64))
        if self.top_p is not None:
            kept = int(np.searchsorted(cumulated, self.top_p * cumulated[-1])) + 1
            order, cumulated = order[:kept], cumulated[:kept]
        place = int(np.searchsorted(cumulated, at * cumulated[-1], side="right"))
        return int(order[min(place, int(np.count_nonzero(p[order])) - 1)])


def draw_sequences(
    advance: Advance[C],
    logits: Array,
    state: C,
    choice: Choice,
    longest: int,
    ends: tuple[int, ...],
    seed: int,
) -> list[list[int]]:
    """Go on from some logits, one sequence a row, until it reaches an end or is long enough.

    What a row becomes hangs on its number and the seed, not on how many there are.

    Parameters
    ----------
    logits, state : of the rows so far
    longest : ids of a sequence at most, its end not counted
    ends : ids that end a sequence; they are left out

    Returns
    -------
    list of lists of ids
    """
    sequences: list[list[int]] = [[] for _ in range(len(logits))]
    rows, stream = np.arange(len(logits)), derive(seed, "draws")
    for step in range(longest):
        ids = choice.of(logits, uniform(stream, rows, step))
        going_on = ~np.isin(ids, ends)
        rows, ids, state = rows[going_on], ids[going_on], state.take(going_on)
        for row, number in zip(rows.tolist(), ids.tolist(), strict=True):
            sequences[row].append(number)
        if not len(rows) or step + 1 == longest:
            break
        logits, state = advance(ids, state)
    return sequences


@dataclass(frozen=True)
class _Beam:
    ids: tuple[int, ...]
    log_probability: float

    def score(self, ended: bool, penalty: float) -> float:
        """Log-probability over length^penalty, the end counted as one (Wu et al. 2016 have a variant of it)."""
        return float(self.log_probability / max(1, len(self.ids) + ended) ** penalty)


def beam_search(
    advance: Advance[C],
    logits: Array,
    state: C,
    width: int,
    longest: int,
    ends: tuple[int, ...],
    length_penalty: float = 1.0,
    count: int | None = None,
) -> list[tuple[list[int], float]]:
    """Search for likely sequences: keep the `width` likeliest beginnings at each step (Graves 2012).

    It ends as soon as none of them can become one of the best `count`.

    Parameters
    ----------
    logits, state : of one row
    width : beginnings that are kept
    length_penalty : float
        Log-probabilities are divided by length to this power: 0 prefers short sequences, 1 the mean. At most 10.
    count : sequences that are given, `width` at most and by default

    Returns
    -------
    list of (ids, score), best first; the log-probability over the length, the end counted
    """
    check_length_penalty(length_penalty)
    count = width if count is None else count
    live, found = [_Beam((), 0.0)], list[tuple[_Beam, bool]]()
    for step in range(longest):
        ended, live, parents = _grow(live, logits, width, ends)
        found += [(beam, True) for beam in _merged(ended)]
        if not live or _is_settled(found, live, count, longest, length_penalty):
            break
        if step + 1 < longest:
            logits, state = advance(np.array([beam.ids[-1] for beam in live]), state.take(parents))
    else:
        found += [(beam, False) for beam in live]  # as long as they may be
    ranked = sorted(found, key=lambda item: -item[0].score(item[1], length_penalty))
    return [(list(beam.ids), beam.score(ended, length_penalty)) for beam, ended in ranked[:count]]


def check_length_penalty(value: Any) -> None:
    """Raise InputError unless `value` is a power that `beam_search` takes."""
    if not _is_number(value) or not 0 <= value <= STEEPEST:
        raise InputError(f"length_penalty must be a number from 0 to {STEEPEST:g}, got {value!r:.80}")


def _merged(ended: list[_Beam]) -> list[_Beam]:
    """Join sequences that differ in what ended them alone: they have the probability of both."""
    total: dict[tuple[int, ...], float] = {}
    for beam in ended:
        known = total.get(beam.ids, -np.inf)
        total[beam.ids] = float(np.logaddexp(known, beam.log_probability))
    return [_Beam(ids, log_probability) for ids, log_probability in total.items()]


def _is_settled(
    found: list[tuple[_Beam, bool]], live: list[_Beam], count: int, longest: int, length_penalty: float
) -> bool:
    """Tell whether no live sequence can come among the best `count` any more: going on makes none likelier."""
    if len(found) < count:
        return False
    worst = sorted((beam.score(ended, length_penalty) for beam, ended in found), reverse=True)[count - 1]
    return bool(worst >= max(beam.log_probability for beam in live) / longest**length_penalty)


def _grow(
    live: list[_Beam], logits: Array, width: int, ends: tuple[int, ...]
) -> tuple[list[_Beam], list[_Beam], list[int]]:
    """Give the likeliest sequences that are longer by one: those that end, those that go on, and the rows of these.

    They are `width` together, so that a search of width 1 takes the likeliest at each step.
    """
    scores = np.empty_like(logits)
    log_softmax(np.maximum(logits, np.finfo(logits.dtype).min / 4), scores)
    total = scores.astype(np.float64) + np.array([beam.log_probability for beam in live])[:, None]
    total[np.isneginf(logits)] = -np.inf
    ended: list[_Beam] = []
    going_on: list[_Beam] = []
    parents: list[int] = []
    for place in _likeliest(total, logits, width).tolist():
        parent, number = divmod(place, total.shape[1])
        if np.isneginf(total[parent, number]):
            break
        beam = _Beam((*live[parent].ids, number), float(total[parent, number]))
        if number in ends:
            ended.append(_Beam(live[parent].ids, beam.log_probability))
        else:
            going_on.append(beam)
            parents.append(parent)
    return ended, going_on, parents


def _likeliest(total: NDArray[np.float64], logits: Array, width: int) -> NDArray[np.int64]:
    """Give the places of the `width` largest totals, (beginnings, ids), in their order.

    Logits that differ in their last bits alone can have one logarithm of the probability: within a row they decide, as
    they do where the likeliest is taken.
    """
    flat = total.reshape(-1)
    least = np.partition(flat, -width)[-width] if width < flat.size else -np.inf
    places = np.flatnonzero(~(flat < least))  # what is no number, from a network that broke, is no place less
    order = np.lexsort((-logits.reshape(-1)[places], places // total.shape[1], -flat[places]))
    return np.asarray(places[order[:width]])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
