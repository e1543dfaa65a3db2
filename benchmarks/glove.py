"""How fast does GloVe count and learn, and does counting keep within its memory?

    python benchmarks/glove.py [--threads 1 2] [--memory 4 16 64 512] [--epochs 3] [--min-count 5] [--dimensions 100]

Texts are wikitext2's wiki.train.tokens, words as they are given. Needs the data in ELMAN_DATA, default ../shared/data.

* counting: once for each `--memory`, in MiB, in a process of its own that holds only the tokens' ids. The most that its
  arrays took (by tracemalloc, in a second run, which is slower) must be within the argument; by how much the process
  grew (Linux) has the allocator's leftovers and pages of code in it, and is shown beside;
* learning: once for each of `--threads`, the fastest of the epochs; the losses must not differ in a bit;
* Stanford's programs, where `vocab_count`, `cooccur`, `shuffle` and `glove` are on PATH: the same texts and settings,
  on as many threads as the last of `--threads`, and their losses; they read the entries from a file in each epoch.

Prints a table and one JSON object on the last line.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from elman.data import read_corpus
from elman.encoders._cooccurrence import Pairs, count_cooccurrences
from elman.encoders._glove_training import Entries, Parameters, block_entries, train_epoch
from elman.sequences import Sequences
from elman.text import Vocabulary

DATA = Path(os.environ.get("ELMAN_DATA", Path(__file__).parents[1] / "../shared/data"))
X_MAX, ALPHA, RATE = 100.0, 0.75, 0.05
PROGRAMS = ("vocab_count", "cooccur", "shuffle", "glove")


def read_rows() -> list[list[str]]:
    return [row for text in read_corpus(DATA / "wikitext2/wiki.train.tokens").texts if (row := text.split())]


def to_ids(rows: list[list[str]], min_count: int) -> tuple[Sequences, int]:
    vocabulary = Vocabulary.from_tokens(rows, min_count)
    return Sequences.from_rows([vocabulary.to_ids(row) for row in rows]), len(vocabulary)


def largest_mb() -> float:
    """Give the most memory that this process has held; getrusage's figure begins with that of the process before it."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def count(folder: Path, words: int, window: int, memory_mb: int) -> dict[str, Any]:
    """Count in this process, without keeping what is counted."""
    ids = Sequences(np.load(folder / "values.npy"), np.load(folder / "offsets.npy"))
    for _ in count_cooccurrences(Sequences.from_rows([ids[0]]), words, window, 4):  # compiles
        pass
    before, begin = largest_mb(), time.perf_counter()
    pairs = sum(len(some.counts) for some in count_cooccurrences(ids, words, window, memory_mb))
    seconds = time.perf_counter() - begin
    tokens = int((ids.values < words).sum())
    grown = largest_mb() - before
    tracemalloc.start()
    for _ in count_cooccurrences(ids, words, window, memory_mb):
        pass
    took = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    assert took <= memory_mb, f"counting took {took:.1f} MiB of {memory_mb}"
    return {
        "task": "count",
        "memory_mb": memory_mb,
        "took_mb": round(took, 1),
        "process_grew_mb": round(grown, 1),
        "tokens": tokens,
        "words": words,
        "pairs": pairs,
        "seconds": round(seconds, 2),
        "tokens_per_second": round(tokens / seconds),
    }


def learn(blocks: list[Entries], words: int, given: argparse.Namespace, threads: int) -> dict[str, Any]:
    parameters = Parameters.draw(words, given.dimensions, 0)
    losses, seconds = [], []
    for epoch in range(1, given.epochs + 1):
        begin = time.perf_counter()
        losses.append(train_epoch(blocks, parameters, RATE, 0, epoch, threads))
        seconds.append(time.perf_counter() - begin)
    entries = sum(len(block.rows) for block in blocks)
    return {
        "task": "learn",
        "threads": threads,
        "entries": entries,
        "seconds": round(min(seconds), 2),
        "entries_per_second": round(entries / min(seconds)),
        "losses": losses,
    }


