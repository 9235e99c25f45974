"""tuisim cliff: descent on the one-unit net's error surface."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from tuisim.commands.machine.waiting import elapsed_said
from tuisim.commands.run.options import Real, Within, refusals
from tuisim.commands.run.out import (
    PIPE_SIZE,
    Paper,
    check_svg,
    drawing_options,
    force_option,
    paper,
)
from tuisim.terminal.terminal import emit
from tuisim.values.command_line import command_line
from tuisim.values.experiment import ACTIVATIONS, Experiment

if TYPE_CHECKING:
    from tuisim.engine.surfaces.eigensurface import EigenvalueSurface
    from tuisim.engine.surfaces.landscape import Losses, Surface
    from tuisim.engine.surfaces.landscape import Path as Descent
    from tuisim.figures.views.surfaces.landscape import Edges, Window
    from tuisim.tui.state.descending import Mode

#: What is written below the picture.
_LINES = 3

#: The engine's limits, which the options name by what was typed.
_MOST = 100_000
_FARTHEST = 1e90

_ANY = Real("a finite number", math.isfinite)
_PLACE = Real(f"a number up to {_FARTHEST:g} in size", lambda x: abs(x) <= _FARTHEST)
_POSITIVE = Real("> 0", lambda x: 0 < x < math.inf)


class WindowType(click.ParamType):  # type: ignore[type-arg]
    """What a window is typed as: its ends across, its ends up."""

    name = "window"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float, float, float]:
        from tuisim.figures.views.surfaces.landscape import is_window

        try:
            w_low, w_high, b_low, b_high = (float(one) for one in value.split(":"))
        except ValueError:
            w_low = w_high = b_low = b_high = math.nan
        window = (w_low, w_high, b_low, b_high)
        if not (all(abs(one) <= _FARTHEST for one in window) and is_window(window)):
            raise click.UsageError(
                f"window: got {value!r}, allowed: W0:W1:B0:B1 with W0 < W1 and B0 < B1, "
                "as in 3.5:5.5:-3:-1.5"
            )
        return window


@click.command()
@click.option("--json", "as_json", is_flag=True, help="the numbers as a JSON object")
@click.option("--w", "w", type=_PLACE, metavar="X", default=5.0, help="where it begins; default 5")
@click.option("--b", "b", type=_PLACE, metavar="X", default=-2.2, help="and its b; default -2.2")
@click.option("--rate", type=_POSITIVE, metavar="X", default=0.3, help="learning rate; default 0.3")
@click.option("--clip", type=_POSITIVE, metavar="X", default=0.3, help="threshold; default 0.3")
@click.option(
    "--steps", type=Within(0, _MOST), metavar="N", default=100, help="of descent; default 100"
)
@click.option(
    "--window",
    type=WindowType(),
    metavar="W0:W1:B0:B1",
    help="what is drawn; default 3.5:5.5:-3:-1.5, or as much about a start beyond it",
)
@click.option(
    "--activation",
    type=click.Choice(ACTIVATIONS),
    default="sigmoid",
    metavar="NAME",
    help=f"{', '.join(ACTIVATIONS)}; default sigmoid",
)
@click.option(
    "--depth", type=Within(1, _MOST), metavar="N", default=50, help="time steps T; default 50"
)
@click.option("--start", type=_ANY, metavar="X", default=0.5, help="the state h_0; default 0.5")
@click.option("--target", type=_ANY, metavar="X", default=0.7, help="for h_T; default 0.7")
@click.option("--scale", type=_POSITIVE, metavar="X", default=1.0, help="of the loss; default 1")
@drawing_options
@force_option("the file of --svg that is there")
@click.pass_context
def cliff(
    ctx: click.Context,
    /,
    as_json: bool,
    w: float,
    b: float,
    rate: float,
    clip: float,
    steps: int,
    window: tuple[float, float, float, float] | None,
    activation: str,
    depth: int,
    start: float,
    target: float,
    scale: float,
    columns: int | None,
    rows: int | None,
    only_ascii: bool,
    svg: Path | None,
    force: bool,
) -> None:
    """Descend on the error surface of a net of one unit, with gradient clipping and without.

    The surface is that of Pascanu et al. 2013: h_t = φ(w h_{t-1} + b), L = scale·(h_T - target)².
    """
    check_svg(svg, force, json=as_json)

    from tuisim.engine.base.budget import check_descent
    from tuisim.engine.surfaces.one_unit import OneUnit, SquaredError
    from tuisim.figures.views.surfaces.landscape import UNIT_NAMES, window_about

    on = paper(columns, rows, only_ascii, svg)
    asked = _Asked(UNIT_NAMES, window or window_about((w, b)), (w, b), rate, clip, steps)
    with refusals():
        check_descent(steps, depth)
        unit = OneUnit(activation, depth, start, SquaredError(target, scale))
        seen = _seen(unit, asked, on, _LINES)
    if as_json:
        there = {"columns": on.columns, "rows": on.rows, "only_ascii": on.ascii}
        command = _again(ctx, ctx.params | there)
        emit(_numbers({"unit": attrs.asdict(unit)}, asked, seen, command)("json"))
        return
    on.put(_drawn(asked, seen, on, _LINES))


def plot_cliff(experiment: Experiment, on: Paper) -> tuple[str, ...]:
    """Draw the surface that view 9 opens on, which `tuisim cliff` draws too.

    Returns:
        a note, where a net is given, that it is of another.
    """
    from tuisim.engine.surfaces.one_unit import OneUnit

    asked = _opened("unit")
    on.put(_drawn(asked, _seen(OneUnit(), asked, on, _LINES), on, _LINES))
    return () if experiment == Experiment() else (_OTHER_NET,)


def plot_net_cliff(experiment: Experiment, on: Paper) -> tuple[str, ...]:
    """Draw the surface of view 9 that is the net's, over two of its eigenvalues; no notes."""
    from tuisim.figures.views.surfaces.landscape import fitting
    from tuisim.tui.explain.cliff import eigenvalue_words

    with refusals():
        surface = _of_net(experiment)
        asked = _opened("net")
        seen = _seen(surface, asked, on, _LINES + 1)
    scaled = [f"{name} scales {eigenvalue_words(one)}"
              for name, one in zip(asked.names, _scaled(surface), strict=True)]  # fmt: skip
    words = (*scaled, f"rate {asked.rate:g}", f"clip {asked.clip:g}")
    title = fitting(words, on.columns - 1, on.ascii)
    on.put([f" {title}", *_drawn(asked, seen, on, _LINES + 1)])
    return ()


