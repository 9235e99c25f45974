"""The eigenvalues of W in the complex plane, with the unit circle."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from tuisim.figures.drawing.figure import Axis, Figure, Marker, Reference, Role, Series
from tuisim.figures.drawing.numbers import format_value, nice_step
from tuisim.figures.drawing.ramp import TONES, factor_tone
from tuisim.values.cells import CELLS

if TYPE_CHECKING:
    from tuisim.values.experiment import Experiment

Complexes = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]

#: More than these bullets would be one blot; single dots still show a shape.
_MOST_BULLETS = 300
#: Beyond this the width of the plane may leave float64; what lies there is not shown.
_FARTHEST = 1e306
_CIRCLE = np.exp(2j * np.pi * np.arange(361) / 360)


class Places:
    """Where eigenvalues that wander were before; equal to itself alone."""

    def __init__(self, earlier: Iterable[Complexes]) -> None:
        """Each (n,) complex."""
        self._all = np.concatenate([np.empty(0, np.complex128), *earlier])

    def within(self, values: Complexes) -> Complexes:
        """Those not far out, which would leave nothing to see of where the values are now."""
        reach = 3.0 * max(1.0, float(np.abs(values).max(initial=0.0)))
        near: Complexes = self._all[np.abs(self._all) <= reach]
        return near


def eigenvalue_figure(
    eigenvalues: Complexes,
    largest_singular: float | None = None,
    departure: float | None = None,
    selected: int | None = None,
    pinned: Complexes | None = None,
    title: str = "eigenvalues of W",
) -> Figure:
    """The complex plane, one unit as long across as upright.

    Args:
        eigenvalues: (n,) complex.
        largest_singular: σ₁ of W, for the note.
        departure: departure from normality (Frobenius norm of the strictly upper Schur part over
            √n), for the note; None where it is not known.
        selected: index of an eigenvalue drawn as a diamond, its conjugate partner with it.
        pinned: eigenvalues of a pinned run, as pale dots.
    """
    values = np.asarray(eigenvalues, np.complex128).ravel()
    chosen = np.zeros(values.size, np.bool_)
    if selected is not None and 0 <= selected < values.size:
        chosen[selected] = True
        partner = np.abs(values - values[selected].conjugate())
        if values[selected].imag != 0:
            chosen[int(np.argmin(partner))] = True
    marker: Marker = "bullet" if values.size <= _MOST_BULLETS else "point"
    series = [_points("", _CIRCLE, "guide", "dotted")]
    if pinned is not None:
        series.append(_points("", np.asarray(pinned, np.complex128).ravel(), "pinned", "point"))
    series += _by_modulus(values[~chosen], marker)
    if chosen.any():
        series.append(_points("", values[chosen], "selected", "diamond"))
    radius = float(np.abs(values).max(initial=0.0))
    edge = _edge(max(radius, float(np.abs(pinned).max(initial=0.0)) if pinned is not None else 0.0))
    return Figure(
        title=title,
        x=Axis("Re λ", -edge, edge, ticks=None),
        y=Axis("Im λ", -edge, edge, ticks=None),
        series=tuple(series),
        references=(Reference("", 0.0, "guide"), Reference("", 0.0, "guide", upright=True)),
        notes=(plane_note(radius, largest_singular, departure),),
        equal=True,
    )


def matrix_name(e: Experiment) -> str:
    """What the matrix that is shown is called: a gated cell's is its candidate's."""
    facts = CELLS[e.cell]
    gate = f"_{facts.candidate}" if len(facts.gates) > 1 else ""
    first = f"W{gate},1" if gate else "W₁"
    return f"W{gate}" if e.tied else first


def first_of(members: int) -> tuple[str, ...]:
    """Whose it is where there is one of each member: ("of the first of 8 members",), or nothing."""
    return (f"of the first of {members} members",) if members > 1 else ()


def plane_note(
    radius: float, largest_singular: float | None = None, departure: float | None = None
) -> str:
    """ "ρ 0.90  σ₁ 0.90  normal", or the departure from normality in place of that word."""
    parts = [f"ρ {_short(radius)}"]
    if largest_singular is not None:
        parts.append(f"σ₁ {_short(largest_singular)}")
    if departure is not None:
        normal = departure <= 1e-9 * max(radius, 1.0)
        parts.append("normal" if normal else f"departure {_short(departure)}")
    return "  ".join(parts)


def _by_modulus(values: Complexes, marker: Marker) -> list[Series]:
    """The eigenvalues in the colours of what they do in a step: cold ones shrink, hot ones grow."""
    # Moduli that are equal but for rounding have one colour.
    roles = [factor_tone(round(float(one), 9)) for one in np.abs(values)]
    return [
        _points("", values[[one == role for one in roles]], role, marker)
        for role in TONES
        if role in roles
    ]


def _points(name: str, values: Complexes, role: Role, marker: Marker) -> Series:
    return Series(name, values.real.copy(), values.imag.copy(), role, marker)


def _edge(radius: float) -> float:
    """Half the side of the square shown, in steps, so that a small change keeps the frame."""
    needed = min(max(1.0, radius if math.isfinite(radius) else 1.0) * 1.1, _FARTHEST)
    step = max(0.1, nice_step(needed, 10))
    return math.ceil(needed / step - 1e-9) * step


def _short(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 100 else format_value(value, 3)
