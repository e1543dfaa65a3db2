"""LSTM: a cell state that gates protect."""

from dataclasses import dataclass

from ...gates import LSTM_GATES
from ..cells import LSTMCell
from ._layer import Parameter
from ._recurrent import Recurrent

__all__ = ["LSTM"]


@dataclass(frozen=True)
class LSTM(Recurrent):
    """Long short-term memory (Hochreiter & Schmidhuber 1997), equations LSTM.1 to LSTM.4.

    Parameters
    ----------
    activation, recurrent_activation : "tanh", "relu" or "sigmoid"
        Of the candidate and the output, and of the gates.
    others
        See `Recurrent`.
    """

    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"

    def make_cell(self) -> LSTMCell:
        return LSTMCell(self.activation, self.recurrent_activation, self.activation)

    def bias(self) -> Parameter:
        """(4 * units,): zeros at first, but ones for the forget gate: a cell begins by keeping what it holds."""
        start = tuple(float(gate == "f") for gate in LSTM_GATES for _ in range(self.units))
        return Parameter("bias", (len(start),), "zeros", value=start)
