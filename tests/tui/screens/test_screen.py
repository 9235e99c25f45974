"""The main screen: what it says, and the keys that it answers itself."""

from __future__ import annotations

import shlex
from typing import Any

import attrs
import pytest
from click.testing import CliRunner
from textual.widgets import Static

from tests.support.harness import running
from tuisim.cli import cli
from tuisim.tui.app import SimulatorApp
from tuisim.tui.explain.norms import gradient as explain_gradient
from tuisim.tui.keys.keymap import ENTRIES
from tuisim.tui.screens.help import HelpScreen, TextScreen
from tuisim.tui.state.computing import compute
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
            "▼ vanishing  ×0.891 a step back · 1.0·10⁻⁵ after 100 · float16 keeps it · "
            "linearised ×0.900"
        )
        assert bench.notice.startswith("theory: linearised: local to rest")
        for name in ("hidden", "gradient"):
            figure = bench.plot(name).figure
            assert figure is not None
            assert figure.y.log
            assert [one.name for one in figure.series] == ["linearised", "simulated"]


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
            patch.setattr("tuisim.commands.run.app.missing_terminals", lambda: ())
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
        # Wrapped, with no character more or less.
        assert "".join(str(shown.content).split()) == "".join(command_line(long).split())
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
        each = (",\n" + 11 * " ").join(["2 vanishing", "1 stable", "1 dead"])
        assert f"members    {each}" in bench.words("facts")
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
