"""tuisim sweep: what it draws, notes and refuses, errors in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import failure
from tests.support.sweeping import LEARNER, SUCCESS, learned
from tuisim import cli
from tuisim.figures import draw_text
from tuisim.figures.views.surfaces.swept import sweep_figure

AXES = ["--x", "radius=0:1.5:4", "--y", "depth=5:11:3"]


@pytest.mark.parametrize("ascii", [False, True])
def test_plot_draws_in_place_of_the_csv(
    ascii: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--plot", "--quiet", "--columns", "70", "--rows", "18", *["--ascii"] * ascii]
    assert cli.main(["sweep", *SUCCESS, *LEARNER, *words]) == 0
    map = learned()
    figure = sweep_figure(map.x, map.y, "success", map.values, map.interval())
    text = capsys.readouterr().out
    assert text.splitlines() == [one.rstrip() for one in draw_text(figure, 70, 18, ascii=ascii)]
    path = tmp_path / "map.csv"
    assert cli.main(["sweep", *AXES, "--width", "5", *words, "--out", str(path)]) == 0
    assert "gradient rate over radius and depth" in capsys.readouterr().out
    assert path.read_text().startswith("radius,depth,gradient_rate,reason\n")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--x", "rho=1:2:3", "--y", "depth=1,2"], "axis: got 'rho', allowed: cell, width"),
        (["--x", "depth=1,2", "--y", "depth=1,2"], "axes: got depth twice, allowed: two fields"),
        ([*AXES, "--measure", "loss"], "measure: got 'loss', allowed: gradient_rate"),
        ([*AXES, "--momentum", "0.5"], "momentum: got 0.5, allowed: none with measure gradient_r"),
        (
            ["--x", "steps=10,20", "--y", "depth=1,2"],
            "steps: got an axis with measure 'gradient_rate', allowed: none: nothing is trained",
        ),
        (
            ["--x", "remedy=plain,magic", "--y", "depth=1,2"],
            "remedy: got 'magic', allowed: plain, clipping, leaky, skip, residual, lstm, gru, echo",
        ),
        ([*AXES, "--out", "map.txt"], "out: got 'map.txt', allowed: a name in .npz, .csv, .parq"),
        (["--x", "depth=1,2"], "Missing option '--y'."),
        ([*AXES, "--radius", "-1"], "radius: got -1.0, allowed: ≥ 0"),
        (
            ["--x", "depth=2.5,10", "--y", "radius=1,2"],
            "depth: got '2.5', allowed: 1…100000 (a whole number)",
        ),
    ],
)
def test_errors_are_one_line(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = failure(capsys, ["sweep", *words])
    assert code == 2
    assert found.startswith(line)


@pytest.mark.parametrize(
    ("words", "notes"),
    [
        ([*AXES, "--radius", "0.9"], ["radius: the axis decides, 0.9 is not used"]),
        (["--x", "tied=true,false", "--y", "depth=2,3", "--untied", "--depth", "7"], [
            "depth: the axis decides, 7 is not used", "tied: the axis decides, false is not used",
        ]),
        (["--x", "remedy=plain,lstm", "--y", "depth=2,3", "--leak", "0.5", "--width", "4"], [
            "leak: the axis decides, 0.5 is not used",
        ]),
        (["--x", "learning_rate=0.1,0.2", "--y", "depth=2,3", "--learning-rate", "0.3",
          "--measure", "success", "--batch", "1000", "--steps", "1", "--momentum", "0"], [
            "learning_rate: the axis decides, 0.3 is not used",
        ]),
        ([*AXES, "--width", "9"], []),
    ],
)  # fmt: skip
def test_an_option_that_an_axis_decides_is_noted(
    words: list[str], notes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for quiet in (False, True):
        assert cli.main(["sweep", *words, *["--quiet"] * quiet]) == 0
        said = capsys.readouterr().err.splitlines()
        assert said == [] if quiet else sorted(said) == [f"tuisim: {note}" for note in notes]


def test_an_option_before_the_command_is_noted_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--radius", "0.9", "sweep", *AXES]) == 0
    assert capsys.readouterr().err == "tuisim: radius: the axis decides, 0.9 is not used\n"
