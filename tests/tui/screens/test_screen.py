"""What else the keys show, at every size, in every colour, and when the engine fails."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import Any

import attrs
import pytest
from click.testing import CliRunner
from textual.widgets import Static

from tests.support.harness import Bench, prepare_kernels, running
from tuisim.cli import cli
from tuisim.terminal.config import Config
from tuisim.tui.app import SimulatorApp
from tuisim.tui.explain.norms import gradient as explain_gradient
from tuisim.tui.keys.keymap import ENTRIES
from tuisim.tui.screens.help import HelpScreen, TextScreen
from tuisim.tui.state import laboratory
from tuisim.tui.state.computing import compute
from tuisim.tui.widgets.plot import LARGEST
from tuisim.values.command_line import command_line
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


async def test_every_key_of_the_keymap_is_bound_to_an_action_that_exists() -> None:
    async with running(NET) as bench:
        screen = bench.app.main
        for entry in ENTRIES:
            for key in entry.keys.split(","):
                (binding,) = screen._bindings.key_to_bindings[key]
                assert binding.id == entry.action
                name = binding.action.partition("(")[0]
                assert hasattr(screen, f"action_{name}"), name


async def test_the_default_screen_says_what_the_design_says() -> None:
    async with running() as bench:
        assert bench.words("status") == (
            "tanh rnn · 32 units · 100 steps · tied · orthogonal ρ 0.90 · seed 0"
        )
        assert bench.words("verdict") == (
            "vanishing · ×0.891 a step back · 1.0·10⁻⁵ after 100 · float16 keeps it · "
            "linearised ×0.900"
        )
        assert bench.notice.startswith("theory: linearised: local to rest")
        for name in ("hidden", "gradient"):
            figure = bench.plot(name).figure
            assert figure is not None
            assert figure.y.log
            assert [one.name for one in figure.series] == ["simulated", "linearised"]


async def test_l_switches_between_log_and_linear() -> None:
    async with running(NET) as bench:
        before = bench.text
        await bench.press("l")
        assert bench.notice == "linear axis"
        for name in ("hidden", "gradient"):
            figure = bench.plot(name).figure
            assert figure is not None
            assert not figure.y.log
            assert figure.y.low == 0
        await bench.press("right", "l")
        assert bench.notice == "log10 axis"
        await bench.press("left")
        bench.app.main._forget_news()
        await bench.settle()
        assert bench.text == before


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(),
        Experiment(width=8, radius=1.3, activation="relu", tied=False, members=3, seed=7),
        Experiment(width=3, spectrum="eigenvalues", eigenvalues=(0.5, 0.9 + 0.3j, 0.9 - 0.3j)),
    ],
)
async def test_y_copies_a_command_that_opens_the_same(experiment: Experiment) -> None:
    async with running(experiment) as bench:
        await bench.press("y", "right", "y")
        command = bench.app.clipboard
        assert bench.notice[:60] == command[:60]
        words = shlex.split(command)
        assert words[0] == "tuisim"
        opened = []

        def note(self: SimulatorApp, *args: Any, **options: Any) -> None:
            opened.append(self.experiment)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SimulatorApp, "run", note)
            patch.setattr("tuisim.cli.missing_terminals", lambda: ())
            CliRunner().invoke(cli, words[1:], catch_exceptions=False)
        assert opened == [bench.experiment]


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("columns", [60, 80, 120])
async def test_y_shows_the_whole_command_and_copies_it(columns: int, ascii: bool) -> None:
    values = tuple(0.1234567890123 + place / 1000 for place in range(40))
    long = Experiment(
        width=40,
        depth=33,
        spectrum="eigenvalues",
        eigenvalues=values,
        activation="identity",
        bias=0.123456789,
        residual=0.123456789,
        drive="noise",
        drive_gain=0.123456789,
    )
    short = Experiment(width=8, **{name: getattr(long, name) for name in ("bias", "depth")})
    async with running(long, size=(columns, 40), ascii=ascii) as bench:
        await bench.press("y")
        assert bench.app.clipboard == command_line(long)
        assert isinstance(bench.app.screen, TextScreen)
        shown = bench.app.screen.query_one(Static)
        assert str(shown.content) == command_line(long)
        # All of it is on the screen, over as many lines as it takes.
        assert shown.region.height > 6
        assert shown.region.bottom <= 40
        assert "0.1234567890123," in bench.text
        assert "--drive-gain" in bench.text
        await bench.press("escape")
        assert bench.app.screen is bench.app.main
    async with running(short, size=(columns, 30), ascii=ascii) as bench:
        await bench.press("y")
        assert bench.notice == bench.app.clipboard == command_line(short)


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120, 200])
async def test_the_theory_is_named_in_whole_parts(columns: int) -> None:
    async with running(NET, size=(columns, 30)) as bench:
        shown = bench.notice
        whole = (
            "theory: linearised: local to rest; Bengio, Simard & Frasconi 1994; "
            "Jaeger et al. 2007 (the spectral radius of a leaky net)"
        )
        assert whole.startswith(shown)
        assert whole[len(shown) :].startswith("; ") or shown == whole
        assert len(whole[: len(shown)]) <= columns - 2


async def test_it_says_what_was_reset_for_its_experiment() -> None:
    async with running(NET, notes=("depth is 101: a reason", "width is 41: another")) as bench:
        assert bench.notice == "depth is 101: a reason; width is 41: another"
        await bench.press("l")
        assert bench.notice == "linear axis"


async def test_1_is_the_view_of_the_norms() -> None:
    async with running(NET) as bench:
        before = bench.text
        await bench.press("1")
        assert bench.app.main.view.name == "norms"
        assert bench.text == before


async def test_q_quits() -> None:
    async with running(NET) as bench:
        await bench.pilot.press("q")
        await bench.wait_for(lambda: bench.app._exit)
        assert bench.app.return_code == 0


async def test_ctrl_c_names_the_key_that_quits() -> None:
    async with running(NET) as bench:
        await bench.press("ctrl+c")
        assert bench.notice == "press q to quit"
        assert not bench.app._exit


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("z",), "press z to quit"),
        (("ctrl+x", "f10"), "press ctrl+x to quit"),
        (("pageup",), "press pgup to quit"),
        ((), "the palette has a command to quit"),
    ],
)
async def test_ctrl_c_names_the_key_of_the_settings(keys: tuple[str, ...], said: str) -> None:
    fast = ("depth_up_fast", "move_up_fast", "turn_fast")
    rebound = {"quit": keys} | {name: ("f7",) for name in fast if "pageup" in keys}
    async with running(NET, config=Config(keys=rebound)) as bench:
        await bench.press("ctrl+c")
        assert bench.notice == said


@pytest.mark.parametrize(
    ("tabs", "title", "numbers"),
    [
        (0, "HIDDEN STATE", "h_t = tanh(W h_{t−1})"),
        (1, "HIDDEN STATE", "n = 8 units, T = 30 steps, orthogonal, radius 0.9"),
        (2, "GRADIENT", "‖∂L/∂h_0‖"),
        (3, "EIGENVALUES OF W", "ρ = max|λ| = 0.9"),
    ],
)
async def test_help_explains_the_focused_panel_with_the_current_numbers(
    tabs: int, title: str, numbers: str
) -> None:
    async with running(NET) as bench:
        await bench.press(*["tab"] * tabs, "question_mark")
        assert isinstance(bench.app.screen, HelpScreen)
        assert title in bench.text
        assert numbers in bench.text
        await bench.press("escape")
        assert bench.app.screen is bench.app.main


@pytest.mark.parametrize("key", ["escape", "question_mark", "q"])
async def test_help_closes_without_quitting(key: str) -> None:
    async with running(NET) as bench:
        await bench.press("question_mark", key)
        assert bench.app.screen is bench.app.main
        assert not bench.app._exit


async def test_help_lists_every_key() -> None:
    async with running(NET, size=(100, 90)) as bench:
        await bench.press("question_mark")
        for entry in ENTRIES:
            assert f" {entry.action} " in bench.text
            assert entry.does in bench.text


@pytest.mark.parametrize("keys", [("down", "up"), ("j", "k")])
async def test_help_scrolls_where_it_is_long(keys: tuple[str, str]) -> None:
    async with running(NET, size=(80, 24)) as bench:
        await bench.press("question_mark")
        top = bench.rows
        await bench.press(*[keys[0]] * 3)
        assert [row[:-5] for row in bench.rows[1:-4]] == [row[:-5] for row in top[4:-1]]
        await bench.press(*[keys[1]] * 3)
        assert bench.rows == top


async def test_tab_goes_through_the_panels_and_arrows_mean_the_same_in_each() -> None:
    async with running(NET) as bench:
        names = []
        for _ in range(3):
            await bench.press("tab")
            assert bench.app.focused is not None
            names.append(bench.app.focused.id)
            await bench.press("right", "up", "end", "home")
        assert names == ["hidden", "gradient", "plane"]
        assert bench.experiment == attrs.evolve(NET, radius=0.93, depth=60)
        assert bench.words("time") == "t = 0"


# Sizes.


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (100, 30), (96, 18), (80, 24), (60, 20)])
async def test_both_plots_are_there_from_sixty_columns_on(size: tuple[int, int]) -> None:
    async with running(size=size) as bench:
        assert "hidden state ‖h_t‖" in bench.text
        assert "gradient ‖∂L/∂h_t‖" in bench.text
        assert ("eigenvalues of W" in bench.text) == (size[0] >= 96)
        assert "vanishing · ×0.891 a step back · 1.0·10⁻⁵ after 100" in bench.text
        assert "? help" in bench.text
        assert "q quit" in bench.text


async def test_forty_columns_and_twelve_rows_show_one_plot() -> None:
    async with running(size=(40, 12)) as bench:
        assert "gradient ‖∂L/∂h_t‖" in bench.text
        assert "hidden state" not in bench.text
        assert "simulated" in bench.text
        assert "vanishing · ×0.891 a step back" in bench.text
        assert "T 100" in bench.text
        assert "q quit" in bench.text


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 40), (300, 2), (20, 6)])
async def test_no_size_is_too_small(size: tuple[int, int]) -> None:
    async with running(NET, size=size, ascii=size[0] < 5) as bench:
        await bench.press("right", "p", "space", "l", "escape", "e", "tab", "escape")
        await bench.press("o", "escape", "question_mark", "escape")
        assert bench.experiment.radius == 0.91
        assert len(bench.rows) == size[1]


async def test_a_huge_terminal_is_drawn_in_part() -> None:
    async with running(NET, size=(900, 400)) as bench:
        for name in ("hidden", "gradient", "plane"):
            cells = bench.plot(name).cells
            assert cells is not None
            rows, columns = cells.chars.shape
            assert columns <= LARGEST[0]
            assert rows <= LARGEST[1]
        await bench.press("right")
        assert bench.experiment.radius == 0.91


async def test_side_panels_come_and_go_with_the_width() -> None:
    async with running(NET, size=(80, 24)) as bench:
        narrow = bench.text
        await bench.resize(120, 40)
        assert "eigenvalues of W" in bench.text
        assert "horizon" in bench.text
        await bench.resize(80, 24)
        assert bench.text == narrow


# When something fails.


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ValueError("width: got 8 on a Monday"), "width: got 8 on a Monday"),
        (
            MemoryError(),
            "memory: there is not enough for this; lower width, depth, batch or members",
        ),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (RuntimeError("two\nlines"), "two lines"),
    ],
)
async def test_a_failing_engine_is_one_line_and_the_app_lives(
    error: Exception, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(experiment: Experiment) -> Any:
        raise error

    async with running(NET) as bench:
        shown = bench.app.current_run
        with monkeypatch.context() as patch:
            patch.setattr(laboratory, "compute", failing)
            await bench.press("w")
        assert bench.notice == says
        assert bench.app.experiment.width == 16
        assert bench.app.current_run is shown
        await bench.press("right")
        assert bench.experiment == attrs.evolve(NET, width=16, radius=0.91)
        await bench.press("u", "u")
        assert bench.experiment == NET


async def test_an_engine_that_fails_from_the_start_leaves_an_app_to_work_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(experiment: Experiment) -> Any:
        if experiment.width == NET.width:
            raise ValueError("width: got 8, which this engine does not like")
        return compute(experiment)

    monkeypatch.setattr(laboratory, "compute", failing)
    async with running(NET) as bench:
        assert bench.app.current_run is None
        assert "does not like" in bench.notice
        await bench.press("p", "y", "l", "space", "full_stop", "escape", "question_mark", "escape")
        await bench.press("w")
        assert bench.experiment.width == 16


def test_the_first_paint_does_not_wait_for_numba() -> None:
    prepare_kernels()
    program = """
