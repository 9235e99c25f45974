"""View 6: singular values of ∂h_T/∂h_t, and Lyapunov exponents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tuisim.figures.drawing.curves import (
    decades,
    finite_ends,
    linear,
    linear_limits,
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
    Reference,
    Series,
)
from tuisim.figures.drawing.numbers import format_nats, nice_step

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.measures import Exponents, Jacobian

#: What lies far off stretches the axis by as much as the rest spans, by these decades at least.
_STRETCH = 3.0
#: A bullet takes a whole cell: of more than this many, a line shows the shape better.
_MOST_BULLETS = 12

#: Said where a norm leaves along h less than float64 holds beside the rest.
ROUNDED = "small ones are rounding (layer norm)"


def jacobian_figure(
    found: Jacobian,
    log: bool = True,
    *,
    pinned: Jacobian | None = None,
    across: str = "time step t",
) -> Figure:
    """The largest, median and smallest singular value of ∂h_T/∂h_t against t, and the bound.

    Args:
        log: a log10 axis, else linear.
        pinned: of another run, whose largest one is drawn pale.
        across: what the steps are.
    """
    steps = found.steps.astype(np.float64)
    largest, smallest = found.singular_log10[:, 0], found.singular_log10[:, -1]
    middle = found.singular_log10[:, found.singular_log10.shape[1] // 2]
    curves = [
        Series("largest", steps, largest, "gradient", played=True, toned=True),
        Series("median", steps, middle, "eigenvalue", "dotted", played=True),
        Series("smallest", steps, smallest, "eigenvalue", "sparse", played=True),
    ]
    if found.bound_log10 is not None:
        bound = found.bound_log10
        curves.insert(0, Series("bound", steps_of(bound), bound, "theory", "dashed"))
    if pinned is not None:
        pale = pinned.singular_log10[:, 0]
        curves.insert(0, Series("pinned", pinned.steps.astype(float), pale, "pinned", "sparse"))
    low, high = finite_ends(np.concatenate([largest, middle])) or (0.0, 0.0)
    stretch = max(high - low, _STRETCH)
    ends = [one for one in (finite_ends(curve.y) for curve in curves) if one]
    low = min([low, *(max(least, low - stretch) for least, _ in ends)])
    high = max([high, *(min(most, high + stretch) for _, most in ends)])
    bounds = decades(low, high)
    bands: tuple[Band, ...] = (Band("", steps, smallest, largest, played=True),)
    if not log:
        curves, bands = [linear(one) for one in curves], ()
        bounds = linear_limits(high)
    return Figure(
        title="singular values of ∂h_T/∂h_t",
        x=Axis(across, 0.0, float(max(steps[-1], 1))),
        y=Axis("", *bounds, log=log),
        series=tuple(curves),
        bands=bands,
        marks=trouble_marks(True, steps, largest, bounds),
        notes=(ROUNDED if found.rounded else _range_note(largest, smallest),),
    )


def lyapunov_figure(found: Exponents, pinned: Exponents | None = None) -> Figure:
    """The Lyapunov exponents in nats a step against their index, largest first."""
    exponents = found.exponents
    index = np.arange(1.0, exponents.size + 1)
    marker: Marker = "bullet" if exponents.size <= _MOST_BULLETS else "line"
    curves = [Series("", index, exponents, "eigenvalue", marker)]
    if pinned is not None:
        points = np.linspace(1.0, exponents.size, pinned.exponents.size)
        curves.insert(0, Series("pinned", points, pinned.exponents, "pinned", "sparse"))
    ends = finite_ends(np.concatenate([*(one.y for one in curves), [0.0]])) or (0.0, 0.0)
    span = max(ends[1] - ends[0], 0.1)
    step = nice_step(span, 5)
    low, high = math.floor(ends[0] / step) * step, math.ceil(ends[1] / step + 0.1) * step
    dead = np.flatnonzero(np.isneginf(exponents))
    marks: tuple[Mark, ...] = ()
    if dead.size:
        marks = (Mark(index[dead[0]], low, "×", "warning", "−∞", float(index[dead[-1]])),)
    return Figure(
        title=f"Lyapunov exponents, nats a step{_over(found)}",
        x=Axis("index k", 1.0, float(max(exponents.size, 2))),
        y=Axis("", low, high),
        series=tuple(curves),
        references=(Reference("", 0.0, "guide"),),
        marks=marks,
        notes=(exponents_note(found),),
    )


def exponents_note(found: Exponents) -> str:
    """The largest exponent, and the sum beside the mean ln|det|, which it must equal."""
    with np.errstate(invalid="ignore"):
        total = float(found.exponents.sum())
    parts = [f"largest {_number(float(found.exponents[0]))}", f"sum {_number(total)}"]
    if found.mean_log_det is not None:
        parts.append(f"mean ln|det| {_number(found.mean_log_det)}")
    if found.rounded:
        parts.append(ROUNDED)
    return "  ".join(parts)


def _over(found: Exponents) -> str:
    """What the means are of; the limits of ever more steps they are not."""
    if found.steps is None:
        return ""
    return f", over {found.steps} step{'s' if found.steps > 1 else ''}"


def _range_note(largest: Floats, smallest: Floats) -> str:
    with np.errstate(invalid="ignore"):
        spread = float(largest[0] - smallest[0])
    known = f"{spread:.1f} decades apart at t = 0" if math.isfinite(spread) else ""
    return known or "the smallest is 0 at t = 0"


def _number(value: float) -> str:
    return format_nats(value).replace("−inf", "−∞")
