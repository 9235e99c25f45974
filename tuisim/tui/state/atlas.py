"""Atlas: what view 7 was left with, and the maps as far as they are known; no widget in it."""

from __future__ import annotations

import attrs

from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.tui.state.mapping import MapFilled, MapRequest
from tuisim.values.left import MapLeft

#: A map takes a few kilobytes, and up to minutes to compute.
_MOST_KEPT = 32


@attrs.define(eq=False)
class Atlas:
    """The fields and the measure that were chosen, and what was computed for them and others."""

    fields: dict[str, str] = attrs.field(factory=lambda: {"x": "radius", "y": "depth"})
    measure: str = "gradient_rate"
    axes: dict[str, SweepAxis] = attrs.field(factory=dict)
    #: The newest first; replaced, never changed, since threads add to it.
    _maps: tuple[MapFilled, ...] = ()

    @classmethod
    def of(cls, left: MapLeft) -> Atlas:
        """As it was left."""
        return cls({"x": left.x, "y": left.y}, left.measure)

    @property
    def left(self) -> MapLeft:
        """What is chosen, as a value."""
        return MapLeft(self.fields["x"], self.fields["y"], self.measure)

    def kept(self, request: MapRequest) -> MapFilled | None:
        """What there is of a map; None where there is nothing."""
        return next((one for one in self._maps if one.request.same_as(request)), None)

    def keep(self, filled: MapFilled) -> None:
        """Keep a map in place of what there was of it, and of the oldest."""
        if filled.values is not None:
            others = [one for one in self._maps if not one.request.same_as(filled.request)]
            self._maps = (filled, *others[: _MOST_KEPT - 1])
