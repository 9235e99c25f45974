"""Time of drawing two braille series of 1000 points on 100 × 25 cells, ours against plotext's.

    python -m tests.benchmarks.bench_plot

Ratios in one process; nothing is asserted, since the time of a shared machine proves nothing.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from tuisim.figures.drawing.drawing import Drawing
from tuisim.figures.drawing.figure import Axis, Figure, Reveal, Series

COLUMNS, ROWS, POINTS = 100, 25, 1000


def milliseconds(draw: Callable[[], object], repeats: int = 30) -> float:
    """Median CPU time of a call after two to warm up."""
    draw(), draw()
    spent = []
    for _ in range(repeats):
        started = time.process_time()
        draw()
        spent.append(time.process_time() - started)
    return 1e3 * statistics.median(spent)


def a_figure() -> Figure:
    x = np.linspace(0, 100, POINTS)
    return Figure(
        "two series",
        Axis("t", 0, 100),
        Axis("", -6, 1, log=True),
        series=(
            Series("one", x, -0.05 * x + 0.3 * np.sin(x), "hidden", played=True),
            Series("two", x, -0.04 * x, "theory", "dashed"),
        ),
    )


def plotext_build(figure: Figure) -> Callable[[], object]:
    """plotext's own drawing of the same data, sizes and ticks given."""
    import plotext

    def draw() -> object:
        plotext.clear_figure()
        plotext.limit_size(False, False)
        plotext.plot_size(COLUMNS, ROWS)
        for one in figure.series:
            plotext.plot(one.x.tolist(), one.y.tolist(), marker="braille", label=one.name)
        plotext.ylim(figure.y.low, figure.y.high)
        return plotext.build()

    return draw


def textual_plotext(figure: Figure) -> Callable[[], object] | None:
    """What textual-plotext does at each refresh: build, then parse the codes into Text."""
    try:
        from textual_plotext import Plot
    except ImportError:
        return None
    from rich.text import Text

    plot: Any = Plot()

    def draw() -> object:
        plot.clear_figure()
        plot.plotsize(COLUMNS, ROWS)
        for one in figure.series:
            plot.plot(one.x.tolist(), one.y.tolist(), marker="braille", label=one.name)
        plot.ylim(figure.y.low, figure.y.high)
        return Text.from_ansi(plot.build())

    return draw


def main() -> None:
    figure = a_figure()
    drawing = Drawing(figure, COLUMNS, ROWS)
    reveals = [Reveal(high=step, cursor=step, line=False) for step in range(40, 90)]
    state = SimpleNamespace(at=0, cells=drawing.cells())

    def frame() -> object:
        state.at = (state.at + 1) % len(reveals)
        before, state.cells = state.cells, drawing.cells(reveals[state.at])
        return state.cells.changed_spans(before)

    ours = milliseconds(lambda: Drawing(figure, COLUMNS, ROWS).cells())
    print(f"{'':44}     ms   to ours")
    others = {
        "ours: new curves on a cached frame": lambda: Drawing(figure, COLUMNS, ROWS).cells(),
        "ours: a frame of playing, with what changed": frame,
        "plotext: build alone": plotext_build(figure),
        "textual-plotext: build and parse": textual_plotext(figure),
    }
    for name, draw in others.items():
        if draw is None:
            print(f"{name:44} not installed")
            continue
        spent = milliseconds(draw)
        print(f"{name:44} {spent:6.2f}   × {spent / ours:5.2f}")


if __name__ == "__main__":
    main()
