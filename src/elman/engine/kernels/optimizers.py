"""Updates of parameters, row by row, so that one kernel serves a dense gradient and a sparse one."""

import math

from ._compile import kernel
from .activations import flush

__all__ = ["adam_rows", "sgd_rows", "sum_of_squares"]

LANES = 8
"""Running sums of `sum_of_squares`: part of its definition, since it fixes the order of summation."""


@kernel
def sum_of_squares(values):
    """Sum of values^2 in float64, in eight running sums that are added up at the end. values: (n,)."""
    sums = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    s0, s1, s2, s3, s4, s5, s6, s7 = sums
    whole = values.size - values.size % LANES
    for i in range(0, whole, LANES):
        s0 += float(values[i]) * float(values[i])
        s1 += float(values[i + 1]) * float(values[i + 1])
        s2 += float(values[i + 2]) * float(values[i + 2])
        s3 += float(values[i + 3]) * float(values[i + 3])
        s4 += float(values[i + 4]) * float(values[i + 4])
        s5 += float(values[i + 5]) * float(values[i + 5])
        s6 += float(values[i + 6]) * float(values[i + 6])
        s7 += float(values[i + 7]) * float(values[i + 7])
    total = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
    for i in range(whole, values.size):
        total += float(values[i]) * float(values[i])
    return total


@kernel
def power(base, exponent):
    """base^exponent by squaring, in float64: the C library's pow differs between machines."""
    result = 1.0
    while exponent > 0:
        if exponent & 1:
            result *= base
        base *= base
        exponent >>= 1
    return result


@kernel
def sgd_rows(values, numbers, gradient, rate, scale):
    """values[numbers[i]] -= rate * scale * gradient[i]. values: (m, width), gradient: (n, width)."""
    kind = values.dtype.type
    factor = kind(rate * scale)
    for i in range(numbers.size):
        value, g = values[numbers[i]], gradient[i]
        for j in range(value.size):
            value[j] -= factor * g[j]


@kernel
def adam_rows(values, m, v, updated, numbers, gradient, rate, beta1, beta2, epsilon, update, scale):
    """Adam on the rows `numbers`, at the update counted `update` (1, 2, ...). Arguments: see optimizers.Adam.

    values, m, v : (rows, width), changed in place
    updated : (rows,) int64, the update at which the row's moments were last brought up to date, in and out
    numbers : (n,) int64; gradient : (n, width); gradients are multiplied by `scale` first
    """
    kind = values.dtype.type
    step = kind(rate / (1 - power(beta1, update)))
    correction = kind(1 / math.sqrt(1 - power(beta2, update)))
    factor, small = kind(scale), kind(epsilon)
    new1, new2 = kind(1 - beta1), kind(1 - beta2)
    for i in range(numbers.size):
        row = numbers[i]
        missed = update - updated[row]  # 1 if it was touched last time: then one decay, as in plain Adam
        keep1, keep2 = kind(power(beta1, missed)), kind(power(beta2, missed))
        value, m_row, v_row, g_row = values[row], m[row], v[row], gradient[i]
        for j in range(value.size):
            g = g_row[j] * factor
            m_row[j] = flush(keep1 * m_row[j] + new1 * g)
            v_row[j] = flush(keep2 * v_row[j] + new2 * (g * g))
            value[j] -= step * m_row[j] / (math.sqrt(v_row[j]) * correction + small)
        updated[row] = update
