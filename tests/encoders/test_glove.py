"""GloVe: counts equal naive ones; the objective is the paper's, the kernel its twin's; the same bits always."""

import math
import re
import shutil
import subprocess
import tracemalloc
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import clone

from elman.encoders import GloVe, WordVectors, _cooccurrence, _glove_training
from elman.encoders import _glove_equations as equations
from elman.encoders._cooccurrence import LONGEST_WINDOW, count_cooccurrences
from elman.encoders._glove_training import PARTS, Parameters, block_entries, train_epoch
from elman.engine import random
from elman.engine.kernels.glove import CHAINS, train_entries
from elman.errors import DataError, InputError, ModelFolderError, NonFiniteError
from elman.modelfolder import read_model_folder, write_model_folder
from elman.sequences import Sequences

Counts = dict[tuple[int, int], float]
PROGRAMS = ("vocab_count", "cooccur", "shuffle", "glove")


def texts_of_two_subjects(count: int = 300, seed: int = 0) -> list[list[str]]:
    """Words of two subjects that never meet, and some that stand with both."""
    draw = np.random.default_rng(seed)
    subjects = [["sun", "rain", "snow", "wind"], ["goal", "team", "ball", "match"]]
    return [draw.choice([*subjects[number % 2], "the", "was"], 8).tolist() for number in range(count)]


TEXTS = texts_of_two_subjects()


# Counting


def naive_counts(rows: list[list[int]], words: int, window: int) -> Counts:
    """X, both halves, in exact fractions: each token beside those up to `window` before it, unknown ones left out."""
    exact: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for row in ([word for word in row if word < words] for row in rows):
        for t, word in enumerate(row):
            for distance in range(1, min(window, t) + 1):
                exact[word, row[t - distance]] += Fraction(1, distance)
                exact[row[t - distance], word] += Fraction(1, distance)
    return {pair: float(count) for pair, count in exact.items()}


def counted(rows: list[list[int]], words: int, window: int, memory_mb: int = 4) -> Counts:
    found: Counts = {}
    keys = []
    for pairs in count_cooccurrences(
        Sequences.from_rows([np.array(r, np.int64) for r in rows]), words, window, memory_mb
    ):
        for i, j, count in zip(pairs.first.tolist(), pairs.second.tolist(), pairs.counts.tolist(), strict=True):
            assert i <= j
            keys.append((i, j))
            found[i, j] = found[j, i] = count
    assert keys == sorted(set(keys))
    return found


@given(
    rows=st.lists(st.lists(st.integers(0, 9), max_size=30), min_size=1, max_size=5),
    words=st.integers(1, 10),
    window=st.integers(1, LONGEST_WINDOW),
)
def test_counts_are_those_of_a_naive_count(rows: list[list[int]], words: int, window: int) -> None:
    rows = [[min(word, words) for word in row] for row in rows]  # `words` is the id of every unknown one
    assert counted(rows, words, window) == naive_counts(rows, words, window)


def drawn_rows(tokens: int = 2000, words: int = 60) -> list[list[int]]:
    draw = np.random.default_rng(1)
    flat = np.minimum(draw.zipf(1.3, tokens) - 1, words)
    return [row.tolist() for row in np.split(flat, np.sort(draw.integers(0, tokens, 40)))]


