"""How often does an encoder-decoder write exactly what it should, on tasks whose data are made?

    python benchmarks/transduction.py [--only reversing sorting dates] [--seeds 3] [--threads 2] [--beam 4]

* reversing, sorting: sequences of 1 to 20 of the ten digits, all lengths equally often; 8,000 pairs to train on;
* dates: dates from 1900 to 2099 in English words, in several spellings, to ISO 8601, by characters; 4,000 pairs.

Each is `Transducer()` as it comes but for the level of its tokens. It holds a tenth of the pairs back by itself, and is
measured on 2,000 others that it never saw, which are drawn anew for each seed: exact match is the share of outputs that
are the target, token for token. Other settings: `--settings '{"attention": false}'`. Prints a line for each epoch to
stderr, a table, and one JSON object on the last line.
"""

import argparse
import json
import sys
import time
from statistics import mean
from typing import Any

from elman.data import reversals, sortings, written_dates
from elman.estimators import Transducer
from elman.training import Progress

TASKS: dict[str, tuple[Any, int, str]] = {
    "reversing": (reversals, 8000, "token"),
    "sorting": (sortings, 8000, "token"),
    "dates": (written_dates, 4000, "char"),
}
"""What makes the pairs, how many to train on, and what they are cut into."""
MEASURED = 2000
FRESH = 1000
"""Added to the seed of what is measured."""


def say(progress: Progress) -> None:
    if progress.finished is not None:
        e = progress.finished
        print(f"  epoch {e.number}: loss {e.loss:.4f}, dev {e.dev_loss:.4f}, {e.seconds:.0f} s", file=sys.stderr)


def run(name: str, seed: int, threads: int | None, beam: int | None, settings: dict[str, Any]) -> dict[str, Any]:
    make, count, level = TASKS[name]
    learned, fresh = make(count, seed), make(MEASURED, FRESH + seed)
    known = set(learned.sources)
    unseen = [pair for pair in zip(*fresh, strict=True) if pair[0] not in known]
    sources, targets = (list(side) for side in zip(*unseen, strict=True))
    model = Transducer(level=level, random_state=seed, threads=threads, report=say, **settings).fit(*learned)
    begin = time.perf_counter()
    measured = model.measure(sources, targets)
    seconds = time.perf_counter() - begin
    row = {"task": name, "seed": seed, "pairs": count, "epochs": len(model.history_.epochs), **measured.to_json()}
    if beam is not None:
        found = model.predict(sources, beam=beam)
        row["exact_match_beam"] = sum(a == b for a, b in zip(found, targets, strict=True)) / len(found)
    parameters = model.network_.count_params()
    return {**row, "parameters": parameters, "seconds": round(model.seconds_, 1), "measuring": round(seconds, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--beam", type=int, help="measure beam search of this width, too")
    parser.add_argument("--settings", type=json.loads, default={}, help="of Transducer, as JSON")
    given = parser.parse_args()
    results = []
    for seed in range(given.seeds):
        for name in given.only:
            print(f"{name}, seed {seed}", file=sys.stderr)
            results.append(run(name, seed, given.threads, given.beam, given.settings))
            print(json.dumps(results[-1]), file=sys.stderr)
    columns = ("task", "seed", "n", "exact_match", "loss", "epochs", "seconds", "measuring")
    print("  ".join(columns))
    for row in sorted(results, key=lambda row: given.only.index(row["task"])):
        print("  ".join(f"{row[c]:.4g}" if isinstance(row[c], float) else str(row[c]) for c in columns))
    means = {name: mean(row["exact_match"] for row in results if row["task"] == name) for name in given.only}
    print(json.dumps({"exact_match": means, "settings": given.settings, "results": results}))


if __name__ == "__main__":
    main()
