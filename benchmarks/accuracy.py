"""What does the default recipe reach on real text, and what does a linear bag of bigrams?

    python benchmarks/accuracy.py [--only sst2 trec mr imdb] [--seeds 5]

Trains `TextClassifier()` as it comes, as `elman train` does, and the rival that `elman train` prints (TF-IDF of
words and bigrams, logistic regression) on the same rows, and measures both once on the test part. Where a data set
has a dev part the epoch is chosen by it, else by a tenth held back. MR has no test part: ten folds, each measured
by a model trained on the other nine, with one seed a fold.

Needs the data in ELMAN_DATA, default ../shared/data, and says so where it is absent. Prints a table, and one JSON
object on the last line.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, pstdev
from typing import Any

import numpy as np

from elman.data import LabelledTexts, read_labelled
from elman.engine.random import permutation
from elman.estimators import TextClassifier
from elman.estimators.evaluation import bag_of_bigrams, evaluate

DATA = Path(os.environ.get("ELMAN_DATA", Path(__file__).parents[1] / "../shared/data"))
FOLDS = 10


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


def measure(name: str, seeds: int) -> dict[str, Any]:
    ours, seconds, rivals, rival_seconds = [], [], [], []
    for split in splits(name, seeds):
        dev = None if split.dev is None else (split.dev.texts, split.dev.labels)
        model = TextClassifier(random_state=split.seed).fit(split.train.texts, split.train.labels, dev=dev)
        ours.append(evaluate(model, split.test.texts, split.test.labels).accuracy)
        seconds.append(model.seconds_)
        if name == "mr" or not rivals:  # the rival has no seed
            begin = time.perf_counter()
            rival = bag_of_bigrams(split.train.texts, split.train.labels, split.test.texts, split.test.labels)
            rivals.append(rival.accuracy)
            rival_seconds.append(time.perf_counter() - begin)
        print(f"{name} seed {split.seed}: {ours[-1]:.4f} in {seconds[-1]:.1f} s", file=sys.stderr)
    return {
        "data": name,
        "runs": len(ours),
        "accuracy": mean(ours),
        "spread": pstdev(ours),
        "seconds": mean(seconds),
        "bag_of_bigrams": mean(rivals),
        "bag_seconds": mean(rival_seconds),
        "all": ours,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy of the default recipe on real text.")
    parser.add_argument("--only", nargs="*", default=["sst2", "trec", "mr", "imdb"])
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"no data at {DATA}: set ELMAN_DATA")
    results = [measure(name, arguments.seeds) for name in arguments.only]
    print("| data | runs | elman | spread | seconds | bag of bigrams | seconds |")
    print("|---|---|---|---|---|---|---|")
    for r in results:
        print(
            f"| {r['data']} | {r['runs']} | {r['accuracy']:.1%} | {r['spread'] * 100:.1f} | {r['seconds']:.1f} "
            f"| {r['bag_of_bigrams']:.1%} | {r['bag_seconds']:.1f} |"
        )
    print(json.dumps({"results": results}))


if __name__ == "__main__":
    main()
