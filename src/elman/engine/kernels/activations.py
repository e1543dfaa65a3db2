"""exp, tanh, sigmoid and log of our own, one for each dtype, from operations that IEEE 754 fixes.

The C library's and NumPy's differ between machines, and between a vector and the scalars left over.
These are straight lines of additions, products, fused multiply-adds, divisions and bit shifts: the same
bits in every lane and on every machine, and a loop over them becomes vector code. Errors against
mpmath, in units in the last place, are bounded by tests/engine/kernels/test_activations.py.

Method: x = n ln 2 + r with |r| <= ln 2 / 2, and exp(r) - 1 by its Taylor series, which at these lengths
is as good as the dtype. 2^n is written into the exponent's bits.
"""

import math
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload

from ._compile import kernel
from .vector import fma

__all__ = ["CODES", "apply_activation", "exp", "flush", "log", "sigmoid", "tanh", "times_slope"]


class _Constants:
    """Numbers of one dtype: `bits` of the mantissa, Taylor terms that reach its precision."""

    def __init__(self, dtype: Any, integer: Any, bits: int, terms: int, log_terms: int, exp_limit: float):
        exponent_bias = int(np.finfo(dtype).maxexp) - 1
        self.dtype, self.integer, self.bits = dtype, integer, integer(bits)
        self.one, self.two, self.zero = dtype(1), dtype(2), dtype(0)
        self.log2_e = dtype(1 / math.log(2))
        # ln 2 in two parts, the first with so few bits that n times it is exact.
        self.ln2_high, self.ln2_low = dtype(22713 / 2**15), dtype(_LN2_TAIL)
        # Adding this rounds to an integer and leaves n + bias in the low bits, ready to be shifted up.
        self.round = dtype(1.5 * 2.0**bits + exponent_bias)
        self.taylor = tuple(dtype(1 / math.factorial(k)) for k in range(terms, 1, -1))
        self.atanh = tuple(dtype(1 / (2 * k + 1)) for k in range(log_terms, 0, -1))
        self.exp_limit = dtype(exp_limit)
        self.tanh_limit = dtype(20 if bits == 23 else 40)
        self.bias = integer(exponent_bias)
        self.mantissa = integer(2**bits - 1)
        self.one_bits = integer(exponent_bias << bits)
        self.sqrt2 = dtype(math.sqrt(2))
        self.half = dtype(0.5)
        self.ln2 = dtype(math.log(2))
        self.tiny = np.finfo(dtype).tiny


# ln 2 = 22713 / 2^15 + this, to the precision of float64.
_LN2_TAIL = 1.4286068203094173e-06

_FLOAT32 = _Constants(np.float32, np.int32, bits=23, terms=7, log_terms=5, exp_limit=87)
_FLOAT64 = _Constants(np.float64, np.int64, bits=52, terms=13, log_terms=11, exp_limit=708)


def exp(x: float) -> float:
    """e^x, with x held to +-87 in float32 and +-708 in float64, so that it neither overflows nor is subnormal."""
    return math.exp(x)


def tanh(x: float) -> float:
    """Hyperbolic tangent."""
    return math.tanh(x)


def sigmoid(x: float) -> float:
    """1 / (1 + e^-x)."""
    return 1 / (1 + math.exp(-x))


def log(x: float) -> float:
    """Natural logarithm of a positive normal number."""
    return math.log(x)


def flush(x: float) -> float:
    """x, or zero where it is subnormal: arithmetic on such numbers is slow on many processors."""
    return 0.0 if abs(x) < np.finfo(np.float32).tiny else x


