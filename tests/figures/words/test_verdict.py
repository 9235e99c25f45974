"""Status and verdict in words."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim.engine.runs.simulate import simulate
from tuisim.engine.theory.theory import predict
from tuisim.figures import gradient_figure, hidden_figure, status_line, verdict_line
from tuisim.figures.drawing.legend import readout
from tuisim.figures.drawing.numbers import ascii_text, format_value
from tuisim.values.experiment import Experiment

LINEARISED: Any = SimpleNamespace(name="linearised", gradient_rate=math.log(0.9))


def a_run(end: float, regime: str, **changes: Any) -> Any:
    curve = np.linspace(end, 0.0, 101)[None] if math.isfinite(end) else np.full((1, 101), end)
    values: dict[str, Any] = {
        "gradient_log10": curve,
        "hidden_log10": curve,
        "gradient_rate": end * math.log(10) / 100,
        "regime": regime,
        "gradients": None,
    }
    return SimpleNamespace(**(values | changes))


def test_the_default_experiment() -> None:
    assert status_line(Experiment()) == (
        "tanh rnn · 32 units · 100 steps · tied · orthogonal ρ 0.90 · seed 0"
    )


def test_what_is_not_default_is_said() -> None:
    experiment = Experiment(
        width=1, tied=False, spectrum="gaussian", radius=1.375, activation="relu", bias=0.05,
        leak=0.25, residual=1, skip=5, norm="layer", batch=8, drive="noise", clip="norm",
        start_eigenvector=0, start_rms=2, members=64, seed=7,
    )  # fmt: skip
    assert status_line(experiment) == (
        "relu rnn · 1 unit · 100 layers · not tied · gaussian σ_w 1.375 · bias 0.05 · leak 0.25 · "
        "residual 1.00 · skip 5, share 0.50 · layer norm · batch 8 · noise drive ×1.00 · "
        "clip norm 1.00 · start along eigenvector 0 · start rms 2.00 · 64 members · seed 7"
    )
    two = Experiment(spectrum="eigenvalues", width=2, eigenvalues=(0.3 + 0.4j, 0.3 - 0.4j))
    assert "eigenvalues ρ 0.50" in status_line(two)


@pytest.mark.parametrize("ascii", [False, True])
def test_the_status_shortens_to_any_width(ascii: bool) -> None:
    experiment = Experiment(leak=0.25, members=64, departure=0.5, drive="sine")
    for width in range(200):
        line = status_line(experiment, width, ascii)
        assert len(line) <= width
        assert line.isascii() or not ascii
    if not ascii:
        assert status_line(experiment, 45) == "tanh rnn · 100 steps · orthogonal ρ 0.90"
    assert status_line(Experiment(), 12) == "tanh rnn"


def test_the_verdict() -> None:
    run = a_run(-5.01, "vanishing")
    assert verdict_line(run, None, LINEARISED) == (
        "vanishing · ×0.891 a step back · 9.8·10⁻⁶ after 100 · float16 keeps it · linearised ×0.900"
    )
    assert verdict_line(run, LINEARISED, LINEARISED, ascii=True) == (
        "vanishing | x0.891 a step back | 9.8e-6 after 100 | float16 keeps it | linearised x0.900"
    )


def test_whole_pieces_go_at_narrow_widths() -> None:
    run = a_run(-5.01, "vanishing")
    assert verdict_line(run, None, LINEARISED, 80) == (
        "vanishing · ×0.891 a step back · 9.8·10⁻⁶ after 100 · float16 keeps it"
    )
    assert verdict_line(run, None, LINEARISED, 40) == "vanishing · ×0.891 a step back"
    assert verdict_line(run, None, LINEARISED, 12) == "vanishing"


@pytest.mark.parametrize(
    ("end", "regime", "said"),
    [
        (0.1, "stable", "1.3 after 100 · float16 keeps it"),
        (-20, "vanishing", "10⁻²⁰ after 100 · float16 reads 0, float32 keeps it"),
        (-2000, "vanishing", "10⁻²⁰⁰⁰ after 100 · float64 reads 0"),
        (6, "exploding", "10⁶ after 100 · float16 overflows, float32 keeps it"),
        (2385.6, "exploding", "4.0·10²³⁸⁵ after 100 · float64 overflows"),
    ],
)
def test_what_a_narrow_dtype_makes_of_it(end: float, regime: str, said: str) -> None:
    assert verdict_line(a_run(end, regime)).endswith(said)


def test_a_dtype_is_judged_by_the_largest_entry() -> None:
    gradients = np.full((1, 101, 1, 100), 2.0**-26)
    run = a_run(math.log10(2.0**-26 * 10), "vanishing", gradients=gradients)
    assert "float16 reads 0" in verdict_line(run)
    gradients[0, 0, 0, 0] = 2.0**-24
    assert "float16 keeps it" in verdict_line(run)


def test_dead_and_not_a_number_say_where_it_began() -> None:
    curve = np.zeros((1, 101))
    curve[0, :43] = -np.inf
    dead = a_run(-math.inf, "dead", gradient_log10=curve, gradient_rate=-math.inf)
    assert verdict_line(dead) == "dead · gradient exactly 0 from step 42 back · 0 after 100"
    broken = a_run(
        math.nan,
        "not a number",
        gradient_rate=math.nan,
        hidden_nonfinite_step=(None, 37, 40),
        gradient_nonfinite_step=(None, 100, 100),
    )
    assert verdict_line(broken) == (
        "not a number · state not finite from step 37 · gradient not finite from step 100 back"
    )


def test_the_largest_entry_is_named_where_it_fares_better_than_the_norm() -> None:
    run = simulate(Experiment(activation="identity", radius=1.12))
    norm = 10 ** float(run.gradient_log10[0, 0])
    entry = float(np.abs(run.gradients[0, 0]).max())
    assert entry < 65504 < norm
    assert verdict_line(run).endswith(
        f"8.4·10⁴ after 100 · largest entry {format_value(entry)}: float16 keeps it"
    )
    assert verdict_line(run, ascii=True).endswith(
        f"8.4e4 after 100 | largest entry {ascii_text(format_value(entry))}: float16 keeps it"
    )
    # The line in the plot is there for the norm, which is over it, and says so.
    names = [one.name for one in gradient_figure(run).references]
    assert names == ["norm: float16 overflows"]
    above = simulate(Experiment(activation="identity", radius=1.2))
    assert "largest entry" not in verdict_line(above)


@pytest.mark.parametrize("end", [-7.5, -4.0004, -0.02, 3.49, 3.51, 4.92, 8.999])
def test_two_digits_wherever_the_number_stands(end: float) -> None:
    run = a_run(end, "stable")
    two = f"{10 ** (end % 1 if end < -3 or end >= 4 else end):.1e}".split("e")[0]
    number = verdict_line(run).split(" · ")[2].removesuffix(" after 100")
    digits = number.split("·")[0].lstrip("0.").replace(".", "")
    assert digits[:2] == two.replace(".", "")[:2] or number.startswith("10")
    assert readout(gradient_figure(run), 0.0) == f"0: {number}"
    assert float(ascii_text(number)) == pytest.approx(10**end, rel=0.051)


def test_members_with_other_fates_are_counted() -> None:
    ends = np.array([-np.inf, -5.0, -np.inf, -8.0])
    curves = np.linspace(0.0, 1.0, 101)[::-1] * np.where(np.isinf(ends), -1.0, ends)[:, None]
    curves[0, :51], curves[2, :31] = -np.inf, -np.inf
    run = a_run(
        -math.inf, "dead", gradient_log10=curves, gradient_rate=-math.inf,
        member_regimes=("dead", "vanishing", "dead", "vanishing"),
    )  # fmt: skip
    assert verdict_line(run) == (
        "dead · members: 2 dead, 2 vanishing · gradient exactly 0 in 2 of 4 from step 30 back · "
        "median 0 after 100"
    )
    (mark,) = gradient_figure(run).marks
    assert (mark.until, mark.meaning) == (30, "exactly zero in half or more")
    # Nothing is said of half where all are.
    curves[1:, :11] = -np.inf
    assert [
        one.meaning for one in hidden_figure(a_run(0.0, "dead", hidden_log10=curves)).marks
    ] == ["exactly zero in half or more"]
    assert hidden_figure(a_run(0.0, "dead", hidden_log10=curves[:, :11])).marks[0].meaning == (
        "exactly zero"
    )
    curves[3, :5] = np.nan
    assert [
        one.meaning for one in gradient_figure(a_run(0.0, "dead", gradient_log10=curves)).marks
    ][-1] == "not a number from step 4 back in some"
    # One fate needs no count, and a run of one member never does.
    alike = a_run(-8.0, "vanishing", member_regimes=("vanishing",) * 4)
    assert "members" not in verdict_line(alike)


def test_a_real_net_whose_members_split() -> None:
    e = Experiment(activation="relu", width=4, depth=60, radius=1.0, members=4)
    run = simulate(e)
    alone = [attrs.evolve(e, members=1)]
    assert run.member_regimes[0] == simulate(alone[0]).regime
    line = verdict_line(run)
    assert "members: 2 vanishing, 1 stable, 1 dead" in line
    assert "median " in line


def test_where_the_curves_are_rounding_is_said() -> None:
    e = Experiment(activation="identity", spectrum="symmetric", radius=1.0, start_eigenvector=30)
    run = simulate(e)
    theory = predict(e, run.networks)
    step = theory.hidden_rounding
    assert f"stable · state is rounding from step {step} · " in verdict_line(run, theory)
    (mark,) = hidden_figure(run, theory).marks
    assert (mark.x, mark.meaning) == (step, f"rounding from step {step}")
    assert mark.y == run.hidden_log10[0, step]
    assert gradient_figure(run, theory).marks == ()
    assert hidden_figure(run, theory, log=False).marks[0].y == run.hidden_norms[0, step]


@pytest.mark.parametrize(("end", "text"), [(2385.606, "4.0·10²³⁸⁵"), (-2400.92, "1.2·10⁻²⁴⁰¹")])
def test_the_cursor_on_a_linear_axis_reads_past_float64(end: float, text: str) -> None:
    run = a_run(end, "stable")
    assert f" · {text} after 100" in verdict_line(run)
    for log in (True, False):
        assert readout(gradient_figure(run, log=log), 0.0) == f"0: {text}"
