"""How long does one text take, beside PyTorch, onnxruntime and Keras?

    make bench
    or, with the peers installed:
    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE python benchmarks/inference.py [--only TASK ...]
        [--cells CELL ...] [--peers PEER ...] [--repeats 7] [--threads 2]

Unset the two variables for the peers' sake, where the machine sets them: they choose OpenBLAS' kernels.

An embedding (vocabulary 20,000, width 100), one recurrent layer of 128 units, one sigmoid output on its last state;
float32. All sides have the same arrays and weights, their probabilities are compared first, and they take turns;
medians over the turns are compared.

latency      one text of 200 words, batch 1, ids in and a probability out, 32 different texts one after the other:
             `Network.freeze().predict([ids])`, the words' products with the input kernel kept from when each came
             first; PyTorch's layers in inference mode; onnxruntime on a graph of the operators Gather, RNN or GRU or
             LSTM, Gemm, Sigmoid; Keras compiled on JAX. PyTorch, onnxruntime and Elman run with 1 thread and with
             `--threads`, and the faster of the two counts for each.
latency-unfrozen  the same with `Network.predict`, which packs its weights at each call. Without a target.
throughput   256 texts of 1 to 400 words at once, without a target: beside PyTorch, which pads them.

Prints a table, and one JSON object on the last line.
"""

import time
from argparse import Namespace
from collections.abc import Callable, Iterable
from functools import partial
from itertools import cycle
from typing import Any

import numpy as np

from _sides import MODULES, Batch, Keras, OnnxRuntime, Problem, PyTorch
from _turns import Table, arguments, installed, machine, take_turns

TIME = 200
DIFFERENT = 32
TEXTS, LONGEST = 256, 400
TARGETS = {
    ("latency", "pytorch"): {"simple_rnn": 6, "gru": 6, "lstm": 2},
    ("latency", "onnxruntime"): {"simple_rnn": 1.5, "gru": 1.5, "lstm": 1.5},
}
Sides = dict[tuple[str, int], Callable[[], Any]]
"""By name of the side and number of threads."""


def draw_batch(lengths: list[int], vocabulary: int, seed: int = 0) -> Batch:
    draw = np.random.default_rng(seed)
    return Batch([draw.integers(0, vocabulary, n) for n in lengths], np.zeros(len(lengths), np.int64))


def one_after_the_other(predictors: Iterable[Callable[[], Any]]) -> Callable[[], Any]:
    """Give a function that calls the next of them each time, and after the last the first."""
    turn = cycle(list(predictors))
    return lambda: next(turn)()


def latency_sides(given: Namespace, problem: Problem, batches: list[Batch], freeze: bool) -> Sides:
    network, sides = problem.network(), Sides()
    weights, own = network.parameters, network.freeze() if freeze else network

    def add(name: str, threads: int, predictor: Callable[[Batch], Callable[[], Any]]) -> None:
        sides[name, threads] = one_after_the_other(map(predictor, batches))

    torch = PyTorch(problem.cell, weights, 1) if "pytorch" in given.peers else None
    for threads in sorted({1, given.threads}):
        add("ours", threads, lambda batch, n=threads: partial(own.predict, batch.rows, threads=n))
        if torch is not None:
            add("pytorch", threads, lambda batch, n=threads: torch.predictor(batch, n))
        if "onnxruntime" in given.peers:
            add("onnxruntime", threads, OnnxRuntime(problem.cell, weights, threads).predictor)
    if "keras" in given.peers:
        add("keras", given.threads, Keras(problem.cell, weights, given.threads).predictor)
    return sides


def throughput_sides(given: Namespace, problem: Problem, batch: Batch) -> Sides:
    network, sides = problem.network(), Sides()
    sides["ours", given.threads] = partial(network.predict, batch.rows, threads=given.threads)
    if "pytorch" in given.peers:
        torch = PyTorch(problem.cell, network.parameters, given.threads)
        sides["pytorch", given.threads] = torch.predictor(batch, given.threads, "padded")
    return sides


def compare(given: Namespace, table: Table, task: str, problem: Problem, batches: list[Batch], sides: Sides) -> None:
    batch = batches[0]
    found = {side: np.stack([predict().ravel() for _ in batches]) for side, predict in sides.items()}
    for (name, threads), values in found.items():
        np.testing.assert_allclose(
            values, found["ours", given.threads], atol=1e-5, err_msg=f"{name}, {threads} threads"
        )
    turns = take_turns(sides, given.repeats)
    best = {name: min((t for t in sides if t[0] == name), key=turns.seconds) for name, _ in sides}
    for peer in list(best)[1:]:
        chosen = (best["ours"], best[peer])
        times = dict(zip(("ours_ms", "peer_ms"), (turns.seconds(side) * 1e3 for side in chosen), strict=True))
        threads = {"ours_threads": chosen[0][1], "peer_threads": chosen[1][1]}
        table.add(task, problem.cell, peer, (batch.tokens, batch.tokens), turns, chosen, **times, **threads)


def latency(given: Namespace, table: Table, task: str = "latency", freeze: bool = True) -> None:
    table.head(f"One text of {TIME} words, embedding 100, 128 units" + ("" if freeze else "; Elman not frozen"))
    for cell in given.cells:
        problem, batches = Problem(cell), [draw_batch([TIME], 20_000, seed) for seed in range(DIFFERENT)]
        compare(given, table, task, problem, batches, latency_sides(given, problem, batches, freeze))


def throughput(given: Namespace, table: Table) -> None:
    table.head(f"{TEXTS} texts of 1 to {LONGEST} words at once, embedding 100, 128 units")
    lengths = np.random.default_rng(1).integers(1, LONGEST + 1, TEXTS).tolist()
    for cell in given.cells:
        problem, batch = Problem(cell), draw_batch(lengths, 20_000)
        compare(given, table, "throughput", problem, [batch], throughput_sides(given, problem, batch))


TASKS = {
    "latency": latency,
    "latency-unfrozen": partial(latency, task="latency-unfrozen", freeze=False),
    "throughput": throughput,
}


def main() -> None:
    parser = arguments("Predictions of Elman beside others'.", list(TASKS), ["pytorch", "onnxruntime", "keras"])
    given = parser.parse_args()
    given.peers = installed(given.peers, MODULES)
    print(machine())
    table, begin = Table(TARGETS), time.perf_counter()
    for task in given.only:
        TASKS[task](given, table)
    print(f"\n{time.perf_counter() - begin:.0f} s")
    table.finish(given)


if __name__ == "__main__":
    main()
