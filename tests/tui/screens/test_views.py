"""The views on the number keys: what they show, what they compute, and when."""

from __future__ import annotations

import threading
from typing import Any

import attrs
import pytest

from tests.support.harness import Bench, running
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.diagnosis import measures
from tuisim.figures.views.table import VIEWS
from tuisim.tui.state import measuring
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


def title(bench: Bench, name: str) -> str:
    figure = bench.plot(name).figure
    assert figure is not None
    return figure.title


def displayed(bench: Bench) -> list[str]:
    """The plots that are shown, without the plane at the side."""
    return [
        panel.name
        for view in VIEWS.values()
        for panel in view.panels
        if bench.plot(panel.name).display
    ]


def note(bench: Bench, name: str) -> str:
    figure = bench.plot(name).figure
    assert figure is not None
    return "  ".join(figure.notes) or figure.message


async def test_number_keys_open_the_views() -> None:
    async with running(NET) as bench:
        for key, view in VIEWS.items():
            await bench.press(key)
            assert bench.app.main.view is view
            assert displayed(bench) == [panel.name for panel in view.panels]
            for panel in view.panels:
                figure = bench.plot(panel.name).figure
                assert figure is not None
                assert figure.brief or not figure.message, figure.message
        await bench.press("v")
        assert bench.app.main.view.key == "1"
        await bench.press("v")
        assert bench.app.main.view.key == "2"


async def test_other_digits_say_which_views_there_are() -> None:
    async with running(NET) as bench:
        await bench.press("0")
        assert bench.notice.startswith("view: got 0, allowed: 1 norms, 2 spectrum, 3 activation")
        assert bench.app.main.view.key == "1"


async def test_every_view_follows_the_keys() -> None:
    async with running(NET) as bench:
        await bench.press("2", "right_square_bracket")
        assert "ρ 1.00" in note(bench, "spectrum")
        await bench.press("3", "a")
        assert title(bench, "activation").startswith("φ = sigmoid")
        await bench.press("u", "u")
        assert title(bench, "activation").startswith("φ = tanh")
        await bench.press("4", "s")
        assert "slope" in note(bench, "shrink")
        await bench.press("p", "n")
        figure = bench.plot("shrink").figure
        assert figure is not None
        assert "pinned" in [one.name for one in figure.series]


async def test_a_pinned_run_is_pale_in_the_views_that_compare() -> None:
    async with running(NET) as bench:
        await bench.press("p", "n", "w")
        for key, name in (("2", "singular"), ("3", "saturation"), ("5", "modes")):
            await bench.press(key)
            figure = bench.plot(name).figure
            assert figure is not None
            assert any(one.role == "pinned" for one in figure.series), name


async def test_the_cursor_moves_the_histogram_and_the_shares() -> None:
    async with running(attrs.evolve(NET, radius=2)) as bench:
        await bench.press("3")
        assert title(bench, "activation").endswith("of all steps")
        await bench.press("home", "full_stop", "full_stop")
        assert title(bench, "activation").endswith("at t = 2")
        assert bench.plot("saturation").revealed.cursor == 2
        await bench.press("escape")
        assert title(bench, "activation").endswith("of all steps")
        await bench.press("4", "end")
        assert note(bench, "shrink").endswith("at t = 30")
        await bench.press("comma")
        assert note(bench, "shrink").endswith("at t = 29")


async def test_playing_uncovers_the_view() -> None:
    async with running(NET) as bench:
        await bench.press("5", "space")
        await bench.pass_time(0.5)
        assert bench.plot("modes").revealed.high == 10
        await bench.press("4")
        await bench.pass_time(2.0)
        assert bench.plot("shrink").revealed.low == 10
        await bench.press("3")
        assert title(bench, "activation").endswith("at t = 10")


async def test_the_plane_gives_its_place_to_the_large_one() -> None:
    async with running(NET, size=(120, 40)) as bench:
        side = bench.app.main.query_one("#side")
        assert side.display
        await bench.press("2")
        assert not side.display
        assert bench.plot("spectrum").size.width > 50
        await bench.press("4")
        assert side.display
        await bench.press("2", "e")
        assert side.display
        await bench.press("right", "enter")
        assert not side.display
        assert bench.experiment.spectrum == "eigenvalues"


@pytest.mark.parametrize("key", [*VIEWS])
async def test_where_there_is_room_for_one_plot(key: str) -> None:
    async with running(NET, size=(40, 12)) as bench:
        await bench.press(key)
        view = VIEWS[key]
        assert displayed(bench) == [view.panels[view.alone[1]].name]
        await bench.resize(80, 24)
        assert displayed(bench) == [panel.name for panel in view.panels]


async def test_what_is_computed_once_is_not_computed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[Experiment] = []

    def counting(run: Any, progress: Any) -> Any:
        calls.append(run.experiment)
        return measures.modes(run, progress)

    monkeypatch.setattr(measures, "MEASURES", {**measures.MEASURES, "modes": counting})
    async with running(NET) as bench:
        await bench.press("right")
        # Nothing is computed for a view that is not open.
        assert calls == []
        await bench.press("5", "1", "5", "4", "5", "l", "l")
        assert len(calls) == 1
        await bench.press("n")
        assert [one.seed for one in calls] == [0, 1]


