"""The views beyond the norms: their figures as data and as text."""

from __future__ import annotations

import math
import sys
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim import Experiment, simulate
from tuisim.engine.base.facts import slope, value
from tuisim.engine.diagnosis.measures import (
    Exponents,
    Jacobian,
    Parts,
    Spectrum,
    parts,
    pre_activations,
    spectrum,
    weights,
)
from tuisim.engine.diagnosis.modes import modes
from tuisim.figures import VIEWS, Figure, Reveal, Scene, draw_text
from tuisim.figures.drawing.figure import Series, blank_figure
from tuisim.figures.views.activation import activation_figure, saturation_figure
from tuisim.figures.views.jacobian import exponents_note, jacobian_figure, lyapunov_figure
from tuisim.figures.views.modes import drawn_modes, modes_figure, share_figure
from tuisim.figures.views.norms import NOTHING
from tuisim.figures.views.shrink import shares, shrink_figure, sums
from tuisim.figures.views.spectrum import growth_notes, plane_figure, singular_figure
from tuisim.figures.views.table import view_named

SMALL = Experiment(width=4, depth=10, spectrum="symmetric", radius=0.9, activation="identity")


def named(figure: Figure, name: str) -> Series:
    (found,) = [one for one in figure.series if one.name == name]
    return found


# View 2.


def a_spectrum(eigenvalues: Any, singular: Any, **changes: Any) -> Spectrum:
    fields = {"departure": 0.0, "growth_bound": 0.9} | changes
    return Spectrum(np.array(eigenvalues, complex), np.array(singular, float), **fields)


def test_singular_values_with_the_moduli_beside_them() -> None:
    found = a_spectrum([0.5, -0.9, 0.1 + 0.1j, 0.1 - 0.1j], [2.0, 0.5, 0.1, 0.01])
    figure = singular_figure(found, depth=100)
    assert named(figure, "σ_k").y == pytest.approx(np.log10([2, 0.5, 0.1, 0.01]))
    assert named(figure, "σ_k").marker == "bullet"
    assert 10 ** named(figure, "|λ_k|").y == pytest.approx([0.9, 0.5, 0.02**0.5, 0.02**0.5])
    assert (figure.y.low, figure.y.high, figure.y.log) == (-2, 1, True)
    linear = singular_figure(found, log=False, depth=100)
    assert named(linear, "σ_k").y == pytest.approx([2, 0.5, 0.1, 0.01])
    assert (linear.y.low, linear.y.high) == (0, 2)
    (one,) = linear.references
    assert one.value == 1


def test_what_is_under_the_rounding_of_the_largest_is_zero() -> None:
    figure = singular_figure(a_spectrum([1, 0, 0], [1, 1e-17, 0]), depth=9)
    assert figure.y.low == -1
    (mark,) = figure.marks
    assert (mark.x, mark.until, mark.meaning) == (2, 3, "zero to rounding")
    nothing = singular_figure(a_spectrum([0, 0], [0, 0]), depth=9)
    assert len(draw_text(nothing, 40, 12)) == 12
    assert len(draw_text(singular_figure(a_spectrum([0], [0]), log=False, depth=9), 40, 12)) == 12


def test_a_pinned_spectrum_of_another_width_spans_the_axis() -> None:
    pinned = a_spectrum([1, 1], [3.0, 2.0])
    found = a_spectrum([1, 1, 1], [1.0, 1.0, 1.0])
    pale = named(singular_figure(found, pinned, depth=9), "pinned σ_k")
    assert pale.x.tolist() == [1, 3]
    (shown,) = [one for one in plane_figure(found, pinned).series if one.role == "pinned"]
    assert shown.x.tolist() == [1, 1]


def test_the_growth_bound_in_numbers() -> None:
    assert growth_notes(a_spectrum([0.8], [0.9]), 100) == (
        "at most ×0.900 a step (bound)  2.7·10⁻⁵ in 100",
        "W in the long run ×0.800 (ρ)",
    )
    assert (
        growth_notes(a_spectrum([0.8], [0.9], growth_bound=None), 100)[0] == "W a step ×0.900 (σ₁)"
    )
    assert "0 in 9" in growth_notes(a_spectrum([0], [0], growth_bound=0.0), 9)[0]


# View 3.


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
    members = saturated([0, 0], [0.5, 0], [1, 0])
    (band,) = saturation_figure(members).bands
    assert (band.low[0], band.high[0]) == (0, 100)


# View 4.


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
    assert figure.title == "who shrinks ‖∂L/∂c_t‖? carried and rest"


def test_shrinking_on_a_linear_axis() -> None:
    figure = shrink_figure(a_split([-0.5], [-0.5]), log=False)
    assert named(figure, "both").y == pytest.approx([0.1, 1])
    assert (figure.y.low, figure.y.high) == (0, 1)


# View 5.


