"""GRU over whole packed sequences: the compiled twins of cells/gru.py. Gates r z n.

Buffers are owned by the caller. `gates` comes in holding the biases and x W, and goes out holding the gates.
"""

from ._compile import kernel
from .activations import activate, flushed, slope
from .lanes import Elements, Lanes, fused, program
from .product import add_product

__all__ = [
    "gru_backward",
    "gru_forward",
    "gru_reset_before_backward",
    "gru_reset_before_forward",
    "reset_after",
    "step",
]


def _interpolate(z_t: Lanes, n_t: Lanes, h_prev: Lanes) -> Lanes:
    return fused(z_t, h_prev, (1 - z_t) * n_t)  # (GRU.5)


def _candidate_sum(r_t: Lanes, q_n: Lanes, a_n: Lanes) -> Lanes:
    return fused(r_t, q_n, a_n)  # what (GRU.4) takes the activation of


def step(at: Elements) -> None:
    """0-2: a_t, become r z n; 3: q_n; 4: h_prev; 5: h_t, out."""
    s, f = at.codes
    r_t, z_t = activate(s, at[0]), activate(s, at[1])  # (GRU.3)
    n_t = activate(f, _candidate_sum(r_t, at[3], at[2]))  # (GRU.4)
    at[0], at[1], at[2] = r_t, z_t, n_t
    at[5] = _interpolate(z_t, n_t, at[4])


_step = program(step)


@program
def _reset(at: Elements) -> None:
    """0: r_t; 1: q_n; 2: a_n, becomes a_n + r_t q_n."""
    at[2] = _candidate_sum(at[0], at[1], at[2])


@kernel
def reset_after(r, q_n, a_n):
    """a_n += r q_n, rounded as in `step`: what the candidate's activation is taken of. All: (n,) contiguous."""
    _reset((r, q_n, a_n), (0, 0, 0), a_n.size, (0,))


@kernel
def gru_forward(
    gates, q_n, h, h0, W_rz, W_n, single, batch_sizes, starts, first, last, recurrent_activation, activation
):
    """(GRU.2) to (GRU.5) for the time steps from `first` up to, not including, `last`.

    gates : (tokens, 3 units), in: b + x_t @ W_xh, for r and z with both biases; out: r z n
    q_n : (tokens, units), in: b_h[1] of n, out: that + h_prev @ W_hn
    h : (tokens, units), out
    h0 : (rows, units)
    W_rz : (units, 2 units), W_n : (units, units), parts of W_hh, packed; single : whether for single rows
    the activations : codes of those of r z and of n
    """
    units = h.shape[1]
    a, q_flat, h_flat = gates.reshape(-1), q_n.reshape(-1), h.reshape(-1)
    initially, later = (a, a, a, q_flat, h0.reshape(-1), h_flat), (a, a, a, q_flat, h_flat, h_flat)
    for t in range(first, last):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        h_before, arrays = (h0, initially) if t == 0 else (h, later)
        add_product(h_before, before, 0, W_rz, single, units, gates, begin, 0, 2 * units, rows)
        add_product(h_before, before, 0, W_n, single, units, q_n, begin, 0, units, rows)
        for row in range(rows):
            at, token = (begin + row) * 3 * units, (begin + row) * units
            places = (at, at + units, at + 2 * units, token, (before + row) * units, token)
            _step(arrays, places, units, (recurrent_activation, activation))


def _interpolate_backward(at: Elements, z: int, n: int, h_prev: int, d: int, dh_prev: int) -> tuple[Lanes, Lanes]:
    """d(GRU.5): z and n become dL/da, `dh_prev` takes its share; give dL/da of both."""
    s, f = at.codes
    z_t, n_t, d_t = at[z], at[n], at[d]
    da_z, da_n = flushed(d_t * (at[h_prev] - n_t) * slope(s, z_t)), flushed(d_t * (1 - z_t) * slope(f, n_t))
    at[dh_prev] = fused(d_t, z_t, at[dh_prev])
    at[z], at[n] = da_z, da_n
    return da_z, da_n


@program
def _step_backward(at: Elements) -> None:
    """0-2: r z n, become dL/da_t; 3: q_n; 4: h_prev; 5: dL/dh_t; 6: dL/dh_prev, changed; 7-9: dL/dq_t, out."""
    r_t = at[0]
    at[8], da_n = _interpolate_backward(at, z=1, n=2, h_prev=4, d=5, dh_prev=6)
    at[9] = flushed(da_n * r_t)  # d(GRU.4)
    da_r = flushed(da_n * at[3] * slope(at.codes[0], r_t))  # d(GRU.4), d(GRU.3)
    at[0], at[7] = da_r, da_r


