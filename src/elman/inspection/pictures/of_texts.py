"""Pictures of what a model does with one text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...engine.network import Network
from ...errors import InputError
from ...estimators import TextGenerator
from ...estimators.reading import read
from ..attribution import attribute
from ..bptt import bptt
from ..bptt_ledger import LayerLedger
from ..trace import LayerTrace, trace
from .of_networks import network_of
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_attribution", "draw_gradient", "draw_running", "draw_states"]

Recurrent = TypeVar("Recurrent", LayerTrace, LayerLedger)


def draw_states(subject: Subject, dark: bool) -> "Figure":
    from ..figures import hidden_states

    network_of(subject.model)
    found = trace(subject.model, subject.text, subject.about)
    layer = _chosen(found.layers, subject.layer)
    return hidden_states(found.reading.tokens, layer.h, f"Hidden states of {_title(layer)}", dark)


def _chosen(layers: Sequence[Recurrent], name: str | None) -> Recurrent:
    """Give a recurrent layer by its name, with its direction where that is not the first; by default the last one."""
    if not layers:
        raise InputError("this network has no memory: no state, and no signal, goes from one time step to another")
    named: dict[str, Recurrent] = {}
    for layer in layers:
        named.setdefault(layer.name, layer)
        named[f"{layer.name}/{layer.direction}"] = layer
    if name is None:
        return named[layers[-1].name]
    if name not in named:
        known = ", ".join(f"{layer.name}/{layer.direction}" for layer in layers)
        raise InputError(f"layer must be one of {known}, got {name!r:.60}")
    return named[name]


def _title(layer: LayerTrace | LayerLedger) -> str:
    return f"{layer.name} ({layer.kind}{', read backward' if layer.direction == 'backward' else ''})"


def draw_running(subject: Subject, dark: bool) -> "Figure":
    from ..figures import running_answer

    network_of(subject.model)
    found = trace(subject.model, subject.text, subject.about)
    tokens, answers = found.reading.tokens, found.reading.answers
    if found.running is None:
        assert found.next_words is not None
        p, names = found.next_words.probabilities[:-1], ("the word that came",)
        below = "the probability that each word had, after those before it"
        return running_answer(tokens[1:], p, names, "How expected each word was", dark, below)
    title = "The answer at each word" if found.reading.answers_every_step else "The answer as the text is read"
    p = found.running if found.running.shape[1] > 1 else found.running[:, 0]
    return running_answer(tokens, p, answers, title, dark)


def draw_gradient(subject: Subject, dark: bool) -> "Figure":
    from ..figures import gradient_flow

    norms: dict[str, NDArray[np.float64]] = {}
    steps = set()
    for name, model in {subject.name: subject.model, **subject.beside}.items():
        layer = _way_back(model, subject)
        step = -1 if layer.direction == "backward" else 1
        norms[f"{name}: {layer.kind}" if subject.beside else _title(layer)] = layer.norms[::step]
        steps.add(step)
    words = read(subject.model, subject.text, subject.about).tokens
    return gradient_flow(norms, words[::step] if len(steps) == 1 else None, dark=dark)


def _way_back(model: Any, subject: Subject) -> LayerLedger:
    network_of(model)
    text, about = subject.text, subject.about
    label = subject.label
    if label is None and not isinstance(model, (TextGenerator, Network)):
        label = model.predict([text])[0]
        label = label.tolist() if isinstance(label, np.ndarray) else label
    if not read(model, text, about).tokens:
        raise InputError("there must be a time step to draw, got none: give a text with a word in it")
    return _chosen(bptt(model, text, label, about=about).layers, subject.layer)


def draw_attribution(subject: Subject, dark: bool) -> "Figure":
    from ..figures import coloured_text

    network_of(subject.model)
    found = attribute(subject.model, subject.text, subject.method, subject.answer, subject.about, subject.position)
    place = "" if found.position is None else f" of word {found.position + 1}"
    title = f"What each word did to the answer {found.answer}{place}, logit {found.logit:.3g} ({found.method})"
    return coloured_text(found.tokens, found.scores, title, (f"against {found.answer}", f"for {found.answer}"), dark)
