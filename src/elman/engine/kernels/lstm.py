"""LSTM over whole packed sequences: the compiled twin of cells/lstm.py. Gates i f g o.

Buffers are owned by the caller. `gates` comes in holding b + x W and goes out holding the gates themselves.

The pointwise part is many short loops over few arrays each: LLVM must check at run time that arrays do not overlap
before it may make vector code of a loop, and gives up where a loop reads and writes too many of them.
"""

from ._compile import kernel
from .activations import apply_activation, flush, times_slope
from .product import add_product
from .vector import fma

__all__ = ["lstm_backward", "lstm_forward"]


@kernel
def lstm_forward(
    gates, h, c, h0, c0, W_hh, single, batch_sizes, starts, first, last,
    recurrent_activation, activation, output_activation,
):  # fmt: skip
    """(LSTM.1) to (LSTM.4) for the time steps from `first` up to, not including, `last`.

    gates : (tokens, 4 units), in: b + x_t @ W_xh, out: i f g o
    h, c : (tokens, units), out
    h0, c0 : (rows, units); W_hh : (units, 4 units), packed
    the activations : codes of those of i f o, of g and of c
    """
    units = h.shape[1]
    for t in range(first, last):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        h_before, c_before = (h0, c0) if t == 0 else (h, c)
        add_product(h_before, before, 0, W_hh, single, units, gates, begin, 0, 4 * units, rows)
        for row in range(rows):
            gate, c_prev, h_t, c_t = gates[begin + row], c_before[before + row], h[begin + row], c[begin + row]
            i, f, g, o = gate[:units], gate[units : 2 * units], gate[2 * units : 3 * units], gate[3 * units :]
            apply_activation(gate[: 2 * units], recurrent_activation)
            apply_activation(g, activation)
            apply_activation(o, recurrent_activation)
            for j in range(units):
                c_t[j] = fma(f[j], c_prev[j], i[j] * g[j])
            for j in range(units):
                h_t[j] = c_t[j]
            apply_activation(h_t, output_activation)
            for j in range(units):
                h_t[j] *= o[j]


@kernel
def lstm_backward(
    gates, c, d_h, c0, dh0, dc, W_hh_transposed, single, scratch, batch_sizes, starts, first, last,
    recurrent_activation, activation, output_activation,
):  # fmt: skip
    """Carry dL/dh and dL/dc back through the time steps from `last` - 1 to `first`.

    gates : (tokens, 4 units), in: i f g o, out: dL/da
    d_h : (tokens, units), in: dL/dh from above; changed
    dh0 : (rows, units), in: dL/dh0 from above, out: all of it
    dc : (rows, units), in: dL/dc after each row's last time step, out: dL/dc0 once `first` is 0
    W_hh_transposed : (4 units, units), packed; scratch : (2, units)
    """
    units = d_h.shape[1]
    s, d = scratch[0], scratch[1]
    for t in range(last - 1, first - 1, -1):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        c_before = c0 if t == 0 else c
        for row in range(rows):
            gate, c_prev, dh_t, dc_t = gates[begin + row], c_before[before + row], d_h[begin + row], dc[row]
            i, f, g, o = gate[:units], gate[units : 2 * units], gate[2 * units : 3 * units], gate[3 * units :]
            c_t = c[begin + row]
            for j in range(units):
                s[j] = c_t[j]
            apply_activation(s, output_activation)
            for j in range(units):  # d: dL/dc_t
                d[j] = dh_t[j] * o[j]
            times_slope(d, s, output_activation)
            for j in range(units):
                d[j] += dc_t[j]
            for j in range(units):  # s: dL/da_o, then those of f and i
                s[j] *= dh_t[j]
            times_slope(s, o, recurrent_activation)
            for j in range(units):
                o[j] = s[j]
            for j in range(units):
                dc_t[j] = flush(d[j] * f[j])
            for j in range(units):
                s[j] = d[j] * c_prev[j]
            times_slope(s, f, recurrent_activation)
            for j in range(units):
                f[j] = s[j]
            for j in range(units):
                s[j] = d[j] * g[j]
            times_slope(s, i, recurrent_activation)
            for j in range(units):  # d: dL/da_g
                d[j] *= i[j]
            times_slope(d, g, activation)
            for j in range(units):
                i[j] = s[j]
            for j in range(units):
                g[j] = d[j]
        if t == 0:
            add_product(gates, begin, 0, W_hh_transposed, single, 4 * units, dh0, 0, 0, units, rows)
        else:
            add_product(gates, begin, 0, W_hh_transposed, single, 4 * units, d_h, before, 0, units, rows)
