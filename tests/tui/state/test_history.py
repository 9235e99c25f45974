"""Undo and redo without a limit, held keys, pins, and that only the newest experiment is run."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import attrs
import pytest

from tests.support.harness import running
from tuisim.tui.state import laboratory
from tuisim.tui.state.computing import Computed, compute
from tuisim.tui.state.history import HELD_SECONDS, History
from tuisim.values.experiment import Experiment
from tuisim.values.session import MOST_PINNED

NET = Experiment(width=8, depth=30)


async def test_u_undoes_and_U_and_ctrl_r_redo() -> None:
    async with running(NET) as bench:
        await bench.press("right")
        first = bench.experiment
        await bench.press("a")
        second = bench.experiment
        await bench.press("u")
        assert bench.experiment == first
        await bench.press("u")
        assert bench.experiment == NET
        await bench.press("u")
        assert bench.experiment == NET
        assert bench.notice == "nothing to undo"
        await bench.press("U")
        assert bench.experiment == first
        await bench.press("ctrl+r")
        assert bench.experiment == second
        await bench.press("U")
        assert bench.notice == "nothing to redo"


async def test_a_change_after_an_undo_drops_what_was_undone() -> None:
    async with running(NET) as bench:
        await bench.press("right", "u", "t", "U")
        assert bench.notice == "nothing to redo"
        assert bench.experiment == attrs.evolve(NET, tied=False)


async def test_a_held_key_is_one_step() -> None:
    async with running(NET) as bench:
        for _ in range(12):
            await bench.press("right")
            bench.clock.now += HELD_SECONDS / 2
        assert bench.experiment.radius == 1.02
        await bench.press("u")
        assert bench.experiment == NET
        await bench.press("U")
        assert bench.experiment.radius == 1.02


async def test_a_key_pressed_again_later_is_another_step() -> None:
    async with running(NET) as bench:
        await bench.press("right")
        bench.clock.now += HELD_SECONDS + 0.125
        await bench.press("right")
        await bench.press("u")
        assert bench.experiment.radius == 0.91
        await bench.press("u")
        assert bench.experiment == NET


async def test_another_key_in_between_ends_the_held_one() -> None:
    async with running(NET) as bench:
        await bench.press("right", "up", "right")
        seen = []
        for _ in range(3):
            await bench.press("u")
            seen.append((bench.experiment.radius, bench.experiment.depth))
        assert seen == [(0.91, 40), (0.91, 30), (0.9, 30)]


def test_undo_has_no_limit() -> None:
    ticks = iter(range(10_000))
    history = History(NET, lambda: float(next(ticks)))
    for seed in range(1, 5001):
        assert history.change(attrs.evolve(NET, seed=seed), "seed")
    for seed in reversed(range(5000)):
        before = history.undo()
        assert before is not None
        assert before.seed == seed
    assert history.undo() is None
    for seed in range(1, 5001):
        assert history.redo() == attrs.evolve(NET, seed=seed)
    assert history.redo() is None


def test_the_same_again_is_no_step() -> None:
    history = History(NET, lambda: 0.0)
    assert not history.change(attrs.evolve(NET), "form")
    assert history.undo() is None


async def test_quick_presses_queue_no_work_and_end_on_the_right_experiment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = []

    def counting(experiment: Experiment) -> Computed:
        ran.append(experiment)
        return compute(experiment)

    monkeypatch.setattr(laboratory, "compute", counting)
    async with running(attrs.evolve(NET, width=64, depth=2000)) as bench:
        ran.clear()
        for _ in range(50):
            bench.post_key("right")
        await bench.settle()
        assert bench.experiment.radius == 1.4
        assert ran[-1] == bench.experiment
        assert len(ran) < 50
        await bench.press("u")
        assert bench.experiment.radius == 0.9


async def test_the_newest_experiment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    ran, begun, go_on = [], Event(), Event()

    def slow(experiment: Experiment) -> Computed:
        ran.append(experiment.radius)
        begun.set()
        assert go_on.wait(60)
        return compute(experiment)

    async with running(NET) as bench:
        monkeypatch.setattr(laboratory, "compute", slow)
        bench.post_key("right")
        await bench.wait_for(begun.is_set)
        for _ in range(30):
            bench.post_key("right")
        await bench.wait_for(lambda: bench.app.experiment.radius == 1.21)
        assert not bench.app.settled
        # The keys were answered while the first run was still under way.
        await bench.wait_for(lambda: "ρ 1.21" in bench.words("status"))
        assert ran == [0.91]
        go_on.set()
        await bench.settle()
        assert ran == [0.91, 1.21]
        assert bench.experiment.radius == 1.21


async def test_a_long_run_is_given_up_for_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    from tuisim.engine.base.stopping import check_stop

    finished, begun, go_on = [], Event(), Event()

    def slow(experiment: Experiment) -> Computed:
        begun.set()
        assert go_on.wait(60)
        check_stop()
        finished.append(experiment.radius)
        return compute(experiment)

    async with running(NET) as bench:
        monkeypatch.setattr(laboratory, "compute", slow)
        for passed, expected in ((0.5, [0.91, 0.92]), (1.5, [0.91, 0.92, 0.94])):
            begun.clear()
            go_on.clear()
            bench.post_key("right")
            await bench.wait_for(begun.is_set)
            bench.post_key("right")
            radius = bench.app.experiment.radius
            await bench.wait_for(lambda before=radius: bench.app.experiment.radius > before)
            bench.clock.now += passed
            go_on.set()
            await bench.settle()
            assert finished == expected
        assert bench.experiment.radius == 0.94


async def test_two_large_runs_are_not_there_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def held(experiment: Experiment) -> Computed:
        assert go_on.wait(60)
        return compute(experiment)

    async with running(NET) as bench:
        before = weakref.ref(bench.app.current_run)
        curves, rows = bench.plot("gradient").figure.series, bench.rows
        monkeypatch.setattr(laboratory, "MAX_BYTES", 1)
        monkeypatch.setattr(laboratory, "compute", held)
        bench.post_key("right")
        await bench.wait_for(lambda: bench.app.laboratory.computed.is_lean)
        await bench.pilot.pause()
        # What is seen of it is there.
        assert str(bench.plot("gradient").figure.series) == str(curves)
        assert bench.rows[5:-3] == rows[5:-3]
        gc.collect()
        assert before() is None
        go_on.set()
        await bench.settle()
        assert not bench.app.laboratory.computed.is_lean
        assert bench.experiment.radius == 0.91


async def test_a_run_that_takes_long_is_said_and_then_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from threading import Event

    from tuisim.tui.screens import changing

    go_on = Event()

    def slow(experiment: Experiment) -> Computed:
        assert go_on.wait(60)
        return compute(experiment)

    async with running(NET) as bench:
        monkeypatch.setattr(laboratory, "compute", slow)
        with monkeypatch.context() as soon:
            soon.setattr(changing, "_LATE_SECONDS", 0.05)
            bench.post_key("w")
            await bench.wait_for(lambda: "computing" in bench.notice)
        computing = "computing width 16, depth 30, members 1 …"
        assert bench.notice == f"{computing} some 1 s of a core; escape goes back"
        go_on.set()
        await bench.settle()
        assert "computing" not in bench.notice


async def test_escape_gives_up_a_run_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    from tuisim.engine.base.stopping import check_stop
    from tuisim.tui.screens import changing

    def endless(experiment: Experiment) -> Computed:
        while experiment.width == 16:
            check_stop()
            time.sleep(0.001)
        return compute(experiment)

    async with running(NET) as bench:
        monkeypatch.setattr(laboratory, "compute", endless)
        with monkeypatch.context() as soon:
            soon.setattr(changing, "_LATE_SECONDS", 0.05)
            bench.post_key("w")
            await bench.wait_for(lambda: "escape goes back" in bench.notice)
        bench.clock.now += laboratory.LONG_SECONDS + 1.0
        await bench.press("escape")
        assert bench.experiment == NET
        assert bench.notice == "given up: back to the net before"


async def test_the_verdict_on_the_net_before_says_so_until_the_new_one_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from threading import Event

    go_on = Event()

    def slow(experiment: Experiment) -> Computed:
        assert go_on.wait(60)
        return compute(experiment)

    async with running(NET, size=(80, 24)) as bench:
        verdict = bench.words("verdict")
        with monkeypatch.context() as waits:
            waits.setattr(laboratory, "compute", slow)
            bench.post_key("A")
            await bench.wait_for(lambda: bench.words("verdict") != verdict)
            assert "identity rnn" in bench.words("status")
            before = bench.words("verdict")
            assert before.startswith(f"before: {verdict.split(' · ')[0]} · ")
            assert len(before) <= 80
            go_on.set()
            await bench.settle()
        assert "before" not in bench.words("verdict")


async def test_a_net_that_could_not_be_run_is_not_pinned_as_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(experiment: Experiment) -> Computed:
        raise ValueError("not on a Monday")

    async with running(NET, size=(80, 24)) as bench:
        verdict = bench.words("verdict")
        with monkeypatch.context() as fails:
            fails.setattr(laboratory, "compute", failing)
            await bench.press("w")
        assert bench.words("verdict").startswith(f"before: {verdict.split(' · ')[0]} · ")
        await bench.press("p")
        assert bench.notice == "nothing is pinned: this net could not be run"
        assert not bench.app.laboratory.pinned
        await bench.press("u", "p")
        assert bench.words("verdict").startswith(verdict)
        assert [one.experiment for one in bench.app.laboratory.pinned] == [NET]


# Pins.


async def test_p_pins_the_run_as_the_pale_reference_and_both_verdicts_are_shown() -> None:
    async with running(NET) as bench:
        verdict = bench.words("verdict")
        await bench.press("p")
        assert bench.notice == "pinned"
        await bench.press("right_square_bracket", "right_square_bracket")
        now, pinned = bench.words("verdict"), bench.words("pinned")
        word, rest = verdict[2:].split("  ")
        assert f"pinned: {word} · {rest}".startswith(pinned)
        assert now != verdict
        assert pinned in bench.text
        for name in ("hidden", "gradient", "plane"):
            figure = bench.plot(name).figure
            assert figure is not None
            assert "pinned" in [one.role for one in figure.series]


async def test_p_again_unpins() -> None:
    async with running(NET) as bench:
        at_rest = bench.rows[:-3]
        await bench.press("p", "p")
        assert bench.notice == "unpinned"
        assert bench.rows[:-3] == at_rest
        await bench.press("p", "a", "p", "A", "p")
        assert bench.notice == "unpinned"
        assert [one.experiment.activation for one in bench.app.laboratory.pinned] == ["sigmoid"]


async def test_up_to_four_are_pinned_and_the_oldest_goes() -> None:
    async with running(NET) as bench:
        for _ in range(MOST_PINNED):
            await bench.press("p", "right_square_bracket")
        await bench.press("p")
        assert MOST_PINNED == 4
        radii = [one.experiment.radius for one in bench.app.laboratory.pinned]
        assert radii == [1.3, 1.2, 1.1, 1.0]
        assert "oldest" in bench.notice
        figure = bench.plot("gradient").figure
        assert figure is not None
        names = [one.name for one in figure.series if one.role == "pinned"]
        assert sorted(names) == ["pinned", "pinned 2", "pinned 3", "pinned 4"]
        assert bench.text.count("pinned: ") == 1


async def test_a_pin_of_another_depth_is_drawn_with_the_rest() -> None:
    async with running(NET) as bench:
        await bench.press("p", "pageup")
        figure = bench.plot("hidden").figure
        assert figure is not None
        (pinned,) = (one for one in figure.series if one.role == "pinned")
        assert pinned.x[-1] == 30
        assert figure.x.high == 130
