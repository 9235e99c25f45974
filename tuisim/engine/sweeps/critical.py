"""Where theory says that gradients neither vanish nor explode, over a grid.

The theories are those of a long run: mean field and its kin, which average over draws, and the
linearised one; not those that follow one draw, and no bounds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.engine.sweeps.grid import Grid
from tuisim.engine.theory.ensemble import ENSEMBLE
from tuisim.engine.theory.prediction import Case
from tuisim.engine.theory.theory import LINEARISED
from tuisim.values.experiment import FIELDS, Experiment

#: Halvings of a grid's step: 10⁻¹² of it.
_HALVINGS = 40


@attrs.frozen(eq=False)
class CriticalLine:
    """Where a theory's gradient rate is 0.

    Attributes:
        name: of the theory; several where one does not hold for the whole grid.
        curves: (x, y) pairs of (rows,) arrays, in the coordinates of the axes: the first, second …
            crossing along x in each row, nan where a row has none. Along y, the columns, where
            the theory does not depend on x.
        why: why there is none; empty where there is one.
    """

    name: str = ""
    curves: tuple[tuple[Array, Array], ...] = ()
    why: str = ""


def critical_line(grid: Grid) -> CriticalLine:
    """The line over the grid on which theory's rate of the gradient is 0.

    Raises:
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    along_y = grid.x.field == "depth" or not grid.x.numeric
    across, other = (grid.y, grid.x) if along_y else (grid.x, grid.y)
    if not across.numeric or across.field == "depth":
        return CriticalLine(why=f"a critical line is of numbers, not of {across.field}")
    names: dict[str, None] = {}
    known: dict[Experiment, float] = {}

    def rate(one: Any, value: float) -> float:
        check_stop()
        try:
            e = grid.experiment_of({other.field: one, across.field: value})
            # Rates of a long run do not depend on how long this one is.
            e = attrs.evolve(e, depth=max(e.skip, 1))
        except ValueError:
            return math.nan
        if e not in known:
            name, known[e] = _rate(e)
            if name:
                names[name] = None
        return known[e]

    rows = [_crossings(across, partial(rate, one)) for one in other.values]
    most = max(map(len, rows))
    if not most:
        name = ", ".join(names)
        if name:
            return CriticalLine(name, why="theory crosses 0 nowhere here")
        return CriticalLine(why="there is no theory of a long run for this net")
    at = np.full((most, len(rows)), math.nan)
    for place, row in enumerate(rows):
        at[: len(row), place] = row
    there = other.coordinates()
    curves = tuple((there, one) if along_y else (one, there) for one in at)
    return CriticalLine(", ".join(names), curves)


def _rate(e: Experiment) -> tuple[str, float]:
    """The first of the theories that applies, and its gradient rate; nan where none does."""
    case = Case(e)
    for theory in (*ENSEMBLE, LINEARISED):
        found = theory.of(case)
        if found.applies and found.gradient_rate is not None:
            return found.name, found.gradient_rate
    return "", math.nan


def _crossings(axis: SweepAxis, rate: Callable[[float], float]) -> list[float]:
    """Where the rate changes its sign between values of the axis, in its coordinates."""
    values = sorted(axis.values)
    rates = [rate(value) for value in values]
    found = []
    for place, (low, high) in enumerate(itertools.pairwise(rates)):
        if low == 0.0:
            found.append(float(values[place]))
        elif low * high < 0.0:
            found.append(_between(axis, values[place], values[place + 1], low, high, rate))
    if rates and rates[-1] == 0.0:
        found.append(float(values[-1]))
    return found


def _between(
    axis: SweepAxis, a: float, b: float, low: float, high: float, rate: Callable[[float], float]
) -> float:
    if FIELDS[axis.field].metadata.get("kind") == "whole":
        # There is nothing between two neighbours that a net could have.
        return a + (b - a) * low / (low - high) if math.isfinite(low - high) else 0.5 * (a + b)
    for _ in range(_HALVINGS):
        middle = 0.5 * (a + b)
        if (rate(middle) > 0.0) == (high > 0.0):
            b = middle
        else:
            a = middle
    return 0.5 * (a + b)
