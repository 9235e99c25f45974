"""How the forward pass keeps states in range, compiled; every cell's states are scaled rows.

A scale is a power of two shared by a row: see tuisim.engine.kernels.vectors, which this may import.
"""

from __future__ import annotations

import math

import numpy as np

from tuisim.engine.base.facts import Facts
from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES
from tuisim.engine.kernels.jit import aside, part, plainly
from tuisim.engine.kernels.lanes import any_less, load, magnitude, where_less, zeros
from tuisim.engine.kernels.vectors import NOTHING, careful_square_sum, log10_norm, rescale, settle

#: As IEEE does; by scaling every state (φ is positively homogeneous); by scaling states too small
#: for φ to differ from its tangents.
IEEE, HOMOGENEOUS, TANGENT = range(3)

# States under this norm go over to their own scale, long before squares underflow.
_TINY_SQUARED = 1e-300
_LOG2_TINY = math.log2(1e-150)
#: Pre-activations up to this size meet φ's tangents to the last bit.
TANGENT_ROOM = 1e-60

# Entries of a state this small are about to lose their side of a kink.
_FADED = 1e-290
_LOG10_FADED = -290.0
#: With slopes no smaller than this and rows of a gradient no wider, no product of both is lost.
APART = 1e-150


def scaling_of(facts: Facts, plain: bool, homogeneous: bool) -> int:
    """How states are kept in range.

    Args:
        plain: there is no bias, norm or input that would add something of size 1.
        homogeneous: the cell scales with its states where φ does (gates do not).
    """
    if plain and homogeneous and facts.positively_homogeneous:
        return HOMOGENEOUS
    return TANGENT if plain and facts.value_at_zero == 0.0 else IEEE


def _any_faded(slopes: Array, row: int) -> bool:
    """`any_faded` with all entries at a time."""
    return bool((np.abs(slopes[row]) < APART).any())


@part
@plainly(_any_faded)
def any_faded(slopes: Array, row: int) -> bool:
    """Whether an entry of slopes[row] is 0 or close to it, of a φ whose slope nowhere is."""
    n = slopes.shape[1]
    wide = n - n % LANES
    least = zeros() + 1.0
    for i in range(row * n, row * n + wide, LANES):
        size = magnitude(load(slopes, i))
        least = where_less(size, least, size, least)
    found: bool = any_less(least, APART)
    for i in range(wide, n):
        found |= abs(slopes[row, i]) < APART
    return found


def _any_under(x: Array, row: int, limit: float) -> bool:
    """`any_under` with all entries at a time."""
    sizes = np.abs(x[row])
    return bool((sizes[sizes > 0.0] < limit).any())


@part
@plainly(_any_under)
def any_under(x: Array, row: int, limit: float) -> bool:
    """Whether an entry of x[row] is under a limit of at most 1, and is not 0."""
    n = x.shape[1]
    wide = n - n % LANES
    least = zeros() + 1.0
    for i in range(row * n, row * n + wide, LANES):
        size = magnitude(load(x, i))
        size = where_less(0.0, size, size, 1.0)
        least = where_less(size, least, size, least)
    found: bool = any_less(least, limit)
    for i in range(wide, n):
        found |= 0.0 < abs(x[row, i]) < limit
    return found


@part
def any_apart(x: Array, row: int) -> bool:
    """Whether an entry of x[row], whose largest is of ordinary size, is about to be lost beside it.

    It may be all that is left in the end: units that hear little of each other fade in turns.
    """
    return any_under(x, row, APART)


@part
def any_near_kink(a: Array, row: int) -> bool:
    """Whether an entry of a[row] is about to be lost under the scale of the others."""
    return any_under(a, row, _FADED)


@part
def leaves(log10: Array, exponents: Array, t: int, kept: bool) -> bool:
    """Whether the state of step t + 1 left float64, and did not only follow that of step t.

    Args:
        kept: what comes of a state that is not 0 is not 0 either, unless it underflows.
    """
    after, before = log10[t + 1], log10[t]
    if after < _LOG10_FADED and exponents[t + 1] == 0.0:
        return after > -math.inf or (kept and before > -math.inf)
    return not (after < math.inf) and before < math.inf


@part
def any_entry(x: Array, t: int) -> bool:
    """Whether an entry of x[t] is not 0."""
    found = False
    for i in range(x.shape[1]):
        found |= x[t, i] != 0.0
    return found


@part
def note_state(states: Array, t: int, exponents: Array, log10: Array, scaling: int) -> None:
    """Note log10 ‖h_t‖ and choose the scale in which h_t is kept."""
    if scaling == HOMOGENEOUS:
        settle(states, t, exponents, log10)
        return
    square, extra = careful_square_sum(states, t)
    log10[t] = log10_norm(square, exponents[t] + extra)
    if scaling == IEEE or not (square > 0.0) or math.isinf(square):
        return
    # The common case: a state of ordinary size on no scale of its own.
    if exponents[t] == 0.0 and extra == 0.0 and square > _TINY_SQUARED:
        return
    shift = extra + math.frexp(math.sqrt(square))[1]
    if exponents[t] + shift < _LOG2_TINY:
        rescale(states, t, shift)
        exponents[t] += shift
    elif exponents[t] != 0.0:
        rescale(states, t, -exponents[t])
        exponents[t] = 0.0


@aside
def note_pair(
    states: Array,
    cells: Array,
    t: int,
    exponents: Array,
    log10: Array,
    cell_log10: Array,
    scaling: int,
) -> None:
    """As note_state for two rows h_t and c_t that share a scale."""
    square, extra = careful_square_sum(states, t)
    log10[t] = log10_norm(square, exponents[t] + extra)
    cell_square, cell_extra = careful_square_sum(cells, t)
    cell_log10[t] = log10_norm(cell_square, exponents[t] + cell_extra)
    if scaling == IEEE:
        return
    ordinary = (extra == 0.0 and square > _TINY_SQUARED) or (
        cell_extra == 0.0 and cell_square > _TINY_SQUARED
    )
    if exponents[t] == 0.0 and ordinary:
        return
    shift = NOTHING
    if square > 0.0 and math.isfinite(square):
        shift = extra + math.frexp(math.sqrt(square))[1]
    if cell_square > 0.0 and math.isfinite(cell_square):
        shift = max(shift, cell_extra + math.frexp(math.sqrt(cell_square))[1])
    if shift == NOTHING:
        return
    if exponents[t] + shift >= _LOG2_TINY:
        shift = -exponents[t]
    rescale(states, t, shift)
    rescale(cells, t, shift)
    exponents[t] += shift
