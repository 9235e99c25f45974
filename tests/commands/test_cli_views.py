"""tuisim run --view: the numbers behind each view."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from tuisim.cli import cli
from tuisim.engine.diagnosis.jacobian import jacobian_singular_values, lyapunov_exponents
from tuisim.engine.runs.simulate import simulate
from tuisim.figures.views.table import VIEWS
from tuisim.values.experiment import Experiment

NET = Experiment(width=4, depth=12)
WORDS = ["run", "--width", "4", "--depth", "12"]


def output(*words: str) -> str:
    done = CliRunner().invoke(cli, [*WORDS, *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def numbers(values: Any) -> Any:
    return np.array(values, dtype=float)


def test_the_jacobian_is_there_whole() -> None:
    found = json.loads(output("--view", "jacobian", "--json"))
    run = simulate(NET)
    assert found["view"] == "jacobian"
    assert found["jacobian"]["steps"] == list(range(13))
    singular = jacobian_singular_values(run)
    assert np.allclose(numbers(found["jacobian"]["singular_log10"]), singular, atol=1e-9)
    assert np.allclose(numbers(found["lyapunov"]["exponents"]), lyapunov_exponents(NET), atol=1e-9)


def test_eigenvalues_are_complex_numbers_as_words() -> None:
    found = json.loads(output("--view", "2"))
    eigenvalues = [complex(one.replace("i", "j")) for one in found["spectrum"]["eigenvalues"]]
    assert np.allclose(np.abs(eigenvalues), 0.9)


def test_the_command_writes_the_same_again() -> None:
    text = output("--view", "modes", "--radius", "1.1")
    words = json.loads(text)["command"].split()
    assert words[0] == "tuisim"
    assert CliRunner().invoke(cli, words[1:]).output == text


def test_a_measure_that_is_not_there_says_why() -> None:
    found = json.loads(output("--view", "shrink", "--cell", "gru"))
    assert found["missing"]["parts"].startswith("parts: got cell 'gru'")
    assert len(found["weights"][0]) == 12


@pytest.mark.parametrize("view", [one.name for one in VIEWS.values()])
def test_a_csv_has_the_points_of_every_curve(view: str) -> None:
    rows = list(csv.DictReader(io.StringIO(output("--view", view, "--csv", "--members", "3"))))
    panels = {one["panel"] for one in rows}
    known = {panel.name for one in VIEWS.values() for panel in one.panels if one.name == view}
    assert panels <= known
    assert panels
    assert all(one["scale"] in ("log10", "linear") for one in rows)
    assert all(np.isfinite(float(one["x"])) for one in rows)


def test_a_csv_of_the_norms_has_the_simulated_curve() -> None:
    rows = list(csv.DictReader(io.StringIO(output("--view", "norms", "--csv"))))
    curve = [float(one["y"]) for one in rows
             if (one["panel"], one["curve"]) == ("gradient", "simulated")]  # fmt: skip
    assert np.array_equal(curve, simulate(NET).gradient_log10[0])


def test_all_arrays_are_of_no_view() -> None:
    done = CliRunner().invoke(cli, [*WORDS, "--view", "2", "--out", "a.npz"])
    assert done.exit_code == 2
    assert "out: got a name in .npz, allowed: .json or .csv" in done.output


def test_words_are_of_no_view() -> None:
    done = CliRunner().invoke(cli, [*WORDS, "--view", "2", "--words"])
    assert done.exit_code == 2
    assert "--view: got it with --words" in done.output


PAGES = ["map", "training", "cliff", "cliff-net"]


@pytest.mark.parametrize("view", PAGES)
def test_what_a_screen_of_its_own_shows_is_written_too(view: str) -> None:
    """As JSON, which the command that it names writes again, and as CSV with the same numbers."""
    text = output("--view", view, "--json")
    found = json.loads(text)
    command = found["command"].split()
    assert command[0] == "tuisim"
    again = CliRunner().invoke(cli, command[1:])
    assert (again.exit_code, again.stdout) == (0, text)
    rows = list(csv.DictReader(io.StringIO(output("--view", view, "--csv"))))
    NUMBERS[view](found, rows)


def check_map(found: Any, rows: Any) -> None:
    assert (found["x"]["field"], found["y"]["field"], found["measure"]) == (
        "radius", "depth", "gradient_rate",
    )  # fmt: skip
    values = numbers(found["values"])
    assert values.shape == (len(found["y"]["values"]), len(found["x"]["values"]))
    assert [float(one["gradient_rate"]) for one in rows] == values.ravel().tolist()
    row, column = 1, 40
    radius, depth = found["x"]["values"][column], found["y"]["values"][row]
    run = simulate(Experiment(width=4, depth=depth, radius=radius))
    assert values[row, column] == run.gradient_rate
    assert not any(map(any, found["reasons"]))


def check_training(found: Any, rows: Any) -> None:
    assert found["plan"]["steps"] == len(found["steps"]) == len(rows)
    for name in ("loss", "accuracy", "gradient_norm", "clipped_gradient_norm", "update_ratio"):
        assert [float(one[name]) for one in rows] == [one[name] for one in found["steps"]]


def check_cliff(found: Any, rows: Any) -> None:
    names = ("w", "b") if "unit" in found else ("x", "y")
    surface = [one for one in rows if one["of"] == "surface"]
    losses = numbers(found["loss_log10"])
    assert losses.shape == tuple(len(found[f"{name}_edges"]) - 1 for name in names[::-1])
    assert [float(one["loss_log10"]) for one in surface] == losses.ravel().tolist()
    for name, path in zip(("clipped", "not clipped"), found["paths"], strict=True):
        steps = [one for one in rows if one["of"] == name]
        assert [[float(one[axis]) for axis in names] for one in steps] == path["points"]
        assert [int(one["step"]) for one in steps] == list(range(len(steps)))
    # At a cell's middle, and where descent begins.
    assert path["points"][0] == [found["start"][name] for name in names]
    first = found[f"{names[0]}_edges"]
    assert float(surface[0][names[0]]) == pytest.approx(0.5 * (first[0] + first[1]))


NUMBERS = {
    "map": check_map,
    "training": check_training,
    "cliff": check_cliff,
    "cliff-net": check_cliff,
}
