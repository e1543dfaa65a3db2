"""GRU: one state, two gates."""

from dataclasses import dataclass

from ..cells import GRUCell
from ._layer import Parameter, check_flag
from ._recurrent import Recurrent

__all__ = ["GRU"]


@dataclass(frozen=True)
class GRU(Recurrent):
    """Gated recurrent unit (Cho et al. 2014), equations GRU.1 to GRU.6.

    Parameters
    ----------
    activation, recurrent_activation : "tanh", "relu" or "sigmoid"
        Of the candidate, and of the gates.
    reset_after : bool
        Whether the reset gate acts after the recurrent product (cuDNN, PyTorch, Keras) or before (the paper).
    others
        See `Recurrent`.
    """

    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    reset_after: bool = True

    def __post_init__(self) -> None:
        check_flag("GRU", "reset_after", self.reset_after)
        super().__post_init__()

    def make_cell(self) -> GRUCell:
        return GRUCell(self.activation, self.recurrent_activation, self.reset_after)

    def bias(self) -> Parameter:
        """(2, 3 * units), of the input product and of the recurrent one; (3 * units,) with the reset before."""
        width = self.cell.gates * self.units
        return Parameter("bias", (2, width) if self.reset_after else (width,), "zeros")
