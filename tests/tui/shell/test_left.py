"""What views 7 and 9 were left with is there when they are opened again."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import attrs
import numpy as np
import pytest
from textual.screen import Screen
from textual.widget import Widget

from tests.support.harness import running
from tuisim.engine.sweeps import values
from tuisim.engine.sweeps.sweep import sweep
from tuisim.tui.screens.cliff import CliffScreen
from tuisim.tui.screens.map import MapScreen
from tuisim.values.experiment import Experiment

NET = Experiment(width=6, depth=20, radius=0.8, seed=3)


async def test_a_map_is_there_again_with_what_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(NET) as bench:
        before = await bench.on(Screen, "7", "x", "v")
        title = before.query_one("#map").figure.title
        await bench.press("escape")

        def computed(*arguments: Any) -> Any:
            raise AssertionError("computed again")

        monkeypatch.setattr(values, "cell_values", computed)
        after = await bench.on(Screen, "7")
        assert after is not before
        assert after.query_one("#map").figure.title == title
        assert after.filled.values.tobytes() == before.filled.values.tobytes()
        # So is one that was turned away from.
        await bench.on(Screen, "v")
        assert "computed again" in bench.text
        await bench.on(Screen, "V")
        assert after.filled.values.tobytes() == before.filled.values.tobytes()


@pytest.mark.parametrize("keys", [("escape", "7"), ("v", "V")])
async def test_a_map_goes_on_from_the_cells_that_are_known(
    keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, asked, known = values.cell_values, [], []
    enough, go_on = threading.Event(), threading.Event()

    def counted(grid: Any, cells: Any) -> Any:
        if grid.measure == "gradient_rate":
            asked.extend(cells)
            if len(asked) > 60 and not enough.is_set():
                known.append(len(asked) - len(cells))
                enough.set()
                assert go_on.wait(60)
        return plain(grid, cells)

    monkeypatch.setattr(values, "cell_values", counted)
    async with running(NET) as bench:
        await bench.press("7")
        await bench.wait_for(enough.is_set)
        left: Any = bench.app.screen
        given_up, atlas = left._request, bench.app.laboratory.places.atlas

        def kept() -> bool:
            found = atlas.kept(given_up)
            return found is not None and int(found.known.sum()) >= known[0]

        await bench.pilot.press(keys[0])
        go_on.set()
        await bench.wait_for(kept)
        screen = await bench.on(Screen, keys[1])
        assert isinstance(screen, MapScreen)
        request = screen._request
        assert request is not None
        whole = sweep(NET, request.x, request.y, request.measure)
        np.testing.assert_array_equal(screen.filled.values, whole.values)
        # The piece that was under way may have been given up.
        assert len(asked) - len(set(asked)) <= max(whole.values.shape)
        assert len(set(asked)) == whole.values.size


async def test_the_cliff_is_where_it_was_left() -> None:
    async with running(NET, size=(80, 24)) as bench:
        screen = await bench.on(Screen, "9", "left", "left", "enter", "less_than_sign", "plus")
        assert isinstance(screen, CliffScreen)
        await bench.on(Screen, "m", "right", "k", "comma")
        unit, net = (attrs.asdict(screen.choices[mode]) for mode in ("unit", "net"))
        await bench.press("escape")
        again = await bench.on(Screen, "9")
        assert again is not screen
        assert (again.mode, again.stepping.step) == ("net", 99)
        assert [attrs.asdict(again.choices[mode]) for mode in ("unit", "net")] == [unit, net]
        # Another net has other eigenvalues.
        await bench.on(Screen, "e")
        assert again.cliff.pair == 1
        await bench.press("escape", "n")
        other = await bench.on(Screen, "9")
        assert (other.mode, other.cliff.pair) == ("net", 0)


async def test_a_net_that_is_too_wide_has_the_other_surface() -> None:
    async with running(NET, size=(80, 24)) as bench:
        await bench.on(Screen, "9", "m")
        await bench.press("escape")
        await bench.wait_for(lambda: bench.app.screen is bench.app.main)
        bench.app.main.adjust("width", {"width": 513, "depth": 1})
        await bench.settle()
        screen = await bench.on(Screen, "9")
        assert screen.mode == "unit"


async def test_descent_that_was_left_playing_is_paused() -> None:
    async with running(NET, size=(80, 24)) as bench:
        await bench.on(Screen, "9", "comma", "home", "space")
        await bench.press("escape")
        screen = await bench.on(Screen, "9")
        assert (screen.stepping.playing, screen.stepping.step) == (False, 0)


async def test_the_plane_says_whose_matrix_it_shows() -> None:
    async with running(attrs.evolve(NET, members=3)) as bench:
        assert "of the first of 3 members" in bench.plot("plane").figure.notes
        assert "of the first of 3 members" in bench.text
    async with running(NET) as bench:
        assert "member" not in bench.text


async def test_a_map_of_success_says_how_many_cells_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, go_on, under_way = values.cell_values, threading.Semaphore(0), []

    def held(grid: Any, cells: Any) -> Any:
        under_way.append(cells)
        assert go_on.acquire(timeout=60)
        return plain(grid, cells)

    async with running(NET, size=(120, 40)) as bench:
        await bench.on(Screen, "7")
        monkeypatch.setattr(values, "cell_values", held)
        monkeypatch.setattr("tuisim.tui.state.mapping._TOLD_SECONDS", 0.0)
        await bench.press("V")
        for done in (0, 1, 2):
            await bench.wait_for(lambda done=done: len(under_way) == done + 1)
            await bench.pilot.pause()
            assert f"computing, {done} of 88 cells" in bench.text
            go_on.release()
        await bench.pilot.press("escape")
        for _ in range(100):
            go_on.release()


@pytest.mark.parametrize("key", ["7", "8", "9", "question_mark"])
async def test_nothing_is_kept_of_what_a_screen_that_was_left_had_drawn(key: str) -> None:
    async with running(NET) as bench:
        await bench.press(key)
        screen = bench.app.screen
        assert screen is not bench.app.main
        screen._compositor.render_strips()
        drawn = [weakref.ref(one._styles_cache) for one in screen.walk_children(Widget)]
        assert len(drawn) > 1
        del screen
        await bench.press("escape")
        assert bench.app.screen is bench.app.main
        await bench.wait_for(lambda: gc.collect() >= 0 and not any(one() for one in drawn))
