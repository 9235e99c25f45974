"""Nets side by side: the numbers, the figure, the table, and the command that prints them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import attrs
import numpy as np
import pytest

from tests.support.command import failure, tuisim
from tuisim import cli
from tuisim.engine.diagnosis.comparison import Compared, compare
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.theory.theory import predict
from tuisim.figures.drawing.text import draw_text
from tuisim.figures.views.comparison import comparison_figure, comparison_rows, comparison_table
from tuisim.values import presets, toml
from tuisim.values.experiment import FIELDS, Experiment
from tuisim.values.remedies import REMEDIES, remedies

#: All but clipping, which a run does not show.
SHOWN = [name for name in REMEDIES if name != "clipping"]

NETS = {
    "plain": Experiment(width=8, depth=40),
    "linear": Experiment(width=8, depth=40, activation="identity", radius=1.3, members=3),
    "dead": Experiment(width=8, depth=40, activation="relu", radius=0.0),
    "short": Experiment(width=8, depth=10, cell="gru"),
}


@pytest.fixture(scope="module")
def nets() -> tuple[Compared, ...]:
    return compare(NETS)


def test_each_net_is_run_as_it_is_alone(nets: tuple[Compared, ...]) -> None:
    seen: list[tuple[int, int]] = []
    again = compare(NETS, lambda done, total: seen.append((done, total)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4)]
    for one, (name, experiment) in zip(again, NETS.items(), strict=True):
        run = simulate(experiment)
        assert (one.name, one.run.experiment) == (name, experiment)
        np.testing.assert_array_equal(one.run.gradient_log10, run.gradient_log10)
        assert one.prediction.name == predict(experiment, run.networks).name


def test_a_net_that_cannot_be_run_is_named() -> None:
    huge = Experiment(width=2048, depth=100_000, tied=False)
    with pytest.raises(ValueError, match=r"^huge: budget: the run takes"):
        compare({"huge": huge})


def test_rows_are_the_numbers_of_the_runs(nets: tuple[Compared, ...]) -> None:
    for row, one in zip(comparison_rows(nets), nets, strict=True):
        run = one.run
        assert row.gradient_rate == run.gradient_rate or row.name == "dead"
        assert row.gradient_log10 == np.median(run.gradient_log10[:, 0])
        assert row.regime == run.regime
        assert row.saturation == pytest.approx(np.mean(run.saturation))
        assert row.theory_rate == one.prediction.gradient_rate
    plain, linear, dead, _ = comparison_rows(nets)
    # The plain net's gradient has not come to a thousandth within 40 steps.
    assert plain.horizon is None
    assert linear.horizon == math.ceil(math.log(1000) / math.log(1.3))
    assert dead.horizon == 1
    assert dead.gradient_log10 == -math.inf


def test_the_figure_has_a_curve_for_each_and_its_number_on_it(nets: tuple[Compared, ...]) -> None:
    figure = comparison_figure(nets)
    names = [one.name for one in reversed(figure.series)]
    assert names == ["1 plain", "2 linear", "3 dead", "4 short"]
    linear = figure.series[2]
    np.testing.assert_array_equal(linear.y, np.median(nets[1].run.gradient_log10, axis=0))
    assert (figure.x.low, figure.x.high) == (0.0, 40.0)
    assert figure.y.low <= -2
    assert figure.y.high >= 40 * math.log10(1.3)
    for mark in figure.marks:
        curve = figure.series[len(nets) - int(mark.text)].y
        assert mark.y == curve[int(mark.x)]
    # Each at the end to which the gradient goes; where two meet there one is moved.
    ends = {mark.text: mark.x for mark in figure.marks}
    assert ends == {"1": 0.0, "2": 0.0, "3": 40.0, "4": 0.0}
    drawn = draw_text(figure, 80, 20, border=False)
    for number in "1234":
        assert sum(row[7:].count(number) for row in drawn[1:-2]) >= 1, number
    roles = [one.role for one in reversed(figure.series)]
    assert roles == ["plain", "hue1", "hue2", "hue3"]
    assert [mark.role for mark in figure.marks] == roles
    states = comparison_figure(nets, "hidden", log=False)
    assert states.y.low == 0
    np.testing.assert_allclose(states.series[-1].y, nets[0].run.hidden_norms[0])


def test_the_table_drops_columns_before_it_cuts_one(nets: tuple[Compared, ...]) -> None:
    whole = comparison_table(nets)
    assert len(whole) == 5
    assert "exact, linear ×1.300" in whole[2]
    assert "10³ after 27 steps" in whole[2]
    assert whole[1].startswith("1  plain   stable")
    # At 78 columns all are there, in fewer words.
    short = comparison_table(nets, 78)
    assert short[0].split() == [
        "net",
        "verdict",
        "a",
        "step",
        "10^±3",
        "at",
        "‖∂L/∂h_0‖",
        "sat.",
        "theory",
    ]
    assert short[2].endswith("exact, linear ×1.300")
    assert "   > 40  " in short[1]
    assert "     27  " in short[2]
    narrow = comparison_table(nets, 40)
    assert max(map(len, narrow)) <= 40
    assert "verdict" not in narrow[0]
    assert "a step" in narrow[0]
    # What went is named.
    assert narrow[-1].startswith("left out: verdict")
    long = attrs.evolve(nets[0], name="radius 0.9, departure 0.25, seed 7")
    assert "radius 0.9, depar… " in comparison_table([long], 78)[1]
    for width in (20, 40, 60, 70, 78):
        lines = comparison_table(nets, width, ascii=True)
        assert all(line.isascii() and len(line) <= width for line in lines)


@pytest.mark.parametrize("width", range(60, 79))
def test_theories_are_named_at_every_width_or_left_out_by_name(
    nets: tuple[Compared, ...], width: int
) -> None:
    lines = comparison_table(nets, width)
    text = " ".join(lines)
    assert len({len(line) for line in lines if line.startswith(("1 ", "2 "))}) >= 1
    if "left out" in text and "theory" in text.split("left out: ")[1]:
        return
    for one in nets:
        assert one.prediction.name in text


def test_long_names_of_theories_stand_under_the_table(nets: tuple[Compared, ...]) -> None:
    name = "mean square, gaussian linear"
    theory = attrs.evolve(nets[1].prediction, name=name)
    lines = comparison_table([nets[0], attrs.evolve(nets[1], prediction=theory)], 78)
    assert lines[-1] == f"theory: 1 linearised; 2 {name}"
    assert lines[2].endswith("×1.300")


def test_a_verdict_that_not_all_members_share_is_counted() -> None:
    (split,) = compare(
        {"split": Experiment(activation="relu", width=4, depth=60, radius=1.0, members=4)}
    )
    assert "vanishing 2/4" in comparison_table([split])[1]


@pytest.mark.parametrize("size", [(80, 16), (80, 12), (60, 9), (50, 10), (40, 12), (100, 20)])
def test_no_entry_of_the_legend_is_lost_in_silence(size: tuple[int, int]) -> None:
    found = compare(remedies(Experiment(width=6, depth=30)))
    text = "\n".join(draw_text(comparison_figure(found), *size))
    shown = [f" {rank} {one.name}" in text for rank, one in enumerate(found, 1)]
    missing = shown.count(False)
    assert all(shown) or f"and {missing} more" in text
    if size[1] >= 16:
        assert all(shown)


def test_curves_can_be_told_apart_without_colour(nets: tuple[Compared, ...]) -> None:
    text = "\n".join(draw_text(comparison_figure(nets), 80, 24, ascii=True))
    assert text.isascii()
    assert all(text.count(digit) >= 3 for digit in "124")


def test_remedies_change_what_they_say_and_nothing_else() -> None:
    base = Experiment(width=20, depth=70, radius=1.1, seed=9, leak=0.5, bias=0.2)
    found = remedies(base)
    plain = attrs.evolve(base, leak=1.0)
    assert [*found] == SHOWN
    assert found["plain"] == plain
    for name in SHOWN:
        assert found[name] == attrs.evolve(plain, **REMEDIES[name])
    # Each works on any net that the app can show; one that is a reservoir has no other in it.
    for name in presets.names():
        there = [one for one in SHOWN if (name, one) != ("echo-state", "echo state")]
        assert [*remedies(presets.preset(name))] == there
    assert remedies(Experiment(depth=3))["skip"] == Experiment(depth=3, skip=3)


def test_every_remedy_is_a_preset_too() -> None:
    for name, changes in REMEDIES.items():
        preset = presets.preset("vanishing" if name == "plain" else name.replace(" ", "-"))
        for field in changes:
            assert getattr(preset, field) != FIELDS[field].default or field in (
                "skip_share",
                "tied",
            )


def test_compare_prints_the_curves_and_the_table() -> None:
    done = tuisim("compare", "essay", "leaky", "lstm", "--depth", "200", "--columns", "90")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 24
    assert max(map(len, lines)) <= 90
    assert "1 essay" in done.stdout
    assert lines[-3].split()[:3] == ["1", "essay", "exploding"]
    assert lines[-1].split()[:3] == ["3", "lstm", "vanishing"]


def test_compare_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compare", "essay", "gru", "--depth", "50", "--json"]) == 0
    essay, gru = json.loads(capsys.readouterr().out)["nets"]
    run = simulate(attrs.evolve(presets.preset("essay"), depth=50))
    assert essay["gradient_rate"] == run.gradient_rate
    assert essay["median_gradient_log10"] == run.gradient_log10[0].tolist()
    assert essay["command"].startswith("tuisim --depth 50 --spectrum symmetric")
    assert (gru["name"], gru["experiment"]["cell"]) == ("gru", "gru")
    assert gru["theory"] == "linearised"


def test_compare_without_names_shows_the_remedies(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compare", "--json", "--width", "6", "--depth", "30"]) == 0
    found = json.loads(capsys.readouterr().out)["nets"]
    assert [one["name"] for one in found] == SHOWN


def test_compare_takes_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(toml.dumps(Experiment(width=5, depth=20, leak=0.25)))
    assert cli.main(["compare", "leaky", str(path), "--depth", "20", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["nets"]
    assert found[1]["experiment"]["leak"] == 0.25


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nope"], "preset: got 'nope', allowed: batch-norm"),
        (["essay", "essay"], "net: got 'essay' twice, allowed: each once"),
        (["no/such.toml"], "no/such.toml: No such file"),
        (["essay", "--preset", "leaky"], "--preset: name it as an argument"),
        (["leaky", "--depth", "0"], "depth: got 0, allowed: 1…100000"),
        (["leaky", "--width", "2048", "--depth", "100000"], "leaky: budget: the run takes"),
    ],
)
def test_a_mistake_is_one_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = failure(capsys, ["compare", *words])
    assert code == 2
    assert said.startswith(message)
