"""View 2: the eigenvalue plane large, singular values beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tuisim.figures.drawing.curves import decades, finite_ends, linear
from tuisim.figures.drawing.figure import Axis, Figure, Floats, Mark, Marker, Reference, Series
from tuisim.figures.drawing.numbers import format_log10, format_step_factor, nice_step
from tuisim.figures.views.plane import Places, eigenvalue_figure

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.measures import Spectrum

#: A bullet takes a whole cell: of more than this many, a line shows the shape better.
_MOST_BULLETS = 12


def plane_figure(
    found: Spectrum,
    pinned: Spectrum | None = None,
    matrix: str = "W",
    places: Places | None = None,
) -> Figure:
    """The eigenvalues of W in the complex plane, those of a pinned run pale.

    Args:
        matrix: what W is called.
        places: where these were before, drawn in place of those of a pinned run.
    """
    pale = None if pinned is None else pinned.eigenvalues
    if places is not None:
        pale = places.within(found.eigenvalues)
    return eigenvalue_figure(
        found.eigenvalues,
        float(found.singular_values[0]),
        found.departure,
        pinned=pale,
        title=f"eigenvalues of {matrix}",
    )


def singular_figure(
    found: Spectrum,
    pinned: Spectrum | None = None,
    log: bool = True,
    *,
    depth: int,
    matrix: str = "W",
) -> Figure:
    """Singular values σ_k against k, largest first, with the moduli |λ_k| dotted beside them.

    Where W is normal the two are the same. What is under the rounding of σ₁ is drawn as zero.

    Args:
        log: a log10 axis, else linear.
        depth: T, for what the bound comes to over all steps.
    """
    singular = _log10(found.singular_values)
    moduli = _log10(np.sort(np.abs(found.eigenvalues))[::-1])
    index = np.arange(1.0, singular.size + 1)
    marker: Marker = "bullet" if singular.size <= _MOST_BULLETS else "line"
    curves = [
        Series("|λ_k|", index, moduli, "theory", "dotted"),
        Series("σ_k", index, singular, "eigenvalue", marker),
    ]
    if pinned is not None:
        pale = _log10(pinned.singular_values)
        points = np.linspace(1.0, singular.size, pale.size) if pale.size > 1 else index[:1]
        curves.insert(0, Series("pinned σ_k", points, pale, "pinned", "sparse"))
    ends = [one for one in (finite_ends(curve.y) for curve in curves) if one]
    ends = ends or [(0.0, 0.0)]
    low, high = decades(min(least for least, _ in ends), max(most for _, most in ends))
    zeros = np.flatnonzero(np.isneginf(singular))
    if not log:
        curves = [linear(one) for one in curves]
        low, high = 0.0, _round_up(max(float(one.y.max()) for one in curves))
    marks: tuple[Mark, ...] = ()
    if zeros.size and log:
        first, last = index[zeros[0]], index[zeros[-1]]
        marks = (Mark(first, low, "×", "warning", "zero to rounding", last),)
    one = 0.0 if log else 1.0
    keeps = low < one < high
    return Figure(
        title=f"singular values of {matrix}",
        x=Axis("index k", 1.0, float(max(singular.size, 2))),
        y=Axis("", low, high, log=log),
        series=tuple(curves),
        references=(Reference("", one, "guide"),) if keeps else (),
        marks=marks,
        notes=growth_notes(found, depth, matrix),
    )


def growth_notes(found: Spectrum, depth: int, matrix: str = "W") -> tuple[str, ...]:
    """What a step can stretch at most, and what remains in the long run, in numbers."""
    bound, radius = found.growth_bound, found.radius
    long_run = f"{matrix} in the long run ×{format_step_factor(radius)} (ρ)"
    if bound is None:
        stretch = format_step_factor(float(found.singular_values[0]))
        return (f"{matrix} a step ×{stretch} (σ₁)", long_run)
    whole = format_log10(depth * math.log10(bound) if bound else -math.inf)
    return (f"at most ×{format_step_factor(bound)} a step (bound)  {whole} in {depth}", long_run)


def _log10(values: Floats) -> Floats:
    """log10 of moduli, −inf under the rounding of the largest."""
    floor = values.size * np.finfo(np.float64).eps * values.max(initial=0.0)
    with np.errstate(divide="ignore"):
        return np.where(values <= floor, -np.inf, np.log10(values))


def _round_up(top: float) -> float:
    step = nice_step(top, 5) if top > 0 else 1.0
    return math.ceil(top / step - 1e-9) * step if top > 0 else 1.0
