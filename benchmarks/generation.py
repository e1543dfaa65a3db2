"""How well do language models predict real text, and how long does their training take?

    python benchmarks/generation.py [--only wikitext2 tinyshakespeare] [--seeds 1] [--threads 2] [--part test]

* wikitext2: words as they are given, 33,278 with the unknown one and the end of a line; trains on wiki.train.tokens,
  chooses the epoch by the first thousand lines of wiki.valid.tokens, and measures wiki.test.tokens as one stream, every
  token counted, by the softmax of all words.
* tinyshakespeare: characters; the last tenth is the test part, and the first tenth, which is a play of its own, chooses
  the epoch.

`--part dev` measures the part that chose the epoch instead, to compare settings by: `--settings '{"dropout": 0.3}'`.
`--save FOLDER` keeps each model as FOLDER/TASK-SEED, so that the one chosen is measured on test by `elman evaluate`.
Needs the data in ELMAN_DATA, default ../shared/data. Prints a line for each epoch to stderr, a table, and one JSON
object on the last line. Memory is the process's largest.
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from elman.data import read_corpus
from elman.estimators import TextGenerator
from elman.training import Progress

DATA = Path(os.environ.get("ELMAN_DATA", Path(__file__).parents[1] / "../shared/data"))


class Parts(NamedTuple):
    """Texts to train on, to choose the epoch by, to measure on."""

    train: list[str]
    dev: list[str]
    test: list[str]


def wikitext2() -> Parts:
    train, dev, test = (
        read_corpus(DATA / f"wikitext2/wiki.{part}.tokens").texts for part in ("train", "valid", "test")
    )
    return Parts(train, dev[:1000], test)


def tinyshakespeare() -> Parts:
    (text,) = read_corpus(DATA / "tinyshakespeare/input.txt", whole=True).texts
    tenth = len(text) // 10
    return Parts([text[tenth:-tenth]], [text[:tenth]], [text[-tenth:]])


TASKS: dict[str, tuple[Any, dict[str, Any]]] = {
    "wikitext2": (wikitext2, {"level": "token", "input_dropout": 0.3, "dropout": 0.3, "epochs": 16}),
    "tinyshakespeare": (
        tinyshakespeare,
        {
            "level": "char",
            "embedding_dim": 64,
            "input_dropout": 0.0,
            "dropout": 0.3,
            "word_dropout": 0.05,
            "truncation": 64,
            "epochs": 22,
        },
    ),
}


def say(progress: Progress) -> None:
    if progress.finished is not None:
        e = progress.finished
        print(f"  epoch {e.number}: loss {e.loss:.4f}, dev {e.dev_loss:.4f}, {e.seconds:.0f} s", file=sys.stderr)


def run(
    name: str, seed: int, threads: int | None, part: str, settings: dict[str, Any], save: Path | None
) -> dict[str, Any]:
    read, own = TASKS[name]
    parts = read()
    model = TextGenerator(**own | settings, random_state=seed, threads=threads, report=say)
    model.fit(parts.train, dev=parts.dev)
    if save is not None:
        model.save(save / f"{name}-{seed}")
    begin = time.perf_counter()
    measured = model.perplexity(getattr(parts, part))
    return {
        "task": name,
        "part": part,
        "seed": seed,
        "epochs": len(model.history_.epochs),
        "seconds": round(model.seconds_, 1),
        "seconds_of_measuring": round(time.perf_counter() - begin, 1),
        **measured.to_json(),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "settings": own | settings,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--part", choices=("dev", "test"), default="test")
    parser.add_argument("--settings", type=json.loads, default={}, help="of TextGenerator, as JSON")
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="keep the models there")
    given = parser.parse_args()
    results = []
    for name in given.only:
        for seed in range(given.seeds):
            print(f"{name}, seed {seed}", file=sys.stderr)
            results.append(run(name, seed, given.threads, given.part, given.settings, given.save))
    columns = (
        "task",
        "part",
        "seed",
        "tokens",
        "unknown",
        "loss",
        "perplexity",
        "bits_per_character",
        "seconds",
        "memory_mb",
    )
    print("  ".join(columns))
    for row in results:
        print("  ".join(f"{row[c]:.4g}" if isinstance(row[c], float) else str(row[c]) for c in columns))
    print(json.dumps({"results": results}))


if __name__ == "__main__":
    main()
