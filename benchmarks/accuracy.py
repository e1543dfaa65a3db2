"""What does the default recipe reach on real text, and what do two linear models of bigrams?

    python benchmarks/accuracy.py [--only sst2 trec mr imdb conll2000] [--seeds 5] [--threads 2]

Trains on the same rows, and measures once on the test part:

* `TextClassifier()` as it comes, as `elman train` does. Where a data set has a dev part the epoch is chosen by it,
  else by a tenth held back. MR has no test part: ten folds, each measured by a model trained on the other nine,
  with one seed a fold;
* the rival that `elman train` prints: TF-IDF of words and bigrams, logistic regression. It has no seed;
* fastText's supervised classifier (Joulin et al. 2017) of words and hashed bigrams, where the package `fasttext` is
  installed. It reads the same tokens, in lower case, without its vectors of letters. Rate and epochs are those of
  FASTTEXT_GRID that do best on the dev part, or on the tenth held back; then it learns from that tenth too. Its
  seconds are those of the last training. With several threads its result differs from run to run.

On CoNLL-2000's chunks it is `Tagger()` as it comes, from the words alone, with at most three seeds, in a table of its
own: F1 of the entities of the test part, beside the rivals that `elman train --task tag` prints.

Needs the data in ELMAN_DATA, default ../shared/data, and says so where it is absent. Prints a table, and one JSON
object on the last line.
"""

import argparse
import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import mean, pstdev
from typing import Any

import numpy as np

from elman.data import LabelledTexts, read_labelled, read_tagged
from elman.engine.random import permutation
from elman.estimators import Tagger, TextClassifier
from elman.estimators.evaluation import bag_of_bigrams, evaluate
from elman.estimators.tasks import TASKS
from elman.text import Tokenizer
from elman.training import held_back

DATA = Path(os.environ.get("ELMAN_DATA", Path(__file__).parents[1] / "../shared/data"))
FOLDS = 10
FASTTEXT_GRID = tuple(product((0.1, 0.3, 1.0), (5, 20)))
"""Learning rate and epochs to choose from."""
FASTTEXT = {"wordNgrams": 2, "dim": 10, "minCount": 1, "bucket": 2_000_000, "minn": 0, "maxn": 0, "verbose": 0}
LABEL = "__label__"
TAGGED = ("conll2000",)
TAG_SEEDS = 3

Score = tuple[float, float]
"""Accuracy, and seconds of training."""


@dataclass(frozen=True)
class Split:
    """Rows to train on, to choose the epoch by (None: a part is held back), to measure on; and a seed."""

    train: LabelledTexts
    dev: LabelledTexts | None
    test: LabelledTexts
    seed: int


def given_split(train: str, dev: str | None, test: str, seeds: int) -> Iterator[Split]:
    parts = [None if name is None else read_labelled(str(DATA / name)) for name in (train, dev, test)]
    for seed in range(seeds):
        yield Split(parts[0], parts[1], parts[2], seed)  # type: ignore[arg-type]


def folds(name: str) -> Iterator[Split]:
    rows = read_labelled(str(DATA / name))
    order = permutation(0, len(rows.texts))
    for fold in range(FOLDS):
        inside = np.arange(len(rows.texts)) % FOLDS == fold
        yield Split(pick(rows, order[~inside]), None, pick(rows, order[inside]), fold)


def pick(rows: LabelledTexts, numbers: np.ndarray) -> LabelledTexts:
    return LabelledTexts([rows.texts[i] for i in numbers], [rows.labels[i] for i in numbers], rows.source)


def splits(name: str, seeds: int) -> Iterator[Split]:
    if name == "sst2":
        return given_split("sst2/train.csv", "sst2/dev.csv", "sst2/test.csv", seeds)
    if name == "trec":
        return given_split("trec/train.jsonl", None, "trec/test.jsonl", seeds)
    if name == "imdb":
        return given_split("imdb/train.parquet", None, "imdb/test.parquet", min(seeds, 3))
    return folds("mr/all.tsv")


def run_elman(split: Split, threads: int | None) -> Score:
    dev = None if split.dev is None else (split.dev.texts, split.dev.labels)
    model = TextClassifier(random_state=split.seed, threads=threads)
    model.fit(split.train.texts, split.train.labels, dev=dev)
    return evaluate(model, split.test.texts, split.test.labels).accuracy, model.seconds_


def run_bag(split: Split) -> Score:
    begin = time.perf_counter()
    rival = bag_of_bigrams(split.train.texts, split.train.labels, split.test.texts, split.test.labels)
    return rival.accuracy, time.perf_counter() - begin


def run_fasttext(split: Split, setting: tuple[float, int], threads: int | None) -> Score:
    begin = time.perf_counter()
    model = train_fasttext(split.train, *setting, threads, split.seed)
    seconds = time.perf_counter() - begin
    return fasttext_accuracy(model, split.test), seconds


def choose_fasttext(split: Split, threads: int | None) -> tuple[float, int]:
    """Give the rate and epochs that do best on the dev part, or on a tenth of the training rows."""
    train, dev = split.train, split.dev
    if dev is None:
        kept, held = held_back(train.labels, 0.1, split.seed)
        train, dev = pick(split.train, kept), pick(split.train, held)
    scores = {
        setting: fasttext_accuracy(train_fasttext(train, *setting, threads, split.seed), dev)
        for setting in FASTTEXT_GRID
    }
    return max(scores, key=scores.__getitem__)


