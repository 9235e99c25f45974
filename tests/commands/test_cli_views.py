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
    return done.output


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
    assert "--view spectrum: got it with --words" in done.output
