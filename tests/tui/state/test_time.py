"""Playing, stepping and streaming, by a clock that the test moves."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from tests.support.harness import Bench, running
from tuisim import Layer
from tuisim.engine.runs.stream import Stream
from tuisim.figures.drawing.figure import WHOLE
from tuisim.figures.drawing.numbers import format_log10
from tuisim.tui.state.playback import SPEEDS
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=100)


def shown(bench: Bench) -> tuple[str, int | None]:
    """The pass and the step that are shown."""
    playback = bench.app.main.playback
    return playback.phase, playback.step


async def test_playing_runs_forward_then_back_and_rests_on_the_first_step() -> None:
    async with running(NET) as bench:
        assert bench.words("time") == ""
        await bench.press("space")
        assert shown(bench) == ("forward", 0)
        await bench.pass_time(1.0)
        assert shown(bench) == ("forward", 20)
        assert bench.words("time") == "▶ forward t = 20 · 20/s"
        hidden, gradient = (bench.plot(name).revealed for name in ("hidden", "gradient"))
        assert (hidden.low, hidden.high, hidden.cursor) == (-math.inf, 20, 20)
        assert gradient.high == -math.inf
        # The verdict follows the cursor from step to step.
        await bench.pass_time(0.125)
        assert shown(bench) == ("forward", 22)
        assert bench.words("verdict").endswith(" at 22")
        await bench.pass_time(5.375)
        assert shown(bench) == ("backward", 70)
        assert bench.words("time") == "▶ backward t = 70 · 20/s"
        hidden, gradient = (bench.plot(name).revealed for name in ("hidden", "gradient"))
        assert (hidden.low, hidden.high) == (-math.inf, math.inf)
        assert (gradient.low, gradient.high, gradient.cursor) == (70, math.inf, 70)
        await bench.pass_time(3.5)
        assert shown(bench) == ("done", 0)
        assert not bench.app.main.playback.playing
        assert bench.words("time") == "t = 0"


async def test_space_pauses_and_plays_on_from_there() -> None:
    async with running(NET) as bench:
        await bench.press("space")
        await bench.pass_time(2.0)
        await bench.press("space")
        assert bench.words("time") == "‖ forward t = 40 · 20/s"
        await bench.pass_time(100.0)
        assert shown(bench) == ("forward", 40)
        await bench.press("space")
        await bench.pass_time(0.5)
        assert shown(bench) == ("forward", 50)


async def test_time_comes_from_the_clock_and_not_from_ticks() -> None:
    async with running(NET) as bench:
        await bench.press("space")
        for _ in range(50):
            bench.app.main.tick()
        await bench.settle()
        assert shown(bench) == ("forward", 0)


async def test_comma_and_full_stop_step_along_the_path_when_it_was_played() -> None:
    async with running(NET) as bench:
        await bench.press("space")
        await bench.pass_time(4.875)
        assert shown(bench) == ("forward", 97)
        await bench.press("full_stop", "full_stop")
        assert shown(bench) == ("forward", 99)
        assert not bench.app.main.playback.playing
        await bench.press("full_stop", "full_stop")
        assert shown(bench) == ("backward", 99)
        await bench.press("comma", "comma", "comma")
        assert shown(bench) == ("forward", 98)


async def test_comma_and_full_stop_step_in_time_at_rest() -> None:
    async with running(NET) as bench:
        await bench.press("full_stop")
        assert shown(bench) == ("done", 0)
        await bench.press("full_stop", "full_stop")
        assert shown(bench) == ("done", 2)
        await bench.press("comma")
        assert shown(bench) == ("done", 1)
        await bench.press("comma", "comma")
        assert shown(bench) == ("done", 0)
        await bench.press("escape")
        await bench.press("comma")
        assert shown(bench) == ("done", 100)


@pytest.mark.parametrize(("key", "step"), [("home", 0), ("g", 0), ("end", 100), ("G", 100)])
async def test_first_and_last_step(key: str, step: int) -> None:
    async with running(NET) as bench:
        await bench.press("space")
        await bench.pass_time(1.0)
        await bench.press(key)
        assert shown(bench) == ("done", step)
        assert not bench.app.main.playback.playing


async def test_escape_puts_the_cursor_away() -> None:
    async with running(NET) as bench:
        await bench.press("end")
        assert bench.plot("hidden").revealed.cursor == 100
        await bench.press("escape")
        assert bench.plot("hidden").revealed == WHOLE
        assert bench.words("time") == ""


async def test_the_cursor_reads_both_curves_out_in_numbers() -> None:
    async with running(NET) as bench:
        run = bench.app.current_run
        assert run is not None
        await bench.press("home", *["full_stop"] * 30)
        for name, values in (("hidden", run.hidden_norms), ("gradient", run.gradient_norms)):
            cells = bench.plot(name).cells
            assert cells is not None
            # In two digits, and a power of ten where it is small.
            said = "".join(cells.chars[0]).split("30: ")[1].split()[0]
            digits, _, power = said.partition("·10")
            power = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or "0"
            number = float(digits) * 10.0 ** int(power)
            assert number == pytest.approx(float(values[0, 30]), rel=0.05)


async def test_plus_and_minus_change_the_speed_within_limits() -> None:
    async with running(NET) as bench:
        await bench.press("plus")
        assert bench.notice == "50 steps a second"
        await bench.press("equals_sign")
        assert bench.notice == "100 steps a second"
        await bench.press("minus")
        assert bench.notice == "50 steps a second"
        await bench.press("space")
        await bench.pass_time(1.0)
        assert shown(bench) == ("forward", 50)
        await bench.press(*["minus"] * len(SPEEDS))
        assert bench.notice == "1 step a second"
        await bench.press(*["plus"] * (len(SPEEDS) + 1))
        assert bench.notice == f"{SPEEDS[-1]} steps a second"


async def test_a_key_while_playing_changes_the_net_and_playing_goes_on() -> None:
    async with running(NET) as bench:
        await bench.press("space")
        await bench.pass_time(2.0)
        await bench.press("right", "up")
        assert (bench.experiment.radius, bench.experiment.depth) == (0.91, 110)
        assert shown(bench) == ("forward", 40)
        await bench.pass_time(0.5)
        assert shown(bench) == ("forward", 50)
        assert bench.plot("hidden").revealed.high == 50


async def test_playing_a_run_that_gets_shorter_stays_within_it() -> None:
    async with running(NET) as bench:
        await bench.press("space")
        await bench.pass_time(4.5)
        await bench.press("down", "down")
        assert shown(bench)[1] == 80
        await bench.pass_time(1.0)
        assert shown(bench) == ("backward", 60)


async def test_a_resize_while_playing_keeps_the_place() -> None:
    async with running(NET) as bench:
        await bench.press("space")
        await bench.pass_time(2.0)
        for columns, rows in ((80, 24), (40, 12), (200, 60), (20, 6), (120, 40)):
            await bench.resize(columns, rows)
            assert len(bench.rows) == rows
            assert {len(row) for row in bench.rows} == {columns}
            assert shown(bench) == ("forward", 40)
        await bench.pass_time(1.0)
        assert shown(bench) == ("forward", 60)
        assert "forward t = 60" in bench.text


async def test_where_one_plot_has_room_it_is_that_of_the_pass_played() -> None:
    async with running(NET, size=(40, 12)) as bench:
        assert "gradient" in bench.rows[2]
        await bench.press("space")
        await bench.pass_time(2.0)
        assert "hidden state" in bench.rows[2]
        await bench.pass_time(4.0)
        assert "gradient" in bench.rows[2]
        await bench.press("f")
        await bench.pass_time(1.0)
        assert "gradient" in bench.rows[2]
        await bench.press("f", "space", "escape")
        assert "gradient" in bench.rows[2]
        await bench.resize(80, 24)
        assert "hidden state" in bench.text
        assert "gradient" in bench.text


# Streaming.


async def streaming(bench: Bench, steps: int) -> None:
    """Start the stream and let it run on by so many steps, at twenty a second."""
    await bench.press("f")
    while steps > 0:
        now = min(steps, 100)
        await bench.pass_time(now / 20)
        steps -= now


async def test_f_runs_the_net_on_without_end() -> None:
    async with running(NET) as bench:
        await bench.press("f")
        assert "streaming" in bench.notice
        assert bench.words("time") == "▶ streaming t = 0 · 20/s"
        for now in (20, 40, 140, 240):
            await bench.pass_time((now - bench.app.main._stream.now) / 20)  # type: ignore[union-attr]
            assert bench.words("time") == f"▶ streaming t = {now} · 20/s"
        figure = bench.plot("hidden").figure
        assert figure is not None
        twin = Stream(NET)
        twin.advance(240)
        (simulated,) = (one for one in figure.series if one.name == "simulated")
        assert np.array_equal(simulated.y, twin.look().hidden_log10[0])
        assert simulated.x[-1] == 240
        # Words and numbers are of the stream too, not of the run that it began as.
        look = twin.look().newest
        end = format_log10(float(look.gradient_log10[0, 0]))
        assert f"‖∂L/∂h_t‖  {end} at its start" in bench.words("facts")
        bench.app.main._forget_news()
        assert bench.notice.startswith("theory: none while streaming")


async def test_the_window_pages_along() -> None:
    async with running(NET) as bench:
        await bench.press("f")
        pages = []
        for _ in range(14):
            await bench.pass_time(1.0)
            figure = bench.plot("gradient").figure
            assert figure is not None
            assert bench.plot("hidden").figure.x == figure.x  # type: ignore[union-attr]
            pages.append((figure.x.low, figure.x.high))
        assert pages[0] == (0, 100)
        assert pages[4] == (0, 100)
        assert pages[-1] == (200, 300)
        # In jumps of half a page, each holding the newest step.
        assert [low for low, _ in dict.fromkeys(pages)] == [0, 50, 100, 150, 200]
        for index, (low, high) in enumerate(pages):
            assert low <= 20 * (index + 1) <= high


async def test_a_key_pressed_while_streaming_changes_the_net_from_now_on() -> None:
    linear = attrs.evolve(NET, activation="identity", radius=1.0)
    async with running(linear) as bench:
        await streaming(bench, 60)
        await bench.press("left_square_bracket")
        assert bench.experiment.radius == 0.9
        await bench.pass_time(1.0)
        figure = bench.plot("hidden").figure
        assert figure is not None
        (simulated,) = (one for one in figure.series if one.name == "simulated")
        change = np.diff(simulated.y)
        # An orthogonal matrix keeps the norm, and a scaled one scales it: the kink is at 60.
        assert change[:60] == pytest.approx(0, abs=1e-12)
        assert change[60:] == pytest.approx(math.log10(0.9), abs=1e-12)


async def test_a_stream_pauses_steps_and_never_runs_back() -> None:
    async with running(NET) as bench:
        await streaming(bench, 40)
        await bench.press("space")
        await bench.pass_time(10.0)
        assert "t = 40" in bench.words("time")
        await bench.press("full_stop")
        assert bench.words("time") == "‖ streaming t = 41 · 20/s"
        await bench.press("comma")
        assert "does not run backwards" in bench.notice
        assert "t = 41" in bench.words("time")
        await bench.press("space")
        await bench.pass_time(0.5)
        assert bench.words("time") == "▶ streaming t = 51 · 20/s"


async def test_a_slow_terminal_never_asks_for_more_than_a_window() -> None:
    async with running(NET) as bench:
        await streaming(bench, 20)
        await bench.pass_time(1e6)
        assert "t = 120" in bench.words("time")


async def test_i_kicks_the_state_of_a_stream() -> None:
    async with running(NET) as bench:
        await bench.press("i")
        assert "f starts the stream" in bench.notice
        await streaming(bench, 80)
        before = bench.app.main._stream
        await bench.press("i")
        after = bench.app.main._stream
        assert before is not None
        assert after is not None
        assert bench.notice == "kicked"
        assert after.now == 80
        assert after.hidden_log10[0, -1] > before.hidden_log10[0, -1] + 1
        assert np.array_equal(after.hidden_log10[:, :-1], before.hidden_log10[:, :-1])


async def test_what_is_said_of_a_stream_goes_with_it() -> None:
    async with running(NET) as bench:
        await bench.pilot.press("f")
        await bench.wait_for(lambda: "i kicks its state" in bench.text)
        await bench.pilot.press("f")
        await bench.settle()
        assert "i kicks its state" not in bench.text


async def test_leaving_the_stream_brings_the_run_back() -> None:
    async with running(NET) as bench:
        at_rest = bench.text
        await streaming(bench, 140)
        assert bench.text != at_rest
        await bench.press("f")
        assert bench.words("time") == ""
        bench.app.main._forget_news()
        await bench.settle()
        assert bench.text == at_rest


async def test_changes_made_while_streaming_stay_when_it_is_left() -> None:
    async with running(NET) as bench:
        await streaming(bench, 40)
        await bench.press("a", "up", "f")
        assert bench.experiment == attrs.evolve(NET, activation="sigmoid", depth=110)
        figure = bench.plot("hidden").figure
        assert figure is not None
        assert (figure.x.low, figure.x.high) == (0, 110)


async def test_any_change_of_the_net_streams_on() -> None:
    async with running(NET) as bench:
        await streaming(bench, 130)
        for key in ("a", "t", "n", "s", "down", "w", "pageup"):
            await bench.press(key)
            before = bench.app.main._stream
            await bench.pass_time(1.0)
            after = bench.app.main._stream
            assert before is not None
            assert after is not None
            assert after.experiment == bench.experiment, key
            assert after.now == before.now + 20, key
            assert np.isfinite(after.hidden_log10).all()


async def test_a_stream_that_cannot_be_is_left_with_its_reason() -> None:
    random = np.random.default_rng(0).standard_normal
    arrays = {"weights": random((1, 3, 3)), "input_weights": random((1, 3, 2))}
    layer = Layer(name="l0.reversed", cell="rnn", **arrays)
    async with running(layer.experiment(depth=20, input="noise")) as bench:
        await bench.press("f")
        assert bench.notice.startswith("input: got 'noise' in a stream of l0.reversed")
        assert not bench.app.laboratory.streaming
        assert "streaming" not in bench.words("time")
    async with running(layer.experiment(depth=20)) as bench:
        await streaming(bench, 40)
        bench.app.laboratory.adjust("input", {"input": "noise"})
        await bench.pass_time(1.0)
        assert bench.notice.startswith("input: got 'noise' in a stream of l0.reversed")
        assert not bench.app.laboratory.streaming
