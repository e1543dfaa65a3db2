"""What does the default recipe learn from few rows, and what would it by the rules for many?

    python benchmarks/few_rows.py [--seeds 5] [--threads 2]

`TextClassifier()` on so many rows, drawn anew for each seed from made reviews whose label hangs on the order of two
words (`elman.order_reviews`) and from the training parts of SST-2, TREC and MR. Measured on 1,000 other reviews, on
SST-2's dev part, and on 1,000 training rows of TREC and MR that were not drawn. Beside it the rules for 1,000 rows and
more: 20 epochs at most, of which that is kept which does best on a tenth held back (with fewer than 100 rows the last),
and then training anew on all rows. And the bag of bigrams that `train` sets beside a network.

Needs the data in ELMAN_DATA, default ../shared/data. Prints a table of mean accuracy and seconds of training, and one
JSON object on the last line.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from statistics import mean
from typing import Any

import numpy as np

from accuracy import pick, splits
from elman import TextClassifier, order_reviews
from elman.data import LabelledTexts
from elman.estimators.evaluation import bag_of_bigrams

ROWS = {"order": (12, 60, 150, 300, 600), "sst2": (100, 300, 1000), "trec": (200, 600, 1000), "mr": (200, 1000)}
MEASURED = 1000
LEAST_HELD_BACK = 100


def drawn(data: str, rows: int, seed: int) -> tuple[LabelledTexts, LabelledTexts]:
    """Give rows to train on and others to measure by."""
    if data == "order":
        return order_reviews(rows, seed), order_reviews(MEASURED, seed + 1000)
    split = next(iter(splits(data, 1)))
    order = np.random.default_rng(seed).permutation(len(split.train.texts))
    given = pick(split.train, order[:rows])
    return given, split.dev if split.dev is not None else pick(split.train, order[-MEASURED:])


def run(data: str, rows: int, seed: int, threads: int | None) -> dict[str, float]:
    given, test = drawn(data, rows, seed)
    auto = TextClassifier(random_state=seed, threads=threads).fit(*given)
    stops = rows >= LEAST_HELD_BACK
    many = TextClassifier(epochs=20, early_stopping=stops, random_state=seed, threads=threads).fit(*given)
    return {
        "auto": auto.score(*test),
        "seconds": auto.seconds_,
        "many": many.score(*test),
        "seconds_many": many.seconds_,
        "bag": bag_of_bigrams(*given, *test).accuracy,
    }


def measure(seeds: int, threads: int | None) -> Iterator[dict[str, Any]]:
    print("| rows | of | default | seconds | rules for many rows | seconds | bag of bigrams |")
    print("|---|---|---|---|---|---|---|")
    for data, numbers in ROWS.items():
        for rows in numbers:
            runs = [run(data, rows, seed, threads) for seed in range(seeds)]
            row = {name: mean(each[name] for each in runs) for name in runs[0]}
            print(f"| {rows} | {data} | {row['auto']:.1%} | {row['seconds']:.1f} | {row['many']:.1%} "
                  f"| {row['seconds_many']:.1f} | {row['bag']:.1%} |")  # fmt: skip
            sys.stdout.flush()
            yield {"data": data, "rows": rows, "runs": runs, **row}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    print(json.dumps({"results": list(measure(arguments.seeds, arguments.threads))}))


if __name__ == "__main__":
    main()
