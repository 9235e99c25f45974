"""The checkpoints of a training: < and > walk them, new ones join, and what was before is pale."""

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
from tuisim.commands.nets.open import history_of
from tuisim.testing import make_app, plain_screen, press, settled
from tuisim.testing.kit import StillApp
from tuisim.testing.waiting import PATIENCE, until


def folder(path: Path, count: int = 3) -> list[Path]:
    """Checkpoints whose names are not in the order of their letters."""
    files = [path / f"step_{9 + place}.npz" for place in range(count)]
    for place, file in enumerate(files):
        written(file, 0.1 + 0.3 * place)
    return files


@asynccontextmanager
async def walking(
    *paths: Path, watch: bool = False, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncIterator[tuple[StillApp, Any]]:
    with click.Context(cli.cli) as ctx:
        asked, opened = history_of(ctx, paths, {"input": "noise", "depth": 12}, watch)
        app = make_app(asked.experiment, size=size, opened=opened, notes=asked.notes, **options)
        async with app.run_test() as pilot:
            await settled(pilot)
            for timer in (app.main.watch_timer, app.main.walk_timer):
                if timer is not None:
                    # The test looks itself.
                    timer.stop()
            yield app, pilot


async def walked(app: StillApp, pilot: Any, keys: str = "") -> None:
    """Press keys, and wait until what they ask for is read and shown."""
    if keys:
        await press(pilot, keys)
    walk = app.main.walking
    assert walk is not None
    await until(app, lambda: "" if walk.idle else "a file is being read", PATIENCE)
    await pilot.pause()
    await settled(pilot)


def place(app: StillApp) -> str:
    return app.experiment.layer.rpartition("#")[0].rpartition("/")[2]


async def test_the_layer_stays_the_same_at_other_times(tmp_path: Path) -> None:
    folder(tmp_path)
    async with walking(tmp_path) as (app, pilot):
        assert "step_11.npz (3 of 3) · 1 layer" in plain_screen(app)
        await press(pilot, "enter,right")
        assert "checkpoint 3 of 3: step_11.npz, written " in plain_screen(app)
        rates = []
        for name, at in (("step_10.npz", 2), ("step_9.npz", 1)):
            await walked(app, pilot, "<")
            assert place(app) == name
            assert f"checkpoint {at} of 3: {name}, written " in plain_screen(app)
            # What was changed of it stays.
            assert app.experiment.radius == 1.01
            assert app.current_run is not None
            assert app.current_run.experiment == app.experiment
            rates.append(app.current_run.gradient_rate)
        assert rates[0] > rates[1]
        await walked(app, pilot, "<")
        assert "this is the first checkpoint of 3" in plain_screen(app)
        await walked(app, pilot, ">")
        assert place(app) == "step_10.npz"
        # A held key is one step; and on it goes from what is shown, wherever undo has led to.
        await press(pilot, "u")
        assert place(app) == "step_11.npz"
        await walked(app, pilot, "<")
        assert place(app) == "step_10.npz"


async def test_the_run_before_is_pale_and_the_eigenvalues_leave_their_path(tmp_path: Path) -> None:
    folder(tmp_path)
    async with walking(tmp_path) as (app, pilot):
        await press(pilot, "enter")
        runs = [app.current_run]
        for _ in range(2):
            await walked(app, pilot, "<")
            runs.append(app.current_run)
        figure = app.main.query_one("#gradient").figure
        (pale,) = (one for one in figure.series if one.name == "before")
        np.testing.assert_array_equal(pale.y, runs[1].gradient_log10[0])
        assert "before: " in plain_screen(app)
        await press(pilot, "2")
        (dots,) = (
            one
            for one in app.main.query_one("#spectrum").figure.series
            if one.role == "pinned" and one.marker == "point"
        )
        found = [run.networks[0].eigenvalues for run in runs[:2]]
        np.testing.assert_array_equal(np.sort(dots.x), np.sort(np.concatenate(found).real))
        # Beside another radius it would say nothing.
        await press(pilot, "1,right")
        names = [one.name for one in app.main.query_one("#gradient").figure.series]
        assert "before" not in names


async def test_a_pin_stands_beside_what_was_before(tmp_path: Path) -> None:
    folder(tmp_path, 2)
    async with walking(tmp_path) as (app, pilot):
        await press(pilot, "enter,p")
        await walked(app, pilot, "<")
        names = {one.name for one in app.main.query_one("#hidden").figure.series}
        assert {"before", "pinned"} <= names


async def test_what_lacks_the_layer_or_is_damaged_is_skipped_with_a_line(tmp_path: Path) -> None:
    files = folder(tmp_path, 5)
    files[1].write_bytes(files[1].read_bytes()[:200])
    np.savez(files[2], **{"a.w_hh": np.ones((4, 4)), "a.w_ih": np.ones((4, 3))})
    files[4].write_bytes(b"")
    async with walking(*files, size=(100, 30)) as (app, pilot):
        assert "step_13.npz: the file is empty" in " ".join(plain_screen(app).split())
        await press(pilot, "enter")
        assert place(app) == "step_12.npz"
        await walked(app, pilot, "<")
        assert place(app) == "step_9.npz"
        said = " ".join(plain_screen(app).split())
        assert "step_11.npz skipped: rnn.l0 is not in it" in said
        assert "step_10.npz skipped: " in said
        await walked(app, pilot, ">*4")
        assert place(app) == "step_12.npz"
        await walked(app, pilot, ">")
        assert "step_13.npz skipped: the file is empty" in " ".join(plain_screen(app).split())
        assert place(app) == "step_12.npz"


async def test_the_list_is_walked_too(tmp_path: Path) -> None:
    folder(tmp_path)
    async with walking(tmp_path) as (app, pilot):
        before = [one for one in plain_screen(app).splitlines() if "×" in one]
        await walked(app, pilot, "<")
        assert "step_10.npz (2 of 3)" in plain_screen(app)
        after = [one for one in plain_screen(app).splitlines() if "×" in one]
        assert len(before) == len(after) == 1
        assert before != after
        await press(pilot, "enter")
        assert place(app) == "step_10.npz"


async def test_new_files_join_at_the_end(tmp_path: Path) -> None:
    folder(tmp_path, 2)
    async with walking(tmp_path, watch=True) as (app, pilot):
        await press(pilot, "enter")

        async def joined(file: Path) -> None:
            written(file, 0.9)
            for _ in range(2):
                app.main.walking.poll()
                await walked(app, pilot)
            await walked(app, pilot)

        await joined(tmp_path / "step_11.npz")
        # Who looks at the last one goes on to it.
        assert place(app) == "step_11.npz"
        assert "checkpoint 3 of 3: step_11.npz" in plain_screen(app)
        await walked(app, pilot, "<")
        await joined(tmp_path / "step_12.npz")
        assert place(app) == "step_10.npz"
        assert "new: step_12.npz; there are 4 checkpoints" in plain_screen(app)
        # The one that is shown may be rewritten.
        written(tmp_path / "step_10.npz", 0.2)
        os.utime(tmp_path / "step_10.npz", (0, 0))
        digest = app.experiment.layer_digest
        watch = app.main.watching
        for _ in range(2):
            watch.poll()
            await until(app, lambda: "" if watch.idle else "the file is read", PATIENCE)
            await pilot.pause()
        await settled(pilot)
        assert app.experiment.layer_digest != digest
        assert "update 1 of step_10.npz" in plain_screen(app)


async def test_one_file_has_no_history(tmp_path: Path) -> None:
    (file,) = folder(tmp_path, 1)
    async with walking(file) as (app, pilot):
        await press(pilot, "enter,<")
        assert "this is the first checkpoint of 1" in plain_screen(app)
    app = make_app("lstm")
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, ">")
        assert "`tuisim open FOLDER`" in plain_screen(app)


@pytest.mark.parametrize(
    ("names", "said", "code"),
    [
        (["empty"], "empty: no checkpoint in it, allowed: .pt, ", 2),
        (["damaged"], "damaged/step_9.npz: ", 2),
        (["damaged/step_9.npz", "gone.npz"], "gone.npz: No such file", 2),
    ],
)
def test_a_folder_without_a_net_is_told_in_a_line(
    names: list[str],
    said: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("damaged").mkdir()
    Path("damaged/step_9.npz").write_bytes(b"PK")
    assert cli.main(["open", *names]) == code
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
