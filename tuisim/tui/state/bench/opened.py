"""The layers of a file that was opened, and what the run of each gave; no widget in it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath

import attrs

from tuisim.tui.state.bench.wake import Wake
from tuisim.values.experiment import Experiment
from tuisim.values.layered import split

#: By which a file that was rewritten is told from what it was.
Stamp = tuple[int, int, int]


@attrs.frozen
class FileNet:
    """A layer by its name: its net as trained, or None and why it cannot be run."""

    name: str
    experiment: Experiment | None
    refused: str = ""


@attrs.define
class History:
    """The files of one training, the newest last.

    Attributes:
        written: when the one that is opened first was, in seconds since the epoch.
        read: gives the nets of one; raises ValueError or OSError where it cannot.
        folders: what is searched for new ones while they are watched.
    """

    paths: tuple[str, ...]
    written: float
    read: Callable[[str], Sequence[FileNet]]
    folders: tuple[Path, ...] = ()


@attrs.frozen
class Ran:
    """What a layer's run gave.

    Attributes:
        regime, rate: as of Run, in nats a step back.
        curve: the median log10 ‖∂L/∂h_t‖ for t = 0…T.
    """

    regime: str
    rate: float
    curve: tuple[float, ...]

    @property
    def badness(self) -> float:
        """How far the gradient is from keeping its norm; no number is the farthest."""
        return math.inf if math.isnan(self.rate) else abs(self.rate)


class Opened:
    """The file that the app was opened with."""

    def __init__(
        self,
        path: str,
        nets: Sequence[FileNet],
        *,
        again: Callable[[], Sequence[FileNet]] | None = None,
        listed: bool = True,
        history: History | None = None,
        stamp: Stamp | None = None,
    ) -> None:
        """The layers in the file's order, one of them at least with an experiment.

        Args:
            again: reads the file again, which is watched then.
            listed: whether the list is what is shown first.
            history: the files that it is one of, where it is one of several.
            stamp: as the file was when it was read.
        """
        self.path, self.nets = path, tuple(nets)
        self.again, self.listed, self.stamp = again, listed, stamp
        self.history = history
        #: What is drawn pale beside what is shown.
        self.wake = Wake()
        #: Which update or checkpoint is shown, in words; empty before there was another.
        self.which = ""
        #: What is known of the layers by name: a run, or why there is none.
        self.found: dict[str, Ran | str] = {one.name: one.refused for one in nets if one.refused}
        #: How often the file was rewritten since.
        self.updates = 0
        # Of which there is another net by now than the one that was run.
        self._stale: set[str] = set()
        #: The layer that was looked at last.
        self.last = next(one.name for one in nets if one.experiment is not None)

    def go_to(self, path: str, nets: Sequence[FileNet], stamp: Stamp) -> None:
        """Be another file of the history, as it was when it was read."""
        self.path, self.stamp, self.updates = path, stamp, 0
        self._take(nets)

    def rewrite(self, nets: Sequence[FileNet]) -> None:
        """Take in what the file holds now; what is known of a layer stays until it was run."""
        self.updates += 1
        self._take(nets)

    def _take(self, nets: Sequence[FileNet]) -> None:
        old, self.nets = {one.name: one for one in self.nets}, tuple(nets)
        changed = {one.name for one in nets if one != old.get(one.name)}
        self._stale = {name for name in self._stale | changed if name in self.found}
        for one in nets:
            if one.refused:
                self.note(one, one.refused)
        names = [one.name for one in nets if one.experiment is not None]
        self.last = self.last if self.last in names else names[0]

    def note(self, net: FileNet, found: Ran | str) -> None:
        """Keep what the run of a net gave, if the file still holds that."""
        if net in self.nets:
            self.found[net.name] = found
            self._stale.discard(net.name)

    def waits(self, net: FileNet) -> bool:
        """Whether a net is still to be run."""
        return net.name not in self.found or net.name in self._stale

    def path_of(self, experiment: Experiment) -> str:
        """The file, of those that there are here, that an experiment's layer is in; or nothing."""
        path = split(experiment.layer)[0]
        if path and PurePath(path) == PurePath(self.path):
            return self.path
        return path if self.history is not None and path in self.history.paths else ""

    def net_of(self, experiment: Experiment) -> FileNet | None:
        """The net of the layer that an experiment names, whichever update it is of."""
        name = split(experiment.layer)[1]
        if self.path_of(experiment) != self.path:
            return None
        named = (one for one in self.nets if one.experiment is not None)
        return next((one for one in named if one.name == name), None)

    def holds(self, experiment: Experiment) -> bool:
        """Whether an experiment's layer is what the file has now; undo may lead to others."""
        net = self.net_of(experiment)
        return (
            net is not None
            and net.experiment is not None
            and net.experiment.layer_digest == experiment.layer_digest
        )

    def lacks(self, experiment: Experiment) -> str:
        """Why the layer that an experiment names cannot be run as the file has it now."""
        name = split(experiment.layer)[1]
        refused = next((one.refused for one in self.nets if one.name == name), "")
        return f"{name} cannot be run: {refused}" if refused else f"{name} is not in it"

    def beside(self, by: int) -> FileNet:
        """The layer so many on from the last one, in the file's order; those refused are none."""
        runnable = [one for one in self.nets if one.experiment is not None]
        at = next(k for k, one in enumerate(runnable) if one.name == self.last)
        return runnable[(at + by) % len(runnable)]

    def worst_first(self) -> list[FileNet]:
        """Those that ran, the farthest from keeping the gradient first; those that may; others."""

        def rank(net: FileNet) -> tuple[int, float]:
            found = self.found.get(net.name)
            if isinstance(found, Ran):
                return 0, -found.badness
            return (1 if found is None else 2), 0.0

        return sorted(self.nets, key=rank)


def stamp_of(path: str) -> Stamp | None:
    """The file as it is now; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def rewritten(experiment: Experiment, newest: Experiment) -> Experiment:
    """What is shown of a layer once its file holds this: with all that was changed, if it can."""
    if (experiment.cell, experiment.width) != (newest.cell, newest.width):
        return newest
    return attrs.evolve(experiment, layer=newest.layer, layer_digest=newest.layer_digest)


def ran(experiment: Experiment) -> Ran:
    """Run a layer's net.

    Raises:
        ValueError: as `simulate`.
    """
    from tuisim.engine.runs.simulate import simulate
    from tuisim.figures.drawing.curves import median_curve

    run = simulate(experiment)
    curve = tuple(median_curve(run.gradient_log10).tolist())
    return Ran(run.regime, run.gradient_rate, curve)