def _implementations(k: _Constants) -> dict[str, Any]:
    """Make the five functions for one dtype; its numbers become constants of the machine code."""
    taylor, atanh, dtype, integer = k.taylor, k.atanh, k.dtype, k.integer
    one, two, zero, bits, rounding = k.one, k.two, k.zero, k.bits, k.round
    log2_e, ln2_high, ln2_low, ln2 = k.log2_e, -k.ln2_high, -k.ln2_low, k.ln2
    exp_limit, tanh_limit, half, sqrt2, tiny = k.exp_limit, k.tanh_limit, k.half, k.sqrt2, dtype(k.tiny)
    bias, mantissa, one_bits = k.bias, k.mantissa, k.one_bits

    @njit
    def parts(x):
        """Give 2^n and e^r - 1."""
        shifted = fma(x, log2_e, rounding)
        n = shifted - rounding
        r = fma(n, ln2_low, fma(n, ln2_high, x))
        series = zero
        for coefficient in taylor:
            series = fma(series, r, coefficient)
        return integer(dtype(shifted).view(integer) << bits).view(dtype), fma(series * r, r, r)

    @njit
    def exp(x):
        x = exp_limit if x > exp_limit else x
        x = -exp_limit if x < -exp_limit else x
        scale, rest = parts(x)
        return fma(scale, rest, scale)

    @njit
    def tanh(x):
        magnitude = two * abs(x)
        scale, rest = parts(tanh_limit if magnitude > tanh_limit else magnitude)
        less_one = fma(scale, rest, scale - one)  # e^2|x| - 1
        result = less_one / (less_one + two)
        return -result if x < zero else result

    @njit
    def sigmoid(x):
        return one / (one + exp(-x))

    @njit
    def log(x):
        pattern = dtype(x).view(integer)
        n = dtype(integer((pattern >> bits) - bias))
        m = integer((pattern & mantissa) | one_bits).view(dtype)
        large = m > sqrt2
        m = m * half if large else m
        n = n + one if large else n
        s = (m - one) / (m + one)
        square = s * s
        series = zero
        for coefficient in atanh:
            series = fma(series, square, coefficient)
        result = fma(n, ln2, two * fma(series * square, s, s))
        return result if x == x else x  # the bits of NaN look like a number's

    @njit
    def flush(x):
        return zero if abs(x) < tiny else x

    return {"exp": exp, "tanh": tanh, "sigmoid": sigmoid, "log": log, "flush": flush}


def _register(function: Any) -> None:
    by_dtype = {
        types.float32: _implementations(_FLOAT32)[function.__name__],
        types.float64: _implementations(_FLOAT64)[function.__name__],
    }

    def choose(x):  # type: ignore[no-untyped-def]  # Numba compares this signature with the lambda's
        implementation = by_dtype.get(x)
        return None if implementation is None else lambda x: implementation(x)

    overload(function)(choose)


for _function in (exp, tanh, sigmoid, log, flush):
    _register(_function)


LINEAR, TANH, SIGMOID, RELU, EXP, LOG = range(6)
CODES = {"linear": LINEAR, "tanh": TANH, "sigmoid": SIGMOID, "relu": RELU, "exp": EXP, "log": LOG}
"""Numbers by which `apply_activation` knows the elementwise functions."""


@kernel
def apply_activation(values, code):
    """values[:] = activation(values), elementwise and in place. values: (n,) contiguous."""
    zero = values.dtype.type(0)
    if code == TANH:
        for i in range(values.size):
            values[i] = tanh(values[i])
    elif code == SIGMOID:
        for i in range(values.size):
            values[i] = sigmoid(values[i])
    elif code == RELU:
        for i in range(values.size):
            values[i] = zero if values[i] < zero else values[i]
    elif code == EXP:
        for i in range(values.size):
            values[i] = exp(values[i])
    elif code == LOG:
        for i in range(values.size):
            values[i] = log(values[i])


@kernel
def times_slope(d, values, code):
    """D *= f'(x), where values = f(x), for the first four of `CODES`; subnormal products become zero. (n,) both."""
    zero, one = d.dtype.type(0), d.dtype.type(1)
    if code == TANH:
        for i in range(d.size):
            d[i] = flush(d[i] * fma(-values[i], values[i], one))
    elif code == SIGMOID:
        for i in range(d.size):
            d[i] = flush(d[i] * values[i] * (one - values[i]))
    elif code == RELU:
        for i in range(d.size):
            d[i] = d[i] if values[i] > zero else zero
    else:
        for i in range(d.size):
            d[i] = flush(d[i])
