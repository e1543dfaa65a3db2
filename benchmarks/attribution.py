"""Which words are deleted first: do attributions find those that an answer hangs on, in equal time?

    python benchmarks/attribution.py [--texts 300] [--budgets 10 50] [--networks simple-rnn gru] [--seed 0]

Trains a `TextClassifier` on SST-2 for each network, on one thread, and explains the likeliest answer to texts of the
dev part, which nothing was chosen by. Deletion curve: the words with the highest scores are left out, a tenth of the
text more at a time up to half of it; the area over the curve is the mean drop of the answer's probability (Samek et al.
2017, "Evaluating the Visualization of What a Deep Neural Network Has Learned", eq. 12). A random order is the control.

Each method has the same milliseconds a text, of the processor and not of the clock, so that other work on the machine
counts little. The largest number of samples (LIME) or steps (integrated gradients, ours and captum's) that fits is
found on other texts of the dev part; methods without such a number take what they take. captum explains a copy of the
model in PyTorch, whose logits are compared first, from the vectors of the words on, which are given to it. LIME leaves
out words of the same tokens. Needs `pip install '.[bench]'` and the data in ELMAN_DATA, default ../shared/data. Prints
tables, and one JSON object on the last line.
"""

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from _turns import machine
from accuracy import DATA
from elman.data import read_labelled
from elman.engine.one_logit import OneLogit
from elman.estimators import TextClassifier
from elman.estimators.reading import read, read_tokens
from elman.inspection import attribute

Array = NDArray[Any]
Method = Callable[["Text", int], Array]
"""Gives a score for each word, in so many samples or steps."""
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
CALIBRATION = 20
RANDOM_ORDERS = 10
NETWORKS: dict[str, dict[str, Any]] = {
    "simple-rnn": {"cell": "simple-rnn", "pooling": "max"},
    "gru": {"cell": "gru", "pooling": "last", "units": 100},
}


class Text:
    """A text with what the model answers to it."""

    def __init__(self, model: TextClassifier, text: str) -> None:
        self.text, self.reading = text, read(model, text)
        self.tokens = list(self.reading.tokens)
        p = float(self.reading.network.predict(self.reading.sequences)[0, 0])
        self.answer, self.probability = (1, p) if p > 0.5 else (0, 1 - p)


def probabilities(model: TextClassifier, rows: Sequence[list[str]], answer: int) -> Array:
    """Give the probability of an answer to each row of tokens."""
    p = model.network_.predict(read_tokens(model, rows), threads=1)[:, 0].astype(np.float64)
    return p if answer else 1 - p


def drop(model: TextClassifier, text: Text, scores: Array) -> float:
    """Give the mean drop of the probability as the words with the highest scores are left out."""
    order = np.argsort(-scores, kind="stable")
    counts = [int(np.ceil(share * len(order))) for share in SHARES]
    rows = [[text.tokens[i] for i in sorted(order[count:])] for count in counts]
    return float(np.mean(text.probability - probabilities(model, rows, text.answer)))


# Methods


def ours(model: TextClassifier, method: str, **settings: Any) -> Method:
    stepped = method == "integrated-gradients"

    def scores(text: Text, number: int) -> Array:
        return attribute(model, text.text, method, **settings, **({"steps": number} if stepped else {})).scores

    return scores


def lime(model: TextClassifier, seed: int) -> Method:
    from lime.lime_text import LimeTextExplainer

    def scores(text: Text, number: int) -> Array:
        def predict(texts: list[str]) -> Array:
            p = probabilities(model, [words.split() for words in texts], 1)
            return np.stack([1 - p, p], axis=1)

        explainer = LimeTextExplainer(split_expression=str.split, bow=False, mask_string="", random_state=seed)
        sentence = " ".join(text.tokens)
        found = explainer.explain_instance(
            sentence, predict, (text.answer,), num_features=len(text.tokens), num_samples=number
        )
        out = np.zeros(len(text.tokens))
        for place, weight in found.as_map()[text.answer]:
            out[place] = weight
        return out

    return scores


