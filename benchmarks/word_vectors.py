"""How fast are word and document vectors learned, beside gensim?

    python benchmarks/word_vectors.py [--only skip-gram cbow pv-dm pv-dbow] [--threads 2] [--epochs 1] [--repeats 3]

Both sides get the same lists of tokens, wiki.train.tokens of WikiText-2 a line a text, and the same settings: 100
dimensions, windows of 5, 5 words drawn, words that come 5 times or more. Timed is the whole of it, the vocabulary
included. Sides take turns, medians are compared; a word per second is a token of the texts, counted once an epoch.
Processor seconds are those of all threads of a run, median too: other programs change them less.

Needs gensim (pip install '.[test]') and the data in ELMAN_DATA, default ../shared/data. Prints a table and one JSON
object on the last line.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from _turns import QUIET, Turns, machine, take_turns
from elman.encoders import Doc2Vec, Word2Vec

DATA = Path(os.environ.get("ELMAN_DATA", Path(__file__).parents[1] / "../shared/data"))
TASKS = ("skip-gram", "cbow", "pv-dm", "pv-dbow")
Texts = list[list[str]]


def wikitext2() -> Texts:
    lines = (DATA / "wikitext2" / "wiki.train.tokens").read_text("utf-8").splitlines()
    return [tokens for tokens in map(str.split, lines) if tokens]


def ours(task: str, texts: Texts, epochs: int, threads: int) -> Callable[[], Any]:
    kind = Doc2Vec if task.startswith("pv") else Word2Vec
    return lambda: kind(architecture=task, epochs=epochs, threads=threads).fit(texts)


def gensims(task: str, texts: Texts, epochs: int, threads: int) -> Callable[[], Any]:
    from gensim.models.doc2vec import Doc2Vec as TheirDoc2Vec
    from gensim.models.doc2vec import TaggedDocument
    from gensim.models.word2vec import Word2Vec as TheirWord2Vec

    settings: dict[str, Any] = {
        "vector_size": 100, "window": 5, "negative": 5, "min_count": 5, "epochs": epochs, "workers": threads,
    }  # fmt: skip
    if task.startswith("pv"):
        tagged = [TaggedDocument(tokens, [number]) for number, tokens in enumerate(texts)]
        return lambda: TheirDoc2Vec(tagged, dm=int(task == "pv-dm"), **settings)
    return lambda: TheirWord2Vec(texts, sg=int(task == "skip-gram"), **settings)


def counted(step: Callable[[], Any], seconds: list[float]) -> Callable[[], Any]:
    """Give the step, which then also notes its processor seconds."""

    def run() -> None:
        begin = time.process_time()
        step()
        seconds.append(time.process_time() - begin)

    return run


def row(task: str, words: int, turns: Turns, processor_seconds: dict[str, list[float]]) -> dict[str, Any]:
    ratio, least, most = turns.ratio("gensim", "elman")
    return {
        "task": task,
        "ours_processor_s": median(processor_seconds["elman"]),
        "gensim_processor_s": median(processor_seconds["gensim"]),
        "ours_words_per_s": words / turns.seconds("elman"),
        "gensim_words_per_s": words / turns.seconds("gensim"),
        "ratio": ratio,
        "ratio_of_turns": [least, most],
        "others_busy": turns.others,
    }


def show(found: dict[str, Any]) -> None:
    least, most = found["ratio_of_turns"]
    busy = found["others_busy"]
    noise = f"  other programs kept {busy:.1f} processors busy" if busy is not None and busy > QUIET else ""
    print(
        f"{found['task']:<10} {found['ours_words_per_s']:>12,.0f} {found['gensim_words_per_s']:>12,.0f} "
        f"{found['ratio']:>6.2f}  ({least:.2f}-{most:.2f}) "
        f"{found['ours_processor_s']:>11.2f} {found['gensim_processor_s']:>7.2f}{noise}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--threads", type=int, default=2, help="of every side, 2 by default")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="turns of each side, 3 by default")
    given = parser.parse_args()
    texts, results = wikitext2(), []
    words = given.epochs * sum(map(len, texts))
    print(f"words a second, {given.threads} threads; {machine()}")
    print(f"{'task':<10} {'elman':>12} {'gensim':>12}  ratio  (turns)     processor seconds")
    for task in given.only:
        seconds: dict[str, list[float]] = {name: [] for name in SIDES}
        sides = {
            name: counted(side(task, texts, given.epochs, given.threads), seconds[name]) for name, side in SIDES.items()
        }
        results.append(row(task, words, take_turns(sides, given.repeats), seconds))
        show(results[-1])
    print(json.dumps({"results": results, "threads": given.threads, "epochs": given.epochs, "repeats": given.repeats}))


SIDES = {"elman": ours, "gensim": gensims}

if __name__ == "__main__":
    main()
