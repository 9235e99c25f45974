"""tuisim run and tuisim plot: the numbers and the picture, to a pipe and to files."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import resource
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.command import failure, tuisim
from tuisim import Experiment, cli, predict, simulate
from tuisim.engine import warming
from tuisim.engine.kernels import jit
from tuisim.engine.kernels.compiler import door
from tuisim.files import export
from tuisim.values.experiment import FIELDS

DEAD = Experiment(activation="relu", spectrum="eigenvalues", width=1, eigenvalues=(-1,), depth=3)


def number(value: Any) -> float:
    return float(value)


def test_json_is_the_run() -> None:
    experiment = Experiment(width=6, depth=9, members=2, clip="norm", clip_threshold=1e-3)
    run = simulate(experiment)
    found = json.loads(export.run_json(run, predict(experiment, run.networks)))
    for name in ("hidden_log10", "gradient_log10", "slope_log10", "matrix_log10", "saturation"):
        assert np.array_equal(np.array(found[name]), getattr(run, name))
    assert np.shape(found["weight_gradient_log10"]) == (2, 9)
    assert np.allclose(found["clipped_weight_gradient_norm"], 1e-3)
    assert found["regime"] == run.regime
    assert found["gradient_rate"] == run.gradient_rate
    assert found["prediction"]["name"] == "linearised"
    assert found["command"] == (
        "tuisim run --width 6 --depth 9 --clip norm --clip-threshold 0.001 --members 2"
    )
    assert set(found["experiment"]) == set(FIELDS)
    assert found["experiment"]["width"] == 6


def test_numbers_that_are_not_finite_are_words() -> None:
    text = export.run_json(simulate(attrs.evolve(DEAD, seed=1)))
    assert "Infinity" not in text
    assert "NaN" not in text
    found = json.loads(text)
    assert "-inf" in found["gradient_log10"][0]
    assert found["experiment"]["eigenvalues"] == ["-1.0"]
    assert number("-inf") == -math.inf
    assert "-inf" in export.run_csv(simulate(attrs.evolve(DEAD, seed=1)))


def test_csv_has_a_row_for_each_member_and_step() -> None:
    run = simulate(Experiment(width=3, depth=4, members=2, skip=2))
    rows = list(csv.DictReader(io.StringIO(export.run_csv(run))))
    assert [(row["member"], row["t"]) for row in rows] == [
        (str(member), str(t)) for member in range(2) for t in range(5)
    ]
    assert "slope_log10" not in rows[0]
    assert rows[0]["saturation"] == ""
    for row in rows:
        member, t = int(row["member"]), int(row["t"])
        assert float(row["hidden_log10"]) == run.hidden_log10[member, t]
        if t:
            assert float(row["saturation"]) == run.saturation[member, t - 1]


def test_run_prints_json_and_csv() -> None:
    words = ["--width", "4", "--depth", "5"]
    done = tuisim("run", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["experiment"]["depth"] == 5
    assert json.loads(tuisim(*words, "run", "--json").stdout) == json.loads(done.stdout)
    assert len(tuisim("run", *words, "--csv").stdout.splitlines()) == 7


def test_run_says_what_it_reset() -> None:
    done = tuisim("run", "--csv", "--preset", "skip", "--depth", "5")
    assert done.returncode == 0
    assert done.stderr == "tuisim: skip is 5: a skip is at most as long as the depth\n"


def test_run_writes_a_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    done = tuisim("run", "--csv", "--depth", "5", "--out", str(path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(path.read_text().splitlines()) == 7
    assert stat.S_ISREG(path.stat().st_mode)


def test_no_room_for_the_file_leaves_none(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tuisim", "run", "--out", str(tmp_path / "run.json")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        # Writing past the limit fails as on a full disk; kernels need no room, they are cached.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"tuisim: {tmp_path / 'run.json'}: File too large"
    assert os.listdir(tmp_path) == []


def test_too_much_work_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "--width", "2048", "--depth", "100000", "--untied"]
    code, line = failure(capsys, words)
    assert code == 2
    assert "lower depth (100000), width (2048)" in line


@pytest.mark.parametrize("command", ["run", "plot"])
def test_nowhere_to_write(command: str, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tuisim", command],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
    assert (done.returncode, done.stderr) == (1, "tuisim: No space left on device\n")


def test_plot_to_a_pipe_is_plain_text() -> None:
    done = tuisim("plot")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 24
    assert max(map(len, lines)) == 80
    assert lines[0] == (" ▼ vanishing  ×0.891 a step back · 1.0·10⁻⁵ after 100 · float16 keeps it")
    assert lines[1] == " because the matrix gives ×0.900 a step, the slopes of tanh ×0.9905"
    assert lines[2].startswith(" tanh rnn · 32 units · 100 steps · tied · orthogonal ρ 0.90")
    assert done.stdout.count("vanishing") == 1
    assert "\x1b" not in done.stdout
    assert tuisim("plot").stdout == done.stdout


@pytest.mark.parametrize(("columns", "rows"), [(20, 8), (40, 12), (120, 40), (1000, 30)])
def test_plot_fits_what_it_is_given(
    columns: int, rows: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["plot", "--columns", str(columns), "--rows", str(rows)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == rows
    assert max(map(len, lines)) <= columns


@pytest.mark.parametrize("words", [["--columns", "19"], ["--rows", "0"], ["--columns", "x"]])
def test_plot_refuses_sizes(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert failure(capsys, ["plot", *words])[0] == 2


def test_plot_in_ascii_and_linear(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plot", "--ascii"]) == 0
    text = capsys.readouterr().out
    assert text.isascii()
    assert "hidden state |h_t|" in text
    assert cli.main(["plot", "--ascii", "--linear"]) == 0
    assert capsys.readouterr().out != text


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("1", "hidden state ‖h_t‖"),
        ("spectrum", "singular values of W"),
        ("3", "φ = tanh over a_t of all steps"),
        ("shrink", "slope −0.4 of −5.0 decades (8 %)  matrix −4.6 (92 %)"),
        ("5", "modes |c_k|, c = V⁻¹h_t"),
        ("jacobian", "Lyapunov exponents, nats a step"),
    ],
)
def test_plot_draws_every_view(view: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plot", "--view", view]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 24
    assert any(words in line for line in lines)
    assert max(map(len, lines)) == 80
    assert cli.main(["plot", "--view", view, "--ascii", "--rows", "9", "--columns", "30"]) == 0
    assert capsys.readouterr().out.isascii()


def test_plot_says_why_a_view_has_nothing_to_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plot", "--view", "shrink", "--skip", "5"]) == 0
    assert "parts: got skip 5, allowed: 0" in capsys.readouterr().out


def test_plot_where_stdout_is_not_unicode() -> None:
    done = tuisim("plot", PYTHONIOENCODING="iso-8859-1", encoding="iso-8859-1")
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_warmup_says_what_it_did() -> None:
    done = tuisim("warmup")
    assert (done.returncode, done.stderr) == (0, "")
    # In a pipe too: one line, whose numbers are of one kind.
    (line,) = done.stdout.splitlines()
    compiled, found = map(int, re.match(r"(\d+) compiled, (\d+) found in the", line).groups())
    assert compiled + found == len(jit.kernels())


def test_warmup_fails_where_nothing_can_be_kept(tmp_path: Path) -> None:
    # Under a regular file nobody makes a directory, root included.
    (tmp_path / "file").write_text("")
    done = tuisim("warmup", NUMBA_CACHE_DIR=str(tmp_path / "file" / "cache"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("tuisim: kernels cannot be kept: ")
    assert "cannot be written; make room there, or set NUMBA_CACHE_DIR" in done.stderr
    assert done.stderr.count("\n") == 1


def test_warmup_fails_where_the_disk_fills_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(door, "unkept", None)
    monkeypatch.setattr(warming, "warm_up", lambda: door._warn_once("/x: No space left"))
    code, line = failure(capsys, ["warmup"])
    assert code == 1
    assert line.startswith("kernels cannot be kept: /x: No space left; make room there")


def test_doctor_runs_anywhere() -> None:
    done = tuisim("doctor", TERM="dumb")
    assert (done.returncode, done.stderr) == (0, "")
    assert "none (TERM is dumb)" in done.stdout


@pytest.mark.parametrize(("depth", "horizon"), [(100, 66), (40, None)])
def test_json_has_the_horizon_or_null(
    depth: int, horizon: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "--json", "--depth", f"{depth}"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["horizon"] == horizon
    assert found["member_regimes"] == [found["regime"]]
    back = found["gradient_log10"][0][::-1]
    crossed = [at for at, one in enumerate(back) if abs(one) >= 3]
    assert (crossed[0] if crossed else None) == horizon


def test_words_are_five_lines_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--width", "4", "--words"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all(line[0].isupper() and line.endswith(".") for line in lines)
    assert failure(capsys, ["run", "--words", "--json"]) == (
        2,
        "format: got --words with another, allowed: one of them",
    )


def test_words_are_ascii_where_nothing_else_can_be_written() -> None:
    done = tuisim("run", "--width", "4", "--words", encoding="ascii", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "?" not in done.stdout