class Copy:
    """The layers above the words' vectors, in PyTorch."""

    def __init__(self, model: TextClassifier, settings: dict[str, Any]) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch, self.model, self.pooling = torch, model, settings["pooling"]
        parameters, cell = model.network_.parameters, settings["cell"].replace("-", "_")
        kernel, recurrent = parameters[f"{cell}/kernel"], parameters[f"{cell}/recurrent_kernel"]
        bias = parameters[f"{cell}/bias"]
        kind = {"simple_rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
        self.rnn = kind(len(kernel), len(recurrent), batch_first=True)
        self.linear = torch.nn.Linear(len(recurrent), 1)
        biases = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        values = {
            self.rnn.weight_ih_l0: kernel.T, self.rnn.weight_hh_l0: recurrent.T,
            self.rnn.bias_ih_l0: biases[0], self.rnn.bias_hh_l0: biases[1],
            self.linear.weight: parameters["dense/kernel"].T, self.linear.bias: parameters["dense/bias"],
        }  # fmt: skip
        with torch.no_grad():
            for parameter, value in values.items():
                parameter.copy_(torch.tensor(np.ascontiguousarray(value)))

    def vectors(self, text: Text) -> Any:
        """Give (1, time, features)."""
        return self.torch.tensor(OneLogit.of(self.model.network_, 0).outputs(1, text.reading.sequences))[None]

    def logits(self, vectors: Any) -> Any:
        h = self.rnn(vectors)[0]
        return self.linear(h[:, -1] if self.pooling == "last" else h.max(dim=1).values)

    def check(self, texts: Sequence[Text]) -> float:
        """Give the largest difference of logits; it must be that of rounding."""
        worst = 0.0
        for text in texts:
            with self.torch.no_grad():
                theirs = float(self.logits(self.vectors(text)))
            worst = max(worst, abs(theirs - float(self.model.network_.logits(text.reading.sequences)[0, 0])))
        assert worst < 1e-4, worst
        return worst

    def integrated_gradients(self, text: Text, number: int) -> Array:
        from captum.attr import IntegratedGradients

        found = IntegratedGradients(self.logits).attribute(self.vectors(text), target=0, n_steps=number)
        scores = found.sum(dim=-1)[0].detach().numpy().astype(np.float64)
        return scores if text.answer else -scores


# Measuring


def seconds_of(method: Method, texts: Sequence[Text], number: int) -> float:
    begin = time.process_time()
    for text in texts:
        method(text, number)
    return (time.process_time() - begin) / len(texts)


def largest(method: Method, texts: Sequence[Text], budget: float) -> int | None:
    """Give the largest number of samples or steps that fits a budget in seconds a text; None if 2 do not."""
    method(texts[0], 2)
    if seconds_of(method, texts, 2) > budget:
        return None
    low, high = 2, 4
    while high <= 2**14 and seconds_of(method, texts, high) <= budget:
        low, high = high, high * 2
    while high - low > max(1, low // 8):
        middle = (low + high) // 2
        low, high = (middle, high) if seconds_of(method, texts, middle) <= budget else (low, middle)
    return low


def measure(model: TextClassifier, name: str, method: Method, texts: Sequence[Text], number: int) -> dict[str, Any]:
    begin = time.process_time()
    scored = [method(text, number) for text in texts]
    seconds = (time.process_time() - begin) / len(texts)
    return {"method": name, "ms": seconds * 1e3, **area(model, texts, scored)}


def area(model: TextClassifier, texts: Sequence[Text], scored: Sequence[Array]) -> dict[str, Any]:
    drops = np.array([drop(model, text, scores) for text, scores in zip(texts, scored, strict=True)])
    return {"area": float(drops.mean()), "standard_error": float(drops.std(ddof=1) / len(drops) ** 0.5)}


def random_order(model: TextClassifier, texts: Sequence[Text], seed: int) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    drops = np.array(
        [[drop(model, text, draw.random(len(text.tokens))) for text in texts] for _ in range(RANDOM_ORDERS)]
    )
    each = drops.mean(axis=0)
    return {
        "method": "random order", "ms": 0.0, "area": float(each.mean()),
        "standard_error": float(each.std(ddof=1) / len(each) ** 0.5),
    }  # fmt: skip


def compare(network: str, given: argparse.Namespace) -> list[dict[str, Any]]:
    settings = NETWORKS[network]
    model = TextClassifier(random_state=given.seed, threads=1, **settings).fit(*read_labelled(DATA / "sst2/train.csv"))
    dev = read_labelled(DATA / "sst2/dev.csv")
    drawn = np.random.default_rng(given.seed).permutation(len(dev.texts))
    texts = [Text(model, dev.texts[i]) for i in drawn[: given.texts + CALIBRATION]]
    texts, others = texts[: given.texts], texts[given.texts :]
    copy = Copy(model, settings)
    accuracy, words = model.score(*dev), mean(len(text.tokens) for text in texts)
    print(f"\n{network}, {settings['pooling']} pooling: {accuracy:.1%} of the dev part right; {len(texts)} texts of "
          f"{words:.0f} words; logits of the copy differ by {copy.check(texts):.1e} at most", flush=True)  # fmt: skip
    print(f"\n| {'method':<40} | ms a text | area over the curve | standard error |\n|---|---|---|---|")
    rows = [random_order(model, texts, given.seed)]
    show(rows[-1])
    for name in ("telescoping", "leave-one-out", "gradient-x-input"):
        rows.append(measure(model, name, ours(model, name), texts, 0))
        show(rows[-1])
    stepped = {
        "integrated-gradients": (ours(model, "integrated-gradients"), "steps"),
        "integrated-gradients, unknown": (ours(model, "integrated-gradients", baseline="unknown"), "steps"),
        "captum, integrated gradients": (copy.integrated_gradients, "steps"),
        "LIME": (lime(model, given.seed), "samples"),
    }
    for budget in given.budgets:
        for name, (method, what) in stepped.items():
            number = largest(method, others, budget / 1e3)
            full = f"{name}, {budget:g} ms"
            if number is None:
                print(f"| {full:<40} | 2 {what} take longer | | |", flush=True)
                continue
            row = measure(model, f"{full}: {number} {what}", method, texts, number)
            rows.append(row | {"budget_ms": budget, what: number})
            show(row)
    return [row | {"network": network, "accuracy": accuracy} for row in rows]


def show(row: dict[str, Any]) -> None:
    ms, error = f"{row['ms']:.1f}" if row["ms"] else "", row["standard_error"]
    print(f"| {row['method']:<40} | {ms} | {row['area']:.3f} | {error:.3f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--budgets", type=float, nargs="+", default=[10, 50], help="milliseconds a text")
    parser.add_argument("--networks", nargs="+", choices=tuple(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(machine(), file=sys.stderr)
    warnings.filterwarnings("ignore", module="sklearn")  # LIME's few samples determine no regression
    results = [row for network in given.networks for row in compare(network, given)]
    print(json.dumps({"results": results, "texts": given.texts}))


if __name__ == "__main__":
    main()
