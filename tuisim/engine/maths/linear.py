"""Exact norms under powers of one matrix, and largest singular values."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: What a prediction may cost in floating-point operations: about half a second of one core.
WORK = 4e9

# A step of the power route costs this much whatever the width (calls into NumPy).
_STEP_OVERHEAD = 1.5e4
# eigh with vectors, and two products.
_EIGEN_WORK = 15.0
_SVD_WORK = 6.0

# Rounding alone makes the sketches of an orthogonal or normal matrix disagree by 1e-15 or so;
# what they let pass moves a curve by less than this times its steps.
_ALIKE = 1e-12

# Terms e^{−90} of the leading one are under its last digit twice over.
_NEGLIGIBLE = 90.0
_CHUNK = 1 << 17

# Of a sum of n products n times this is rounding.
_EPSILON = float(np.finfo(np.float64).eps)
# What rounding adds to a vector at each step, as a share of it, and the share from which on a
# norm is no longer the net's.
_ROUNDED_OFF = 0.5 * _EPSILON
_SPOILT = 0.02
# A plane whose second direction is under this share of ‖A‖ is not looked for.
_LOST = 1e6
# From so many steps a rounding is followed: no more are needed to see the largest.
_FOLLOWED = 256


def log_norm(x: Array) -> float:
    """ln of the Frobenius norm; right where the squares over- or underflow, −inf for zero."""
    largest = float(np.abs(x).max(initial=0.0))
    if largest == 0 or not math.isfinite(largest):
        return -math.inf if largest == 0 else largest
    scaled = np.ravel(x) / largest
    return math.log(largest) + 0.5 * math.log(float(scaled @ scaled))


def power_norms(matrix: Array, rows: Array, steps: int, copies: int = 1) -> Array | None:
    """ln ‖rows (Aᵀ)ᵗ‖_F for t = 0 … steps: a linear net's hidden states from its start.

    A normal A is taken apart once: ‖Aᵗ x‖² = Σ |c_k|² |λ_k|^{2t}, with c the coefficients of x in
    an orthonormal eigenbasis. It is found as that of the symmetric AᵀA, whose eigenvectors are
    orthogonal to the last digit also where eigenvalues of A coincide in modulus, and
    |λ_k| = ‖A v_k‖. Any other A is applied step by step, the norm moved into the log each time.
    An x along an eigenvector to rounding, or in the plane of a pair, is held there, so that its
    curve is |λ|ᵗ, which a simulation follows for some steps only.

    Args:
        matrix: (n, n), finite.
        rows: (batch, n), finite.
        steps: T.
        copies: how many such curves will be asked for; the work allowed is for all of them.

    Returns:
        (T + 1,) in nats, or None where it would take more work than `WORK`.
    """
    n, batch = matrix.shape[0], rows.shape[0]
    start = log_norm(rows)
    if start == -math.inf:
        return np.full(steps + 1, -math.inf)
    matrix, log_scale = _scaled(matrix)
    if log_scale == -math.inf:
        return _with_start(start, np.full(steps, -math.inf))
    times = np.arange(1, steps + 1)
    stretch = float(log_stretch(matrix[None])[0])
    if not math.isnan(stretch):
        return _with_start(start, np.asarray(start + times * (stretch + log_scale)))
    rows = _scaled(rows)[0]
    rows = rows / math.exp(log_norm(rows))
    matrix, rows = invariant_part(matrix, rows) or (matrix, rows)
    n = matrix.shape[0]
    eigen_work = _EIGEN_WORK * n**3 + 2 * batch * n**2
    power_work = steps * (2 * n**2 * batch + _STEP_OVERHEAD)
    if eigen_work * copies <= WORK and is_normal(matrix):
        growth = _normal_growth(matrix, rows, steps)
    elif power_work * copies <= WORK:
        growth = _stepwise_growth(matrix, rows, steps)
    else:
        return None
    return _with_start(start, start + times * log_scale + growth)


def rounding_step(matrix: Array, rows: Array, curve: Array, copies: int = 1) -> int | None:
    """The first step from which what rounding does to ‖rows (Aᵀ)ᵗ‖_F outweighs what it is.

    Each step of a simulation rounds the vector; from there on A takes the rounding errors where a
    random vector would go, and those of a dominant direction outgrow a vector that has no part in
    it.

    Args:
        curve: (T + 1,), the norms in nats, as `power_norms` finds them.
        matrix, rows, copies: as for `power_norms`.

    Returns:
        the step, or None where the norm is right up to T.
    """
    steps = curve.size - 1
    growth = power_norms(matrix, _sketch(matrix.shape[0]).T, steps, copies)
    if growth is None:
        return None
    growth = growth - growth[0]
    # Sums of large products that nearly cancel are rounded as these, not as what is left.
    typical = log_norm(matrix) - 0.5 * math.log(matrix.shape[0])
    rounded = np.maximum(curve, _with_start(-math.inf, curve[:-1] + typical))
    rounded += math.log(_ROUNDED_OFF)
    if lies_along(matrix, rows):
        # An eigenvector is found to a few digits less than float64 has.
        rounded[0] += math.log(matrix.shape[0])
    errors = np.full(curve.shape, -math.inf)
    for first in np.unique(np.linspace(0, steps, min(_FOLLOWED, steps + 1)).astype(int)).tolist():
        grown = rounded[first] + growth[: steps + 1 - first]
        np.maximum(errors[first:], grown, out=errors[first:])
    spoilt = np.isfinite(curve) & (errors > curve + math.log(_SPOILT))
    return int(np.argmax(spoilt)) if spoilt.any() else None


def lies_along(matrix: Array, rows: Array) -> bool:
    """Whether the rows lie along a real eigenvector or in the plane of a pair, to rounding."""
    return invariant_part(_scaled(matrix)[0], _scaled(rows)[0]) is not None


def invariant_part(matrix: Array, rows: Array) -> tuple[Array, Array] | None:
    """A on the line or plane that it maps into itself and that the parallel rows lie in.

    Returns:
        (k, k) and (batch, k) with k ≤ 2, in an orthonormal basis; or None where the rows span no
        such subspace, to rounding.
    """
    n = matrix.shape[0]
    if n <= 2:
        return None
    least = 10 * n * _EPSILON
    first = rows[0] / float(np.linalg.norm(rows[0])) if rows[0].any() else rows[0]
    basis = first[:, np.newaxis]
    if (np.abs(rows - (rows @ basis) * first) > least * np.abs(first)).any():
        return None
    for _ in range(2):
        inside = basis.T @ matrix @ basis
        rest = (matrix @ basis - basis @ inside)[:, -1:]
        rest = rest - basis @ (basis.T @ rest)
        beyond = float(np.linalg.norm(rest))
        if (np.abs(rest) <= least * (np.abs(matrix) @ np.abs(basis[:, -1:]))).all():
            return inside, rows @ basis
        # The direction of a small rest has fewer digits, and at last none.
        lost = float(np.linalg.norm(matrix)) / beyond
        if lost > _LOST:
            return None
        least *= max(1.0, lost)
        basis = np.hstack([basis, rest / beyond])
    return None


def _with_start(start: float, rest: Array) -> Array:
    return np.concatenate([[start], rest])


def _scaled(matrix: Array) -> tuple[Array, float]:
    """The matrix divided by a power of two that brings its largest entry near 1, and its ln."""
    largest = float(np.abs(matrix).max())
    if largest == 0:
        return matrix, -math.inf
    exponent = math.frexp(largest)[1]
    return np.ldexp(matrix, -exponent), exponent * math.log(2)


@functools.lru_cache(maxsize=8)
def _sketch(n: int) -> Array:
    sketch = np.random.default_rng(0).standard_normal((n, 1))
    sketch.setflags(write=False)
    return sketch


def is_normal(matrix: Array) -> bool:
    """Whether AᵀA = AAᵀ to rounding, judged by what both do to a fixed random vector."""
    x, (matrix, _) = _sketch(matrix.shape[0]), _scaled(matrix)
    there, back = matrix.T @ (matrix @ x), matrix @ (matrix.T @ x)
    return bool(np.linalg.norm(there - back) <= _ALIKE * np.linalg.norm(there))


def log_stretch(matrices: Array) -> Array:
    """ln r where a matrix is r times an orthogonal one, to rounding, and nan elsewhere.

    Args:
        matrices: (k, n, n), scaled so that squares of entries matter.

    Returns:
        (k,).
    """
    x = _sketch(matrices.shape[-1])
    back = matrices.swapaxes(-1, -2) @ (matrices @ x)
    squares = np.einsum("kns,ns->k", back, x) / float(np.sum(x * x))
    apart = np.linalg.norm(back - squares[:, None, None] * x, axis=(1, 2))
    alike = (squares > 0) & (apart <= _ALIKE * squares * float(np.linalg.norm(x)))
    logs = np.full(matrices.shape[0], np.nan)
    logs[alike] = 0.5 * np.log(squares[alike])
    return logs


def _normal_growth(matrix: Array, rows: Array, steps: int) -> Array:
    """ln ‖Aᵗ x‖ for t = 1 … steps, A normal and ‖rows‖ = 1; (T,)."""
    vectors = np.linalg.eigh(matrix.T @ matrix)[1]
    with np.errstate(divide="ignore"):
        # Rounding leaves ε‖A‖ of a zero eigenvalue here, and √ε‖A‖ in the root of AᵀA's.
        moduli = np.log(np.linalg.norm(matrix @ vectors, axis=0))
        shares = 2 * np.log(np.linalg.norm(rows @ vectors, axis=0))
    order = np.argsort(-moduli)
    return 0.5 * _sum_of_powers(shares[order], 2 * moduli[order], steps)


def _sum_of_powers(shares: Array, rates: Array, steps: int) -> Array:
    """ln Σ_k exp(shares_k + t·rates_k) for t = 1 … steps, rates falling; (T,)."""
    total = np.empty(steps)
    done = 0
    while done < steps:
        here = shares + (done + 1) * rates
        # A term far below one that falls more slowly never comes back.
        alive = here >= np.maximum.accumulate(here) - _NEGLIGIBLE
        shares, rates = shares[alive], rates[alive]
        if not np.isfinite(here[alive]).any():
            total[done:] = -math.inf
            break
        until = min(steps, done + max(1, _CHUNK // shares.size))
        terms = shares + np.arange(done + 1, until + 1)[:, None] * rates
        top = terms.max(axis=1)
        total[done:until] = top + np.log(np.exp(terms - top[:, None]).sum(axis=1))
        done = until
    return total


def _stepwise_growth(matrix: Array, rows: Array, steps: int) -> Array:
    """ln ‖Aᵗ x‖ for t = 1 … steps, ‖rows‖ = 1; (T,)."""
    x = rows.T.copy() if rows.shape[0] > 1 else rows[0].copy()
    following = np.empty_like(x)
    changes = np.full(steps, -math.inf)
    for step in range(steps):
        np.dot(matrix, x, out=following)
        x, following = following, x
        square = float(np.vdot(x, x))
        if 1e-200 < square < 1e200:
            norm = math.sqrt(square)
            changes[step] = math.log(norm)
            x /= norm
            continue
        change = log_norm(x)
        if change == -math.inf:
            break
        changes[step] = change
        x[...] = _scaled(x)[0]
        x /= math.exp(log_norm(x))
    return np.cumsum(changes)


def log_orthogonal_scales(matrices: Array) -> Array:
    """ln r of each of (k, n, n) matrices that is r times an orthogonal one; (k,), nan elsewhere."""
    logs = np.full(matrices.shape[0], -math.inf)
    for part, scaled, exponents in _scaled_parts(matrices):
        logs[part] = log_stretch(scaled) + exponents * math.log(2)
        logs[part][~scaled.any(axis=(1, 2))] = -math.inf
    return logs


def log_largest_singular_values(matrices: Array, copies: int = 1) -> Array | None:
    """ln σ₁ of each of (k, n, n) matrices; (k,), or None where it takes more work than `WORK`."""
    count, n = matrices.shape[:2]
    logs = log_orthogonal_scales(matrices)
    rest = np.isnan(logs)
    if not rest.any():
        return logs
    if count * copies * _SVD_WORK * (n**3 + _STEP_OVERHEAD) > WORK:
        return None
    for part, scaled, exponents in _scaled_parts(matrices):
        here = rest[part]
        square = scaled[here].swapaxes(-1, -2) @ scaled[here]
        logs[part][here] = 0.5 * np.log(np.linalg.eigvalsh(square)[:, -1])
        logs[part][here] += exponents[here] * math.log(2)
    return logs


def _scaled_parts(matrices: Array) -> Iterator[tuple[slice, Array, NDArray[np.int64]]]:
    """Slices of (k, n, n) matrices, with the exponents of two taken out so that squares fit."""
    count, n = matrices.shape[:2]
    largest = np.maximum(matrices.max(axis=(1, 2)), -matrices.min(axis=(1, 2)))
    exponents = np.frexp(largest)[1].astype(np.int64)
    # Powers of two change no digit; most matrices need none for their squares to fit.
    exponents[np.abs(exponents) < 200] = 0
    size = max(1, _CHUNK * 8 // n**2)
    for first in range(0, count, size):
        part = slice(first, first + size)
        scaled = matrices[part]
        if exponents[part].any():
            scaled = np.ldexp(scaled, -exponents[part, None, None])
        yield part, scaled, exponents[part]
