"""GRU over whole packed sequences: the compiled twins of cells/gru.py. Gates r z n.

Buffers are owned by the caller. `gates` comes in holding the biases and x W, and goes out holding the gates. The
pointwise part is many short loops for the reason that kernels/lstm.py gives.
"""

from ._compile import kernel
from .activations import apply_activation, flush, times_slope
from .product import add_product
from .vector import fma

__all__ = ["gru_backward", "gru_forward", "gru_reset_before_backward", "gru_reset_before_forward"]


@kernel
def gru_forward(
    gates, q_n, h, h0, W_rz, W_n, single, batch_sizes, starts, first, last, recurrent_activation, activation
):
    """(GRU.2) to (GRU.5) for the time steps from `first` up to, not including, `last`.

    gates : (tokens, 3 units), in: b + x_t @ W_xh, for r and z with both biases; out: r z n
    q_n : (tokens, units), in: b_h[1] of n, out: that + h_prev @ W_hn
    h : (tokens, units), out
    h0 : (rows, units); W_rz : (units, 2 units), W_n : (units, units), packed parts of W_hh
    the activations : codes of those of r z and of n
    """
    units = h.shape[1]
    for t in range(first, last):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        h_before = h0 if t == 0 else h
        add_product(h_before, before, 0, W_rz, single, units, gates, begin, 0, 2 * units, rows)
        add_product(h_before, before, 0, W_n, single, units, q_n, begin, 0, units, rows)
        for row in range(rows):
            gate, q = gates[begin + row], q_n[begin + row]
            r, n = gate[:units], gate[2 * units :]
            apply_activation(gate[: 2 * units], recurrent_activation)
            for j in range(units):
                n[j] = fma(r[j], q[j], n[j])
            apply_activation(n, activation)
            _interpolate(gate, h_before[before + row], h[begin + row])


@kernel
def _interpolate(gate, h_prev, h_t):
    """(GRU.5)."""
    units, one = h_t.size, h_t.dtype.type(1)
    z, n = gate[units : 2 * units], gate[2 * units :]
    for j in range(units):
        h_t[j] = fma(z[j], h_prev[j], (one - z[j]) * n[j])


@kernel
def gru_backward(
    gates,
    q_n,
    h,
    d_h,
    dq,
    h0,
    dh0,
    W_hh_transposed,
    single,
    batch_sizes,
    starts,
    first,
    last,
    recurrent_activation,
    activation,
):
    """Carry dL/dh back through the time steps from `last` - 1 to `first`.

    gates : (tokens, 3 units), in: r z n, out: dL/da
    q_n : (tokens, units), the candidate's recurrent product
    d_h : (tokens, units), in: dL/dh from above; changed
    dq : (tokens, 3 units), out: dL/dq, which differs from dL/da in n alone
    dh0 : (rows, units), in: dL/dh0 from above, out: all of it
    W_hh_transposed : (3 units, units), packed
    """
    units = d_h.shape[1]
    for t in range(last - 1, first - 1, -1):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        h_before, dh_before = (h0, dh0) if t == 0 else (h, d_h)
        for row in range(rows):
            gate, q, dq_t = gates[begin + row], q_n[begin + row], dq[begin + row]
            r, n, dq_r, dq_n = gate[:units], gate[2 * units :], dq_t[:units], dq_t[2 * units :]
            _interpolate_backward(
                gate, h_before[before + row], d_h[begin + row], dh_before[before + row],
                dq_t[units : 2 * units], recurrent_activation, activation,
            )  # fmt: skip
            for j in range(units):
                dq_n[j] = flush(n[j] * r[j])
            for j in range(units):
                dq_r[j] = n[j] * q[j]
            times_slope(dq_r, r, recurrent_activation)
            for j in range(units):
                r[j] = dq_r[j]
        add_product(dq, begin, 0, W_hh_transposed, single, 3 * units, dh_before, before, 0, units, rows)


@kernel
def _interpolate_backward(gate, h_prev, d, dh_prev, da_z, recurrent_activation, activation):
    """d(GRU.5): z and n of `gate` become dL/da, `dh_prev` takes its share; da_z : (units,), for z's as well."""
    units, one = d.size, d.dtype.type(1)
    z, n = gate[units : 2 * units], gate[2 * units :]
    for j in range(units):
        da_z[j] = d[j] * (h_prev[j] - n[j])
    times_slope(da_z, z, recurrent_activation)
    for j in range(units):
        dh_prev[j] = fma(d[j], z[j], dh_prev[j])
    for j in range(units):  # z: dL/dn
        z[j] = d[j] * (one - z[j])
    times_slope(z, n, activation)
    for j in range(units):
        n[j] = z[j]
    for j in range(units):
        z[j] = da_z[j]


@kernel
def gru_reset_before_forward(
    gates, r_h, h, h0, W_rz, W_n, single, batch_sizes, starts, first, last, recurrent_activation, activation
):
    """As `gru_forward`, with (GRU.6) in the place of (GRU.4). r_h : (tokens, units), out: r_t * h_prev."""
    units = h.shape[1]
    for t in range(first, last):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        h_before = h0 if t == 0 else h
        add_product(h_before, before, 0, W_rz, single, units, gates, begin, 0, 2 * units, rows)
        for row in range(rows):
            gate, product, h_prev = gates[begin + row], r_h[begin + row], h_before[before + row]
            apply_activation(gate[: 2 * units], recurrent_activation)
            for j in range(units):
                product[j] = gate[j] * h_prev[j]
        add_product(r_h, begin, 0, W_n, single, units, gates, begin, 2 * units, units, rows)
        for row in range(rows):
            gate = gates[begin + row]
            apply_activation(gate[2 * units :], activation)
            _interpolate(gate, h_before[before + row], h[begin + row])


@kernel
def gru_reset_before_backward(
    gates, h, d_h, h0, dh0, W_rz_transposed, W_n_transposed, single, scratch, batch_sizes, starts, first, last,
    recurrent_activation, activation,
):  # fmt: skip
    """As `gru_backward`, through (GRU.6), with the parts of W_hh.T, packed. scratch : (rows + 1, units)."""
    units = d_h.shape[1]
    for t in range(last - 1, first - 1, -1):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        h_before, dh_before = (h0, dh0) if t == 0 else (h, d_h)
        for row in range(rows):
            _interpolate_backward(
                gates[begin + row], h_before[before + row], d_h[begin + row], dh_before[before + row],
                scratch[rows], recurrent_activation, activation,
            )  # fmt: skip
        scratch[:rows] = 0
        add_product(gates, begin, 2 * units, W_n_transposed, single, units, scratch, 0, 0, units, rows)
        for row in range(rows):
            r, d, h_prev, dh_prev = (
                gates[begin + row][:units],
                scratch[row],
                h_before[before + row],
                dh_before[before + row],
            )
            for j in range(units):
                dh_prev[j] = fma(d[j], r[j], dh_prev[j])
            for j in range(units):
                d[j] *= h_prev[j]
            times_slope(d, r, recurrent_activation)
            for j in range(units):
                r[j] = d[j]
        add_product(gates, begin, 0, W_rz_transposed, single, 2 * units, dh_before, before, 0, units, rows)
