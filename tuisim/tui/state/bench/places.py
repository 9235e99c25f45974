"""Places: what views 7 and 9 were left with, made once they are asked for; no widget in it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from tuisim.values.left import CliffLeft, MapLeft

if TYPE_CHECKING:
    from tuisim.tui.state.atlas import Atlas
    from tuisim.tui.state.descending import Cliff
    from tuisim.values.experiment import Experiment


class Places:
    """The map's axes, and the place on the cliff."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._map, self._cliff = MapLeft(), CliffLeft()

    @cached_property
    def atlas(self) -> Atlas:
        """What view 7 was left with."""
        from tuisim.tui.state.atlas import Atlas

        return Atlas.of(self._map)

    @cached_property
    def cliff(self) -> Cliff:
        """What view 9 was left with."""
        from tuisim.tui.state.descending import Cliff

        return Cliff.of(self._experiment, self._cliff)

    def left_with(self, experiment: Experiment) -> tuple[MapLeft, CliffLeft]:
        """Both as values, to be kept with this net; another one's eigenvalues are none of it."""
        made = vars(self)
        map_left = self.atlas.left if "atlas" in made else self._map
        cliff_left = self.cliff.left if "cliff" in made else self._cliff
        of = self.cliff.experiment if "cliff" in made else self._experiment
        return map_left, cliff_left if of == experiment else attrs.evolve(cliff_left, pair=0)

    def go_to(self, experiment: Experiment, map: MapLeft, cliff: CliffLeft) -> None:
        """Be as they were left with this net."""
        self._experiment, self._map, self._cliff = experiment, map, cliff
        for name in ("atlas", "cliff"):
            vars(self).pop(name, None)
