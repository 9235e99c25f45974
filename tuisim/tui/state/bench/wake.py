"""Wake: what a net that its file moves leaves behind, to be drawn pale; no widget in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuisim.figures.views.plane import Places
from tuisim.values.experiment import FIELDS, Experiment
from tuisim.values.layered import split

if TYPE_CHECKING:
    from tuisim.tui.state.computing import Computed

#: Eigenvalues that are kept of all nets before: more would be one blot.
MOST_PLACES = 20_000

_FILE = ("layer", "layer_digest")


class Wake:
    """The run before the last update or checkpoint, and where the eigenvalues have been."""

    def __init__(self) -> None:
        self._before: Computed | None = None
        # By the digest of the file: who walks to and fro leaves one path.
        self._places: dict[str, Any] = {}
        self._joined: Places | None = None

    def leave(self, computed: Computed | None) -> None:
        """The net of this run is about to be another."""
        if computed is None or computed is self._before:
            return
        before, self._before = self._before, computed
        if before is None or not _alike(before.experiment, computed.experiment):
            self._places.clear()
        if computed.diagnosis is not None:
            self._places[computed.experiment.layer_digest] = computed.diagnosis.eigenvalues
        while sum(map(len, self._places.values())) > MOST_PLACES and len(self._places) > 1:
            del self._places[next(iter(self._places))]
        self._joined = Places(self._places.values()) if self._places else None

    def before(self, experiment: Experiment) -> Computed | None:
        """The run before, where nothing but its file sets it apart from this net."""
        found = self._before
        if found is None or found.experiment == experiment:
            return None
        return found if _alike(found.experiment, experiment) else None

    def places(self, experiment: Experiment) -> Places | None:
        """Where this net's eigenvalues were; None where nothing is known."""
        return None if self.before(experiment) is None else self._joined


def _alike(one: Experiment, other: Experiment) -> bool:
    """Whether they are a layer of one name, run alike."""
    same = all(getattr(one, name) == getattr(other, name) for name in FIELDS if name not in _FILE)
    return same and split(one.layer)[1] == split(other.layer)[1] != ""
