"""Pictures show the numbers that they were given, where they belong; what cannot be drawn is refused."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, FancyArrowPatch

import elman
from elman.engine import LSTM, Bidirectional, Dense, Embedding, Network, OneHot, Pooling, SimpleRNN
from elman.errors import DataError, InputError
from elman.inspection import precision_recall_of, reliability_of
from elman.inspection.figures import (
    calibration,
    coloured_text,
    confusion_matrix,
    folded_network,
    gradient_flow,
    hidden_states,
    network_shapes,
    precision_recall,
    principal_directions,
    rendered,
    running_answer,
    save_figure,
    training_curves,
    unrolled_network,
    word_map,
)
from elman.inspection.figures._label_places import place_labels
from elman.inspection.figures._lettering import printable, shortened
from elman.inspection.figures._spread import spread
from elman.inspection.figures._style import DARK, LIGHT, blended, ink_on
from elman.training import Epoch, History

from .looks import check_looks, relative_luminance, words_of

LECTURE = Network([OneHot(5), SimpleRNN(3), Dense(1, "sigmoid")])
WORDS = ["movie", "was", "not", "good"]


def arrows_of(figure: Any) -> list[FancyArrowPatch]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, FancyArrowPatch)]


# Networks


def test_every_hidden_neuron_feeds_every_hidden_neuron_in_its_own_colour() -> None:
    arrows = arrows_of(folded_network(LECTURE))
    assert len(arrows) == 3 * 3
    colours = [arrow.get_edgecolor() for arrow in arrows]
    assert {colour: colours.count(colour) for colour in colours} == dict.fromkeys(map(to_rgba, LIGHT.feedback[:3]), 3)


def test_a_folded_network_shows_its_neurons_and_its_ledger() -> None:
    figure = folded_network(LECTURE, ["movie", "was", "good", "bad", "not"], ["good"])
    neurons = [patch for patch in figure.axes[0].patches if isinstance(patch, Circle)]
    assert len(neurons) == 5 + 3 + 1
    assert {"5*3 + 3 = 18", "3*3 = 9", "3*1 + 1 = 4", "31 parameters", "bad", "one-hot"} <= set(words_of(figure))


def test_a_pooling_says_how_it_pools() -> None:
    layers = [OneHot(3), LSTM(2, return_sequences=True), Pooling(("max", "mean", "attention")), Dense(1, "sigmoid")]
    figure = folded_network(Network(layers))
    check_looks(figure)
    assert {"max", "mean", "attention"} <= set(words_of(figure)) and "Σ" not in words_of(figure)


def test_of_many_units_some_are_drawn_with_their_numbers() -> None:
    network = Network([Embedding(9, 64), LSTM(128), Dense(7, "softmax")])
    words = words_of(folded_network(network))
    assert {"1", "2", "⋮", "128", "64", "7", "128 units", "64*512 + 512 = 33,280"} <= set(words)
    assert len(arrows_of(folded_network(network))) == 3 * 3


def test_a_network_without_memory_has_no_loop_and_says_so() -> None:
    figure = folded_network(Network([Embedding(9, 4), *pooled(), Dense(1, "sigmoid")]))
    assert not arrows_of(figure)
    assert "no feedback: this network has no memory" in words_of(figure)


def pooled() -> list[Any]:
    return [elman.Pooling("mean")]


def test_unrolled_the_state_goes_from_word_to_word() -> None:
    figure = unrolled_network(LECTURE, WORDS, "bad 0.97")
    feedback = [a for a in arrows_of(figure) if a.get_edgecolor() == to_rgba(LIGHT.feedback[0])]
    assert len(feedback) == 4  # from h0, and from each word to the next
    assert {"h₀ = 0", "h₁", "h₄", "x₄", "t = 4", "good", "bad 0.97", "the same weights at every time step"} <= set(
        words_of(figure)
    )


def test_unrolled_both_ways_the_state_begins_at_both_ends() -> None:
    words = words_of(unrolled_network(Network([Embedding(9, 4), Bidirectional(LSTM(2)), Dense(1, "sigmoid")]), WORDS))
    assert words.count("h₀ = 0") == 2
    assert words.count("h₁") == 2


@pytest.mark.parametrize(
    ("state", "said"), [("zeros", "h₀ = 0"), ("learned", "h₀ learned"), ("random", "h₀ random"), ((0.5, 0), "h₀ given")]
)
def test_unrolled_the_state_before_the_first_word_is_named(state: Any, said: str) -> None:
    layers = [SimpleRNN(2, initial_state=state, return_sequences=True), Bidirectional(LSTM(2))]
    figure = unrolled_network(Network([OneHot(3), *layers, Dense(1, "sigmoid")]), ["a", "b"])
    check_looks(figure)
    begins = [word for word in words_of(figure) if word.startswith("h₀")]
    assert begins == [said, "h₀ = 0", "h₀ = 0"]


def test_unrolled_long_texts_are_left_out_in_the_middle() -> None:
    words = words_of(unrolled_network(LECTURE, [f"w{n}" for n in range(1, 31)]))
    assert {"w1", "w5", "w29", "w30", "the same weights at every time step; 30 of them"} <= set(words)
    assert "w6" not in words


def test_a_tagger_unrolled_answers_at_each_word() -> None:
    network = Network([Embedding(9, 4), LSTM(2, return_sequences=True), Dense(3, "softmax")])
    assert {"NN", "VB", "JJ", "y₃"} <= set(words_of(unrolled_network(network, WORDS[:3], ["NN", "VB", "JJ"])))


def test_shapes_show_what_is_read_and_given() -> None:
    words = words_of(network_shapes(["one-to-many", "encoder-decoder"]))
    assert words.count("h") == 3 + 5
    assert {"one to many", "x", "x₁", "x₃", "y₁", "y₃", "decoder"} <= set(words)


# Texts


def test_states_stand_unit_by_unit_word_by_word() -> None:
    h = np.linspace(-0.9, 0.9, 12).reshape(4, 3)
    image = hidden_states(WORDS, h).axes[0].get_images()[0]
    assert (h == np.asarray(image.get_array()).T).all()
    assert image.get_clim() == (-1, 1)
    assert hidden_states(WORDS, 5 * h).axes[0].get_images()[0].get_clim() == (-4.5, 4.5)


def test_long_texts_are_cut_into_rows_that_hold_every_word_once() -> None:
    h = np.random.default_rng(0).standard_normal((100, 4))
    figure = hidden_states([f"w{n}" for n in range(100)], h)
    bands = [np.asarray(axes.get_images()[0].get_array()).T for axes in figure.axes if axes.get_images()]
    assert len(bands) == 3
    assert (np.concatenate(bands) == h).all()
    assert {f"w{n}" for n in range(100)} <= set(words_of(figure))


def test_of_very_long_texts_some_words_are_named() -> None:
    words = words_of(running_answer([f"w{n}" for n in range(2000)], np.full(2000, 0.5)))
    assert 20 < sum(word.startswith("w") for word in words) < 40


def test_the_running_answer_of_many_classes_is_that_of_the_likeliest() -> None:
    p = np.array([[0.5, 0.2, 0.1, 0.1, 0.05, 0.05], [0.1, 0.1, 0.1, 0.1, 0.5, 0.1]])
    figure = running_answer(["a", "b"], p, list("uvwxyz"))
    drawn = [line.get_ydata().tolist() for line in figure.axes[0].get_lines()]
    assert drawn == [p[:, column].tolist() for column in (0, 4, 1, 2, 3)]
    assert {"u 0.10", "y 0.50"} <= set(words_of(figure))


def test_gradients_stand_above_each_other_at_the_last_word_and_end_where_they_are_zero() -> None:
    lines = gradient_flow({"one": np.array([0, 0.1, 1.0]), "other": np.array([0.5, 1.0])}).axes[0].get_lines()
    assert [line.get_xdata().tolist() for line in lines] == [[-2, -1, 0], [-1, 0]]
    np.testing.assert_array_equal(lines[0].get_ydata(), [np.nan, 0.1, 1.0])


@pytest.mark.parametrize(
    ("norms", "said"),
    [
        ([0.25, 0.5, 1.0], "of the norm at the word read last: one 2.5e-1"),
        ([1.0, 0.5, 0.0], "of the last norm that is not zero: one 2.0e+0"),
        ([0.0, 0.5, 0.0], "of the last norm that is not zero: one nothing"),
        ([0.0, 0.0], "of the last norm that is not zero: one nothing"),
        ([1.0, 0.5, 1e-320], "of the norm at the word read last: one 1.0e+320"),
        ([5e-324, 1.0], "of the norm at the word read last: one 4.9e-324"),
        ([1e300, 1e308], "of the norm at the word read last: one 1.0e-8"),
    ],
)
def test_what_is_left_of_a_signal(norms: list[float], said: str) -> None:
    figure = gradient_flow({"one": np.array(norms)})
    assert f"left at the word read first, {said}" in words_of(figure)
    assert 0 < figure.axes[0].get_ylim()[0] < figure.axes[0].get_ylim()[1] < np.inf
    rendered(figure)


def test_words_are_coloured_by_their_share_of_the_largest_score() -> None:
    figure = coloured_text(["a", "b", "c"], np.array([2.0, -1.0, 0.0]))
    grounds = [patch.get_facecolor()[:3] for patch in figure.axes[0].patches[:3]]
    expected = [to_rgba(LIGHT.positive)[:3], blended(LIGHT.negative, LIGHT.paper, 0.5), to_rgba(LIGHT.paper)[:3]]
    np.testing.assert_allclose(grounds, expected)
    assert "most: a +2, b -1" in words_of(figure)


def test_right_to_left_scripts_are_laid_from_the_right() -> None:
    first, second = coloured_text(["שלום", "עולם"], np.zeros(2)).axes[0].texts
    assert first.get_position()[0] > second.get_position()[0]
    first, second = coloured_text(["hello", "world"], np.zeros(2)).axes[0].texts
    assert first.get_position()[0] < second.get_position()[0]


# Figures of a model


def test_training_curves_show_every_epoch_and_the_best() -> None:
    epochs = [Epoch(1, 0.7, 0.6, 0.8), Epoch(2, 0.4, 0.5, 0.9), Epoch(3, 0.2, 0.6, 0.85)]
    figure = training_curves(History(epochs, 2, [Epoch(1, 0.65, None, None), Epoch(2, 0.35, None, None)]))
    loss, accuracy = figure.axes
    curves = [list(line.get_ydata()) for line in loss.get_lines()]
    assert [0.7, 0.4, 0.2] in curves and [0.6, 0.5, 0.6] in curves and [0.65, 0.35] in curves
    assert [0.8, 0.9, 0.85] in [list(line.get_ydata()) for line in accuracy.get_lines()]
    assert [2, 2] in [list(line.get_xdata()) for line in loss.get_lines()]
    assert "best epoch of 3: 2, held-back loss 0.5, accuracy 0.9000; then 2 anew on all rows" in words_of(figure)


def test_without_a_held_back_part_there_is_the_training_loss_alone() -> None:
    figure = training_curves(History([Epoch(1, 0.7, None, None), Epoch(2, 0.5, None, None)], 2))
    assert [list(line.get_ydata()) for axes in figure.axes for line in axes.get_lines()] == [[0.7, 0.5]]


def test_losses_that_are_not_finite_are_left_out() -> None:
    epochs = [Epoch(1, 0.7, 0.6, 0.8), Epoch(2, 0.5, float("inf"), 0.5), Epoch(3, float("nan"), 0.9, 0.5)]
    figure = training_curves(History(epochs, 1))
    check_looks(figure)
    shown = [line.get_xydata().tolist() for line in figure.axes[0].get_lines()]  # type: ignore[union-attr]
    assert [[1, 0.7], [2, 0.5]] in shown and [[1, 0.6], [3, 0.9]] in shown
    with pytest.raises(InputError, match="there must be a finite loss to draw"):
        training_curves(History([Epoch(1, float("inf"), float("nan"), None)], 1))


def test_the_rarest_of_many_classes_are_counted_together() -> None:
    counts = np.diag(np.arange(1, 41)) + np.eye(40, k=1, dtype=int)
    figure = confusion_matrix(counts, [f"c{n}" for n in range(40)])
    shown = [int(text.get_text()) for text in figure.axes[0].texts]
    assert sum(shown) == counts.sum()
    said = "820 of 859 right: 0.9546; the last cell holds all among the 11 others, right or wrong"
    assert {"11 others", "c39", said} <= set(words_of(figure))


def test_confusion_is_coloured_by_the_share_of_the_row() -> None:
    image = confusion_matrix(np.array([[3, 1], [0, 0]]), ["a", "b"]).axes[0].get_images()[0]
    assert np.asarray(image.get_array()).tolist() == [[0.75, 0.25], [0, 0]]


def test_calibration_shows_bins_with_their_counts() -> None:
    found = reliability_of([0.95, 0.95, 0.55, 0.55, 0.6], [True, True, True, False, True])
    points, counted = calibration(found).axes
    np.testing.assert_allclose(points.get_lines()[1].get_xydata(), [[0.5666666, 2 / 3], [0.95, 1]], rtol=1e-5)
    assert [bar.get_height() for bar in counted.patches] == found.counts.tolist()
    assert "10 bins of equal width, 5 answers" in words_of(calibration(found))


def test_precision_recall_steps_have_the_area_that_is_stated() -> None:
    draw = np.random.default_rng(3)
    curve = precision_recall_of(draw.random(50), draw.random(50) < 0.4)
    recall, precision = precision_recall({"good": curve}).axes[0].get_lines()[0].get_data()
    assert float(np.diff(recall) @ np.asarray(precision)[1:]) == pytest.approx(curve.average, abs=1e-12)


def test_word_maps_are_turned_the_same_way_whatever_svd_gives() -> None:
    draw = np.random.default_rng(0)
    vectors = draw.standard_normal((30, 8)) * np.arange(8, 0, -1)
    places, shares = principal_directions(vectors)
    mirrored, _ = principal_directions(np.vstack([vectors[::-1]]))
    np.testing.assert_allclose(places, mirrored[::-1], atol=1e-9)
    np.testing.assert_allclose(places.T @ places, np.diag(np.diag(places.T @ places)), atol=1e-9)
    variance = vectors.var(axis=0).sum()
    np.testing.assert_allclose(places.var(axis=0) / variance, shares, atol=1e-12)


def test_neighbours_are_those_of_the_largest_cosine() -> None:
    figure = word_map(["a", "b", "c", "d"], np.array([[1, 0.1], [9, 1], [-1, 2], [-4, 9.0]]), neighbours=1)
    assert len(figure.axes[0].get_lines()) == 2


# Small parts


def test_labels_find_free_places_or_none() -> None:
    points = np.zeros((60, 2)) + 1
    places = place_labels(points, [(0.4, 0.1)] * 60, (2, 2))
    found = np.array([place for place in places if place is not None])
    assert 10 < len(found) < 60
    apart = np.abs(found[:, None] - found) >= np.array([0.4, 0.1]) - 1e-9
    assert (apart.any(axis=2) | np.eye(len(found), dtype=bool)).all()


@pytest.mark.parametrize("places", [[0, 0, 0], [3, 1, 2, 2.1], [5], [0, 10, 0.1, 9.9]])
def test_spread_keeps_order_and_distance(places: list[float]) -> None:
    found = spread(places, 0.5)
    order = np.argsort(places, kind="stable")
    assert (np.diff(found[order]) >= 0.5 - 1e-9).all()
    assert found.mean() == pytest.approx(np.mean(places))


def test_words_are_shown_in_any_script_and_controls_as_signs() -> None:
    assert printable("a\nb") == "a⏎b"
    assert printable("  ") == "␣␣"
    assert printable("\ud800\x00\u202e") == "▯▯▯"
    assert printable("naïve 电影 😀") == "naïve 电影 😀"
    assert shortened("x" * 30) == "x" * 12 + "…" + "x" * 5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_colours_stand_out_from_the_paper(theme: Any) -> None:
    paper = relative_luminance(theme.paper)

    def contrast(colour: str) -> float:
        low, high = sorted([relative_luminance(colour), paper])
        return (high + 0.05) / (low + 0.05)

    assert contrast(theme.ink) > 7
    assert min(map(contrast, (theme.muted, *theme.series))) > 3
    assert ink_on(theme.paper) == (LIGHT.ink if theme is LIGHT else "#ffffff")


# Files and errors


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: hidden_states([], np.zeros((0, 3))), "there must be a time step to draw, got none"),
        (lambda: hidden_states(WORDS, np.zeros((3, 3))), "a row for each of 4 time steps"),
        (lambda: hidden_states(WORDS, np.full((4, 3), np.nan)), "h must be finite numbers"),
        (lambda: running_answer(WORDS, np.full((4, 2), 1.5)), "p must be probabilities of 2 answers"),
        (lambda: running_answer(WORDS, np.full((4, 3), 0.3)), "p must be probabilities of 2 answers"),
        (lambda: running_answer([], np.zeros((0, 2))), "there must be a time step to draw"),
        (lambda: gradient_flow({}), "norms must hold a network"),
        (lambda: gradient_flow({"a": np.array([-1.0])}), "must be numbers from 0 up"),
        (lambda: coloured_text([], np.zeros(0)), "there must be a time step to draw"),
        (lambda: training_curves(History()), "there must be an epoch to draw"),
        (lambda: confusion_matrix(np.ones((2, 3), int), ["a", "b"]), "counts must be whole numbers"),
        (lambda: confusion_matrix(np.ones((2, 2)), ["a", "b"]), "counts must be whole numbers"),
        (lambda: precision_recall({}), "there must be a class"),
        (lambda: word_map(["a"], np.ones((1, 2))), "of two words at least"),
        (lambda: word_map(["a", "b"], np.ones((3, 2))), "a vector for each of 2 words, got 3"),
        (lambda: network_shapes(["many-to-none"]), "kinds must be some of one-to-many, many-to-one"),
        (lambda: unrolled_network(LECTURE, []), "there must be time steps to unroll"),
        (lambda: folded_network(3), "network must be a Network, got a int"),  # type: ignore[arg-type]
        (lambda: rendered(network_shapes(), ".gif"), "must end in .svg or .png"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        draw()


def test_files_are_whole_or_not_there(tmp_path: Any) -> None:
    figure = network_shapes(["stacked"])
    save_figure(figure, tmp_path / "new" / "a.SVG")
    assert (tmp_path / "new" / "a.SVG").read_bytes() == rendered(figure)
    with pytest.raises(InputError, match=r"must be a name that ends in \.svg or \.png"):
        save_figure(figure, tmp_path / "a.gif")
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(DataError, match="is a folder"):
        save_figure(figure, tmp_path / "folder.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.svg", "new"]


def test_pyplot_is_not_loaded_and_settings_of_others_stay() -> None:
    program = (
        "import matplotlib, sys; matplotlib.rcParams['svg.fonttype'] = 'path'; from elman.inspection import figures;"
        "figures.rendered(figures.network_shapes()); print('matplotlib.pyplot' in sys.modules,"
        " matplotlib.rcParams['svg.fonttype'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False path"
    assert not done.stderr


def test_without_matplotlib_the_extra_is_named() -> None:
    program = "import sys; sys.modules['matplotlib'] = None\nimport elman.inspection\nimport elman.inspection.figures"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert 'InputError: pictures need matplotlib: pip install "elman[plot]"' in done.stderr


def test_a_single_answer_has_no_other_side() -> None:
    axes = running_answer(["a", "b"], np.asarray([0.1, 0.2]), ["the word that came"], below="").axes[0]
    assert [line.get_ydata().tolist() for line in axes.get_lines()] == [[0.1, 0.2]]
    assert not axes.collections