@pytest.mark.parametrize("slots", [64, 512])  # with 64 there are more runs than are merged at once
@pytest.mark.parametrize("at_once", [7, 1 << 20])
def test_counts_do_not_hang_on_memory(slots: int, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = drawn_rows()
    expected = naive_counts(rows, 60, 10)
    written = 0

    class CountedRun(_cooccurrence.Run):
        def __init__(self, *arguments: Any) -> None:
            nonlocal written
            written += 1
            super().__init__(*arguments)

    monkeypatch.setattr(_cooccurrence, "_slots", lambda *given: slots)
    monkeypatch.setattr(_cooccurrence, "Run", CountedRun)
    monkeypatch.setattr(_cooccurrence, "RECORDS_AT_ONCE", at_once)
    monkeypatch.setattr(_cooccurrence, "BYTES_PER_RECORD", 2**20)  # runs are read a record at a time, with 4 MB
    assert counted(rows, 60, 10) == expected
    assert written > (_cooccurrence.MERGED_AT_ONCE if slots == 64 else 2)


@pytest.mark.parametrize("tokens_at_once", [1, 3, 64])
@pytest.mark.parametrize("window", [1, 10])
def test_counts_do_not_hang_on_the_parts_that_tokens_are_read_in(
    tokens_at_once: int, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_cooccurrence, "TOKENS_AT_ONCE", tokens_at_once)
    rows = [[], *drawn_rows(300), [], [60] * 5, [1] * 5, [60]]
    assert counted(rows, 60, window) == naive_counts(rows, 60, window)


def test_counting_stays_within_its_memory() -> None:
    draw = np.random.default_rng(2)
    ids = Sequences(draw.integers(0, 20_001, 200_000), np.arange(0, 200_001, 50_000))
    for _ in count_cooccurrences(Sequences.from_rows([ids[0][:100]]), 20_000, 10, 4):  # compiles
        pass
    tracemalloc.start()
    try:
        pairs = sum(len(some.counts) for some in count_cooccurrences(ids, 20_000, 10, 4))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert pairs > 1_900_000  # 30 MB, and many runs
    assert peak <= 4 * 2**20


def test_the_temporary_folder_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cooccurrence.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(_cooccurrence, "_slots", lambda *given: 64)
    ids = Sequences.from_rows([np.array(row, np.int64) for row in drawn_rows()])
    pairs = count_cooccurrences(ids, 60, 10, 4)
    next(pairs)
    assert len(list(tmp_path.iterdir())) == 1
    pairs.close()  # type: ignore[attr-defined]
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(run: Any, records: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_cooccurrence, "_slots", lambda *given: 64)
    monkeypatch.setattr(_cooccurrence.Run, "_write", fail)
    with pytest.raises(DataError, match="cannot be written there: No space left on device; raise memory_mb"):
        counted(drawn_rows(), 60, 10)


@pytest.mark.parametrize("memory_mb", [4, 16, 100, 512, 4096])
def test_the_table_fits_its_memory(memory_mb: int) -> None:
    slots = _cooccurrence._slots(10**12, 10**6, memory_mb)
    assert 2 * slots * _cooccurrence.BYTES_PER_SLOT > memory_mb * 2**20 >= slots * _cooccurrence.BYTES_PER_SLOT
    assert _cooccurrence._slots(10, 4, memory_mb) == _cooccurrence.FEWEST_SLOTS


# The objective


def small_case(dtype: type = np.float64, features: int = 5) -> tuple[Any, ...]:
    """Weights, and entries of which some share their words."""
    draw = np.random.default_rng(3)
    x = draw.uniform(0.1, 300, 30)
    rows, columns = draw.integers(0, 6, 30).astype(np.int32), draw.integers(0, 6, 30).astype(np.int32)
    at = equations.Weights(*(draw.standard_normal(shape) for shape in ((6, features), (6, features), 6, 6)))
    weights = equations.weigh(x, 100, 0.75)
    return at, rows, columns, np.log(x).astype(dtype), weights.astype(dtype), x


def test_the_objective_is_the_papers() -> None:
    at, rows, columns, logs, weights, x = small_case()
    total = 0.0
    for i, j, count in zip(rows, columns, x, strict=True):
        f = (count / 100) ** 0.75 if count < 100 else 1
        inner = sum(at.words[i, k] * at.contexts[j, k] for k in range(5))
        total += f * (inner + at.word_biases[i] + at.context_biases[j] - math.log(count)) ** 2
    assert 2 * equations.costs(at, rows, columns, logs, weights).sum() == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("part", range(4))
def test_derivatives_are_those_of_finite_differences(part: int) -> None:
    at, rows, columns, logs, weights, _ = small_case()
    derived = equations.costs_backward(at, rows, columns, logs, weights)[part]
    value = at[part].reshape(-1)
    for number in range(value.size):
        ends = []
        for step in (1e-5, -1e-5):
            kept, value[number] = value[number], value[number] + step
            ends.append(equations.costs(at, rows, columns, logs, weights).sum())
            value[number] = kept
        assert derived.reshape(-1)[number] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6, abs=1e-7)


