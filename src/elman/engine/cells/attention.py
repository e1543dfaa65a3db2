"""Attention over an encoder's outputs, one row and one time step: Luong, Pham & Manning (2015), score "general".

Numbered equations and their derivation: docs/math/attention.md.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..activations import softmax

__all__ = ["AttentionWeights", "Tape", "step", "step_backward"]

Array = NDArray[Any]


class AttentionWeights(NamedTuple):
    """W_a : (units, features); W_c : (features + units, width); b : (width,)."""

    W_a: Array
    W_c: Array
    b: Array


class Tape(NamedTuple):
    """What a step keeps for going back: h_t, s, q_t, alpha_t, [c_t; h_t] and y_t."""

    h_t: Array
    s: Array
    q_t: Array
    alpha_t: Array
    joined: Array
    y_t: Array


def step(h_t: Array, s: Array, weights: AttentionWeights) -> tuple[Array, Tape]:
    """Give y_t, (width,). h_t : (units,), the decoder's output; s : (n, features), the encoder's, n may be 0."""
    q_t = h_t @ weights.W_a  # (Attention.1)
    e_t = s @ q_t  # (Attention.2)
    alpha_t = softmax(e_t) if len(s) else e_t  # (Attention.3)
    c_t = alpha_t @ s  # (Attention.4)
    joined = np.concatenate([c_t, h_t])
    y_t = np.tanh(joined @ weights.W_c + weights.b)  # (Attention.5)
    return y_t, Tape(h_t, s, q_t, alpha_t, joined, y_t)


def step_backward(dy_t: Array, tape: Tape, weights: AttentionWeights) -> tuple[Array, Array, AttentionWeights]:
    """From dL/dy_t give dL/dh_t, dL/ds and this time step's share of the weights' gradients."""
    da_t = dy_t * (1 - tape.y_t * tape.y_t)  # d(Attention.5)
    dW_c, db, d_joined = np.outer(tape.joined, da_t), da_t, weights.W_c @ da_t
    dc_t, dh_t = np.split(d_joined, [tape.s.shape[1]])
    dalpha_t, ds = tape.s @ dc_t, np.outer(tape.alpha_t, dc_t)  # d(Attention.4)
    de_t = tape.alpha_t * (dalpha_t - tape.alpha_t @ dalpha_t)  # d(Attention.3)
    dq_t, ds = de_t @ tape.s, ds + np.outer(de_t, tape.q_t)  # d(Attention.2)
    dW_a, dh_t = np.outer(tape.h_t, dq_t), dh_t + weights.W_a @ dq_t  # d(Attention.1)
    return dh_t, ds, AttentionWeights(dW_a, dW_c, db)
