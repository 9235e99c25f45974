"""The main screen's two plots as textual-plotext draws them: what the app is measured against.

    python -m tests.benchmarks.reference_app WIDTH DEPTH

The same runs, curves, words, sizes and rate of frames; left and right change the radius, space
plays. Norms are given as log10 on a linear axis, since its log axis fails at a second refresh.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.widgets import Static
from textual_plotext import PlotextPlot

from tuisim.engine.kernels.jit import have_patience
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.theory.theory import predict
from tuisim.figures.views.norms import gradient_figure, hidden_figure
from tuisim.figures.words.status import status_line
from tuisim.figures.words.verdict import verdict_line
from tuisim.values.experiment import Experiment

STEPS_A_SECOND = 50


class Pane(PlotextPlot):
    """One plot."""

    def draw(self, figure: Any, low: float, high: float) -> None:
        """Draw a figure's curves, the played ones between two steps only."""
        plot = self.plt
        plot.clear_figure()
        plot.title(figure.title)
        for one in figure.series:
            shown = (one.x >= low) & (one.x <= high) if one.played else one.x >= 0
            if shown.any():
                x, y = one.x[shown].tolist(), one.y[shown].tolist()
                plot.plot(x, y, marker="braille", label=one.name)
        plot.xlim(figure.x.low, figure.x.high)
        plot.ylim(figure.y.low, figure.y.high)
        self.refresh()


class Reference(App[None]):
    """Two panes, a status and a verdict."""

    CSS = "Static { height: 1; } Pane { height: 1fr; width: 78; }"
    BINDINGS = [("right", "radius(0.01)"), ("left", "radius(-0.01)"), ("space", "play")]  # noqa: RUF012

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        self._experiment = experiment
        self._travelled: float | None = None
        self._time = 0.0

    def compose(self) -> ComposeResult:
        yield Static(id="status", markup=False)
        with Vertical():
            yield Pane(id="hidden")
            yield Pane(id="gradient")
        yield Static(id="verdict", markup=False)

    def on_mount(self) -> None:
        self.set_interval(1 / 30, self._tick)
        self._ask(self._experiment)

    def action_radius(self, amount: float) -> None:
        radius = round(self._experiment.radius + amount, 10)
        self._ask(self._experiment.adjusted(radius=radius)[0])

    def action_play(self) -> None:
        self._travelled, self._time = 0.0, time.monotonic()

    def _ask(self, experiment: Experiment) -> None:
        self._experiment = experiment
        run: Run = simulate(experiment)
        theory = predict(experiment, run.networks)
        self._figures = hidden_figure(run, theory), gradient_figure(run, theory)
        self.query_one("#status", Static).update(status_line(experiment))
        self.query_one("#verdict", Static).update(verdict_line(run, theory))
        self._draw()

    def _tick(self) -> None:
        if self._travelled is None:
            return
        now, end = time.monotonic(), 2 * self._experiment.depth
        self._travelled = (self._travelled + STEPS_A_SECOND * (now - self._time)) % end
        self._time = now
        self._draw()

    def _draw(self) -> None:
        depth, at = self._experiment.depth, self._travelled
        ranges = [(0.0, np.inf), (0.0, np.inf)]
        if at is not None:
            ranges = [(0.0, at), (np.inf, 0.0)]
            if at >= depth:
                ranges = [(0.0, np.inf), (2 * depth - at, np.inf)]
        for pane, figure, shown in zip(self.query(Pane), self._figures, ranges, strict=True):
            pane.draw(figure, *shown)


if __name__ == "__main__":
    width, depth = map(int, sys.argv[1:])
    have_patience(0.0)
    Reference(Experiment(width=width, depth=depth)).run()
