"""Grid: what a sweep is asked for, cell by cell, and how its work is cut. May import the engine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from tuisim import __version__, toml
from tuisim.engine.axes import SweepAxis
from tuisim.engine.cell_measures import measure_named
from tuisim.engine.gates import GATES
from tuisim.engine.jit import engine_digest
from tuisim.engine.memo import Array
from tuisim.experiment import Experiment

#: Row and column: indices into the values of y and of x.
Cell = tuple[int, int]

# Of one piece of work: some hundredths of a second.
_PIECE_FLOPS = 1e9
# What a cell costs whatever its size.
_CELL_FLOPS = 3e5


def _measured(instance: Any, attribute: Any, name: str) -> None:
    measure_named(name)


@attrs.frozen
class Grid:
    """Two fields of an experiment and what is measured where both have a value each.

    Raises:
        ValueError: one field on both axes, or a measure that there is none of.
    """

    experiment: Experiment
    x: SweepAxis
    y: SweepAxis
    measure: str = attrs.field(validator=_measured)

    def __attrs_post_init__(self) -> None:
        if self.x.field == self.y.field:
            raise ValueError(f"axes: got {self.x.field} twice, allowed: two fields")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows (values of y) and columns (values of x)."""
        return len(self.y.values), len(self.x.values)

    def changes(self, cell: Cell) -> dict[str, Any]:
        """The fields that make a cell's experiment of the grid's."""
        row, column = cell
        return {self.x.field: self.x.values[column], self.y.field: self.y.values[row]}

    def experiment_at(self, cell: Cell) -> Experiment:
        """The experiment of a cell.

        Raises:
            ValueError: the values contradict each other, or another field.
        """
        return self.experiment_of(self.changes(cell))

    def experiment_of(self, changes: dict[str, Any]) -> Experiment:
        """The grid's experiment with these values of its axes, or between them.

        A radius scales chosen eigenvalues.

        Raises:
            ValueError: the values contradict each other, or another field.
        """
        spectrum = changes.get("spectrum", self.experiment.spectrum)
        if "radius" in changes and spectrum == "eigenvalues":
            eigenvalues = _to_radius(self.experiment.eigenvalues, changes["radius"])
            rest = {name: value for name, value in changes.items() if name != "radius"}
            return attrs.evolve(self.experiment, **rest, eigenvalues=eigenvalues)
        return self.experiment.with_converted(changes)

    def pieces(self, done: frozenset[Cell] = frozenset()) -> list[tuple[Cell, ...]]:
        """The cells that are not done, in pieces of work; what costs most comes first.

        Cells that differ in their depth alone are neighbours, since they share their states.
        """
        rows, columns = self.shape
        if self.y.field == "depth":
            lines = [[(row, column) for row in range(rows)] for column in range(columns)]
        else:
            lines = [[(row, column) for column in range(columns)] for row in range(rows)]
        found: list[tuple[float, tuple[Cell, ...]]] = []
        flops = self._flops().tolist()
        for line in lines:
            piece: list[Cell] = []
            work = 0.0
            for cell in line:
                if cell in done:
                    continue
                piece.append(cell)
                work += flops[cell[0]][cell[1]]
                if work >= _PIECE_FLOPS:
                    found.append((work, tuple(piece)))
                    piece, work = [], 0.0
            if piece:
                found.append((work, tuple(piece)))
        # The last ones decide how long some workers wait for the others.
        return [piece for _, piece in sorted(found, key=lambda one: (-one[0], one[1]))]

    def _flops(self) -> Array:
        """About what each cell takes, (rows, columns), without making its experiment."""

        def of(name: str) -> Array:
            """A field's number in each cell, in as many rows and columns as it differs in."""
            for axis, shape in ((self.x, (1, -1)), (self.y, (-1, 1))):
                if axis.field == name:
                    return np.array([_count(one) for one in axis.values]).reshape(shape)
            return np.array([[_count(getattr(self.experiment, name))]])

        width, steps = of("width"), of("members") * of("depth") * of("batch")
        matrices = steps * of("cell")
        work = 4.0 * matrices * width**2
        if self.measure == "lyapunov":
            work = work * 5.0 * width
        # A fresh matrix takes about a QR to draw.
        fresh = 20.0 * matrices * width**3 * (1.0 - of("tied"))
        return np.broadcast_to(work + fresh + _CELL_FLOPS, self.shape)

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
        }


def _count(value: Any) -> float:
    return float(len(GATES[value]) if isinstance(value, str) else value)


def _to_radius(eigenvalues: Sequence[complex], radius: float) -> tuple[complex, ...]:
    largest = max((abs(one) for one in eigenvalues), default=0.0)
    if largest == 0.0:
        raise ValueError("radius: all eigenvalues are 0: there is nothing to scale")
    factor = radius / largest
    # Part by part, so that the two of a pair stay conjugates to the last bit.
    return tuple(complex(one.real * factor, one.imag * factor) for one in eigenvalues)