def test_modes_theory_and_the_others() -> None:
    found = modes(simulate(SMALL))
    figure = modes_figure(found)
    assert [one.name for one in figure.series] == [
        "λ 0.90", "λ -0.90", "λ 0.30", "|c_k(0)|·|λ_k|ᵗ", "", "",
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
    assert alike.notes == ("every |λ| is the same: no mode takes over",)


# View 6.


def a_jacobian(**changes: Any) -> Jacobian:
    steps = np.array([0, 5, 10])
    fields = {
        "steps": steps,
        "singular_log10": np.array([[-1.0, -3, -200], [-0.5, -1, -90], [0, 0, 0]]),
        "bound_log10": 0.05 * (10 - np.arange(11.0)),
    }
    return Jacobian(**(fields | changes))


def some_exponents(**changes: Any) -> Exponents:
    fields = {"exponents": np.array([0.1, -0.2, -0.5]), "mean_log_det": -0.6}
    return Exponents(**(fields | changes))


def test_the_three_singular_values_and_the_bound() -> None:
    figure = jacobian_figure(a_jacobian())
    assert named(figure, "largest").y.tolist() == [-1, -0.5, 0]
    assert named(figure, "median").y.tolist() == [-3, -1, 0]
    assert named(figure, "smallest").y.tolist() == [-200, -90, 0]
    assert named(figure, "bound").y[0] == 0.5
    # The smallest is not given all of the room.
    assert figure.y.low == -6
    assert figure.notes == ("199.0 decades apart at t = 0",)
    singular = a_jacobian(singular_log10=np.array([[-1.0, -3, -np.inf]] * 3), bound_log10=None)
    assert jacobian_figure(singular).notes == ("the smallest is 0 at t = 0",)
    assert jacobian_figure(a_jacobian(), log=False).y.low == 0


def test_the_exponents_and_their_sum() -> None:
    assert exponents_note(some_exponents()) == ("largest 0.1000  sum −0.6000  mean ln|det| −0.6000")
    figure = lyapunov_figure(some_exponents())
    (curve,) = figure.series
    assert (curve.x.tolist(), curve.y.tolist()) == ([1, 2, 3], [0.1, -0.2, -0.5])
    dead = some_exponents(exponents=np.array([0.1, -np.inf, -np.inf]), mean_log_det=-np.inf)
    (mark,) = lyapunov_figure(dead).marks
    assert (mark.x, mark.until) == (2, 3)
    assert "sum" in exponents_note(dead)
    assert "det" not in exponents_note(some_exponents(mean_log_det=None))
    nothing = some_exponents(exponents=np.full(3, np.nan))
    assert len(draw_text(lyapunov_figure(nothing), 40, 10)) == 10


# All of them.


def a_scene(e: Experiment, view: str, **changes: Any) -> Scene:
    run = simulate(e)
    measures = {
        "spectrum": lambda: spectrum(run, None),
        "pre_activations": lambda: pre_activations(run, None),
        "parts": lambda: parts(run, None),
        "weights": lambda: weights(run, None),
        "modes": lambda: modes(run),
        "jacobian": a_jacobian,
        "lyapunov": some_exponents,
    }
    computed = {name: measures[name]() for name in VIEWS[view].needs}
    return Scene(run, computed=computed, pinned=[run], pinned_computed=computed, **changes)


@pytest.mark.parametrize("key", [*"23456"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"log": False},
        {"cursor": 0},
        {"cursor": 10},
    ],
)
def test_they_draw_at_every_size(key: str, changes: dict[str, Any]) -> None:
    scene = a_scene(attrs.evolve(SMALL, activation="tanh"), key, **changes)
    view = VIEWS[key]
    for panel in view.panels:
        figure = panel.figure(scene)
        for columns, rows in ((1, 1), (14, 4), (24, 7), (40, 8), (60, 20), (120, 40)):
            for ascii in (False, True):
                lines = draw_text(figure, columns, rows, ascii, Reveal(cursor=5))
                assert [len(line) for line in lines] == [columns] * rows
                assert not ascii or all(line.isascii() for line in lines)
        # Nothing is written that has no counterpart in ASCII.
        plain, rich = ("".join(draw_text(figure, 160, 50, ascii)) for ascii in (True, False))
        assert plain.count("?") == rich.count("?")


@pytest.mark.parametrize("key", [*"23456"])
def test_what_is_not_there_is_said_in_words(key: str) -> None:
    run = simulate(SMALL)
    reason = "computing what this needs of 4 units …"
    missing = dict.fromkeys(VIEWS[key].needs, reason)
    scene = Scene(run, missing=missing)
    said = [panel.figure(scene) for panel in VIEWS[key].panels if panel.name != "saturation"]
    for figure in said:
        assert figure.message == reason
        assert reason in " ".join("".join(draw_text(figure, 60, 12)).split())


def test_a_long_message_is_wrapped_and_cut() -> None:
    figure = blank_figure("why", "one two three four five six seven eight nine ten " * 3)
    text = draw_text(figure, 24, 9)
    assert sum("seven" in line for line in text) >= 1
    assert all(len(line) == 24 for line in text)


def test_what_playing_uncovers_of_them() -> None:
    assert VIEWS["2"].reveals(3, "forward", True) == (Reveal(), Reveal())
    assert VIEWS["3"].reveals(3, "forward", True) == (Reveal(), Reveal(high=3, cursor=3))
    assert VIEWS["4"].reveals(3, "forward", True) == (NOTHING,) * 2
    assert VIEWS["4"].reveals(3, "backward", True) == (Reveal(low=3, cursor=3),) * 2
    assert VIEWS["5"].reveals(3, "forward", True) == (Reveal(high=3, cursor=3),) * 2
    assert VIEWS["6"].reveals(3, "backward", True) == (Reveal(low=3, cursor=3), Reveal())


def test_views_by_key_and_name() -> None:
    assert view_named("3") is view_named("activation") is VIEWS["3"]
    with pytest.raises(ValueError, match="view: got '9', allowed: 1 norms, 2 spectrum, 3 activ"):
        view_named("9")


def test_the_figure_says_where_a_mode_is_rounding() -> None:
    e = Experiment(activation="identity", spectrum="symmetric", radius=1.0, start_eigenvector=30)
    found = modes(simulate(e))
    figure = modes_figure(found, start=30)
    assert {mark.meaning for mark in figure.marks} == {"rounding from here on"}
    own, *leading = [mark.x for mark in figure.marks]
    assert 15 < own < 25
    assert leading == [0, 0]
    assert share_figure(found).notes == ("rounding alone: none of h_0 lies there",)
