"""What the compiled cells share: the gradient of the recurrent kernel."""

from ._compile import kernel
from .product import add_outer

__all__ = ["recurrent_gradient"]


@kernel
def recurrent_gradient(h, h0, dq, dW_hh, batch_sizes, starts):
    """dW_hh += sum over t of h_prev.T @ dq_t, time steps of equal batch size taken together.

    h : (tokens, units); h0 : (rows, units); dq : (tokens, gates * units), dL/d(h_prev W_hh)
    dW_hh : (units, gates * units), changed in place
    """
    steps = len(batch_sizes)
    if steps > 0:
        add_outer(h0, 0, dq, 0, dW_hh, batch_sizes[0])
    t = 1
    while t < steps:
        last = t
        while last + 1 < steps and batch_sizes[last + 1] == batch_sizes[last] == batch_sizes[t - 1]:
            last += 1
        rows = starts[last] + batch_sizes[last] - starts[t]
        add_outer(h, starts[t - 1], dq, starts[t], dW_hh, rows)
        t = last + 1
