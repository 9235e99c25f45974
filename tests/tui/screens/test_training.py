"""Training in the app: its keys, its pace, and its failures in words."""

from __future__ import annotations

import threading
from typing import Any

import attrs
import pytest
from textual.widgets import Input, Select

from tests.support.harness import running
from tests.support.training import NET, WILD, Training, training
from tuisim.engine.training.training import train
from tuisim.figures import draw_text
from tuisim.figures.views.training import loss_figure
from tuisim.tui.screens.help import HelpScreen
from tuisim.tui.screens.training import TrainingScreen
from tuisim.tui.state.coursework import Asked, Coursework
from tuisim.tui.widgets.plot import Plot, Sheet
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan


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


async def test_adam_comes_with_its_rate_and_in_words() -> None:
    async with training() as t:
        await t.press("full_stop", "m")
        assert t.look.plan == Plan(optimizer="adam", learning_rate=0.001)
        assert t.words("notice") == "optimizer adam; learning_rate is 0.001: usual with adam"
        assert "Adam" in t.words("plan")
        assert "momentum" not in t.words("plan")
        await t.press("full_stop")
        assert t.look.updates == 2
        await t.press("m")
        assert t.look.plan == Plan()
        await t.press("u", "u")
        assert (t.look.plan, t.look.updates) == (Plan(), 1)


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


async def test_what_has_not_begun_or_failed_at_once_is_not_pinned() -> None:
    async with training() as t:
        await t.press("p")
        assert t.words("notice") == "nothing to pin yet: space trains"
        assert not t.look.pinned
    first = Experiment(depth=30, batch=4, radius=1e20, activation="identity", drive_gain=1.0)
    async with training(first, size=(80, 24)) as t:
        await t.press("full_stop", "p")
        said = t.words("notice")
        assert said.startswith("nothing to pin: the first update failed; ")
        # Why it failed stays to be read.
        assert said.endswith("it is how it begins: o changes that")
        assert not t.look.pinned


async def test_what_failed_later_is_pinned_up_to_there() -> None:
    async with training(WILD) as t:
        await t.advance(50)
        made = t.look.updates
        assert t.look.trouble is not None
        assert made
        await t.press("p")
        assert t.words("notice").startswith("pinned: 0 begins anew, to compare; ")
        await t.press("p")
        assert t.words("notice").startswith("unpinned; ")
        await t.press("u")
        assert t.words("notice") == "back at update 0"


async def test_0_at_the_beginning_is_no_step_to_be_undone() -> None:
    async with training() as t:
        await t.press("0", "0")
        assert t.words("notice") == "this is the beginning"
        await t.press("u")
        assert t.words("notice") == "nothing to go back to"
        await t.advance(5)
        await t.press("0", "0", "u")
        assert t.look.updates == 5
        # A change at the beginning is there to begin anew from.
        await t.press("0", "k", "0")
        assert t.words("notice") == "from the beginning, with the same seed"


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
        # What is refused as a whole is no step to go back to.
        await t.press("o")
        t.bench.app.screen.query_one("#depth", Input).value = "1"
        await t.come_back("ctrl+s")
        assert t.words("notice").startswith("depth: got 1, allowed: at least 2 for the task adding")
        await t.press("u")
        assert (t.look.experiment.width, t.look.plan.task) == (8, "recall")
        await t.press("u")
        assert t.words("notice") == "nothing to go back to"


async def test_a_course_that_cannot_begin_is_said() -> None:
    async with running(NET) as bench:
        # The laboratory closes it.
        work = bench.app.laboratory.training = Coursework()
        net = Experiment(width=2048, depth=100_000)
        screen = TrainingScreen(work, Asked(net, Plan()), bench.clock)
        await bench.app.push_screen(screen)
        t = Training(bench)
        await t.settle()
        assert t.words("notice").startswith("budget: the run takes")
        # No picture is empty.
        plots = [one for one in screen.query(Plot) if one.display]
        assert all(one.figure.message.startswith("budget: the run takes") for one in plots)
        await t.press("space", "k")
        for key in ("p", "0", "k"):
            await t.press(key)
            said = t.words("notice")
            assert said.startswith("there is no training to change or to pin; budget: the run ")
        await t.press("o")
        await bench.press("question_mark")
        assert isinstance(bench.app.screen, HelpScreen)
        assert "budget: the run takes" in bench.text
        await bench.press("escape", "escape")
        assert bench.app.screen is bench.app.main
