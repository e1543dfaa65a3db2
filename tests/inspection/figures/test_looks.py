"""Every picture, of short and long texts, light and dark: nothing overlaps, nothing is cut off, bytes are the same."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from elman.engine import GRU, LSTM, Bidirectional, Dense, Embedding, Network, OneHot, Pooling, SimpleRNN
from elman.inspection import outcomes, precision_recall_of, reliability_of
from elman.inspection.figures import (
    calibration,
    coloured_text,
    confusion_matrix,
    folded_network,
    gradient_flow,
    hidden_states,
    network_shapes,
    precision_recall,
    rendered,
    running_answer,
    training_curves,
    unrolled_network,
    word_map,
)
from elman.training import Epoch, History

from .looks import check_looks, relative_luminance, texts_of


def draw() -> np.random.Generator:
    return np.random.default_rng(0)


SHORT = ["movie", "was", "not", "good"]
ODD = ["naïve", "😀", "电影", "שלום", "हिंदी", "$x$", "a\nb", "\ud800", "\x00", "", " ", "100%", "{}", "<b>", "x" * 300]
LONG = [(SHORT + ODD + ["an", "extraordinarily", "long-winded", "text", "indeed"])[i % 24] for i in range(100)]
VERY_LONG = LONG * 20
TEXTS = {"one": ["good"], "short": SHORT, "odd": ODD, "long": LONG}


def states(time: int, units: int) -> Any:
    return np.tanh(draw().standard_normal((time, units)))


def shares(time: int, answers: int) -> Any:
    p = np.exp(draw().standard_normal((time, answers)).cumsum(0))
    return p / p.sum(axis=1, keepdims=True)


def history(epochs: int, dev: bool = True, refit: int = 0) -> History:
    records = [
        Epoch(n, 1 / n + 0.1, 0.5 + 0.01 * abs(n - 4) if dev else None, 0.9 if dev else None)
        for n in range(1, epochs + 1)
    ]
    return History(records, min(epochs, 4), [Epoch(n, 0.9 / n, None, None) for n in range(1, refit + 1)])


def counts(classes: int, most: int = 90) -> Any:
    return np.diag(draw().integers(0, most, classes)) + draw().integers(0, 3, (classes, classes))


LECTURE = Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")])
POOLED = Network(
    [
        Embedding(99, 64),
        LSTM(128, return_sequences=True),
        Pooling(("max", "mean")),
        Dense(8, "tanh"),
        Dense(5, "softmax"),
    ]
)
BOTH_WAYS = Network(
    [Embedding(99, 8), Bidirectional(GRU(9, return_sequences=True)), Bidirectional(GRU(3)), Dense(9, "softmax")]
)
TAGGER = Network([Embedding(99, 8), Bidirectional(LSTM(2, return_sequences=True)), Dense(4, "softmax")])
NO_MEMORY = Network([Embedding(99, 4), Pooling("mean"), Dense(1, "sigmoid")])
NETWORKS = {"lecture": LECTURE, "pooled": POOLED, "both": BOTH_WAYS, "tagger": TAGGER, "none": NO_MEMORY}
LONG_NAMES = [f"class {n}" + " with a long name" * (n % 3 == 0) for n in range(40)]


def vectors(count: int) -> Any:
    return draw().standard_normal((count, 12))


PICTURES: dict[str, Callable[[bool], Figure]] = {
    **{f"states-{n}": lambda dark, t=t: hidden_states(t, states(len(t), 3), dark=dark) for n, t in TEXTS.items()},
    "states-very-long": lambda dark: hidden_states(VERY_LONG, 3 * states(2000, 40), dark=dark),
    **{f"running-{n}": lambda dark, t=t: running_answer(t, shares(len(t), 2), dark=dark) for n, t in TEXTS.items()},
    "running-very-long": lambda dark: running_answer(VERY_LONG, shares(2000, 7), LONG_NAMES[:7], dark=dark),
    "running-many": lambda dark: running_answer(SHORT, shares(4, 40), LONG_NAMES, dark=dark),
    "gradient": lambda dark: gradient_flow({"simple-rnn": np.array([1e-3, 0.5, 0, 1.0])}, SHORT, dark=dark),
    "gradient-long": lambda dark: gradient_flow(
        {"SimpleRNN": np.exp(np.arange(-90, 30.0)), "LSTM": np.ones(120), "GRU": 0.9 * np.ones(60)}, dark=dark
    ),
    **{f"words-{n}": lambda dark, t=t: coloured_text(t, states(len(t), 1)[:, 0], dark=dark) for n, t in TEXTS.items()},
    "training": lambda dark: training_curves(history(14, refit=4), dark=dark),
    "training-one": lambda dark: training_curves(history(1, dev=False), dark=dark),
    "training-long": lambda dark: training_curves(history(200), dark=dark),
    "confusion-2": lambda dark: confusion_matrix(counts(2, 90_000), ["bad", "good"], dark=dark),
    "confusion-12": lambda dark: confusion_matrix(counts(12), LONG_NAMES[:12], dark=dark),
    "confusion-32": lambda dark: confusion_matrix(np.diag(np.arange(32)), LONG_NAMES[:32], dark=dark),
    "calibration": lambda dark: calibration(reliability_of(draw().random(300), draw().random(300) < 0.7), dark=dark),
    "calibration-one": lambda dark: calibration(reliability_of([1.0], [True]), dark=dark),
    "precision-recall": lambda dark: precision_recall(curves(9), dark=dark),
    "precision-recall-1": lambda dark: precision_recall(curves(1), dark=dark),
    "map": lambda dark: word_map([f"word{n}" for n in range(60)], vectors(60), 2, dark=dark),
    "map-2": lambda dark: word_map(["one", "x" * 80], vectors(2), dark=dark),
    "map-same": lambda dark: word_map(ODD, np.ones((15, 3)), dark=dark),
    "shapes": lambda dark: network_shapes(dark=dark),
    "shapes-one": lambda dark: network_shapes(["stacked"], dark=dark),
    **{
        f"folded-{n}": lambda dark, w=w: folded_network(w, [*SHORT, "bad"], LONG_NAMES[:5], dark=dark)
        for n, w in NETWORKS.items()
    },
    **{
        f"unrolled-{n}-{m}": lambda dark, w=w, t=t: unrolled_network(w, t, ["x" * 40] * len(t), dark=dark)
        for n, w in NETWORKS.items()
        for m, t in {"one": ["x" * 40], "short": SHORT, "long": LONG}.items()
    },
}  # fmt: skip


FIRST_OF_EACH = list({name.partition("-")[0]: name for name in reversed(PICTURES)}.values())


def curves(classes: int) -> dict[object, outcomes.PrecisionRecall]:
    truth = draw().integers(0, classes, 60)
    return {f"class {c}": precision_recall_of(draw().random(60), truth == c) for c in range(classes)}


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_lies_over_another_or_is_cut_off(name: str) -> None:
    check_looks(PICTURES[name](False))


@pytest.mark.parametrize("name", FIRST_OF_EACH)
def test_dark_pictures_differ_in_colours_alone(name: str) -> None:
    light, dark = PICTURES[name](False), PICTURES[name](True)
    check_looks(dark)
    assert [text.get_text() for text in texts_of(light)] == [text.get_text() for text in texts_of(dark)]
    assert light.get_facecolor() != dark.get_facecolor()
    ground = relative_luminance(dark.get_facecolor())
    for text in texts_of(dark):
        if text.get_window_extent().width and text.axes is None:
            assert (relative_luminance(text.get_color()) + 0.05) / (ground + 0.05) > 4.5, text.get_text()


def test_the_check_sees_texts_that_overlap_and_texts_that_are_cut_off() -> None:
    figure = Figure(figsize=(2, 1))
    figure.text(0.1, 0.5, "one")
    check_looks(figure)
    other = figure.text(0.12, 0.5, "other")
    with pytest.raises(AssertionError, match="'one' lies over 'other'"):
        check_looks(figure)
    other.set_position((0.9, 0.1))
    with pytest.raises(AssertionError, match="'other' is cut off"):
        check_looks(figure)


@pytest.mark.parametrize("form", [".svg", ".png"])
@pytest.mark.parametrize("name", ["folded-lecture", "shapes-one"])
def test_the_same_picture_has_the_same_bytes(name: str, form: str) -> None:
    first, second = (rendered(PICTURES[name](False), form) for _ in range(2))
    assert first == second
    assert first != rendered(PICTURES[name](True), form)


@pytest.mark.parametrize("draw", [
    lambda: hidden_states(ODD, np.zeros((15, 2))),
    lambda: training_curves(history(5)),
    lambda: confusion_matrix(np.eye(3, dtype=int), ODD[:3]),
])  # fmt: skip
def test_pictures_with_axes_have_the_same_bytes_and_text_as_text(draw: Callable[[], Figure]) -> None:
    figure = draw()
    content = rendered(figure)
    assert content == rendered(draw()) == rendered(figure)
    assert b"<text" in content
    assert b"<dc:date>" not in content
