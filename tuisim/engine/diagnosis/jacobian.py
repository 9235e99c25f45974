"""Singular values of ∂h_T/∂h_t and Lyapunov exponents."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import attrs
import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.budget import MAX_FLOPS
from tuisim.engine.base.memo import Array
from tuisim.engine.cells.kind import Factor
from tuisim.engine.cells.network import Network, checked_networks, draw
from tuisim.engine.cells.table import CELLS, cell_of
from tuisim.engine.diagnosis.graded import log10_singular_values, projection, pulled_back
from tuisim.engine.kernels.triangles import rounding
from tuisim.engine.maths.extended import Extended
from tuisim.engine.runs.run import Run, member_buffers
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

#: Called with (steps done, steps in all).
Progress = Callable[[int, int], None]

#: A step's number → the factors of its Jacobian.
Factors = Callable[[int], tuple[Factor, ...]]

# In units of m³ for the joint state's size m, as measured beside matrix products.
_STEP_WORK, _VALUES_WORK, _FRAME_WORK = 100.0, 50.0, 10.0
# A step costs this much whatever the width (calls into NumPy).
_STEP_OVERHEAD = 1e6

_REPORTS = 100

#: Exponents of what float64 holds with all its digits, times a matrix too.
_INSIDE = 960.0

# Rows further apart than this many times their rounding are judged one by one.
_STEEP = 16.0


@one_blas_thread()
def jacobian_singular_values(
    run: Run,
    member: int = 0,
    steps: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> Array:
    """The singular values of ∂h_T/∂h_t in log10, largest first.

    The product of the steps' Jacobians is kept in graded form, so that each value is right
    however far apart they lie; of what a step's own factors lose to rounding (4√n ε of the terms)
    nothing can be known, and it counts as zero. For the lstm c_t is held fixed. Under layer norm
    alone, with a φ(cx) = c φ(x), what lies along h is 1e-12 a step and is lost so: small values are
    rounding there, and all of them where one unit is active.

    Args:
        member: which of the run's members.
        steps: the t to give a row for, increasing from 0 to T; every one where None.
        progress: called with (steps done, T) now and then.

    Returns:
        (T + 1, n), or (len(steps), n). −inf is exactly zero; nan where a Jacobian from t to T
        has an entry that is no number, or is infinite.

    Raises:
        ValueError: batch over 1, a skip, batch norm, an lstm whose slopes leave float64, a member
            or steps that are not there, or more work than the budget allows.
    """
    e = run.experiment
    _check(e)
    if not 0 <= member < len(run.networks):
        raise ValueError(f"member: got {member}, allowed: 0…{len(run.networks) - 1}")
    wanted = list(range(e.depth + 1)) if steps is None else list(steps)
    check_followed(run, member)
    inside = all(0 <= t <= e.depth for t in wanted)
    if not inside or any(a >= b for a, b in itertools.pairwise(wanted)):
        raise ValueError(f"steps: got {steps}, allowed: increasing numbers from 0 to {e.depth}")
    size = CELLS[e.cell].vectors * e.width
    back = e.depth - min(wanted, default=e.depth)
    _check_work(
        e, "singular values", (_STEP_WORK * back + _VALUES_WORK * len(wanted)) * size**3, back
    )
    return singular_values(_factors(run, member), size, e.width, e.depth, wanted, progress)


def singular_values(
    factors: Factors,
    size: int,
    width: int,
    depth: int,
    steps: Sequence[int],
    progress: Progress | None = None,
) -> Array:
    """As `jacobian_singular_values`, for Jacobians (size, size) of a state that h comes first in.

    Args:
        factors: t → those of ∂(state at t)/∂(state at t − 1), leftmost first, for 1 ≤ t ≤ depth.
        width: n, how many numbers h has.
    """
    wanted = {t: row for row, t in enumerate(steps)}
    found = np.full((len(steps), width), -math.inf)
    product = projection(size, width)
    last = min(steps, default=depth)
    for t in range(depth, last - 1, -1):
        if t in wanted:
            found[wanted[t]] = log10_singular_values(product, width)
        if t == last:
            break
        for factor in factors(t):
            if not _finite(factor):
                found[[row for step, row in wanted.items() if step < t]] = math.nan
                return found
            product = pulled_back(product, factor)
        if product.exponents.size == 0:
            break
        _report(progress, depth - t + 1, depth - last)
    return found


@one_blas_thread()
def lyapunov_exponents(
    experiment: Experiment,
    networks: Sequence[Network] | None = None,
    progress: Progress | None = None,
    member: int = 0,
) -> Array:
    """The Lyapunov exponents of one member in nats per step, largest first.

    By QR along the trajectory (Benettin et al. 1980; Engelken et al. 2023, section II): the means
    over all T steps, the first included, of ln |R_ii|. So they are finite-time exponents, which add
    up to the mean of ln |det ∂h_t/∂h_{t−1}|. One by one they have a term of order 1/T from the
    frame that they begin with; to keep it small, that frame is what a first pass over the same
    steps made of I. Under layer norm alone, with a φ(cx) = c φ(x), small ones are rounding, as of
    `jacobian_singular_values`.

    Args:
        networks: one Network a member, as for `simulate`; drawn where not given.
        progress: called with (steps done, steps in all) now and then.
        member: which of the members.

    Returns:
        (n,), for the lstm (2n,) of its joint state; −inf as often as the product of the steps'
        Jacobians lacks rank. All nan where one of them has an entry that is not finite.

    Raises:
        ValueError: batch over 1, a skip, batch norm, a cell without step Jacobians, an lstm whose
            slopes leave float64, networks that are not the experiment's, a member that is not
            there, or more work than the budget allows.
    """
    _check(experiment)
    if not 0 <= member < experiment.members:
        raise ValueError(f"member: got {member}, allowed: 0…{experiment.members - 1}")
    size = CELLS[experiment.cell].vectors * experiment.width
    steps = 2 * experiment.depth
    _check_work(experiment, "Lyapunov exponents", _FRAME_WORK * steps * size**3, steps)
    if networks is None:
        network = draw(experiment, member)
    else:
        network = checked_networks(experiment, networks)[member]
    run = simulate(attrs.evolve(experiment, members=1), [network])
    check_followed(run, 0)
    return exponents(_factors(run, 0), size, experiment.depth, progress)


def exponents(factors: Factors, size: int, depth: int, progress: Progress | None = None) -> Array:
    """As `lyapunov_exponents`, for the Jacobians (size, size) that `singular_values` takes."""
    frame: Array = np.eye(size)
    for turn in range(2):
        # A frame of fewer vectors is all that singular steps have left.
        sums = np.zeros(frame.shape[1])
        for t in range(1, depth + 1):
            for factor in reversed(factors(t)):
                if not _finite(factor):
                    return np.full(size, math.nan)
                frame, kept, logs = _carried(factor, frame)
                sums = sums[kept] + logs
            _report(progress, turn * depth + t, 2 * depth)
    found = np.full(size, -math.inf)
    found[: sums.size] = np.sort(sums)[::-1] / depth
    return found


def _finite(factor: Factor) -> bool:
    return bool(np.isfinite(factor.m if isinstance(factor, Extended) else factor).all())


def log_det(factor: Factor) -> float:
    """ln |det| of a step's factor (m, m), or (m,) for a diagonal one, in nats.

    −inf where it lacks rank, decided as for the exponents: the determinant of a singular matrix is
    else no more than its rounding. nan where an entry is not finite.
    """
    if not _finite(factor):
        return math.nan
    with np.errstate(divide="ignore"):
        if isinstance(factor, Extended):
            return float((np.log(np.abs(factor.m)) + factor.e * math.log(2.0)).sum())
        if factor.ndim == 1:
            return float(np.log(np.abs(factor)).sum())
    _, kept, _ = _carried(factor, np.eye(factor.shape[1]))
    return float(np.linalg.slogdet(factor)[1]) if kept.size == max(factor.shape) else -math.inf


def _carried(factor: Factor, frame: Array) -> tuple[Array, np.ndarray, Array]:
    """The orthonormal frame of factor · frame.

    Returns:
        the frame (m, r), the r columns of the old one that it comes from, ln |R_ii| (r,).
    """
    if isinstance(factor, Extended):
        return _staggered(factor.m[:, None] * frame, factor.e, np.abs(factor.m))
    diagonal = factor.ndim == 1
    scale = math.frexp(float(np.abs(factor).max(initial=0.0)))[1]
    factor = np.ldexp(factor, -scale)
    moved = factor[:, None] * frame if diagonal else factor @ frame
    sizes = np.abs(factor) if diagonal else _row_norms(factor)
    if sizes.size and sizes.min() < _STEEP * rounding(sizes.size) * sizes.max():
        own = np.frexp(sizes)[1]
        near_1 = np.ldexp(moved, -own[:, None]), own.astype(np.float64), np.ldexp(sizes, -own)
        placed, kept, logs = _staggered(*near_1)
    else:
        placed, kept, logs = _frame(moved, sizes)
    return placed, kept, logs + scale * math.log(2.0)


def _row_norms(rows: Array) -> Array:
    """The norm of each row, where the squares leave float64 too."""
    largest = np.abs(rows).max(axis=1, initial=0.0)
    scale = np.where(largest > 0.0, largest, 1.0)
    norms: Array = scale * np.linalg.norm(rows / scale[:, np.newaxis], axis=1)
    return norms


def _frame(moved: Array, sizes: Array) -> tuple[Array, np.ndarray, Array]:
    """The orthonormal frame of `moved`, as `_carried` returns it.

    Args:
        sizes: (m,), what each row was computed from.
    """
    # Large rows first: then a Householder QR is right for each row on its own scale.
    places = np.argsort(-sizes, kind="stable")
    moved, sizes = moved[places], sizes[places]
    limits = rounding(moved.shape[0]) * sizes
    kept = np.arange(moved.shape[1])
    while True:
        q, r = np.linalg.qr(moved[:, kept])
        rank = r.shape[0]
        dead = np.flatnonzero(np.abs(np.diag(r)) <= limits[:rank])
        if dead.size:
            rank = int(dead[0])
        if (np.abs(r[rank:, rank:]) <= limits[rank : r.shape[0], None]).all():
            break
        # A column that depends on those before it: without it a later one has its place.
        kept = np.delete(kept, rank)
    placed = np.empty((moved.shape[0], rank))
    placed[places] = q[:, :rank]
    logs: Array = np.log(np.abs(np.diag(r)[:rank]))
    return placed, kept[:rank], logs


def _staggered(rows: Array, exponents: Array, sizes: Array) -> tuple[Array, np.ndarray, Array]:
    """As `_frame` for rows · 2**exponents, further apart than rounding is from 1.

    A column may have all that it is in a small row, where the large ones have only rounding: each
    entry is judged on its row's own scale, and the largest takes the pivot's place.
    """
    a, e, limits = rows.copy(), exponents.copy(), rounding(sizes.size) * sizes
    places = np.arange(sizes.size)
    kept: list[int] = []
    logs: list[float] = []
    mirrors: list[tuple[Array, float]] = []
    for column in range(a.shape[1]):
        s = len(kept)
        x = np.where(np.abs(a[s:, column]) > limits[s:], a[s:, column], 0.0)
        if not x.any():
            continue
        mantissas, own = np.frexp(x)
        pivot = int(np.where(x == 0.0, -np.inf, e[s:] + own + np.abs(mantissas)).argmax())
        for array in (a, e, limits, places):
            array[[s, s + pivot]] = array[[s + pivot, s]]
        x[[0, pivot]] = x[[pivot, 0]]
        # A large row in which this column is rounding has no part in the reflection.
        scale = np.where(x == 0.0, 0.0, np.ldexp(1.0, (e[s:] - e[s]).clip(-4000, 900).astype(int)))
        v = x * scale
        norm = math.copysign(float(np.linalg.norm(v)), v[0])
        v[0] += norm
        x[0] = v[0]
        a[s:] -= np.outer(x, (v * scale) @ a[s:] / (norm * v[0]))
        mirrors.append((v, norm * v[0]))
        kept.append(column)
        logs.append(math.log(abs(norm)) + float(e[s]) * math.log(2.0))
    q = np.eye(sizes.size, len(kept))
    for s in range(len(kept) - 1, -1, -1):
        v, square = mirrors[s]
        q[s:] -= np.outer(v, v @ q[s:] / square)
    placed = np.empty_like(q)
    placed[places] = q
    return placed, np.array(kept, dtype=int), np.array(logs)


def _factors(run: Run, member: int) -> Factors:
    e, network = run.experiment, run.networks[member]
    buffers, of_step = member_buffers(run._buffers, member), cell_of(e, network).step_factors
    return lambda t: of_step(e, network, buffers, t)


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None and (done == total or done % max(1, total // _REPORTS) == 0):
        progress(done, total)


def _check(experiment: Experiment) -> None:
    """Raise ValueError where a step has no Jacobian from h_{t−1} of a single row."""
    if experiment.batch != 1:
        raise ValueError(f"batch: got {experiment.batch}, allowed: 1 (Jacobians are of one row)")
    if experiment.skip:
        raise ValueError(
            f"skip: got {experiment.skip}, allowed: 0 (Jacobians are from one step to the next)"
        )
    if experiment.norm == "batch":
        raise ValueError("norm: got 'batch', allowed: none, layer (Jacobians are of one row)")


def check_followed(run: Run, member: int) -> None:
    """Raise ValueError where the Jacobians of a joint state have parts that no float64 holds.

    What h_{t−1} does to h_t may be any number of decades under what c_{t−1} does there, and the
    product that is kept of the steps holds both in one array.
    """
    e = run.experiment
    if CELLS[e.cell].vectors == 1:
        return
    for t, record in enumerate(run._buffers.beyond[member]):
        if record is not None and any(map(_outside, (*record.values, *record.slopes))):
            raise ValueError(
                f"cell: got {e.cell!r}, whose slopes leave float64 at t = {t}, allowed: one with "
                "a single state vector (Jacobians of (h, c) are known within float64 alone)"
            )


def _outside(numbers: Extended) -> bool:
    """Whether a step's Jacobian has parts of these that its rows in float64 do not hold."""
    return bool((np.abs(numbers.e[numbers.m != 0.0]) > _INSIDE).any())


def _check_work(experiment: Experiment, what: str, flops: float, steps: int) -> None:
    flops += _STEP_OVERHEAD * steps
    if flops > MAX_FLOPS:
        raise ValueError(
            f"budget: the {what} take {flops:.1e} floating-point operations, allowed: "
            f"{MAX_FLOPS:.0e}; lower depth ({experiment.depth}), width ({experiment.width})"
        )
