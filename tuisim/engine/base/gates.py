"""The gates of each cell: what a step has of matrices, in the order of their arrays."""

from __future__ import annotations

from tuisim.values.experiment import Experiment

#: Cell → the names of its matrices' gates.
GATES: dict[str, tuple[str, ...]] = {
    "rnn": ("a",),
    "lstm": ("i", "f", "g", "o"),
    "gru": ("r", "z", "m"),
}

#: Where a gated cell's candidate (g, m) stands. Its matrix is the one that the rnn cell has.
CANDIDATE = 2

#: What each gate's random arrays are keyed by beyond their step; the candidate has the rnn's.
_KEYS = {"a": (), "g": (), "m": (), "i": (1,), "f": (2,), "o": (3,), "r": (4,), "z": (5,)}


def gate_keys(experiment: Experiment) -> tuple[tuple[int, ...], ...]:
    """What keys the random arrays of each gate, in their order."""
    return tuple(_KEYS[name] for name in GATES[experiment.cell])
