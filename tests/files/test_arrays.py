"""Files with all arrays of a run, read by libraries that know nothing of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import failure
from tuisim import Experiment, cli, simulate
from tuisim.engine.runs.run import Run

NET = Experiment(width=4, depth=6, members=2, norm="batch", batch=5)
LSTM = Experiment(width=4, depth=6, members=2, cell="lstm", drive="noise")
WORDS = {
    NET: ["--width", "4", "--depth", "6", "--members", "2", "--norm", "batch", "--batch", "5"],
    LSTM: ["--width", "4", "--depth", "6", "--members", "2", "--cell", "lstm", "--drive", "noise"],
}
NODES = ("hidden_log10", "gradient_log10", "cell_log10", "cell_gradient_log10")
STEPS = (
    "weight_gradient_log10",
    "input_gradient_log10",
    "saturation",
    "slope_log10",
    "matrix_log10",
    "carried_log10",
    "rest_log10",
)
each = pytest.mark.parametrize("experiment", WORDS, ids=["rnn", "lstm"])


def written(experiment: Experiment, path: Path) -> Run:
    assert cli.main(["run", *WORDS[experiment], "--out", str(path)]) == 0
    return simulate(experiment)


@each
def test_npz(experiment: Experiment, tmp_path: Path) -> None:
    run = written(experiment, tmp_path / "a.npz")
    found = np.load(tmp_path / "a.npz", allow_pickle=False)
    whole = ("states", "gradients", "weight_gradient_norm", "clipped_weight_gradient_norm")
    there = {name for name in (*NODES, *STEPS, *whole) if getattr(run, name) is not None}
    assert set(found.files) == there | {"about"}
    for name in there:
        np.testing.assert_array_equal(found[name], getattr(run, name), strict=True)
    about = json.loads(str(found["about"]))
    assert Experiment(**about["experiment"] | {"eigenvalues": ()}) == experiment
    # The options come in the order of the fields.
    words = ["tuisim", "run", *WORDS[experiment], "--out", "run.npz"]
    assert sorted(about["command"].split()) == sorted(words)


@each
def test_parquet_has_a_row_for_each_member_and_step(experiment: Experiment, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    run = written(experiment, tmp_path / "a.parquet")
    table = parquet.read_table(tmp_path / "a.parquet")
    rows = [(member, t) for member in range(2) for t in range(7)]
    assert [*zip(*(table[name].to_pylist() for name in ("member", "t")), strict=True)] == rows
    seen = {"member", "t"}
    for name in (*NODES, *STEPS, "states", "gradients"):
        wanted = getattr(run, name)
        if wanted is None:
            continue
        seen.add(name)
        for (member, t), value in zip(rows, table[name].to_pylist(), strict=True):
            if name in STEPS and t == 0:
                assert value is None
                continue
            at = wanted[member, t - 1 if name in STEPS else t]
            np.testing.assert_array_equal(value, np.ravel(at) if at.ndim else at)
    assert set(table.column_names) == seen
    about = json.loads(table.schema.metadata[b"tuisim"])
    assert Experiment(**about["experiment"] | {"eigenvalues": ()}) == experiment
    assert about["weight_gradient_norm"] == run.weight_gradient_norm.tolist()
    assert about["regime"] == run.regime


def test_where_pyarrow_is_missing_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr("tuisim.engine.runs.simulate.simulate", lambda *_: pytest.fail("done"))
    said = failure(capsys, ["run", "--out", str(tmp_path / "a.parquet")])
    assert said == (
        2,
        'parquet: pyarrow is not installed, `pip install ".[parquet]"` in the clone brings it',
    )
    assert not [*tmp_path.iterdir()]
