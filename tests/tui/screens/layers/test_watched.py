"""A watched file in the app: curves move, and a line says which update it was."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from tests.support.trained import written
from tuisim import cli
from tuisim.commands.nets.open import layers_of, watched
from tuisim.testing import make_app, plain_screen, press, settled
from tuisim.testing.kit import StillApp
from tuisim.testing.waiting import PATIENCE, until


@asynccontextmanager
async def watching(path: Path, shown: str = "") -> AsyncIterator[tuple[StillApp, Any]]:
    with click.Context(cli.cli) as ctx:
        values = {"input": "noise", "depth": 12}
        asked, opened = layers_of(ctx, str(path), values)
        opened = watched(ctx, opened, values, shown)
        app = make_app(asked.experiment, size=(80, 24), opened=opened)
        async with app.run_test() as pilot:
            await settled(pilot)
            # The test looks itself.
            assert app.main.watch_timer is not None
            app.main.watch_timer.stop()
            await polled(app, pilot, 2)
            yield app, pilot


async def polled(app: StillApp, pilot: Any, times: int = 1) -> None:
    watch = app.main.watching
    assert watch is not None
    for _ in range(times):
        watch.poll()
        await until(app, lambda: "" if watch.idle else "the file is being read", PATIENCE)
        await pilot.pause()
    await settled(pilot)


async def test_the_net_that_is_shown_moves_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    written(path, 0.1)
    async with watching(path, shown="rnn.l0") as (app, pilot):
        # No list first.
        assert app.screen is app.main
        await press(pilot, "right")
        before, run = app.experiment, app.current_run
        for update, scale in ((1, 0.5), (2, 1.0)):
            written(path, scale)
            os.utime(path, (0, 0))
            await polled(app, pilot)
            assert f"update {update} of net.npz, written at " in plain_screen(app)
            assert app.experiment.layer_digest != before.layer_digest
            assert app.experiment.radius == before.radius == 1.01
        assert app.current_run is not None
        assert run is not None
        assert app.current_run.gradient_rate > run.gradient_rate + 1.0
        # All updates are a step, which a file that is gone by now does not hinder.
        path.unlink()
        await press(pilot, "u")
        assert app.experiment == before
        assert app.current_run is not None
        np.testing.assert_array_equal(app.current_run.gradient_log10, run.gradient_log10)


async def test_the_list_is_run_again(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    written(path, 0.1)
    async with watching(path) as (app, pilot):
        assert app.screen is not app.main
        before = [one for one in plain_screen(app).splitlines() if "×" in one]
        written(path, 0.5)
        await polled(app, pilot)
        assert "update 1 of net.npz" in plain_screen(app)
        after = [one for one in plain_screen(app).splitlines() if "×" in one]
        assert len(before) == len(after) == 1
        assert before != after
        await press(pilot, "enter")
        assert app.experiment.layer_digest == app.laboratory.opened.nets[0].experiment.layer_digest


async def test_half_a_file_leaves_all_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    written(path, 0.1)
    async with watching(path, shown="rnn.l0") as (app, pilot):
        before = app.experiment
        path.write_bytes(path.read_bytes()[:300])
        await polled(app, pilot, 2)
        assert "not read, all stays as it was" in plain_screen(app)
        assert app.experiment == before
        # Another width is another net.
        written(path, 0.3, width=6)
        await polled(app, pilot, 2)
        assert app.experiment.width == 6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--watch"], "--watch: got it without a layer, allowed: with --layer FILE#NAME"),
        (["--watch", "plot"], "--watch: got it before plot, allowed: for the app"),
    ],
)
def test_there_is_a_file_to_watch(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    assert said in capsys.readouterr().err
