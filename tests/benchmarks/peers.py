"""What the engine is measured against: jitted JAX scans and a NumPy loop of a tied tanh net.

Each peer computes the two norm curves and nothing else, so it is spared what `simulate` keeps.
XLA reads XLA_FLAGS once: set them before this is imported.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)


def norms_after(weights: Any, transposed: Any, start: Any, probe: Any, depth: int) -> Any:
    """Two scans by hand; the norms of all rows afterwards."""

    def forward(h: Any, _: None) -> Any:
        h = jnp.tanh(weights @ h)
        return h, h

    def backward(g: Any, h: Any) -> Any:
        g = transposed @ (g * (1.0 - h * h))
        return g, g

    _, states = jax.lax.scan(forward, start, None, length=depth)
    _, gradients = jax.lax.scan(backward, probe, states, reverse=True)
    return _curves(start, states, gradients, probe)


def norms_inside(weights: Any, transposed: Any, start: Any, probe: Any, depth: int) -> Any:
    """Two scans by hand that take each norm on their way."""

    def forward(h: Any, _: None) -> Any:
        h = jnp.tanh(weights @ h)
        return h, (h, jnp.vdot(h, h))

    def backward(g: Any, h: Any) -> Any:
        g = (g * (1.0 - h * h)) @ weights
        return g, jnp.vdot(g, g)

    _, (states, hidden) = jax.lax.scan(forward, start, None, length=depth)
    _, gradient = jax.lax.scan(backward, probe, states, reverse=True)
    hidden = jnp.concatenate([jnp.vdot(start, start)[None], hidden])
    gradient = jnp.concatenate([gradient, jnp.vdot(probe, probe)[None]])
    return 0.5 * jnp.log10(hidden), 0.5 * jnp.log10(gradient)


def by_vjp(weights: Any, transposed: Any, start: Any, probe: Any, depth: int) -> Any:
    """JAX's own reverse pass, with respect to zeros added to every state."""

    def states_of(first: Any, added: Any) -> Any:
        def forward(h: Any, zero: Any) -> Any:
            h = jnp.tanh(weights @ h) + zero
            return h, h

        return jax.lax.scan(forward, start + first, added)

    zeros = jnp.zeros((depth, *start.shape))
    _, pull, states = jax.vjp(states_of, jnp.zeros_like(start), zeros, has_aux=True)
    first, gradients = pull(probe)
    return _curves(start, states, jnp.concatenate([first[None], gradients[:-1]]), probe)


def _curves(start: Any, states: Any, gradients: Any, probe: Any) -> Any:
    hidden = jnp.concatenate([start[None], states])
    gradient = jnp.concatenate([gradients, probe[None]])
    return tuple(0.5 * jnp.log10(jnp.sum(rows * rows, axis=1)) for rows in (hidden, gradient))


#: The fastest of them at a size is the peer there.
JAX = (norms_after, norms_inside, by_vjp)


def numpy_loop(weights: Any, transposed: Any, start: Any, probe: Any, depth: int) -> Any:
    """Plain NumPy, the norms deferred to the end."""
    states = np.empty((depth + 1, start.size))
    states[0] = start
    for t in range(depth):
        np.tanh(weights @ states[t], out=states[t + 1])
    slopes = 1.0 - states[1:] ** 2
    gradients = np.empty((depth + 1, start.size))
    gradients[depth] = probe
    for t in range(depth, 0, -1):
        gradients[t - 1] = transposed @ (gradients[t] * slopes[t - 1])
    return tuple(0.5 * np.log10(np.einsum("ti,ti->t", rows, rows)) for rows in (states, gradients))


def lstm_by_hand(weights: Any, start: Any, probe: Any, depth: int) -> Any:
    """Two scans of an lstm by hand, its four matrices stacked; norms of all rows afterwards."""
    n = start.size
    stacked = weights.reshape(4 * n, n)
    shift = jnp.zeros(4 * n).at[n : 2 * n].set(1.0)

    def forward(state: Any, _: None) -> Any:
        h, c = state
        a = stacked @ h + shift
        i, f, o = (jax.nn.sigmoid(a[k * n : (k + 1) * n]) for k in (0, 1, 3))
        g = jnp.tanh(a[2 * n : 3 * n])
        new = f * c + i * g
        shown = jnp.tanh(new)
        h = o * shown
        return (h, new), (h, c, new, i, f, g, o, shown)

    def backward(after: Any, kept: Any) -> Any:
        gh, carried = after
        _, c, _, i, f, g, o, shown = kept
        gc = carried + gh * o * (1 - shown * shown)
        delta = jnp.concatenate(
            [
                gc * g * i * (1 - i),
                gc * c * f * (1 - f),
                gc * i * (1 - g * g),
                gh * shown * o * (1 - o),
            ]
        )
        before = delta @ stacked
        return (before, f * gc), (before, gc)

    zero = jnp.zeros_like(start)
    _, kept = jax.lax.scan(forward, (start, zero), None, length=depth)
    (_, first), (gradients, cells) = jax.lax.scan(backward, (probe, zero), kept, reverse=True)
    hidden = jnp.concatenate([start[None], kept[0]])
    cell = jnp.concatenate([zero[None], kept[2]])
    gradient = jnp.concatenate([gradients, probe[None]])
    cell_gradient = jnp.concatenate([first[None], cells])
    return tuple(
        0.5 * jnp.log10(jnp.sum(rows * rows, axis=1))
        for rows in (hidden, gradient, cell, cell_gradient)
    )


