"""The gates of each cell: what a step has of matrices, in the order of their arrays."""

from __future__ import annotations

from tuisim.values.cells import CELLS
from tuisim.values.experiment import Experiment


def gate_names(cell: str) -> tuple[str, ...]:
    """The names of its matrices' gates."""
    return tuple(CELLS[cell].gates)


def gate_count(cell: str) -> int:
    """How many matrices a step has."""
    return len(CELLS[cell].gates)


def candidate_place(gates: int) -> int:
    """Where of so many gates the candidate stands (g, m): its matrix is the one the rnn has."""
    return min(gates - 1, 2)


def gate_keys(experiment: Experiment) -> tuple[tuple[int, ...], ...]:
    """What keys the random arrays of each gate, in their order."""
    return tuple(CELLS[experiment.cell].gates.values())
