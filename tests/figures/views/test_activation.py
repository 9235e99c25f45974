"""View 3: the histogram of pre-activations under φ, and saturation."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.figures import named
from tuisim import Experiment, simulate
from tuisim.engine.base.facts import slope, value
from tuisim.engine.diagnosis.measures import pre_activations
from tuisim.figures.views.activation import activation_figure, saturation_figure


def test_the_histogram_is_of_the_cursors_step() -> None:
    run = simulate(Experiment(width=16, depth=12, radius=3))
    found = pre_activations(run, None)
    figure = activation_figure(found, "tanh", 5)
    assert figure.title == "φ = tanh over a_t at t = 5"
    counts = found.counts[4]
    (bars,) = figure.bands
    assert np.isnan(bars.high[::2][counts == 0]).all()
    share = (bars.high[::2] - figure.y.low) / (figure.y.high - figure.y.low)
    assert share[counts > 0] == pytest.approx(0.7 * counts[counts > 0] / counts.max())
    # The outline leaves the floor free, but for the sides of bars.
    outline, empty = named(figure, "pre-activations").y, np.repeat(counts == 0, 2)
    assert np.array_equal(outline[~empty], bars.high[~empty])
    inside = np.flatnonzero((counts[1:-1] == 0) & (counts[:-2] == 0) & (counts[2:] == 0)) + 1
    assert inside.size
    assert np.isnan(outline[2 * inside]).all()
    rising = np.flatnonzero((counts[:-1] == 0) & (counts[1:] > 0))
    assert (outline[2 * rising + 1] == figure.y.low).all()
    x = named(figure, "φ").x
    assert named(figure, "φ").y == pytest.approx(value("tanh", x))
    assert named(figure, "φ′").y == pytest.approx(slope("tanh", x))
    pooled = activation_figure(found, "tanh")
    assert pooled.title.endswith("of all steps")
    at_start = activation_figure(found, "tanh", 0)
    assert at_start.title.endswith("at t = 1")


def test_the_numbers_of_the_histogram() -> None:
    found = pre_activations(simulate(Experiment(width=8, depth=4, radius=2)), None)
    (note,) = activation_figure(found, "tanh", 2).notes
    assert f"rms {found.rms[1]:.2g}" in note
    assert f"mean φ′ {found.slope[1]:.2f}" in note
    broken = attrs.evolve(
        found,
        counts=np.zeros_like(found.counts),
        missing=np.full(4, 8.0),
        beyond=np.zeros(4),
        rms=np.full(4, np.nan),
    )
    figure = activation_figure(broken, "tanh")
    assert figure.notes[0].endswith("not a number: 100 %")
    assert not figure.bands


@pytest.mark.parametrize("activation", ["identity", "sigmoid", "relu", "selu", "gelu", "hard_tanh"])
def test_every_activation_fits_its_axis(activation: str) -> None:
    run = simulate(Experiment(width=8, depth=4, radius=2, activation=activation))
    figure = activation_figure(pre_activations(run, None), activation)
    for one in (named(figure, "φ"), named(figure, "φ′")):
        assert figure.y.low <= one.y.min()
        assert one.y.max() <= figure.y.high


def test_saturation_in_per_cent_from_step_1() -> None:
    def saturated(*shares: list[float]) -> Any:
        return SimpleNamespace(experiment=Experiment(), saturation=np.array(shares))

    runs = [saturated([0, 0.25, 1]), saturated([1, 1.0])]
    figure = saturation_figure(runs[0], runs[1:])
    shown = named(figure, "saturated")
    assert (shown.x.tolist(), shown.y.tolist(), shown.played) == ([1, 2, 3], [0, 25, 100], True)
    assert named(figure, "pinned").y.tolist() == [100, 100]
    assert (figure.x.low, figure.x.high, figure.y.high) == (0, 3, 100)
    flat = saturation_figure(saturated([0, 0.0]))
    assert (flat.message, flat.brief) == ("none, at any step", True)
    assert not saturation_figure(saturated([0, 0.0]), runs[1:]).brief
    members = saturated([0, 0], [0.5, 0], [1, 0])
    (band,) = saturation_figure(members).bands
    assert (band.low[0], band.high[0]) == (0, 100)
