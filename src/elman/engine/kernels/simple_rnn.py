"""SimpleRNN over whole packed sequences: the compiled twin of cells/simple_rnn.py.

Buffers are owned by the caller. `states` comes in holding b + x W and goes out holding h, in place:
the recurrent product goes on adding where the input product stopped, so that an element of a
pre-activation is one sum, b, then x W, then h W, each in the order of k.
"""

from ._compile import kernel
from .activations import apply_activation, flushed, slope
from .lanes import Elements, program
from .product import add_product

__all__ = ["simple_rnn_backward", "simple_rnn_forward"]


@kernel
def simple_rnn_forward(states, h0, W_hh, single, batch_sizes, starts, first, last, activation):
    """h_t = f(a_t + h_prev @ W_hh) for the time steps from `first` up to, not including, `last`.

    a_t = b + x_t @ W_xh is given.

    states : (tokens, units), in: a, out: h
    h0 : (rows, units)
    W_hh : (units, units), packed; single : whether for single rows
    batch_sizes, starts : (time steps,) int64, rows alive at t and where they begin
    activation : code of f
    """
    units = states.shape[1]
    flat = states.reshape(-1)
    for t in range(first, last):
        rows, begin = batch_sizes[t], starts[t]
        if t == 0:
            add_product(h0, 0, 0, W_hh, single, units, states, begin, 0, units, rows)
        else:
            add_product(states, starts[t - 1], 0, W_hh, single, units, states, begin, 0, units, rows)
        apply_activation(flat[begin * units : (begin + rows) * units], activation)


@program
def _to_pre_activation(at: Elements) -> None:
    """0: dL/dh, becomes dL/da; 1: h."""
    at[0] = flushed(at[0] * slope(at.codes[0], at[1]))  # d(SimpleRNN.2)


@kernel
def simple_rnn_backward(states, d_states, dh0, W_hh_transposed, single, batch_sizes, starts, first, last, activation):
    """Carry dL/dh back through the time steps from `last` - 1 to `first`.

    da_t = dh_t * f'(a_t),  dh_prev += da_t @ W_hh.T  (Werbos 1990, backpropagation through time)

    states : (tokens, units), h
    d_states : (tokens, units), in: dL/dh, out: dL/da
    dh0 : (rows, units), in: dL/dh0 from above, out: all of it
    W_hh_transposed : (units, units), packed
    """
    units = states.shape[1]
    both = (d_states.reshape(-1), states.reshape(-1))
    for t in range(last - 1, first - 1, -1):
        rows, begin = batch_sizes[t], starts[t]
        _to_pre_activation(both, (begin * units, begin * units), rows * units, (activation,))
        if t == 0:
            add_product(d_states, begin, 0, W_hh_transposed, single, units, dh0, 0, 0, units, rows)
        else:
            add_product(d_states, begin, 0, W_hh_transposed, single, units, d_states, starts[t - 1], 0, units, rows)
