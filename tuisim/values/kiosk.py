"""Limits: what a guest of a kiosk may ask for, and for how long. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from tuisim.values.experiment import Experiment
from tuisim.values.layered import SIGNALS, heard_in_memory, split

#: The fields that have a limit of their own.
BOUNDED = ("width", "depth", "members")


@attrs.frozen(kw_only=True)
class Limits:
    """What is allowed, once and for the whole session."""

    width: int = 256
    depth: int = 2000
    members: int = 64
    #: Of one core, that one key may ask for.
    seconds: float = 2.0
    #: Of one run's arrays.
    megabytes: int = 512
    columns: int = 200
    rows: int = 60
    #: Of computing, without a key, and in all.
    cpu_minutes: float = 10.0
    idle_minutes: float = 10.0
    minutes: float = 60.0
    #: The files of layers and inputs that the command line itself has named.
    files: frozenset[str] = frozenset()
    #: Those of layers that come with the program.
    shipped: frozenset[str] = frozenset()

    def check(self, experiment: Experiment) -> None:
        """Check a net, however it came about.

        Raises:
            ValueError: names the field, what it got, what is allowed here.
        """
        for name in BOUNDED:
            if getattr(experiment, name) > getattr(self, name):
                raise ValueError(
                    f"{name}: got {getattr(experiment, name)}, "
                    f"allowed here: 1…{getattr(self, name)}"
                )
        for name, file in _named(experiment).items():
            if file not in self.files | self.shipped:
                allowed = ", ".join(sorted(self.files)) or "no file"
                raise ValueError(f"{name}: got {file!r}, allowed here: {allowed}")

    def adjusted(
        self, experiment: Experiment, changes: Mapping[str, Any]
    ) -> tuple[Experiment, tuple[str, ...]]:
        """As the method of Experiment; numbers past a limit stay at it, with a note.

        Raises:
            ValueError: as that, or a file that was not named.
        """
        made, notes = experiment.adjusted(**changes)
        past = [name for name in BOUNDED if getattr(made, name) > getattr(self, name)]
        if past:
            made, more = made.adjusted(**{name: getattr(self, name) for name in past})
            notes = (*notes, *more, *(f"{name} stays at {self._allowed(name)}" for name in past))
        self.check(made)
        return made, notes

    def naming(self, *experiments: Experiment) -> Limits:
        """The same, with the files that these nets have."""
        named = frozenset(file for one in experiments for file in _named(one).values())
        return attrs.evolve(self, files=self.files | named)

    def _allowed(self, name: str) -> str:
        return f"{getattr(self, name)}: allowed here are 1…{getattr(self, name)}"


def _named(experiment: Experiment) -> dict[str, str]:
    """The files that a net reads, by the field that names them."""
    path, _ = split(experiment.layer)
    found = {"layer": path} if path else {}
    kept = experiment.input in SIGNALS or heard_in_memory(experiment)
    return found | ({} if kept else {"input": experiment.input})
