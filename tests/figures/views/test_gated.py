"""What view 1 shows of an lstm beside h, what is said of clipping, and formulas of the cells."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from tuisim.engine.runs.simulate import simulate
from tuisim.engine.theory.theory import predict
from tuisim.figures.drawing.legend import readout
from tuisim.figures.views.norms import gradient_figure, hidden_figure
from tuisim.figures.views.weights import clip_facts
from tuisim.tui.explain.net import formula, gradient_formula
from tuisim.tui.state.words import facts
from tuisim.values.experiment import Experiment

LSTM = Experiment(cell="lstm", width=8, depth=40)


def test_an_lstm_shows_the_norms_of_its_c() -> None:
    run = simulate(LSTM)
    hidden, gradient = hidden_figure(run), gradient_figure(run)
    assert run.cell_log10 is not None
    assert run.cell_gradient_log10 is not None
    for figure, name, curve in (
        (hidden, "c_t", run.cell_log10[0]),
        (gradient, "∂L/∂c_t", run.cell_gradient_log10[0]),
    ):
        simulated, cell = figure.series
        assert (simulated.name, cell.name, cell.role, cell.played) == (
            "simulated",
            name,
            "cell",
            True,
        )
        np.testing.assert_array_equal(cell.y, curve)
        finite = curve[np.isfinite(curve)]
        assert figure.y.low <= finite.min()
        assert figure.y.high >= finite.max()
    # The readout is of h.
    assert readout(gradient, 40.0) == "40: 1.0"
    assert len(hidden_figure(simulate(attrs.evolve(LSTM, cell="gru"))).series) == 1


def test_the_carousel_is_drawn_over_c_and_no_line_of_it_over_h() -> None:
    run = simulate(attrs.evolve(LSTM, bias=0.3))
    prediction = predict(run.experiment, run.networks)
    assert prediction.name == "carousel"
    figure = gradient_figure(run, prediction)
    names = [one.name for one in figure.series]
    assert sorted(names) == ["carousel, of c", "simulated", "∂L/∂c_t"]
    (theory,) = (one for one in figure.series if one.role == "theory")
    np.testing.assert_array_equal(theory.y, prediction.cell_gradient_log10)
    assert [one.name for one in hidden_figure(run, prediction).series] == ["simulated", "c_t"]


def test_facts_of_an_lstm_name_what_reaches_c() -> None:
    run = simulate(LSTM)
    assert "‖∂L/∂c_0‖" in facts(run)
    assert "‖∂L/∂c_0‖" not in facts(simulate(Experiment()))


EXPLODING = Experiment(spectrum="gaussian", radius=2.0, width=24, depth=60)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"clip": "norm"}, ["clipped    1.0 by norm at 1", "direction  kept"]),
        ({"clip": "norm", "clip_threshold": 1e9}, ["clipped    not at all: under 1e+09"]),
        ({"clip": "value", "clip_threshold": 0.01}, ["by value at 0.01", "direction  turned by"]),
        (
            {"clip": "norm", "activation": "identity", "spectrum": "identity", "radius": 1e30},
            ["‖∂L/∂W‖", "·10¹⁷", "clipped    never: it is not finite in float64"],
        ),
    ],
    ids=str,
)
def test_what_clipping_does_is_said(changes: dict[str, object], said: list[str]) -> None:
    run = simulate(attrs.evolve(EXPLODING, **changes))
    lines = [f"{what:<10} {words}" for what, words in clip_facts(run)]
    assert len(lines) == (0 if not changes else 2 if "never" in said[-1] else 3)
    text = "\n".join(lines)
    for part in said:
        assert part in text
    assert text in facts(run)


def test_formulas_of_the_cells() -> None:
    assert "c_t = f·c_{t−1} + i·g,  h_t = o·tanh(c_t)" in formula(LSTM)
    assert "(f: + 1)" in formula(LSTM)
    gru = attrs.evolve(LSTM, cell="gru", bias=0.1, drive="sine", activation="relu")
    assert "m = relu(r·(W h_{t−1} + b) + x_t)" in formula(gru)
    assert "z·g_t" in gradient_formula(gru)
    assert "f·∂L/∂c_t" in gradient_formula(LSTM)
    leaky = gradient_formula(Experiment(leak=0.25))
    assert leaky == "    g_{t−1} = 0.75·g_t + Wᵀ 0.25·diag(φ′(a_t)) g_t"
