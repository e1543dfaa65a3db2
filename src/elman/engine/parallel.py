"""Shards over threads. The kernels release the GIL; results come back in the shards' order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from ..errors import InputError

__all__ = ["ahead", "available_threads", "check_threads", "in_order", "one_by_one"]

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 2
"""Results that wait to be used: with one, both sides wait for each other whenever their pace changes."""


def available_threads() -> int:
    """Give the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_threads(threads: int | None) -> int:
    """Give `threads`, or the number of processors for None. Raises InputError for what is no positive integer."""
    if threads is None:
        return available_threads()
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise InputError(f"threads must be a positive integer or None, got {threads!r}")
    return threads


@cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="elman")


def in_order(function: Callable[[Item], Result], items: Iterable[Item], threads: int) -> list[Result]:
    """Give [function(item) for item in items], at most `threads` at a time.

    Must not be called from within `function`: a pool whose threads wait for each other stands still.
    """
    return list(one_by_one(function, items, threads))


def one_by_one(function: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """Give what `in_order` gives as it comes, so that what was used can be let go of."""
    items = list(items)
    if threads == 1 or len(items) < 2:
        return map(function, items)
    # A forked process inherits the pool's object without its threads, hence the process in the key.
    return _pool(threads, os.getpid()).map(function, items)


def ahead(function: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """Give function(item) for each item, worked out by another thread while the caller uses the ones before."""
    if threads == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[Result]] = deque()
    for item in items:
        waiting.append(_pool(threads, os.getpid()).submit(function, item))
        if len(waiting) > AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