async def test_the_newest_request_wins_and_what_is_late_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    finished: list[float] = []

    def slow(run: Any, progress: Any) -> Any:
        if run.experiment.radius == 1.0:
            begun.set()
            progress(1, 4)
            go_on.wait(30)
            progress(2, 4)
        finished.append(run.experiment.radius)
        return measures.modes(run, progress)

    monkeypatch.setattr(measures, "MEASURES", {**measures.MEASURES, "modes": slow})
    monkeypatch.setattr(measuring, "LATE_SECONDS", -1.0)
    async with running(NET) as bench:
        await bench.press("5")
        main = bench.app.main
        bench.post_key("right_square_bracket")
        await bench.wait_for(begun.is_set)
        assert not bench.app.settled
        await bench.wait_for(lambda: "modes" in main.laboratory.measuring._progress)
        # The picture before stays until it is late, and then words take its place.
        main._say_measuring()
        assert note(bench, "modes") == "computing modes of 8 units … 25 %"
        bench.post_key("right_square_bracket")
        await bench.wait_for(lambda: bench.app.experiment.radius == pytest.approx(1.1))
        await bench.wait_for(
            lambda: (
                (run := bench.app.current_run) is not None
                and run.experiment.radius == pytest.approx(1.1)
            )
        )
        go_on.set()
        await bench.settle()
        assert finished == pytest.approx([0.9, 1.1])
        assert "κ(V)" in note(bench, "modes")


async def test_a_measure_that_nobody_waits_for_is_given_up_between_its_reports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, ends = threading.Event(), threading.Event()

    def endless(run: Any, progress: Any) -> Any:
        begun.set()
        while not ends.wait(0.001):
            check_stop()

    async with running(NET) as bench:
        monkeypatch.setitem(measures.MEASURES, "modes", endless)  # type: ignore[arg-type]
        await bench.pilot.press("5")
        await bench.wait_for(begun.is_set)
        await bench.pilot.press("1")
        try:
            await bench.wait_for(lambda: bench.app.laboratory.measuring.idle)
        finally:
            ends.set()


async def test_what_cannot_be_computed_says_why() -> None:
    async with running(attrs.evolve(NET, skip=5)) as bench:
        await bench.press("4")
        assert note(bench, "shrink").startswith("parts: got skip 5, allowed: 0")
        await bench.press("6")
        assert "skip: got 5, allowed: 0" in note(bench, "jacobian")


async def test_a_fault_of_a_measure_is_said_and_the_app_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(run: Any, progress: Any) -> Any:
        raise MemoryError if run.experiment.seed else KeyError("odd")

    monkeypatch.setattr(measures, "MEASURES", {**measures.MEASURES, "modes": failing})
    async with running(NET) as bench:
        await bench.press("5")
        assert note(bench, "modes") == "'odd'"
        await bench.press("n")
        assert note(bench, "modes") == "memory: there is not enough for this"
        await bench.press("4")
        assert "slope" in note(bench, "shrink")


async def test_while_streaming_the_others_say_that_they_show_the_last_run() -> None:
    async with running(NET) as bench:
        await bench.press("4", "f")
        bench.app.main._forget_news()
        assert bench.notice == "view 4 shows the last run, not the stream, which view 1 follows"
        before = note(bench, "shrink")
        await bench.pass_time(2.0)
        assert note(bench, "shrink") == before
        await bench.press("n")
        assert note(bench, "shrink") != before
        await bench.pass_time(2.0)
        await bench.press("1")
        figure = bench.plot("hidden").figure
        assert figure is not None
        assert figure.x.high > 30
        await bench.press("f", "3")
        assert title(bench, "activation").endswith("of all steps")


async def test_m_starts_along_the_next_eigenvector() -> None:
    net = Experiment(
        width=4, depth=5, spectrum="eigenvalues", eigenvalues=(0.9, 0.5 + 0.5j, 0.5 - 0.5j, 0.1)
    )
    async with running(net) as bench:
        starts = []
        for _ in range(5):
            await bench.press("m")
            starts.append(bench.experiment.start_eigenvector)
        # The second of a pair has the same real part as the first.
        assert starts == [0, 1, 3, None, 0]
        assert bench.notice == "start along eigenvector 0: λ = 0.900"
        await bench.press("u")
        await bench.press("5", "m", "m")
        assert "0.500 ± 0.500i" in bench.notice


async def test_help_is_of_the_open_view() -> None:
    async with running(NET) as bench:
        for key, words in (
            ("2", "EIGENVALUES OF W"),
            ("3", "tanh a"),
            ("4", "WHO SHRINKS THE GRADIENT?"),
            ("5", "κ(V) = 1"),
            ("6", "∂h_T/∂h_t"),
        ):
            await bench.press(key, "question_mark")
            assert words in bench.text
            await bench.press("escape")
        await bench.press("2", "tab", "tab", "question_mark")
        assert "growth bound" in bench.text
        await bench.press("end")
        assert "view_3" in bench.text
