"""How fast is a training step, beside PyTorch's and Keras', and beside what the processor can do?

    make bench
    or, with the peers installed:
    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE python benchmarks/training.py [--only TASK ...]
        [--cells CELL ...] [--peers PEER ...] [--repeats 7] [--threads 2] [--batches 3]

Unset the two variables for the peers' sake, where the machine sets them: they choose OpenBLAS' kernels.

An embedding, one recurrent layer, one sigmoid output on its last state; float32. A step is forward, loss and
backward, without the optimizer's update. All sides have the same arrays and weights, their losses and gradients
are compared first, and they take turns; medians over the turns are compared.

train-fixed    64 texts of 200 words, vocabulary 20,000 (drawn uniformly), embedding 100, 128 units, beside
               PyTorch's own layers and Keras compiled on JAX. `train-fixed-zipf`, without a target: words come as
               often as in text (probability ~ 1 / rank). Elman multiplies each different word of a shard once.
train-ragged   the same, the texts as long as IMDB's (Elman's tokenizer; needs ELMAN_DATA, default ../shared/data;
               without it drawn from a log-normal of IMDB's mean and spread), in batches of a random order. PyTorch
               pads each batch and reads the output at the last real word. Also beside batches of like lengths
               (bucketed: a pool of 50 batches sorted by length), and beside packed sequences, of one batch. Only real
               words count.
roofline       flops of the step's products a second, over those of the best 2-thread float32 product of NumPy's
               BLAS measured between our turns; embedding 256, 256 units, batch 64, 200 words.
tape           bytes that forward keeps for backward, a token, and tokens computed over tokens given (1: no padding).
scaling-*      cost of a token as lengths, units and vocabulary grow, on one thread (to wake another takes the same time
               for every batch); and two threads beside one.

Prints tables, and one JSON object on the last line.
"""

import os
import time
import tracemalloc
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from _sides import MODULES, Batch, Keras, Ours, Problem, PyTorch, check_gradients
from _turns import Table, arguments, installed, machine, take_turns
from elman.data import read_labelled
from elman.text import Tokenizer

