"""The screen of the claims: a list, a prediction that is asked for first, and the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from tests.support.harness import running
from tuisim.claims import checking
from tuisim.claims.claim import Evidence, Measured
from tuisim.claims.table import CLAIMS
from tuisim.engine.runs.simulate import simulate
from tuisim.testing import make_app, plain_screen, press, settled
from tuisim.testing.kit import StillApp
from tuisim.tui.screens.claims import asking
from tuisim.tui.screens.claims.answers import Answer, complete, result, window
from tuisim.tui.screens.claims.asking import PLAY_SECONDS, ClaimsScreen
from tuisim.tui.widgets.plot import Plot
from tuisim.values.experiment import Experiment

NET = Experiment(width=4, depth=10)
SLOWLY = [*CLAIMS].index("slowly")


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking.places, "cache", lambda: tmp_path)


@asynccontextmanager
async def listed(size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Any, StillApp]]:
    app = make_app(NET, size=size)
    async with app.run_test() as pilot:
        await press(pilot, "T")
        await settled(pilot)
        assert isinstance(app.screen, ClaimsScreen)
        yield pilot, app


def words(app: StillApp) -> str:
    return " ".join(plain_screen(app).split())


async def test_all_claims_are_listed_and_none_is_judged_before_it_is_asked() -> None:
    async with listed((120, 40)) as (pilot, app):
        for name, claim in CLAIMS.items():
            assert f"{name} " in plain_screen(app)
            assert claim.says[:40] in plain_screen(app)
        assert "holds" not in plain_screen(app)
        await press(pilot, "down*3,up")
        assert f"> {[*CLAIMS][2]} " in plain_screen(app)


async def test_a_prediction_is_asked_for_before_anything_is_shown() -> None:
    claim = CLAIMS["slowly"]
    run = simulate(claim.experiment)
    async with listed() as (pilot, app):
        await press(pilot, f"down*{SLOWLY},1")
        assert "enter asks about a claim first" in words(app)
        await press(pilot, "enter")
        assert "1 vanishes 2 stays 3 explodes" in words(app)
        assert claim.says in words(app)
        assert "×" not in plain_screen(app)
        await press(pilot, "3")
        await settled(pilot)
        # It plays from the right to the left, and the answer stands at the end of it.
        assert app.screen.playing
        assert "×" not in plain_screen(app)
        passed = 0.0
        while app.screen.playing:
            passed += await app.pass_frame()
        assert passed == pytest.approx(PLAY_SECONDS, abs=0.1)
        assert (
            "said that it explodes; it vanishes, ×0.980 a step back, 4.1·10⁻⁵ after 500."
            in words(app)
        )
        assert run.regime == "vanishing"
        assert "The claim holds." in words(app)
        assert "steps until a thousandth" in words(app)
        await press(pilot, "escape")
        assert "slowly holds A factor" in words(app)
        await press(pilot, "escape,T")
        await settled(pilot)
        assert "slowly holds A factor" in words(app)


async def test_a_right_prediction_is_said_to_be_right_and_may_be_asked_again() -> None:
    async with listed() as (pilot, app):
        await press(pilot, f"down*{SLOWLY},enter,1")
        while app.screen.playing:
            await app.pass_frame()
        assert "As you said, it vanishes, ×0.980" in words(app)
        # A notice is wrapped beside the answer.
        app.screen.say("word " * 40)
        said = str(app.screen.query_one("#said", Static).content)
        assert "word word" in said
        assert max(map(len, said.split("\n"))) <= app.screen.size.width - 2
        await press(pilot, "0")
        assert "1 vanishes 2 stays 3 explodes" in words(app)


async def test_in_play_a_frame_lays_out_nothing_and_wraps_no_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid_out: list[str | None] = []
    update = Static.update

    def noted(line: Static, content: Any = "", *, layout: bool = True) -> None:
        laid_out.extend([line.id] * layout)
        update(line, content, layout=layout)

    async with listed() as (pilot, app):
        await press(pilot, f"down*{SLOWLY},enter,1")
        await settled(pilot)
        await app.pass_frame()
        monkeypatch.setattr(Static, "update", noted)
        monkeypatch.setattr(asking, "wrapped", lambda *_: laid_out.append("wrapped"))
        for _ in range(3):
            await app.pass_frame()
            cursor = app.screen.query_one(Plot).revealed.cursor
            assert cursor == round(cursor), "a step is a whole one"
        assert app.screen.playing
        assert laid_out == []


async def test_its_net_is_taken_along() -> None:
    async with listed() as (pilot, app):
        await press(pilot, f"down*{SLOWLY},n")
        assert app.experiment == CLAIMS["slowly"].experiment
        await press(pilot, "u")
        assert app.experiment == NET


async def test_what_fails_is_said_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(claims: Any) -> Any:
        raise ValueError("no room")

    monkeypatch.setattr(checking, "check", check)
    async with listed() as (pilot, app):
        await press(pilot, "enter,1")
        await settled(pilot)
        assert "no room" in plain_screen(app)
        assert app.screen.answers == {}


async def test_the_palette_and_the_help_name_it() -> None:
    async with running(NET) as bench:
        titles = [one.title for one in bench.app.get_system_commands(bench.app.screen)]
        assert "claims, true or not: predict, then measure" in titles
        screen = await bench.on(ClaimsScreen, "T")
        await bench.press("question_mark")
        assert "predict that the gradient vanishes" in bench.text
        await bench.press("q")
        assert bench.app.screen is screen


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 60)])
async def test_it_fits(size: tuple[int, int]) -> None:
    async with listed(size) as (pilot, app):
        await press(pilot, f"down*{len(CLAIMS) - 1}")
        assert f"> {[*CLAIMS][-1]}" in plain_screen(app)
        assert len(CLAIMS) - 1 == app.screen.at


def test_a_window_follows_what_is_chosen() -> None:
    assert window(27, 0, 10) == range(0, 10)
    assert window(27, 13, 10) == range(8, 18)
    assert window(27, 26, 10) == range(17, 27)
    assert window(3, 2, 10) == range(0, 3)


def test_what_is_not_whole_is_forgotten() -> None:
    whole = Answer("stays", simulate(NET), Evidence((Measured("x", [1.0]),), "holds"))
    assert complete({"a": whole, "b": Answer("stays")}) == {"a": whole}
    assert result(Answer("stays")) == ""


@pytest.mark.parametrize(
    ("verdict", "because", "said"),
    [
        ("holds", "", "holds"),
        ("holds only if", "W is normal", "holds only if W is normal"),
        ("does not hold", "it is", "does not hold: it is"),
    ],
)
def test_a_verdict_in_words(verdict: Any, because: str, said: str) -> None:
    assert Evidence((), verdict, because).words == said