@kernel
def gru_backward(
    gates, q_n, h, d_h, dq, h0, dh0, W_hh_transposed, single, batch_sizes, starts, first, last,
    recurrent_activation, activation,
):  # fmt: skip
    """Carry dL/dh back through the time steps from `last` - 1 to `first`.

    gates : (tokens, 3 units), in: r z n, out: dL/da
    q_n : (tokens, units), the candidate's recurrent product
    d_h : (tokens, units), in: dL/dh from above; changed
    dq : (tokens, 3 units), out: dL/dq, which differs from dL/da in n alone
    dh0 : (rows, units), in: dL/dh0 from above, out: all of it
    W_hh_transposed : (3 units, units), packed
    """
    units = d_h.shape[1]
    a, q, h_flat, d, dq_flat = gates.reshape(-1), q_n.reshape(-1), h.reshape(-1), d_h.reshape(-1), dq.reshape(-1)
    initially = (a, a, a, q, h0.reshape(-1), d, dh0.reshape(-1), dq_flat, dq_flat, dq_flat)
    later = (a, a, a, q, h_flat, d, d, dq_flat, dq_flat, dq_flat)
    for t in range(last - 1, first - 1, -1):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        arrays, dh_before = (initially, dh0) if t == 0 else (later, d_h)
        for row in range(rows):
            at, token, prev = (begin + row) * 3 * units, (begin + row) * units, (before + row) * units
            gate = (at, at + units, at + 2 * units)
            _step_backward(arrays, (*gate, token, prev, token, prev, *gate), units, (recurrent_activation, activation))
        add_product(dq, begin, 0, W_hh_transposed, single, 3 * units, dh_before, before, 0, units, rows)


@program
def _gates(at: Elements) -> None:
    """0-1: a_t, become r z; 2: h_prev; 3: r_t h_prev, out."""
    at[0], at[1] = activate(at.codes[0], at[0]), activate(at.codes[0], at[1])  # (GRU.3)
    at[3] = at[0] * at[2]


@program
def _candidate(at: Elements) -> None:
    """0: z; 1: a_n + (r_t h_prev) W_hn, becomes n; 2: h_prev; 3: h_t, out."""
    at[1] = activate(at.codes[1], at[1])  # (GRU.6)
    at[3] = _interpolate(at[0], at[1], at[2])


@kernel
def gru_reset_before_forward(
    gates, r_h, h, h0, W_rz, W_n, single, batch_sizes, starts, first, last, recurrent_activation, activation
):
    """As `gru_forward`, with (GRU.6) in the place of (GRU.4). r_h : (tokens, units), out: r_t * h_prev."""
    units, codes = h.shape[1], (recurrent_activation, activation)
    a, r_flat, h_flat, h0_flat = gates.reshape(-1), r_h.reshape(-1), h.reshape(-1), h0.reshape(-1)
    for t in range(first, last):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        h_before, prev_flat = (h0, h0_flat) if t == 0 else (h, h_flat)
        add_product(h_before, before, 0, W_rz, single, units, gates, begin, 0, 2 * units, rows)
        for row in range(rows):
            at, token, prev = (begin + row) * 3 * units, (begin + row) * units, (before + row) * units
            _gates((a, a, prev_flat, r_flat), (at, at + units, prev, token), units, codes)
        add_product(r_h, begin, 0, W_n, single, units, gates, begin, 2 * units, units, rows)
        for row in range(rows):
            at, token, prev = (begin + row) * 3 * units, (begin + row) * units, (before + row) * units
            _candidate((a, a, prev_flat, h_flat), (at + units, at + 2 * units, prev, token), units, codes)


@program
def _candidate_backward(at: Elements) -> None:
    """0: z, 1: n, become dL/da; 2: h_prev; 3: dL/dh_t; 4: dL/dh_prev, changed."""
    _interpolate_backward(at, z=0, n=1, h_prev=2, d=3, dh_prev=4)


@program
def _reset_backward(at: Elements) -> None:
    """0: r, becomes dL/da; 1: dL/d(r_t h_prev); 2: h_prev; 3: dL/dh_prev, changed. d(GRU.6)."""
    r_t, d = at[0], at[1]
    at[3] = fused(d, r_t, at[3])
    at[0] = flushed(d * at[2] * slope(at.codes[0], r_t))


@kernel
def gru_reset_before_backward(
    gates, h, d_h, h0, dh0, W_rz_transposed, W_n_transposed, single, scratch, batch_sizes, starts, first, last,
    recurrent_activation, activation,
):  # fmt: skip
    """As `gru_backward`, through (GRU.6), with the parts of W_hh.T, packed. scratch : (rows, units)."""
    units, codes = d_h.shape[1], (recurrent_activation, activation)
    a, h_flat, d, products = gates.reshape(-1), h.reshape(-1), d_h.reshape(-1), scratch.reshape(-1)
    h0_flat, dh0_flat = h0.reshape(-1), dh0.reshape(-1)
    for t in range(last - 1, first - 1, -1):
        rows, begin = batch_sizes[t], starts[t]
        before = 0 if t == 0 else starts[t - 1]
        dh_before, prev_flat, d_prev = (dh0, h0_flat, dh0_flat) if t == 0 else (d_h, h_flat, d)
        for row in range(rows):
            at, token, prev = (begin + row) * 3 * units, (begin + row) * units, (before + row) * units
            places = (at + units, at + 2 * units, prev, token, prev)
            _candidate_backward((a, a, prev_flat, d, d_prev), places, units, codes)
        scratch[:rows] = 0
        add_product(gates, begin, 2 * units, W_n_transposed, single, units, scratch, 0, 0, units, rows)
        for row in range(rows):
            at, prev = (begin + row) * 3 * units, (before + row) * units
            _reset_backward((a, products, prev_flat, d_prev), (at, row * units, prev, prev), units, codes)
        add_product(gates, begin, 0, W_rz_transposed, single, 2 * units, dh_before, before, 0, units, rows)
