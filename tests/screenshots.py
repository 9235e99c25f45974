"""Makes screenshots/, the pictures that the README and docs/ show: `python -m tests.screenshots`.

Each is of the real app over a clock that stands still, so that the same versions give the same
bytes; a test says when they are no longer current.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
from textual.app import ComposeResult
from textual.screen import Screen

# Of the environment only what these tests set may reach a picture.
import tests.conftest  # noqa: F401
from tests.support.command import opened
from tests.support.harness import Bench, running
from tuisim.demos import shipped
from tuisim.demos.shots import shot
from tuisim.demos.still import StillTapeApp
from tuisim.figures.drawing.figure import Figure
from tuisim.figures.views.surfaces.swept import sweep_figure
from tuisim.files import maps
from tuisim.testing import Clock, svg
from tuisim.tui.widgets.plot import Plot
from tuisim.values import presets
from tuisim.values.experiment import Experiment

FOLDER = Path(__file__).parent.parent / "screenshots"
SIZE = (110, 34)
#: From which on there is a dashboard.
LARGE = (160, 45)
#: What the training of 600 nets gave; the README has the command.
SUCCESS = FOLDER / "success.csv"


@attrs.frozen
class Shot:
    """A picture: the experiment it starts from, what is done to it, and in which terminal."""

    experiment: Experiment
    keys: Callable[[Bench], Awaitable[None]]
    options: Mapping[str, Any] = {}


async def quiet(bench: Bench) -> None:
    """Let the notice make room for the theory's name."""
    bench.app.main._forget_news()
    await bench.settle()


async def _front(bench: Bench) -> None:
    # What vanishes pinned, and over it what explodes.
    await bench.press("p")
    bench.app.main.load_preset("exploding")
    await bench.settle()
    await bench.wait_for(lambda: bench.app.laboratory.measuring.idle)
    await quiet(bench)


async def _main(bench: Bench) -> None:
    # The default net pinned, and the same in the regime that the essay asks for.
    await bench.press("p", *["right_square_bracket"] * 2, *["right"] * 3)
    await quiet(bench)


async def _editor(bench: Bench) -> None:
    await bench.press("e", "right", "right", *["up"] * 3, "tab")


async def _activation(bench: Bench) -> None:
    await bench.press("3", "home", *["full_stop"] * 12)


async def _shrink(bench: Bench) -> None:
    await bench.press("4")
    await quiet(bench)


async def _streaming(bench: Bench) -> None:
    await bench.press("f")
    for _ in range(6):
        await bench.pass_time(1.0)
    await bench.press(*["right_square_bracket"] * 2)
    await bench.pass_time(1.25)
    await quiet(bench)


async def _over(bench: Bench, *keys: str) -> None:
    """Keys for a screen that works before it shows something; the first one opens it."""
    for key in keys:
        await bench.press(key)
        await _worked(bench.app.screen, bench)


async def _worked(screen: Any, bench: Bench) -> None:
    await bench.wait_for(lambda: screen.settled)
    await bench.settle()


async def _remedies(bench: Bench) -> None:
    await _over(bench, "R")


async def _reservoir(bench: Bench) -> None:
    await _over(bench, "E")


async def _training(bench: Bench) -> None:
    # SGD overshoots and ends in an inf; the same net from the same seed, clipped, learns.
    for keys, updates in ((("8",), 50), (("p", "k", "0"), 180)):
        await _over(bench, *keys)
        screen: Any = bench.app.screen
        screen._work.advance(updates)
        await _worked(screen, bench)


async def _map(bench: Bench) -> None:
    await _over(bench, "7", "y")


async def _cliff(bench: Bench) -> None:
    await _over(bench, "9")


class _Drawn(Screen[None]):
    """A figure alone."""

    AUTO_FOCUS = ""

    def __init__(self, figure: Figure) -> None:
        super().__init__()
        self._figure = figure

    def compose(self) -> ComposeResult:
        yield Plot(id="figure")

    def on_mount(self) -> None:
        self.query_one(Plot).show(self._figure)


async def _success(bench: Bench) -> None:
    table = maps.read_csv(SUCCESS.read_text(encoding="utf-8"))
    figure = sweep_figure(table.x, table.y, table.measure, table.values, table.ends)
    await bench.app.push_screen(_Drawn(figure))
    await bench.settle()


async def _view(bench: Bench, key: str) -> None:
    await bench.press(key)
    await bench.wait_for(lambda: bench.app.laboratory.measuring.idle)
    await quiet(bench)


async def _modes(bench: Bench) -> None:
    await _view(bench, "5")


async def _jacobian(bench: Bench) -> None:
    await _view(bench, "6")


SHOTS: Mapping[str, Shot] = {
    "front": Shot(Experiment(), _front, {"size": LARGE}),
    "main": Shot(Experiment(), _main),
    "editor": Shot(
        Experiment(
            width=6,
            activation="identity",
            spectrum="eigenvalues",
            eigenvalues=(0.7 + 0.6j, 0.7 - 0.6j, 0.97, 0.3 + 0.4j, 0.3 - 0.4j, -0.6),
        ),
        _editor,
    ),
    "activation": Shot(presets.preset("exploding"), _activation),
    "shrink": Shot(presets.preset("sigmoid"), _shrink),
    "modes": Shot(presets.preset("essay"), _modes),
    "jacobian": Shot(presets.preset("lstm"), _jacobian),
    "remedies": Shot(Experiment(), _remedies),
    "reservoir": Shot(presets.preset("echo-state"), _reservoir),
    "map": Shot(Experiment(spectrum="gaussian", tied=False, width=64, depth=50, bias=0.3), _map),
    "training": Shot(
        Experiment(depth=30, batch=16, radius=1.0, activation="relu", spectrum="identity", seed=2),
        _training,
    ),
    "cliff": Shot(Experiment(), _cliff),
    "success": Shot(Experiment(), _success),
    "streaming": Shot(Experiment(radius=0.95), _streaming),
    "ascii": Shot(Experiment(), _main, {"size": (80, 24), "ascii": True}),
    "sixteen": Shot(Experiment(), _main, {"size": (80, 24), "colours": "16"}),
}


#: The step of the tour before which its picture is taken.
TOUR, BEFORE = "tour", "almost one"
PICTURES = (*SHOTS, TOUR)


async def _tour() -> str:
    """What `tuisim screenshot --tape essay --at "almost one" -o tour.svg` gives."""
    tape = shipped.tape("essay")
    assert tape.start is not None
    options = opened(*tape.start.words)
    app = StillTapeApp(clock=Clock(), size=tape.size or SIZE, **options)
    return await shot(app, svg, tape, None, BEFORE)


async def take(name: str) -> str:
    """The picture of this name as it should be."""
    if name == TOUR:
        return await _tour()
    one = SHOTS[name]
    async with running(one.experiment, **{"size": SIZE, **one.options}) as bench:
        await one.keys(bench)
        return await bench.svg()


def main() -> None:
    """Write all pictures, and remove those that are no longer made."""
    FOLDER.mkdir(exist_ok=True)
    for name in PICTURES:
        path = FOLDER / f"{name}.svg"
        path.write_text(asyncio.run(take(name)), encoding="utf-8")
        print(os.path.relpath(path))
    for path in FOLDER.glob("*.svg"):
        if path.stem not in PICTURES:
            path.unlink()


if __name__ == "__main__":
    main()