import asyncio, sys
from tuisim.tui.app import SimulatorApp
from tuisim.tui.state.laboratory import Laboratory

begin = Laboratory.start
def start(self):
    print("numba" in sys.modules, "numpy" in sys.modules)
    app = self._post.__self__
    rows = ["".join(s.text for s in strip) for strip in app.screen._compositor.render_strips()]
    print("tanh rnn" in rows[0], "q quit" in rows[-1])
    begin(self)
Laboratory.start = start

async def look():
    app = SimulatorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        while not app.settled:
            await asyncio.sleep(0.01)
    print("numba" in sys.modules)

asyncio.run(look())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.splitlines() == ["False True", "True True", "True"], done.stderr


async def test_what_comes_after_the_screens_were_closed_finds_none() -> None:
    from tuisim.tui.state.messages import (
        KernelsPrepared,
        MeasureProgressed,
        RunComputed,
        Warned,
        WorkFailed,
    )

    async with running(Experiment(width=3, depth=5)) as bench:
        app = bench.app
        run = app.current_run
        assert run is not None
        computed = app.laboratory.computed
        assert computed is not None
    assert not app.screen_stack
    app.on_kernels_prepared(KernelsPrepared(1, 1, "ready", 0))
    app.on_run_computed(RunComputed(computed))
    app.on_measure_progressed(MeasureProgressed(run, "modes", 1, 2))
    app.on_work_failed(WorkFailed(None, "late"))
    app.on_warned(Warned("late"))


