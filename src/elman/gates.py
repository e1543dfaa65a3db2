"""The order of gates in packed weights. One home for this fact; foreign layouts are converted at the door.

A cell's kernel is (features, gates * units), its recurrent kernel (units, gates * units): one block of
`units` columns a gate, in this order.
"""

__all__ = ["GRU_GATES", "LSTM_GATES"]

LSTM_GATES = ("i", "f", "g", "o")
"""Input, forget, candidate, output: the order of Keras and PyTorch."""

GRU_GATES = ("r", "z", "n")
"""Reset, update, candidate: PyTorch's order; Keras has z, r, n."""