def cliff_numbers(experiment: Experiment, wanted: str) -> tuple[str, tuple[str, ...]]:
    """What `plot --view cliff` shows on 80 × 24 as "json" or "csv", and a note as it has."""
    from tuisim.engine.surfaces.one_unit import OneUnit

    asked, unit, on = _opened("unit"), OneUnit(), Paper(*PIPE_SIZE, False, None)
    size = ["--columns", str(on.columns), "--rows", str(on.rows)]
    command = shlex.join(["tuisim", "cliff", "--json", *size])
    notes = () if experiment == Experiment() else (_OTHER_NET,)
    text = _numbers({"unit": attrs.asdict(unit)}, asked, _seen(unit, asked, on, _LINES), command)
    return text(wanted), notes


def net_cliff_numbers(experiment: Experiment, wanted: str) -> tuple[str, tuple[str, ...]]:
    """What `plot --view cliff-net` shows on 80 × 24 as "json" or "csv"; no notes."""
    from tuisim.files.export import experiment_fields

    asked, on = _opened("net"), Paper(*PIPE_SIZE, False, None)
    with refusals():
        surface = _of_net(experiment)
        seen = _seen(surface, asked, on, _LINES + 1)
    of = {"experiment": experiment_fields(experiment), "eigenvalues": _scaled(surface)}
    command = command_line(experiment, "tuisim run --view cliff-net")
    return _numbers(of, asked, seen, command)(wanted), ()


#: Of a net that is given to what shows another.
_OTHER_NET = "cliff is of a net of one unit; --view cliff-net is of this one"


