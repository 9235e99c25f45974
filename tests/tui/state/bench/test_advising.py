"""What would mend the net: measured beside the app, said under the verdict, made by a key."""

from __future__ import annotations

import threading
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.harness import Bench, running
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.diagnosis import advice as engine
from tuisim.engine.runs.simulate import simulate
from tuisim.tui.screens.help import HelpScreen
from tuisim.tui.state.bench import advising
from tuisim.values.experiment import Experiment

VANISHING = Experiment(width=8, depth=60)
STABLE = attrs.evolve(VANISHING, activation="identity", radius=0.95)


async def test_the_line_says_what_a_run_of_the_named_change_gives() -> None:
    async with running(VANISHING) as bench:
        line = bench.words("advice")
        assert line.startswith("mends it: radius ")
        radius = float(line.split()[3].rstrip(":"))
        mended = simulate(attrs.evolve(VANISHING, radius=radius))
        assert mended.regime == "stable"
        assert f"×{np.exp(mended.gradient_rate):.4f} a step back" in line
        assert "enter makes the change" in line


async def test_enter_makes_the_change_and_undo_takes_it_back() -> None:
    async with running(VANISHING) as bench:
        best = bench.app.laboratory.advising.of(bench.app.current_run).best  # type: ignore[arg-type, union-attr]
        await bench.press("enter")
        assert bench.experiment == best.experiment  # type: ignore[union-attr]
        assert bench.experiment != VANISHING
        assert bench.notice.endswith("undo takes it back")
        assert bench.words("advice") == ""
        assert bench.words("verdict").startswith("● stable")
        await bench.press("enter")
        assert bench.notice == "nothing to mend: the gradient is stable"
        await bench.press("u")
        assert bench.experiment == VANISHING
        assert bench.words("advice").startswith("mends it")
        await bench.press("U")
        assert bench.experiment == best.experiment  # type: ignore[union-attr]


async def test_nothing_is_said_of_a_stable_net() -> None:
    async with running(STABLE) as bench:
        assert bench.words("advice") == ""


class Held:
    """`advise`, which waits at its first report until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.ended: list[Experiment] = []
        advise = engine.advise

        def held(run: Any) -> Any:
            self.begun.set()
            assert self.go_on.wait(60)
            found = advise(run)
            self.ended.append(run.experiment)
            return found

        monkeypatch.setattr(engine, "advise", held)


async def asks_for_a_net(bench: Bench, key: str) -> None:
    before = bench.app.current_run
    await bench.pilot.press(key)
    await bench.wait_for(lambda: bench.app.current_run is not before)


async def test_what_was_asked_for_is_not_taken_back_by_what_comes_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The diagnosis of a wide net, say, with which its run comes once more."""
    monkeypatch.setattr(advising, "takes_long", lambda run: True)
    async with running(VANISHING) as bench:
        held, run = Held(monkeypatch), bench.app.current_run
        asked = bench.app.laboratory.advising
        asked.want(run, asked=True)
        asked.want(run)
        assert asked.waits(run)
        held.go_on.set()
        await bench.settle()
        assert asked.of(run) is not None


async def test_keys_are_answered_meanwhile_and_the_newest_net_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(STABLE) as bench:
        held = Held(monkeypatch)
        await asks_for_a_net(bench, "left_square_bracket")
        await bench.wait_for(held.begun.is_set)
        assert not bench.app.settled
        assert bench.words("advice") == ""
        await bench.pilot.press("enter")
        await bench.wait_for(lambda: bench.notice == "not measured yet")
        await asks_for_a_net(bench, "left_square_bracket")
        assert bench.words("advice") == ""
        held.go_on.set()
        await bench.settle()
        assert held.ended == [bench.experiment]
        assert "radius" in bench.words("advice")


class Endless:
    """`advise` that ends where it is given up, and not before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.ends = threading.Event(), threading.Event()

        def endless(run: Any) -> Any:
            self.begun.set()
            while not self.ends.wait(0.001):
                check_stop()

        monkeypatch.setattr(engine, "advise", endless)


@pytest.mark.parametrize("key", ["right_square_bracket", "f"])
async def test_what_nobody_waits_for_is_given_up_within_a_run(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    async with running(STABLE) as bench:
        endless = Endless(monkeypatch)
        await asks_for_a_net(bench, "left_square_bracket")
        await bench.wait_for(endless.begun.is_set)
        if key == "f":
            await bench.pilot.press("f")
        else:
            # Asked for is enough: no other net is there by then.
            bench.app.laboratory._background.close()
            await bench.pilot.press(key)
        try:
            await bench.wait_for(lambda: bench.app.laboratory.advising.idle)
        finally:
            endless.ends.set()


async def test_after_a_stream_it_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(STABLE) as bench:
        held = Held(monkeypatch)
        await asks_for_a_net(bench, "left_square_bracket")
        await bench.wait_for(held.begun.is_set)
        await bench.pilot.press("f")
        held.go_on.set()
        await bench.settle()
        assert held.ended == []
        await bench.press("f")
        assert held.ended == [bench.experiment]
        assert bench.words("advice").startswith("mends it")


async def test_what_is_out_of_date_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(VANISHING) as bench:
        bench.app.laboratory._background.close()
        await bench.pilot.press("a")
        await bench.pilot.press("enter")
        assert bench.notice == "what would mend it is not measured yet"
        assert bench.app.experiment.radius == VANISHING.radius


async def test_where_it_takes_long_it_is_measured_once_enter_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(advising, "_AT_ONCE_WIDTH", 4)
    async with running(VANISHING) as bench:
        assert bench.words("advice") == "enter tries what would mend it"
        await bench.press("enter")
        assert bench.words("advice").startswith("mends it")
        assert bench.experiment == VANISHING
        await bench.press("enter")
        assert bench.experiment != VANISHING


async def test_help_says_how_it_was_found() -> None:
    async with running(VANISHING) as bench:
        await bench.press("question_mark")
        screen = bench.app.screen
        assert isinstance(screen, HelpScreen)
        text = screen.whole_text()
        found = bench.app.laboratory.advising.of(bench.app.current_run)  # type: ignore[arg-type]
        assert found is not None
        assert f"{len(found.tried)} nets were run" in text
        (named,) = (line for line in text.splitlines() if "← named" in line)
        assert named.split()[:2] == ["radius", f"{found.best.experiment.radius:g}"]  # type: ignore[union-attr]
        rows = [line for line in text.splitlines() if line.startswith("  activation ")]
        assert len(rows) == 8


async def test_a_stream_has_no_advice() -> None:
    async with running(VANISHING) as bench:
        await bench.press("f")
        assert bench.words("advice") == ""
        await bench.press("f")
        assert bench.words("advice").startswith("mends it")


@pytest.mark.parametrize("ascii", [False, True])
async def test_it_fits_a_small_screen_and_leaves_the_plots_their_room(ascii: bool) -> None:
    async with running(VANISHING, size=(80, 24), ascii=ascii) as bench:
        line = bench.rows[2].strip()
        assert line.startswith("mends it: radius")
        assert "enter does it" in line
        assert line.isascii() or not ascii
        assert min(bench.plot(name).size.height for name in ("hidden", "gradient")) >= 9
        await bench.resize(80, 23)
        assert not bench.app.main.query_one("#advice").display
