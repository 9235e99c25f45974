"""tuisim reservoir: the numbers as JSON, the pictures as text, errors in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.support.command import failure, tuisim
from tuisim import cli
from tuisim.engine.reservoirs.echo import state_distance
from tuisim.engine.reservoirs.reservoir import Protocol, memory_capacity, narma10
from tuisim.values.experiment import FIELDS, Experiment

WORDS = ["--width", "12", "--spectrum", "reservoir", "--depth", "30", "--members", "2"]
SHORT = ["--washout", "50", "--train", "300", "--test", "200", "--ridge", "0.001"]
EXPERIMENT = Experiment(width=12, spectrum="reservoir", depth=30, members=2)
PROTOCOL = Protocol(washout=50, train=300, test=200, ridge=1e-3)


def test_json_is_the_results(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["reservoir", *WORDS, *SHORT, "--delays", "9", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    memory = memory_capacity(EXPERIMENT, delays=9, protocol=PROTOCOL)
    narma = narma10(EXPERIMENT, protocol=PROTOCOL)
    distance = state_distance(EXPERIMENT)
    assert set(found["experiment"]) == set(FIELDS)
    assert found["command"] == (
        "tuisim reservoir --width 12 --depth 30 --spectrum reservoir --members 2 "
        "--washout 50 --train 300 --test 200 --ridge 0.001 --delays 9 --json"
    )
    assert found["protocol"] == {"washout": 50, "train": 300, "test": 200, "ridge": 1e-3}
    assert np.array_equal(found["memory_capacity"]["capacity"], memory.capacity)
    assert np.array_equal(found["memory_capacity"]["total"], memory.total)
    assert found["memory_capacity"]["delays"] == list(range(1, 10))
    assert found["memory_capacity"]["threshold"] == memory.threshold
    assert np.array_equal(found["narma10"]["nrmse"], narma.nrmse)
    assert np.array_equal(found["narma10"]["mean_nrmse"], narma.mean_nrmse)
    assert np.shape(found["narma10"]["output"]) == (2, 200)
    assert np.array_equal(found["state_distance"]["distance_log10"], distance.distance_log10)
    assert found["state_distance"]["verdict"] == distance.verdict
    assert found["state_distance"]["rate"] == distance.rate


def test_text_is_the_three_figures() -> None:
    done = tuisim("reservoir", "--preset", "echo-state", "--columns", "80", "--rows", "40")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 40
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("tanh rnn · ")
    for words in (
        "memory capacity MC_k",
        "memory 21.9 of at most 100",
        "NARMA-10, held out",
        "NRMSE 0.264  mean 1.000  ten inputs 0.603",
        "distance of two starts",
        "converges in 100 steps  ×0.771 a step",
    ):
        assert words in done.stdout
    assert lines[-1] == "memory 21.9 of at most 100 · NARMA-10 NRMSE 0.264 · converges in 100 steps"


@pytest.mark.parametrize(("columns", "rows"), [(20, 8), (80, 24), (200, 60)])
def test_it_fits_in_ascii(columns: int, rows: int, capsys: pytest.CaptureFixture[str]) -> None:
    size = ["--columns", str(columns), "--rows", str(rows)]
    assert cli.main(["reservoir", *WORDS, *SHORT, *size, "--ascii"]) == 0
    text = capsys.readouterr().out
    assert text.isascii()
    assert len(text.splitlines()) == rows
    assert max(map(len, text.splitlines())) <= columns


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--untied"], "tied: got False, allowed: True (a reservoir is one tied rnn)"),
        (["--norm", "batch"], "batch: got 4, allowed: 1"),
        (["--cell", "lstm"], "cell: got 'lstm', allowed: rnn"),
        (["--train", "1"], "train: got 1, allowed: ≥ 2"),
        (["--ridge", "nan"], "ridge: got nan, allowed: ≥ 0"),
        (["--delays", "0"], "delays: got 0, allowed: 1…washout"),
        (["--test", "x"], "Invalid value for '--test'"),
        (["--radius", "3", "--activation", "identity"], "radius: got 3.0, allowed: one at which"),
    ],
)
def test_errors_are_one_line(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = failure(capsys, ["reservoir", *words])
    assert code == 2
    assert found.startswith(line)


def test_what_was_reset_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["reservoir", *SHORT, "--preset", "skip", "--depth", "5"]) == 0
    assert "skip is 5" in capsys.readouterr().err
