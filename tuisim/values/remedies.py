"""The remedies: what each changes in a net that has none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tuisim.values.experiment import Experiment
from tuisim.values.fields import refusal

PLAIN = "plain"
#: Name → the fields that make the remedy; each has a preset of its name too.
REMEDIES: Mapping[str, Mapping[str, Any]] = {
    PLAIN: {},
    "clipping": {"clip": "norm"},
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

#: The remedy whose recurrent part stays as drawn; no gradient goes through time.
ECHO_STATE = "echo state"

#: What changes the training alone: in a run both passes are the plain net's.
TRAINING_ONLY = ("clipping",)

_NONE = {"cell": "rnn", "leak": 1.0, "residual": 0.0, "skip": 0, "norm": "none", "clip": "none"}


def remedies(experiment: Experiment) -> dict[str, Experiment]:
    """The experiment without any remedy, and with each of them alone that shows in a run.

    One that changes nothing, as a reservoir's where the net is one, is not there twice.
    """
    plain = without_remedies(experiment)
    with_each = {name: with_remedy(plain, name) for name in REMEDIES if name not in TRAINING_ONLY}
    return {name: one for name, one in with_each.items() if name == PLAIN or one != plain}


def without_remedies(experiment: Experiment) -> Experiment:
    """The experiment as a net that has none."""
    return experiment.adjusted(**_NONE)[0]


def with_remedy(plain: Experiment, name: str, kept: Mapping[str, Any] | None = None) -> Experiment:
    """A net that has no remedy with this one; the depth and what is `kept` stay as they are."""
    # With the depth named, a skip that is longer gives way to it.
    fixed = {"depth": plain.depth, **(kept or {})}
    return plain.adjusted(**fixed, **REMEDIES[name])[0]


def decided_by(names: Iterable[str]) -> frozenset[str]:
    """The fields that going through these remedies leaves no choice in."""
    return frozenset(_NONE).union(*(REMEDIES[name] for name in names))


def remedy_named(text: object) -> str:
    """The name of a remedy, in which a hyphen or an underscore may stand for a space.

    Raises:
        ValueError: there is none of this name.
    """
    name = str(text).replace("-", " ").replace("_", " ")
    if name not in REMEDIES:
        spelled = ", ".join(one.replace(" ", "-") for one in REMEDIES)
        raise refusal("remedy", text, spelled)
    return name
