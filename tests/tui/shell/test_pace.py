"""Over a slow link frames of what moves are skipped, never queued; keys are answered meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.harness import Bench, Clock, running
from tests.support.training import NET as SMALL
from tests.support.training import training
from tuisim.figures.drawing.figure import blank_figure
from tuisim.figures.views.training import PANELS
from tuisim.terminal.config import MOST_FPS, Config
from tuisim.tui.shell.leaving import Leavable
from tuisim.tui.shell.pace import FRAME_SECONDS, Pace
from tuisim.tui.state.coursework import Asked, CourseLooked, Coursework
from tuisim.tui.widgets.plot import Plot
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

NET = Experiment(width=6, depth=200)
#: Writes that wait for the terminal, more than there may be.
MANY = 9


def behind(bench: Bench, waiting: int) -> None:
    """Let so many writes wait for the terminal."""
    queue = SimpleNamespace(qsize=lambda: waiting)
    bench.app._driver._writer_thread = SimpleNamespace(_queue=queue)  # type: ignore[union-attr]


def counted(monkeypatch: pytest.MonkeyPatch, bench: Bench, name: str) -> list[str]:
    """A list that grows with each call of a method of the main screen."""
    calls: list[str] = []
    plain: Callable[..., Any] = getattr(bench.app.main, name)

    def call(*arguments: Any) -> Any:
        calls.append(name)
        return plain(*arguments)

    monkeypatch.setattr(bench.app.main, name, call)
    return calls


async def test_while_the_terminal_takes_its_time_nothing_that_plays_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(NET) as bench:
        await bench.press("space")
        await bench.pass_time(0.5)
        assert "t = 10" in bench.words("time")
        drawn = counted(monkeypatch, bench, "draw_reveal")
        behind(bench, MANY)
        for _ in range(32):
            await bench.pass_time(1 / 16)
        assert drawn == []
        # A key is answered at once, whatever waits.
        await bench.press("right")
        assert "ρ 0.91" in bench.words("status")
        behind(bench, 0)
        await bench.pass_time(1 / 16)
        # One frame, of where playing stands by now.
        assert drawn == ["draw_reveal"]
        assert "t = 51" in bench.words("time")


async def test_a_stream_goes_on_by_as_much_as_was_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(NET) as bench:
        await bench.press("f")
        await bench.pass_time(0.5)
        now = int(bench.words("time").split("t = ")[1].split()[0])
        drawn = counted(monkeypatch, bench, "show_stream")
        behind(bench, MANY)
        for _ in range(8):
            await bench.pass_time(1 / 8)
        assert drawn == []
        behind(bench, 0)
        await bench.pass_time(1 / 8)
        await bench.wait_for(lambda: drawn)
        assert drawn == ["show_stream"]
        assert f"t = {now + 22}" in bench.words("time")


@pytest.mark.parametrize(("config", "seconds"), [(None, 1 / MOST_FPS), (Config(fps=4), 0.25)])
async def test_no_more_frames_are_drawn_than_were_asked_for(
    config: Config | None, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    plain = Leavable.set_interval

    def noted(screen: Any, interval: float, call: Any = None, **options: Any) -> Any:
        # Textual has a timer of its own on each screen.
        if getattr(call, "__name__", "") == "tick":
            asked.append(interval)
        return plain(screen, interval, call, **options)

    monkeypatch.setattr(Leavable, "set_interval", noted)
    async with running(NET, config=config) as bench:
        await bench.press("9")
        await bench.wait_for(lambda: len(asked) >= 2)
        assert set(asked) == {seconds}
        await bench.press("q")
        await bench.press("8")
        assert bench.app.laboratory.training is not None
        assert bench.app.laboratory.training._frame_seconds == seconds


async def test_a_screen_that_is_hidden_takes_no_frame_from_the_one_that_is_seen() -> None:
    async with running(NET) as bench:
        asked: list[str] = []

        def leaves_out(behind: bool) -> bool:
            asked.append(type(bench.app.screen).__name__)
            return False

        bench.app.pace = SimpleNamespace(leaves_out=leaves_out)  # type: ignore[assignment]
        await bench.press("space")
        bench.app.main.tick()
        assert {*asked} == {"MainScreen"}
        for keys in (("question_mark",), ("escape", "8", "question_mark")):
            await bench.press(*keys)
            asked.clear()
            for screen in bench.app.screen_stack:
                if hasattr(screen, "tick"):
                    screen.tick()
            assert asked == []


async def test_looks_that_pass_are_left_out_over_a_slow_link_and_the_last_is_not() -> None:
    async with training() as t:
        figures = {name: blank_figure(name, "") for name in PANELS}
        behind(t.bench, MANY)
        for passing in (True, False):
            look = CourseLooked(t.look, figures, {}, 0, passing=passing)
            t.screen.on_course_looked(look)
            shown = t.screen.query_one("#loss", Plot).figure
            assert (shown is figures["loss"]) == (not passing)


def test_all_looks_but_the_last_of_what_was_asked_for_pass() -> None:
    posted: list[Any] = []
    work = Coursework(-1.0)
    work._post = posted.append
    work._enter(Asked(SMALL, Plan()))
    work._advance(3)
    work.close()
    assert [one.passing for one in posted] == [False, True, True, True, False]


def test_behind_a_writer_that_falls_back_frames_become_fewer_and_come_back() -> None:
    clock = Clock()
    pace = Pace(clock)

    def passed(ticks: int, behind: bool = False) -> int:
        """How many frames go through of so many that are due, thirty a second."""
        through = 0
        for _ in range(ticks):
            clock.now += FRAME_SECONDS
            through += not pace.leaves_out(behind)
        return through

    assert passed(30) == 30
    assert passed(1, behind=True) == 0
    assert passed(30) == 30
    assert passed(5, behind=True) == 0
    # Half as many at first, and as long as it stays behind fewer still, up to four a second.
    assert 14 <= passed(30) <= 16
    assert passed(120, behind=True) == 0
    assert 4 <= passed(30) <= 6
    # Where nothing holds them up any more, all of them come again.
    passed(1000)
    assert passed(30) == 30
