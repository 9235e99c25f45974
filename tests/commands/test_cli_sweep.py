"""tuisim sweep: the files, interrupted work, and errors in one line."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tests.commands.test_cli import failure, tuisim
from tests.support.processes import default_signals
from tuisim import Experiment, Plan, Sweep, cli, sweep
from tuisim.engine.sweeps import maps
from tuisim.engine.sweeps.partial import open_partial
from tuisim.engine.sweeps.values import cell_values
from tuisim.figures import draw_text
from tuisim.figures.views.swept import sweep_figure
from tuisim.values import toml

WORDS = ["--width", "5", "--skip", "6", "--members", "2"]
AXES = ["--x", "radius=0:1.5:4", "--y", "depth=5:11:3"]
EXPERIMENT = Experiment(width=5, skip=6, members=2)

#: Some seconds of work in many pieces.
LONG = ["--x", "radius=0.5:1.5:300", "--y", "bias=0:1:40", "--width", "64", "--depth", "300"]


def started(*words: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tuisim", "sweep", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=default_signals,
        **({"stderr": subprocess.PIPE} | options),
    )


def wait_for_work(process: subprocess.Popen[str], partial: Path, lines: int) -> None:
    """Until the partial file has so many lines."""
    end = time.monotonic() + 60
    while not partial.exists() or partial.read_bytes().count(b"\n") < lines:
        assert time.monotonic() < end, "waited in vain"
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"ended with {process.wait(0.01)}")


def expected() -> Any:
    return sweep(EXPERIMENT, AXES[1], AXES[3])


def test_npz_holds_the_map_and_what_it_is_of(tmp_path: Path) -> None:
    path = tmp_path / "map.npz"
    assert cli.main(["sweep", *AXES, *WORDS, "--out", str(path), "--quiet"]) == 0
    found, map = np.load(path), expected()
    assert found["values"].tobytes() == map.values.tobytes()
    assert found["x"].tolist() == [0.0, 0.5, 1.0, 1.5]
    assert found["y"].tolist() == [5, 8, 11]
    assert found["reasons"][0, 0].startswith("skip: got 6")
    assert not found["reasons"][1:].any()
    about = json.loads(str(found["about"]))
    experiment = attrs.evolve(Experiment(), **toml.loads(about["experiment"]).changes)
    again = sweep(experiment, about["x"], about["y"], about["measure"])
    assert again.values.tobytes() == map.values.tobytes()
    assert os.listdir(tmp_path) == ["map.npz"]


SUCCESS = ["--x", "depth=2,9", "--y", "remedy=plain,echo-state", "--measure", "success"]
#: A net that learns, or not, in a moment.
LEARNER = ["--width", "8", "--batch", "20", "--radius", "1", "--members", "3"]
LEARNER += ["--learning-rate", "0.5", "--steps", "60"]


def learned() -> Sweep:
    e = Experiment(width=8, batch=20, radius=1.0, members=3)
    return sweep(e, SUCCESS[1], SUCCESS[3], "success", plan=Plan(learning_rate=0.5, steps=60))


def test_success_has_its_interval_in_every_format(tmp_path: Path) -> None:
    from pyarrow import parquet

    paths = {end: tmp_path / f"map{end}" for end in maps.FORMATS}
    for path in paths.values():
        assert cli.main(["sweep", *SUCCESS, *LEARNER, "--out", str(path), "--quiet"]) == 0
    map = learned()
    ends = map.interval()
    assert ends is not None
    arrays = dict(zip(("success_low", "success_high"), ends, strict=True)) | {"success": map.values}
    stored, table = np.load(paths[".npz"]), parquet.read_table(paths[".parquet"])
    rows = list(csv.DictReader(io.StringIO(paths[".csv"].read_text())))
    assert [*rows[0]] == ["depth", "remedy", "success", "success_low", "success_high", "reason"]
    assert [(row["depth"], row["remedy"]) for row in rows] == [
        (x, y) for y in ("plain", "echo-state") for x in ("2", "9")
    ]
    for name, array in arrays.items():
        key = "values" if name == "success" else name
        np.testing.assert_array_equal(stored[key], array)
        np.testing.assert_array_equal(table[name].to_numpy(), array.ravel())
        np.testing.assert_array_equal([float(row[name]) for row in rows], array.ravel())
    about = json.loads(str(stored["about"]))
    assert about == maps.about(map)
    assert Plan(**about["plan"]) == map.grid.plan


def test_a_table_is_read_as_it_was_written() -> None:
    words = sweep(EXPERIMENT, "tied=true,false", "start_eigenvector=none,0", "saturation")
    assert maps.csv_bytes(words).decode().splitlines()[1].startswith("true,none,")
    for map in (learned(), expected(), words):
        table = maps.read_csv(maps.csv_bytes(map).decode())
        assert (table.x, table.y, table.measure) == (map.x, map.y, map.measure)
        assert table.values.tobytes() == map.values.tobytes()
        if map.measure == "success":
            np.testing.assert_array_equal(table.ends, map.interval())
        else:
            assert table.ends is None


def test_words_are_spelled_alike_in_every_format() -> None:
    from pyarrow import parquet

    map = learned()
    assert np.load(io.BytesIO(maps.npz_bytes(map)))["y"].tolist() == ["plain", "echo-state"]
    table = parquet.read_table(io.BytesIO(maps.parquet_bytes(map)))
    assert [*dict.fromkeys(table["remedy"].to_pylist())] == ["plain", "echo-state"]
    flags = sweep(EXPERIMENT, "tied=true,false", "depth=7", "saturation")
    assert np.load(io.BytesIO(maps.npz_bytes(flags)))["x"].tolist() == [True, False]


def test_words_of_older_tables_are_read_too() -> None:
    old = "remedy,tied,saturation,reason\necho state,True,1.0,\necho state,False,0.5,\n"
    table = maps.read_csv(old)
    assert (table.x.values, table.y.values) == (("echo state",), (True, False))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "csv: got the columns , allowed: those of a sweep"),
        ("a,b\n1,2\n", "csv: got the columns a, b, allowed"),
        ("depth,radius,success,low,high,reason\n", "csv: got the columns depth, radius, succ"),
        ("depth,radius,lyapunov,reason\n1,2,3,\n1,3,4,\n2,2,5,\n", "csv: got 3 rows, allowed"),
        ("depth,radius,lyapunov,reason\n", "axis: got 'depth=', allowed: FIELD="),
        ("depth,rho,lyapunov,reason\n1,2,3,\n", "axis: got 'rho', allowed: cell"),
    ],
)
def test_another_table_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(words)):
        maps.read_csv(text)


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


@pytest.mark.parametrize("to_file", [True, False])
def test_csv_has_a_row_for_each_cell(
    to_file: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "map.csv"
    out = ["--out", str(path)] if to_file else []
    assert cli.main(["sweep", *AXES, *WORDS, *out, "--quiet"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    rows = list(csv.DictReader(io.StringIO(path.read_text() if to_file else captured.out)))
    map = expected()
    assert [(row["radius"], row["depth"]) for row in rows] == [
        (x, y) for y in ("5", "8", "11") for x in ("0.0", "0.5", "1.0", "1.5")
    ]
    values = np.array([float(row["gradient_rate"]) for row in rows]).reshape(3, 4)
    assert values.tobytes() == map.values.tobytes()
    assert rows[0]["reason"] == map.reasons[0, 0]
    assert rows[4]["reason"] == ""


def test_parquet_has_the_same_rows_and_the_experiment(tmp_path: Path) -> None:
    from pyarrow import parquet

    path = tmp_path / "map.parquet"
    words = ["--x", "activation=tanh,relu", "--y", "depth=5,8", "--measure", "saturation"]
    assert cli.main(["sweep", *words, "--out", str(path), "--quiet"]) == 0
    table, map = parquet.read_table(path), sweep(Experiment(), words[1], words[3], "saturation")
    assert table["activation"].to_pylist() == ["tanh", "relu"] * 2
    assert table["depth"].to_pylist() == [5, 5, 8, 8]
    assert table["saturation"].to_numpy().tobytes() == map.values.tobytes()
    assert json.loads(table.schema.metadata[b"tuisim"]) == maps.about(map)


def test_where_pyarrow_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, line = failure(capsys, ["sweep", *AXES, "--out", str(tmp_path / "map.parquet")])
    assert code == 2
    assert line == (
        'parquet: pyarrow is not installed, `pip install ".[parquet]"` in the clone brings it'
    )


def test_the_same_command_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        for end in maps.FORMATS:
            done = tuisim("sweep", *AXES, *WORDS, "--quiet", "--out", str(tmp_path / (name + end)))
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for end in maps.FORMATS:
        assert (tmp_path / f"a{end}").read_bytes() == (tmp_path / f"b{end}").read_bytes()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sweep_goes_on(how: signal.Signals, tmp_path: Path) -> None:
    path, partial = tmp_path / "map.npz", tmp_path / "map.npz.partial"
    process = started(*LONG, "--out", str(path))
    wait_for_work(process, partial, 4)
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert os.listdir(tmp_path) == ["map.npz.partial"]
    if how == signal.SIGKILL:
        assert err == ""
    else:
        assert process.returncode == (130 if how == signal.SIGINT else 143)
        assert err.startswith("tuisim: stopped after ")
        assert err.endswith(f" of 12000 cells; the same command goes on from {partial}\n")
        assert err.count("\n") == 1
    other = tuisim("sweep", *LONG, "--seed", "1", "--out", str(path))
    assert other.returncode == 2
    assert other.stderr.startswith(f"tuisim: {partial}: got a partial file of another sweep")
    assert other.stderr.count("\n") == 1


def test_what_it_goes_on_from_is_said_and_the_file_goes(tmp_path: Path) -> None:
    path, partial = tmp_path / "map.csv", tmp_path / "map.csv.partial"
    whole = tuisim("sweep", *AXES, *WORDS).stdout

    class EnoughError(Exception):
        pass

    def enough(done: int, total: int) -> None:
        if done > 3:
            raise EnoughError

    with pytest.raises(EnoughError):
        sweep(EXPERIMENT, AXES[1], AXES[3], partial=partial, progress=enough)
    done = tuisim("sweep", *AXES, *WORDS, "--out", str(path))
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "tuisim: 6 of 12 cells were there from before",
        "tuisim: 4 cells have no value: skip: got 6 with depth 5, allowed: 0 or 2…depth",
    ]
    assert path.read_text() == whole
    assert os.listdir(tmp_path) == ["map.csv"]


def test_runs_are_what_is_counted_where_nets_are_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "map.csv"
    whole = learned()
    with open_partial(tmp_path / "map.csv.partial", whole.grid) as kept:
        kept.add([(1, 0, 2)], cell_values(whole.grid, [(1, 0, 2)]))
    assert cli.main(["sweep", *SUCCESS, *LEARNER, "--out", str(path)]) == 0
    assert capsys.readouterr().err == "tuisim: 1 of 12 runs was there from before\n"
    assert path.read_bytes() == maps.csv_bytes(whole)


def test_progress_is_for_terminals(tmp_path: Path) -> None:
    main, other = pty.openpty()
    for words, shown in ((["--quiet"], False), ([], True)):
        path = tmp_path / f"{shown}.csv"
        process = started(*AXES, "--depth", "9", *words, "--out", str(path), stderr=other)
        process.communicate(timeout=60)
        os.write(other, b"|")
        said = b""
        while not said.endswith(b"|"):
            assert select.select([main], [], [], 60)[0], "waited in vain"
            said += os.read(main, 4096)
        assert (b"cells" in said and b"12/12" in said) is shown
        assert (said == b"|") is not shown
    os.close(main)
    os.close(other)


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


def test_nowhere_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map.npz").mkdir()
    # Found before any work, to which the cluster belongs.
    words = ["sweep", *AXES, "--dask", "nowhere", "--out"]
    assert failure(capsys, [*words, "none/map.npz"]) == (
        1,
        "none/map.npz: No such file or directory",
    )
    assert failure(capsys, [*words, "map.npz"]) == (1, "map.npz: Is a directory")
    assert os.listdir() == ["map.npz"]
    assert not os.listdir("map.npz")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--measure", "success", "--steps", "5"], "steps: got 5, allowed: at least 1000"),
        (["--measure", "lyapunov", "--batch", "4"], "batch: got 4, allowed: 1 (Jacobians"),
    ],
)
def test_where_every_cell_is_refused_nothing_is_written(
    words: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for out in (["--out", str(tmp_path / "map.csv")], [], ["--plot"]):
        code, line = failure(capsys, ["sweep", *AXES, *words, *out])
        assert code == 1
        assert line.startswith(f"no cell has a value: {reason}")
    assert not os.listdir(tmp_path)


def test_what_was_measured_as_no_number_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    # Dead throughout, which is no refusal: log10 of 0.
    words = ["--measure", "gradient_log10", "--eigenvalues", "-1", "--activation", "relu"]
    axes = ["--x", "depth=3,5", "--y", "start_rms=1,2", "--seed", "1"]
    assert cli.main(["sweep", *axes, *words]) == 0
    captured = capsys.readouterr()
    assert captured.out.count(",-inf,") == 4
    assert captured.err == ""


def test_one_cell_has_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sweep", "--x", "radius=1", "--y", "depth=5,8", "--skip", "6"]) == 0
    reason = "skip: got 6 with depth 5, allowed: 0 or 2…depth"
    assert capsys.readouterr().err == f"tuisim: 1 cell has no value: {reason}\n"


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
