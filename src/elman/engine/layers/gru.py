"""GRU: one state, two gates."""

from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

from ...gates import GRU_GATES
from ..cells import gru
from ._layer import Parameter
from ._recurrent import Recurrent

__all__ = ["GRU"]


@dataclass(frozen=True)
class GRU(Recurrent):
    """Gated recurrent unit (Cho et al. 2014), reset after the product, equations GRU.1 to GRU.5.

    Parameters: see `Recurrent`.
    """

    cell: ClassVar[ModuleType] = gru
    gates: ClassVar[int] = len(GRU_GATES)

    def bias(self) -> Parameter:
        """(2, 3 * units): of the input product and of the recurrent one, zeros at first."""
        return Parameter("bias", (2, self.gates * self.units), "zeros")
