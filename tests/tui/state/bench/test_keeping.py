"""The session is kept however the app ends, and taken back; none of it holds up a key."""

from __future__ import annotations

import asyncio
import os
import pickle
import threading
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.support.harness import Bench, running
from tuisim.figures.views.surfaces.landscape import UNIT_WINDOW
from tuisim.system import files
from tuisim.terminal import session_files
from tuisim.terminal.config import Config
from tuisim.terminal.sessions import Found, Sessions
from tuisim.tui.screens.main import MainScreen
from tuisim.tui.state.bench import keeping
from tuisim.values import session as values
from tuisim.values.experiment import Experiment
from tuisim.values.left import CliffLeft
from tuisim.values.session import Session

NET = Experiment(width=6, depth=20, seed=3)
LSTM = Experiment(width=5, depth=30, cell="lstm")
KEPT = Session(
    LSTM,
    past=(NET, Experiment(width=4, depth=10)),
    future=(Experiment(width=7, depth=9),),
    pinned=(Experiment(width=3, depth=8), Experiment(width=3, depth=9)),
    view="shrink",
    log_axis=False,
    step=25,
)


def found(folder: Path) -> Session | None:
    """What the next start would offer."""
    one, lines = Sessions(folder).newest(lambda session: None)
    assert lines == ()
    return None if one is None else one.session


def put(folder: Path, session: Session) -> None:
    """Let this be what was kept."""
    made = Sessions(folder, "before")
    made.write(session)
    made.close()


def ended(bench: Bench) -> str:
    """What the command line has to say once the app has ended."""
    assert bench.app.keeping is not None
    return bench.app.keeping.finish()


async def left(bench: Bench) -> str:
    """Leave by the key, and end."""
    await bench.pilot.press("q")
    await bench.wait_for(lambda: not bench.app.is_running)
    return ended(bench)


async def offered(bench: Bench) -> str:
    """The notice, once what was kept is found."""
    await bench.wait_for(lambda: bench.notice.startswith(("r goes on", "session")))
    return bench.notice


async def test_what_was_made_is_kept_when_leaving_and_comes_back(tmp_path: Path) -> None:
    async with running(NET, sessions=Sessions(tmp_path)) as bench:
        await bench.press("p", "a", "p", "right", "u", "3", "l", "comma", "comma")
        there = bench.app.main.session()
        assert await left(bench) == ""
    assert found(tmp_path) == there
    assert (there.view, there.log_axis, there.step) == ("activation", False, 19)
    assert (len(there.past), len(there.future), len(there.pinned)) == (1, 1, 2)
    async with running(sessions=Sessions(tmp_path), offer=True) as bench:
        assert " n 6 " in await offered(bench)
        assert "2 pinned" in bench.notice
        await bench.press("r")
        await bench.wait_for(lambda: len(bench.app.laboratory.pinned) == 2)
        assert bench.app.main.session() == there
        assert bench.experiment == there.experiment
        # It is there again for the next, from another file.
        assert await left(bench) == ""
    assert found(tmp_path) == there
    assert len(list(tmp_path.glob("*.toml"))) == 1


async def test_undo_after_taking_back_leads_through_both(tmp_path: Path) -> None:
    put(tmp_path, KEPT)
    async with running(NET, sessions=Sessions(tmp_path), offer=True) as bench:
        await offered(bench)
        await bench.press("right", "r")
        assert bench.experiment == LSTM
        radii = []
        for _ in range(4):
            await bench.press("u")
            radii.append((bench.experiment.width, bench.experiment.radius))
        assert radii == [(4, 0.9), (6, 0.9), (6, 0.91), (6, 0.9)]
        await bench.press("r")
        assert bench.notice == "no session was found to go on with"


async def test_an_app_that_opens_on_a_session_is_as_it_was(tmp_path: Path) -> None:
    async with running(session=KEPT, sessions=Sessions(tmp_path)) as bench:
        await bench.wait_for(lambda: len(bench.app.laboratory.pinned) == 2)
        await bench.wait_for(lambda: bench.app.main.playback.step == 25)
        assert bench.app.main.session() == KEPT
        assert "t = 25" in bench.words("time")
        assert await left(bench) == ""
    # What it was opened on is there already.
    assert list(tmp_path.iterdir()) == []


