"""Scale: where the values of a sweep's axis are drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from tuisim.figures.drawing.figure import Axis, Floats
from tuisim.figures.drawing.numbers import nice_step

if TYPE_CHECKING:
    from tuisim.engine.sweeps.axes import SweepAxis

_TICKS = 6


@attrs.frozen(eq=False)
class Scale:
    """Where the values of an axis stand: as numbers, as their log10, or one after the other.

    Attributes:
        field: what the values are of.
        places: (values,) in the order of the axis.
        order: (values,) what sorts them.
        edges: (values + 1,) rising, halfway between neighbours.
        names: of values that are no numbers.
        log: whether places are log10.
    """

    field: str
    places: Floats
    order: Any
    edges: Floats
    names: tuple[str, ...]
    log: bool

    @classmethod
    def of(cls, axis: SweepAxis) -> Scale:
        """The scale that shows these values best: where their ratios are even, a log10 one."""
        found = axis.coordinates()
        log = axis.numeric and _even_ratios(found)
        places = np.log10(found) if log else found
        order = np.argsort(places, kind="stable")
        rising = places[order]
        between = 0.5 * (rising[1:] + rising[:-1])
        ends = (0.5, 0.5)
        if rising.size > 1:
            ends = (0.5 * (rising[1] - rising[0]), 0.5 * (rising[-1] - rising[-2]))
        edges = np.array([rising[0] - ends[0], *between, rising[-1] + ends[1]])
        names = () if axis.numeric else tuple(str(one).lower() for one in axis.values)
        return cls(axis.field, places, order, edges, names, log)

    def placed(self, coordinates: Floats) -> Floats:
        """Coordinates of the axis where they are drawn."""
        if not self.log:
            return coordinates
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log10(coordinates)

    def axis(self, sparse: bool) -> Axis:
        """The axis with ticks where they are wanted; `sparse` where labels stand side by side."""
        low, high = float(self.edges[0]), float(self.edges[-1])
        if self.names:
            ticks = tuple((float(place), name) for place, name in enumerate(self.names))
        elif self.log:
            chosen = self.places[self.order][:: _stride(self.places.size - 1)]
            ticks = tuple((float(place), _three_digits(10.0**place)) for place in chosen)
        elif sparse:
            step = nice_step(high - low, _TICKS)
            first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
            ticks = tuple((one * step, f"{one * step:.6g}") for one in range(first, last + 1))
        else:
            ticks = ()
        return Axis(self.field, low, high, ticks)


def _stride(intervals: int) -> int:
    """Every how many values there is a tick: as far apart all, and if that can be to the end."""
    least = max(1, math.ceil(intervals / (_TICKS - 1)))
    whole = [one for one in range(least, intervals // 2 + 1) if intervals % one == 0]
    return whole[0] if whole else least


def _three_digits(value: float) -> str:
    return f"{float(f'{value:.3g}'):g}"


def _even_ratios(values: Floats) -> bool:
    """Whether neighbours differ by a factor rather than by an amount."""
    if values.size < 3 or not (values > 0).all():
        return False
    rising = np.sort(values)
    logs, steps = np.diff(np.log(rising)), np.diff(rising)
    # Whole numbers are rounded ones; which of the two spreads less decides.
    return float(np.ptp(logs) / logs.mean()) < float(np.ptp(steps) / steps.mean())
