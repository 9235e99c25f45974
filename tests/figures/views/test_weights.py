"""What each step adds to the weight gradient, as a figure, and the lines of its whole."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from tuisim.engine.runs.simulate import simulate
from tuisim.figures.drawing.text import draw_text
from tuisim.figures.views.weights import weight_figure
from tuisim.figures.words.verdict import verdict_line
from tuisim.values.experiment import Experiment

EXPLODING = Experiment(spectrum="gaussian", radius=2.0, width=24, depth=60)


def test_the_shares_of_the_steps_and_the_whole() -> None:
    run = simulate(EXPLODING)
    figure = weight_figure(run)
    (share,) = figure.series
    assert share.x.tolist() == list(range(1, 61))
    np.testing.assert_array_equal(share.y, run.weight_gradient_log10[0])
    (whole,) = figure.references
    assert whole.name == "whole ‖∂L/∂W‖"
    assert 10**whole.value == pytest.approx(run.weight_gradient_norm[0])
    assert figure.y.low < share.y.min()
    assert figure.y.high > whole.value
    linear = weight_figure(run, log=False)
    assert linear.references[0].value == pytest.approx(run.weight_gradient_norm[0])


def test_clipping_adds_its_line_where_it_does_something() -> None:
    run = simulate(attrs.evolve(EXPLODING, clip="norm", clip_threshold=0.5))
    clipped, whole = weight_figure(run).references
    assert (clipped.name, clipped.role) == ("whole ‖∂L/∂W‖, clipped", "limit")
    assert 10**clipped.value == pytest.approx(0.5)
    assert 10**whole.value == pytest.approx(run.weight_gradient_norm[0])
    (note,) = weight_figure(run).notes
    assert "clipped 0.50" in note
    assert "direction kept" in note
    assert f"clipped to {0.5:.2f}" in verdict_line(run)
    under = simulate(attrs.evolve(EXPLODING, clip="norm", clip_threshold=1e9))
    assert len(weight_figure(under).references) == 1
    assert "clipped" not in verdict_line(under)


@pytest.mark.parametrize(
    "changes",
    [
        {"radius": 0.0, "activation": "relu"},
        {"activation": "identity", "spectrum": "identity", "radius": 1e30, "clip": "value"},
        {"activation": "softplus", "radius": 30.0, "depth": 300, "clip": "norm"},
        {"members": 5, "tied": False, "depth": 1},
    ],
    ids=str,
)
def test_zeros_infinities_and_nan_are_drawn_as_what_they_are(changes: dict[str, object]) -> None:
    run = simulate(attrs.evolve(EXPLODING, **changes))
    for log in (True, False):
        figure = weight_figure(run, log)
        assert math.isfinite(figure.y.low)
        assert math.isfinite(figure.y.high)
        assert all(len(line) == 80 for line in draw_text(figure, 80, 16))
    if np.isneginf(run.weight_gradient_log10).any():
        assert any(mark.meaning == "exactly zero" for mark in weight_figure(run).marks)
