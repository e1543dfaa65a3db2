"""SimpleRNN: the lecture's layer."""

from dataclasses import dataclass

from ..cells import SimpleRNNCell
from ._recurrent import Recurrent

__all__ = ["SimpleRNN"]


@dataclass(frozen=True)
class SimpleRNN(Recurrent):
    """Elman's recurrent layer (1990), equations SimpleRNN.1 and SimpleRNN.2.

    Parameters
    ----------
    activation : "tanh", "relu" or "sigmoid"
    others
        See `Recurrent`.
    """

    activation: str = "tanh"

    def make_cell(self) -> SimpleRNNCell:
        return SimpleRNNCell(self.activation)
