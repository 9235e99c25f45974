"""View 5: the modes of W in the hidden state."""

from __future__ import annotations

import attrs
import pytest

from tests.support.figures import named
from tuisim import Experiment, simulate
from tuisim.engine.diagnosis.modes import modes
from tuisim.figures.views.modes import drawn_modes, modes_figure, share_figure

SMALL = Experiment(width=4, depth=10, spectrum="symmetric", radius=0.9, activation="identity")


def test_modes_theory_and_the_others() -> None:
    found = modes(simulate(SMALL))
    figure = modes_figure(found)
    assert [one.name for one in figure.series] == [
        "|c_k(0)|·|λ_k|ᵗ", "", "", "λ 0.90", "λ -0.90", "λ 0.30",
    ]  # fmt: skip
    assert named(figure, "λ 0.30").y == pytest.approx(found.coefficients_log10[2])
    (band,) = figure.bands
    assert band.name == "the other 1"
    assert band.low == pytest.approx(found.coefficients_log10[3])
    assert figure.notes == ("κ(V) 1: W is normal  0 pairs, 4 real",)
    nonlinear = modes_figure(modes(simulate(attrs.evolve(SMALL, activation="tanh"))))
    assert all(one.role != "theory" for one in nonlinear.series)


def test_the_mode_of_the_start_comes_first() -> None:
    found = modes(simulate(Experiment(width=6, depth=4, start_eigenvector=3)))
    # Three pairs: the fourth eigenvector is the partner in the second.
    assert drawn_modes(found, 3) == [1, 0, 2]
    assert drawn_modes(found, 2) == [1, 0, 2]
    assert drawn_modes(found, None)[0] == 0


def test_rounding_needs_no_room() -> None:
    found = modes(simulate(attrs.evolve(SMALL, start_eigenvector=0)))
    figure = modes_figure(found, start=0)
    assert figure.y.low > -25
    flat = modes_figure(found, log=False, start=0)
    assert flat.y.low == 0
    assert flat.series[0].y[0] == pytest.approx(2)


def test_the_leading_modes_take_over() -> None:
    found = modes(simulate(attrs.evolve(SMALL, depth=60)))
    figure = share_figure(found)
    assert figure.title == "% of ‖h_t‖² in the 2 leading modes"
    (share,) = figure.series
    assert share.y[-1] == pytest.approx(100)
    assert share.y[0] < 90
    slanted = modes(simulate(attrs.evolve(SMALL, departure=0.5, depth=60)))
    other = share_figure(slanted)
    assert "Σ|c_k|² (W is not normal)" in other.title
    squares = 100**slanted.coefficients_log10
    expected = 100 * squares[slanted.leading].sum(axis=0) / squares.sum(axis=0)
    assert other.series[0].y == pytest.approx(expected)
    alike = share_figure(modes(simulate(Experiment(width=4, depth=3))))
    assert alike.message == "every |λ| is the same: no mode takes over"
    assert alike.brief


def test_the_figure_says_where_a_mode_is_rounding() -> None:
    e = Experiment(activation="identity", spectrum="symmetric", radius=1.0, start_eigenvector=30)
    found = modes(simulate(e))
    figure = modes_figure(found, start=30)
    assert {mark.meaning for mark in figure.marks} == {"rounding from here on"}
    own, *leading = [mark.x for mark in figure.marks]
    assert 15 < own < 25
    assert leading == [0, 0]
    assert share_figure(found).notes == ("rounding alone: none of h_0 lies there",)