async def test_a_view_with_a_screen_of_its_own_comes_back_as_it_was_left(tmp_path: Path) -> None:
    places = []
    for keys in (["7", "x", "v"], ["9", "plus", "right", "enter", "greater_than_sign"]):
        async with running(NET, sessions=Sessions(tmp_path)) as bench:
            await bench.press("right", *keys)
            there = bench.app.main.session()
            # As where the line drops.
            bench.app.exit()
            await bench.wait_for(lambda bench=bench: not bench.app.is_running)
            assert ended(bench) == ""
        assert found(tmp_path) == there
        async with running(session=there) as bench:
            await bench.wait_for(lambda bench=bench: bench.app.screen is not bench.app.main)
            assert bench.app.main.session() == there
        places.append((there.view, there.map, there.cliff))
    (_, map, cliff), (_, _, other) = places
    assert [one[0] for one in places] == ["map", "cliff"]
    assert (map.x, map.measure) == ("bias", "hidden_rate")
    assert cliff == CliffLeft()
    assert other.unit is not None
    assert (other.surface, other.net) == ("unit", None)
    assert other.unit.window != UNIT_WINDOW


async def test_four_pinned_runs_are_kept_as_their_curves() -> None:
    large = Experiment(width=64, depth=300, batch=4)
    async with running(large) as bench:
        for _ in range(4):
            await bench.press("p", "n")
        pinned = [one.run for one in bench.app.laboratory.pinned]
        assert len(pinned) == 4
        assert max(len(pickle.dumps(one)) for one in pinned) < 20_000
        run = bench.app.current_run
        assert run is not None
        assert len(pickle.dumps(run)) > 2_000_000
        # Views that compare need more of the newest of them, and compute it.
        await bench.press("5")
        (shown,) = (one for one in bench.plot("modes").figure.series if one.role == "pinned")
        assert shown.y.size == 301
        assert pinned[0].networks == ()


async def test_where_nothing_was_made_what_was_kept_before_stays(tmp_path: Path) -> None:
    put(tmp_path, KEPT)
    async with running(NET, sessions=Sessions(tmp_path), offer=True) as bench:
        assert await offered(bench)
        await bench.press("2", "l", "home")
        assert await left(bench) == ""
    assert found(tmp_path) == KEPT
    assert [one.name for one in tmp_path.iterdir()] == ["before.toml"]


async def test_the_offer_names_the_key_there_is(tmp_path: Path) -> None:
    put(tmp_path, KEPT)
    os.utime(tmp_path / "before.toml", (1e9, 1e9))
    config = Config(keys={"resume": ("f9",)})
    async with running(sessions=Sessions(tmp_path), offer=True, config=config) as bench:
        await bench.wait_for(lambda: "goes on" in bench.notice)
        assert bench.notice.startswith("f9 goes on where you left it 2001-09-0")
        assert bench.notice.endswith("seed 0 · 2 pinned")
        assert len(bench.notice) <= 118
        await bench.press("f9")
        assert bench.experiment == LSTM
    (tmp_path / "before.toml").write_text("version = 1\nview = 'x'\n")
    async with running(sessions=Sessions(tmp_path), offer=True) as bench:
        notice = await offered(bench)
        assert notice.startswith("session set aside as before.toml.aside: view: got 'x', allowed")


async def test_without_being_asked_to_nothing_is_looked_for(tmp_path: Path) -> None:
    put(tmp_path, KEPT)
    async with running(NET, sessions=Sessions(tmp_path)) as bench:
        await bench.wait_for(lambda: bench.app.keeping._background.idle)
        await bench.press("r")
        assert bench.notice == "no session was found to go on with"
    async with running(NET) as bench:
        assert bench.app.keeping is None
        await bench.press("right", "r")
        assert bench.notice == "no session was found to go on with"


