"""--out: what is there already stays, unless --force says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.command import failure
from tuisim import cli

NET = ("--width", "3", "--depth", "4")
COMMANDS = {
    "run": ("run", "--csv", *NET),
    "train": ("train", "--csv", "--steps", "2", "--batch", "4", *NET),
    "sweep": ("sweep", "--x", "radius=0.5,1", "--y", "depth=3,4", "--width", "3", "--quiet"),
}
each = pytest.mark.parametrize("name", COMMANDS)


@each
def test_a_file_that_is_there_stays_and_nothing_is_done(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for work in ("runs.simulate.simulate", "training.training.train", "sweeps.sweep.sweep"):
        monkeypatch.setattr(f"tuisim.engine.{work}", lambda *_, **__: pytest.fail("it was done"))
    path = tmp_path / "mine.csv"
    path.write_text("another experiment's")
    said = failure(capsys, [*COMMANDS[name], "--out", str(path)])
    assert said == (2, f"out: {path} is there already; --force replaces it")
    assert path.read_text() == "another experiment's"
    assert os.listdir(tmp_path) == ["mine.csv"]


@each
def test_force_replaces_it(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fresh, path = tmp_path / "fresh.csv", tmp_path / "mine.csv"
    path.write_text("another experiment's")
    assert cli.main([*COMMANDS[name], "--out", str(fresh)]) == 0
    assert cli.main([*COMMANDS[name], "--out", str(path), "--force"]) == 0
    assert path.read_bytes() == fresh.read_bytes()
    assert capsys.readouterr().err == ""


@each
def test_what_holds_nothing_is_written_to(name: str, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.touch()
    assert cli.main([*COMMANDS[name], "--out", str(path)]) == 0
    assert path.stat().st_size
    if name != "sweep":
        # A sweep's file has an end that says what it is.
        assert cli.main([*COMMANDS[name], "--out", os.devnull]) == 0


def test_another_grid_takes_no_sweep_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "map.npz"
    words = [*COMMANDS["sweep"], "--out", str(path)]
    assert cli.main(words) == 0
    before = path.read_bytes()
    code, line = failure(capsys, [*words, "--y", "depth=5,6"])
    assert (code, line) == (2, f"out: {path} is there already; --force replaces it")
    assert path.read_bytes() == before
    assert cli.main([*words, "--y", "depth=5,6", "--force"]) == 0
    assert path.read_bytes() != before


@each
def test_help_says_so(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "one that is there already stays, and nothing is done" in said
    assert "--force replace the file of --out" in said


@pytest.mark.parametrize("command", ["run", "train"])
def test_the_format_is_what_the_name_promises_unless_a_flag_says_otherwise(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [one for one in COMMANDS[command] if one != "--csv"]
    begins = {".json": "{", ".csv": "member," if command == "run" else "update,"}
    for ending, first in begins.items():
        path = tmp_path / f"a{ending}"
        assert cli.main([*words, "--out", str(path)]) == 0
        assert path.read_text().startswith(first)
    other = tmp_path / "b.csv"
    assert cli.main([*words, "--json", "--out", str(other)]) == 0
    assert other.read_text().startswith("{")
    capsys.readouterr()
    code, said = failure(capsys, [*words, "--out", str(tmp_path / "c.svg")])
    allowed = ".json, .csv, .npz or .parquet" if command == "run" else ".json, .csv or .txt"
    assert (code, said) == (2, f"out: got a name in .svg, allowed: {allowed}")
    assert not (tmp_path / "c.svg").exists()
    # What no file of ours ends in is refused as what others of ours do.
    code, said = failure(capsys, [*words, "--out", str(tmp_path / "x.zip")])
    assert (code, said) == (2, f"out: got a name in .zip, allowed: {allowed}")
    assert cli.main([*words, "--out", str(tmp_path / "no-end")]) == 0
    code, said = failure(capsys, [*words, "--csv", "--out", str(tmp_path / "c.npz")])
    assert (code, said) == (2, "out: got a name in .npz with --csv, allowed: .csv")
    if command == "run":
        for ending in (".npz", ".svg", ".toml", ".safetensors"):
            code, said = failure(capsys, ["run", "--words", "--out", str(tmp_path / f"c{ending}")])
            assert (code, said) == (2, f"out: got a name in {ending} with --words, allowed: .txt")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("record", "first", "--out", "x.zip"), "out: got a name in .zip, allowed: .cast or .json"),
        (("screenshot", "--out", "x.zip"), "out: got a name in '.zip', allowed: .svg, .txt"),
        ((*COMMANDS["sweep"], "--out", "x.zip"), "out: got 'x.zip', allowed: a name in .npz, .csv"),
        (("train", "--save", "x.zip"), "save: got 'x.zip', allowed: a name in .npz, .safetensors"),
        (("--record", "x.zip"), "record: got 'x.zip', allowed: FILE.tape"),
        (("watch", "any.csv", "--svg", "x.zip"), "svg: got a name in .zip"),
        *(
            ((command, "--svg", "x.zip"), "svg: got a name in .zip, allowed: .svg")
            for command in ("plot", "compare", "reservoir", "cliff", "train")
        ),
    ],
)
def test_a_name_that_promises_something_else_is_refused_by_every_command(
    words: tuple[str, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    # Screenshots and tapes put the terminal out of the environment.
    monkeypatch.setattr("os.environ", dict(os.environ))
    code, line = failure(capsys, words)
    assert (code, line[: len(said)]) == (2, said)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("option", ["--out", "--load"])
def test_a_name_that_is_empty_is_refused(
    option: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As of a variable that is not set: it would be the folder that the command runs in."""
    monkeypatch.chdir(tmp_path)
    code, said = failure(capsys, ["run", *NET, option, ""])
    assert code == 2
    assert f"'{option}'" in said
    assert said.endswith("got '', allowed: a name")
    assert os.listdir(tmp_path) == []
