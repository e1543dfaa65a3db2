"""The objective against finite differences; the kernels against their readable twins; draws against random.uniform."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from elman.encoders import _negative_sampling as sampling
from elman.encoders._negative_sampling import Objective, Schedule, Tables, gradients, learn_example, loss
from elman.engine import random
from elman.engine.kernels.word_vectors import Examples, Noise, learn_examples
from elman.engine.parallel import ahead
from elman.sequences import Sequences
from tests.processors import OTHERS, output_on, x86_alone

COUNTS = np.array([50, 20, 9, 5, 3, 1, 1])
WORDS, WIDTH = len(COUNTS), 32
OBJECTIVES = {
    "skip-gram": Objective(3, 4, mean=False, document=False),
    "cbow": Objective(3, 4, mean=True, document=False),
    "pv-dm": Objective(3, 4, mean=True, document=True),
    "pv-dbow": Objective(0, 4, mean=False, document=True),
    "pv-dbow with words": Objective(2, 4, mean=False, document=True),
}


def numeric(function: Any, x: np.ndarray) -> np.ndarray:
    found = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += 1e-6
        down[place] -= 1e-6
        found[place] = (function(up) - function(down)) / 2e-6
    return found


@pytest.mark.parametrize("words", [1, 2, 6])
def test_gradients_agree_with_finite_differences(words: int) -> None:
    draw = np.random.default_rng(0)
    h, outputs = draw.standard_normal(5), draw.standard_normal((words, 5))
    dh, du = gradients(h, outputs)
    np.testing.assert_allclose(dh, numeric(lambda x: loss(x, outputs), h), atol=1e-8)
    np.testing.assert_allclose(du, numeric(lambda x: loss(h, x), outputs), atol=1e-8)


def test_loss_is_the_papers_and_bears_large_scores() -> None:
    h, outputs = np.array([1.0, 2.0]), np.array([[0.5, 0.25], [-1.0, 1.0], [0.0, 1.0]])
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    assert loss(h, outputs) == pytest.approx(-np.log(sigmoid(1.0)) - np.log(sigmoid(-1.0)) - np.log(sigmoid(-2.0)))
    assert loss(1000 * h, outputs[:1]) == pytest.approx(0, abs=1e-12)
    assert loss(-1000 * h, outputs[:1]) == pytest.approx(1000)


# One step


def examples_of(rows: list[tuple[list[int], list[int], float]], negative: int) -> Examples:
    words = np.zeros((len(rows), 1 + negative), np.int32)
    for e, (_, told, _) in enumerate(rows):
        words[e, : len(told)] = told
    return Examples(
        np.concatenate([inputs for inputs, _, _ in rows]).astype(np.int32),
        np.cumsum([len(inputs) for inputs, _, _ in rows]),
        words,
        np.array([len(told) for _, told, _ in rows], np.int32),
        np.array([rate for _, _, rate in rows]),
    )


# Inputs from 7 on are documents; a word drawn twice, an input that comes twice, an example without drawn words.
ROWS = [
    ([2], [3, 1, 5, 1], 0.5),
    ([0, 4, 4, 7], [2, 6], 0.25),
    ([8], [1, 3, 5, 6, 0], 1.0),
    ([3, 1], [0], 0.125),
    ([2], [1, 3, 0], 0.5),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [16, WIDTH, 48])
def test_steps_are_those_of_the_readable_twin(dtype: str, width: int) -> None:
    draw = np.random.default_rng(1)
    vectors, outputs, documents = (draw.standard_normal((n, width)).astype(dtype) for n in (WORDS, WORDS, 2))
    inputs_too, outputs_too = np.concatenate([vectors, documents]).astype(np.float64), outputs.astype(np.float64)
    for inputs, told, rate in ROWS:
        learn_example(inputs_too, np.array(inputs), outputs_too, np.array(told), rate)
    flat = [table.reshape(-1) for table in (vectors, outputs, documents)]
    learn_examples(examples_of(ROWS, 4), len(ROWS), WORDS, width, *flat, False, np.empty(2 * width + 5, dtype))
    tolerance = 64 * np.finfo(dtype).eps
    np.testing.assert_allclose(np.concatenate([vectors, documents]), inputs_too, atol=tolerance, rtol=tolerance)
    np.testing.assert_allclose(outputs, outputs_too, atol=tolerance, rtol=tolerance)


def test_where_words_are_frozen_documents_move_as_in_the_readable_twin() -> None:
    draw = np.random.default_rng(2)
    vectors, outputs, documents = (draw.standard_normal((n, WIDTH)) for n in (WORDS, WORDS, 2))
    before, expected = (vectors.tobytes(), outputs.tobytes()), documents.copy()
    for inputs, told, rate in ROWS:
        inputs_too = np.concatenate([vectors, expected])
        learn_example(inputs_too, np.array(inputs), outputs.copy(), np.array(told), rate)
        expected = inputs_too[WORDS:]
    flat = [table.reshape(-1) for table in (vectors, outputs, documents)]
    learn_examples(examples_of(ROWS, 4), len(ROWS), WORDS, WIDTH, *flat, True, np.empty(2 * WIDTH + 5))
    assert (vectors.tobytes(), outputs.tobytes()) == before
    np.testing.assert_allclose(documents, expected, rtol=1e-13)


def test_only_so_many_examples_are_learned_as_told() -> None:
    flat = [np.full(n * WIDTH, 0.1, np.float32) for n in (WORDS, WORDS, 2)]
    learn_examples(examples_of(ROWS, 4), 1, WORDS, WIDTH, *flat, False, np.empty(2 * WIDTH + 5, np.float32))
    moved = [np.flatnonzero((table.reshape(-1, WIDTH) != np.float32(0.1)).any(axis=1)).tolist() for table in flat]
    assert moved == [[2], [1, 3, 5], []]


# Examples


def readable_examples(
    texts: list[list[int]],
    noise: Noise,
    objective: Objective,
    rates: tuple[float, float],
    seed: int,
    epoch: int,
    alone: bool,
) -> list[tuple[list[int], list[int], float]]:
    """What the examples are, by the definition: counted from the text's beginning, or through all texts."""
    found, total, passed = [], sum(map(len, texts)), 0
    for number, text in enumerate(texts):
        places = range(len(text)) if alone else range(passed, passed + len(text))
        kept = [
            (place, word)
            for place, word in zip(places, text, strict=True)
            if word < WORDS and random.uniform(seed, epoch, place, 0) < noise.keep[word]
        ]
        for i, (place, word) in enumerate(kept):
            reach = 1 + int(random.uniform(seed, epoch, place, 1) * objective.window)
            around = [w for j, (_, w) in enumerate(kept) if 0 < abs(i - j) <= min(reach, objective.window)]
            around += [WORDS + number] * objective.document
            rate = rates[0] + rates[1] * (place / (len(text) if alone else total))
            inputs = [around] if objective.mean and around else [[one] for one in around]
            for k, these in enumerate(inputs):
                draws = random.uniform(seed, epoch, place, 2 + k * objective.negative + np.arange(objective.negative))
                drawn = np.searchsorted(noise.sums, draws, side="right").tolist()
                found.append((these, [word, *(other for other in drawn if other != word)], rate))
        passed += len(text)
    return found


