"""What the compiled cells share, for a stretch of time steps: reading inputs, and the gradients of both kernels.

A stretch is short enough for its pre-activations to stay in the cache from one of these kernels to the next
(compiled.py).
"""

from ._compile import kernel
from .product import add_outer, add_rows_up, product_from

__all__ = ["add_input_gradients", "add_recurrent_gradient", "read_inputs"]


@kernel
def read_inputs(x, slots, W_xh, b, a, begin, end):
    """a[begin:end] = b + x[begin:end] @ W_xh; or, where there are slots, rows of a table that holds this already.

    x : (tokens, features), or (words, gates * units) with slots : (tokens,) int64
    W_xh : (features, gates * units), packed; b : (gates * units,)
    a : (tokens, gates * units), out
    """
    if slots.size == 0:
        product_from(b, x, W_xh, a, begin, end)
        return
    for i in range(begin, end):
        row, target = x[slots[i]], a[i]
        for j in range(row.size):
            target[j] = row[j]


@kernel
def add_input_gradients(x, slots, W_xh_transposed, nothing, da, dx, dW_xh, db, begin, end):
    """What dL/da of the packed positions from `begin` to `end` gives; undoes `read_inputs`.

    dx[begin:end] = da @ W_xh.T and dW_xh += x.T @ da; or, where there are slots, dx[slots[i]] += da[i].
    db += sum of da. nothing : (features,), zeros, where sums begin
    """
    add_rows_up(da, begin, end, db)
    if slots.size == 0:
        add_outer(x, begin, da, begin, dW_xh, 0, dW_xh.shape[1], end - begin)
        product_from(nothing, da, W_xh_transposed, dx, begin, end)
        return
    for i in range(begin, end):
        row, total = da[i], dx[slots[i]]
        for j in range(row.size):
            total[j] += row[j]


@kernel
def add_recurrent_gradient(h, h0, dq, dW_hh, columns, batch_sizes, starts, first, last):
    """dW_hh += sum over time steps of h_prev.T @ dq_t, those of equal batch size taken together.

    h : (tokens, units); h0 : (rows, units); dq : (tokens, gates * units), dL/d(h_prev W_hh)
    dW_hh : (units, gates * units), of which the first `columns` columns are changed in place
    first, last : time steps from `first` up to, not including, `last`
    """
    t = first
    if t == 0 and last > 0:
        add_outer(h0, 0, dq, 0, dW_hh, 0, columns, batch_sizes[0])
        t = 1
    while t < last:
        end = t + 1
        while end < last and batch_sizes[end] == batch_sizes[end - 1] == batch_sizes[t - 1]:
            end += 1
        add_outer(
            h, starts[t - 1], dq, starts[t], dW_hh, 0, columns, starts[end - 1] + batch_sizes[end - 1] - starts[t]
        )
        t = end
