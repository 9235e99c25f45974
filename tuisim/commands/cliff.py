"""tuisim cliff: descent on the one-unit net's error surface. Imports click; engine when called."""

from __future__ import annotations

import sys

import click

from tuisim.commands.options import refusals
from tuisim.commands.plot import coloured, in_colours, plain, plot_size, size_options
from tuisim.experiment import ACTIVATIONS
from tuisim.terminal import emit, is_unicode

#: What is written below the picture.
_LINES = 2


@click.command()
@click.option("--json", "as_json", is_flag=True, help="the numbers as a JSON object")
@click.option("--w", "w", type=float, metavar="X", default=5.0, help="where it begins; default 5")
@click.option("--b", "b", type=float, metavar="X", default=-2.2, help="and its b; default -2.2")
@click.option("--rate", type=float, metavar="X", default=0.3, help="learning rate; default 0.3")
@click.option("--clip", type=float, metavar="X", default=0.3, help="threshold; default 0.3")
@click.option("--steps", type=int, metavar="N", default=100, help="of descent; default 100")
@click.option(
    "--activation",
    type=click.Choice(ACTIVATIONS),
    default="sigmoid",
    metavar="NAME",
    help=f"{', '.join(ACTIVATIONS)}; default sigmoid",
)
@click.option("--depth", type=int, metavar="N", default=50, help="time steps T; default 50")
@size_options
def cliff(
    as_json: bool,
    w: float,
    b: float,
    rate: float,
    clip: float,
    steps: int,
    activation: str,
    depth: int,
    columns: int | None,
    rows: int | None,
    only_ascii: bool,
) -> None:
    """Descend on the error surface of a net of one unit, with gradient clipping and without.

    The surface is that of Pascanu et al. 2013: h_t = φ(w h_{t-1} + b), L = (h_T - 0.7)², h_0 = 0.5.
    """
    from tuisim.engine.landscape import descend, loss_grid, middles
    from tuisim.engine.unit import OneUnit
    from tuisim.figures.landscape import (
        UNIT_WINDOW,
        cells_of,
        edges_of,
        fitting,
        ground_of,
        landscape_figure,
        path_parts,
    )
    from tuisim.figures.text import draw_cells

    only_ascii = only_ascii or not is_unicode(sys.stdout)
    width, height = plot_size(columns, rows)
    size = (width, max(height - _LINES, 1))
    cells = cells_of(UNIT_WINDOW, *size, ascii=only_ascii)
    edges = edges_of(UNIT_WINDOW, cells)
    with refusals():
        unit = OneUnit(activation, depth)
        paths = [descend(unit, (w, b), rate, threshold, steps) for threshold in (clip, None)]
        *_, grid = loss_grid(unit, middles(edges[0]), middles(edges[1]))
    if as_json:
        from tuisim.export import landscape_json

        emit(landscape_json(unit, edges, grid, paths))
        return
    ground = ground_of(("w", "b"), edges, grid, start=(w, b))
    drawn = draw_cells(landscape_figure(ground, paths[::-1]), *size, ascii=only_ascii)
    lines = (coloured if in_colours() else plain)(drawn)
    lines += [fitting(path_parts(path), width, only_ascii) for path in paths]
    emit("".join(f"{line.rstrip()}\n" for line in lines))
