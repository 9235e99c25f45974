"""The diagnosis of a layer in the app: its rows, and the net of a row in every view."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.trained import MODELS
from tuisim import Experiment, read_layers
from tuisim.engine.diagnosis import ablation
from tuisim.figures.words.diagnosis import diagnosis_table
from tuisim.terminal.config import Config
from tuisim.testing import make_app, plain_screen, press, settled, svg
from tuisim.testing.kit import StillApp
from tuisim.testing.waiting import PATIENCE, until
from tuisim.tui.screens.layers.diagnosing import DiagnosisScreen


def net_of(name: str = "encoder.l1", **changes: Any) -> Experiment:
    layers = read_layers(str(MODELS / "net.safetensors"))
    layer = next(one for one in layers if one.name == name)
    return layer.experiment(depth=12, input="noise", **changes)


@asynccontextmanager
async def diagnosing(
    net: Experiment, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncIterator[tuple[StillApp, Any]]:
    app = make_app(net, size=size, **options)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "D")
        await settled(pilot)
        yield app, pilot


async def test_every_net_has_its_row_and_the_sentence_stands_below() -> None:
    net = net_of()
    async with diagnosing(net) as (app, _):
        assert isinstance(app.screen, DiagnosisScreen)
        table = diagnosis_table(ablation.diagnose(net), 76)
        shown = [one.rstrip() for one in plain_screen(app).splitlines()]
        for k, row in enumerate(table.rows):
            assert f" {'>' if k == 0 else ' '} {row}" in shown
        for line in (*table.what, *table.said):
            assert f" {line}" in shown
        assert any(one.split() == table.head.split() for one in shown)


async def test_the_net_of_a_row_is_shown_in_every_view_and_undo_returns() -> None:
    net = net_of()
    async with diagnosing(net) as (app, pilot):
        found = app.screen.result
        kinds = [(one.kind, one.value) for one in found.lines]
        for kind, value in (("at rest", None), ("gate pinned", 0.5), ("rounded", "bfloat16")):
            if app.screen is app.main:
                await press(pilot, "D")
                await settled(pilot)
            at = kinds.index((kind, value))
            await press(pilot, f"down*{at}")
            assert app.screen.at == at
            await press(pilot, "enter")
            await until(app, lambda: "" if app.screen is app.main else "the net comes", PATIENCE)
            await settled(pilot)
            assert app.experiment != net
            assert app.current_run is not None
            assert app.current_run.gradient_rate == found.lines[at].rate
            assert ("forget gate at 0.5 of encoder.l1 " in plain_screen(app)) == (value == 0.5)
            await press(pilot, "u")
            assert app.experiment == net
        # The same again is not run again.
        await press(pilot, "D")
        assert app.screen.result is found


async def test_a_net_without_a_layer_is_told_what_it_takes() -> None:
    app = make_app(Experiment(width=4, depth=10))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "D")
        assert app.screen is app.main
        assert "a diagnosis takes a trained layer: `tuisim open FILE`" in plain_screen(app)


async def test_it_says_how_far_it_is_and_why_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def slow(e: Experiment, progress: Any) -> None:
        progress(3, 30)
        go.wait(PATIENCE)
        raise ValueError("no such net")

    monkeypatch.setattr(ablation, "diagnose", slow)
    app = make_app(net_of())
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("D")
        said = "running net 4 of 30 …"
        await until(app, lambda: "" if said in plain_screen(app) else said)
        assert "diagnosis of encoder.l1" in plain_screen(app)
        go.set()
        await settled(pilot)
        assert "no such net" in plain_screen(app)
        await press(pilot, "down,enter")
        assert isinstance(app.screen, DiagnosisScreen)
        await press(pilot, "D")
        assert app.screen is app.main


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_it_fits(size: tuple[int, int]) -> None:
    async with diagnosing(net_of("plain.l0"), size) as (app, pilot):
        lines = app.screen.result.lines
        assert len(lines) > 15
        for _ in lines[1:]:
            await press(pilot, "down")
            assert any(one.startswith(" > ") for one in plain_screen(app).splitlines())
        assert max(map(len, plain_screen(app).splitlines())) <= size[0]
        assert app.screen.at == len(lines) - 1
        assert "esc leave" in plain_screen(app)


async def test_in_ascii_with_vi_s_hands() -> None:
    config = Config(keymap="vi")
    async with diagnosing(net_of(radius=1.1), ascii=True, config=config) as (app, pilot):
        assert plain_screen(app).isascii()
        assert "as given" in plain_screen(app)
        await press(pilot, "j,j,k")
        assert app.screen.at == 1
        await press(pilot, "question_mark")
        assert plain_screen(app).isascii()
        assert "WHICH PART CARRIES THE MEMORY" in plain_screen(app)


async def test_its_picture(picture: SnapshotAssertion) -> None:
    async with diagnosing(net_of()) as (app, pilot):
        await press(pilot, "down*5")
        assert svg(app) == picture
