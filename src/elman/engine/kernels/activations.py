"""exp, tanh, sigmoid and log of our own, one for each dtype, from operations that IEEE 754 fixes.

The C library's and NumPy's differ between machines, and between a vector and the scalars left over.
These are straight lines of additions, products, fused multiply-adds, divisions and bit shifts (lanes.py): the same
bits in every lane and on every machine. Errors against extended precision, in units in the last place, are bounded by
tests/engine/kernels/test_activations.py.

Method: x = n ln 2 + r with |r| <= ln 2 / 2, and exp(r) - 1 by its Taylor series, which at these lengths
is as good as the dtype. 2^n is written into the exponent's bits.
"""

import math
from typing import Any

import numpy as np

from . import lanes
from ._compile import kernel
from .lanes import Elements, Lanes, absolute, bits, fused, number, program, scalar, switch, where

__all__ = ["CODES", "EXP", "LOG", "activate", "apply_activation", "exp", "flush", "log", "sigmoid", "sigmoids", "slope"]


class _Constants:
    """Numbers of one dtype: `bits` of the mantissa, Taylor terms that reach its precision."""

    def __init__(self, dtype: Any, bits: int, terms: int, log_terms: int, exp_limit: float):
        exponent_bias = int(np.finfo(dtype).maxexp) - 1
        self.bits, self.bias = bits, exponent_bias
        self.log2_e = dtype(1 / math.log(2))
        # ln 2 in two parts, the first with so few bits that n times it is exact.
        self.ln2_high, self.ln2_low = dtype(22713 / 2**15), dtype(_LN2_TAIL)
        # Adding this rounds to an integer and leaves n + bias in the low bits, ready to be shifted up.
        self.round = dtype(1.5 * 2.0**bits + exponent_bias)
        self.taylor = tuple(dtype(1 / math.factorial(k)) for k in range(terms, 1, -1))
        self.atanh = tuple(dtype(1 / (2 * k + 1)) for k in range(log_terms, 0, -1))
        self.exp_limit = dtype(exp_limit)
        self.tanh_limit = dtype(20 if bits == 23 else 40)
        self.mantissa, self.one_bits = 2**bits - 1, exponent_bias << bits
        self.sqrt2, self.ln2 = dtype(math.sqrt(2)), dtype(math.log(2))
        self.tiny = np.finfo(dtype).tiny


# ln 2 = 22713 / 2^15 + this, to the precision of float64.
_LN2_TAIL = 1.4286068203094173e-06

_CONSTANTS = {
    np.float32: _Constants(np.float32, bits=23, terms=7, log_terms=5, exp_limit=87),
    np.float64: _Constants(np.float64, bits=52, terms=13, log_terms=11, exp_limit=708),
}


def _parts(x: Lanes) -> tuple[Lanes, Lanes]:
    """Give 2^n and e^r - 1."""
    k = _CONSTANTS[x.dtype]
    shifted = fused(x, k.log2_e, k.round)
    n = shifted - k.round
    r = fused(n, -k.ln2_low, fused(n, -k.ln2_high, x))
    series = fused(r, k.taylor[0], k.taylor[1])
    for coefficient in k.taylor[2:]:
        series = fused(series, r, coefficient)
    return number(bits(shifted) << k.bits), fused(series * r, r, r)


def _exp(x: Lanes) -> Lanes:
    """e^x, with x held to +-87 in float32 and +-708 in float64, so that it neither overflows nor is subnormal."""
    limit = _CONSTANTS[x.dtype].exp_limit
    x = where(x > limit, limit, x)
    x = where(x < -limit, -limit, x)
    scale, rest = _parts(x)
    return fused(scale, rest, scale)


def _tanh(x: Lanes) -> Lanes:
    """Hyperbolic tangent."""
    limit, magnitude = _CONSTANTS[x.dtype].tanh_limit, absolute(x) * 2
    scale, rest = _parts(where(magnitude > limit, limit, magnitude))
    less_one = fused(scale, rest, scale - 1)  # e^2|x| - 1
    result = less_one / (less_one + 2)
    return where(x < 0, -result, result)


def _sigmoid(x: Lanes) -> Lanes:
    """1 / (1 + e^-x)."""
    return 1 / (_exp(-x) + 1)


def _log(x: Lanes) -> Lanes:
    """Natural logarithm of a positive normal number."""
    k = _CONSTANTS[x.dtype]
    pattern = bits(x)
    n = lanes.as_float((pattern >> k.bits) - k.bias)
    m = number((pattern & k.mantissa) | k.one_bits)
    large = m > k.sqrt2
    m, n = where(large, m * 0.5, m), where(large, n + 1, n)
    s = (m - 1) / (m + 1)
    square = s * s
    series = fused(square, k.atanh[0], k.atanh[1])
    for coefficient in k.atanh[2:]:
        series = fused(series, square, coefficient)
    result = fused(n, k.ln2, fused(series * square, s, s) * 2)
    return where(x.compare("==", x), result, x)  # the bits of NaN look like a number's


def _relu(x: Lanes) -> Lanes:
    """max(x, 0)."""
    return where(x < 0, 0, x)


def flushed(x: Lanes) -> Lanes:
    """x, or zero where it is subnormal: arithmetic on such numbers is slow on many processors."""
    return where(absolute(x) < _CONSTANTS[x.dtype].tiny, 0, x)


exp, log, sigmoid, flush = scalar(_exp), scalar(_log), scalar(_sigmoid), scalar(flushed)

LINEAR, TANH, SIGMOID, RELU, EXP, LOG = range(6)
CODES = {"linear": LINEAR, "tanh": TANH, "sigmoid": SIGMOID, "relu": RELU, "exp": EXP, "log": LOG}
"""Numbers by which kernels know the elementwise functions."""

_CELLS = {TANH: _tanh, SIGMOID: _sigmoid, RELU: _relu}


def activate(code: Any, x: Lanes) -> Lanes:
    """f(x), for one of the activations that a cell may have."""
    return switch(code, _CELLS, x)


def slope(code: Any, y: Lanes) -> Lanes:
    """f'(x) where y = f(x), likewise."""
    slopes = {TANH: lambda y: fused(-y, y, 1), SIGMOID: lambda y: y * (1 - y), RELU: _step}
    return switch(code, slopes, y)


def _step(y: Lanes) -> Lanes:
    return where(y > 0, Lanes(y.builder, y.spread(1)), 0)


@program
def sigmoids(at: Elements) -> None:
    """sigmoid(x) of elements in the midst of an array, in place."""
    at[0] = _sigmoid(at[0])


@program
def _apply(at: Elements) -> None:
    at[0] = switch(at.codes[0], _CELLS | {EXP: _exp, LOG: _log}, at[0])


@kernel
def apply_activation(values, code):
    """values[:] = activation(values), elementwise and in place. values: (n,) contiguous."""
    _apply((values,), (0,), values.size, (code,))
