"""Schedules: the learning rate as a share of its peak, by how much of the training is done."""

from collections.abc import Callable

__all__ = ["SCHEDULES", "Schedule", "constant", "linear"]

Schedule = Callable[[float], float]


def constant(done: float) -> float:
    """1 all the way. `done` goes from 0 to 1."""
    return 1.0


def linear(done: float) -> float:
    """From 1 down to 0 in a straight line."""
    return 1.0 - done


SCHEDULES: dict[str, Schedule] = {"constant": constant, "linear": linear}
