"""The part of a gradient along the state where a norm takes its size out again; compiled.

Behind a positively homogeneous φ and with no other path a group's h·∂L/∂h is known from step to
step (Euler's theorem): with y the gradient at the pre-activation and o what is added to W s,

    h_{t−1}·g_{t−1} = 1e-12/(variance_t + 1e-12) · h_t·g_t − y_t·o_t

So it falls by many decades a step beside what lies across, which no number of digits holds, and is
all that is left once a mask lets one unit through.
"""

from __future__ import annotations

import math

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.kernels.jit import aside, maker
from tuisim.engine.kernels.normalisation import CANCELLED, NORM_FLOOR
from tuisim.engine.kernels.vectors import NOTHING, power_of_two

_PART, _EXPONENT = range(2)


@aside
def _add(radial: Array, at: int, x: float, exponent: float) -> None:
    """radial[at] += x · 2**exponent."""
    if x == 0.0 or not math.isfinite(x):
        return
    top = max(radial[_EXPONENT, at], exponent)
    down = power_of_two(radial[_EXPONENT, at] - top)
    x = radial[_PART, at] * down + x * power_of_two(exponent - top)
    shift = math.frexp(x)[1]
    radial[_PART, at] = math.ldexp(x, -shift)
    radial[_EXPONENT, at] = top + shift if x != 0.0 else NOTHING


@aside
def begin_radial(
    states: Array,
    gradients: Array,
    t: int,
    state_exponents: Array,
    exponents: Array,
    groups: int,
    radial: Array,
) -> None:
    """radial[t] = h_t·g_t of each group.

    Args:
        radial: (2, steps·groups), numbers and their exponents, zeros where nothing is known yet.
    """
    size = states.shape[1] // groups
    for g in range(groups):
        total = 0.0
        for at in range(g * size, (g + 1) * size):
            total += states[t, at] * gradients[t, at]
        _add(radial, t * groups + g, total, state_exponents[t] + exponents[t])


@maker
def no_radial(steps: int, groups: int) -> Array:
    """Room for h·g of so many steps, all zero."""
    radial = np.empty((2, steps * groups))
    for at in range(steps * groups):
        radial[_PART, at] = 0.0
        radial[_EXPONENT, at] = NOTHING
    return radial


@aside
def _single(weights: Array, row: int, g: int, size: int) -> int:
    """The one entry of a group that is not zero, −1 where there are others or none."""
    found = -1
    for at in range(g * size, (g + 1) * size):
        if weights[row, at] != 0.0:
            if found >= 0:
                return -1
            found = at
    return found


@aside
def radial_deltas(
    states: Array,
    t: int,
    state_exponent: float,
    slopes: Array,
    row: int,
    groups: int,
    radial: Array,
    delta: Array,
    exponent: float,
) -> float:
    """Put φ′·g_t of groups with a single slope into delta; returns the row's new exponent.

    Args:
        delta: (1, batch·n), φ′·g_t.
        exponent: of delta, the gradient's.
    """
    size = delta.shape[1] // groups
    singles = False
    top = NOTHING
    for g in range(groups):
        at = _single(slopes, row, g, size)
        if at >= 0 and states[t, at] != 0.0:
            singles = True
            top = max(top, radial[_EXPONENT, t * groups + g] - state_exponent)
    if not singles:
        return exponent
    for g in range(groups):
        if _single(slopes, row, g, size) < 0:
            for i in range(g * size, (g + 1) * size):
                if delta[0, i] != 0.0:
                    top = max(top, exponent)
    if top == NOTHING:
        return exponent
    for g in range(groups):
        at = _single(slopes, row, g, size)
        if at >= 0 and states[t, at] != 0.0:
            along = t * groups + g
            down = power_of_two(radial[_EXPONENT, along] - state_exponent - top)
            delta[0, at] = slopes[row, at] * (radial[_PART, along] / states[t, at]) * down
        elif exponent != top:
            down = power_of_two(exponent - top)
            for i in range(g * size, (g + 1) * size):
                delta[0, i] *= down
    return top


@aside
def radial_step(
    states: Array,
    v: Array,
    row: int,
    delta: Array,
    exponent: float,
    added: bool,
    offset: Array,
    inverse: Array,
    t: int,
    back: int,
    groups: int,
    radial: Array,
) -> None:
    """Add to h·g of the state `back` what step t makes of that of h_t.

    Beside a large o little is heard of W s, of which the sum y·o has no digits: there h·(Wᵀ y) has.

    Args:
        states: h in the row `back`, on no scale of its own.
        v: Wᵀ y in `row`, on the scale of `exponent`.
        delta: (1, batch·n), y on the scale of `exponent`.
        added: whether there is an offset.
        offset, inverse: the step's in row t − 1.
    """
    size = delta.shape[1] // groups
    for g in range(groups):
        heard = terms = direct = direct_terms = 0.0
        if added:
            first = offset[t - 1, g * size]
            for at in range(g * size, (g + 1) * size):
                # y adds up to zero, so what is added to all of a group alike is not heard.
                term = delta[0, at] * (offset[t - 1, at] - first)
                heard += term
                terms += abs(term)
                term = states[back, at] * v[row, at]
                direct += term
                direct_terms += abs(term)
        if direct_terms < CANCELLED * terms:
            _add(radial, back * groups + g, direct, exponent)
            continue
        along, scale = t * groups + g, inverse[t - 1, g]
        kept = radial[_PART, along] * (NORM_FLOOR * scale * scale)
        _add(radial, back * groups + g, kept, radial[_EXPONENT, along])
        _add(radial, back * groups + g, -heard, exponent)


@aside
def radial_rows(
    states: Array,
    gradients: Array,
    t: int,
    state_exponent: float,
    exponent: float,
    groups: int,
    radial: Array,
) -> None:
    """Write into g_t, on the scale of `exponent`, where a group of h_t has a single entry."""
    size = states.shape[1] // groups
    for g in range(groups):
        at = _single(states, t, g, size)
        if at >= 0:
            along = t * groups + g
            down = power_of_two(radial[_EXPONENT, along] - state_exponent - exponent)
            gradients[t, at] = radial[_PART, along] / states[t, at] * down
