"""A sweep that is interrupted goes on from what was done, and says how far it is."""

from __future__ import annotations

import os
import pty
import select
import signal
from pathlib import Path

import pytest

from tests.support.command import failure, tuisim
from tests.support.sweeping import LEARNER, LONG, SUCCESS, learned, started, wait_for_work
from tuisim import Experiment, cli, sweep
from tuisim.engine.sweeps.partial import open_partial
from tuisim.engine.sweeps.values import cell_values
from tuisim.files import maps

WORDS = ["--width", "5", "--skip", "6", "--members", "2"]
AXES = ["--x", "radius=0:1.5:4", "--y", "depth=5:11:3"]
EXPERIMENT = Experiment(width=5, skip=6, members=2)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sweep_goes_on(
    how: signal.Signals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
    code, line = failure(capsys, ["sweep", *LONG, "--seed", "1", "--out", str(path)])
    assert code == 2
    assert line.startswith(f"{partial}: got a partial file of another sweep")


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
