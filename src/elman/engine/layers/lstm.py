"""LSTM: a cell state that gates protect."""

from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

from ...gates import LSTM_GATES
from ..cells import lstm
from ._layer import Parameter
from ._recurrent import Recurrent

__all__ = ["LSTM"]


@dataclass(frozen=True)
class LSTM(Recurrent):
    """Long short-term memory (Hochreiter & Schmidhuber 1997), equations LSTM.1 to LSTM.4.

    Parameters: see `Recurrent`.
    """

    cell: ClassVar[ModuleType] = lstm
    gates: ClassVar[int] = len(LSTM_GATES)

    def bias(self) -> Parameter:
        """(4 * units,): zeros at first, but ones for the forget gate: a cell begins by keeping what it holds."""
        place = LSTM_GATES.index("f")
        start = [0.0] * (self.gates * self.units)
        start[place * self.units : (place + 1) * self.units] = [1.0] * self.units
        return Parameter("bias", (self.gates * self.units,), "zeros", value=tuple(start))
