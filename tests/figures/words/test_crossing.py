"""A verdict that hides what was crossed on the way says so."""

from __future__ import annotations

from tuisim.engine.runs.simulate import simulate
from tuisim.figures import verdict_line
from tuisim.values import presets
from tuisim.values.experiment import Experiment


def test_a_stable_end_beside_a_horizon_is_explained() -> None:
    run = simulate(presets.preset("skip"))
    assert (run.regime, run.horizon) == ("stable", 9)
    assert verdict_line(run).startswith("stable · crossed 10⁻³ on the way, 9 steps back · ")


def test_a_verdict_that_says_it_needs_no_more() -> None:
    run = simulate(Experiment())
    assert run.regime == "vanishing"
    assert run.horizon is not None
    assert "crossed" not in verdict_line(run)
