"""How fast is a training step beside PyTorch's?

    make bench
    or, with torch installed:  python benchmarks/training.py [--repeats 7] [--threads 2]

One batch of 64 texts of 200 words, vocabulary 20,000, embedding 100, SimpleRNN of 128 units, one sigmoid
output, the same arrays and starting weights on both sides. A step is forward, loss and backward; the
optimizer's update (Adam, on Elman's side lazy on the embedding) is timed apart. The sides take turns, and
the medians are compared.

Two ways of drawing words: "uniform" over the vocabulary, and "zipf", as often as words of that rank come in
text (probability ~ 1 / rank). Elman multiplies each different word of a shard once, so text helps it; the
ratio that counts against the target is the uniform one.

If the machine sets OPENBLAS_CORETYPE or OPENBLAS_L2_SIZE, unset them for the peer's sake:
    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE python benchmarks/training.py

Prints a table, and one JSON object on the last line.
"""

import argparse
import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from elman.engine import Dense, Embedding, Network, SimpleRNN
from elman.engine.optimizers import Adam
from elman.engine.row_gradient import RowGradient

VOCABULARY, EMBEDDING, UNITS, BATCH, TIME = 20_000, 100, 128, 64, 200
PAUSE_SECONDS = 0.3
"""Before a side's turn: the other side's threads may go on spinning for a while after their last task."""
WARM_UP, STEPS = 20, 20
"""Steps of a turn: the first ones wake the processors and fill the caches, the others count."""


def draw_ids(words: str) -> np.ndarray:
    """(BATCH, TIME) ids."""
    draw = np.random.default_rng(0)
    weights = np.ones(VOCABULARY) if words == "uniform" else 1 / np.arange(1, VOCABULARY + 1)
    return draw.choice(VOCABULARY, size=(BATCH, TIME), p=weights / weights.sum())


class Ours:
    """One step of Elman."""

    def __init__(self, ids: np.ndarray, labels: np.ndarray, threads: int) -> None:
        self.network = Network([Embedding(VOCABULARY, EMBEDDING), SimpleRNN(UNITS), Dense(1, "sigmoid")])
        self.sequences = self.network.accept(ids)
        self.labels, self.weights, self.threads = labels, np.full(BATCH, 1 / BATCH), threads
        self.adam = Adam()
        self.gradients: Any = None

    def step(self) -> float:
        shards = self.network.shards(self.sequences)
        loss, self.gradients = self.network.loss_and_gradients(shards, self.labels, self.weights, threads=self.threads)
        return loss

    def update(self) -> None:
        self.adam.update(self.network.parameters, self.gradients)

    def gradient(self, name: str) -> np.ndarray:
        gradient = self.gradients[name]
        return gradient.dense(self.network.parameters[name].shape) if isinstance(gradient, RowGradient) else gradient


class PyTorch:
    """The same step as its users write it."""

    def __init__(self, ids: np.ndarray, labels: np.ndarray, threads: int, ours: Ours) -> None:
        import torch

        torch.set_num_threads(threads)
        self.embedding = torch.nn.Embedding(VOCABULARY + 1, EMBEDDING)
        self.rnn = torch.nn.RNN(EMBEDDING, UNITS, batch_first=True)
        self.linear = torch.nn.Linear(UNITS, 1)
        self.model = torch.nn.ModuleList([self.embedding, self.rnn, self.linear])
        self.criterion = torch.nn.BCEWithLogitsLoss()
        self.ids, self.labels = torch.tensor(ids), torch.tensor(labels, dtype=torch.float32)
        self.adam = torch.optim.Adam(self.model.parameters())
        p = {name: torch.tensor(value) for name, value in ours.network.parameters.items()}
        with torch.no_grad():
            self.embedding.weight.copy_(p["embedding/embeddings"])
            self.rnn.weight_ih_l0.copy_(p["simple_rnn/kernel"].T)
            self.rnn.weight_hh_l0.copy_(p["simple_rnn/recurrent_kernel"].T)
            self.rnn.bias_ih_l0.copy_(p["simple_rnn/bias"])
            self.rnn.bias_hh_l0.zero_()
            self.linear.weight.copy_(p["dense/kernel"].T)
            self.linear.bias.copy_(p["dense/bias"])

    def step(self) -> float:
        self.adam.zero_grad(set_to_none=True)
        _, last = self.rnn(self.embedding(self.ids))
        loss = self.criterion(self.linear(last[0])[:, 0], self.labels)
        loss.backward()
        return loss.item()  # type: ignore[no-any-return]

    def update(self) -> None:
        self.adam.step()


def seconds(function: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def check_agreement(ours: Ours, peer: PyTorch) -> None:
    """Both sides must compute the same before it means anything that one is faster."""
    assert abs(ours.step() - peer.step()) < 1e-5
    for name, tensor in (
        ("simple_rnn/recurrent_kernel", peer.rnn.weight_hh_l0.grad.T),
        ("simple_rnn/kernel", peer.rnn.weight_ih_l0.grad.T),
        ("embedding/embeddings", peer.embedding.weight.grad),
    ):
        expected = tensor.numpy()
        np.testing.assert_allclose(ours.gradient(name), expected, atol=1e-4 * np.abs(expected).max(), err_msg=name)


def compare(words: str, repeats: int, threads: int) -> dict[str, Any]:
    ids, labels = draw_ids(words), np.random.default_rng(1).integers(0, 2, BATCH)
    ours = Ours(ids, labels, threads)
    peer = PyTorch(ids, labels, threads, ours)
    check_agreement(ours, peer)
    times: dict[str, list[float]] = {"ours": [], "peer": [], "ours_update": [], "peer_update": []}
    for _ in range(repeats):
        for name, side in (("ours", ours), ("peer", peer)):
            time.sleep(PAUSE_SECONDS)
            timed = [seconds(side.step) for _ in range(WARM_UP + STEPS)]
            times[name].append(median(timed[WARM_UP:]))
            times[f"{name}_update"].append(seconds(side.update))
    tokens = BATCH * TIME
    medians = {name: median(values) for name, values in times.items()}
    return {
        "cell": "simple_rnn",
        "task": "train-fixed",
        "words": words,
        "peer": "pytorch",
        "threads": threads,
        "ratio": medians["peer"] / medians["ours"],
        "ours_tokens_per_s": tokens / medians["ours"],
        "peer_tokens_per_s": tokens / medians["peer"],
        "ours_update_ms": medians["ours_update"] * 1e3,
        "peer_update_ms": medians["peer_update"] * 1e3,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="A training step of Elman beside PyTorch's.")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    results = [compare(words, arguments.repeats, arguments.threads) for words in ("uniform", "zipf")]
    print(
        f"{'words':<8} {'elman tokens/s':>15} {'pytorch tokens/s':>17} {'ratio':>6}   "
        f"{'update ms':>10} {'pytorch ms':>10}"
    )
    for r in results:
        print(
            f"{r['words']:<8} {r['ours_tokens_per_s']:>15,.0f} {r['peer_tokens_per_s']:>17,.0f} {r['ratio']:>6.2f}   "
            f"{r['ours_update_ms']:>10.2f} {r['peer_update_ms']:>10.2f}"
        )
    print(json.dumps({"results": results}))


if __name__ == "__main__":
    main()
