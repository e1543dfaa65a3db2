"""The equations of the recurrent cells, in readable NumPy.

Takes  x_t and the state before it.
Gives  the state after it; and, going back, what each of them owes to the loss.
Next   unroll.py repeats a step over time; kernels/ holds the compiled twins.
"""

__all__: list[str] = []