async def test_it_is_written_while_the_app_runs_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that an end without any warning costs seconds, and a slow disk no key."""
    go_on, plain, threads = threading.Event(), session_files.write_whole, []

    def held(*arguments: Any) -> None:
        threads.append(threading.current_thread())
        assert go_on.wait(60)
        plain(*arguments)

    monkeypatch.setattr(session_files, "write_whole", held)
    monkeypatch.setattr("tuisim.tui.app.KEEP_SECONDS", 0.01)
    async with running(NET, sessions=Sessions(tmp_path)) as bench:
        await bench.press("right")
        await bench.wait_for(lambda: threads)
        # While that waits for the disk: the newest is what is written.
        await bench.press("right", "right")
        await asyncio.sleep(0.05)
        assert len(threads) == 1
        go_on.set()
        await bench.wait_for(lambda: bench.app.keeping._background.idle and len(threads) > 1)
        kept_by_now = values.load(next(tmp_path.glob("*.toml")))
        assert kept_by_now.experiment == bench.experiment
        assert threading.main_thread() not in threads
        count = len(threads)
        await asyncio.sleep(0.05)
        assert len(threads) == count
        ended(bench)


async def test_a_failure_keeps_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MainScreen, "action_pin", lambda self: 1 / 0)
    there = []

    async def fail() -> None:
        async with running(NET, sessions=Sessions(tmp_path)) as bench:
            await bench.press("right", "right")
            there.append(bench.app.main.session())
            await bench.pilot.press("p")
            await bench.wait_for(lambda: not bench.app.is_running)
            assert ended(bench) == ""

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert [found(tmp_path)] == there


async def test_a_disk_that_takes_nothing_costs_the_saving_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    async with running(NET, sessions=Sessions(tmp_path)) as bench:
        await bench.press("right")
        bench.app.keep_session()
        await bench.wait_for(lambda: bench.notice)
        said = "the session is not kept: No space left on device"
        await bench.wait_for(lambda: bench.notice == said)
        await bench.press("right")
        assert bench.experiment.radius == 0.92
        # Said once.
        bench.app.keep_session()
        await bench.wait_for(lambda: bench.app.keeping._background.idle)
        await bench.pilot.pause()
        assert bench.notice != said
        assert await left(bench) == said
    assert bench.app.return_code == 0
    assert found(tmp_path) is None


async def test_a_disk_that_never_answers_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(session_files, "write_whole", lambda *_: go_on.wait(60))
    monkeypatch.setattr(keeping, "_PATIENCE_SECONDS", 0.05)
    async with running(NET, sessions=Sessions(tmp_path)) as bench:
        await bench.press("right")
        assert await left(bench) == "the session is not kept: the disk does not answer"
        go_on.set()


def test_only_what_was_offered_is_taken(tmp_path: Path) -> None:
    one = keeping.Keeping(Sessions(tmp_path), Session(NET), lambda message: None)
    assert one.take() is None
    one.offered = Found(tmp_path / "x.toml", KEPT, 0.0)
    assert one.take() == KEPT
    assert one.take() is None


async def test_a_cursor_that_is_due_for_a_net_is_not_another_nets(tmp_path: Path) -> None:
    async with running(NET) as bench:
        for key in ("right", "home"):
            bench.app.main._due = LSTM, 25
            await bench.press(key)
            assert bench.app.main.session().step in (None, 0)


def test_another_view_or_step_alone_is_written_at_the_end(tmp_path: Path) -> None:
    one = keeping.Keeping(Sessions(tmp_path), Session(NET), lambda message: None)

    def asked(session: Session, *, last: bool) -> bool:
        one.keep(session, last=last)
        waits = one._background.waits("keep")
        one._background.drop("keep")
        return waits

    assert asked(KEPT, last=False)
    looked = attrs.evolve(KEPT, step=26, view="norms")
    assert not asked(looked, last=False)
    assert asked(looked, last=True)
    assert not asked(looked, last=True)
