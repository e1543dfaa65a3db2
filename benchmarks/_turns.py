"""How the benchmarks measure: sides take turns, medians are compared, a table and one JSON line come out.

Takes  what each side does once, as functions without arguments.
Gives  median seconds of each, and rows of the table.
Next   training.py and inference.py print them.
"""

import json
import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

__all__ = ["CELLS", "Table", "Turns", "arguments", "installed", "machine", "take_turns"]

CELLS = ("simple_rnn", "gru", "lstm")
PAUSE_SECONDS = 0.3
"""Before a side's turn: the other side's threads may go on spinning for a while after their last task."""
WARM_UP_SECONDS, TURN_SECONDS = 0.15, 0.35
"""Of a turn: its first steps wake the processors and fill the caches, the others count."""
MOST_STEPS = 1000
QUIET = 0.1
"""Processors that other programs may keep busy before it is said."""


def installed(peers: Sequence[str], modules: Mapping[str, Sequence[str]]) -> list[str]:
    """Give the peers whose modules can be imported; print a line for each of the others."""
    missing = {peer: [m for m in modules[peer] if find_spec(m) is None] for peer in peers}
    for peer, names in missing.items():
        if names:
            print(f"{peer} is left out: {', '.join(names)} not installed (pip install '.[bench]')")
    return [peer for peer in peers if not missing[peer]]


def machine() -> str:
    """Say what else the machine was doing: other work on it changes the ratios."""
    return f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f} before the first turn"


def arguments(description: str, tasks: Sequence[str], peers: Sequence[str]) -> ArgumentParser:
    """Make the parser of a benchmark's command line."""
    parser = ArgumentParser(description=description)
    parser.add_argument("--only", nargs="*", default=tasks, choices=tasks, metavar="TASK", help=", ".join(tasks))
    parser.add_argument("--cells", nargs="*", default=CELLS, choices=CELLS, metavar="CELL", help=", ".join(CELLS))
    parser.add_argument("--peers", nargs="*", default=peers, choices=peers, metavar="PEER", help=", ".join(peers))
    parser.add_argument("--repeats", type=int, default=7, help="turns of each side, 7 by default")
    parser.add_argument("--threads", type=int, default=2, help="of every side, 2 by default")
    return parser


def _seconds(step: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def _turn(step: Callable[[], Any]) -> float:
    """Give the median seconds of a step, over the steps that fit in a turn, at least one."""
    time.sleep(PAUSE_SECONDS)
    begin, timed = time.perf_counter(), [_seconds(step)]
    while time.perf_counter() - begin < WARM_UP_SECONDS:
        timed.append(_seconds(step))
    steps = max(1, min(MOST_STEPS, int(TURN_SECONDS / timed[-1])))
    return median(_seconds(step) for _ in range(steps))


@dataclass(frozen=True)
class Turns:
    """Seconds of a step in each turn, by side; and how many processors other programs kept busy meanwhile."""

    times: Mapping[Any, Sequence[float]]
    others: float | None = None

    def seconds(self, side: Any) -> float:
        """Give the median over the turns."""
        return median(self.times[side])

    def ratio(self, side: Any, ours: Any) -> tuple[float, float, float]:
        """Give how many times `ours` is faster than `side`, and the least and the most that one turn gave."""
        each = [theirs / own for theirs, own in zip(self.times[side], self.times[ours], strict=True)]
        return self.seconds(side) / self.seconds(ours), min(each), max(each)


def take_turns(sides: Mapping[Any, Callable[[], Any]], repeats: int) -> Turns:
    """Time each side's step in `repeats` turns, one side after the other."""
    times: dict[Any, list[float]] = {side: [] for side in sides}
    begin, foreign = time.perf_counter(), _foreign_seconds()
    for _ in range(repeats):
        for side, step in sides.items():
            times[side].append(_turn(step))
    elapsed = time.perf_counter() - begin
    return Turns(times, None if foreign is None else (_foreign_seconds() - foreign) / elapsed)


def _foreign_seconds() -> Any:
    """Give the processors' seconds spent on other programs since the machine began; None but on Linux."""
    if not sys.platform.startswith("linux"):
        return None
    user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
    return busy - time.process_time()


class Table:
    """Rows as they are measured, printed at once, and kept for the JSON line.

    Parameters
    ----------
    targets : by task and peer, by cell
        The least ratio to reach.
    """

    def __init__(self, targets: Mapping[tuple[str, str], Mapping[str, float]]) -> None:
        self.targets, self.results = targets, list[dict[str, Any]]()

    def head(self, text: str) -> None:
        """Print what the next rows are, and their columns."""
        columns = f"{'task':<22} {'cell':<10} {'peer':<11} {'elman':>11} {'peer':>11}"
        print(f"\n{text}\n{columns}  ratio  (turns)      target", flush=True)

    def add(
        self, task: str, cell: str, peer: str, tokens: tuple[float, float], turns: Turns, sides: tuple[Any, Any],
        **more: Any,
    ) -> None:  # fmt: skip
        """Add a comparison.

        Parameters
        ----------
        tokens : of a step, ours and the peer's
        sides : ours and the peer's, as they are called in `turns`
        more : for the JSON line alone
        """
        ours, theirs = (count / turns.seconds(side) for count, side in zip(tokens, sides, strict=True))
        scale, (ratio, *spread) = tokens[0] / tokens[1], turns.ratio(sides[1], sides[0])
        least, most = (value * scale for value in spread)
        target = self.targets.get((task, peer), {}).get(cell)
        verdict = "" if target is None else f"{target:>5.2f}{'' if ratio * scale >= target else '  missed'}"
        speeds, bounds = f"{ours:>11,.0f} {theirs:>11,.0f}", f"({least:.2f}-{most:.2f})"
        print(f"{task:<22} {cell:<10} {peer:<11} {speeds} {ratio * scale:>6.2f}  {bounds:<12} {verdict}", flush=True)
        self.warn(turns)
        more |= {
            "others_busy": turns.others,
            "ours_tokens_per_s": ours,
            "peer_tokens_per_s": theirs,
            "ratio_of_turns": [least, most],
        }
        self.keep(task, cell, peer, ratio * scale, **more)

    def warn(self, turns: Turns) -> None:
        """Say so when the machine was not quiet: threads that wait for each other then wait long."""
        if turns.others is not None and turns.others > QUIET:
            print(
                f"{'':<22} not quiet, no figure to report: other programs kept {turns.others:.1f} processors busy",
                flush=True,
            )

    def keep(self, task: str, cell: str, peer: str | None, ratio: float | None, **more: Any) -> None:
        """Keep a result for the JSON line."""
        blank = {"ours_tokens_per_s": None, "peer_tokens_per_s": None, "roofline_fraction": None}
        self.results.append({"cell": cell, "task": task, "peer": peer, "ratio": ratio} | blank | more)

    def finish(self, given: Namespace) -> None:
        """Print the JSON line."""
        print(json.dumps({"results": self.results, "repeats": given.repeats, "threads": given.threads}))
