"""Traces and ledgers as text, 80 columns wide: a block of lines for each word, a column for each unit."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

if TYPE_CHECKING:
    from .trace import LayerTrace, Trace

__all__ = [
    "VISIBLE",
    "block_lines",
    "cell",
    "columns_of",
    "likeliest_answers",
    "places_shown",
    "printable",
    "shown",
    "shown_words",
    "trace_table",
]

Array = NDArray[Any]
NUMBER, PLACE, TOKEN, QUANTITY = 9, 4, 10, 12
"""Widths of columns: a number with a blank before it, the number of a word, the word, what the line is."""
FIT = 5
"""Numbers that a line has room for."""
ANSWERS = 3
"""Answers that are shown of many."""
WIDTH = 80
"""Of a table, in columns of the terminal."""
ROOM = WIDTH - PLACE - TOKEN - 2
"""Columns beside the word."""
CAME = TOKEN + 7
"""Columns of the word that came next and its probability."""
VISIBLE = {" ": "␣", "\t": "⇥"}
"""Tokens that could not be seen."""


def cell(value: float) -> str:
    """Write a number in `NUMBER` columns."""
    if value != value or math.isinf(value):
        return f"{value:>{NUMBER}}"
    plain = value == 0 or 1e-3 <= abs(value) < 1e3
    return f"{value:>{NUMBER}.4f}" if plain else f"{value:>{NUMBER}.1e}"


def printable(text: str) -> str:
    """Escape the signs of a text that cannot be printed."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)


def shown(token: str, width: int = TOKEN) -> str:
    """Write a token in so many columns, signs that cannot be printed escaped, a blank or a tab as what can be seen."""
    from rich.cells import set_cell_size

    plain = VISIBLE.get(token) or printable(token)
    fits = set_cell_size(plain, width)
    return fits if fits.rstrip() == plain.rstrip() else set_cell_size(plain, width - 1) + "…"


def shown_words(count: int, words: int) -> list[int | None]:
    """Give the places of the words to show; None stands for those between the first and the last ones."""
    if isinstance(words, bool) or not isinstance(words, int) or words < 1:
        raise InputError(f"words must be a positive integer, got {words!r:.80}")
    if count <= words:
        return list(range(count))
    last = words // 2
    return [*range(words - last), None, *range(count - last, count)]


def places_shown(count: int, words: int) -> list[int]:
    """Give the places of the words to show alone."""
    return [t for t in shown_words(count, words) if t is not None]


def columns_of(width: int, units: int | None) -> int:
    """Give how many numbers of a vector to show: all that fit, or the first ones, beside the norm."""
    if units is not None and (isinstance(units, bool) or not isinstance(units, int) or units < 1):
        raise InputError(f"units must be a positive integer, got {units!r:.80}")
    return min(width, units or (FIT if width <= FIT else FIT - 1))


def block_lines(
    tokens: Sequence[str], quantities: Sequence[tuple[str, Array]], units: int | None, words: int
) -> Iterator[str]:
    """Give the lines of vectors, (words shown, width) each, word after word; see `places_shown`."""
    widest = max(columns_of(values.shape[1], units) for _, values in quantities)
    normed = any(values.shape[1] > columns_of(values.shape[1], units) for name, values in quantities if name != "x_t")
    head = "".join(f"{number:>{NUMBER}}" for number in range(1, widest + 1))
    lead = f"{'t':>{PLACE}} {'word':<{TOKEN}} {'':<{QUANTITY}}"
    yield lead + ("norm".rjust(NUMBER) if normed else "") + head
    row = -1
    for t in shown_words(len(tokens), words):
        if t is None:
            yield _left_out(len(tokens), words)
            continue
        row, lead = row + 1, f"{t + 1:>{PLACE}} {shown(tokens[t])} "
        for name, values in quantities:
            line = _vector(values[row], columns_of(values.shape[1], units), normed, name == "x_t")
            yield f"{lead}{name:<{QUANTITY}}{line}".rstrip()
            lead = " " * (PLACE + TOKEN + 2)


