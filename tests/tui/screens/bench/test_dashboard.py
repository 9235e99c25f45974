"""The dashboard: what is shown beside the norms where there is room."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import attrs
import pytest
from textual.geometry import Region

from tests.support.harness import Bench, running
from tuisim.engine.diagnosis.measures import MEASURES
from tuisim.figures.drawing.figure import Figure
from tuisim.figures.views.table import Panel, Scene
from tuisim.tui.screens import display
from tuisim.tui.state.bench.sketching import Sketching
from tuisim.tui.state.computing import diagnose
from tuisim.tui.state.messages import RunComputed
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=40)
ROOMY = (160, 45)
NORMS = ("hidden", "gradient")
BESIDE = ("activation", "shrink", "weights")


def shown(bench: Bench) -> set[str]:
    plots = bench.app.main.query("Plot")
    return {str(one.id) for one in plots if one.display and one.region.area}


def regions(bench: Bench) -> dict[str, Region]:
    return {name: bench.plot(name).region for name in (*NORMS, *BESIDE, "plane")}


@pytest.mark.parametrize("size", [ROOMY, (200, 60)])
async def test_norms_are_large_and_all_else_lies_beside_them(size: tuple[int, int]) -> None:
    async with running(NET, size=size) as bench:
        assert shown(bench) == {*NORMS, *BESIDE, "plane"}
        found = regions(bench)
        places = [*found.values()]
        assert not any(a.overlaps(b) for a in places for b in places if a is not b)
        least = min(found[name].area for name in NORMS)
        assert least > max(found[name].area for name in BESIDE)
        # No row between the words is empty.
        body = bench.app.main.body
        for column in (NORMS, BESIDE):
            assert sum(found[name].height for name in column) == body.height


@pytest.mark.parametrize("size", [(159, 45), (160, 44), (120, 40)])
async def test_under_its_size_there_is_none(size: tuple[int, int]) -> None:
    async with running(NET, size=size) as bench:
        assert shown(bench) == {*NORMS, "plane"}
        await bench.resize(*ROOMY)
        assert shown(bench) == {*NORMS, *BESIDE, "plane"}
        await bench.resize(*size)
        assert shown(bench) == {*NORMS, "plane"}


async def test_a_key_changes_every_panel() -> None:
    async with running(NET, size=ROOMY) as bench:
        before = {name: bench.plot(name).figure for name in regions(bench)}
        await bench.press("right_square_bracket")
        for name, figure in before.items():
            assert bench.plot(name).figure != figure, name


async def test_the_panels_share_the_cursor() -> None:
    async with running(NET, size=ROOMY) as bench:
        await bench.press("home", *["full_stop"] * 7)
        for name in (*NORMS, "shrink", "weights"):
            assert bench.plot(name).revealed.cursor == 7
        assert bench.plot("activation").figure.title.endswith("at t = 7")  # type: ignore[union-attr]
        assert bench.plot("shrink").figure.notes[0].endswith("at t = 7")  # type: ignore[union-attr]


async def test_b_makes_one_large_and_escape_puts_it_back() -> None:
    async with running(NET, size=ROOMY) as bench:
        await bench.press("home", "b")
        assert shown(bench) == {"hidden", "plane"}
        await bench.press("b", "b")
        assert shown(bench) == {"shrink", "plane"}
        await bench.press("b", "b", "b")
        assert shown(bench) == {"plane"}
        assert bench.plot("plane").region.width == bench.app.main.body.width
        await bench.press("escape")
        assert shown(bench) == {*NORMS, *BESIDE, "plane"}
        assert bench.app.main.playback.step == 0
        await bench.press("escape")
        assert bench.app.main.playback.step is None


async def test_b_takes_the_focused_panel() -> None:
    async with running(NET, size=ROOMY) as bench:
        bench.plot("weights").focus()
        await bench.press("b")
        assert shown(bench) == {"weights", "plane"}
        await bench.press("1")
        assert shown(bench) == {*NORMS, *BESIDE, "plane"}


async def test_a_large_panel_is_there_on_small_screens_too() -> None:
    async with running(NET, size=(80, 24)) as bench:
        await bench.press("b", "b")
        assert shown(bench) == {"gradient"}
        await bench.press("2")
        assert shown(bench) == {"spectrum", "singular"}


async def test_a_stream_has_the_norms_alone() -> None:
    async with running(NET, size=ROOMY) as bench:
        await bench.press("b", "b", "b", "f")
        assert shown(bench) == {*NORMS, "plane"}
        await bench.press("f")
        assert shown(bench) == {*NORMS, *BESIDE, "plane"}


async def test_in_play_what_hangs_on_the_step_changes_a_few_times_a_second() -> None:
    async with running(NET, size=ROOMY) as bench:
        await bench.press("space")
        drawn = {name: {id(bench.plot(name).figure)} for name in BESIDE}
        kept = []
        for _ in range(30):
            await bench.pass_time(1 / 32)
            for name, seen in drawn.items():
                figure = bench.plot(name).figure
                kept.append(figure)
                seen.add(id(figure))
        assert bench.plot("hidden").revealed.cursor == 18
        assert 3 <= len(drawn["activation"]) <= 5
        assert len(drawn["weights"]) == 1


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each panel's figure was made."""
    made: Counter[str] = Counter()
    draw = Panel.drawn

    def counted(panel: Panel, scene: Scene) -> Figure:
        made[panel.name] += 1
        return draw(panel, scene)

    monkeypatch.setattr(Panel, "drawn", counted)
    monkeypatch.setattr(display, "LATE_SECONDS", 1e6)
    return made


