"""The compiled kernels: the readable engine's twins, whose bits are fixed by their source.

Takes  C-contiguous arrays of one dtype, float32 or float64, and where to write.
Gives  nothing: results are written in place. Kernels check nothing, allocate nothing, raise nothing.
Next   unroll.py, losses.py, optimizers.py and layers/ call them.
"""

__all__: list[str] = []
