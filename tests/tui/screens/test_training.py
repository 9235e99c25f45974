"""Training in the app: its keys, its pace, its failures in words, and its pictures."""

from __future__ import annotations

import math
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event
from typing import Any

import attrs
import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widget import Widget
from textual.widgets import Input, Select, Static

from tests.support.harness import Bench, running
from tuisim.engine.training.course import Course, Look
from tuisim.engine.training.training import train
from tuisim.figures import draw_text
from tuisim.figures.views.training import PANELS, loss_figure
from tuisim.tui.explain.training import explanation
from tuisim.tui.screens.help import HelpScreen
from tuisim.tui.screens.training import TrainingScreen
from tuisim.tui.screens.view import ViewScreen
from tuisim.tui.state.coursework import Coursework
from tuisim.tui.widgets.plot import Plot, Sheet
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

NET = Experiment(width=8, depth=12, batch=4, radius=1.0, seed=3)
#: Without clipping its states leave float64 after a few updates.
WILD = Experiment(depth=30, batch=16, radius=1.0, activation="relu", spectrum="identity")


class Training:
    """The training screen with what tests do to it and read from it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        screen = bench.app.screen
        assert isinstance(screen, TrainingScreen)
        self.screen = screen

    async def settle(self) -> None:
        """Wait until all that was asked for is done and shown."""
        for _ in range(2):
            await self.bench.wait_for(lambda: self.screen.settled)
            await self.bench.pilot.pause()

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.bench.pilot.press(key)
            await self.settle()

    async def come_back(self, key: str) -> None:
        """Leave a dialog, and wait until this screen is on top with what it was told."""
        await self.bench.pilot.press(key)
        await self.bench.wait_for(lambda: self.bench.app.screen is self.screen)
        await self.bench.pilot.pause()
        await self.settle()

    async def advance(self, updates: int) -> None:
        """Make so many updates."""
        self.screen._work.advance(updates)
        await self.settle()

    async def pass_time(self, seconds: float) -> None:
        self.bench.clock.now += seconds
        self.screen.tick()
        await self.settle()

    @property
    def look(self) -> Look:
        assert self.screen.look is not None
        return self.screen.look

    def words(self, where: str) -> str:
        return str(self.screen.query_one(f"#{where}", Static).content)


@asynccontextmanager
async def training(experiment: Experiment = NET, **options: Any) -> AsyncIterator[Training]:
    async with running(experiment, **options) as bench:
        await bench.press("8")
        opened = Training(bench)
        await opened.settle()
        yield opened


async def test_it_opens_on_the_net_that_is_shown_and_waits() -> None:
    async with training() as t:
        assert (t.look.experiment, t.look.plan, t.look.updates) == (NET, Plan(), 0)
        assert t.words("status").startswith("training recall · tanh rnn · 8 units · 12 steps")
        assert t.words("time") == "‖ update 0 of 2000"
        assert "space trains" in t.words("notice")
        await t.pass_time(5.0)
        assert t.look.updates == 0


async def test_it_says_what_it_reset_to_train() -> None:
    async with training(attrs.evolve(NET, tied=False, batch=1, drive="sine")) as t:
        assert t.look.experiment == attrs.evolve(NET, batch=16)
        said = t.words("notice")
        assert "tied is True: what is trained is one W for all steps" in said
        assert "drive is none" in said


async def test_updates_follow_the_clock() -> None:
    async with training() as t:
        await t.press("space")
        assert t.words("time") == "▶ update 0 of 2000 · 200/s"
        await t.pass_time(0.5)
        assert t.look.updates == 100
        await t.press("minus", "minus", "plus")
        assert t.words("notice") == "100 updates a second"
        await t.pass_time(0.25)
        assert t.look.updates == 125
        # What a long pause missed is not made up for.
        await t.pass_time(60.0)
        assert t.look.updates == 225
        await t.press("space")
        await t.pass_time(1.0)
        assert t.look.updates == 225
        assert t.words("time") == "‖ update 225 of 2000"
        await t.press("full_stop", "full_stop")
        assert t.look.updates == 227
    losses = [step.loss for step in train(NET, Plan(steps=227))]
    assert t.look.curves.loss.tolist() == losses


async def test_the_event_loop_lays_out_no_figure_of_a_course_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = set()
    plain = Sheet.draw

    def noted(*arguments: Any) -> Any:
        threads.add(threading.current_thread())
        return plain(*arguments)

    async with training() as t:
        # The first figures come before their sizes are known.
        await t.press("full_stop")
        monkeypatch.setattr(Sheet, "draw", noted)
        await t.press("space")
        await t.pass_time(0.5)
        assert t.look.updates == 101
        assert [one.name for one in threads] == ["tuisim-background"]
        rows = [
            row[1:-1] for row in draw_text(loss_figure(t.look), *t.screen.query_one("#loss").size)
        ]
        assert all(row in t.bench.text for row in rows[1:-2])


async def test_keys_change_how_it_goes_on() -> None:
    async with training() as t:
        await t.advance(10)
        await t.press("greater_than_sign", "greater_than_sign", "less_than_sign")
        assert t.look.plan.learning_rate == 0.2
        assert t.words("notice") == "learning rate 0.2"
        for clip, said in (("norm", "all parameters together"), ("value", "every entry")):
            await t.press("k")
            assert t.look.experiment.clip == clip
            assert said in t.words("notice")
            assert f"clip {clip} 1" in t.words("plan")
        await t.press("k")
        assert t.look.experiment.clip == "none"
        for l2 in (1e-5, 1e-4, 1e-3, 1e-2, 0.0):
            await t.press("d")
            assert t.look.plan.l2 == l2
        assert t.look.updates == 10
        await t.press(*["u"] * 9)
        assert t.look.plan == Plan()
        assert t.words("notice") == "nothing to go back to"


async def test_the_form_has_the_task_and_the_net() -> None:
    async with training() as t:
        await t.advance(10)
        await t.press("o")
        form = t.bench.app.screen
        form.query_one("#task").value = "adding"  # type: ignore[attr-defined]
        form.query_one("#momentum", Input).value = "1.5"
        await t.press("ctrl+s")
        assert "momentum: got 1.5, allowed: [0, 1)" in t.bench.text
        form.query_one("#momentum", Input).value = "0.9"
        form.query_one("#width", Input).value = "5"
        await t.come_back("ctrl+s")
        assert t.look.plan == Plan(task="adding", momentum=0.9)
        assert t.look.experiment == attrs.evolve(NET, width=5)
        assert t.look.updates == 0
        assert "training adding" in t.words("status")
        await t.press("u")
        assert (t.look.experiment, t.look.updates) == (NET, 10)


async def test_same_net_clipped_and_not_is_two_keys() -> None:
    async with training(WILD) as t:
        await t.press("space")
        await t.pass_time(0.5)
        assert not t.screen.playing
        trouble = t.look.trouble
        assert trouble is not None
        words = t.words("notice")
        assert words.startswith(f"update {t.look.step.update}: h_t grew past every float64 at t = ")
        assert "u goes back to before it" in words
        await t.press("space")
        assert not t.screen.playing
        await t.press("u")
        assert t.look.trouble is None
        assert t.words("notice") == "back at update 0"
        await t.press("k", "0", "space")
        await t.pass_time(0.5)
        assert t.look.trouble is None
        assert t.look.updates == 100


async def test_a_key_after_trouble_goes_on_from_before_it() -> None:
    async with training(WILD) as t:
        await t.advance(50)
        assert "u goes back to before it" in t.words("notice")
        await t.press("k")
        assert t.look.trouble is None
        assert t.words("notice").startswith("on from update 0, before it failed; clip:")
        await t.advance(100)
        assert (t.look.trouble, t.look.updates) == (None, 100)


async def test_trouble_at_the_first_update_promises_no_way_back() -> None:
    # A linear net that takes h past float64 within its 30 steps.
    first = Experiment(depth=30, batch=4, radius=1e20, activation="identity", drive_gain=1.0)
    async with training(first) as t:
        await t.press("full_stop")
        assert t.look.trouble is not None
        assert t.look.updates == 0
        assert "u goes back" not in t.words("notice")
        assert "it is how it begins: o changes that" in t.words("notice")
        await t.press("space")
        assert not t.screen.playing
        await t.press("u")
        assert "it is how it begins" in t.words("notice")


async def test_a_run_is_pinned_and_laid_under_the_next() -> None:
    async with training() as t:
        await t.advance(30)
        await t.press("p", "0")
        await t.advance(5)
        assert [len(one.curves) for one in t.look.pinned] == [30]
        figure = t.screen.query_one("#loss").figure  # type: ignore[attr-defined]
        assert [one.name for one in figure.series] == ["pinned", "loss"]
        # It is there for the next net too.
        await t.bench.pilot.press("escape")
        await t.bench.press("c", "8")
        other = Training(t.bench)
        await other.settle()
        assert [len(one.curves) for one in other.look.pinned] == [30]
        assert other.look.experiment.cell == "lstm"


async def test_it_ends_with_its_plan() -> None:
    async with training() as t:
        t.screen._work.do(
            lambda course: course.change(lambda e, p: (e, attrs.evolve(p, steps=20), "20"), "form")
        )
        await t.settle()
        await t.press("space")
        await t.pass_time(1.0)
        assert t.look.updates == 20
        assert not t.screen.playing
        assert "all 20 updates are made" in t.words("notice")


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
        screen = TrainingScreen(t.screen._work, wide, Plan(), t.bench.clock)
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


async def test_time_stands_still_under_a_dialog() -> None:
    async with training() as t:
        await t.press("space", "question_mark")
        assert "LOSS: cross-entropy" in t.bench.text
        await t.pass_time(1.0)
        assert t.look.updates == 0
        await t.come_back("escape")
        await t.pass_time(0.125)
        assert t.look.updates == 25


async def test_every_panel_is_explained_with_the_keys() -> None:
    async with training(size=(120, 60)) as t:
        await t.advance(5)
        for title in ("LOSS", "LOSS", "GRADIENT ‖∂L/∂θ‖", "EIGENVALUES OF W", "GRADIENT ‖∂L/∂h_t‖"):
            await t.press("tab", "question_mark")
            assert title in t.bench.text
            assert "θ ← θ − η·v" in t.bench.text
            await t.come_back("escape")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start_rms": 2.0}, "h_0: the experiment's start, in a direction drawn from the seed, of "
         "root mean square 2 (start_rms). It is not learned."),
        ({"start_eigenvector": 1}, "start, along eigenvector 1 of W as it was drawn, of root"),
        ({"cell": "lstm", "start_eigenvector": 0}, "h_0, c_0 = 0: the experiment's start, along "
         "eigenvector 0 of W_g as it was drawn"),
    ],
)  # fmt: skip
def test_the_help_says_where_a_sequence_begins(changes: dict[str, Any], words: str) -> None:
    net = attrs.evolve(NET, **changes)
    course = Course(net, Plan(learning_rate=0.5))
    at_first = course.look().step.hidden_log10[0]
    course.advance(9)
    look = course.look()
    for panel in PANELS:
        assert words in explanation(panel, look)
    size = net.start_rms * math.sqrt(net.width * net.batch)
    assert at_first == pytest.approx(math.log10(size), abs=1e-12)
    assert look.step.hidden_log10[0] == at_first


def test_the_help_says_which_number_is_a_mean() -> None:
    text = explanation("loss", Course(NET, Plan()).look())
    assert "the newest batch alone; the mean accuracy that of the newest 50 updates" in text
    assert "u goes back to some updates before" in text


async def test_what_cannot_be_trained_is_said() -> None:
    async with training(Experiment(width=8, depth=5, batch=4)) as t:
        await t.press("o")
        form = t.bench.app.screen
        form.query_one("#depth", Input).value = "1"
        form.query_one("#task", Select).value = "adding"
        form.query_one("#width", Input).value = "9"
        await t.come_back("ctrl+s")
        # What can be trained is taken, and what cannot be is named.
        assert t.words("notice").startswith("task adding, width 9; depth is not taken:")
        assert (t.look.experiment.width, t.look.experiment.depth) == (9, 5)


async def test_a_course_that_cannot_begin_is_said() -> None:
    async with running(NET) as bench:
        # The laboratory closes it.
        work = bench.app.laboratory.training = Coursework()
        net = Experiment(width=2048, depth=100_000)
        screen = TrainingScreen(work, net, Plan(), bench.clock)
        await bench.app.push_screen(screen)
        t = Training(bench)
        await t.settle()
        assert t.words("notice").startswith("budget: the run takes")
        # No picture is empty.
        plots = [one for one in screen.query(Plot) if one.display]
        assert all(one.figure.message.startswith("budget: the run takes") for one in plots)
        await t.press("space", "k", "o")
        await bench.press("question_mark")
        assert isinstance(bench.app.screen, HelpScreen)
        assert "budget: the run takes" in bench.text
        await bench.press("escape", "escape")
        assert bench.app.screen is bench.app.main


# Pictures.

SIZES = [(80, 24), (120, 40)]
sized = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


async def learned(t: Training) -> None:
    """A run that failed is pinned; the same net clipped has learned the task."""
    await t.advance(50)
    await t.press("p", "k", "0")
    await t.advance(180)


@sized
async def test_picture(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with training(WILD, size=size) as t:
        await learned(t)
        assert await t.bench.svg() == picture


@sized
async def test_picture_of_trouble(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with training(WILD, size=size) as t:
        await t.advance(50)
        assert await t.bench.svg() == picture


@pytest.mark.parametrize("size", [(40, 12), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_picture_at_other_sizes(size: tuple[int, int], picture: SnapshotAssertion) -> None:
    async with training(attrs.evolve(WILD, cell="gru", activation="tanh"), size=size) as t:
        await t.advance(60)
        assert await t.bench.svg() == picture


async def test_picture_in_ascii(picture: SnapshotAssertion) -> None:
    async with training(WILD, size=(80, 24), ascii=True) as t:
        await learned(t)
        assert all(row.isascii() for row in t.bench.rows)
        assert await t.bench.svg() == picture


async def test_picture_without_colours(
    picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with training(WILD, size=(120, 40)) as t:
        await learned(t)
        assert await t.bench.svg() == picture


async def test_picture_before_the_first_update(picture: SnapshotAssertion) -> None:
    async with training(NET, size=(80, 24)) as t:
        assert await t.bench.svg() == picture


async def test_picture_of_the_form(picture: SnapshotAssertion) -> None:
    async with training(NET, size=(80, 24)) as t:
        await t.bench.pilot.press("o")
        await t.settle()
        assert await t.bench.svg() == picture
