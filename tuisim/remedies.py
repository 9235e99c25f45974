"""The remedies: what each changes in a net that has none. Imports the experiment only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuisim.experiment import Experiment

#: Name → the fields that make the remedy; each has a preset of its name too.
REMEDIES: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "leaky": {"leak": 0.1},
    "skip": {"skip": 10, "skip_share": 0.5},
    "residual": {"residual": 1.0},
    "lstm": {"cell": "lstm"},
    "gru": {"cell": "gru"},
    "echo state": {
        "spectrum": "reservoir",
        "tied": True,
        "bias": 0.2,
        "drive": "noise",
        "drive_gain": 0.1,
    },
}

_NONE = {"cell": "rnn", "leak": 1.0, "residual": 0.0, "skip": 0, "norm": "none"}


def remedies(experiment: Experiment) -> dict[str, Experiment]:
    """The experiment without any remedy, and with each of them alone."""
    plain, _ = experiment.adjusted(**_NONE)
    # With the depth named, a skip that is longer gives way to it.
    return {
        name: plain.adjusted(depth=plain.depth, **changes)[0] for name, changes in REMEDIES.items()
    }
