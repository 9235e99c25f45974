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
