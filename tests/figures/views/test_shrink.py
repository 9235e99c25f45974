"""View 4: who shrinks the gradient."""

from __future__ import annotations

import math
import sys
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.figures import named
from tuisim import Experiment, simulate
from tuisim.engine.diagnosis.measures import Parts, parts
from tuisim.figures.views.shrink import shares, shrink_figure, sums

SMALL = Experiment(width=4, depth=10, spectrum="symmetric", radius=0.9, activation="identity")


def a_split(first: Any, second: Any) -> Parts:
    one, other = np.atleast_2d(np.array(first, float)), np.atleast_2d(np.array(second, float))
    total = np.concatenate([np.cumsum((one + other)[:, ::-1], axis=1)[:, ::-1],
                            np.zeros((len(one), 1))], axis=1)  # fmt: skip
    return Parts(("slope", "matrix"), "∂L/∂h_t", one, other, total)


def test_the_parts_add_up_to_the_gradient() -> None:
    for e in (Experiment(), Experiment(activation="sigmoid", residual=0.5), SMALL):
        found = parts(simulate(e), None)
        figure = shrink_figure(found)
        whole, slopes, matrix = (named(figure, one).y for one in ("both", "slope", "matrix"))
        assert slopes + matrix == pytest.approx(whole, abs=1e-9)
        assert whole == pytest.approx(simulate(e).gradient_log10[0], abs=1e-12)
        assert (slopes[-1], matrix[-1]) == (0, 0)
        assert [one.played for one in figure.series] == [True] * 3


def test_the_shares_in_numbers() -> None:
    assert shares(a_split([-2, -0.3], [-2, -0.7])) == (
        "slope −2.3 of −5.0 decades (46 %)  matrix −2.7 (54 %)  at t = 0"
    )
    assert shares(a_split([-2, -0.3], [-2, -0.7]), 1) == (
        "slope −0.3 of −1.0 decades (30 %)  matrix −0.7 (70 %)  at t = 1"
    )
    # Parts that pull apart have no shares.
    assert (
        shares(a_split([-2.0], [1.5])) == "slope −2.0  matrix +1.5  together −0.5 decades  at t = 0"
    )
    assert (
        shares(a_split([0.0], [0.0])) == "slope +0.0  matrix +0.0  together +0.0 decades  at t = 0"
    )


def test_the_shares_of_members_are_those_of_the_middle_one() -> None:
    found = a_split([[-1.0], [-4.0], [0.0]], [[-1.0], [-5.0], [-0.5]])
    assert shares(found).startswith("slope −1.0 of −2.0 decades (50 %)")
    assert len(shrink_figure(found).bands) == 1


def test_a_gradient_that_dies_names_what_killed_it() -> None:
    gaussian = Experiment(activation="relu", spectrum="gaussian", radius=1.4, tied=False)
    run = simulate(attrs.evolve(gaussian, width=3, depth=60, seed=39))
    dead = int(np.flatnonzero(np.isneginf(run.gradient_log10[0]))[-1])
    figure = shrink_figure(parts(run, None))
    assert {one.meaning for one in figure.marks} == {"exactly zero"}
    assert figure.notes[0].endswith(
        f"slope makes it exactly 0 a step further back  at t = {dead + 1}"
    )
    matrix = simulate(Experiment(spectrum="identity", radius=0.0, width=2, depth=3))
    assert "matrix makes it exactly 0" in shrink_figure(parts(matrix, None)).notes[0]
    assert shares(parts(matrix, None)).endswith("at t = 3")


def test_what_is_no_number_is_marked() -> None:
    # A start past float64 is infinite, and W takes the difference of infinities.
    run = simulate(Experiment(activation="softplus", start_rms=sys.float_info.max))
    figure = shrink_figure(parts(run, None))
    assert any(one.meaning.startswith("not a number from step") for one in figure.marks)
    assert math.isfinite(figure.y.low)


def test_the_lstms_gradient_starts_at_1() -> None:
    found = Parts(("carried", "rest"), "∂L/∂c_t", np.array([[-1.0]]), np.array([[-0.5]]),
                  np.array([[-1.7, -0.2]]))  # fmt: skip
    total, _ = sums(found)
    assert total.tolist() == [[-1.5, 0.0]]
    figure = shrink_figure(found)
    assert figure.title == "who shrinks ‖∂L/∂c_t‖: carried or rest?"


def test_shrinking_on_a_linear_axis() -> None:
    figure = shrink_figure(a_split([-0.5], [-0.5]), log=False)
    assert named(figure, "both").y == pytest.approx([0.1, 1])
    assert (figure.y.low, figure.y.high) == (0, 1)