def _vector(values: Array, columns: int, normed: bool, given: bool) -> str:
    """Write a vector; what was read, where it has few that are not zero, as these."""
    ones = np.flatnonzero(values)
    if given and len(values) > columns and len(ones) <= 2:
        parts = [f"{values[i]:g} at {i + 1:,}" for i in ones.tolist()]
        return f" {', '.join(parts) or 'nothing'}, of {len(values):,} features"
    norm = cell(float(np.linalg.norm(values.astype(np.float64)))) if normed else ""
    return norm + "".join(map(cell, values[:columns].tolist()))


def _left_out(count: int, words: int) -> str:
    return f"{'…':>{PLACE}} {count - words:,} words"


def trace_table(trace: "Trace", units: int | None, words: int) -> str:
    """See `Trace.table`."""
    tokens = trace.reading.tokens
    lines = list(_answers(trace, words))
    for layer in trace.layers:
        lines += ["", *_header(layer)]
        columns = columns_of(layer.units, units)
        brief = units is None and columns < layer.units
        places = places_shown(len(tokens), words)
        at_words = layer.quantities(places)
        listed = [item for item in at_words if not brief or (" " not in item[0] and item[0][:2] != "a_")]
        lines += block_lines(tokens, listed, units, words) if tokens else []
        if columns < layer.units and tokens:
            more = "; products and a_t where `units` asks for so many" if brief else ""
            lines.append(f"     the first {columns} of {layer.units} units{more}")
    return "\n".join(lines)


def _header(layer: "LayerTrace") -> list[str]:
    what = f"{layer.units} units" if layer.units > 1 else "1 unit"
    order = (
        []
        if layer.direction == "forward"
        else ["the last word first: h_prev is the state of the word in the block below"]
    )
    return [f"{layer.name}: {layer.kind}, {what}, reads {layer.direction}", *order, *EQUATIONS[layer.kind].split("\n")]


EQUATIONS = {
    "SimpleRNN": "a_t = b_h + x_t W_xh + h_prev W_hh   h_t = f(a_t)",
    "LSTM": "a_t = b_h + x_t W_xh + h_prev W_hh   i f g o = activations of a_t\n"
    "c_t = f_t c_prev + i_t g_t   h_t = o_t k(c_t)",
    "GRU": "r z n = activations of a_t   h_t = (1 - z_t) n_t + z_t h_prev",
}


def _answers(trace: "Trace", words: int) -> Iterator[str]:
    tokens, places = trace.reading.tokens, shown_words(len(trace.reading.tokens), words)
    if not tokens:
        yield "no words"
        return
    yield f"{'t':>{PLACE}} {'word':<{TOKEN}} {_answers_head(trace)}"
    for t in places:
        if t is None:
            yield _left_out(len(tokens), words)
        else:
            yield f"{t + 1:>{PLACE}} {shown(tokens[t])} {_answer(trace, t)}".rstrip()


def _answers_head(trace: "Trace") -> str:
    if trace.next_words is not None:
        return "the next word, its probability; the likeliest words"
    return "answers at each word" if trace.reading.answers_every_step else "answers, if the text ended here"


def _answer(trace: "Trace", t: int) -> str:
    answers, words = trace.reading.answers, trace.next_words
    if words is None:
        assert trace.running is not None
        return likeliest_answers(answers, trace.running[t])
    best = zip(words.likeliest[t].tolist(), words.of_likeliest[t].tolist(), strict=True)
    came = " " * CAME
    if t + 1 < len(trace.reading.tokens):
        came = f"{shown(trace.reading.tokens[t + 1])} {words.probabilities[t]:6.4f}"
    return f"{came};  {_named(((answers[i], p) for i, p in best), ROOM - CAME - len(';  '))}"


def likeliest_answers(answers: Sequence[Any], values: Array) -> str:
    """Write answers with their probabilities: all of two, of more the likeliest ones."""
    order = range(len(values)) if len(values) <= ANSWERS else (-values).argsort(kind="stable")[:ANSWERS]
    return _named((answers[i], float(values[i])) for i in order)


def _named(pairs: Iterable[tuple[Any, float]], room: int = ROOM) -> str:
    """Write answers with their probabilities, as many as so many columns have room for."""
    from rich.cells import cell_len

    line = ""
    for answer, p in pairs:
        name = VISIBLE.get(str(answer)) or printable(str(answer))
        item = f"{'  ' if line else ''}{shown(name, min(TOKEN, max(1, cell_len(name))))} {p:.4f}"
        if cell_len(line + item) > room:
            break
        line += item
    return line
