"""The equations of the recurrent cells, in readable NumPy.

Takes  x_t and the state before it.
Gives  the state after it; and, going back, what each of them owes to the loss.
Next   unroll.py repeats a step over time; compiled.py runs the compiled twins in kernels/.
"""

from ._cell import Cell as Cell
from ._cell import Weights as Weights
from .gru import GRUCell as GRUCell
from .lstm import LSTMCell as LSTMCell
from .simple_rnn import SimpleRNNCell as SimpleRNNCell

__all__ = ["Cell", "GRUCell", "LSTMCell", "SimpleRNNCell", "Weights"]