def train_fasttext(rows: LabelledTexts, rate: float, epochs: int, threads: int | None, seed: int) -> Any:
    import fasttext

    fasttext.FastText.eprint = lambda *args: None
    tokenize = Tokenizer().tokenize
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for text, label in zip(rows.texts, rows.labels, strict=True):
            file.write(f"{LABEL}{label} {' '.join(tokenize(text))}\n")
        file.flush()
        return fasttext.train_supervised(
            file.name, lr=rate, epoch=epochs, thread=threads or os.cpu_count(), seed=seed, **FASTTEXT
        )


def fasttext_accuracy(model: Any, rows: LabelledTexts) -> float:
    tokenize = Tokenizer().tokenize
    # model.predict of fasttext 0.9.3 asks NumPy for what NumPy 2 refuses; the object below it does not.
    answers = [model.f.predict(" ".join(tokenize(text)) + "\n", 1, -1.0, "strict") for text in rows.texts]
    right = [
        bool(answer) and answer[0][1] == f"{LABEL}{label}" for answer, label in zip(answers, rows.labels, strict=True)
    ]
    return mean(right)


def measure(name: str, seeds: int, threads: int | None, fasttext: bool) -> dict[str, Any]:
    """Train and measure all sides on each split of a data set."""
    scores: dict[str, list[Score]] = {"elman": [], "bag_of_bigrams": [], "fasttext": []}
    setting = None
    for split in splits(name, seeds):
        scores["elman"].append(run_elman(split, threads))
        print(
            f"{name} seed {split.seed}: {scores['elman'][-1][0]:.4f} in {scores['elman'][-1][1]:.1f} s", file=sys.stderr
        )
        if name == "mr" or not scores["bag_of_bigrams"]:  # the others train on the same rows each time
            scores["bag_of_bigrams"].append(run_bag(split))
        if fasttext:
            setting = choose_fasttext(split, threads) if name == "mr" or setting is None else setting
            scores["fasttext"].append(run_fasttext(split, setting, threads))
    sides = {side: summary(found) for side, found in scores.items() if found}
    if setting is not None:
        sides["fasttext"] |= {"learning_rate": setting[0], "epochs": setting[1]}  # MR: those of the last fold
    return {"data": name, "runs": len(scores["elman"]), **sides}


def measure_tags(name: str, seeds: int, threads: int | None) -> dict[str, Any]:
    """Train taggers, and the rivals once, and measure F1 of entities on the test part."""
    train, test = (read_tagged(DATA / name / f"{part}.txt") for part in ("train", "test"))
    scores = []
    for seed in range(min(seeds, TAG_SEEDS)):
        model = Tagger(random_state=seed, threads=threads).fit(*train)
        figures = evaluate(model, *test)
        assert figures.entities is not None
        scores.append((figures.entities.f1, model.seconds_))
        print(f"{name} seed {seed}: F1 {scores[-1][0]:.4f}, words {figures.accuracy:.4f}, in {model.seconds_:.1f} s",
              file=sys.stderr)  # fmt: skip
    rivals = TASKS["tag"].compared(*train, tuple(test))
    sides = {rival.name: {"f1": rival.entity_f1, "seconds": rival.seconds} for rival in rivals}
    found = summary(scores)
    return {"data": name, "runs": len(scores), "elman": {"f1": found.pop("accuracy"), **found}, **sides}


def print_tags(results: list[dict[str, Any]]) -> None:
    print("| data | runs | elman, F1 | spread | seconds | window of words | seconds | commonest tag of the word |")
    print("|---|---|---|---|---|---|---|---|")
    for r in results:
        own, window, commonest = r["elman"], r["window of words"], r["commonest tag of the word"]
        print(
            f"| {r['data']} | {r['runs']} | {own['f1']:.2%} | {own['spread'] * 100:.2f} | {own['seconds']:.0f} "
            f"| {window['f1']:.2%} | {window['seconds']:.0f} | {commonest['f1']:.2%} |"
        )


def summary(scores: list[Score]) -> dict[str, Any]:
    accuracies = [accuracy for accuracy, _ in scores]
    return {
        "accuracy": mean(accuracies),
        "spread": pstdev(accuracies),
        "seconds": mean(seconds for _, seconds in scores),
        "all": accuracies,
    }


def cells(side: dict[str, Any] | None, spread: bool) -> str:
    if side is None:
        return "| | | "
    middle = f" {side['spread'] * 100:.1f} |" if spread else ""
    return f"| {side['accuracy']:.1%} |{middle} {side['seconds']:.1f} "


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy of the default recipe on real text.")
    parser.add_argument("--only", nargs="*", default=["sst2", "trec", "mr", "imdb", *TAGGED])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--threads", type=int, help="of the recurrent network and fastText; by default as many as there are processors"
    )
    arguments = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"no data at {DATA}: set ELMAN_DATA")
    texts = [name for name in arguments.only if name not in TAGGED]
    results = measure_texts(texts, arguments.seeds, arguments.threads) if texts else []
    tagged = [measure_tags(name, arguments.seeds, arguments.threads) for name in arguments.only if name in TAGGED]
    if tagged:
        print_tags(tagged)
    print(json.dumps({"results": [*results, *tagged]}))


def measure_texts(names: list[str], seeds: int, threads: int | None) -> list[dict[str, Any]]:
    """Measure and print all sides on data sets of texts."""
    fasttext = importlib.util.find_spec("fasttext") is not None
    if not fasttext:
        print("fastText is not measured: the package fasttext is not installed", file=sys.stderr)
    results = [measure(name, seeds, threads, fasttext) for name in names]
    print("| data | runs | elman | spread | seconds | bag of bigrams | seconds | fastText | spread | seconds |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for r in results:
        sides = [cells(r["elman"], True), cells(r["bag_of_bigrams"], False), cells(r.get("fasttext"), True)]
        print(f"| {r['data']} | {r['runs']} {''.join(sides)}|")
    return results


if __name__ == "__main__":
    main()