def lstm_by_vjp(weights: Any, start: Any, probe: Any, depth: int) -> Any:
    """JAX's own reverse pass over an lstm, with respect to zeros added to every h and c."""
    n = start.size
    stacked = weights.reshape(4 * n, n)
    shift = jnp.zeros(4 * n).at[n : 2 * n].set(1.0)

    def states_of(first: Any, first_cell: Any, added: Any) -> Any:
        def forward(state: Any, zeros: Any) -> Any:
            h, c = state
            a = stacked @ h + shift
            i, f, o = (jax.nn.sigmoid(a[k * n : (k + 1) * n]) for k in (0, 1, 3))
            c = f * c + i * jnp.tanh(a[2 * n : 3 * n]) + zeros[1]
            h = o * jnp.tanh(c) + zeros[0]
            return (h, c), (h, c)

        (h, _), states = jax.lax.scan(forward, (start + first, first_cell), added)
        return h, states

    zero = jnp.zeros_like(start)
    _, pull, states = jax.vjp(states_of, zero, zero, jnp.zeros((depth, 2, n)), has_aux=True)
    first, first_cell, gradients = pull(probe)
    hidden = jnp.concatenate([start[None], states[0]])
    cell = jnp.concatenate([zero[None], states[1]])
    gradient = jnp.concatenate([first[None], gradients[:, 0]])
    cell_gradient = jnp.concatenate([first_cell[None], gradients[:, 1]])
    return tuple(
        0.5 * jnp.log10(jnp.sum(rows * rows, axis=1))
        for rows in (hidden, gradient, cell, cell_gradient)
    )


def gru_by_hand(weights: Any, start: Any, probe: Any, depth: int) -> Any:
    """Two scans of a gru by hand, its three matrices stacked; norms of all rows afterwards."""
    n = start.size
    stacked = weights.reshape(3 * n, n)

    def forward(h: Any, _: None) -> Any:
        a = stacked @ h
        r, z = jax.nn.sigmoid(a[:n]), jax.nn.sigmoid(a[n : 2 * n])
        q = a[2 * n :]
        m = jnp.tanh(r * q)
        new = (1 - z) * m + z * h
        return new, (new, h, r, z, q, m)

    def backward(g: Any, kept: Any) -> Any:
        _, h, r, z, q, m = kept
        inner = g * (1 - z) * (1 - m * m)
        delta = jnp.concatenate([inner * q * r * (1 - r), g * (h - m) * z * (1 - z), inner * r])
        g = z * g + delta @ stacked
        return g, g

    _, kept = jax.lax.scan(forward, start, None, length=depth)
    _, gradients = jax.lax.scan(backward, probe, kept, reverse=True)
    return _curves(start, kept[0], gradients, probe)


def gru_by_vjp(weights: Any, start: Any, probe: Any, depth: int) -> Any:
    """JAX's own reverse pass over a gru, with respect to zeros added to every state."""
    n = start.size
    stacked = weights.reshape(3 * n, n)

    def states_of(first: Any, added: Any) -> Any:
        def forward(h: Any, zero: Any) -> Any:
            a = stacked @ h
            r, z = jax.nn.sigmoid(a[:n]), jax.nn.sigmoid(a[n : 2 * n])
            h = (1 - z) * jnp.tanh(r * a[2 * n :]) + z * h + zero
            return h, h

        return jax.lax.scan(forward, start + first, added)

    zeros = jnp.zeros((depth, n))
    _, pull, states = jax.vjp(states_of, jnp.zeros_like(start), zeros, has_aux=True)
    first, gradients = pull(probe)
    return _curves(start, states, jnp.concatenate([first[None], gradients[:-1]]), probe)


#: Of each gated cell, two ways to write it; the fastest is the peer.
GATED = {"lstm": (lstm_by_hand, lstm_by_vjp), "gru": (gru_by_hand, gru_by_vjp)}
