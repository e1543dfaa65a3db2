"""GRU over whole packed sequences: the compiled twin of cells/gru.py. Gates r z n.

Buffers are owned by the caller. `gates` comes in holding the biases and x W, and goes out holding the gates.
"""

from ._compile import kernel
from .activations import flush, sigmoid, tanh
from .product import add_columns, add_product
from .vector import fma

__all__ = ["gru_backward", "gru_forward"]


@kernel
def gru_forward(gates, q_n, h, h0, W_hh, batch_sizes, starts):
    """(GRU.2) to (GRU.5) for every time step.

    gates : (tokens, 3 units), in: b + x_t @ W_xh, for r and z with both biases; out: r z n
    q_n : (tokens, units), in: b_h[1] of n, out: that + h_prev @ W_hn
    h : (tokens, units), out
    h0 : (rows, units); W_hh : (units, 3 units)
    """
    units = h.shape[1]
    one = h.dtype.type(1)
    for t in range(len(batch_sizes)):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        h_before = h0 if t == 0 else h
        add_columns(h_before, before, W_hh, 0, gates, begin, 0, 2 * units, rows)
        add_columns(h_before, before, W_hh, 2 * units, q_n, begin, 0, units, rows)
        for row in range(rows):
            gate, q, h_prev, h_t = gates[begin + row], q_n[begin + row], h_before[before + row], h[begin + row]
            r, z, n = gate[:units], gate[units : 2 * units], gate[2 * units :]
            for j in range(units):
                r[j] = sigmoid(r[j])
                z[j] = sigmoid(z[j])
                n[j] = tanh(fma(r[j], q[j], n[j]))
                h_t[j] = fma(z[j], h_prev[j], (one - z[j]) * n[j])


@kernel
def gru_backward(gates, q_n, h, d_h, dq, h0, dh0, W_hh_transposed, batch_sizes, starts):
    """Carry dL/dh back through time; `gates` comes in as r z n and goes out as dL/da.

    q_n : (tokens, units), the candidate's recurrent product
    d_h : (tokens, units), in: dL/dh from above; changed
    dq : (tokens, 3 units), out: dL/dq, which differs from dL/da in n alone
    dh0 : (rows, units), zeros in, out: dL/dh0
    W_hh_transposed : (3 units, units)
    """
    units = d_h.shape[1]
    one = d_h.dtype.type(1)
    for t in range(len(batch_sizes) - 1, -1, -1):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        h_before, dh_before = (h0, dh0) if t == 0 else (h, d_h)
        for row in range(rows):
            gate, q, h_prev = gates[begin + row], q_n[begin + row], h_before[before + row]
            d, dh_prev, dq_t = d_h[begin + row], dh_before[before + row], dq[begin + row]
            r, z, n = gate[:units], gate[units : 2 * units], gate[2 * units :]
            dq_r, dq_z, dq_n = dq_t[:units], dq_t[units : 2 * units], dq_t[2 * units :]
            for j in range(units):
                dz = d[j] * (h_prev[j] - n[j])
                da_n = flush(d[j] * (one - z[j]) * fma(-n[j], n[j], one))
                dh_prev[j] = fma(d[j], z[j], dh_prev[j])
                dq_n[j] = flush(da_n * r[j])
                n[j] = da_n
                r[j] = flush(da_n * q[j] * r[j] * (one - r[j]))
                z[j] = flush(dz * z[j] * (one - z[j]))
                dq_r[j] = r[j]
                dq_z[j] = z[j]
        add_product(dq, begin, W_hh_transposed, dh_before, before, rows)
