"""LSTM over whole packed sequences: the compiled twin of cells/lstm.py. Gates i f g o.

Buffers are owned by the caller. `gates` comes in holding b + x W and goes out holding the gates themselves.
"""

from ._compile import kernel
from .activations import activate, flushed, slope
from .lanes import Elements, fused, program
from .product import add_product

__all__ = ["lstm_backward", "lstm_forward", "step"]


def step(at: Elements) -> None:
    """0-3: a_t, become i f g o; 4: c_prev; 5: c_t, out; 6: h_t, out."""
    s, f, k = at.codes
    i_t, f_t, g_t, o_t = activate(s, at[0]), activate(s, at[1]), activate(f, at[2]), activate(s, at[3])  # (LSTM.2)
    c_t = fused(f_t, at[4], i_t * g_t)  # (LSTM.3)
    at[0], at[1], at[2], at[3], at[5] = i_t, f_t, g_t, o_t, c_t
    at[6] = o_t * activate(k, c_t)  # (LSTM.4)


_step = program(step)


@kernel
def lstm_forward(
    gates, h, c, h0, c0, W_hh, single, batch_sizes, starts, first, last,
    recurrent_activation, activation, output_activation,
):  # fmt: skip
    """(LSTM.1) to (LSTM.4) for the time steps from `first` up to, not including, `last`.

    gates : (tokens, 4 units), in: b + x_t @ W_xh, out: i f g o
    h, c : (tokens, units), out
    h0, c0 : (rows, units); W_hh : (units, 4 units), packed; single : whether for single rows
    the activations : codes of those of i f o, of g and of c
    """
    units = h.shape[1]
    a, c_flat, h_flat = gates.reshape(-1), c.reshape(-1), h.reshape(-1)
    initially, later = (a, a, a, a, c0.reshape(-1), c_flat, h_flat), (a, a, a, a, c_flat, c_flat, h_flat)
    for t in range(first, last):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        add_product(h0 if t == 0 else h, before, 0, W_hh, single, units, gates, begin, 0, 4 * units, rows)
        arrays = initially if t == 0 else later
        for row in range(rows):
            at, token, prev = (begin + row) * 4 * units, (begin + row) * units, (before + row) * units
            places = (at, at + units, at + 2 * units, at + 3 * units, prev, token, token)
            _step(arrays, places, units, (recurrent_activation, activation, output_activation))


@program
def _step_backward(at: Elements) -> None:
    """0-3: i f g o, become dL/da_t; 4: c_t; 5: c_prev; 6: dL/dh_t; 7: dL/dc_t, becomes dL/dc_prev."""
    s, f, k = at.codes
    i_t, f_t, g_t, o_t, dh_t = at[0], at[1], at[2], at[3], at[6]
    k_t = activate(k, at[4])
    dc_t = at[7] + flushed(dh_t * o_t * slope(k, k_t))  # d(LSTM.4)
    at[3] = flushed(dh_t * k_t * slope(s, o_t))  # d(LSTM.4), d(LSTM.2)
    at[7] = flushed(dc_t * f_t)  # d(LSTM.3)
    at[1] = flushed(dc_t * at[5] * slope(s, f_t))
    at[0] = flushed(dc_t * g_t * slope(s, i_t))
    at[2] = flushed(dc_t * i_t * slope(f, g_t))


@kernel
def lstm_backward(
    gates, c, d_h, c0, dh0, dc, W_hh_transposed, single, batch_sizes, starts, first, last,
    recurrent_activation, activation, output_activation,
):  # fmt: skip
    """Carry dL/dh and dL/dc back through the time steps from `last` - 1 to `first`.

    gates : (tokens, 4 units), in: i f g o, out: dL/da
    d_h : (tokens, units), in: dL/dh from above; changed
    dh0 : (rows, units), in: dL/dh0 from above, out: all of it
    dc : (rows, units), in: dL/dc after each row's last time step, out: dL/dc0 once `first` is 0
    W_hh_transposed : (4 units, units), packed
    """
    units = d_h.shape[1]
    a, c_flat, d_flat, dc_flat = gates.reshape(-1), c.reshape(-1), d_h.reshape(-1), dc.reshape(-1)
    initially = (a, a, a, a, c_flat, c0.reshape(-1), d_flat, dc_flat)
    later = (a, a, a, a, c_flat, c_flat, d_flat, dc_flat)
    for t in range(last - 1, first - 1, -1):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        arrays = initially if t == 0 else later
        for row in range(rows):
            at, token, prev = (begin + row) * 4 * units, (begin + row) * units, (before + row) * units
            places = (at, at + units, at + 2 * units, at + 3 * units, token, prev, token, row * units)
            _step_backward(arrays, places, units, (recurrent_activation, activation, output_activation))
        dh_before = dh0 if t == 0 else d_h
        add_product(gates, begin, 0, W_hh_transposed, single, 4 * units, dh_before, before, 0, units, rows)
