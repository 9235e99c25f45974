"""Echo state networks beside reservoirpy's: `python -m tests.benchmarks.bench_reservoir`.

The same W, W_in, bias, leak and input: states and ridge readout must agree to 1e-9 where the
problem is well-posed, else the exit code is 1. Then the times as a ratio, the contestants taking
turns. Ours of the states includes a backward pass that nobody asked for, ours of the readout takes
singular values where theirs solves normal equations. Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from reservoirpy.nodes import Reservoir, Ridge

from tests.benchmarks.bench_engine import best_of
from tuisim.engine.kernels.jit import have_patience
from tuisim.engine.reservoirs.reservoir import (
    draw_reservoir,
    fit_readout,
    narma_series,
    reservoir_states,
)
from tuisim.values.experiment import Experiment

AGREEMENT = 1e-9
#: Both solve the same equations; with a smaller ridge their rounding errors show.
RIDGE = 1e-2
TRAIN, TEST = 2000, 1000

NETS = (
    Experiment(width=50, spectrum="reservoir", radius=0.9, drive_gain=0.3, bias=0.2),
    Experiment(width=100, spectrum="reservoir", radius=0.9, drive_gain=0.1, bias=0.2, leak=0.3),
    Experiment(width=200, spectrum="reservoir", radius=0.95, leak=0.8),
    Experiment(width=400, spectrum="orthogonal", radius=0.9, drive_gain=0.3, activation="sigmoid"),
)


def theirs(e: Experiment) -> Any:
    """The same net as a node of reservoirpy's, at the same start."""
    network = draw_reservoir(e)
    node = Reservoir(
        W=np.array(network.weights),
        Win=np.array(network.drive[0, 0])[:, np.newaxis],
        bias=np.array(network.bias),
        lr=e.leak,
        activation=e.activation,
        input_dim=1,
    )
    node.initialize(np.zeros(1))
    node.state = {"out": np.array(network.start[0])}
    return node


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="spent on each comparison")
    given = parser.parse_args()
    # Kernels from the first call on.
    have_patience(0.0)
    u = 0.5 * np.random.default_rng(0).random(TRAIN + TEST)
    y = narma_series(u)[1:, np.newaxis]
    learn, held = slice(0, TRAIN), slice(TRAIN, None)
    print(f"{TRAIN + TEST} steps of NARMA-10, ridge {RIDGE:g}, {TEST} steps held out, float64.\n")
    head = (
        "net",
        "states apart",
        "outputs apart",
        "states: their time/ours",
        "ridge: their time/ours",
    )
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    worst = 0.0
    for e in NETS:
        networks = [draw_reservoir(e)]
        states = reservoir_states(e, u[np.newaxis], networks)[0]
        node = theirs(e)
        other = node.run(u[:, np.newaxis])
        apart = float(np.abs(states - other).max())
        ours = fit_readout(states[learn], y[learn], RIDGE)(states[held])
        answer = Ridge(ridge=RIDGE).fit(other[learn], y[learn]).run(other[held])
        outputs = float(np.abs(ours - answer).max())
        worst = max(worst, apart, outputs)
        running = best_of(
            given.seconds,
            tuisim=lambda e=e, n=networks: reservoir_states(e, u[np.newaxis], n),
            reservoirpy=lambda node=node: node.run(u[:, np.newaxis]),
        )
        fitting = best_of(
            given.seconds,
            tuisim=lambda x=states: fit_readout(x[learn], y[learn], RIDGE),
            reservoirpy=lambda x=states: Ridge(ridge=RIDGE).fit(x[learn], y[learn]),
        )
        name = f"{e.activation} {e.width}, leak {e.leak:g}"
        ratios = (one["reservoirpy"] / one["tuisim"] for one in (running, fitting))
        cells = (name, f"{apart:.1e}", f"{outputs:.1e}", *(f"{one:.2f}×" for one in ratios))
        print(f"| {' | '.join(cells)} |", flush=True)
    print(f"\nLargest difference {worst:.1e}, allowed {AGREEMENT:g}.")
    return int(not worst <= AGREEMENT)


if __name__ == "__main__":
    raise SystemExit(main())
