"""LSTM over whole packed sequences: the compiled twin of cells/lstm.py. Gates i f g o.

Buffers are owned by the caller. `gates` comes in holding b + x W and goes out holding the gates themselves.
"""

from ._compile import kernel
from .activations import flush, sigmoid, tanh
from .product import add_product
from .vector import fma

__all__ = ["lstm_backward", "lstm_forward"]


@kernel
def lstm_forward(gates, h, c, h0, c0, W_hh, batch_sizes, starts):
    """(LSTM.1) to (LSTM.4) for every time step.

    gates : (tokens, 4 units), in: b + x_t @ W_xh, out: i f g o
    h, c : (tokens, units), out
    h0, c0 : (rows, units); W_hh : (units, 4 units)
    """
    units = h.shape[1]
    for t in range(len(batch_sizes)):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        h_before, c_before = (h0, c0) if t == 0 else (h, c)
        add_product(h_before, before, W_hh, gates, begin, rows)
        for row in range(rows):
            gate, c_prev = gates[begin + row], c_before[before + row]
            h_t, c_t = h[begin + row], c[begin + row]
            i, f, g, o = gate[:units], gate[units : 2 * units], gate[2 * units : 3 * units], gate[3 * units :]
            for j in range(units):
                i[j] = sigmoid(i[j])
                f[j] = sigmoid(f[j])
                g[j] = tanh(g[j])
                o[j] = sigmoid(o[j])
                c_t[j] = fma(f[j], c_prev[j], i[j] * g[j])
                h_t[j] = o[j] * tanh(c_t[j])


@kernel
def lstm_backward(gates, c, d_h, c0, dh0, dc0, dc, W_hh_transposed, batch_sizes, starts):
    """Carry dL/dh and dL/dc back through time; `gates` comes in as i f g o and goes out as dL/da.

    d_h : (tokens, units), in: dL/dh from above; changed
    dh0, dc0 : (rows, units), zeros in, out: dL/dh0 and dL/dc0
    dc : (rows, units), in: dL/dc after each row's last time step; changed
    W_hh_transposed : (4 units, units)
    """
    units = d_h.shape[1]
    one = d_h.dtype.type(1)
    for t in range(len(batch_sizes) - 1, -1, -1):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        c_before = c0 if t == 0 else c
        for row in range(rows):
            gate, c_prev, c_t = gates[begin + row], c_before[before + row], c[begin + row]
            dh_t, dc_t = d_h[begin + row], dc[row]
            i, f, g, o = gate[:units], gate[units : 2 * units], gate[2 * units : 3 * units], gate[3 * units :]
            for j in range(units):
                tanh_c = tanh(c_t[j])
                d = fma(dh_t[j] * o[j], fma(-tanh_c, tanh_c, one), dc_t[j])
                di, df, dg = d * g[j], d * c_prev[j], d * i[j]
                dc_t[j] = flush(d * f[j])
                i[j] = flush(di * i[j] * (one - i[j]))
                f[j] = flush(df * f[j] * (one - f[j]))
                g[j] = flush(dg * fma(-g[j], g[j], one))
                o[j] = flush(dh_t[j] * tanh_c * o[j] * (one - o[j]))
        if t == 0:
            add_product(gates, begin, W_hh_transposed, dh0, 0, rows)
        else:
            add_product(gates, begin, W_hh_transposed, d_h, before, rows)
    dc0[:] = dc