def made(
    texts: list[list[int]], noise: Noise, objective: Objective, schedule: Schedule, seed: int, epoch: int, alone: bool
) -> list[tuple[list[int], list[int], float]]:
    """What the kernel makes, block by block."""
    rows = Sequences.from_rows([np.array(text, np.int64) for text in texts])
    pieces = sampling.make_pieces(rows.offsets, alone)
    course = sampling._Course(rows.values, pieces, noise, objective, schedule, seed)
    found = []
    for block in course.blocks():
        examples, count = course.examples((epoch, block))
        bounds = [0, *examples.input_ends[:count].tolist()]
        for e, (begin, end) in enumerate(pairwise(bounds)):
            told = examples.words[e, : examples.counts[e]].tolist()
            found.append((examples.inputs[begin:end].tolist(), told, float(examples.rates[e])))
    return found


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_examples_are_those_of_the_definition(name: str, alone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "BLOCK", 50)
    draw = np.random.default_rng(3)
    texts = [draw.choice(WORDS + 1, length).tolist() for length in (5, 0, 1, 30, 2, 12, 0)]
    noise, schedule = sampling.make_noise(COUNTS, 0.75, 0.2), Schedule(3, 0.5, 0.1)
    assert (noise.keep < 1).any() and (noise.keep == 1).any()
    expected = readable_examples(texts, noise, OBJECTIVES[name], schedule.rates(1), 11, 1, alone)
    assert len(expected) > 20
    assert made(texts, noise, OBJECTIVES[name], schedule, 11, 1, alone) == expected


