"""Progress of training: a bar in a terminal, a line for each epoch elsewhere."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..training import Epoch, Progress
from ._console import STDERR, say, warn

__all__ = ["training_progress"]

LINES = 40
"""Of more epochs some are left out, so that there are fewer lines; the first and the last that may come are shown."""

DIVERGED = 2
"""A loss so many times that of a constant answer, ln(answers), is not one of training that works."""


@contextmanager
def training_progress(answers: Callable[[], int] | None = None) -> Iterator[Callable[[Progress], None]]:
    """Give what `report` of an estimator calls; on stderr.

    answers : tells, once it trains, how many there are; None for an encoder, which learns for no answers
    """
    print_epoch = _epochs_printer(answers)
    if not STDERR.is_terminal:
        yield print_epoch
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    with Bar(TextColumn("{task.description}"), BarColumn(20), console=STDERR, transient=True) as bar:
        task = bar.add_task("epoch 1", total=1.0)

        def show(progress: Progress) -> None:
            share = (progress.epoch - 1 + progress.done) / progress.epochs
            bar.update(task, completed=share, description=_describe(progress))
            print_epoch(progress)

        yield show


def _epochs_printer(answers: Callable[[], int] | None) -> Callable[[Progress], None]:
    """Give what prints epochs as they end, and warns once of a loss far above that of a constant answer."""
    warned = False

    def print_epoch(progress: Progress) -> None:
        nonlocal warned
        if progress.finished is None:
            return
        if _is_shown(progress.epoch, progress.epochs):
            say(_learner(progress) + _line(progress.finished, progress.epochs))
        if progress.learner or answers is None:
            return
        constant = math.log(answers())
        if progress.finished.loss > DIVERGED * constant and not warned:
            warned = True
            warn(
                f"the loss is far above that of a constant answer, {constant:.3g}: training diverges; lower "
                "--learning-rate or --clip-norm"
            )

    return print_epoch


def _is_shown(epoch: int, epochs: int) -> bool:
    step = -(-epochs // (LINES // 2)) if epochs > LINES else 1
    return epoch in (1, epochs) or epoch % step == 0


def _describe(progress: Progress) -> str:
    return (
        f"{_learner(progress)}epoch {progress.epoch}/{progress.epochs}  loss {_loss(progress.loss)}  "
        f"{progress.tokens_per_second:,.0f} tokens/s  {_time(progress.seconds_left)} left"
    )


def _learner(progress: Progress) -> str:
    return f"{progress.learner}: " if progress.learner else ""


def _loss(value: float) -> str:
    """Give a loss in few digits, however large it is."""
    return f"{value:.3f}" if value < 1000 else f"{value:.2e}"


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def _line(epoch: Epoch, epochs: int) -> str:
    dev = "" if epoch.dev_loss is None else f"  dev loss {_loss(epoch.dev_loss)}  accuracy {epoch.dev_accuracy:.1%}"
    return (
        f"epoch {epoch.number}/{epochs}  loss {_loss(epoch.loss)}{dev}  "
        f"{epoch.tokens_per_second:,.0f} tokens/s  {epoch.seconds:.1f} s"
    )