def stanford(rows: list[list[str]], given: argparse.Namespace, entries: int, threads: int) -> dict[str, Any]:
    """Run Stanford's programs; the time of an epoch is the mean of all but the first: setting up is left out."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)

        def run(*command: str, source: str, target: str) -> None:
            with open(here / source, "rb") as read, open(here / target, "wb") as write:
                subprocess.run(command, stdin=read, stdout=write, stderr=subprocess.DEVNULL, check=True, cwd=here)

        def train(epochs: int) -> tuple[float, list[float]]:
            options = {
                "input-file": "shuffled",
                "vocab-file": "vocab",
                "save-file": "vectors",
                "binary": 1,
                "iter": epochs,
            }
            options |= {"vector-size": given.dimensions, "threads": threads, "x-max": X_MAX}
            command = ["glove", *(str(part) for name, value in options.items() for part in (f"-{name}", value))]
            begin = time.perf_counter()
            said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=here)
            found = re.findall(r"iter: \d+, cost: ([\d.]+)", said.stderr + said.stdout)
            return time.perf_counter() - begin, [float(loss) for loss in found]

        (here / "corpus").write_text("".join(" ".join(row) + "\n" for row in rows).replace("<unk>", "[unk]"))
        run("vocab_count", "-min-count", str(given.min_count), source="corpus", target="vocab")
        begin = time.perf_counter()
        options = ["-vocab-file", "vocab", "-window-size", str(given.window), "-memory", "1"]
        run("cooccur", *options, source="corpus", target="pairs")
        counting = time.perf_counter() - begin
        run("shuffle", "-memory", "1", source="pairs", target="shuffled")
        once, _ = train(1)
        whole, losses = train(given.epochs)
    seconds = (whole - once) / (given.epochs - 1)
    return {
        "task": "stanford",
        "threads": threads,
        "entries": entries,
        "seconds": round(seconds, 2),
        "entries_per_second": round(entries / seconds),
        "seconds_of_counting": round(counting, 2),
        "losses": losses,
    }


def count_apart(ids: Sequences, words: int, window: int, memory_mb: int) -> dict[str, Any]:
    """Count in a process of its own, which has never held more than the ids."""
    with tempfile.TemporaryDirectory() as folder, get_context("spawn").Pool(1) as pool:
        for name in ("values", "offsets"):
            np.save(Path(folder) / f"{name}.npy", getattr(ids, name))
        return pool.apply(count, (Path(folder), words, window, memory_mb))


def blocks_of(pairs: list[Pairs], threads: int) -> list[Entries]:
    return block_entries(pairs, X_MAX, ALPHA, 0, threads)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--memory", type=int, nargs="+", default=[4, 16, 64, 512], help="MiB for counting")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--window", type=int, default=10)
    parser.add_argument("--dimensions", type=int, default=100)
    given = parser.parse_args()
    if given.epochs < 2:
        parser.error("--epochs must be 2 or more")

    rows = read_rows()
    ids, words = to_ids(rows, given.min_count)
    results = [count_apart(ids, words, given.window, memory) for memory in given.memory]
    assert len({row["pairs"] for row in results}) == 1
    blocks = blocks_of(list(count_cooccurrences(ids, words, given.window, 512)), given.threads[-1])
    learned = [learn(blocks, words, given, threads) for threads in given.threads]
    assert all(row["losses"] == learned[0]["losses"] for row in learned)
    results += learned
    if all(map(shutil.which, PROGRAMS)):
        results.append(stanford(rows, given, learned[0]["entries"], given.threads[-1]))
    else:
        print("Stanford's GloVe programs are not on PATH", file=sys.stderr)
    for row in results:
        print(
            "  ".join(
                f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}" for name, value in row.items()
            )
        )
    print(json.dumps({"results": results}))


if __name__ == "__main__":
    main()
