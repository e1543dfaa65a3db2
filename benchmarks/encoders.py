"""How far does a text classifier come with each encoder, how long does it take, how large is the model?

    python benchmarks/encoders.py [--only sst2 mr trec imdb] [--encoders all] [--seeds 3] [--threads 2] [--part test]

Trains `TextClassifier(encoder=...)` with the default recipe on the splits of benchmarks/accuracy.py, one table for each
set of texts: accuracy, its standard error as of a share of so many texts, the standard deviation over the seeds (for MR
over the folds, one seed a fold), seconds of training (the encoder's among them), megabytes of the model folder.

`--part dev` measures a part of the training rows instead, to choose settings by: `--settings '{"frozen": true}'`, which
are the classifier's, `--of-encoder '{"epochs": 10}'`. `--vectors FILE` measures an embedding that begins with them.
`--unlabelled` lets encoders learn from imdb/unlabelled.parquet besides. Needs the data in ELMAN_DATA, default
../shared/data. Prints tables, and one JSON object on the last line.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from accuracy import DATA, Split, pick, splits
from elman.data import read_texts
from elman.encoders import NAMED, NAMED_FOR_TEXTS
from elman.estimators import TextClassifier
from elman.training import held_back

ALL = ("embedding", *NAMED)
SETS = ("sst2", "mr", "trec", "imdb")


def encoder_of(name: str, own: dict[str, Any], settings: dict[str, Any], seed: int, threads: int | None) -> Any:
    """Give what `encoder` is set to: a name, or, with settings of its own, the encoder."""
    if not own or name == "embedding":
        return name
    kind = (NAMED_FOR_TEXTS if settings.get("layers") == 0 else NAMED)[name]
    common = {"random_state": seed, "threads": threads, "trainable": not settings.get("frozen", False)}
    known = kind().get_params()
    return kind(**{key: value for key, value in common.items() if key in known}, **own)


def for_dev(split: Split) -> Split:
    """Let the part that chooses the epoch be measured: the dev part, or a tenth of the rows."""
    if split.dev is not None:
        return Split(split.train, split.dev, split.dev, split.seed)
    kept, held = held_back(split.train.labels, 0.1, split.seed)
    part = pick(split.train, held)
    return Split(pick(split.train, kept), part, part, split.seed)


def run(name: str, split: Split, arguments: argparse.Namespace, unlabelled: list[str] | None) -> dict[str, Any]:
    settings = dict(arguments.settings)
    if name == "vectors":
        settings["vectors"] = arguments.vectors
    encoder = "embedding" if name == "vectors" else name
    chosen = encoder_of(encoder, arguments.of_encoder, settings, split.seed, arguments.threads)
    model = TextClassifier(encoder=chosen, random_state=split.seed, threads=arguments.threads, **settings)
    dev = None if split.dev is None else tuple(split.dev)
    more = None if encoder in ("embedding", "one-hot") else unlabelled
    model.fit(*split.train, dev=dev, unlabelled=more)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    found = {
        "accuracy": model.score(*split.test),
        "n": len(split.test.texts),
        "seconds": model.seconds_,
        "mb": size / 1e6,
        "best_epoch": model.history_.best,
    }
    print(f"{name} seed {split.seed}: {found['accuracy']:.4f} in {found['seconds']:.0f} s, epoch {found['best_epoch']} "
          "did best", file=sys.stderr)  # fmt: skip
    return found


def measure(data: str, name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    unlabelled = read_texts(DATA / "imdb/unlabelled.parquet").texts if arguments.unlabelled and data == "imdb" else None
    chosen = list(splits(data, arguments.seeds))[: arguments.runs]
    parts = [for_dev(split) if arguments.part == "dev" else split for split in chosen]
    runs = [run(name, split, arguments, unlabelled) for split in parts]
    accuracies, n = [one["accuracy"] for one in runs], sum(one["n"] for one in runs) if data == "mr" else runs[0]["n"]
    p = mean(accuracies)
    return {
        "data": data,
        "encoder": name,
        "runs": len(runs),
        "accuracy": p,
        "standard_error": (p * (1 - p) / n) ** 0.5,
        "spread": stdev(accuracies) if len(runs) > 1 else None,
        "seconds": mean(one["seconds"] for one in runs),
        "mb": mean(one["mb"] for one in runs),
        "all": accuracies,
    }


def print_table(rows: list[dict[str, Any]]) -> None:
    print(f"\n{rows[0]['data']}, {rows[0]['runs']} runs\n")
    print("| encoder | accuracy | standard error | spread | seconds | MB |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        spread = "" if row["spread"] is None else f"{row['spread'] * 100:.1f}"
        print(f"| {row['encoder']} | {row['accuracy']:.1%} | {row['standard_error'] * 100:.1f} | {spread} "
              f"| {row['seconds']:.0f} | {row['mb']:.1f} |")  # fmt: skip
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--encoders", nargs="+", choices=("all", *ALL), default=["all"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=int, help="at most so many runs; of MR, folds")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--part", choices=("dev", "test"), default="test")
    parser.add_argument("--settings", type=json.loads, default={}, help="of TextClassifier, as JSON")
    parser.add_argument("--of-encoder", type=json.loads, default={}, help="of the encoder, as JSON")
    parser.add_argument("--vectors", help="of words, to begin an embedding with")
    parser.add_argument("--unlabelled", action="store_true")
    arguments = parser.parse_args()
    names = ALL if "all" in arguments.encoders else tuple(arguments.encoders)
    if arguments.vectors:
        names = ("vectors",) if arguments.encoders == ["all"] else (*names, "vectors")
    results = []
    for data in arguments.only:
        rows = [measure(data, name, arguments) for name in names]
        print_table(rows)
        results += rows
    print(json.dumps({"results": results}))


if __name__ == "__main__":
    main()