@pytest.mark.parametrize(
    ("compiled", "said"),
    [
        (0, "loading kernels 1/5: rnn, both passes"),
        (1, "compiling kernels 1/5: rnn, both passes (once on a machine)"),
    ],
)
async def test_keys_work_while_kernels_are_prepared_and_the_screen_says_so(
    compiled: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    from tuisim.engine import warming
    from tuisim.engine.kernels import jit

    go_on = Event()

    def slow(progress: Any) -> None:
        progress(0, 5, "rnn, both passes")
        assert go_on.wait(60)
        progress(5, 5, "ready")

    prepare_kernels()
    monkeypatch.setattr(warming, "warm_up", slow)
    monkeypatch.setattr(jit, "cache_statistics", lambda: (5, compiled))
    prepared: list[bool] = []
    app = SimulatorApp(NET, prepared=lambda: prepared.append(True))
    async with app.run_test(size=(80, 24)) as pilot:
        bench = Bench(app, pilot, None)  # type: ignore[arg-type]
        await bench.wait_for(lambda: app.main.preparing)
        assert bench.notice == said
        await pilot.press("right")
        assert app.experiment.radius == 0.91
        assert prepared == []
        go_on.set()
        await bench.settle()
        assert prepared == [True]
        assert "preparing" not in bench.notice
        assert bench.experiment.radius == 0.91


# Settings.


async def test_rebound_keys_work_and_show_in_footer_and_help() -> None:
    config = Config(keys={"pin": ("z",), "radius_up": ("d", "f9"), "help": ("f1",)})
    async with running(NET, config=config) as bench:
        assert "z pin" in bench.rows[-1]
        assert "d f9 radius" in bench.rows[-1]
        assert "f1 help" in bench.rows[-1]
        await bench.press("z")
        assert bench.notice == "pinned"
        await bench.press("d", "f9")
        assert bench.experiment.radius == 0.92
        await bench.press("right", "p")
        assert bench.experiment.radius == 0.92
        assert len(bench.app.laboratory.pinned) == 1
        await bench.press("f1")
        screen = bench.app.screen
        assert isinstance(screen, HelpScreen)
        assert "  d f9           radius_up" in screen.whole_text()


def test_a_theme_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"theme: got 'mud', allowed: .*textual-light"):
        SimulatorApp(config=Config(theme="mud"))


