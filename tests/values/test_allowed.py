"""Of several changes those are taken that are allowed, and the others are named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuisim.tui.state.mapping import belongs
from tuisim.values.allowed import taken
from tuisim.values.experiment import Experiment


def adjusted(e: Experiment, changes: Mapping[str, Any]) -> tuple[Experiment, tuple[str, ...]]:
    if changes.get("width", 0) > 100:
        raise ValueError("budget: too wide")
    return e.adjusted(**changes)


def test_the_one_that_is_refused_takes_no_other_with_it() -> None:
    e, made, notes = taken(Experiment(), {"depth": 7, "width": 200, "leak": 0.5}, adjusted)
    assert e == Experiment(depth=7, leak=0.5)
    assert made == {"depth": 7, "leak": 0.5}
    assert notes == ("width is not taken: budget: too wide",)


def test_all_that_are_allowed_together_are_taken_together() -> None:
    e, made, notes = taken(Experiment(), {"skip": 9, "depth": 9}, adjusted)
    assert (e, len(made), notes) == (Experiment(skip=9, depth=9), 2, ())


def test_a_field_belongs_to_the_cell_that_has_it() -> None:
    lstm = Experiment(cell="lstm")
    assert not belongs("leak", lstm)
    assert belongs("leak", Experiment())
    assert belongs("forget_bias", lstm)
    assert not belongs("forget_bias", Experiment())
    assert not belongs("drive_gain", lstm)
    assert not belongs("departure", Experiment(spectrum="gaussian"))