def _of_net(experiment: Experiment) -> EigenvalueSurface:
    """The surface over the net's first two eigenvalues.

    Raises:
        click.UsageError, ValueError: there is none.
    """
    from tuisim.engine.surfaces.eigensurface import EigenvalueSurface
    from tuisim.tui.state.descending import MOST_WIDTH

    if experiment.width > MOST_WIDTH:
        raise click.UsageError(
            f"width: got {experiment.width}, allowed in view cliff-net: up to {MOST_WIDTH}"
        )
    return EigenvalueSurface(experiment)


def _scaled(surface: EigenvalueSurface) -> list[complex]:
    """The eigenvalues that x and y scale."""
    return [surface.parts[one].eigenvalue for one in (surface.first, surface.second)]


def _opened(mode: Mode) -> _Asked:
    """What view 9 opens with on one of its surfaces."""
    from tuisim.figures.views.surfaces.landscape import NET_NAMES, UNIT_NAMES
    from tuisim.tui.state.descending import Cliff
    from tuisim.tui.state.surfaces import STEPS

    choice = Cliff(Experiment()).choices[mode]
    names = UNIT_NAMES if mode == "unit" else NET_NAMES
    rate, clip = choice.learning_rate, choice.clip_threshold
    return _Asked(names, choice.window, choice.start, rate, clip, STEPS)


def _numbers(
    of: Mapping[str, Any], asked: _Asked, seen: _Seen, command: str
) -> Callable[[str], str]:
    """What writes what was found as "json" or "csv"."""
    from tuisim.files.surfaces import landscape_csv, landscape_json

    surface = (asked.names, seen.edges, seen.grid)
    return lambda wanted: (
        landscape_csv(*surface, seen.paths)
        if wanted == "csv"
        else landscape_json(of, *surface, asked.start, seen.losses, seen.paths, command)
    )


@attrs.frozen
class _Asked:
    """Descent that is asked for, from a start, in a window, over two parameters."""

    names: tuple[str, str]
    window: Window
    start: tuple[float, float]
    rate: float
    clip: float
    steps: int


@attrs.frozen(eq=False)
class _Seen:
    """What was found: the losses in a window's cells, those at the start, and both paths."""

    edges: Edges
    grid: Any
    losses: Losses
    paths: Sequence[Descent]


def _seen(surface: Surface, asked: _Asked, on: Paper, lines: int) -> _Seen:
    """Look at a surface as finely as there is room above so many lines.

    Raises:
        ValueError: it takes more than the budget.
    """
    import numpy as np

    from tuisim.engine.surfaces.landscape import descend, loss_grid, middles
    from tuisim.figures.views.surfaces.landscape import cells_of, edges_of

    cells = cells_of(asked.window, on.columns, max(on.rows - lines, 1), ascii=on.ascii)
    edges = edges_of(asked.window, cells)
    x, y = asked.start
    losses = surface.evaluate(np.array([x]), np.array([y]))
    clips = (asked.clip, None)
    with elapsed_said("descending"):
        paths = [descend(surface, asked.start, asked.rate, one, asked.steps) for one in clips]
        *_, (grid, _) = loss_grid(surface, middles(edges[0]), middles(edges[1]))
    return _Seen(edges, grid, losses, paths)


def _drawn(asked: _Asked, seen: _Seen, on: Paper, lines: int) -> list[str]:
    """The picture, and what there is to say of the start and of both paths."""
    from tuisim.figures.views.surfaces.landscape import (
        ground_of,
        landscape_figure,
        path_line,
        start_line,
    )

    ground = ground_of(asked.names, seen.edges, seen.grid, start=asked.start)
    figure = landscape_figure(ground, seen.paths[::-1])
    drawn = on.drawn(figure, on.columns, max(on.rows - lines, 1))
    drawn.append(start_line(asked.names, asked.start, seen.losses, on.columns, on.ascii))
    return drawn + [
        path_line(path, asked.window, width=on.columns, ascii=on.ascii) for path in seen.paths
    ]


def _again(ctx: click.Context, values: Mapping[str, Any]) -> str:
    """The command with these values of its options, those at their default left out."""
    words = ["tuisim", "cliff"]
    for option in ctx.command.params:
        value = values[option.name or ""]
        if value is True:
            words.append(option.opts[0])
        elif value is not False and value not in (None, option.default):
            spelled = ":".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words += [option.opts[0], spelled]
    return shlex.join(words)
