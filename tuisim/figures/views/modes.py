"""View 5: a run along the eigenvectors of W."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from tuisim.figures.drawing.curves import (
    decades,
    finite_ends,
    linear,
    linear_limits,
    power,
    steps_of,
    trouble_marks,
)
from tuisim.figures.drawing.figure import (
    Axis,
    Band,
    Figure,
    Floats,
    Mark,
    Marker,
    Role,
    Series,
    blank_figure,
)
from tuisim.figures.drawing.numbers import format_value

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.modes import Modes

#: How many modes have a curve of their own; the others are a band.
_DRAWN = 3
_MARKERS: tuple[Marker, ...] = ("line", "dotted", "sparse")
_ROLES: tuple[Role, ...] = ("hue2", "hue1", "hue7")
#: Under the largest curve by this many decades there is rounding alone, which needs no room.
_DEEPEST = 20.0


def modes_figure(
    found: Modes,
    log: bool = True,
    *,
    start: int | None = None,
    pinned: Modes | None = None,
) -> Figure:
    """|c_k| of the eigenvectors over the steps: three modes, the others as a band.

    The three are the one that the run started along, if any, and those of the largest
    |multiplier|. Dashed is |c_k(0)|·|λ_k|ᵗ, where that is exact.

    Args:
        log: a log10 axis, else linear.
        start: the run's start_eigenvector.
        pinned: of another run, whose leading mode is drawn pale.
    """
    chosen = drawn_modes(found, start)
    steps = steps_of(found.coefficients_log10[0])
    curves = [
        Series(_name(found, k), steps, found.coefficients_log10[k], role, marker, played=True)
        for k, role, marker in zip(chosen, _ROLES, _MARKERS, strict=False)
    ]
    theory: list[Series] = []
    if found.predicted_log10 is not None:
        theory = [
            Series("|c_k(0)|·|λ_k|ᵗ" if rank == 0 else "", steps, one, "theory", "dashed")
            for rank, one in enumerate(found.predicted_log10[chosen])
        ]
    if pinned is not None:
        k = drawn_modes(pinned, None)[0]
        pale = pinned.coefficients_log10[k]
        theory.append(Series("pinned", steps_of(pale), pale, "pinned", "sparse"))
    others = np.delete(found.coefficients_log10, chosen, axis=0)
    bands = []
    if len(others):
        with np.errstate(invalid="ignore"):
            name = f"the other {len(others)}"
            bands = [Band(name, steps, others.min(axis=0), others.max(axis=0), played=True)]
    ends = [one for one in (finite_ends(curve.y) for curve in (*curves, *theory)) if one]
    ends = ends or [(0.0, 0.0)]
    top = max(high for _, high in ends)
    shown = [one.y[one.y > found.coefficients_log10.max(axis=0) - _DEEPEST] for one in curves]
    low = min((float(one[np.isfinite(one)].min()) for one in shown if np.isfinite(one).any()),
              default=0.0)  # fmt: skip
    bounds = decades(low, top)
    marks = trouble_marks(False, steps, _without_rounding(found, chosen[0]), bounds)
    marks += tuple(mark for k in chosen for mark in _rounding(found, k, bounds, log))
    drawn = [*theory, *curves]
    if not log:
        drawn = [linear(one) for one in drawn]
        bands = [attrs.evolve(one, low=power(one.low), high=power(one.high)) for one in bands]
        bounds = linear_limits(top)
    return Figure(
        title="modes |c_k|, c = V⁻¹h_t",
        x=Axis("time step t", 0.0, float(max(steps.size - 1, 1))),
        y=Axis("", *bounds, log=log),
        series=tuple(drawn),
        bands=tuple(bands),
        marks=marks,
        notes=("  ".join(_numbers(found)),),
    )


def share_figure(found: Modes) -> Figure:
    """How much of the state lies in the leading modes, in per cent, over the steps.

    Of ‖h_t‖² where W is normal; else of Σ|c_k|², the parts not adding up to ‖h_t‖².
    """
    if found.leading_share is not None:
        share, whole = found.leading_share, "‖h_t‖²"
    else:
        share, whole = _share_of_squares(found), "Σ|c_k|² (W is not normal)"
    count = int(found.leading.sum())
    what = "the leading mode" if count == 1 else f"the {count} leading modes"
    title = f"% of {whole} in {what}"
    if found.leading.all():
        return blank_figure(title, "every |λ| is the same: no mode takes over", brief=True)
    notes: tuple[str, ...] = ()
    if found.rounding is not None and found.rounding[found.leading].all():
        notes = ("rounding alone: none of h_0 lies there",)
    return Figure(
        title=title,
        x=Axis("time step t", 0.0, float(max(share.size - 1, 1))),
        y=Axis("", 0.0, 100.0),
        series=(Series("share", steps_of(share), 100 * share, "hidden", played=True),),
        notes=notes,
    )


def drawn_modes(found: Modes, start: int | None) -> list[int]:
    """The rows of the modes with a curve of their own, that of the start first."""
    moduli = np.round(np.abs(found.multipliers), 9)
    order: list[int] = np.argsort(-moduli, kind="stable").tolist()
    if start is not None:
        # The partner of a pair counts one further than the mode.
        own = int(np.searchsorted(found.numbers, start, side="right")) - 1
        order.remove(own)
        order.insert(0, own)
    return order[:_DRAWN]


def _without_rounding(found: Modes, k: int) -> Floats:
    """A mode's curve, at 1 where it is rounding: a zero says nothing there."""
    curve = found.coefficients_log10[k]
    return curve if found.rounding is None else np.where(found.rounding[k], 0.0, curve)


def _rounding(found: Modes, k: int, bounds: tuple[float, float], log: bool) -> list[Mark]:
    """Where a mode's curve is rounding and stays so."""
    if not log or found.rounding is None or not found.rounding[k, -1]:
        return []
    step = int(found.rounding.shape[1] - np.argmin(found.rounding[k, ::-1]))
    if found.rounding[k].all():
        step = 0
    y = float(found.coefficients_log10[k, step])
    if not math.isfinite(y):
        return []
    y = max(y, bounds[0])
    return [Mark(float(step), y, "≈", "warning", "rounding from here on", played=True)]


def _share_of_squares(found: Modes) -> Floats:
    log10 = found.coefficients_log10
    with np.errstate(invalid="ignore"):
        squares = 100.0 ** (log10 - log10.max(axis=0))
        share: Floats = squares[found.leading].sum(axis=0) / squares.sum(axis=0)
    return share


def _name(found: Modes, k: int) -> str:
    value = found.eigenvalues[k]
    if value.imag:
        return f"λ {value.real:.2f} ± {value.imag:.2f}i"
    return f"λ {value.real:.2f}"


def _numbers(found: Modes) -> list[str]:
    pairs = int((found.eigenvalues.imag > 0).sum())
    reals = found.eigenvalues.size - pairs
    normal = "κ(V) 1: W is normal"
    parts = [normal if found.normal else f"κ(V) {format_value(found.condition, 3)}"]
    parts.append(f"{pairs} pairs, {reals} real")
    return parts
