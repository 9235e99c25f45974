"""Zooming in on the steps, in play, in a stream and over pins."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.harness import Bench, running
from tuisim.figures.drawing.numbers import format_log10
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=400, spectrum="gaussian", radius=1.5)
LONG = Experiment(width=2, depth=100_000, activation="identity", radius=0.999)
TIMED = ("hidden", "gradient")


def axis(bench: Bench, name: str = "gradient") -> tuple[float, float]:
    figure = bench.plot(name).figure
    assert figure is not None
    return figure.x.low, figure.x.high


async def test_z_shows_a_quarter_about_the_cursor_and_Z_all() -> None:
    async with running(NET, size=(160, 45)) as bench:
        await bench.press("end", "z")
        names = (*TIMED, "shrink", "weights")
        assert {axis(bench, name) for name in names} == {(300.0, 400.0)}
        assert bench.notice == "steps 300 to 400; Z shows all"
        assert axis(bench, "activation") != (300.0, 400.0)
        await bench.press("Z")
        assert {axis(bench, name) for name in names} == {(0.0, 400.0)}


@pytest.mark.parametrize("key", "3456")
async def test_views_over_the_steps_zoom_too(key: str) -> None:
    async with running(NET) as bench:
        await bench.press("home", "z", key)
        panels = bench.app.main.view.panels
        told = {one.name: bench.plot(one.name).figure.message for one in panels}  # type: ignore[union-attr]
        axes = {one.name: axis(bench, one.name) == (0.0, 100.0) for one in panels}
        assert axes == {one.name: one.timed and not told[one.name] for one in panels}
        assert any(axes.values())


@pytest.mark.parametrize("keys", ["2", "6bb", "1bbb"])
async def test_where_nothing_runs_over_the_steps_there_is_nothing_to_zoom(keys: str) -> None:
    async with running(NET) as bench:
        await bench.press(*keys, "z")
        assert bench.notice == "nothing that is shown runs over the steps; 1 shows the norms"
        assert bench.app.main.window.span is None
        await bench.press("1", "z", *keys, "Z")
        assert bench.notice.startswith("nothing")
        assert bench.app.main.window.span is not None


async def test_a_depth_of_100_000_is_read_to_the_step() -> None:
    async with running(LONG) as bench:
        await bench.press("end", *["z"] * 8)
        low, high = axis(bench)
        assert high - low == 20
        run = bench.app.current_run
        assert run is not None
        figure = bench.plot("gradient").figure
        assert figure is not None
        series = figure.series[-1]
        inside = (series.x >= low) & (series.x <= high)
        assert np.array_equal(series.x[inside], np.arange(low, high + 1))
        assert np.array_equal(series.y[inside], run.gradient_log10[0, int(low) : int(high) + 1])
        # Upright, the axis is that of what is shown.
        assert figure.y.low <= series.y[inside].min()
        assert series.y[inside].max() <= figure.y.high + 1e-9
        assert figure.y.high - figure.y.low <= 4
        await bench.press("comma")
        value = format_log10(run.gradient_log10[0, 99_999])
        assert f"99999: {value}" in bench.text
        await bench.press("home")
        assert axis(bench) == (0.0, 20.0)


async def test_playing_turns_the_pages() -> None:
    async with running(NET) as bench:
        await bench.press("home", "z", "space")
        await bench.pass_time(5.0)
        assert axis(bench) == (0.0, 100.0)
        await bench.pass_time(0.25)
        assert axis(bench) == (105.0, 205.0)
        assert bench.plot("hidden").revealed.cursor == 105
        await bench.pass_time(20.0)
        assert axis(bench) == (195.0, 295.0)
        assert bench.app.main.playback.phase == "backward"


async def test_pins_are_shown_in_the_same_steps() -> None:
    async with running(NET) as bench:
        await bench.press("p", "right_square_bracket", "end", "z")
        figure = bench.plot("gradient").figure
        assert figure is not None
        (pinned,) = (one for one in figure.series if one.name == "pinned")
        assert pinned.x[0] == 299
        assert pinned.x.size == pinned.y.size == 102


async def test_a_stream_goes_on_in_pages() -> None:
    async with running(NET) as bench:
        await bench.press("f", "z")
        # Which ones are soon others.
        assert bench.notice == "100 steps a page; Z shows all"
        await bench.pass_time(13.0)
        assert axis(bench, "hidden") == (200.0, 300.0)
        await bench.press("f")
        assert axis(bench, "hidden")[1] - axis(bench, "hidden")[0] == 100


async def test_a_shorter_run_shows_what_there_is() -> None:
    async with running(NET) as bench:
        await bench.press("end", "z", "pagedown")
        assert axis(bench) == (200.0, 300.0)
        await bench.press("z", "pagedown", "pagedown", "pagedown")
        low, high = axis(bench)
        assert 0 <= low < high <= bench.experiment.depth


async def test_on_a_linear_axis_the_top_is_that_of_what_is_shown() -> None:
    async with running(NET) as bench:
        await bench.press(*["left_square_bracket"] * 12, "l", "home", "z", "z", "z")
        figure = bench.plot("gradient").figure
        assert figure is not None
        assert figure.y.low == 0
        assert figure.y.high < 1e-10
