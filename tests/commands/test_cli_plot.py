"""tuisim plot: views with a screen of their own, and maps that were saved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np
import pytest

from tests.support.command import failure
from tests.support.sweeping import LEARNER, SUCCESS
from tuisim import Experiment, cli, simulate
from tuisim.engine.surfaces.eigensurface import parts
from tuisim.files import maps

NET = ["--width", "3", "--depth", "9"]
MAP = ["sweep", "--x", "radius=0.5:1.5:9", "--y", "depth=2:20:7", "--width", "3", "--quiet"]


def drawn(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main([*words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("ending", maps.FORMATS)
def test_a_saved_map_is_drawn_as_it_was_measured(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"map{ending}"
    fresh = drawn([*MAP, "--plot", "--out", str(path)], capsys)
    found = drawn(["plot", str(path)], capsys)
    if ending == ".csv":
        # A table does not say of what net it is, which theory's line needs.
        assert "theory" not in found
        fresh = fresh.replace("⡇", " ")
        assert found.splitlines()[0] == fresh.splitlines()[0]
    else:
        assert "line: theory" in found
        assert found == fresh


@pytest.mark.parametrize("ending", maps.FORMATS)
def test_a_saved_success_has_its_intervals(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"map{ending}"
    words = ["sweep", *SUCCESS, *LEARNER, "--quiet", "--plot", "--out", str(path)]
    fresh = drawn(words, capsys)
    assert "95 % intervals" in fresh
    assert drawn(["plot", str(path)], capsys) == fresh


def test_a_map_read_is_the_map_written(tmp_path: Path) -> None:
    for ending in maps.FORMATS:
        path = tmp_path / f"map{ending}"
        assert cli.main([*MAP, "--skip", "6", "--out", str(path)]) == 0
        table = maps.read_map(path)
        assert (table.x.field, table.y.field, table.measure) == ("radius", "depth", "gradient_rate")
        assert np.isnan(table.values[0]).all()
        e = Experiment(width=3, skip=6, depth=20, radius=1.5)
        assert table.values[-1, -1] == simulate(e).gradient_rate
        assert (table.grid is None) == (ending == ".csv")
        if table.grid is not None:
            assert table.grid.experiment == Experiment(width=3, skip=6)


def test_other_files_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run", *NET, "--out", "run.npz"]) == 0
    assert cli.main(["run", *NET, "--out", "run.parquet"]) == 0
    assert cli.main(["run", *NET, "--out", "run.csv"]) == 0
    np.savez("no.npz", x=np.arange(3))
    np.save("array.npy", np.arange(3))
    Path("array.npy").rename("array.npz")
    Path("text.npz").write_text("text")
    Path("text.csv").write_bytes(b"\xff\xfe")
    Path("returns.csv").write_bytes(b"radius,depth,gradient_rate,reason\r1,2,3,\r")
    Path("text.parquet").write_text("text")
    Path("none.npz").touch()
    for path in sorted(tmp_path.iterdir()):
        code, said = failure(capsys, ["plot", path.name])
        assert (code, said) == (2, f"{path.name}: not a map that `tuisim sweep` wrote")


@pytest.mark.parametrize("ending", maps.FORMATS)
def test_a_broken_file_is_a_map_or_refused(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"map{ending}"
    assert cli.main([*MAP, "--out", str(path)]) == 0
    whole, chance = path.read_bytes(), np.random.default_rng(0)
    refused: list[str] = []
    for _ in range(60):
        data = bytearray(whole[: chance.integers(len(whole) // 2, len(whole))])
        data[chance.integers(len(data))] ^= 1 << chance.integers(8)
        path.write_bytes(data)
        try:
            maps.read_map(path)
        except ValueError as error:
            refused.append(str(error))
    assert {*refused} == {f"{path}: not a map that `tuisim sweep` wrote"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["map.npz", "--radius", "2"], "--radius: got it beside a map, allowed: with a net"),
        (["map.npz", "--view", "2"], "--view: got it beside a map, allowed: with a net"),
        (["map.npz", "--linear"], "--linear: got it beside a map, allowed: with a net"),
        (["map.txt"], "map: got 'map.txt', allowed: a name in .npz, .csv, .parquet"),
        (["--view", "7", "--linear"], "--linear: got it with view 7, allowed: with views 1 to 6"),
        (["--view", "cliff-net", "--cell", "gru"], "error surface: got cell 'gru', allowed: rnn"),
        (
            ["--view", "cliff-net", "--width", "513"],
            "width: got 513, allowed in view cliff-net: up to 512",
        ),
        (["--view", "10"], "view: got '10', allowed: 1 norms, 2 spectrum"),
    ],
)
def test_errors_are_one_line(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = failure(capsys, ["plot", *words])
    assert code == 2
    assert said.startswith(line)


def test_what_is_given_before_the_command_is_not_ignored_beside_a_map(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = failure(capsys, ["--radius", "2", "plot", "map.npz"])
    assert said == (2, "--radius: got it beside a map, allowed: with a net")


def test_a_map_without_any_value_is_refused_as_the_sweep_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    net = ["--width", "2048", "--batch", "4096", "--members", "1024"]
    code, said = failure(capsys, ["plot", "--view", "map", *net])
    assert code == 2
    assert said.startswith("no cell has a value: budget: ")


def test_no_such_file(capsys: pytest.CaptureFixture[str]) -> None:
    said = failure(capsys, ["plot", "nowhere/map.npz"])
    assert said == (2, "nowhere/map.npz: No such file or directory")


def test_view_7_is_the_map_over_radius_and_depth(capsys: pytest.CaptureFixture[str]) -> None:
    found = drawn(["plot", "--view", "map", "--width", "3"], capsys)
    axes = ["--x", "radius=0.5:1.5:51", "--y", "depth=10:300:30"]
    assert found == drawn(["sweep", *axes, "--width", "3", "--plot"], capsys)


def test_view_8_is_the_net_trained_in_rows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["plot", "--view", "training", *NET, "--untied"]) == 0
    captured = capsys.readouterr()
    assert captured.out == drawn(["train", "--batch", "16", *NET], capsys)
    notes = captured.err.splitlines()
    assert [one.partition(" is ")[0] for one in notes] == ["tuisim: tied", "tuisim: batch"]


def test_view_9_is_the_surface_that_cliff_draws(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plot", "--view", "cliff", *NET]) == 0
    captured = capsys.readouterr()
    assert captured.out == drawn(["cliff"], capsys)
    assert captured.err == (
        "tuisim: cliff is of a net of one unit; --view cliff-net is of this one\n"
    )
    assert drawn(["plot", "--view", "9"], capsys) == captured.out


def test_what_is_told_in_a_line_spares_its_room(capsys: pytest.CaptureFixture[str]) -> None:
    """Of 22 rows the saturation of a net without any has three."""
    found = drawn(["plot", "--view", "activation", *NET, "--columns", "80"], capsys).splitlines()
    assert len(found) == 24
    assert " saturated units in %" in found[-3]
    assert found[-2].strip(" │") == "none, at any step"


def test_the_surface_over_two_eigenvalues(capsys: pytest.CaptureFixture[str]) -> None:
    found = drawn(["plot", "--view", "cliff-net", *NET, "--columns", "100"], capsys).splitlines()
    assert len(found) == 24
    e = Experiment(width=3, depth=9)
    pair, real = parts(e)
    (network,) = simulate(e).networks
    assert found[0].startswith(f" x scales λ = {pair.eigenvalue.real:.3f} ± ")
    assert f"y scales λ = {real.eigenvalue.real:.3f}  rate 0.1  clip 1" in found[0]
    # The loss where descent begins: the run of the net with these two scaled against its own.
    scaled = network.weights + 0.3 * pair.matrix + 0.2 * real.matrix
    ends = [simulate(e, (one,)).states[0, -1] for one in
            (network, attrs.evolve(network, weights=scaled))]  # fmt: skip
    loss = 0.5 * ((ends[0] - ends[1]) ** 2).sum()
    said = re.search(r"at the start: 1.300, 1.200  loss ([\d.]+)", found[-3])
    assert said is not None
    assert float(said[1]) == pytest.approx(loss, rel=1e-3)
