"""Remedies as an axis of a sweep."""

from __future__ import annotations

import attrs
import pytest

import tuisim
from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.engine.sweeps.grid import Grid
from tuisim.engine.sweeps.sweep import sweep
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan
from tuisim.values.remedies import REMEDIES, decided_by

#: Learns at a depth of 2 within 100 updates or so.
NET = Experiment(width=8, depth=2, batch=20, radius=1.0, members=3)


def test_a_cell_is_the_net_with_one_remedy_alone() -> None:
    e = Experiment(width=6, depth=30, radius=1.2, leak=0.3, skip=20, clip="value", batch=3)
    plain = attrs.evolve(e, leak=1.0, skip=0, clip="none")
    axis = SweepAxis("remedy", REMEDIES)
    grid = Grid(e, SweepAxis.parse("depth=1,5,40"), axis, "success")
    for row, (name, changes) in enumerate(REMEDIES.items()):
        for column, depth in enumerate((1, 5, 40)):
            made = dict(changes)
            if name == "skip":
                # It gives way to the depth.
                made["skip"] = {1: 0, 5: 5, 40: 10}[depth]
            expected = attrs.evolve(plain, depth=depth, **made)
            assert grid.experiment_at((row, column)) == expected
            trial = grid.trial_at((row, column))
            assert trial.experiment == attrs.evolve(expected, drive="none")
            assert trial.readout_only is (name == "echo state")
            assert trial.plan == Plan()


def test_a_remedy_keeps_the_radius_of_its_axis() -> None:
    eigenvalues = (0.5, 0.3 + 0.4j, 0.3 - 0.4j)
    e = Experiment(width=3, spectrum="eigenvalues", eigenvalues=eigenvalues, radius=3.0)
    axes = (SweepAxis.parse("radius=0.25,1"), SweepAxis.parse("remedy=plain,echo-state"))
    grid = Grid(e, *axes, "gradient_rate")
    assert grid.experiment_at((0, 1)).eigenvalues == (1.0, 0.6 + 0.8j, 0.6 - 0.8j)
    echo = grid.experiment_at((1, 0))
    assert (echo.spectrum, echo.radius) == ("reservoir", 0.25)


def test_remedies_are_an_axis_of_any_measure() -> None:
    found = sweep(NET, "depth=4,30", "remedy=skip,lstm")
    for row, name in enumerate(("skip", "lstm")):
        for column, depth in enumerate((4, 30)):
            changes = {**REMEDIES[name], **({"skip": 4} if (name, depth) == ("skip", 4) else {})}
            run = tuisim.simulate(attrs.evolve(NET, depth=depth, **changes))
            assert found.values[row, column] == run.gradient_rate


@pytest.mark.parametrize("typed", ["echo-state", "echo state", "echo_state"])
def test_names_of_two_words_can_be_typed(typed: str) -> None:
    axis = SweepAxis.parse(f"remedy=plain,{typed}")
    assert axis.values == ("plain", "echo state")
    assert axis.spelled() == "remedy=plain,echo-state"
    assert not axis.numeric


@pytest.mark.parametrize("other", ["leak", "cell", "skip_share", "clip"])
def test_what_a_remedy_decides_is_no_axis_beside_it(other: str) -> None:
    values = {"leak": (0.5, 1), "cell": ("rnn", "gru"), "skip_share": (0, 1), "clip": ("none",)}
    remedy = SweepAxis.parse("remedy=plain,skip")
    assert other in decided_by(remedy.values)
    words = f"axes: got remedy and {other}, allowed: one beside it that no remedy decides"
    with pytest.raises(ValueError, match=words):
        Grid(NET, SweepAxis(other, values[other]), remedy, "success")
    Grid(NET, SweepAxis.parse("skip_share=0,1"), SweepAxis.parse("remedy=plain,gru"), "success")
