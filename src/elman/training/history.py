"""What training leaves behind: a record for each epoch."""

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Epoch", "History"]


@dataclass(frozen=True)
class Epoch:
    """One pass over the training data.

    loss : mean over the rows, as they were trained on, with dropout
    dev_loss, dev_accuracy : on the held-back part after the epoch; None without one
    seconds : of the epoch, measuring on the held-back part included
    tokens_per_second : time steps trained on per second of training alone

    The last two are NaN where the model was loaded.
    """

    number: int
    loss: float
    dev_loss: float | None
    dev_accuracy: float | None
    seconds: float = float("nan")
    tokens_per_second: float = float("nan")


@dataclass
class History:
    """All epochs; `best` is the number of the one that did best, whose weights were kept.

    refit : epochs of the training anew on all rows, if there was one: then its last weights were kept instead
    """

    epochs: list[Epoch] = field(default_factory=list)
    best: int = 0
    refit: list[Epoch] = field(default_factory=list)

    def to_config(self) -> dict[str, Any]:
        """Give it as JSON can hold it, without times: they differ from run to run."""
        timed = ("seconds", "tokens_per_second")

        def plain(epochs: list[Epoch]) -> list[dict[str, Any]]:
            return [{k: v for k, v in asdict(epoch).items() if k not in timed} for epoch in epochs]

        return {"best": self.best, "epochs": plain(self.epochs), "refit": plain(self.refit)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "History":
        """Make it of what `to_config` gave."""
        epochs = [Epoch(**epoch) for epoch in config["epochs"]]
        return cls(epochs, config["best"], [Epoch(**epoch) for epoch in config.get("refit", ())])