async def test_a_key_has_each_panel_drawn_once(drawn: Counter[str]) -> None:
    async with running(NET, size=ROOMY) as bench:
        drawn.clear()
        await bench.press("right_square_bracket")
        assert drawn == dict.fromkeys((*NORMS, *BESIDE), 1)
        await bench.press("p")
        before = Counter(drawn)
        await bench.press("right_square_bracket")
        assert drawn - before == Counter(dict.fromkeys((*NORMS, *BESIDE), 1))


async def test_a_key_has_nothing_drawn_on_the_event_loop_but_what_changed_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here, draw = threading.current_thread(), Panel.drawn
    on_the_loop: list[str] = []

    def noted(panel: Panel, scene: Scene) -> Figure:
        on_the_loop.extend([panel.name] * (threading.current_thread() is here))
        return draw(panel, scene)

    monkeypatch.setattr(display, "LATE_SECONDS", 1e6)
    async with running(NET, size=ROOMY) as bench:
        monkeypatch.setattr(Panel, "drawn", noted)
        await bench.press("right_square_bracket")
        assert on_the_loop == []
        main = bench.app.main
        computed = bench.app.laboratory.computed
        assert computed is not None
        for panel in main.view.panels:
            plot = bench.plot(panel.name)
            assert plot.sheet is not None
            assert plot.cells is not None
            anew = plot.sheet.draw(panel.drawn(main._scene(computed)))
            assert plot.cells.text() == anew.cells().text(), panel.name
        on_the_loop.clear()
        sketch = Sketching.draw

        def late(*given: Any, **named: Any) -> None:
            sketch(*given, **named)
            # Between the sketch and its being shown.
            main.log_axis = False

        monkeypatch.setattr(Sketching, "draw", late)
        await bench.press("right_square_bracket")
        assert {*on_the_loop} >= {*NORMS}
        figure = bench.plot("gradient").figure
        assert figure is not None
        assert not figure.y.log


async def test_a_late_diagnosis_has_drawn_what_has_theory_or_eigenvalues(
    drawn: Counter[str],
) -> None:
    async with running(NET, size=ROOMY) as bench:
        computed, plane = bench.app.laboratory.computed, bench.plot("plane").figure
        assert computed is not None
        drawn.clear()
        late = attrs.evolve(computed, diagnosis=diagnose(computed.run))
        bench.app.post_message(RunComputed(late, late=True))
        await bench.wait_for(lambda: bench.app.laboratory.computed is late)
        await bench.settle()
        assert drawn == dict.fromkeys(NORMS, 1)
        assert bench.plot("plane").figure is not plane


async def test_in_play_no_panel_is_blank_while_its_measure_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on, spread = threading.Event(), MEASURES["pre_activations"]
    async with running(NET, size=ROOMY) as bench:
        await bench.press("space")
        await bench.pass_time(0.25)
        monkeypatch.setattr(display, "LATE_SECONDS", 1e6)
        monkeypatch.setitem(MEASURES, "pre_activations", lambda *a: go_on.wait(60) and spread(*a))
        before = bench.app.current_run
        await bench.pilot.press("right_square_bracket")
        await bench.wait_for(lambda: bench.app.current_run is not before)
        bench.clock.now += 1.0
        bench.app.main.tick()
        figure = bench.plot("activation").figure
        assert figure is not None
        assert not figure.message
        go_on.set()
        await bench.settle()
        assert bench.plot("activation").figure is not figure


async def test_curves_do_not_wait_for_what_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, parts = threading.Event(), MEASURES["parts"]
    async with running(NET, size=ROOMY) as bench:
        before = {name: bench.plot(name).figure for name in (*NORMS, *BESIDE)}
        monkeypatch.setattr(display, "LATE_SECONDS", 1e6)
        monkeypatch.setitem(MEASURES, "parts", lambda *a: go_on.wait(60) and parts(*a))
        await bench.pilot.press("right_square_bracket")
        await bench.wait_for(lambda: bench.plot("hidden").figure is not before["hidden"])
        assert bench.plot("shrink").figure is before["shrink"]
        go_on.set()
        await bench.settle()
        assert bench.plot("shrink").figure is not before["shrink"]
