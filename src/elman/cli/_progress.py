"""Progress of training: a bar in a terminal, a line for each epoch elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..training import Progress
from ._console import STDERR, say

__all__ = ["training_progress"]


@contextmanager
def training_progress() -> Iterator[Callable[[Progress], None]]:
    """Give what `report` of an estimator calls; on stderr."""
    if not STDERR.is_terminal:
        yield _print_epochs
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    with Bar(TextColumn("{task.description}"), BarColumn(20), console=STDERR, transient=True) as bar:
        task = bar.add_task("epoch 1", total=1.0)

        def show(progress: Progress) -> None:
            share = (progress.epoch - 1 + progress.done) / progress.epochs
            bar.update(task, completed=share, description=_describe(progress))
            _print_epochs(progress)

        yield show


def _describe(progress: Progress) -> str:
    return (
        f"epoch {progress.epoch}/{progress.epochs}  loss {progress.loss:.3f}  "
        f"{progress.tokens_per_second / 1000:,.0f}k tokens/s  {_time(progress.seconds_left)} left"
    )


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def _print_epochs(progress: Progress) -> None:
    epoch = progress.finished
    if epoch is None:
        return
    dev = "" if epoch.dev_loss is None else f"  dev loss {epoch.dev_loss:.3f}  dev accuracy {epoch.dev_accuracy:.1%}"
    say(
        f"epoch {epoch.number}/{progress.epochs}  loss {epoch.loss:.3f}{dev}  "
        f"{epoch.tokens_per_second / 1000:,.0f}k tokens/s  {epoch.seconds:.1f} s"
    )
