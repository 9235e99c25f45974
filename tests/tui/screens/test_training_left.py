"""A training that is left: what is kept, what comes back, and what goes on waiting."""

from __future__ import annotations

from threading import Event
from typing import Any

import attrs
import pytest
from textual.widget import Widget
from textual.widgets import Input

from tests.support.harness import running
from tests.support.training import NET, Training, training
from tuisim.engine.training.training import train
from tuisim.tui.screens.training import TrainingScreen
from tuisim.tui.screens.view import ViewScreen
from tuisim.tui.state.coursework import Asked, Coursework
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan


@pytest.mark.parametrize(("key", "view"), [("escape", "1"), ("1", "1"), ("3", "3"), ("6", "6")])
async def test_leaving(key: str, view: str) -> None:
    async with training() as t:
        await t.press("space")
        await t.bench.press(key)
        await t.bench.wait_for(lambda: t.bench.app.screen is t.bench.app.main)
        await t.bench.settle()
        assert t.bench.app.main.view.key == view
        assert t.bench.experiment == NET


async def test_what_was_chosen_here_is_kept_and_what_was_reset_comes_back() -> None:
    drawn = attrs.evolve(NET, tied=False, drive="sine", batch=1)
    async with training(drawn) as t:
        await t.press("k", "greater_than_sign", "o")
        form = t.bench.app.screen
        form.query_one("#width", Input).value = "5"
        await t.come_back("ctrl+s")
        assert t.look.experiment.width == 5
        await t.bench.press("escape")
        await t.bench.wait_for(lambda: t.bench.app.screen is t.bench.app.main)
        await t.bench.settle()
        assert t.bench.experiment == attrs.evolve(drawn, clip="norm", width=5)
        assert t.bench.app.main.plan.learning_rate == 0.2
        await t.bench.press("u")
        assert t.bench.experiment == drawn


async def test_what_was_pressed_just_before_leaving_is_kept() -> None:
    go_on = Event()
    async with training() as t:
        t.screen._work.do(lambda course: go_on.wait(60) and None)
        await t.bench.pilot.press("k", "greater_than_sign", "3")
        assert t.bench.app.screen is t.screen
        go_on.set()
        await t.bench.wait_for(lambda: t.bench.app.screen is t.bench.app.main)
        await t.bench.settle()
        assert t.bench.experiment == attrs.evolve(NET, clip="norm")
        assert t.bench.app.main.plan.learning_rate == 0.2
        assert t.bench.app.main.view.key == "3"


