"""Grid: what a sweep is asked for, cell by cell, and how its work is cut."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Sequence
from itertools import chain
from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.compiling import engine_digest
from tuisim.engine.base.gates import gate_count
from tuisim.engine.base.memo import Array
from tuisim.engine.sweeps.axes import REMEDY, SweepAxis
from tuisim.engine.sweeps.cell_measures import measure_named, trains
from tuisim.engine.training.success import Trial
from tuisim.system.version import __version__
from tuisim.values import toml
from tuisim.values.experiment import Experiment
from tuisim.values.plan import PLAN_FIELDS, Plan
from tuisim.values.remedies import ECHO_STATE, REMEDIES, decided_by, with_remedy, without_remedies

#: Row and column: indices into the values of y and of x.
Cell = tuple[int, int]

#: What is found in one go: a cell, or where nets are trained a run of it, (row, column, member).
Part = tuple[int, ...]

# Of one piece of work: some hundredths of a second.
_PIECE_FLOPS = 1e9
# What a cell costs whatever its size, and what an update of a net that is trained does.
_CELL_FLOPS = 3e5
_UPDATE_FLOPS = 3e6
# An update also makes the product that is the weights' gradient, and what surrounds it.
_UPDATE_PASSES = 3.0


def _measured(instance: Any, attribute: Any, name: str) -> None:
    measure_named(name)


@attrs.frozen
class Grid:
    """Two fields of an experiment and what is measured where both have a value each.

    A plan belongs to a measure for which nets are trained; Plan() where there is none given.

    Raises:
        ValueError: one field on both axes, a measure that there is none of, a plan or a field of
            it where nothing is trained, or remedies over a field that a remedy decides.
    """

    experiment: Experiment
    x: SweepAxis
    y: SweepAxis
    measure: str = attrs.field(validator=_measured)
    plan: Plan | None = None

    def __attrs_post_init__(self) -> None:
        if self.x.field == self.y.field:
            raise ValueError(f"axes: got {self.x.field} twice, allowed: two fields")
        if trains(self.measure):
            object.__setattr__(self, "plan", self.plan or Plan())
        else:
            self._check_untrained()
        for axis, other in ((self.x, self.y), (self.y, self.x)):
            if self.experiment.layer and axis.field in ("cell", "width"):
                allowed = "one that a trained layer leaves open"
                raise ValueError(f"axes: got {axis.field} with a layer, allowed: {allowed}")
            if axis.field == REMEDY and other.field in decided_by(axis.values):
                allowed = "one beside it that no remedy decides"
                raise ValueError(f"axes: got remedy and {other.field}, allowed: {allowed}")

    def _check_untrained(self) -> None:
        what = "none: nothing is trained for it (success is what training is for)"
        if self.plan is not None:
            raise ValueError(f"plan: got one with measure {self.measure!r}, allowed: {what}")
        for axis in (self.x, self.y):
            if axis.field in PLAN_FIELDS:
                raise ValueError(
                    f"{axis.field}: got an axis with measure {self.measure!r}, allowed: {what}"
                )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows (values of y) and columns (values of x)."""
        return len(self.y.values), len(self.x.values)

    def changes(self, part: Part) -> dict[str, Any]:
        """The fields that make a cell's experiment of the grid's."""
        row, column = part[:2]
        return {self.x.field: self.x.values[column], self.y.field: self.y.values[row]}

    def experiment_at(self, part: Part) -> Experiment:
        """The experiment of a cell.

        Raises:
            ValueError: the values contradict each other, or another field.
        """
        return self.experiment_of(self.changes(part))

    def experiment_of(self, changes: dict[str, Any]) -> Experiment:
        """The grid's experiment with these values of its axes, or between them.

        A radius scales chosen eigenvalues. A remedy is of the net that has no other one, and gives
        way to the other axis.

        Raises:
            ValueError: the values contradict each other, or another field.
        """
        if REMEDY not in changes:
            return _changed(self.experiment, changes)
        rest = {name: value for name, value in changes.items() if name != REMEDY}
        plain = _changed(without_remedies(self.experiment), rest)
        return with_remedy(plain, changes[REMEDY], rest)

    def trial_at(self, part: Part) -> Trial:
        """What is tried in a cell for a measure that trains, or one run of that.

        Raises:
            ValueError: the values contradict each other, or another field.
        """
        changes, plan = self.changes(part), self.plan or Plan()
        of_plan = {name: changes.pop(name) for name in PLAN_FIELDS if name in changes}
        experiment, remedy = self.experiment_of(changes), changes.get(REMEDY)
        if "drive" in REMEDIES.get(remedy or "", ()):
            # The input is the task's; how strong it is stays the remedy's.
            experiment = attrs.evolve(experiment, drive="none")
        trial = Trial(experiment, attrs.evolve(plan, **of_plan), remedy == ECHO_STATE)
        return trial.run(part[2]) if part[2:] else trial

    def runs(self) -> Array:
        """How many members each cell has, (rows, columns) float64."""
        return np.broadcast_to(self._numbers("members"), self.shape)

    def parts(self, cell: Cell) -> list[Part]:
        """What a cell is found in: itself, or its runs, of which each takes long."""
        if self.plan is None:
            return [cell]
        return [(*cell, member) for member in range(self._members(cell))]

    def holds(self, part: Part) -> bool:
        """Whether this is a part of one of the cells."""
        row, column, *member = part if len(part) > 1 else (-1, -1)
        rows, columns = self.shape
        if not (0 <= row < rows and 0 <= column < columns):
            return False
        if self.plan is None:
            return not member
        return len(member) == 1 and 0 <= member[0] < self._members(part)

    def _members(self, part: Part) -> int:
        return int(self.changes(part).get("members", self.experiment.members))

    def pieces(self, done: Container[Part] = frozenset()) -> list[tuple[Part, ...]]:
        """The parts that are not done, in pieces of work; what costs most comes first.

        Cells that differ in their depth alone are neighbours, since they share their states.
        """
        rows, columns = self.shape
        if self.y.field == "depth":
            lines = [[(row, column) for row in range(rows)] for column in range(columns)]
        else:
            lines = [[(row, column) for column in range(columns)] for row in range(rows)]
        found: list[tuple[float, tuple[Part, ...]]] = []
        flops = (self.flops() / (1.0 if self.plan is None else self.runs())).tolist()
        for line in lines:
            piece: list[Part] = []
            work = 0.0
            for part in chain.from_iterable(map(self.parts, line)):
                if part in done:
                    continue
                piece.append(part)
                work += flops[part[0]][part[1]]
                if work >= _PIECE_FLOPS:
                    found.append((work, tuple(piece)))
                    piece, work = [], 0.0
            if piece:
                found.append((work, tuple(piece)))
        # The last ones decide how long some workers wait for the others.
        return [piece for _, piece in sorted(found, key=lambda one: (-one[0], one[1]))]

    def flops(self) -> Array:
        """About what each cell takes, (rows, columns), without making its experiment."""
        of = self._numbers
        width, steps = of("width"), of("members") * of("depth") * of("batch")
        matrices = steps * of("cell")
        work = 4.0 * matrices * width**2
        if self.plan is not None:
            updates = of("members") * of("steps")
            work = of("steps") * _UPDATE_PASSES * work + updates * _UPDATE_FLOPS
        if self.measure == "lyapunov":
            work = work * 5.0 * width
        # A fresh matrix takes about a QR to draw.
        fresh = 20.0 * matrices * width**3 * (1.0 - of("tied"))
        return np.broadcast_to(work + fresh + _CELL_FLOPS, self.shape)

    def _numbers(self, name: str) -> Array:
        """A field's number in each cell, in as many rows and columns as it differs in."""
        for axis, shape in ((self.x, (1, -1)), (self.y, (-1, 1))):
            if axis.field == name:
                return np.array([_count(one) for one in axis.values]).reshape(shape)
            if (axis.field, name) == (REMEDY, "cell"):
                cells = [REMEDIES[one].get("cell", "rnn") for one in axis.values]
                return np.array([_count(one) for one in cells]).reshape(shape)
        owner = self.plan if name in PLAN_FIELDS else self.experiment
        return np.array([[_count(getattr(owner, name))]])

    def digest(self) -> str:
        """Of all that decides the values, this version of the engine included."""
        asked = attrs.asdict(self, recurse=True)
        return hashlib.sha256(f"{__version__} {engine_digest()} {asked!r}".encode()).hexdigest()

    def described(self) -> dict[str, Any]:
        """What is needed to ask for the same again, in types that JSON knows."""
        return {
            "tuisim": __version__,
            "experiment": toml.dumps(self.experiment),
            "x": self.x.spelled(),
            "y": self.y.spelled(),
            "measure": self.measure,
            **({"plan": attrs.asdict(self.plan)} if self.plan is not None else {}),
        }


def _count(value: Any) -> float:
    return float(gate_count(value) if isinstance(value, str) else value)


def _changed(experiment: Experiment, changes: dict[str, Any]) -> Experiment:
    spectrum = changes.get("spectrum", experiment.spectrum)
    if "radius" in changes and spectrum == "eigenvalues":
        eigenvalues = _to_radius(experiment.eigenvalues, changes["radius"])
        rest = {name: value for name, value in changes.items() if name != "radius"}
        return attrs.evolve(experiment, **rest, eigenvalues=eigenvalues)
    return experiment.with_converted(changes)


def _to_radius(eigenvalues: Sequence[complex], radius: float) -> tuple[complex, ...]:
    largest = max((abs(one) for one in eigenvalues), default=0.0)
    if largest == 0.0:
        raise ValueError("radius: all eigenvalues are 0: there is nothing to scale")
    factor = radius / largest
    # Part by part, so that the two of a pair stay conjugates to the last bit.
    return tuple(complex(one.real * factor, one.imag * factor) for one in eigenvalues)
