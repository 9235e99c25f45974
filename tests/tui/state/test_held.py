"""While a key is held the newest run is what is shown, and no work is done for one before it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.harness import running
from tuisim.engine.diagnosis.measures import MEASURES
from tuisim.engine.runs.simulate import simulate
from tuisim.figures.drawing.figure import Figure, Reveal
from tuisim.figures.drawing.sheet import Sheet
from tuisim.tui.screens import changing, display
from tuisim.tui.state import laboratory
from tuisim.tui.state.bench.sketching import Sketching
from tuisim.tui.state.computing import Computed, compute
from tuisim.tui.state.measuring import Measuring
from tuisim.tui.state.messages import MeasureComputed, RunComputed
from tuisim.tui.widgets.side import plane_beside
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=40)
ROOMY = (160, 45)


async def test_a_run_that_a_newer_one_overtook_is_not_drawn() -> None:
    async with running(NET) as bench:
        before = bench.app.laboratory.computed
        assert before is not None
        await bench.press("right_square_bracket")
        now = bench.app.laboratory.computed
        assert now is not None
        assert now is not before
        figure = bench.plot("gradient").figure
        bench.app.on_run_computed(RunComputed(before))
        bench.app.on_run_computed(RunComputed(before, late=True))
        assert bench.app.laboratory.computed is now
        assert bench.plot("gradient").figure is figure
        bench.app.on_run_computed(RunComputed(now, late=True))
        assert bench.app.laboratory.computed is now


async def test_nothing_is_drawn_on_the_event_loop_beside_the_plots_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here, draw = threading.current_thread(), Sheet.draw
    drawn: list[str] = []

    def noted(sheet: Sheet, figure: Figure, *reveal: Reveal) -> Any:
        drawn.append(figure.title if threading.current_thread() is here else "")
        return draw(sheet, figure, *reveal)

    monkeypatch.setattr(display, "LATE_SECONDS", 1e6)
    async with running(NET, size=ROOMY) as bench:
        # The first key may take a line for its words, for which all is laid out anew.
        await bench.press("right_square_bracket")
        monkeypatch.setattr(Sheet, "draw", noted)
        await bench.press("right_square_bracket")
        assert drawn == [""] * 6
        plane = bench.plot("plane")
        assert plane.figure is not None
        assert plane.cells is not None
        computed = bench.app.laboratory.computed
        assert computed is not None
        anew = draw(plane.sheet, plane_beside(computed, []))  # type: ignore[arg-type]
        assert plane.cells.text() == anew.cells().text()


async def test_a_held_key_does_not_say_that_it_computes_while_runs_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    async with running(NET) as bench:
        main, slow = bench.app.main, threading.Event()

        def waits(experiment: Experiment) -> Computed:
            assert slow.wait(60)
            return compute(experiment)

        monkeypatch.setattr(laboratory, "compute", waits)
        say = main.say

        def noted(text: str, **options: Any) -> None:
            said.append(text)
            say(text, **options)

        monkeypatch.setattr(main, "say", noted)
        bench.post_key("right_square_bracket")
        await bench.wait_for(lambda: main.late_timer is not None)
        # A run of a net before came meanwhile, as they do while a key is held.
        main.keeps_up = True
        main._say_late()
        assert not any("computing" in one for one in said)
        assert main.late_timer is not None
        # And from then on none.
        main._say_late()
        assert any("computing" in one for one in said)
        slow.set()
        await bench.settle()
    assert changing._LATE_SECONDS > 0


async def test_what_a_panel_waits_for_is_late_by_the_run_that_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on, parts = threading.Event(), MEASURES["parts"]

    def slow(run: Any, told: Any) -> Any:
        assert go_on.wait(60)
        return parts(run, told)

    monkeypatch.setattr(display, "LATE_SECONDS", 1e6)
    async with running(NET, size=ROOMY) as bench:
        monkeypatch.setitem(MEASURES, "parts", slow)
        main, figure = bench.app.main, bench.plot("shrink").figure
        bench.post_key("right_square_bracket")
        await bench.wait_for(lambda: main._measure_timer is not None)
        timer = main._measure_timer
        main._say_measuring()
        assert bench.plot("shrink").figure is not figure
        assert main._measures_late
        shown = bench.app.laboratory.computed
        bench.post_key("right_square_bracket")
        await bench.wait_for(lambda: bench.app.laboratory.computed is not shown)
        # The next one is not, yet.
        assert not main._measures_late
        assert main._measure_timer not in (None, timer)
        go_on.set()
        await bench.settle()
        assert main._measure_timer is None


def measured(busy: Sequence[bool], monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], int]:
    """What was done where runs were busy, as they say; and how often nobody asked any more."""
    left, done, there = [*busy], [], threading.Event()

    def is_busy() -> bool:
        done.append("asked")
        return left.pop(0) if left else False

    def post(message: object) -> None:
        if isinstance(message, MeasureComputed):
            done.append(message.name)
            there.set()

    def parts(run: Any, told: Any) -> str:
        done.append("measured")
        return "found"

    monkeypatch.setitem(MEASURES, "parts", parts)
    run, measuring = simulate(NET), Measuring(post, Sketching(), is_busy)
    measuring.start()
    measuring.want([run], ["parts"])
    assert there.wait(60)
    found = measuring.values(run)
    measuring.close()
    assert "parts" in found
    return done, len(left)


def test_a_measure_lets_a_run_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    done, left = measured([True] * 5, monkeypatch)
    # Before it is drawn too.
    assert done == [*["asked"] * 6, "measured", "asked", "parts"]
    assert not left


def test_a_run_that_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    done, left = measured([True] * 100_000, monkeypatch)
    assert [one for one in done if one != "asked"] == ["measured", "parts"]
    assert left