def test_a_key_for_two_actions_is_refused() -> None:
    with pytest.raises(ValueError, match="keys"):
        SimulatorApp(config=Config(keys={"pin": ("q",)}))


async def test_the_theme_of_the_settings_is_used() -> None:
    async with running(NET, config=Config(theme="textual-light")) as bench:
        assert bench.app.theme == "textual-light"


# The mouse is optional.


async def test_the_footer_can_be_clicked() -> None:
    async with running(NET) as bench:
        footer = bench.rows[-1]
        for word, check in (
            ("pin", lambda: len(bench.app.laboratory.pinned) == 1),
            ("activation", lambda: bench.experiment.activation == "sigmoid"),
            ("help", lambda: isinstance(bench.app.screen, HelpScreen)),
        ):
            await bench.pilot.click(offset=(footer.index(word), 39))
            await bench.settle()
            assert check(), word


async def test_the_side_says_what_is_rounding_and_how_members_part() -> None:
    along = Experiment(
        activation="identity", spectrum="symmetric", radius=1.0, start_eigenvector=30
    )
    async with running(along, size=(120, 40)) as bench:
        assert "rounding   state from step 10" in bench.words("facts")
        assert "state is rounding from step 10" in bench.words("verdict")
        assert "horizon    > 100 steps" in bench.words("facts")
        await bench.press("question_mark")
        assert "has outgrown the norm" in bench.text
    parted = Experiment(activation="relu", width=4, depth=60, radius=1.0, members=4)
    async with running(parted, size=(120, 40)) as bench:
        assert "members    2 vanishing, 1 stable, 1 dead" in bench.words("facts")
    words = explain_gradient(compute(parted), {})
    assert "That is the median; of the members: 2 vanishing, 1 stable, 1 dead." in words
    assert "it is a thousandth or a thousandfold: 10⁻³ after 7 steps." in words


async def test_a_number_is_the_same_in_verdict_side_cursor_and_table() -> None:
    async with running(Experiment(), size=(120, 40)) as bench:
        assert "1.0·10⁻⁵ after 100" in bench.words("verdict")
        assert "‖∂L/∂h_0‖  1.0·10⁻⁵" in bench.words("facts")
        assert "horizon    10⁻³ after 66 steps" in bench.words("facts")
        await bench.press("home")
        assert "0: 1.0·10⁻⁵" in bench.text
        await bench.press("R")
        await bench.wait_for(lambda: bench.app.screen.settled)
        await bench.settle()
        assert "10⁻³ after 66 steps   1.0·10⁻⁵" in bench.text
