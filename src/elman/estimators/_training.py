"""How an estimator is trained: the settings, declared once for all of them, and what training leaves behind."""

import os
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..checks import check_auto, check_choice, check_flag, check_positive, is_number, is_text
from ..engine.network import Network
from ..engine.optimizers import Adam
from ..engine.parallel import check_threads
from ..engine.schedules import SCHEDULES
from ..errors import InputError
from ..estimator import Estimator, not_fitted
from ..training import History, Progress, Recipe

__all__ = ["Training"]


@dataclass(kw_only=True, eq=False, repr=False)
class Training(Estimator):
    """Settings of training, which the docstrings of the estimators describe.

    Fitted attributes: `classes_`, sorted labels; `epochs_`, the most that there may be; `network_`; `history_`;
    `seconds_`, what `fit` took.
    """

    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 0.002
    schedule: str = "linear"
    clip_norm: float | None = 1.0
    weight_averaging: bool = True
    early_stopping: bool | str = "auto"
    validation_fraction: float = 0.1
    patience: int = 5
    random_state: int = 0
    threads: int | None = None
    report: Callable[[Progress], None] | None = None

    epochs_: int = field(init=False)
    classes_: NDArray[Any] = field(init=False)
    network_: Network = field(init=False)
    history_: History = field(init=False)
    seconds_: float = field(init=False)

    _rows_to_stop_early: ClassVar[int] = 100  # with early_stopping="auto", a part is held back from so many on

    @abstractmethod
    def check_params(self) -> None:
        """Raise InputError if a parameter is not what it must be; `fit` asks first."""

    def _check_training(self) -> None:
        self._check_epochs()
        for name in ("batch_size", "patience"):
            check_positive(name, getattr(self, name))
        check_flag("weight_averaging", self.weight_averaging)
        check_auto("early_stopping", self.early_stopping)
        Adam(self.learning_rate)
        if not is_number(self.validation_fraction) or not 0 < self.validation_fraction < 1:
            raise InputError(f"validation_fraction must be between 0 and 1, got {self.validation_fraction!r}")
        check_choice("schedule", self.schedule, sorted(SCHEDULES))
        if self.clip_norm is not None and (not is_number(self.clip_norm) or not 0 < self.clip_norm < np.inf):
            raise InputError(f"clip_norm must be positive and finite, or None, got {self.clip_norm!r}")
        if isinstance(self.random_state, bool) or not isinstance(self.random_state, (int, np.integer)):
            raise InputError(f"random_state must be an integer, got {self.random_state!r}")
        check_threads(self.threads)
        if self.report is not None and not callable(self.report):
            raise InputError(f"report must be a function of a Progress, or None, got {self.report!r:.80}")

    def _check_epochs(self) -> None:
        check_positive("epochs", self.epochs)

    def _settle(self, rows: int) -> None:
        """Settle what hangs on the number of rows, those that are held back among them."""
        self.epochs_ = self.epochs

    def stops_early(self, rows: int) -> bool:
        """Tell whether a part of so many rows is held back to choose the epoch by."""
        return rows >= self._rows_to_stop_early if is_text(self.early_stopping, "auto") else bool(self.early_stopping)

    def _recipe(self, stop_after: int | None = None) -> Recipe:
        return Recipe(
            epochs=self.epochs_,
            batch_size=self.batch_size,
            schedule=self.schedule,
            clip_norm=self.clip_norm,
            patience=self._patience(),
            average=bool(self.weight_averaging),
            seed=int(self.random_state),
            threads=check_threads(self.threads),
            truncation=self._truncation(),
            stop_after=stop_after,
        )

    def _patience(self) -> int:
        """Give the epochs without gain after which training ends."""
        return self.patience

    def _truncation(self) -> int | None:
        """Give the time steps after which rows are cut while training."""
        return None

    def _fitted(self) -> Network:
        if not hasattr(self, "network_"):
            raise not_fitted(f"this {type(self).__name__} is not fitted yet: call fit, or elman.load a model folder")
        return self.network_

    def save(self, path: "str | os.PathLike[str]", **about: Any) -> None:
        """Write a model folder, crash-safe; `elman.load` reads it. `about`: see `estimators.saving.save`.

        Raises
        ------
        ModelFolderError
            `path` holds an encoder, or something else than a model folder, or cannot be written.
        """
        from .saving import save

        save(self, path, **about)
