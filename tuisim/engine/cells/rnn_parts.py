"""What is asked of an rnn cell's passes when they are through, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.cells.rnn_steps import ROOM, Parameters, deltas, pull_back
from tuisim.engine.cells.template import plain_seconds
from tuisim.engine.kernels.jit import kernel, plainly
from tuisim.engine.kernels.normalisation import NO_NORM
from tuisim.engine.kernels.radial import begin_radial, no_radial
from tuisim.engine.kernels.vectors import add_scaled, careful_square_sum, log10_norm


def _seconds(settings: Any, matrices: Array, arrays: tuple[Array, ...], *_: Array) -> float:
    batch = Parameters(*settings).batch
    return plain_seconds(len(arrays[2]), matrices, arrays[0].shape[1], batch)


@kernel
@plainly(seconds=_seconds)
def matrix_parts(
    settings: tuple[Any, ...], matrices: Array, arrays: tuple[Array, ...], log10: Array
) -> None:
    """log10 ‖∂L/∂h_{t−1}‖ had every slope at step t been 1, (T,)."""
    p = Parameters(*settings)
    gradients, slopes, exponents = arrays[1], arrays[2], arrays[4]
    size = gradients.shape[1]
    ones = np.ones((1, size))
    delta = np.empty((1, size))
    pulled, scale = np.empty((1, size)), np.empty(1)
    room = (delta, pulled, np.empty((ROOM, size)) if p.norm != NO_NORM else delta, ones)
    top = int(np.int64(0))
    for t in range(slopes.shape[0], 0, -1):
        k = top if p.tied else t - 1
        scale[0] = pull_back(p, matrices, k, arrays, ones, top, t, room, pulled, top, False)
        add_scaled(pulled, top, scale, p.carry, gradients, t, exponents[t])
        square, extra = careful_square_sum(pulled, top)
        log10[t - 1] = log10_norm(square, extra + scale[0])


@kernel
@plainly(seconds=_seconds)
def all_deltas(
    settings: tuple[Any, ...],
    matrices: Array,
    arrays: tuple[Array, ...],
    out: Array,
    out_exponents: Array,
) -> None:
    """∂L/∂(W_t s_t) of every step, (T, batch·n), and exponents (T,)."""
    p = Parameters(*settings)
    states, gradients, slopes, state_exponents, exponents = arrays[:5]
    last, size = out.shape
    delta = np.empty((1, size))
    v = np.empty((1, size))
    normed = p.norm != NO_NORM
    top = int(np.int64(0))
    follows = p.radial > 0
    radial: Array = delta
    if follows:
        radial = no_radial(last + 1, p.radial)
        begin_radial(states, gradients, last, state_exponents, exponents, p.radial, radial)
    room = (delta, v, np.empty((ROOM, size)) if normed else delta, radial)
    for t in range(last, 0, -1):
        exponent = exponents[t]
        if normed:
            k = top if p.tied else t - 1
            exponent = pull_back(p, matrices, k, arrays, slopes, t - 1, t, room, v, top, follows)
        else:
            deltas(p, gradients, t, slopes, t - 1, delta)
        out_exponents[t - 1] = exponent
        for i in range(size):
            out[t - 1, i] = delta[0, i]
