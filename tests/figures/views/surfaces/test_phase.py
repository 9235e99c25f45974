"""The phase map as data: what lies where, the ramp's ends, theory's line and the mark."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.engine.sweeps.cell_measures import MEASURES
from tuisim.engine.sweeps.critical import CriticalLine
from tuisim.figures import draw_text
from tuisim.figures.drawing.heat import levels, tones
from tuisim.figures.views.surfaces.phase import phase_figure, value_words
from tuisim.values.measured import MEASURED

X, Y = SweepAxis.parse("radius=0.5:1.5:5"), SweepAxis.parse("depth=10,20,30")
VALUES = np.add.outer(np.arange(3.0), np.linspace(-1.0, 1.0, 5)) - 1.0


def test_every_measure_of_a_sweep_has_words() -> None:
    assert [*MEASURED] == [*MEASURES]


def test_cells_lie_around_their_values() -> None:
    heat = phase_figure(X, Y, "gradient_rate", VALUES).heat
    assert heat is not None
    np.testing.assert_allclose(heat.x_edges, [0.375, 0.625, 0.875, 1.125, 1.375, 1.625])
    np.testing.assert_allclose(heat.y_edges, [5, 15, 25, 35])
    np.testing.assert_array_equal(heat.values, VALUES)


def test_falling_and_mixed_axes_are_put_in_order() -> None:
    x, y = SweepAxis.parse("radius=1.5:0.5:5"), SweepAxis.parse("depth=20,10,30")
    heat = phase_figure(x, y, "gradient_rate", VALUES).heat
    assert heat is not None
    assert (np.diff(heat.x_edges) > 0).all()
    np.testing.assert_allclose(heat.y_edges, [5, 15, 25, 35])
    np.testing.assert_array_equal(heat.values, VALUES[[1, 0, 2]][:, ::-1])


def test_even_ratios_are_drawn_on_a_log_axis() -> None:
    y = SweepAxis.parse("depth=1:1000:4:log")
    line = CriticalLine("t", ((np.full(4, 1.0), y.coordinates()),))
    figure = phase_figure(X, y, "gradient_rate", np.zeros((4, 5)), line, (1.0, 100))
    assert figure.heat is not None
    np.testing.assert_allclose(figure.heat.y_edges, [-0.5, 0.5, 1.5, 2.5, 3.5])
    assert figure.heat.marked == (1.0, 2.0)
    np.testing.assert_allclose(figure.series[0].y, [0, 1, 2, 3])
    assert figure.y.ticks is not None
    assert [name for _, name in figure.y.ticks] == ["1", "10", "100", "1000"]


def test_choices_stand_one_after_the_other() -> None:
    y = SweepAxis.parse("activation=tanh,relu")
    figure = phase_figure(X, y, "saturation", np.zeros((2, 5)), here=(0.7, "relu"))
    assert figure.y.ticks == ((0.0, "tanh"), (1.0, "relu"))
    assert figure.heat is not None
    np.testing.assert_allclose(figure.heat.y_edges, [-0.5, 0.5, 1.5])
    assert figure.heat.marked == (0.7, 1.0)
    assert phase_figure(X, y, "saturation", np.zeros((2, 5)), here=(0.7, "elu")).heat is not None


@pytest.mark.parametrize("here", [(0.3, 10), (1.0, 36), (1.0, None)])
def test_what_lies_off_the_map_is_not_marked(here: tuple[float, object]) -> None:
    heat = phase_figure(X, Y, "gradient_rate", VALUES, here=here).heat
    assert heat is not None
    assert heat.marked is None


@pytest.mark.parametrize("measure", ["gradient_rate", "hidden_rate", "gradient_log10", "lyapunov"])
@pytest.mark.parametrize("scale", [1e-3, 0.07, 0.68, 1.0, 33.0, 412.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_zero_parts_the_levels_of_what_has_a_sign(measure: str, scale: float, sign: int) -> None:
    values = sign * scale * np.linspace(-1, 0.3, 15).reshape(3, 5)
    heat = phase_figure(X, Y, measure, values).heat
    assert heat is not None
    assert heat.turn is not None
    assert heat.bounds[heat.turn] == 0.0
    assert [*heat.bounds] == sorted(set(heat.bounds))
    found = levels(values, heat)
    np.testing.assert_array_equal(found < heat.turn, values < 0)
    colours = [tones(heat)[one] for one in found.ravel()]
    assert {role[:3] for role, one in zip(colours, values.ravel(), strict=True) if one < 0} == {
        "col"
    }
    # The range that occurs, and no level beyond it.
    assert heat.bounds[0] <= values.min() < heat.bounds[1]
    assert heat.bounds[-2] <= values.max() * (1 + 1e-9)
    assert values.max() <= heat.bounds[-1] * (1 + 1e-9)
    assert len(heat.bounds) <= 13
    assert found.min() == 0
    assert found.max() == len(heat.bounds) - 2


def test_what_has_one_sign_has_one_side_of_the_ramp() -> None:
    heat = phase_figure(X, Y, "gradient_rate", -np.abs(VALUES) - 0.1).heat
    assert heat is not None
    assert heat.bounds[-1] == 0.0
    heat = phase_figure(X, Y, "gradient_rate", np.abs(VALUES)).heat
    assert heat is not None
    assert heat.bounds[0] == 0.0


def test_the_legend_of_rates_is_of_round_factors() -> None:
    values = np.linspace(math.log(0.55), math.log(1.08), 15).reshape(3, 5)
    heat = phase_figure(X, Y, "gradient_rate", values).heat
    assert heat is not None
    assert heat.name == "factor a step back"
    assert heat.words == ("×0.5", "×0.7", "×0.8", "×0.9", "×0.95", "×0.98", "×1", "×1.02", "×1.05",
                          "×1.1")  # fmt: skip
    np.testing.assert_allclose(np.exp(heat.bounds), [float(one[1:]) for one in heat.words])


def test_cells_far_out_are_of_the_last_level() -> None:
    values = np.linspace(-1, 1, 100).reshape(10, 10)
    values[0, 0], values[9, 9] = -math.inf, 1e9
    axis = SweepAxis.parse("bias=1:10:10")
    heat = phase_figure(SweepAxis.parse("radius=1:10:10"), axis, "gradient_rate", values).heat
    assert heat is not None
    assert levels(values, heat)[0, 0] == 0
    assert levels(values, heat)[9, 9] == len(heat.bounds) - 2


def test_shares_go_from_zero() -> None:
    heat = phase_figure(X, Y, "saturation", np.full((3, 5), 0.3)).heat
    assert heat is not None
    assert heat.turn is None
    assert heat.bounds[0] == 0
    assert 0.3 <= heat.bounds[-1] <= 0.6
    assert heat.words[0] == "0 %"


def test_all_of_the_runs_have_a_level_of_their_own() -> None:
    shares = np.array([[0.0, 0.19, 0.2, 0.99, 1.0]])
    heat = phase_figure(X, SweepAxis.parse("depth=5"), "success", shares).heat
    assert heat is not None
    found = levels(shares, heat)[0].tolist()
    assert found[0] == 0
    assert found[1] < found[2] < found[4] == len(heat.bounds) - 2
    assert heat.words[-1] == "100 %"
    heat = phase_figure(X, SweepAxis.parse("depth=5"), "success", 0 * shares).heat
    assert heat is not None
    assert heat.bounds[-1] == 1.0


def test_a_map_of_nothing_is_blank() -> None:
    figure = phase_figure(X, Y, "gradient_rate", np.full((3, 5), np.nan))
    assert figure.heat is not None
    assert (levels(figure.heat.values, figure.heat) == -1).all()
    assert len(draw_text(figure, 60, 16)) == 16


def test_the_line_is_drawn_along_its_axis() -> None:
    x, y = SweepAxis.parse("depth=30,10,20"), SweepAxis.parse("radius=0.5:1.5:5")
    line = CriticalLine("t", ((x.coordinates(), np.array([3.0, 1.0, 2.0])),))
    (series,) = phase_figure(x, y, "gradient_rate", VALUES.T, line).series
    assert (series.x.tolist(), series.y.tolist()) == ([10, 20, 30], [1, 2, 3])
    assert series.role == "contour"


def test_as_text() -> None:
    line = CriticalLine("mean field", ((np.array([0.9, 1.0, 1.1]), Y.coordinates()),))
    figure = phase_figure(X, Y, "gradient_rate", VALUES, line, (1.25, 20))
    for ascii in (False, True):
        lines = draw_text(figure, 76, 18, ascii=ascii)
        text = "\n".join(lines)
        assert text.isascii() is ascii
        assert "gradient rate over radius and depth" in text
        assert any("[" in one and "]" in one for one in lines)
        assert "factor a step back: " in text


@pytest.mark.parametrize(
    ("measure", "value", "words"),
    [
        ("gradient_rate", -0.1, "−0.1 nats a step back, ×0.905"),
        ("hidden_rate", 0.0, "0 nats a step, ×1.000"),
        ("gradient_rate", -math.inf, "−inf nats a step back, ×0"),
        ("gradient_log10", -12.5, "3.16·10⁻¹³"),
        ("saturation", 0.1234, "12.3 % of units"),
        ("lyapunov", 0.25, "0.25 nats a step"),
        ("lyapunov", math.nan, "not a number"),
    ],
)
def test_a_value_in_words(measure: str, value: float, words: str) -> None:
    assert value_words(measure, value) == words
