"""What is drawn before the kernels are there has the bytes of what is drawn after."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.strategies import experiments, grid
from tests.support.ways import compiled_only, plain_only
from tuisim.engine.cells.network import draw
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import ACTIVATIONS, DRIVES, Experiment


def found(run: Run) -> dict[str, Any]:
    """All numbers that a run has, by name."""
    numbers = {
        name: array
        for name, array in run._buffers._asdict().items()
        # What no step wrote is what was in the memory before.
        if array.dtype == np.float64 and name not in ("inverse", "offset")
    }
    for name in (
        *("slope_log10", "matrix_log10", "carried_log10", "saturation", "weight_gradient_log10"),
        *("weight_gradient_norm", "weight_gradient_norm_log10", "horizon", "regime"),
    ):
        numbers[name] = getattr(run, name)
    return numbers


def same(experiment: Experiment) -> None:
    networks = [draw(experiment, member) for member in range(experiment.members)]
    with compiled_only():
        compiled = found(simulate(experiment, networks))
    with plain_only():
        plain = found(simulate(experiment, networks))
    for name, array in compiled.items():
        if isinstance(array, np.ndarray):
            # To the bit, but that a nan is a nan.
            numbers = np.where(np.isnan(array), 0.0, array)
            others = np.where(np.isnan(plain[name]), 0.0, plain[name])
            assert np.array_equal(np.isnan(array), np.isnan(plain[name])), name
            assert numbers.tobytes() == others.tobytes(), name
        else:
            assert array == plain[name], name


@settings(max_examples=150, deadline=None)
@given(experiments(max_width=19, max_depth=8))
def test_every_rnn(experiment: Experiment) -> None:
    same(experiment)


@st.composite
def gated(draw: st.DrawFn) -> Experiment:
    return Experiment(
        cell=draw(st.sampled_from(("lstm", "gru"))),
        width=draw(st.integers(1, 19)),
        depth=draw(st.integers(1, 8)),
        batch=draw(st.integers(1, 3)),
        tied=draw(st.booleans()),
        radius=draw(grid(0, 2)),
        activation=draw(st.sampled_from(ACTIVATIONS)),
        bias=draw(st.just(0.0) | grid(0, 1)),
        drive=draw(st.just("none") | st.sampled_from(DRIVES)),
        start_rms=draw(st.just(1.0) | grid(0.0625, 2)),
        forget_bias=draw(st.just(1.0) | grid(-2, 2)),
        members=draw(st.integers(1, 2)),
        seed=draw(st.integers(0, 1000)),
    )


@settings(max_examples=100, deadline=None)
@given(gated())
def test_every_gated_cell(experiment: Experiment) -> None:
    same(experiment)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"radius": 1.5, "depth": 1000},
        {"width": 70, "depth": 40},
        {"width": 1, "depth": 1},
        {"activation": "identity", "radius": 3.0, "depth": 900},
        {"activation": "relu", "radius": 0.2, "depth": 900},
        {"activation": "sigmoid", "radius": 40.0, "depth": 60},
        {"activation": "selu", "radius": 9.0, "depth": 400, "width": 9},
        {"radius": 1e-4, "depth": 300},
        {"radius": 0.0},
        {"norm": "layer", "depth": 200},
        {"norm": "batch", "batch": 8, "depth": 60},
        {"cell": "lstm", "depth": 200},
        {"cell": "gru", "depth": 200, "radius": 3.0},
        {"cell": "lstm", "radius": 900.0, "depth": 50},
    ],
    ids=str,
)
def test_nets_that_leave_the_ordinary(changes: dict[str, Any]) -> None:
    same(attrs.evolve(Experiment(), **changes))
