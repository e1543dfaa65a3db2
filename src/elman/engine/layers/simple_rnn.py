"""SimpleRNN: the feedback loop, h_t = tanh(x_t W + h_prev U + b)."""

from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

from ..cells import simple_rnn
from ._layer import Parameter
from ._recurrent import Recurrent

__all__ = ["SimpleRNN"]


@dataclass(frozen=True)
class SimpleRNN(Recurrent):
    """Elman's recurrent layer (1990), equations SimpleRNN.1 and SimpleRNN.2. Parameters: see `Recurrent`."""

    cell: ClassVar[ModuleType] = simple_rnn
    gates: ClassVar[int] = 1

    def bias(self) -> Parameter:
        """(units,), zeros at first."""
        return Parameter("bias", (self.units,), "zeros")