async def test_a_course_that_has_not_begun_is_left_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As while kernels are compiled, for which it waits in its thread."""
    go_on, plain = Event(), Coursework._enter

    waited: list[bool] = []

    def held(work: Coursework, *asked: Any) -> None:
        waited.append(go_on.wait(60))
        plain(work, *asked)

    monkeypatch.setattr(Coursework, "_enter", held)
    async with running(NET) as bench:
        await bench.pilot.press("8")
        await bench.wait_for(lambda: bench.app.screen is not bench.app.main)
        await bench.pilot.press("q")
        await bench.wait_for(lambda: bench.app.screen is bench.app.main)
        # It was left while the course was held, and not because it began after all.
        assert waited == []
        go_on.set()
        await bench.settle()


async def test_asked_twice_it_is_left_at_once() -> None:
    go_on = Event()
    async with training() as t:
        t.screen._work.do(lambda course: go_on.wait(60) and None)
        await t.bench.pilot.press("k", "escape")
        assert t.bench.app.screen is t.screen
        await t.bench.wait_for(lambda: "once more leaves at once" in t.words("notice"))
        await t.bench.pilot.press("escape")
        await t.bench.pilot.pause()
        assert t.bench.app.screen is t.bench.app.main
        go_on.set()
        await t.bench.settle()


@pytest.mark.parametrize("view", ["7", "8", "9"])
async def test_what_comes_late_leaves_a_view_no_second_time(view: str) -> None:
    async with running(NET) as bench:
        await bench.press(view)
        screen = bench.app.screen
        assert isinstance(screen, ViewScreen)
        await bench.wait_for(lambda: getattr(screen, "settled", False))
        for _ in range(3):
            screen.action_leave()
        await bench.settle()
        assert bench.app.screen_stack == [bench.app.main]


async def back_in(t: Training, *keys: str) -> Training:
    """Leave, press these keys on the main screen, and come back."""
    await t.bench.pilot.press("escape")
    await t.bench.wait_for(lambda: t.bench.app.screen is t.bench.app.main)
    await t.bench.settle()
    await t.bench.press(*keys, "8")
    again = Training(t.bench)
    await again.settle()
    return again


@pytest.mark.parametrize("key", ["escape", "3", "8", "q"])
async def test_a_training_that_is_left_waits(key: str) -> None:
    # A twin that was never left, one update after the other.
    plan = Plan(learning_rate=0.2, steps=57)
    losses = [step.loss for step in train(attrs.evolve(NET, clip="norm"), plan)]
    async with training() as t:
        await t.press("k", "greater_than_sign", "minus")
        await t.advance(30)
        await t.press("p")
        await t.bench.press(key)
        await t.bench.wait_for(lambda: t.bench.app.screen is t.bench.app.main)
        await t.bench.settle()
        assert t.bench.notice == "training waits at update 30: 8 goes back to it"
        await t.bench.press("8")
        again = Training(t.bench)
        await again.settle()
        assert (again.look.updates, len(again.look.pinned)) == (30, 1)
        assert again.words("notice") == "on from update 30"
        assert not again.screen.playing
        await again.press("space")
        assert again.words("time") == "▶ update 30 of 2000 · 100/s"
        await again.pass_time(0.25)
        await again.advance(2)
        assert again.look.curves.loss.tolist() == losses
        # What was changed before leaving is gone back in.
        await again.press("space", "u", "u")
        assert (again.look.plan, again.look.experiment, again.look.updates) == (Plan(), NET, 0)


async def test_a_training_that_is_left_under_way_is_paused() -> None:
    async with training() as t:
        await t.press("space")
        await t.pass_time(0.125)
        again = await back_in(t)
        assert (again.look.updates, again.screen.playing) == (25, False)


async def test_what_training_does_not_need_of_a_net_may_change_meanwhile() -> None:
    async with training() as t:
        await t.advance(20)
        again = await back_in(t, "t", "v", "p")
        assert again.bench.experiment.tied is False
        assert (again.look.updates, again.look.experiment) == (20, NET)


async def test_another_net_is_trained_anew_and_one_goes_back() -> None:
    async with training() as t:
        await t.advance(20)
        again = await back_in(t, "n")
        assert (again.look.updates, again.look.experiment.seed) == (0, NET.seed + 1)
        assert again.words("notice") == "seed 4; u goes back to update 20"
        await again.advance(5)
        # A net that was changed and changed back is the one that waits.
        other = await back_in(again, "a", "u")
        assert (other.look.updates, other.look.experiment.seed) == (5, NET.seed + 1)
        await other.press("u")
        assert (other.look.updates, other.look.experiment) == (20, NET)
        last = await back_in(other)
        assert (last.look.updates, last.bench.experiment) == (20, NET)


async def test_a_net_that_cannot_be_trained_leaves_the_training_as_it_was() -> None:
    async with training() as t:
        await t.advance(20)
        await t.bench.pilot.press("escape")
        await t.bench.settle()
        wide = Experiment(width=2048, depth=100_000)
        screen = TrainingScreen(t.screen._work, Asked(wide, Plan()), t.bench.clock)
        await t.bench.app.push_screen(screen)
        again = Training(t.bench)
        await again.settle()
        assert again.words("notice").startswith("budget: the run takes")
        assert (again.look.updates, again.look.experiment) == (20, NET)
        assert t.screen._work.chosen == {}


async def test_the_plan_of_the_map_is_taken_over() -> None:
    async with training() as t:
        await t.advance(20)
        t.bench.app.main.plan = Plan(learning_rate=0.3)
        await t.bench.pilot.press("escape")
        await t.bench.settle()
        t.bench.app.main.plan = Plan(learning_rate=0.3)
        await t.bench.press("8")
        again = Training(t.bench)
        await again.settle()
        assert (again.look.updates, again.look.plan.learning_rate) == (20, 0.3)
        assert again.words("notice") == "learning_rate 0.3; u goes back to update 20"


async def test_a_training_holds_no_widget() -> None:
    async with training() as t:
        await t.advance(5)
        await t.bench.pilot.press("escape")
        await t.bench.settle()
        work = t.bench.app.laboratory.training
        assert work is not None
        assert not any(
            isinstance(one, Widget) or isinstance(getattr(one, "__self__", None), Widget)
            for one in vars(work).values()
        )
        assert work.updates == 5
