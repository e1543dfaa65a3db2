"""SimpleRNN over whole packed sequences: the compiled twin of cells/simple_rnn.py.

Buffers are owned by the caller. `states` comes in holding b + x W and goes out holding h, in place:
the recurrent product goes on adding where the input product stopped, so that an element of a
pre-activation is one sum, b, then x W, then h W, each in the order of k.
"""

from ._compile import kernel
from .activations import flush, tanh
from .product import add_product
from .vector import fma

__all__ = ["simple_rnn_backward", "simple_rnn_forward"]


@kernel
def simple_rnn_forward(states, h0, W_hh, batch_sizes, starts):
    """h_t = tanh(a_t + h_prev @ W_hh) for every time step, with a_t = b + x_t @ W_xh given in `states`.

    states : (tokens, units), in: a, out: h
    h0 : (rows, units)
    W_hh : (units, units)
    batch_sizes, starts : (time steps,) int64, rows alive at t and where they begin
    """
    units = states.shape[1]
    flat = states.reshape(-1)
    for t in range(len(batch_sizes)):
        rows, begin = batch_sizes[t], starts[t]
        if t == 0:
            add_product(h0, 0, W_hh, states, begin, rows)
        else:
            add_product(states, starts[t - 1], W_hh, states, begin, rows)
        h_t = flat[begin * units : (begin + rows) * units]
        for i in range(h_t.size):
            h_t[i] = tanh(h_t[i])


@kernel
def simple_rnn_backward(states, d_states, dh0, W_hh_transposed, batch_sizes, starts):
    """Carry dL/dh back through time; `d_states` comes in as dL/dh from above and goes out as dL/da.

    da_t = dh_t * (1 - h_t^2),  dh_prev += da_t @ W_hh.T  (Werbos 1990, backpropagation through time)

    states : (tokens, units), h
    d_states : (tokens, units), in: dL/dh, out: dL/da
    dh0 : (rows, units), in: dL/dh0 from above, out: all of it
    W_hh_transposed : (units, units), W_hh.T made contiguous
    """
    units, one = states.shape[1], states.dtype.type(1)
    h, d = states.reshape(-1), d_states.reshape(-1)
    for t in range(len(batch_sizes) - 1, -1, -1):
        rows, begin = batch_sizes[t], starts[t]
        h_t = h[begin * units : (begin + rows) * units]
        d_t = d[begin * units : (begin + rows) * units]
        for i in range(h_t.size):
            d_t[i] = flush(d_t[i] * fma(-h_t[i], h_t[i], one))
        if t == 0:
            add_product(d_states, begin, W_hh_transposed, dh0, 0, rows)
        else:
            add_product(d_states, begin, W_hh_transposed, d_states, starts[t - 1], rows)
