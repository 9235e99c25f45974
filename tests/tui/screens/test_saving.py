"""Files saved by the palette."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from tests.support.harness import running
from tests.support.palette import ask
from tuisim.values import toml
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


@pytest.mark.parametrize("kind", ["toml", "csv", "svg"])
async def test_saving_writes_a_new_file_each_time(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(NET) as bench:
        await ask(bench, f"save {kind}")
        assert bench.notice == f"saved tuisim-1.{kind}"
        first = (tmp_path / f"tuisim-1.{kind}").read_text()
        await bench.press("right")
        await ask(bench, f"save {kind}")
        assert bench.notice == f"saved tuisim-2.{kind}"
        assert (tmp_path / f"tuisim-1.{kind}").read_text() == first
        second = (tmp_path / f"tuisim-2.{kind}").read_text()
        assert second != first
        assert len(list(tmp_path.iterdir())) == 2


async def test_a_saved_experiment_loads_as_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(attrs.evolve(NET, radius=1.1, activation="gelu")) as bench:
        await ask(bench, "save toml")
        changes = toml.load(tmp_path / "tuisim-1.toml").changes
        assert Experiment(**changes) == bench.experiment
        await ask(bench, "save csv")
        rows = (tmp_path / "tuisim-1.csv").read_text().splitlines()
        assert len(rows) == NET.depth + 2
        await ask(bench, "save svg")
        picture = (tmp_path / "tuisim-1.svg").read_text()
        assert picture.startswith("<svg")
        # Of the main screen, not of the palette that lay over it.
        assert ">hidden</text>" in picture
        assert "Search" not in picture


async def test_a_named_file_is_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(NET) as bench:
        await ask(bench, "save mine.toml")
        assert bench.notice == "saved mine.toml"
        before = (tmp_path / "mine.toml").read_bytes()
        await bench.press("right")
        await ask(bench, "save mine.toml")
        assert bench.notice == "save: mine.toml is there already; type another name"
        assert (tmp_path / "mine.toml").read_bytes() == before


async def test_an_ending_is_not_added_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(NET) as bench:
        for typed, name in (
            ("toml my.toml", "my.toml"),
            ("csv my.csv", "my.csv"),
            ("svg my.svg", "my.svg"),
            ("toml other", "other.toml"),
            ("csv my.toml", "my.toml.csv"),
            ("MY.CSV", "MY.CSV"),
        ):
            await ask(bench, f"save {typed}", answer=f"save {name}")
            assert bench.notice == f"saved {name}"


async def test_a_file_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(NET) as bench:
        await ask(bench, "save missing/folder.csv")
        assert bench.notice == "save: missing/folder.csv: No such file or directory"
        assert list(tmp_path.iterdir()) == []