def test_windows_do_not_cross_where_long_texts_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "PIECE", 8)
    pieces = sampling.make_pieces(np.array([0, 3, 3, 20]), alone=True)
    assert pieces.begins.tolist() == [0, 3, 11, 19]
    assert pieces.ends.tolist() == [3, 11, 19, 20]
    assert pieces.documents.tolist() == [0, 2, 2, 2]
    assert pieces.origins.tolist() == [0, 3, 3, 3]
    assert pieces.spans.tolist() == [3, 17, 17, 17]
    noise, objective = sampling.make_noise(COUNTS, 0.75, None), Objective(3, 1, mean=True, document=False)
    found = made([[0, 1, 2, 3, 4, 5, 6, 0, *[1] * 8]], noise, objective, Schedule(1, 0.5, 0.1), 1, 0, True)
    assert all(set(inputs) == {1} for inputs, _, _ in found[8:])


def test_rate_falls_linearly_over_all_epochs() -> None:
    schedule = Schedule(4, 0.9, 0.1)
    assert [schedule.rates(epoch)[0] for epoch in range(4)] == pytest.approx([0.9, 0.7, 0.5, 0.3])
    assert sum(schedule.rates(3)) == pytest.approx(0.1)


# Draws


@pytest.mark.parametrize("power", [0.75, 1.0, 0.0, -0.5])
def test_words_are_drawn_by_their_count_raised_to_the_power(power: float) -> None:
    noise = sampling.make_noise(COUNTS, power, None)
    shares = np.diff(noise.sums, prepend=0)
    np.testing.assert_allclose(shares, COUNTS**power / (COUNTS**power).sum(), rtol=1e-13)
    assert noise.sums[-1] == 1
    assert (noise.keep == 1).all()


@pytest.mark.parametrize("words", [1, 2, 3, 8, 1000])
def test_the_guide_never_lies_behind_what_is_sought(words: int) -> None:
    draw = np.random.default_rng(4)
    noise = sampling.make_noise(draw.geometric(0.001, words), 0.75, 1e-3)
    edges = np.concatenate([noise.sums[:-1], np.nextafter(noise.sums, 0), draw.random(1000), [0, 1 - 2.0**-53]])
    sought = np.searchsorted(noise.sums, edges, side="right")
    starts = noise.guide[(edges * len(noise.guide)).astype(int)]
    assert (starts <= sought).all()
    assert (sought < words).all()


def test_frequent_words_are_thinned_out_as_gensim_does() -> None:
    """Its formula: (sqrt(c / t) + 1) t / c, with t the share times all words."""
    noise, t = sampling.make_noise(COUNTS, 0.75, 0.1), 0.1 * COUNTS.sum()
    np.testing.assert_allclose(noise.keep, np.minimum(1, (np.sqrt(COUNTS / t) + 1) * t / COUNTS), rtol=1e-14)


def test_tables_begin_small_and_filled_up_with_zeros() -> None:
    tables = Tables.begin(3, 300, 40, 20)
    assert [table.shape for table in (tables.vectors, tables.outputs, tables.documents)] == [
        (300, 32),
        (300, 32),
        (40, 32),
    ]
    assert not tables.outputs.any() and not tables.vectors[:, 20:].any() and not tables.documents[:, 20:].any()
    assert all(table.ctypes.data % 64 == 0 for table in (tables.vectors, tables.outputs, tables.documents))
    begun = tables.vectors[:, :20]
    assert np.abs(begun).max() <= 1 / 20 and np.abs(begun.mean()) < 0.002
    assert begun.std() == pytest.approx(1 / 20 / np.sqrt(3), rel=0.03)
    assert not (tables.vectors[:40] == tables.documents).all()
    assert (Tables.begin(3, 5000, 0, 20).vectors[:300] == tables.vectors).all()


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_results_come_in_the_order_of_the_items(threads: int) -> None:
    assert list(ahead(lambda item: item**2, range(20), threads)) == [item**2 for item in range(20)]
    assert list(ahead(lambda item: item, [], threads)) == []
    with pytest.raises(ZeroDivisionError):
        list(ahead(lambda item: 1 / item, [1, 0, 1], threads))


PROGRAM = """
import hashlib
from tests.encoders.neighbours import corpus
from elman.encoders import Doc2Vec, Word2Vec
for encoder in (Word2Vec(), Word2Vec(architecture="cbow"), Doc2Vec(), Doc2Vec(architecture="pv-dbow", words=True)):
    found = [*encoder.fit(corpus(300)).arrays().values(), encoder.transform(corpus(20, seed=1))]
    print(encoder, hashlib.sha256(b"".join(getattr(a, "values", a).tobytes() for a in found)).hexdigest())
"""


@pytest.mark.slow
@x86_alone
@pytest.mark.parametrize("processor", OTHERS)
def test_other_processors_learn_the_same_bits(processor: str) -> None:
    own = output_on(PROGRAM)
    assert own.count("\n") == 4
    assert output_on(PROGRAM, processor) == own
