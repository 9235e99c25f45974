"""A run of its curves alone says the same of itself, and takes no more than they do."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from tuisim.engine.runs.lean import is_lean, lean, whole
from tuisim.engine.runs.simulate import simulate
from tuisim.figures.views.activation import saturation_figure
from tuisim.figures.views.norms import gradient_figure, hidden_figure
from tuisim.figures.words.verdict import verdict_line
from tuisim.values.experiment import Experiment

NETS = (
    Experiment(width=16, depth=40, members=3, batch=4),
    Experiment(width=16, depth=40, radius=30.0, activation="relu", clip="value"),
    Experiment(width=8, depth=400, radius=1e-3, members=2),
    Experiment(width=8, depth=30, cell="lstm"),
    Experiment(width=8, depth=30, drive="noise", clip="norm", clip_threshold=0.1),
)


@pytest.mark.parametrize("experiment", NETS, ids=str)
def test_what_is_said_and_drawn_of_it_is_the_same(experiment: Experiment) -> None:
    run = simulate(experiment)
    # As the app computes it beforehand.
    _ = run.clip_cosine, run.input_gradient_log10
    found = lean(run)
    assert is_lean(found)
    assert not is_lean(run)
    for name in ("hidden_log10", "gradient_log10", "cell_gradient_log10", "input_gradient_log10"):
        before, after = getattr(run, name), getattr(found, name)
        assert (before is None) == (after is None)
        np.testing.assert_array_equal(after, before)
    assert verdict_line(found) == verdict_line(run)
    for figure in (hidden_figure, gradient_figure):
        drawn = figure(found, pinned=(found,))  # type: ignore[operator]
        assert str(drawn) == str(figure(run, pinned=(run,)))  # type: ignore[operator]
    assert str(saturation_figure(found, (found,))) == str(saturation_figure(run, (run,)))
    assert lean(found) is found


def test_it_takes_as_much_as_its_curves() -> None:
    found = lean(simulate(Experiment(width=256, depth=300, members=4)))
    # Curves, saturation, and the gradient at h_0; states and gradients alone would be 5 MB.
    assert len(pickle.dumps(found)) < 8 * 4 * (3 * 301 + 256) + 5_000


def test_its_arrays_are_computed_again() -> None:
    run = simulate(NETS[0])
    again = whole(lean(run))
    assert whole(run) is run
    np.testing.assert_array_equal(again.states, run.states)
    np.testing.assert_array_equal(again.gradients, run.gradients)
