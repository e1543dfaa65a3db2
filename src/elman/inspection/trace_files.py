"""Traces as rows, CSV and JSON."""

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..replacing import check_replaceable, replaced

if TYPE_CHECKING:
    from .trace import LayerTrace, Trace

__all__ = ["TraceRow", "length_rows", "numbers", "sparse", "trace_json", "trace_rows", "vector_rows", "write_rows"]

Array = NDArray[Any]
WIDE = 1_000
"""Features from which on a vector is listed by what in it is not zero."""


class TraceRow(NamedTuple):
    """One number of a trace. step counts the words from 1; unit counts from 1, or is an answer's name."""

    layer: str
    direction: str
    step: int
    token: str
    quantity: str
    unit: Any
    value: float


def trace_rows(trace: "Trace") -> Iterator[TraceRow]:
    """See `Trace.to_rows`."""
    tokens = trace.reading.tokens
    for layer in trace.layers:
        yield from vector_rows(layer.name, layer.direction, tokens, layer.quantities())
    if trace.running is not None:
        for t, p in enumerate(trace.running.tolist()):
            for answer, value in zip(trace.reading.answers, p, strict=True):
                yield TraceRow("", "", t + 1, tokens[t], "answer", answer, value)
    if trace.next_words is not None:
        for t, p in enumerate(trace.next_words.probabilities[:-1].tolist()):
            yield TraceRow("", "", t + 1, tokens[t], "next word", tokens[t + 1], p)


def vector_rows(
    layer: str, direction: str, tokens: Sequence[str], quantities: Iterable[tuple[str, Array]]
) -> Iterator[TraceRow]:
    """Give the rows of vectors a time step, (time, width) each, with their names."""
    for name, values in quantities:
        for t, token in enumerate(tokens):
            for unit, value in enumerate(values[t].tolist(), 1):
                if value or name != "x_t":
                    yield TraceRow(layer, direction, t + 1, token, name, unit, value)


def length_rows(
    layer: str, direction: str, tokens: Sequence[str], lengths: Iterable[tuple[str, Array]]
) -> Iterator[TraceRow]:
    """Give the rows of one number a time step, (time,) each, with their names; they have no unit."""
    for name, values in lengths:
        for t, value in enumerate(values.tolist()):
            yield TraceRow(layer, direction, t + 1, tokens[t], name, "", value)


def write_rows(path: str | os.PathLike[str], rows: Iterable[Sequence[Any]], header: Sequence[str]) -> None:
    """Write rows as CSV, all or nothing; numbers in full. Raises DataError where the file cannot be written."""
    check_replaceable(path)
    with replaced(path) as file:
        text = io.TextIOWrapper(file, "utf-8", errors="backslashreplace", newline="")
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows(rows)
        text.detach()


def numbers(values: Array) -> list[Any]:
    """Give an array as lists; what JSON does not have, NaN and infinity, as None."""
    plain = values.astype(object)
    plain[~np.isfinite(values)] = None
    return list(plain.tolist())


def sparse(x: Array) -> list[Any]:
    """Give vectors as lists; wide ones as what in them is not zero, by its number, counted from 1."""
    if x.shape[1] <= WIDE:
        return numbers(x)
    return [{str(i + 1): float(row[i]) for i in np.flatnonzero(row).tolist()} for row in x]


def trace_json(trace: "Trace") -> dict[str, Any]:
    """See `Trace.to_json`."""
    reading, words = trace.reading, trace.next_words
    out: dict[str, Any] = {
        "tokens": list(reading.tokens),
        "known": reading.known.tolist(),
        "layers": [_layer_json(layer) for layer in trace.layers],
    }
    if trace.running is not None:
        out |= {"answers": list(reading.answers), "running": numbers(trace.running)}
    if words is not None:
        best = zip(words.likeliest.tolist(), words.of_likeliest.tolist(), strict=True)
        out |= {
            "next_word": numbers(words.probabilities),
            "likeliest": [{reading.answers[i]: p for i, p in zip(*pair, strict=True)} for pair in best],
        }
    return out


def _layer_json(layer: "LayerTrace") -> dict[str, Any]:
    vectors = {name: sparse(values) if name == "x_t" else numbers(values) for name, values in layer.quantities()}
    return {"name": layer.name, "kind": layer.kind, "direction": layer.direction, **vectors}
