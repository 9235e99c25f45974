"""The files of tuisim sweep: every format holds the same map."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.command import failure, tuisim
from tests.support.sweeping import LEARNER, SUCCESS, learned
from tuisim import Experiment, Plan, cli, sweep
from tuisim.files import maps
from tuisim.values import toml

WORDS = ["--width", "5", "--skip", "6", "--members", "2"]
AXES = ["--x", "radius=0:1.5:4", "--y", "depth=5:11:3"]
EXPERIMENT = Experiment(width=5, skip=6, members=2)


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


def test_the_end_of_a_name_may_be_in_capitals(tmp_path: Path) -> None:
    for ending, as_bytes in maps.FORMATS.items():
        path = tmp_path / f"map{ending.upper()}"
        assert maps.format_of(path) is as_bytes
        path.write_bytes(as_bytes(learned()))
        assert maps.read_map(path).measure == "success"


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
        assert code == 2
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