def parameters_of(at: equations.Weights, dtype: type) -> Parameters:
    features = at.words.shape[1]
    tables = np.zeros((2, 6, 2, -(-features // CHAINS) * CHAINS), dtype)
    tables[0, :, 0, :features], tables[1, :, 0, :features] = at.words, at.contexts
    tables[:, :, 1] = 1
    biases = [np.stack([bias, np.ones(6)], axis=1).astype(dtype) for bias in (at.word_biases, at.context_biases)]
    return Parameters(*tables, *biases)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("features", [1, 8, 13])
def test_the_kernel_is_its_twin(dtype: type, tolerance: float, features: int) -> None:
    at, rows, columns, logs, weights, _ = small_case(dtype, features)
    compiled, readable = parameters_of(at, dtype), parameters_of(at, dtype)
    for _ in range(3):
        total = train_entries(rows, columns, logs, weights, *compiled, dtype(0.05))
        expected = equations.train_entries(rows, columns, logs, weights, *readable, dtype(0.05))
        assert total == pytest.approx(expected, rel=tolerance)
    for ours, theirs in zip(compiled, readable, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    assert not compiled.words[:, 0, features:].any()


def test_the_first_step_goes_down_the_derivative() -> None:
    """A single entry moves its four parameters by the rate times the derivative, as AdaGrad's sums are 1."""
    at, rows, columns, logs, weights, _ = small_case()
    one = slice(0, 1)
    parameters = parameters_of(at, np.float64)
    cost = train_entries(rows[one], columns[one], logs[one], weights[one], *parameters, 0.05)
    assert cost == pytest.approx(equations.costs(at, rows[one], columns[one], logs[one], weights[one])[0], rel=1e-12)
    derived = equations.costs_backward(at, rows[one], columns[one], logs[one], weights[one])
    for name in ("words", "contexts"):
        moved = getattr(at, name) - getattr(parameters, name)[:, 0, :5]
        np.testing.assert_allclose(moved, 0.05 * getattr(derived, name), atol=1e-14)
        sums = getattr(parameters, name)[:, 1, :5] - 1
        np.testing.assert_allclose(sums, (0.05 * getattr(derived, name)) ** 2, atol=1e-14)
    for name in ("word_biases", "context_biases"):
        moved = getattr(at, name) - getattr(parameters, name)[:, 0]
        np.testing.assert_allclose(moved, 0.05 * getattr(derived, name), atol=1e-14)


# Learning


def test_blocks_hold_each_entry_once_with_its_weight() -> None:
    rows = drawn_rows()
    ids = Sequences.from_rows([np.array(row, np.int64) for row in rows])
    blocks = block_entries(count_cooccurrences(ids, 60, 10, 4), 20.0, 0.75, 7, 1)
    found = {}
    for number, block in enumerate(blocks):
        for i, j, log, weight in zip(*(values.tolist() for values in block), strict=True):
            assert (i % PARTS, j % PARTS) == divmod(number, PARTS)
            assert (i, j) not in found
            found[i, j] = (log, weight)
    expected = naive_counts(rows, 60, 10)
    assert found.keys() == expected.keys()
    for pair, x in expected.items():
        assert found[pair] == pytest.approx((math.log(x), min((x / 20) ** 0.75, 1)), rel=1e-6, abs=1e-6)


def test_entries_of_a_block_are_shuffled() -> None:
    ids = Sequences.from_rows([np.array(row, np.int64) for row in drawn_rows()])
    first, second = (block_entries(count_cooccurrences(ids, 60, 10, 4), 20.0, 0.75, seed, 1)[0] for seed in (1, 2))
    orders = [list(zip(block.rows.tolist(), block.columns.tolist(), strict=True)) for block in (first, second)]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    assert orders[0] != sorted(orders[0])


def test_entries_are_held_about_once() -> None:
    draw = np.random.default_rng(2)
    ids = Sequences(draw.integers(0, 20_000, 60_000), np.arange(0, 60_001, 15_000))
    block_entries(
        count_cooccurrences(Sequences.from_rows([ids[0][:100]]), 20_000, 10, 4), 100.0, 0.75, 7, 1
    )  # compiles
    tracemalloc.start()
    try:
        blocks = block_entries(count_cooccurrences(ids, 20_000, 10, 4), 100.0, 0.75, 7, 1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    entries = sum(len(block.rows) for block in blocks)
    assert entries > 1_000_000
    assert peak < 20 * entries  # 16 are kept of each


def bits(encoder: GloVe) -> tuple[bytes, list[float]]:
    return encoder.vectors_.tobytes(), encoder.losses_


@pytest.fixture(scope="module")
def fitted() -> GloVe:
    return GloVe(dimensions=10, epochs=30, x_max=10, threads=1).fit(TEXTS)


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_change_no_bit(fitted: GloVe, threads: int) -> None:
    assert bits(clone(fitted).set_params(threads=threads).fit(TEXTS)) == bits(fitted)


def test_memory_changes_no_bit(fitted: GloVe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cooccurrence, "_slots", lambda *given: 64)
    assert bits(clone(fitted).set_params(memory_mb=4).fit(TEXTS)) == bits(fitted)


def test_a_vector_is_the_sum_of_those_as_a_word_and_as_a_context(fitted: GloVe) -> None:
    words = len(fitted.vocabulary_)
    pairs = count_cooccurrences(fitted.numbers(TEXTS), words, 10, 512)
    blocks = block_entries(pairs, 10.0, 0.75, random.derive(0, "entries"), 1)
    learned = Parameters.draw(words, 10, 0)
    for epoch in range(1, 31):
        train_epoch(blocks, learned, 0.05, 0, epoch, 1)
    as_word, as_context = learned.words[:, 0, :10], learned.contexts[:, 0, :10]
    assert (fitted.vectors_ == as_word + as_context).all()


def test_seeds_do(fitted: GloVe) -> None:
    assert bits(clone(fitted).fit(TEXTS)) == bits(fitted)
    assert bits(clone(fitted).set_params(random_state=1).fit(TEXTS)) != bits(fitted)


def test_words_of_one_subject_lie_together(fitted: GloVe) -> None:
    vectors = WordVectors(fitted.vocabulary_.words, fitted.vectors_)
    for subject in (["sun", "rain", "snow", "wind"], ["goal", "team", "ball", "match"]):
        for word in subject:
            assert {w for w, _ in vectors.most_similar(word, topn=3)} == set(subject) - {word}


def test_losses_are_the_mean_costs_and_fall(fitted: GloVe) -> None:
    assert len(fitted.losses_) == 30
    assert fitted.losses_[-1] < fitted.losses_[0] / 4
    assert all(isinstance(loss, float) for loss in fitted.losses_)
    ids = fitted.numbers(TEXTS)
    words = len(fitted.vocabulary_)
    x = naive_counts([ids[number].tolist() for number in range(len(ids))], words, 10)
    rows, columns = np.array(list(x)).T
    counts = np.array(list(x.values()))
    start = Parameters.draw(words, 10, 0)
    at = equations.Weights(
        start.words[:, 0, :10], start.contexts[:, 0, :10], start.word_biases[:, 0], start.context_biases[:, 0]
    )
    standing = clone(fitted).set_params(learning_rate=1e-20, epochs=1).fit(TEXTS)  # so nothing moves in the epoch
    expected = equations.costs(at, rows, columns, np.log(counts), equations.weigh(counts, 10, 0.75)).mean()
    assert standing.losses_[0] == pytest.approx(expected, rel=1e-6)


def test_vectors_begin_small_and_centred() -> None:
    start = Parameters.draw(500, 10, 3)
    values = start.words[:, 0, :10]
    assert np.abs(values).max() <= 0.05
    assert abs(values.mean()) < 0.002
    assert values.std() == pytest.approx(0.1 / math.sqrt(12), rel=0.03)
    assert not (start.words == start.contexts).all()
    assert (start.words[:, 1] == 1).all()
    assert not start.words[:, 0, 10:].any()


def test_drawing_in_pieces_draws_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Parameters.draw(50, 3, 0)
    monkeypatch.setattr(_glove_training, "WORDS_AT_ONCE", 7)
    assert all((a == b).all() for a, b in zip(whole, Parameters.draw(50, 3, 0), strict=True))


# As an encoder


def test_tokens_are_vectors_of_words(fitted: GloVe) -> None:
    encoded = fitted.transform(["Sun qqq 🎬 goal", "", ["the"]])
    sun, goal, the = (fitted.vectors_[fitted.vocabulary_.to_ids([word])[0]] for word in ("sun", "goal", "the"))
    assert encoded.lengths.tolist() == [4, 0, 1]
    assert (encoded[0] == np.array([sun, np.zeros(10), np.zeros(10), goal], np.float32)).all()
    assert (encoded[2] == the).all()
    assert encoded.values.dtype == np.float32
    assert fitted.features_ == 10


def test_saved_and_loaded(fitted: GloVe, tmp_path: Path) -> None:
    fitted.save(tmp_path / "folder")
    loaded = GloVe.load(tmp_path / "folder")
    assert bits(loaded) == bits(fitted)
    assert loaded.get_params() == {**fitted.get_params(), "threads": None}
    assert (loaded.transform(TEXTS[:3]).values == fitted.transform(TEXTS[:3]).values).all()


@pytest.mark.parametrize("facts", [{}, {"losses": 3}, {"losses": ["x"]}, {"losses": [True]}, {"losses": None}])
def test_a_damaged_folder_is_refused(fitted: GloVe, tmp_path: Path, facts: dict[str, Any]) -> None:
    fitted.save(tmp_path / "folder")
    folder = read_model_folder(tmp_path / "folder")
    damaged = type(folder)({**folder.config, "facts": facts}, folder.arrays, folder.lists, "")
    write_model_folder(tmp_path / "folder", damaged)
    with pytest.raises(ModelFolderError, match="losses must be numbers"):
        GloVe.load(tmp_path / "folder")


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("dimensions", 0, "dimensions must be a positive integer, got 0"),
        ("window", 21, "window must be at most 20, so that counts are exact, got 21"),
        ("window", 2.5, "window must be a positive integer, got 2.5"),
        ("epochs", 0, "epochs must be a positive integer, got 0"),
        ("memory_mb", 3, "memory_mb must be 4 or more, got 3"),
        ("x_max", 0, "x_max must be a positive number, got 0"),
        ("alpha", float("nan"), "alpha must be a positive number, got nan"),
        ("learning_rate", "fast", "learning_rate must be a positive number, got 'fast'"),
        ("threads", 0, "threads must be a positive integer or None, got 0"),
    ],
)
def test_wrong_settings(name: str, value: Any, match: str) -> None:
    with pytest.raises(InputError, match=re.escape(match)):
        GloVe(**{name: value}).fit(TEXTS)


@pytest.mark.parametrize("texts", [["good"], ["good", "bad"], ["good rain", "good"]])
def test_texts_without_neighbours_are_refused(texts: list[str]) -> None:
    with pytest.raises(InputError, match="known words that stand near each other"):
        GloVe(min_count=2 if len(texts[0]) > 4 else 1, epochs=1).fit(texts)


def test_a_diverging_loss_is_said() -> None:
    encoder = GloVe(dimensions=3, learning_rate=1e30, epochs=3)
    with pytest.raises(NonFiniteError, match=r"epoch \d: the loss is (nan|inf); lower learning_rate, now 1e\+30"):
        encoder.fit(TEXTS)
    assert not hasattr(encoder, "vectors_")


def test_odd_texts() -> None:
    one = GloVe(dimensions=3, epochs=2).fit(["good good"])
    assert one.vocabulary_.words == ("good",)
    assert np.isfinite(one.vectors_).all()
    odd = GloVe(dimensions=3, epochs=2).fit(["", "🎬 👩‍👩‍👧 🎬", "a"])
    assert odd.vocabulary_.words == ("🎬", "👩‍👩‍👧", "a")
    long = GloVe(dimensions=2, epochs=1).fit([["a", "b", "c", "d"] * 25_000])
    assert long.transform([["a", "b"] * 50_000]).values.shape == (100_000, 2)


# Beside Stanford's program


def zipf_texts(tokens: int = 40_000, words: int = 800) -> list[list[str]]:
    """Words by Zipf's law, each half likely to be followed by one of its own followers."""
    draw = np.random.default_rng(0)
    odds = 1 / np.arange(1, words + 1)
    chosen = draw.choice(words, tokens, p=odds / odds.sum())
    follows = draw.random(tokens) < 0.5
    chosen[1:] = np.where(follows[1:], (chosen[:-1] * 7 + chosen[1:] % 3) % words, chosen[1:])
    return [[f"w{word}" for word in row] for row in chosen.reshape(-1, 50)]


def losses_of_stanford(texts: list[list[str]], folder: Path, *options: str) -> list[float]:
    def run(*command: str, source: str) -> bytes:
        with open(folder / source, "rb") as file:
            return subprocess.run(command, stdin=file, capture_output=True, check=True, cwd=folder).stdout

    (folder / "corpus").write_text("".join(" ".join(text) + "\n" for text in texts))
    (folder / "vocab").write_bytes(run("vocab_count", "-min-count", "1", source="corpus"))
    pairs = run("cooccur", "-vocab-file", "vocab", "-window-size", "10", "-memory", "0.5", source="corpus")
    (folder / "pairs").write_bytes(pairs)
    (folder / "shuffled").write_bytes(run("shuffle", "-memory", "0.5", source="pairs"))
    command = ["glove", "-input-file", "shuffled", "-vocab-file", "vocab", "-save-file", "vectors", *options]
    said = subprocess.run(command, capture_output=True, check=True, cwd=folder, text=True)
    return [float(cost) for cost in re.findall(r"iter: \d+, cost: ([\d.]+)", said.stderr + said.stdout)]


@pytest.mark.skipif(not all(map(shutil.which, PROGRAMS)), reason="Stanford's GloVe programs are not on PATH")
def test_losses_are_within_two_percent_of_stanfords(tmp_path: Path) -> None:
    texts = zipf_texts()
    options = ["-iter", "8", "-vector-size", "20", "-threads", "1", "-x-max", "10"]
    theirs = losses_of_stanford(texts, tmp_path, *options)
    ours = GloVe(dimensions=20, epochs=8, x_max=10).fit(texts).losses_
    assert len(theirs) == 8
    np.testing.assert_allclose(ours, theirs, rtol=0.02)


@settings(max_examples=20)
@given(texts=st.lists(st.lists(st.sampled_from("abcde"), max_size=8), min_size=1, max_size=6))
def test_whatever_is_fitted_is_finite_or_refused(texts: list[list[str]]) -> None:
    try:
        encoder = GloVe(dimensions=3, epochs=2, threads=1).fit(texts)
    except InputError:
        return
    vectors: NDArray[np.float32] = encoder.vectors_
    assert np.isfinite(vectors).all()
    assert vectors.shape == (len(encoder.vocabulary_), 3)