DATA = Path(os.environ.get("ELMAN_DATA", Path(__file__).parents[1] / "../shared/data"))
TEXTS, TIME = 64, 200
POOL_BATCHES = 50
IMDB_LOG_MEAN, IMDB_LOG_SPREAD = 5.397, 0.657
"""Of the logarithms of its lengths, in tokens."""
TARGETS = {
    ("train-fixed", "pytorch"): {"simple_rnn": 3.5, "gru": 3.5, "lstm": 1.8},
    ("train-ragged", "pytorch"): {"simple_rnn": 7, "gru": 7, "lstm": 4},
    ("roofline", "peak"): {"simple_rnn": 0.6, "gru": 0.6, "lstm": 0.6},
}
PRODUCTS = ((512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (3200, 512, 1024))
"""Sizes among which the processor's best product is looked for: m, k, n."""


def labels(count: int) -> NDArray[np.int64]:
    return np.random.default_rng(1).integers(0, 2, count)


def uniform_words(lengths: Sequence[int], vocabulary: int, seed: int = 0) -> Batch:
    draw = np.random.default_rng(seed)
    return Batch([draw.integers(0, vocabulary, length) for length in lengths], labels(len(lengths)))


def zipf_words(vocabulary: int) -> Batch:
    """Words as often as those of their rank come in text."""
    weights = 1 / np.arange(1, vocabulary + 1)
    ids = np.random.default_rng(0).choice(vocabulary, size=(TEXTS, TIME), p=weights / weights.sum())
    return Batch(list(ids), labels(TEXTS))


# train-fixed


def train_fixed(given: Namespace, table: Table) -> None:
    table.head(f"Training step, {TEXTS} x {TIME} words, embedding 100, 128 units")
    for cell in given.cells:
        fixed_rows(given, table, Problem(cell), "train-fixed", uniform_words([TIME] * TEXTS, 20_000))
        fixed_rows(given, table, Problem(cell), "train-fixed-zipf", zipf_words(20_000))


def fixed_rows(given: Namespace, table: Table, problem: Problem, task: str, batch: Batch) -> None:
    sides = fixed_sides(given, problem, batch)
    turns = take_turns(sides, given.repeats)
    for peer in list(sides)[1:]:
        table.add(task, problem.cell, peer, (batch.tokens, batch.tokens), turns, ("ours", peer))


def fixed_sides(given: Namespace, problem: Problem, batch: Batch) -> dict[str, Callable[[], Any]]:
    """Give the step of each side; all have been seen to agree."""
    ours = Ours(problem.network(), given.threads)
    sides: dict[str, Callable[[], Any]] = {"ours": ours.trainer(batch)}
    loss, gradients = sides["ours"]()
    for name, kind in (("pytorch", PyTorch), ("keras", Keras)):
        if name in given.peers:
            peer = kind(problem.cell, ours.network.parameters, given.threads)
            sides[name] = peer.trainer(batch)
            assert abs(sides[name]() - loss) < 1e-5, f"{name} has another loss"
            check_gradients(ours.gradients(gradients), peer.gradients())
    return sides


# train-ragged


def imdb_lengths(count: int) -> tuple[NDArray[np.int64], str]:
    """Give lengths of IMDB's reviews in random order, in tokens, and where they are from."""
    draw, file = np.random.default_rng(0), DATA / "imdb/train.parquet"
    if not file.exists():
        drawn = draw.lognormal(IMDB_LOG_MEAN, IMDB_LOG_SPREAD, count)
        return np.maximum(drawn, 1).astype(np.int64), "a log-normal fitted to IMDB's"
    texts, tokenizer = read_labelled(str(file)).texts, Tokenizer()
    chosen = draw.permutation(len(texts))[:count]
    return np.array([len(tokenizer.tokenize(texts[i])) for i in chosen]), "IMDB's own"


def ragged_batches(count: int) -> tuple[list[Batch], list[Batch], str]:
    """Give batches of texts in random order, and batches of like lengths.

    Few are timed, so both are picked from a pool of many, evenly over the batches sorted by their longest text:
    then they are padded about as much as the pool is.
    """
    lengths, source = imdb_lengths(POOL_BATCHES * TEXTS)
    mixed, alike = lengths.reshape(-1, TEXTS), np.sort(lengths).reshape(-1, TEXTS)
    picked = (np.arange(count) * 2 + 1) * POOL_BATCHES // (2 * count)
    chosen = [rows[np.argsort(rows.max(axis=1), kind="stable")[picked]] for rows in (mixed, alike)]
    batches = [[uniform_words(row, 20_000, seed) for seed, row in enumerate(rows)] for rows in chosen]
    return batches[0], batches[1], source


def train_ragged(given: Namespace, table: Table) -> None:
    mixed, alike, source = ragged_batches(given.batches)
    sizes = np.concatenate([[len(row) for row in batch.rows] for batch in mixed])
    table.head(
        f"Training steps, {len(mixed)} batches of {TEXTS} texts, lengths {source}: mean {sizes.mean():.0f}, "
        f"at most {sizes.max()}"
    )
    if "pytorch" in given.peers:
        for cell in given.cells:
            ragged_rows(given, table, cell, mixed, alike)


def ragged_rows(given: Namespace, table: Table, cell: str, mixed: list[Batch], alike: list[Batch]) -> None:
    ours = Ours(Problem(cell).network(), given.threads)
    peer = PyTorch(cell, ours.network.parameters, given.threads)
    check_ragged(ours, peer, mixed[0])
    middle = [mixed[len(mixed) // 2]]  # packed sequences take ten times as long as all the rest
    ways = {
        "train-ragged": ("padded", mixed),
        "train-ragged-bucketed": ("padded", alike),
        "train-ragged-packed": ("packed", middle),
    }
    sides = {task: in_turn([peer.trainer(batch, way) for batch in batches]) for task, (way, batches) in ways.items()}
    turns = take_turns({"ours": in_turn([ours.trainer(batch) for batch in mixed])} | sides, given.repeats)
    tokens = sum(batch.tokens for batch in mixed)
    for task, (_, batches) in ways.items():
        read = sum(batch.tokens for batch in batches)
        table.add(task, cell, "pytorch", (tokens, read), turns, ("ours", task))


def in_turn(steps: list[Callable[[], Any]]) -> Callable[[], Any]:
    def run() -> None:
        for step in steps:
            step()

    return run


def check_ragged(ours: Ours, peer: PyTorch, batch: Batch) -> None:
    loss, gradients = ours.trainer(batch)()
    for way in ("padded", "packed"):
        assert abs(peer.trainer(batch, way)() - loss) < 1e-5, f"{way}: another loss"
        check_gradients(ours.gradients(gradients), peer.gradients())


# roofline


def product(m: int, k: int, n: int) -> Callable[[], Any]:
    draw = np.random.default_rng(0)
    a, b = (draw.standard_normal(shape).astype(np.float32) for shape in ((m, k), (k, n)))
    return partial(np.matmul, a, b, out=np.empty((m, n), np.float32))


def roofline(given: Namespace, table: Table) -> None:
    batch = uniform_words([TIME] * TEXTS, 20_000)
    problems = {cell: Problem(cell, embedding=256, units=256) for cell in given.cells}
    sides = {cell: Ours(problem.network(), given.threads).trainer(batch) for cell, problem in problems.items()}
    with threadpool_limits(given.threads):
        turns = take_turns(sides | {size: product(*size) for size in PRODUCTS}, given.repeats)
    best = max(PRODUCTS, key=lambda size: np.prod(size) / turns.seconds(size))
    flops = 2 * int(np.prod(best))
    peak = flops / turns.seconds(best)
    table.head(f"Flops of the step's products over the best product, {peak / 1e9:.0f} GFLOP/s at {best}")
    for cell, problem in problems.items():
        # A token of the peak takes as many flops as one of ours.
        tokens = (batch.tokens, flops / problem.flops)
        fraction = batch.tokens / turns.seconds(cell) * problem.flops / peak
        table.add("roofline", cell, "peak", tokens, turns, (cell, best), roofline_fraction=fraction)


# What it costs as things grow


def tape(given: Namespace, table: Table) -> None:
    print("\nBytes that forward keeps for backward, a token; tokens computed over tokens given")
    batch = uniform_words(imdb_lengths(TEXTS)[0], 20_000)
    for cell in given.cells:
        ours = Ours(Problem(cell).network(), given.threads)
        shards = ours.network.shards(ours.accept(batch))
        kept = sum(kept_bytes(ours, shard) for shard in shards) / batch.tokens
        padded = sum(len(shard.values) for shard in shards) / batch.tokens
        print(f"{cell:<10} {kept:>7,.0f} bytes   {padded:.2f}")
        table.keep("tape", cell, None, padded, bytes_per_token=kept)


def kept_bytes(ours: Ours, shard: Any) -> int:
    steps = ours.network.begin()
    ours.network.forward(shard, steps)  # compiles, and makes what all shards share
    tracemalloc.start()
    kept = ours.network.forward(shard, steps)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return held


def grow(
    given: Namespace, table: Table, task: str, unit: str, make: Callable[[str, int], tuple[Problem, Batch]],
    sizes: Sequence[int],
) -> None:  # fmt: skip
    """Print a token's cost at each size beside its cost at the first."""
    print(f"\nCost of a token beside that at {unit} {sizes[0]:,} ({task}); in brackets its flops, GFLOP/s")
    for cell in given.cells:
        made = {size: make(cell, size) for size in sizes}
        sides = {size: Ours(p.network(), 1).trainer(batch) for size, (p, batch) in made.items()}
        turns = take_turns(sides, given.repeats)
        costs = {size: turns.seconds(size) / batch.tokens for size, (_, batch) in made.items()}
        parts = []
        for size, (problem, _) in made.items():
            ratio, flops = costs[size] / costs[sizes[0]], problem.flops / made[sizes[0]][0].flops
            parts.append(f"{size:,}: {ratio:.2f} ({flops:.1f}, {problem.flops / costs[size] / 1e9:.0f})")
            table.keep(task, cell, None, ratio, ours_tokens_per_s=1 / costs[size], size=size, flops_ratio=flops)
        print(f"{cell:<10} " + "  ".join(parts), flush=True)
        table.warn(turns)


def all_different(lengths: Sequence[int]) -> Batch:
    """Words of which none comes twice, so that longer texts do not repeat more of them."""
    ids = np.random.default_rng(0).permutation(sum(lengths))
    return Batch(np.split(ids, np.cumsum(lengths)[:-1]), labels(len(lengths)))


def longer(cell: str, length: int) -> tuple[Problem, Batch]:
    return Problem(cell, vocabulary=32 * 5000), all_different([length] * 32)


def wider(cell: str, units: int) -> tuple[Problem, Batch]:
    return Problem(cell, units=units, embedding=units), uniform_words([TIME] * TEXTS, 20_000)


def richer(cell: str, vocabulary: int) -> tuple[Problem, Batch]:
    """A larger table, but always the same number of different words, spread over it."""
    batch = uniform_words([TIME] * TEXTS, 1000)
    words = np.random.default_rng(3).permutation(vocabulary)[:1000]
    return Problem(cell, vocabulary=vocabulary), Batch([words[row] for row in batch.rows], batch.labels)


def scaling_length(given: Namespace, table: Table) -> None:
    grow(given, table, "scaling-length", "length", longer, (50, 500, 5000))


def scaling_units(given: Namespace, table: Table) -> None:
    grow(given, table, "scaling-units", "units", wider, (32, 64, 128, 256, 512))


def scaling_vocabulary(given: Namespace, table: Table) -> None:
    grow(given, table, "scaling-vocabulary", "vocabulary", richer, (1000, 30_000, 1_000_000))


def scaling_threads(given: Namespace, table: Table) -> None:
    print("\nTimes faster with 2 threads than with 1; target 1.70")
    batch = uniform_words([TIME] * TEXTS, 20_000)
    for cell in given.cells:
        for units in (128, 256):
            network = Problem(cell, units=units).network()
            turns = take_turns({n: Ours(network, n).trainer(batch) for n in (1, 2)}, given.repeats)
            ratio, least, most = turns.ratio(1, 2)
            print(f"{cell:<10} units {units}: {ratio:.2f} ({least:.2f}-{most:.2f})", flush=True)
            table.warn(turns)
            speed = batch.tokens / turns.seconds(2)
            table.keep("scaling-threads", cell, None, ratio, ours_tokens_per_s=speed, size=units)


TASKS = {
    "train-fixed": train_fixed,
    "train-ragged": train_ragged,
    "roofline": roofline,
    "tape": tape,
    "scaling-length": scaling_length,
    "scaling-units": scaling_units,
    "scaling-vocabulary": scaling_vocabulary,
    "scaling-threads": scaling_threads,
}


def main() -> None:
    parser = arguments("A training step of Elman beside others'.", list(TASKS), ["pytorch", "keras"])
    parser.add_argument("--batches", type=int, default=3, help="of train-ragged, 3 by default")
    given = parser.parse_args()
    given.peers = installed(given.peers, MODULES)
    blas = ", ".join(
        f"{i['internal_api']} {i.get('architecture', '')}" for i in threadpool_info() if i["user_api"] == "blas"
    )
    print(f"{machine()}; NumPy's BLAS: {blas}")
    table, begin = Table(TARGETS), time.perf_counter()
    for task in given.only:
        TASKS[task](given, table)
    print(f"\n{time.perf_counter() - begin:.0f} s")
    table.finish(given)


if __name__ == "__main__":
    main()
